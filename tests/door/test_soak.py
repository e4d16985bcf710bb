"""Half an hour of questions, settlements and draws: nothing grows, nothing gets slower."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.closing_lines import Counted
from tests.databases import empty_database
from tests.door.house import House, Valkey
from tests.door.soaking import PEOPLE, Evenings, People, Watch, p99_ms
from tests.platforms.stub import Stub
from tests.waiting import eventually

pytestmark = pytest.mark.servers

WHOLE_S = int(os.environ.get("QIANXING_SOAK_S", "1800"))
PER_S = int(os.environ.get("QIANXING_SOAK_PER_S", "500"))
EVERY_S = 10
LONGEST_S, PATIENCE_S = 4.5, 120
MB_PER_MINUTE = 1.0
SLOWER = 1.5
WARM_S = 120
"""Who lasts less long has hardly begun: then only files and answers count."""
FILES = 4
"""So much comes and goes: a connection to the database, a picture."""
FILLING = 20
"""In the first seconds eight threads of a worker open two connections each."""


@pytest.fixture
def house(tmp_path: Path, valkey: Valkey, stub: Stub) -> Iterator[House]:
    with empty_database("postgres", tmp_path) as url:
        house = House(tmp_path, url, valkey.url, stub.url).migrated()
        yield house
        house.close()


@pytest.mark.parametrize(
    ("lasts_s", "per_s", "every_s"),
    [
        pytest.param(12, 50, 3, id="short"),
        pytest.param(WHOLE_S, PER_S, EVERY_S, id="long", marks=pytest.mark.long),
    ],
)
def test_nothing_grows_however_long_it_goes_on(
    house: House, stub: Stub, counted: Counted, lasts_s: int, per_s: int, every_s: int
) -> None:
    evenings = Evenings(house.office, every_s)
    evenings.open_shop()
    house.knows(f"oS{number}" for number in range(PEOPLE))
    port = house.serves()
    house.works()
    people = People(port, per_s, lasts_s)
    watch = Watch(house, lambda: people.connections)
    beside = [threading.Thread(target=act) for act in (evenings.go_on, watch.watch)]
    for thread in beside:
        thread.start()
    try:
        people.ask()
    finally:
        for each in (evenings, watch):
            each.over.set()
        for thread in beside:
            thread.join()
    assert eventually(evenings.are_settled_and_drawn, PATIENCE_S), (
        evenings.count,
        evenings.standing(),
        house.logs(),
    )

    counted(f"{lasts_s} s at {per_s}/s, {proof(people, watch)}, {evenings.count} evenings")


def proof(people: People, watch: Watch) -> str:
    """A sixth of the time is for warming up: five minutes of half an hour."""
    part_s = people.lasts_s / 6
    assert people.statuses == {200}
    assert len(people.took_s) == int(people.per_s * people.lasts_s)
    assert max(took for _, took in people.took_s) <= LONGEST_S
    first, last = (p99_ms(people.took_s, at, at + part_s) for at in (0, people.lasts_s - part_s))
    slopes = {name: watch.mb_per_minute(name, part_s) for name in watch.seen}
    files = {name: watch.more_files(name, part_s) for name in watch.seen}
    told = f"slopes in MB/min {slopes}, files {files}, p99 {first:.1f} → {last:.1f} ms"
    warm = people.lasts_s >= WARM_S
    assert max(files.values()) <= (FILES if warm else FILLING), told
    if warm:
        assert max(slopes.values()) <= MB_PER_MINUTE, told
        assert last <= SLOWER * first, told
    return f"{told}, {people.later} answered later"
