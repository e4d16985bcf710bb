"""The public beacon: the first number after the freeze, mixed in when it comes, not waited for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.platforms.beacon import GENESIS_S, Drand, round_after
from commerce.errors import PlatformUnavailable
from commerce.lives import draw, drawing
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.work import Office
from jobs.beacon import hear_beacon
from jobs.shop import Shop
from tests.commerce.draws import crowd, starts, with_lottery
from tests.people import NOON

HEARD = "drand:quicknet:42:" + "ab" * 32


class KnownBeacon:
    """Says what it is told to, and remembers what it was asked."""

    def __init__(self, says: str) -> None:
        self.says = says
        self.asked: list[datetime] = []

    def after(self, at: datetime) -> str:
        self.asked.append(at)
        if not self.says:
            raise PlatformUnavailable(503)
        return self.says


@pytest.fixture
def lottery_id(office: Office) -> int:
    with office.work() as work:
        live, lottery = with_lottery(work, threshold=3)
        lottery.terms = {**lottery.terms, "beacon": True}
        crowd(work, live, 5)
        starts(work, live)
        drawing.freeze(work, lottery.id)
        return lottery.id


def shop(office: Office, folder: Path, beacon: KnownBeacon | None) -> Shop:
    return Shop(office, None, None, folder, folder, beacon=beacon)


@pytest.mark.parametrize(
    ("seconds", "number"), [(0, 2), (2, 2), (2.999, 2), (3, 3), (5.999, 3), (6, 4), (300, 102)]
)
def test_the_round_is_fixed_by_the_moment(seconds: float, number: int):
    """Round 1 came at the beginning, and one every three seconds: the first that is later."""
    at = datetime.fromtimestamp(GENESIS_S, UTC) + timedelta(seconds=seconds)

    assert round_after(at) == number


def test_what_the_beacon_says_is_mixed_in(office: Office, lottery_id: int, tmp_path: Path):
    beacon = KnownBeacon(HEARD)

    hear_beacon(shop(office, tmp_path, beacon), lottery_id)
    with office.work() as work:
        drawing.run(work, lottery_id)

    assert beacon.asked == [NOON]
    with office.reading() as work:
        record = draw.unpack(work.session.get_one(DrawRecord, lottery_id).body)
        assert record["beacon"] == HEARD
        assert draw.verify(record) == []


def test_a_beacon_that_is_away_is_asked_again_until_it_is_too_late(
    office: Office, lottery_id: int, tmp_path: Path
):
    with pytest.raises(PlatformUnavailable):
        hear_beacon(shop(office, tmp_path, KnownBeacon("")), lottery_id)
    with office.work() as work:
        drawing.run(work, lottery_id)

    late = KnownBeacon(HEARD)
    hear_beacon(shop(office, tmp_path, late), lottery_id)

    assert late.asked == []
    with office.reading() as work:
        assert work.session.get_one(Lottery, lottery_id).beacon == ""


def test_a_house_without_a_beacon_draws_without(office: Office, lottery_id: int, tmp_path: Path):
    hear_beacon(shop(office, tmp_path, None), lottery_id)

    with office.work() as work:
        drawing.run(work, lottery_id)
        assert work.session.get_one(Lottery, lottery_id).state == State.DRAWN


def test_an_address_where_nobody_is_says_so():
    with pytest.raises(PlatformUnavailable):
        Drand("http://127.0.0.1:9").after(NOON)
