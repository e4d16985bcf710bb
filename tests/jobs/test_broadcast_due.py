"""T34: everybody is due in the same second, and the first of them is told within two."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import Account, WeChat
from commerce.lives import broadcasting
from commerce.lives.lives import Live
from commerce.rules import Rules
from commerce.work import Office
from jobs import queue, tick
from jobs.shop import Shop
from tests.audience import Guest, a_live, book_all, quick
from tests.databases import migrated
from tests.people import NOON
from tests.platforms.many import OK, Answer, Many, serving
from tests.waiting import eventually

RATE = 500
AHEAD = timedelta(seconds=3)


@contextmanager
def working(shop: Shop, lasts: Callable[[], bool]) -> Iterator[None]:
    """One worker that does what is due, and looks for it as often as a real one, without Redis
    between."""
    stopping = threading.Event()
    with ThreadPoolExecutor(1) as worker:

        def beat() -> None:
            known = queue.Known().at(int(datetime.now(UTC).timestamp()))

            def enqueue(first: int, _attempts: int, *more: int) -> None:
                if lasts():
                    worker.submit(tick.run, shop, first, *more)

            for crowd in (False, True):
                tick.tick(shop.office, enqueue, limit=1, crowd=crowd, fresh=known)

        thread = threading.Thread(target=queue._beat, args=(beat, stopping))
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            queue.hurry()
            thread.join()


@pytest.mark.parametrize("people", [2_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_the_first_hears_it_within_two_seconds(
    database: str, rules: Rules, bot: Bot, tmp_path: Path, people: int
) -> None:
    first: list[datetime] = []
    began = datetime.now(UTC)

    def clock() -> datetime:
        """From noon on: it runs, and nobody is asleep."""
        return NOON + (datetime.now(UTC) - began)

    def answer(_path: str, _openid: str) -> Answer:
        first.append(clock())
        return OK

    with migrated(database, tmp_path) as engine, serving(Many(answer=answer)) as platform:
        office = Office(engine, quick(rules, RATE), clock)
        account = Account("wx", "secret", platform.url, platform.url)
        shop = Shop(office, bot, WeChat(account, None, office.clock), tmp_path, SHIPPED)
        with office.work() as work:
            live_id = a_live(work).id
        book_all(office, live_id, (Guest(number) for number in range(1, people + 1)))
        with office.work() as work:
            live = work.session.get_one(Live, live_id)
            due_at = work.now + AHEAD
            live.planned_at = due_at + rules.lives.remind_before
            broadcasting.plan_reminders(work, live)

        with working(shop, lasts=lambda: len(first) < RATE):
            assert eventually(lambda: len(first) >= RATE, within_s=30)

    assert due_at <= first[0] <= due_at + timedelta(seconds=2)
