"""The walk-through, while web process, worker and Redis are killed at random moments."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from commerce.rules import Rank
from tests.closing_lines import Counted
from tests.stories.phone import Phone, Sandbox
from tests.stories.walk import walk
from tests.stories.world import World, end_state, heard, open_tasks, running
from tests.waiting import eventually

SEED = 20251124
PARTS = ("serve", "worker", "valkey-server")
PAUSES_S = (0.05, 1.0)
KILLS = 6
"""A round. Without an end nothing would ever be finished between two of them."""
SETTLED_WITHIN_S = 60.0


@contextmanager
def killing(world: World, draw: random.Random) -> Iterator[Counter[str]]:
    """kill -9, six times; the supervisor brings back what died."""
    killed: Counter[str] = Counter()
    over = threading.Event()

    def kill() -> None:
        while killed.total() < KILLS and not over.wait(draw.uniform(*PAUSES_S)):
            name = draw.choice(PARTS)
            part = world.part(name)
            if part is not None:
                try:
                    part.kill()
                except psutil.NoSuchProcess:
                    continue
                killed[name] += 1

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def told(world: World, *, stormy: bool) -> list[Phone]:
    sandbox = Sandbox(world.sandbox_url, stormy=stormy)
    return walk(sandbox, sandbox.person("店长"))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How it ends when nothing goes wrong."""
    with running(tmp_path_factory.mktemp("quiet") / "var") as world:
        before = world.ask(heard)
        phones = told(world, stormy=False)
        assert eventually(world.is_quiet, SETTLED_WITHIN_S), world.ask(open_tasks)
        assert world.ask(heard) - before == sum(phone.acts for phone in phones)
        found: dict[str, Any] = world.ask(end_state)
    assert found["unsaid"] == []
    assert ("小明", Rank.ONE_STAR) in found["ranks"]
    return found


@pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=pytest.mark.long)])
def test_kills_change_nothing_in_the_end(
    quiet: dict[str, Any], tmp_path: Path, counted: Counted, rounds: int
) -> None:
    killed: Counter[str] = Counter()
    acts = given_up = 0
    for number in range(rounds):
        draw = random.Random(SEED + number)
        with running(tmp_path / f"var{number}") as world:
            before = world.ask(heard)
            with killing(world, draw) as these:
                phones = told(world, stormy=True)
            assert eventually(world.is_quiet, SETTLED_WITHIN_S), world.ask(open_tasks)
            found = world.ask(end_state)
            new = world.ask(heard) - before
        killed += these
        acts += sum(phone.acts for phone in phones)
        lost = sum(phone.given_up for phone in phones)
        given_up += lost
        print_seed = f"round {number}, seed {SEED + number}, {dict(these)}"
        assert found == quiet, print_seed
        done = sum(phone.acts for phone in phones)
        assert done - 2 * lost <= new <= done, print_seed
    assert killed.total() >= rounds
    counted(
        f"{rounds} rounds, seed {SEED}, {killed.total()} kills {dict(killed)}, {acts} acts, "
        f"{given_up} said again, 0 violations"
    )
