"""A process with a wrong configuration does not start, says which key it is, and no secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qianxing import cli, logs
from tests.closing_lines import Counted
from tests.commerce.test_rules import BAD_LINES, SHIPPED
from tests.qianxing.test_settings import BAD_VALUES, PRODUCTION, REQUIRED

COMMANDS = ("serve", "worker", "migrate", "check")
HUSH = ("PLANTED", "HUNTER2", "Xk29", "Rw73", PRODUCTION["WECHAT_AES_KEY"][:20], "7d1f0c9a")
KINDLY = "QIANXING_ENV"  # A misnamed environment is no production; the rest is read more kindly.


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The commands run in this process: its logging and its folder stay as they are."""
    monkeypatch.setattr(logs, "start", lambda debug: None)
    monkeypatch.chdir(tmp_path)


def called(command: str, environ: dict[str, str], config: str = SHIPPED) -> Result:
    Path("config.yaml").write_text(config, encoding="utf-8")
    known = dict.fromkeys((*PRODUCTION, "QIANXING_CONFIG", "QIANXING_DATA", "TZ"), "")
    return CliRunner().invoke(cli.main, [command], env=known | environ)


def problems(result: Result) -> list[str]:
    """The lines that name what is wrong, wherever the command shows them."""
    lines = result.stderr.splitlines() + result.stdout.splitlines()
    return [line for line in lines if " · " in line or "REDIS_URL" in line]


def refused(result: Result, key: str) -> None:
    assert result.exit_code == 1, result.output
    (line,) = [line for line in problems(result) if f" {key}:" in f" {line}"]
    assert line.isprintable()
    assert "Traceback" not in result.output
    assert not [word for word in HUSH if word in result.output]


def test_every_bad_environment_is_refused_by_every_command(counted: Counted) -> None:
    starts = 0
    for number, (name, value, _) in enumerate(BAD_VALUES):
        result = called(COMMANDS[number % 4], PRODUCTION | {name: value})

        if name != KINDLY:
            assert len(problems(result)) == 1, result.output
        refused(result, name)
        starts += 1
    for name in REQUIRED:
        refused(called("serve", PRODUCTION | {name: ""}), name)
        starts += 1
    counted(f"{starts} bad environments, {starts} refused, 0 secrets shown")


def test_every_bad_rule_is_refused_by_every_command(counted: Counted) -> None:
    sample = BAD_LINES[::3]
    for number, (old, new, key, _) in enumerate(sample):
        config = SHIPPED.replace(old, new, 1)

        result = called(COMMANDS[number % 4], {"REDIS_URL": "redis://127.0.0.1:1/0"}, config)

        refused(result, key)
    counted(f"{len(sample)} bad rules, {len(sample)} refused, 0 secrets shown")


def test_several_mistakes_take_a_line_each() -> None:
    environ = PRODUCTION | {"WECHAT_TOKEN": "token", "TZ": "America/New_York"}

    result = called("serve", environ)

    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "环境变量 TZ",
        "环境变量 WECHAT_TOKEN",
    ]


def test_a_worker_without_a_queue_says_so() -> None:
    result = called("worker", {})

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: REDIS_URL: 没有设置")


@pytest.mark.parametrize(
    ("command", "environ", "said"),
    [
        ("serve", PRODUCTION | {"WECHAT_AES_KEY": "PLANTED"}, "WECHAT_AES_KEY: 要 43 位"),
        ("serve", PRODUCTION, "tax.mode: 还没有选"),
        ("worker", PRODUCTION | {"QIANXING_DEBUG": "1"}, "QIANXING_DEBUG: 正式环境不能开调试"),
        ("migrate", {"DATABASE_URL": "sqlite://PLANTED@host/x"}, "DATABASE_URL: 不是支持"),
        ("check", {"WECHAT_TOKEN": "PLANTED-"}, "WECHAT_TOKEN: 微信只接受"),
        ("check", {"QIANXING_CONFIG": "/nowhere.yaml"}, "nowhere.yaml 找不到这个文件"),
    ],
)
def test_a_real_process_is_refused_the_same_way(
    tmp_path: Path, command: str, environ: dict[str, str], said: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(SHIPPED, encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if name == "PATH"}

    done = subprocess.run(
        [sys.executable, "-m", "qianxing.cli", command],
        env=bare | {"QIANXING_CONFIG": str(config)} | environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    told = done.stdout if command == "check" else done.stderr
    assert len([line for line in told.splitlines() if said in line]) == 1, told
    assert command == "check" or len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "PLANTED" not in done.stdout + done.stderr
