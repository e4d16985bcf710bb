"""What is said goes out once, however long the platform takes and however many are at it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import Account, WeChat
from bot.reply import Text, to_json
from commerce import agenda, outbox
from commerce.agenda import DueTask
from commerce.errors import Rejected
from commerce.outbox import Outgoing, State
from commerce.rules import Rules
from commerce.work import Office, Work
from jobs import tick
from jobs.queue import Known
from jobs.shop import Shop
from tests.databases import migrated
from tests.people import Cast, Clock, Person, cast
from tests.waiting import eventually

NOWHERE = "http://127.0.0.1:9"
LEASE_S = 1.0
SLOW_S = 2.5


class Platform(WeChat):
    """The outermost port: it remembers what it was asked and sent; `before` happens first."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(Account("wx", "secret", NOWHERE, NOWHERE), None, clock)
        self.asked: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.before: dict[str, Callable[[], None]] = {}

    def _comes(self, step: str) -> None:
        self.asked.append(step)
        self.before.get(step, nothing)()

    def send_custom(self, payload: dict[str, Any]) -> None:
        self._comes("send")
        if payload.get("video", {}).get("media_id") == "GONE":
            raise Rejected(40007, "invalid media_id")
        self.sent.append(payload)

    def upload_image(self, jpeg: bytes) -> str:
        self._comes("upload")
        return "PICTURE"

    def user_info(self, openid: str) -> dict[str, Any]:
        self._comes("user")
        return {"subscribe": 1}

    def create_qr(self, scene: str, expire_s: int) -> str:
        self._comes("qr")
        return "http://weixin.qq.com/q/02x"


def nothing() -> None:
    pass


@pytest.fixture
def house(rules: Rules, clock: Clock, tmp_path: Path) -> Iterator[Office]:
    """In a file, where two workers may be at it."""
    with migrated("sqlite", tmp_path) as engine:
        yield Office(engine, rules, clock)


@pytest.fixture
def people(house: Office, bot: Bot) -> Cast:
    return cast(house, bot)


@pytest.fixture
def platform(clock: Clock) -> Platform:
    return Platform(clock)


@pytest.fixture
def shop(house: Office, bot: Bot, platform: Platform, tmp_path: Path) -> Shop:
    return Shop(house, bot, platform, tmp_path, SHIPPED)


@pytest.fixture
def _short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agenda, "LEASE", timedelta(seconds=LEASE_S))


def deliveries(office: Office) -> list[int]:
    with office.reading() as work:
        rows = select(DueTask.id).where(DueTask.task == "deliver", DueTask.done_at.is_(None))
        return list(work.session.scalars(rows))


def states(office: Office) -> set[str]:
    with office.reading() as work:
        return set(work.session.scalars(select(Outgoing.state)))


def another_worker(shop: Shop, member_id: int, over: threading.Event) -> threading.Thread:
    """It tries whatever is due, again and again, and always has one more thing to tell her."""

    def run() -> None:
        for more in count():
            if over.wait(LEASE_S / 6):
                return
            shop.office.do(partial(one_more, member_id=member_id, key=f"more:{more}"))
            for number in deliveries(shop.office):
                tick.run(shop, number)

    def one_more(work: Work, member_id: int, key: str) -> None:
        agenda.plan(work, "deliver", key=key, member_id=member_id)

    worker = threading.Thread(target=run)
    worker.start()
    return worker


@pytest.mark.usefixtures("_short_leases")
@pytest.mark.parametrize("step", ["qr", "upload", "send"])
def test_a_platform_slower_than_a_lease_is_not_asked_twice(
    people: Cast, shop: Shop, platform: Platform, step: str
) -> None:
    amy = people("amy").joins().says("海报")
    platform.before[step] = lambda: time.sleep(SLOW_S if platform.asked.count(step) == 1 else 0)
    over = threading.Event()
    first, *_ = deliveries(shop.office)
    member_id = amy.member.id
    other = another_worker(shop, member_id, over)

    tick.run(shop, first)
    assert eventually(lambda: deliveries(shop.office) == [])
    over.set()
    other.join()

    assert platform.asked == ["qr", "upload", "send", "send"]
    assert [sent["msgtype"] for sent in platform.sent] == ["image", "text"]
    assert states(shop.office) == {State.SENT}


