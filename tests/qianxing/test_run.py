"""`qianxing run` up to the migration: what it decides, writes and refuses before it has an app."""

import fcntl
import os
import shlex
import socket
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from qianxing.check import Grade, compliance
from qianxing.run import SHANGHAI, run, until_morning
from qianxing.settings import load_settings, rules_for

CONFIG = Path(__file__).parents[2] / "config.yaml"


class Reached(Exception):
    """Everything up to the migration went well."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(data: Path, said: list[str], *, port: int = 0, fresh: bool = False) -> int:
    def migrate() -> None:
        raise Reached

    return run(
        port or free_port(),
        free_port(),
        data,
        fresh=fresh,
        migrate=migrate,
        staff_code=str,
        say=said.append,
    )


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`run` writes into the environment of its process; each test gets one of its own."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in ("REDIS_URL", "DATABASE_URL", "QIANXING_PUBLIC_URL"):
        os.environ.pop(name, None)


def kept(data: Path) -> dict[str, str]:
    lines = (data / "sandbox.env").read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_a_busy_port_is_one_clear_line_and_nothing_is_made(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert start(tmp_path / "var", said, port=port) == 2

    assert said == [f"端口 {port} 被占用：先停掉占用它的程序，或者用 --port 换一个"]
    assert not (tmp_path / "var").exists()


def test_secrets_are_made_once_for_the_owner_only_and_survive_a_restart(tmp_path: Path) -> None:
    with pytest.raises(Reached):
        start(tmp_path / "var", [])
    first = kept(tmp_path / "var")

    with pytest.raises(Reached):
        start(tmp_path / "var", [])

    secrets = ["WECHAT_TOKEN", "WECHAT_AES_KEY", "WECHAT_SECRET", "QIANXING_SECRET_KEY"]
    assert [kept(tmp_path / "var")[name] for name in secrets] == [first[name] for name in secrets]
    assert len({first[name] for name in secrets}) == 4
    assert (tmp_path / "var" / "sandbox.env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_the_sandbox_world_has_read_the_compliance_page_itself(tmp_path: Path) -> None:
    with pytest.raises(Reached):
        start(tmp_path, [])

    settings = load_settings({"QIANXING_CONFIG": str(CONFIG)}, tmp_path / "sandbox.env")
    found = list(compliance(rules_for(settings)))

    assert "compliance_acknowledged: null" in CONFIG.read_text()
    assert [finding.title for finding in found if finding.grade is Grade.FAULT] == []
    assert found[-1].title.startswith("已由 沙盒世界 20")


def test_what_is_written_down_is_kept_and_a_shell_reads_it_as_we_do(tmp_path: Path) -> None:
    name = "QIANXING_COMPLIANCE_ACKNOWLEDGED"
    data = tmp_path / "千星 $HOME"
    for said in ("沙盒世界 2026-01-31", "沙盒世界 2026-01-31"):
        with pytest.raises(Reached):
            start(data, [])
        lines = (data / "sandbox.env").read_text().splitlines()
        others = [line for line in lines if not line.startswith(name)]
        (data / "sandbox.env").write_text("\n".join([*others, f"{name}='{said}'\n"]))
    with pytest.raises(Reached):
        start(data, [])

    file = shlex.quote(str(data / "sandbox.env"))
    script = f'. {file}; printf "%s|%s" "${name}" "$QIANXING_DATA"'
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == f"沙盒世界 2026-01-31|{data}"


def test_starting_anew_empties_our_own_data_and_makes_new_secrets(tmp_path: Path) -> None:
    with pytest.raises(Reached):
        start(tmp_path, [])
    before = kept(tmp_path)
    (tmp_path / "qianxing.db").write_text("old")

    with pytest.raises(Reached):
        start(tmp_path, [], fresh=True)

    assert not (tmp_path / "qianxing.db").exists()
    assert kept(tmp_path)["WECHAT_SECRET"] != before["WECHAT_SECRET"]


def test_starting_anew_never_empties_a_directory_of_somebody_else(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "thesis.doc").write_text("years of work")

    assert start(tmp_path, said, fresh=True) == 2

    assert (tmp_path / "thesis.doc").exists()
    assert "不清空" in said[0]


def test_data_in_use_is_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(Reached):
        start(tmp_path, [])
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert start(tmp_path, said, fresh=True) == 1

    assert "先停掉它" in said[0]
    assert (tmp_path / "sandbox.env").exists()


def test_a_real_account_around_us_is_never_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.environ["WECHAT_SECRET"] = "of a real account"
    os.environ["WECHAT_API_URL"] = "https://api.weixin.qq.com"

    with pytest.raises(Reached):
        start(tmp_path, [])

    assert os.environ["WECHAT_SECRET"] == kept(tmp_path)["WECHAT_SECRET"]
    assert os.environ["WECHAT_API_URL"].startswith("http://127.0.0.1:")


def test_a_database_of_the_environment_is_used_and_not_written_down(tmp_path: Path) -> None:
    os.environ["DATABASE_URL"] = "postgresql+psycopg://app:hidden@db/qianxing"

    with pytest.raises(Reached):
        start(tmp_path, [])

    assert os.environ["DATABASE_URL"] == "postgresql+psycopg://app:hidden@db/qianxing"
    assert "hidden" not in (tmp_path / "sandbox.env").read_text()


def test_our_own_addresses_in_the_environment_decide_nothing(tmp_path: Path) -> None:
    with pytest.raises(Reached):
        start(tmp_path, [])
    os.environ.update(kept(tmp_path))
    port = free_port()

    with pytest.raises(Reached):
        start(tmp_path, [], port=port)

    assert os.environ["QIANXING_PUBLIC_URL"] == f"http://127.0.0.1:{port}"
    assert (tmp_path / "redis" / "url").read_text() == os.environ["REDIS_URL"]


@pytest.mark.parametrize(
    ("hour", "minute", "seconds"),
    [(9, 0, 0), (20, 59, 0), (21, 0, 13 * 3600), (8, 59, 3660), (0, 0, 36000), (23, 30, 37800)],
)
def test_a_new_world_starts_when_notices_may_be_sent(hour: int, minute: int, seconds: int) -> None:
    now = datetime(2026, 11, 30, hour, minute, tzinfo=SHANGHAI)

    assert until_morning(now) == seconds
