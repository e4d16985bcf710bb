"""The command line as the contract says: help, exit codes, one clear line on stderr."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from bot.router import Router
from commerce.people.invitations import ALPHABET
from commerce.rules import Rules
from commerce.store import migrate
from commerce.store.engine import connect
from qianxing import app, cli, logs, menus
from tests.databases import SEAL

ROOT = Path(__file__).parents[2]
DEAD = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "start", lambda debug: None)


def called(*words: str, stdin: str = "", **environ: str) -> Result:
    env = {"QIANXING_CONFIG": str(ROOT / "config.yaml"), "QIANXING_SANDBOX_URL": DEAD}
    return CliRunner().invoke(cli.main, list(words), input=stdin, env=env | environ)


def every_command(command: click.Command, *path: str) -> list[tuple[str, ...]]:
    found = [path]
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            found += every_command(one, *path, name)
    return found


@pytest.mark.parametrize("words", every_command(cli.main), ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    result = called(*words, "--help")

    assert result.exit_code == 0
    assert result.stdout.startswith("Usage:")
    assert len(result.stdout.splitlines()[2].strip()) > 10


def test_the_commands_of_the_contract_are_there() -> None:
    names = {" ".join(words) for words in every_command(cli.main)}

    assert {"run", "serve", "worker", "sandbox", "check", "migrate", "say", "understand"} <= names
    assert {"staff invite", "menu push"} <= names


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("serve", "--port", "many"),
        ("serve", "extra"),
        ("say", "你好"),
        ("say", "--as", "小明"),
        ("say", "--as", "小明", "--door", "window", "你好"),
        ("understand",),
        ("understand", "提现", "200"),
        ("staff", "invite"),
        ("staff", "invite", "--role", "god"),
        ("menu", "pull"),
        ("--colour", "check"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(words: tuple[str, ...]) -> None:
    result = called(*words)

    assert result.exit_code == 2
    assert "\nError: " in result.stderr
    assert result.stdout == ""


def test_an_error_is_one_line_and_a_traceback_only_with_debug() -> None:
    words = ("say", "--as", "小明", "你好")

    plain, debugging = called(*words), called("--debug", *words)

    assert plain.exit_code == 1
    assert plain.stderr == (
        f"RuntimeError: 沙盒没有应答：{DEAD}，先运行 qianxing run 或用 --sandbox 写地址\n"
    )
    assert isinstance(debugging.exception, RuntimeError)


def test_understand_answers_one_text() -> None:
    result = called("understand", "提现 200")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "withdraw amount_fen=20000 1.00\n"


def test_understand_answers_a_json_a_line() -> None:
    result = called("understand", "-", "--json", stdin="提现 200\n海报\n\n今天天气不错啊\n")

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["intent"] for answer in answers] == ["withdraw", "poster", "none", "none"]
    assert answers[0]["arguments"] == {"amount_fen": 20000}
    assert isinstance(answers[0]["confidence"], float)
    assert answers[2]["candidates"] == []


def test_a_staff_code_is_printed_alone_and_only_its_trace_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'qianxing.db'}"
    engine = connect(url, SEAL)
    migrate.upgrade(engine)

    result = called("staff", "invite", "--role", "reviewer", DATABASE_URL=url)

    code = result.stdout.removesuffix("\n")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    with engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM staff_codes")).all()
    assert code not in repr(tuple(row))
    engine.dispose()


def test_the_menu_is_within_what_the_platform_takes(rules: Rules) -> None:
    columns = menus.payload(rules)["button"]
    entries = [entry for column in columns for entry in column["sub_button"]]
    router = Router().include(*app.ROUTERS)

    assert 1 <= len(columns) <= 3
    assert all(1 <= len(column["sub_button"]) <= 5 for column in columns)
    assert all(len(column["name"]) <= 4 for column in columns)
    assert all(len(entry["name"]) <= 8 for entry in entries)
    assert all(len(entry["key"].encode()) <= 128 for entry in entries)
    assert all(router.named(entry["key"]) for entry in entries)
    assert {entry["type"] for entry in entries} == {"click"}


def test_a_menu_the_platform_cannot_be_reached_for_is_one_line() -> None:
    result = called("menu", "push", WECHAT_API_URL=DEAD)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("PlatformUnavailable: ")
