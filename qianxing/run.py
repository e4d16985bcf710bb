"""The whole of Qianxing on one machine: `qianxing run`."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shlex
import shutil
import socket
import string
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from qianxing.demo import GOODS, lever, seed
from qianxing.redis_server import embedded
from qianxing.supervisor import Child, interruptible, last_line, supervised

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENS_HOUR, CLOSES_HOUR, MORNING_HOUR = 9, 21, 10
READY_WITHIN_S = 60.0
ALPHANUMERIC = string.ascii_letters + string.digits
# What a person may decide for `run`; everything else is the sandbox's own.
OPEN = ("REDIS_URL", "DATABASE_URL", "QIANXING_PUBLIC_URL", "QIANXING_ENV")
QIANXING = (sys.executable, "-c", "from qianxing.cli import main; main()")


def aes_key() -> str:
    """43 characters, as the platforms' consoles make them."""
    return "".join(secrets.choice(ALPHANUMERIC) for _ in range(43))


SECRETS: Mapping[str, Callable[[], str]] = {
    "WECHAT_APPID": lambda: f"wx{secrets.token_hex(8)}",
    "WECHAT_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_TOKEN": lambda: secrets.token_hex(16),
    "WECHAT_AES_KEY": aes_key,
    "WECHAT_ORIGINAL_ID": lambda: f"gh_{secrets.token_hex(6)}",
    "WECOM_CORPID": lambda: f"ww{secrets.token_hex(8)}",
    "WECOM_AGENTID": lambda: "1000002",
    "WECOM_SECRET": lambda: secrets.token_urlsafe(32),
    "WECOM_TOKEN": lambda: secrets.token_hex(16),
    "WECOM_AES_KEY": aes_key,
    "WECOM_KF_TOKEN": lambda: secrets.token_hex(16),
    "WECOM_KF_AES_KEY": aes_key,
    "WECOM_BOT_ID": lambda: f"aib{secrets.token_hex(12)}",
    "WECOM_BOT_SECRET": lambda: secrets.token_urlsafe(32),
    "WECOM_BOT_TOKEN": lambda: secrets.token_hex(16),
    "WECOM_BOT_AES_KEY": aes_key,
    "WECOM_WEBHOOKS": lambda: f"千星创作者群={secrets.token_hex(16)}",
    "QIANXING_SECRET_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}
MERCHANT = {
    "mchid": "QIANXING_PAY_MCHID",
    "serial": "QIANXING_PAY_SERIAL",
    "private_key": "QIANXING_PAY_PRIVATE_KEY",
    "public_key_id": "QIANXING_PAY_PUBLIC_KEY_ID",
    "public_key": "QIANXING_PAY_PUBLIC_KEY",
    "apiv3_key": "QIANXING_PAY_APIV3_KEY",
}
# Nobody but its owner ever meets this world: it needs no lawyer, and `qianxing check` none either.
ACKNOWLEDGED = "沙盒世界"


def command(*words: str) -> Callable[[], str]:
    """What `qianxing WORDS` prints, run in a process of its own, so that this one stays small.

    RuntimeError holds its last line when it fails.
    """

    def called() -> str:
        done = subprocess.run([*QIANXING, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            told = (done.stderr.strip() or done.stdout.strip()).splitlines() or [""]
            raise RuntimeError(f"qianxing {' '.join(words)}：{told[-1]}")
        return done.stdout.strip()

    return called


migrated = command("migrate")
admin_code = command("staff", "invite", "--role", "admin")


def run(
    port: int,
    sandbox_port: int,
    data: Path,
    *,
    fresh: bool = False,
    migrate: Callable[[], object] = migrated,
    staff_code: Callable[[], str] = admin_code,
    say: Callable[[str], None],
) -> int:
    """Application, worker and sandbox until Ctrl-C or SIGTERM; the exit code.

    `migrate` and `staff_code` are called with the environment of the application in `os.environ`.
    `say` gets what people should read.
    """
    data = data.resolve()
    if wrong := _wrong(port, sandbox_port, data, fresh):
        say(wrong)
        return 2
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with interruptible(), _locked(data):
            given = _given(data)
            if fresh:
                _empty(data)
            with _redis(given, data, say) as redis_url:
                ours = _environment(data, port, sandbox_port, redis_url)
                _write(data / "sandbox.env", ours, given)
                os.environ.update(ours | given)
                with _processes(port, sandbox_port, data, migrate, say):
                    is_new = not (data / "seeded").exists()
                    if is_new:
                        _seed(data, _url(sandbox_port), staff_code, say)
                    say(_welcome(_url(port), _url(sandbox_port), data))
                    if not is_new:
                        _push_menu(say)
                    threading.Event().wait()
    except KeyboardInterrupt:
        say("已停止。")
        return 0
    except RuntimeError as error:
        say(str(error))
        return 1
    return 0


@contextlib.contextmanager
def _processes(
    port: int,
    sandbox_port: int,
    data: Path,
    migrate: Callable[[], object],
    say: Callable[[str], None],
) -> Iterator[None]:
    """All of them, once they answer. What needs no tables starts while these are made."""
    logs = data / "log"
    environment = dict(os.environ)
    words = ["--port", str(sandbox_port), "--data", str(data / "sandbox"), "--app-url", _url(port)]
    words += ["--evening", shlex.join([*QIANXING, "demo", "evening"])]
    sandbox = Child("sandbox", [sys.executable, "-m", "sandbox", *words], environment)
    serve = Child("serve", [*QIANXING, "serve", "--port", str(port)], environment)
    worker = Child("worker", [*QIANXING, "worker"], environment)
    aibot = Child("aibot", [*QIANXING, "aibot"], environment)
    with supervised([sandbox, serve], logs, say):
        migrate()
        with supervised([worker, aibot], logs, say):
            _wait_for(f"{_url(sandbox_port)}/sandbox/v1/state", logs / "sandbox.log")
            _wait_for(f"{_url(port)}/healthz", logs / "serve.log")
            yield


def _seed(
    data: Path, sandbox_url: str, staff_code: Callable[[], str], say: Callable[[str], None]
) -> None:
    """The demo world and the menu of new data. If one fails, the phone is of use all the same."""
    others = [threading.Thread(target=act, args=(say,)) for act in (_push_menu, _fill_shelves)]
    for other in others:
        other.start()
    try:
        if advance_s := until_morning(datetime.now(SHANGHAI)):
            lever(sandbox_url, "/clock", {"advance_s": advance_s})
            say("北京时间现在是夜里，通知不打扰人：沙盒的钟拨到早上 10:00。")
        seed(sandbox_url, staff_code)
        (data / "seeded").touch()
    except RuntimeError as error:
        say(str(error))
    for other in others:
        other.join()


def _push_menu(say: Callable[[str], None]) -> None:
    try:
        command("menu", "push")()
    except RuntimeError as error:
        say(str(error))


def _fill_shelves(say: Callable[[str], None]) -> None:
    """The demo shop's goods, the way a shop's own would come."""
    try:
        command("import", "products", str(GOODS))()
    except RuntimeError as error:
        say(str(error))


def _wrong(port: int, sandbox_port: int, data: Path, fresh: bool) -> str:
    if port == sandbox_port:
        return f"--port 和 --sandbox-port 都是 {port}，换一个"
    for option, number in (("--port", port), ("--sandbox-port", sandbox_port)):
        if _is_busy(number):
            return f"端口 {number} 被占用：先停掉占用它的程序，或者用 {option} 换一个"
    ours = (data / "sandbox.env").exists() or not data.exists() or not any(data.iterdir())
    if fresh and not ours:
        return f"{data} 不是 qianxing run 的数据目录，不清空它"
    return ""


def _is_busy(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[None]:
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"另一个 qianxing run 正在用 {data}，先停掉它") from None
        yield


def _empty(data: Path) -> None:
    for path in data.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


@contextlib.contextmanager
def _redis(given: Mapping[str, str], data: Path, say: Callable[[str], None]) -> Iterator[str]:
    if "REDIS_URL" in given:
        yield given["REDIS_URL"]
        return
    with embedded(data, say) as url:
        yield url


def _given(data: Path) -> dict[str, str]:
    """What the surrounding environment decides. Sourcing our own sandbox.env decides nothing."""
    ours = _read(data / "sandbox.env")
    found = {name: os.environ.get(name, "") for name in OPEN}
    return {name: value for name, value in found.items() if value and value != ours.get(name)}


def _environment(data: Path, port: int, sandbox_port: int, redis_url: str) -> dict[str, str]:
    """What the processes are told when nothing else is given.

    A real account in the surrounding environment loses: `run` only ever talks to the sandbox.
    """
    kept = _read(data / "sandbox.env")
    platform = f"{_url(sandbox_port)}/official"
    return {
        **{name: kept.get(name) or make() for name, make in SECRETS.items()},
        "WECHAT_MODE": "safe",
        "WECHAT_API_URL": platform,
        "WECHAT_MP_URL": platform,
        "WECHAT_OPEN_URL": platform,
        "WECHAT_TEMPLATE_LIVE_REMINDER": "sandbox-live-reminder",
        "WECHAT_TEMPLATE_DRAW_RESULT": "sandbox-draw-result",
        "WECOM_API_URL": f"{_url(sandbox_port)}/wecom",
        "WECOM_WS_URL": f"ws://127.0.0.1:{sandbox_port}/wecom/ws",
        **merchant(data / "sandbox"),
        "QIANXING_PAY_API_URL": f"{_url(sandbox_port)}/pay",
        "REDIS_URL": redis_url,
        "DATABASE_URL": f"sqlite:///{data / 'qianxing.db'}",
        "QIANXING_DATA": str(data),
        "QIANXING_CLOCK_FILE": str(data / "clock"),
        "QIANXING_PUBLIC_URL": _url(port),
        "QIANXING_ENV": "development",
        "QIANXING_COMPLIANCE_ACKNOWLEDGED": kept.get("QIANXING_COMPLIANCE_ACKNOWLEDGED")
        or f"{ACKNOWLEDGED} {datetime.now(SHANGHAI):%Y-%m-%d}",
        "QIANXING_SANDBOX_URL": _url(sandbox_port),
        "PYTHONUNBUFFERED": "1",
    }


def merchant(data: Path) -> dict[str, str]:
    """The keys the sandbox's own payment platform gave the merchant of its world, at the first
    start. `data` is the sandbox's own directory.

    RuntimeError holds its last line when there are none.
    """
    words = ["-m", "sandbox.pay.merchant", "--data", str(data)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"沙盒的商户：{(done.stderr.strip().splitlines() or [''])[-1]}")
    known = json.loads(done.stdout)
    return {variable: str(known[name]) for name, variable in MERCHANT.items()}


def _read(path: Path) -> dict[str, str]:
    found = dotenv_values(path, interpolate=False) if path.exists() else {}
    return {name: value or "" for name, value in found.items()}


def _write(path: Path, ours: Mapping[str, str], given: Mapping[str, str]) -> None:
    """For commands in other terminals. Whole or not at all: half a file is half of the secrets."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        kept = (name for name in ours if name not in given)
        file.writelines(f"{name}={shlex.quote(ours[name])}\n" for name in kept)
    new.replace(path)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _wait_for(url: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=2):
                return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass  # Not up yet.
        time.sleep(0.05)
    raise RuntimeError(f"{url} 没有应答：{last_line(log)}（日志 {log}）")


def until_morning(now: datetime) -> int:
    """Seconds to the next 10:00 when it is too early or too late for notices, else 0."""
    if OPENS_HOUR <= now.hour < CLOSES_HOUR:
        return 0
    morning = now.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    if morning < now:
        morning += timedelta(days=1)
    return round((morning - now).total_seconds())


def _welcome(app_url: str, sandbox_url: str, data: Path) -> str:
    return (
        f"\n  千星已启动\n\n"
        f"  手机  {sandbox_url}/\n"
        f"  应用  {app_url}/\n"
        f"  数据  {data}（日志在 log/）\n\n"
        f"  按 Ctrl-C 全部停止\n"
    )
