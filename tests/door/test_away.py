"""The database, Redis or the platform goes away under load, and comes back."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.wire import Posted
from tests.closing_lines import Counted
from tests.door.house import House, Valkey
from tests.door.postgres import Postgres, postgres
from tests.door.wire import Answer, at_a_pace, event, posted, text
from tests.platforms.stub import Asked, Stub
from tests.waiting import eventually

LONGEST_S = 4.5
CALLS_WITHIN_S = 240
"""One worker makes some 35 calls a second here: four thousand answers take two minutes."""
BACK_WITHIN_S = {True: 15.0, False: 60.0}
"""The goal is for the whole size on a machine of its own; the short one runs beside everything."""
INFO = "/cgi-bin/user/info"
SEND = "/cgi-bin/message/custom/send"
SIZES = pytest.mark.parametrize(
    ("per_s", "away_s"),
    [pytest.param(30, 3, id="short"), pytest.param(200, 20, id="whole", marks=pytest.mark.long)],
)


@pytest.fixture
def database() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


def load(house: House, per_s: int, away_s: int) -> list[Posted]:
    """A quarter are new followers, about whom the platform is asked; the others ask something."""
    numbers = range(per_s * (away_s + 2))
    house.knows(f"oA{n}" for n in numbers if n % 4)
    return [
        posted(text(f"oA{n}", "规则", n) if n % 4 else event(f"oA{n}", "subscribe", EventKey=""))
        for n in numbers
    ]


async def through_an_outage(
    port: int,
    callbacks: list[Posted],
    per_s: int,
    away_s: int,
    down: Callable[[], None],
    up: Callable[[], None],
) -> tuple[list[Answer], float]:
    """Away from the first second on. Answers, and when it was back (monotonic)."""

    async def outage() -> float:
        await asyncio.sleep(1)
        await asyncio.to_thread(down)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(up)
        return time.monotonic()

    answers, back_at = await asyncio.gather(at_a_pace([port], callbacks, per_s), outage())
    return answers, back_at


def check(
    house: House, stub: Stub, callbacks: list[Posted], answers: list[Answer], back_at: float
) -> str:
    """Everything is there, once, in time. What to say about it."""
    number = len(callbacks)
    assert {answer.status for answer in answers} == {200}
    slowest_s = max(answer.took_s for answer in answers)
    assert slowest_s <= LONGEST_S
    left_s = back_at + BACK_WITHIN_S[number > 1_000] - time.monotonic()
    assert eventually(lambda: len(house.heard()) == number, max(left_s, 0)), len(house.heard())
    effects_s = time.monotonic() - back_at
    assert eventually(lambda: house.open_tasks() == 0, CALLS_WITHIN_S), house.open_tasks()
    calls_s = time.monotonic() - back_at

    assert house.count("SELECT count(*) FROM members") == number
    assert house.count("SELECT count(*) FROM identities") == number
    looked_up = {one.query["openid"] for one in stub.asked if one.path == INFO}
    assert looked_up == {f"oA{n}" for n in range(0, number, 4)}
    assert not any(path.name[0] != "." for path in (house.data / "spool").iterdir())
    assert not list((house.data / "spool").glob(".unheard*"))
    sent = Counter(json.loads(one.body)["touser"] for one in stub.asked if one.path == SEND)
    later = {f"oA{n}" for n, answer in enumerate(answers) if not answer.said}
    assert set(sent) == later
    twice = sum(times - 1 for times in sent.values())
    assert twice == 0
    return (
        f"{number} callbacks, slowest answer {slowest_s:.2f} s, {len(later)} answered later, "
        f"effects complete {effects_s:.1f} s, calls {calls_s:.1f} s after the return, 0 violations"
    )


@SIZES
def test_nothing_is_lost_while_the_database_is_away(
    tmp_path: Path,
    database: Postgres,
    valkey: Valkey,
    stub: Stub,
    counted: Counted,
    per_s: int,
    away_s: int,
) -> None:
    house = House(tmp_path, database.url, valkey.url, stub.url).migrated()
    try:
        port = house.serves()
        house.works()
        callbacks = load(house, per_s, away_s)

        answers, back_at = asyncio.run(
            through_an_outage(port, callbacks, per_s, away_s, database.kill, database.start)
        )
        house.office.engine.dispose()  # Our own connections were cut as well.

        counted(f"PostgreSQL away {away_s} s: {check(house, stub, callbacks, answers, back_at)}")
    finally:
        house.close()


@SIZES
def test_nothing_is_lost_while_redis_is_away(
    house: House, valkey: Valkey, stub: Stub, counted: Counted, per_s: int, away_s: int
) -> None:
    house.redis_url, house.api_url = valkey.url, stub.url
    port = house.serves()
    house.works()
    callbacks = load(house, per_s, away_s)

    answers, back_at = asyncio.run(
        through_an_outage(port, callbacks, per_s, away_s, valkey.kill, valkey.start)
    )

    counted(f"Redis away {away_s} s: {check(house, stub, callbacks, answers, back_at)}")


@SIZES
def test_nothing_is_lost_while_the_platform_is_away(
    house: House, valkey: Valkey, stub: Stub, counted: Counted, per_s: int, away_s: int
) -> None:
    house.redis_url, house.api_url = valkey.url, stub.url
    port = house.serves()
    house.works()
    callbacks = load(house, per_s, away_s)
    usual = dict(stub.answers)
    paths = ("/cgi-bin/stable_token", INFO, SEND)

    answers, back_at = asyncio.run(
        through_an_outage(
            port,
            callbacks,
            per_s,
            away_s,
            lambda: stub.answers.update(dict.fromkeys(paths, hang_up)),
            lambda: comes_back(stub, usual),
        )
    )

    told = check(house, stub, callbacks, answers, back_at)
    counted(f"the platform away {away_s} s: {told}")


def comes_back(stub: Stub, usual: dict[str, Any]) -> None:
    stub.answers = usual


def hang_up(_asked: Asked) -> None:
    """The connection is cut without an answer."""
    raise ConnectionAbortedError
