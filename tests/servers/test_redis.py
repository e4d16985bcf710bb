"""One due task from the database over a real Redis to a worker and back."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import Account, WeChat
from commerce.agenda import DueTask
from commerce.people import identities, joining
from commerce.people.members import Member
from commerce.work import Office
from jobs import queue, tick
from jobs.shop import Shop
from tests.databases import redis_url

pytestmark = pytest.mark.servers

PATIENCE_S = 20
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def redis() -> Iterator[Redis]:
    with queue.connect(redis_url()) as redis:
        due = Queue(queue.QUEUE, connection=redis, serializer=JSONSerializer)
        due.empty()
        yield redis
        due.delete(delete_jobs=True)


@pytest.fixture
def undisturbed() -> Iterator[None]:
    """The worker answers signals in its own way; afterwards they are as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("undisturbed")
def test_a_due_task_goes_through_redis_and_is_done_once(
    office: Office, bot: Bot, redis: Redis, tmp_path: Path
):
    wechat = WeChat(Account("wx", "secret", NOWHERE, NOWHERE), None, office.clock)
    tick.install(Shop(office, bot, wechat, tmp_path, SHIPPED))
    member_id = somebody_who_left(office)
    deadline = time.monotonic() + PATIENCE_S

    def beat() -> None:
        now_s = int(time.time())
        left = tick.tick(office, lambda id, tries: queue.enqueue_due(redis, id, tries, now_s))
        if not left or time.monotonic() > deadline:
            threading.Timer(0.1, partial(os.kill, os.getpid(), signal.SIGTERM)).start()

    queue.work(redis_url(), beat)

    with office.work() as work:
        member = work.session.get_one(Member, member_id)
        assert member.nickname == ""
        assert [door.is_erased for door in identities.of_member(work, member_id)] == [True]
        (task,) = work.session.query(DueTask).all()
        assert (task.task, task.done_at, task.failed_at) == ("erase", office.clock(), None)


def somebody_who_left(office: Office) -> int:
    with office.work() as work:
        _, member = identities.recognise(work, "official", "o-gone")
        joining.join(work, member, "要走的人")
        joining.leave(work, member)
        return member.id
