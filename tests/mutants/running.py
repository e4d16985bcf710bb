"""
Runs tests against mutants, each in a process of its own: `python -m tests.mutants.running`.

Everything is imported once; every mutant is a fork in which one function has another body. What
importing runs is changed in forks from before the import. Nothing is written to the source.
"""

import argparse
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import random
import signal
import sys
import time
from ast import Module
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.mutants.planting import Mutant, mutants, planted
from tests.mutants.tables import EQUIVALENT, GROUPS

ROOT = Path(__file__).parent.parent.parent
LIBRARIES = ("alembic.command", "fastapi", "hypothesis", "openpyxl", "psycopg", "pydantic")
PATIENCE = 5
"""So many times as long as without a mutant, and as many seconds: what takes longer, hangs."""
FIRST_LONGEST = 120
NOT_RUN = 70
FAILED = (1, 2, 4)
"""What pytest ends with when a test fails, or a file or conftest.py cannot be imported."""

Planned = tuple[str, tuple[str, ...], list[Mutant]]
"""A module, its tests, and mutants of it."""


class _Finder(importlib.abc.MetaPathFinder):
    """Gives the application the changed module instead of its own."""

    def __init__(self, path: str, tree: Module) -> None:
        self.name = path.removesuffix(".py").replace("/", ".")
        self.path, self.tree = str(ROOT / path), tree

    def find_spec(
        self, name: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        loader = importlib.machinery.SourceFileLoader(name, self.path)
        code = compile(self.tree, self.path, "exec")
        loader.get_code = lambda _: code  # type: ignore[method-assign, assignment]
        return importlib.machinery.ModuleSpec(name, loader, origin=self.path)


class _Nursery:
    """Runs the collected tests once as they are, which warms everything up, then in a fork for
    every mutant of a function."""

    def __init__(self, planned: Planned) -> None:
        self.planned, self.survivors = planned, list[Mutant]()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        started = time.monotonic()
        _pass(session)
        longest = PATIENCE * (time.monotonic() - started + 1)
        gc.freeze()
        path, _, chosen = self.planned
        for mutant in chosen if not session.testsfailed else ():
            if not is_killed(path, mutant, partial(_pass, session), longest):
                self.survivors.append(mutant)
        return True


def _pass(session: pytest.Session) -> int:
    """Run what was collected, up to the first failure. What lives for the session stays alive."""
    items = session.items
    for item, following in zip(items, [*items[1:], *items[:1]], strict=True):
        if not session.testsfailed:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    return min(1, session.testsfailed)


def is_killed(path: str, mutant: Mutant, tested: Callable[[], int], longest: float) -> bool:
    """Whether a test fails with this change, or they take longer than so many seconds."""
    child = os.fork()
    if child == 0:
        try:
            _plant(path, planted((ROOT / path).read_text(), mutant), mutant.function)
            os._exit(tested())
        finally:
            os._exit(NOT_RUN)
    started = time.monotonic()
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() - started > longest:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(ended[1])
    assert code in (0, *FAILED), (path, mutant, code)
    return code in FAILED


def _tested(tests: tuple[str, ...], *plugins: object) -> int:
    """How pytest ends; what it says is for nobody."""
    quiet = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    chosen = ["-x", *quiet, "-m", "not long and not servers", *tests]
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        return int(pytest.main(chosen, plugins))


def _plant(path: str, tree: Module, function: str) -> None:
    if not function:
        sys.meta_path.insert(0, _Finder(path, tree))
        return
    [code] = [one for one in _codes(compile(tree, path, "exec")) if one.co_qualname == function]
    found: object = sys.modules[path.removesuffix(".py").replace("/", ".")]
    for name in function.split("."):
        found = vars(found)[name]
    if isinstance(found, property):
        found = found.fget
    found = getattr(found, "__func__", found)
    assert isinstance(found, FunctionType), function
    found.__code__ = code


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def sample(path: str, seed: int, size: int) -> list[Mutant]:
    """So many of a module's mutants, without those that change nothing."""
    found = mutants((ROOT / path).read_text())
    equal = {(place, what) for file, place, what in EQUIVALENT if file == path}
    stale = equal - {(one.place, one.what) for one in found}
    assert not stale, f"not in {path} any more: {stale}"
    real = [one for one in found if (one.place, one.what) not in equal]
    return random.Random(f"{seed}:{path}").sample(real, min(size, len(real)))


def main() -> None:
    """Ends with a line of JSON: how many there were, and which survived."""
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--only", default="", help="a part of a module's path")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=40, help="mutants of each module")
    asked = parser.parse_args()
    modules = {path: tests for path, tests in GROUPS[asked.group].items() if asked.only in path}
    found = {path: sample(path, asked.seed, asked.size) for path in modules}
    for name in LIBRARIES:
        importlib.import_module(name)
    lived = []
    for path, tests in modules.items():
        cold = (one for one in found[path] if not one.function)
        tested = partial(_tested, tests)
        lived += [(path, one) for one in cold if not is_killed(path, one, tested, FIRST_LONGEST)]
    for path, tests in modules.items():
        nursery = _Nursery((path, tests, [one for one in found[path] if one.function]))
        assert _tested(tests, nursery) == 0, f"{path}: its tests fail without a mutant"
        lived += [(path, one) for one in nursery.survivors]
    words = [f"{path}:{one.line} {one.place}: {one.what}" for path, one in lived]
    count = sum(len(chosen) for chosen in found.values())
    sys.stdout.write(json.dumps({"count": count, "survivors": words}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