@pytest.mark.usefixtures("_short_leases")
def test_any_call_that_takes_longer_than_a_lease_stays_with_who_made_it(
    people: Cast, shop: Shop, platform: Platform
) -> None:
    people("amy").follows()
    with shop.office.reading() as work:
        rows = select(DueTask.id).where(DueTask.task == "look_up")
        (number,) = work.session.scalars(rows)
    others: list[bool] = []

    def another_comes() -> None:
        if platform.asked == ["user"]:
            time.sleep(SLOW_S)
            others.append(tick.run(shop, number))

    platform.before["user"] = another_comes

    assert tick.run(shop, number) is True
    assert others == [False]
    assert platform.asked == ["user"]


@pytest.mark.usefixtures("_short_leases")
def test_who_lost_the_lease_while_drawing_leaves_the_rest_to_the_other(
    people: Cast, shop: Shop, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped for a while renews nothing, and then goes on."""
    people("amy").joins().says("海报")
    first, *_ = deliveries(shop.office)
    stopped = []

    def stop() -> None:
        if not stopped:
            stopped.append(True)
            time.sleep(SLOW_S)
            for number in deliveries(shop.office):
                tick.run(shop, number)  # The other one, meanwhile.

    monkeypatch.setattr("jobs.leases.OFTEN", 0.01)  # Nothing is renewed in the background.
    platform.before["upload"] = stop
    tick.run(shop, first)

    assert [sent["msgtype"] for sent in platform.sent] == ["image", "text"]
    assert states(shop.office) == {State.SENT}


def still_to_say(shop: Shop) -> list[str]:
    with shop.office.reading() as work:
        rows = select(DueTask).where(DueTask.task.in_(agenda.SAID), DueTask.done_at.is_(None))
        return [row.key for row in work.session.scalars(rows)]


def asked_for(shop: Shop, person: Person, words: str, key: str) -> None:
    member_id = person.member.id
    reply = to_json(Text(words))
    shop.office.do(lambda work: outbox.answer_later(work, member_id, None, reply, key=key))


def test_many_are_told_at_the_same_time_and_each_once_in_order(
    people: Cast, shop: Shop, platform: Platform
) -> None:
    cast = [people(f"p{number}").follows().says("你好") for number in range(12)]
    for round in range(3):
        for person in cast:
            asked_for(shop, person, f"第 {round + 1} 句", key=f"{person.name}:{round}")
    under_way, most = [], []

    def slowly() -> None:
        under_way.append(1)
        most.append(len(under_way))
        time.sleep(0.05)
        under_way.pop()

    platform.before["send"] = slowly
    while numbers := deliveries(shop.office):
        tick.run(shop, *numbers)
        time.sleep(0.3)

    assert 1 < max(most) <= tick.AT_A_TIME
    for person in cast:
        heard = [one["text"]["content"] for one in platform.sent if one["touser"] == person.openid]
        assert heard[-3:] == ["第 1 句", "第 2 句", "第 3 句"]
    assert states(shop.office) == {State.SENT}


def test_what_was_asked_for_while_the_last_word_was_being_noted_is_said_too(
    people: Cast, shop: Shop, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own worker came while the other one's end was not yet written, and found it speaking."""
    amy = people("amy").follows().says("你好")
    asked_for(shop, amy, "一", key="one")
    (first,) = deliveries(shop.office)
    second: list[int] = []
    take = outbox.take

    def another() -> None:
        asked_for(shop, amy, "二", key="two")
        second.extend(set(deliveries(shop.office)) - {first})
        assert tick.run(shop, *second) is False
        monkeypatch.setattr(outbox, "take", before_that)

    def before_that(*_: Any, **__: Any) -> list[Outgoing]:
        monkeypatch.setattr(outbox, "take", take)
        return []

    platform.before["send"] = lambda: nothing() if second else another()
    assert tick.run(shop, first) is True
    assert [sent["text"]["content"] for sent in platform.sent] == ["一"]

    assert still_to_say(shop) == ["deliver:two"]  # Put off, not done, and it counts as no attempt.
    time.sleep(agenda.SOON.total_seconds())
    assert tick.run(shop, *second) is True

    assert [sent["text"]["content"] for sent in platform.sent] == ["一", "二"]
    with shop.office.reading() as work:
        assert work.session.get_one(DueTask, second[0]).attempts == 1


def test_killed_after_the_platform_said_yes_it_is_said_once_more_after_the_lease(
    people: Cast, shop: Shop, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "LEASE", timedelta(seconds=LEASE_S))
    amy = people("amy").follows().says("你好")
    asked_for(shop, amy, "一", key="one")
    (number,) = deliveries(shop.office)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as gone:
        gone.setattr("jobs.deliver._go_on", killed)
        with pytest.raises(Killed):
            tick.run(shop, number)
    assert tick.run(shop, number) is False
    assert len(platform.sent) == 1

    time.sleep(LEASE_S + agenda.SOON.total_seconds())
    for _ in range(2):
        tick.run(shop, number)

    assert [sent["text"]["content"] for sent in platform.sent] == ["一", "一"]
    assert states(shop.office) == {State.SENT}


def test_the_tick_puts_deliveries_together_and_nothing_else(people: Cast, shop: Shop) -> None:
    for number in range(tick.IN_A_JOB + 1):
        asked_for(shop, people(f"p{number}").follows(), "一", key=f"k{number}")
    jobs: list[tuple[int, ...]] = []

    tick.tick(shop.office, lambda first, _attempts, *more: jobs.append((first, *more)))

    together = [job for job in jobs if len(job) > 1]
    assert [len(job) for job in together] == [tick.IN_A_JOB]
    assert set(deliveries(shop.office)) >= set(together[0])
    known = Known().at(1000)
    assert [known(1, 0), known(1, 0), known(1, 1), known(2, 0)] == [True, False, True, True]


def videos_said(platform: Platform) -> list[Any]:
    return [sent.get("video") or sent["text"]["content"] for sent in platform.sent]


def looks(reviewer: Person, shop: Shop) -> None:
    reviewer.says("看 V1")
    for number in deliveries(shop.office):
        tick.run(shop, number)


@pytest.fixture
def reviewer(people: Cast, house: Office) -> Person:
    from commerce.people import staff

    with house.work() as work:
        code = staff.invite(work, staff.Role.REVIEWER)
    return people("小周").follows().says("加入").says("小周").says(code)


def test_a_reviewer_gets_the_video_that_was_sent(
    people: Cast, shop: Shop, platform: Platform, reviewer: Person
) -> None:
    people("amy").joins().sends_video("FILM THUMB")
    for number in deliveries(shop.office):
        tick.run(shop, number)
    platform.sent.clear()

    looks(reviewer, shop)

    (sent,) = platform.sent
    assert sent == {
        "touser": "o-小周",
        "msgtype": "video",
        "video": {"media_id": "FILM", "thumb_media_id": "THUMB"},
    }


def test_a_video_the_platform_has_no_more_is_answered_in_words(
    people: Cast, shop: Shop, platform: Platform, reviewer: Person
) -> None:
    people("amy").joins().sends_video("GONE")
    for number in deliveries(shop.office):
        tick.run(shop, number)
    platform.sent.clear()

    looks(reviewer, shop)

    assert videos_said(platform) == [
        "V1：直接发来的视频，微信只留 3 天，现在看不了；可以退回，请他重发。"
    ]
    assert states(shop.office) == {State.SENT}
