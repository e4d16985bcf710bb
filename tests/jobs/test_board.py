"""The minutes of a live: counted in Redis, written down by a worker, whatever is away meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import Account, WeChat
from commerce import agenda
from commerce.agenda import DueTask
from commerce.lives import board, hosting
from commerce.lives.board import Minute
from commerce.lives.lives import Live
from commerce.people import members
from commerce.work import Office
from jobs import queue, tick
from jobs.presence import Presence
from jobs.shop import Shop, real_now
from tests.commerce.sales import paid_order, product
from tests.commerce.stars import approved_live, star, visitor
from tests.people import Clock

NOWHERE = "http://127.0.0.1:9"
NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def shop(office: Office, bot: Bot, redis: Redis, tmp_path: Path) -> Shop:
    return a_shop(office, bot, tmp_path, redis)


@pytest.fixture
def live_id(office: Office) -> int:
    """On the air since 12:00."""
    with office.work() as work:
        host = star(work, "小明")
        hosting.confirm(work, host, "王小明")
        live = hosting.create(work, host, "春日好物专场", work.now)
        hosting.start(work, approved_live(work, live).id, by=host)
        return live.id


def test_whoever_is_there_counts_once_in_each_minute(shop: Shop, live_id: int, clock: Clock):
    for member_id in (1, 2, 2, 1, 2):
        shop.presence.here(live_id, member_id, clock())
    shop.presence.here(live_id + 1, 9, clock())
    clock.passes(seconds=60)
    shop.presence.here(live_id, 2, clock())
    clock.passes(seconds=62)

    assert wakes(shop) == 1

    assert online(shop.office, live_id) == [2, 1]


def test_once_it_counts_an_empty_minute_had_nobody(shop: Shop, live_id: int, clock: Clock):
    clock.passes(seconds=62)
    wakes(shop)
    shop.presence.here(live_id, 1, clock())
    clock.passes(minutes=1)
    wakes(shop)
    clock.passes(minutes=1)
    wakes(shop)

    assert online(shop.office, live_id) == [None, 1, 0]


def test_a_worker_asleep_for_an_hour_writes_down_every_minute(
    shop: Shop, live_id: int, clock: Clock, redis: Redis
):
    for minute in range(60):
        for member_id in range(1, 2 + minute):
            shop.presence.here(live_id, member_id, clock())
        if minute % 10 == 0:
            sells(shop.office, live_id, 100_00 + minute)
        clock.passes(minutes=1)
    clock.passes(seconds=5)

    assert wakes(shop) == 1

    assert online(shop.office, live_id) == list(range(1, 61))
    rows = written(shop.office, live_id)
    sold = {number: row.gmv_fen for number, row in enumerate(rows) if row.orders}
    assert sold == {n: 100_00 + n for n in (0, 10, 20, 30, 40, 50)}
    assert list(redis.scan_iter("*here*")) == []
    assert due_in(shop.office, clock) == [timedelta(seconds=57)]  # 13:00:05 → 13:01:02


def test_redis_emptied_loses_who_was_there_and_no_order(
    shop: Shop, live_id: int, clock: Clock, redis: Redis
):
    shop.presence.here(live_id, 1, clock())
    sells(shop.office, live_id, 99_00)
    clock.passes(seconds=62)
    wakes(shop)
    for member_id in (1, 2, 3):
        shop.presence.here(live_id, member_id, clock())
    sells(shop.office, live_id, 39_90)
    redis.flushdb()
    clock.passes(minutes=1)
    wakes(shop)
    shop.presence.here(live_id, 1, clock())
    clock.passes(minutes=1)
    wakes(shop)

    assert online(shop.office, live_id) == [1, None, 1]
    assert [row.gmv_fen for row in written(shop.office, live_id)] == [99_00, 39_90, 0]


def test_redis_away_stops_nothing_and_what_it_kept_is_filled_in(
    office: Office, bot: Bot, shop: Shop, live_id: int, clock: Clock, tmp_path: Path
):
    away = a_shop(office, bot, tmp_path, queue.connect(NO_REDIS))
    shop.presence.here(live_id, 1, clock())
    assert not away.presence.here(live_id, 2, clock())
    sells(office, live_id, 99_00)
    clock.passes(seconds=62)

    assert wakes(away) == 1
    assert (online(office, live_id), written(office, live_id)[0].orders) == ([None], 1)
    clock.passes(minutes=1)
    wakes(shop)

    assert online(office, live_id)[0] == 1


def test_without_redis_there_is_a_board_all_the_same(
    office: Office, bot: Bot, live_id: int, clock: Clock, tmp_path: Path
):
    shop = a_shop(office, bot, tmp_path, None)
    sells(office, live_id, 99_00)
    clock.passes(minutes=2, seconds=2)

    assert wakes(shop) == 1

    assert online(office, live_id) == [None, None]
    with office.reading() as work:
        assert board.figures(work, work.session.get_one(Live, live_id)).gmv_fen == 99_00


def test_it_stops_when_nothing_is_paid_any_more(shop: Shop, live_id: int, clock: Clock):
    clock.passes(minutes=10)
    with shop.office.work() as work:
        hosting.end(work, live_id, by=None)
    valid = shop.office.rules.orders.unpaid_valid
    for _ in range(int(valid / timedelta(minutes=1)) + 5):
        clock.passes(minutes=1)
        wakes(shop)

    assert due_in(shop.office, clock) == []
    assert len(written(shop.office, live_id)) == 11  # 12:00 to the end at 12:10.


def a_shop(office: Office, bot: Bot, folder: Path, redis: Redis | None) -> Shop:
    wechat = WeChat(Account("wx", "secret", NOWHERE, NOWHERE), None, office.clock)
    return Shop(office, bot, wechat, folder, SHIPPED, presence=Presence(redis))


def wakes(shop: Shop) -> int:
    """A worker does what is due of the boards. How much that was."""
    with shop.office.reading() as work:
        due = agenda.due(work, real_now=real_now(), limit=500)
    return sum(tick.run(shop, task_id) for task_id, _, task in due if task == "board_minute")


def sells(office: Office, live_id: int, base_fen: int) -> None:
    with office.work() as work:
        live, goods = work.session.get_one(Live, live_id), product(work)
        host = members.get(work, live.host_id)
        paid_order(work, visitor(work), host, base_fen, live=live, goods=goods)


def written(office: Office, live_id: int) -> list[Minute]:
    with office.reading() as work:
        return board.minutes_of(work, work.session.get_one(Live, live_id))


def online(office: Office, live_id: int) -> list[int | None]:
    return [row.online for row in written(office, live_id)]


def due_in(office: Office, clock: Clock) -> list[timedelta]:
    """How soon the next minutes are to be written down."""
    with office.reading() as work:
        rows = select(DueTask.due_at).where(
            DueTask.task == "board_minute", DueTask.done_at.is_(None)
        )
        return [due_at - clock() for due_at in work.session.scalars(rows)]
