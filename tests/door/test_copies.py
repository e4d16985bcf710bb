"""The platform says everything at least once; the house hears everything once."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.channels.wire import Posted
from tests.closing_lines import Counted
from tests.databases import empty_database
from tests.door.house import House
from tests.door.wire import Answer, event, posted, shared_out, text

SEED = 20251123

OpenHouse = Callable[[str], House]


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[OpenHouse]:
    """A house on SQLite or PostgreSQL."""
    with ExitStack() as stack:

        def opened(kind: str) -> House:
            house = House(tmp_path, stack.enter_context(empty_database(kind, tmp_path)))
            stack.callback(house.close)
            return house.migrated()

        yield opened


KINDS = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.servers)]
)


@KINDS
@pytest.mark.parametrize("number", [300, pytest.param(1_000, marks=pytest.mark.long)])
def test_one_callback_many_times_has_one_effect_and_one_answer(
    open_house: OpenHouse, kind: str, counted: Counted, number: int
) -> None:
    house = open_house(kind)
    ports = [house.serves(), house.serves()]
    before = [posted(event("oOne", "subscribe", EventKey="")), posted(text("oOne", "加入", 1))]
    asyncio.run(shared_out(ports[:1], before, 1))
    copies = [posted(text("oOne", "小明", 2))] * number

    answers = asyncio.run(with_a_restart(house, ports, copies))

    assert {answer.status for answer in answers} == {200}
    said = Counter(answer.said for answer in answers)
    assert len(said) == 1, said
    assert "欢迎，小明！" in said.popitem()[0]
    assert sorted(house.heard())[-2:] == ["official:m:1", "official:m:2"]
    assert house.count("SELECT count(*) FROM members WHERE state = 'joined'") == 1
    assert house.count("SELECT count(*) FROM audit_records WHERE act = 'consent'") == 1
    counted(f"{len(answers)} copies, 2 processes, 1 kill -9, 1 effect, 0 violations")


async def with_a_restart(house: House, ports: list[int], copies: list[Posted]) -> list[Answer]:
    answers: dict[int, Answer] = {}

    async def restart() -> None:
        while len(answers) < len(copies) // 4:
            await asyncio.sleep(0.01)
        house.kill(f"serve-{ports[1]}")
        await asyncio.to_thread(house.serves, ports[1])

    await asyncio.gather(shared_out(ports, copies, 32, answers), restart())
    return list(answers.values())


@KINDS
@pytest.mark.parametrize("number", [100, pytest.param(300, marks=pytest.mark.long)])
def test_callbacks_that_come_three_times_in_any_order_are_heard_once(
    open_house: OpenHouse, kind: str, counted: Counted, number: int
) -> None:
    house = open_house(kind)
    ports = [house.serves(), house.serves()]
    draw = random.Random(SEED)
    follows = [posted(event(f"oNew{n}", "subscribe", EventKey="")) for n in range(number // 2)]
    words = [posted(text(f"oOld{n}", "规则", 1_000 + n)) for n in range(number // 2)]
    order = [*range(number)] * 3
    draw.shuffle(order)

    answers = asyncio.run(shared_out(ports, [[*follows, *words][n] for n in order], 16))

    said: dict[int, set[str]] = {}
    for which, answer in zip(order, answers, strict=True):
        assert answer.status == 200
        said.setdefault(which, set()).add(answer.said)
    assert all(len(heard) == 1 for heard in said.values()), said
    assert all(heard != {""} for heard in said.values())
    assert len(house.heard()) == number
    assert house.count("SELECT count(*) FROM members") == number
    assert house.open_tasks() == number // 2
    counted(f"{len(answers)} callbacks of {number}, seed {SEED}, {number} effects, 0 violations")


def test_two_events_of_one_person_in_the_same_second_are_both_heard(house: House) -> None:
    at = int(time.time())
    events = [
        event("oQuick", "CLICK", at, EventKey="progress"),
        event("oQuick", "CLICK", at, EventKey="join"),
        event("oQuick", "SCAN", at, EventKey="inv_AAAAAAAA", Ticket="1"),
        event("oQuick", "SCAN", at, EventKey="inv_AAAAAAAA", Ticket="2"),
        event("oQuick", "CLICK", at + 1, EventKey="join"),
    ]

    with house.served_here() as port:
        answers = asyncio.run(shared_out([port], [posted(each) for each in events * 2], 1))

    assert len(house.heard()) == len(events)
    said = [answer.said for answer in answers]
    assert said[:5] == said[5:]
    assert said[0] != said[1] == said[4]
