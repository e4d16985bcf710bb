"""The laws of the house that no linter knows: where things may be done, and how large they get."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from commerce.agenda import SAID
from commerce.lives.broadcasting import Step
from commerce.store.base import Base
from handlers.notices import NOTICES
from jobs.tasks import CALLS, TASKS

ROOT = Path(__file__).parent.parent
PACKAGES = ("commerce", "bot", "handlers", "jobs", "web", "qianxing")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50

BANNED = [
    # Where, which call or name, and what stands there instead.
    (PACKAGES, r"datetime\.(now|utcnow|today)|date\.today", "work.now, or the clock of app.py"),
    (("commerce", "bot", "handlers"), r"time\.time", "work.now"),
    (PACKAGES, r"(work\.)?session\.(commit|rollback)", "Office.work, which commits or rolls back"),
    (("commerce", "handlers"), r"float", "int, in fen or basis points"),
    (("commerce", "bot", "handlers"), r"random\.\w+|uuid\.\w+|uuid4", "work.secret"),
    (PACKAGES, r"print|breakpoint|eval|exec|pickle\.\w+|yaml\.load", "nothing"),
    (PACKAGES, r"hashlib\.md5|md5", "sha256"),
    (("commerce", "handlers"), r"os\.environ.*|os\.getenv", "settings, read in qianxing"),
]
ALLOWED = {
    "qianxing/clock.py": "datetime.now",  # The clock itself.
    "qianxing/run.py": "datetime.now",  # Is it night on this machine?
    "jobs/shop.py": "datetime.now",  # Leases run in real time.
    "bot/webhooks.py": "time.time_ns",
    "commerce/work.py": "random.uniform",  # How long to wait after a deadlock.
}
OUTSIDE = {"requests", "redis", "rq", "httpx", "urllib", "socket", "subprocess"}
SECRET = re.compile(r"(msg_)?signature|mac|hmac|password|api_key|secret")
DIVIDES_NO_MONEY = {
    "commerce/fen.py",  # Here all money is divided.
    "commerce/store/migrate.py",  # A path.
    "commerce/people/invitations.py",  # Half of a time.
}


@cache
def sources() -> dict[str, ast.Module]:
    """Every file of the application, by its path."""
    files = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in files}


def within(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for path, module in sources().items():
        if path.split("/")[0] in folders:
            yield from ((path, node) for node in ast.walk(module))


def called(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls of a function of this name, however it was imported."""
    for path, node in within(*PACKAGES):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield path, node


@pytest.mark.parametrize(
    ("folders", "pattern", "instead"), BANNED, ids=lambda value: str(value)[:40]
)
def test_what_is_done_elsewhere(folders: tuple[str, ...], pattern: str, instead: str) -> None:
    found = [
        f"{path}:{node.lineno} {name}: use {instead}"
        for path, node in within(*folders)
        if isinstance(node, ast.Call)
        and re.fullmatch(pattern, name := ast.unparse(node.func))
        and ALLOWED.get(path) != name
    ]

    assert found == []


def test_what_may_be_guessed_is_not_compared_with_equals() -> None:
    found = [
        f"{path}:{node.lineno}: use hmac.compare_digest"
        for path, node in within("commerce", "bot", "jobs", "web")
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Name | ast.Attribute)
        and SECRET.fullmatch(ast.unparse(side).split(".")[-1])
    ]

    assert found == []


def test_money_is_divided_in_one_file() -> None:
    found = [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for path, node in within("commerce")
        if (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("divmod", "round"))
        if path not in DIVIDES_NO_MONEY and not _formats(node)
    ]

    assert found == []


def _formats(node: ast.AST) -> bool:
    """「星友0042」: the digits of an id, not money."""
    return (
        isinstance(node, ast.BinOp) and "_fen" not in (text := ast.unparse(node)) and "id" in text
    )


def test_handlers_reach_nothing_outside_by_themselves() -> None:
    found = [
        f"{path}:{node.lineno} {name}"
        for path, node in within("handlers", "commerce")
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _imported(node)
        if name in OUTSIDE and path != "commerce/store/engine.py"  # Names of socket options.
    ]

    assert found == []


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").split(".")[0]}
    return {alias.name.split(".")[0] for alias in node.names}


def test_files_and_functions_stay_small() -> None:
    long_files = [
        path
        for path in sources()
        if len((ROOT / path).read_text().splitlines()) > LONGEST_FILE
        and "migrations/versions" not in path
    ]
    long_functions = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in within(*PACKAGES)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and "migrations/versions" not in path
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert long_files == []
    assert long_functions == []


def test_every_file_says_what_it_is() -> None:
    assert [
        path for path, tree in sources().items() if tree.body and not ast.get_docstring(tree)
    ] == []


def test_every_act_of_the_domain_says_what_its_caller_may_rely_on() -> None:
    """A function that takes the work is used from elsewhere: its words are its contract."""
    found = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in within("commerce")
        if isinstance(node, ast.FunctionDef)
        and node.args.args
        and node.args.args[0].arg == "work"
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert found == []


def test_every_table_takes_every_character() -> None:
    for name in ("commerce", "bot", "jobs"):
        package = importlib.import_module(name)
        for each in pkgutil.walk_packages(package.__path__, f"{name}."):
            if "migrations" not in each.name:
                importlib.import_module(each.name)

    tables = Base.metadata.tables
    assert len(tables) >= 15
    assert {table.dialect_options["mysql"]["charset"] for table in tables.values()} == {"utf8mb4"}
    assert {table.dialect_options["mysql"]["collate"] for table in tables.values()} == {
        "utf8mb4_bin"
    }


def test_every_notice_has_words() -> None:
    told = [_name(call.args[2]) for _, call in called("notify")]
    told += [_name(call.args[2]) for _, call in called("begin") if _says(call)]
    told += list(Step)  # Begun by one call for all of them.

    assert len(told) >= 5
    for name in told:
        assert [words for words in NOTICES if re.fullmatch(name, words)], name
    assert [words for words in NOTICES if not any(re.fullmatch(name, words) for name in told)] == []


def _says(call: ast.Call) -> bool:
    """A broadcast that is begun with words of its own."""
    return len(call.args) == 3 and isinstance(call.args[2], ast.Constant)


def test_every_planned_task_is_known() -> None:
    planned = [_name(call.args[1]) for _, call in called("plan") if len(call.args) == 2]

    assert len(planned) >= 3
    assert set(planned) == TASKS.keys() | CALLS.keys() | set(SAID)
    assert not TASKS.keys() & CALLS.keys()


def _name(argument: ast.expr) -> str:
    """A pattern for the name in a call: what is put together while running matches any word."""
    if isinstance(argument, ast.JoinedStr):
        parts = argument.values
        return "".join(p.value if isinstance(p, ast.Constant) else r"\w+" for p in parts)  # type: ignore[misc]
    assert isinstance(argument, ast.Constant), ast.unparse(argument)
    return str(argument.value)


def test_the_laws_look_at_the_whole_house() -> None:
    assert len(sources()) > 90
