"""Everybody who booked is told, by whichever door is allowed, and nobody who may not be."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.crowd import Crowd
from bot.platforms.wechat import Account, WeChat
from commerce.agenda import DueTask
from commerce.lives import batches, broadcasting, permits
from commerce.lives.batches import Batch
from commerce.lives.broadcasts import Broadcast, Part
from commerce.lives.lives import Live, State
from commerce.lives.permits import Answer as Asked
from commerce.lives.permits import Permit
from commerce.outbox import Outgoing
from commerce.outbox import State as Said
from commerce.people import binding
from commerce.people.members import Member
from commerce.rules import Rules
from commerce.work import Office
from jobs import tick
from jobs.broadcast import broadcast_part
from jobs.shop import Shop
from tests.audience import RESULT, Guest, a_live, book_all, quick
from tests.databases import migrated
from tests.people import Clock
from tests.platforms.many import OK, Answer, Many, refused, serving

CUSTOM, BIZ = "/cgi-bin/message/custom/send", "/cgi-bin/message/subscribe/bizsend"
FACTS = {"live": "春日好物专场", "at": "2026-03-06T12:00:00+00:00"}
WINDOW = 128


class Killed(BaseException):
    """The process is gone: nothing of it happens any more."""


@pytest.fixture
def house(database: str, rules: Rules, clock: Clock, tmp_path: Path) -> Iterator[Office]:
    with migrated(database, tmp_path) as engine:
        yield Office(engine, quick(rules), clock)


@pytest.fixture
def platform() -> Iterator[Many]:
    with serving(Many()) as running:
        yield running


@pytest.fixture
def shop(house: Office, bot: Bot, platform: Many, clock: Clock, tmp_path: Path) -> Shop:
    account = Account("wx", "secret", platform.url, platform.url)
    return Shop(house, bot, WeChat(account, None, clock), tmp_path, SHIPPED)


def begun(
    office: Office, guests: list[Guest], notice: str = "live_moved", **more: Any
) -> list[int]:
    """The parts of a broadcast to these guests."""
    with office.work() as work:
        live_id = a_live(work).id
    book_all(office, live_id, guests)
    with office.work() as work:
        live = work.session.get_one(Live, live_id)
        facts = FACTS | {"at": live.planned_at.isoformat()} | more.pop("facts", {})
        broadcasting.begin(work, live, notice, key="once", facts=facts, **more)
    return unfinished(office)


def unfinished(office: Office) -> list[int]:
    with office.reading() as work:
        rows = select(Part.id).where(Part.finished_at.is_(None)).order_by(Part.id)
        return list(work.session.scalars(rows))


def rows_of(office: Office) -> dict[int, tuple[str, str]]:
    """{booking number: state and note} of what was said or missed."""
    with office.reading() as work:
        rows = select(Outgoing).where(Outgoing.key.like("broadcast:%"))
        return {
            int(row.key.rsplit(":", 1)[1]): (row.state, row.error)
            for row in work.session.scalars(rows)
        }


def part_of(office: Office) -> Part:
    with office.reading() as work:
        return work.session.scalars(select(Part).order_by(Part.id)).first()


def test_a_yes_goes_before_an_open_window_and_who_has_neither_is_missed(
    house: Office, shop: Shop, platform: Many
) -> None:
    guests = [Guest(1, permits=1), Guest(2), Guest(3, spoke=False)]
    (part,) = begun(house, guests)

    broadcast_part(shop, part)

    assert [(path, openid) for path, openid, _ in sorted(platform.asked)] == [
        (CUSTOM, "o-2"),
        (BIZ, "o-1"),
    ]
    assert rows_of(house) == {1: ("sent", ""), 2: ("sent", ""), 3: ("missed", "")}
    found = part_of(house)
    assert (found.sent, found.missed, found.maybe_twice) == (2, 1, 0)
    assert found.finished_at is not None
    assert b"000002" in platform.bodies["o-2"]
    assert b'"template_id": "T-REMINDER"' in platform.bodies["o-1"]


def test_a_yes_is_good_for_one_message(house: Office, shop: Shop, platform: Many) -> None:
    (part,) = begun(house, [Guest(1, permits=1, spoke=False)])
    broadcast_part(shop, part)
    with house.work() as work:
        live = work.session.scalars(select(Live)).one()
        facts = FACTS | {"at": live.planned_at.isoformat()}
        broadcasting.begin(work, live, "live_moved", key="twice", facts=facts)
    (again,) = unfinished(house)

    broadcast_part(shop, again)

    assert len(platform.asked) == 1
    assert part_of(house).sent == 1
    with house.reading() as work:
        (permit,) = work.session.scalars(select(Permit))
    assert (permit.state, permit.part_id) == ("used", part)


@pytest.mark.parametrize(
    "guest",
    [
        Guest(1, cancelled=True, permits=1),
        Guest(1, state="left", permits=1),
        Guest(1, state="suspended", permits=1),
        Guest(1, is_muted=True, permits=1),
        Guest(1, is_open=False, permits=1),
    ],
    ids=["cancelled", "left", "suspended", "muted", "unfollowed"],
)
def test_who_may_not_be_told_is_never_addressed(
    house: Office, shop: Shop, platform: Many, guest: Guest
) -> None:
    (part,) = begun(house, [guest, Guest(2)])

    broadcast_part(shop, part)

    assert [openid for _, openid, _ in platform.asked] == ["o-2"]


def test_winners_who_hear_otherwise_are_left_out(house: Office, shop: Shop, platform: Many) -> None:
    (part,) = begun(house, [Guest(1), Guest(2), Guest(3)], facts={"but": [1, 3]})

    broadcast_part(shop, part)

    assert [openid for _, openid, _ in platform.asked] == ["o-2"]
    assert set(rows_of(house)) == {2}


def test_only_who_is_named_hears_it(house: Office, shop: Shop, platform: Many) -> None:
    (part,) = begun(house, [Guest(number) for number in range(1, 8)], only=[3, 5])

    broadcast_part(shop, part)

    assert sorted(openid for _, openid, _ in platform.asked) == ["o-3", "o-5"]
    assert unfinished(house) == []


WON = FACTS | {"product": "藕粉 10 袋装", "prize_fen": 99_00, "people": 128, "prizes": 10}
WON |= {"until": "2026-03-09T12:00:00+00:00", "instead": False}


def test_who_has_won_is_reached_by_the_yes_they_gave_for_it(
    house: Office, shop: Shop, platform: Many
) -> None:
    """No window is open, and they want no advertisement: it is none."""
    with house.work() as work:
        live_id = a_live(work).id
    book_all(house, live_id, [Guest(1), Guest(2, spoke=False, is_muted=True), Guest(3)])
    with house.work() as work:
        live = work.session.get_one(Live, live_id)
        for permit_of in (1_002, 1_003):
            permits.answered(work, permit_of, RESULT, Asked.YES)
        for key in ("once", "once"):
            broadcasting.begin(work, live, "lottery_won", key=key, facts=WON, only=[2])
    (part,) = unfinished(house)

    broadcast_part(shop, part)

    assert [(path, openid) for path, openid, _ in platform.asked] == [(BIZ, "o-2")]
    said = json.loads(platform.bodies["o-2"])
    assert said["template_id"] == RESULT
    assert said["data"]["number3"] == {"value": "000002"}
    assert said["data"]["thing4"] == {"value": "中奖了，回复「领取」"}
    assert rows_of(house) == {2: ("sent", "")}


def test_who_has_won_and_became_another_member_hears_it_by_the_number_that_won(
    house: Office, shop: Shop, platform: Many
) -> None:
    with house.work() as work:
        live_id = a_live(work).id
    book_all(house, live_id, [Guest(1), Guest(2), Guest(3)])
    with house.work() as work:
        assert binding.merge(work, *(work.session.get_one(Member, at) for at in (1_001, 1_003)))
        live = work.session.get_one(Live, live_id)
        broadcasting.begin(work, live, "lottery_won", key="once", facts=WON, only=[3])
    (part,) = unfinished(house)

    broadcast_part(shop, part)

    (body,) = platform.bodies.values()
    assert "预约号 000003，免单 1 份：藕粉 10 袋装" in body.decode()
    assert rows_of(house) == {3: ("sent", "")}


def test_no_more_than_a_batch_of_those_named_is_under_way(
    house: Office, shop: Shop, platform: Many
) -> None:
    named = list(range(1, 301))
    (part,) = begun(house, [Guest(number) for number in named], only=named)
    batch = house.do(lambda work: batches.take(work, part, size=WINDOW))
    assert batch is not None
    assert len(batch.waiting) == WINDOW

    broadcast_part(shop, part)

    assert sorted(platform.taken.values()) == [1] * 300
    assert sum(bool(note) for _, note in rows_of(house).values()) == WINDOW


def test_a_yes_that_somebody_else_used_meanwhile_is_not_used_again(
    house: Office, shop: Shop, platform: Many
) -> None:
    """The second batch was looked up with the first: until then another broadcast had time."""
    guests = [Guest(number, permits=1, spoke=False) for number in range(1, 201)]
    (part,) = begun(house, guests)
    taken: list[bool] = []

    def answer(_path: str, _openid: str) -> Answer:
        if not taken:
            taken.append(True)
            with house.work() as work:
                theirs = update(Permit).where(Permit.identity_id == 1_200)
                work.session.execute(theirs.values(state="used", used_at=work.now))
        return OK

    platform.answer = answer
    broadcast_part(shop, part)

    assert len(platform.taken) == 199
    assert rows_of(house)[200] == ("missed", "")


def test_the_allowance_of_a_door_is_kept(house: Office, shop: Shop, platform: Many) -> None:
    """Five messages after a word, and then none: the sixth is missed."""
    (part,) = begun(house, [Guest(1)])
    broadcast_part(shop, part)
    for number in range(5):
        with house.work() as work:
            live = work.session.scalars(select(Live)).one()
            facts = FACTS | {"at": live.planned_at.isoformat()}
            broadcasting.begin(work, live, "live_moved", key=f"more-{number}", facts=facts)
        broadcast_part(shop, unfinished(house)[0])

    assert len(platform.asked) == 5
    assert [state for state, _ in rows_of(house).values()] == ["missed"]  # By number: the last.


@pytest.mark.parametrize("code", [43101, 43004, 40003, 45015, 45047, 47003, 48002])
def test_what_the_platform_refuses_is_said_at_the_next_visit(
    house: Office, shop: Shop, platform: Many, code: int
) -> None:
    platform.answer = lambda _path, _openid: refused(code)
    (part,) = begun(house, [Guest(1), Guest(2, permits=1)])

    broadcast_part(shop, part)

    assert len(platform.asked) == 2
    assert rows_of(house) == {1: ("missed", str(code)), 2: ("missed", str(code))}


@pytest.mark.parametrize("answer", [refused(-1), refused(45009), (503, b"oops"), (429, b"slow")])
def test_what_fails_now_and_then_goes_with_the_next_batch(
    house: Office, shop: Shop, platform: Many, answer: Answer
) -> None:
    platform.answer = once(answer, {"o-7", "o-8"})
    (part,) = begun(house, [Guest(number) for number in range(1, 301)])

    broadcast_part(shop, part)

    assert len(platform.asked) == 302
    assert set(platform.taken.values()) == {1}
    assert len(platform.taken) == 300
    assert unfinished(house) == []


def test_who_is_never_served_is_missed_in_the_end(
    house: Office, shop: Shop, platform: Many
) -> None:
    platform.answer = lambda _path, openid: refused(-1) if openid == "o-7" else OK
    (part,) = begun(house, [Guest(number) for number in range(1, 1001)])

    broadcast_part(shop, part)

    assert sum(openid == "o-7" for _, openid, _ in platform.asked) <= 8
    while unfinished(house):  # What is left of it is one person: nobody else is served either.
        with house.work() as work:
            work.session.get_one(Part, part).pauses = 0
        platform.answer = lambda _path, openid: OK
        broadcast_part(shop, part)
    assert platform.taken["o-7"] == 1 or rows_of(house)[7] == ("missed", "-1")


def test_a_platform_that_takes_nothing_is_left_alone_for_longer_and_longer(
    house: Office, shop: Shop, platform: Many, clock: Clock
) -> None:
    platform.answer = lambda _path, _openid: refused(45009)
    (part,) = begun(house, [Guest(number) for number in range(1, 1001)])

    pauses = []
    for _ in range(4):
        broadcast_part(shop, part)
        due_at = max(waiting(house))
        pauses.append((due_at - clock.now).total_seconds())
        clock.now = due_at

    assert pauses == [4, 8, 16, 32]
    assert len(platform.asked) == 4 * WINDOW
    platform.answer = lambda _path, _openid: OK
    broadcast_part(shop, part)
    assert len(platform.taken) == 1000
    assert {note for _, note in rows_of(house).values()} == {""}


def waiting(office: Office) -> list[Any]:
    with office.reading() as work:
        rows = select(DueTask.due_at).where(DueTask.task == "broadcast_part")
        return list(work.session.scalars(rows))


def test_a_cut_connection_is_asked_once_more_and_marked(
    house: Office, shop: Shop, platform: Many
) -> None:
    platform.answer = once((0, b""), {"o-5"})
    (part,) = begun(house, [Guest(number) for number in range(1, 11)])

    broadcast_part(shop, part)

    assert sum(openid == "o-5" for _, openid, _ in platform.asked) == 2
    assert rows_of(house)[5] == ("sent", "maybe_twice")
    assert part_of(house).maybe_twice == 1


@pytest.mark.parametrize("code", [40001, 42001])
def test_a_token_that_ran_out_is_fetched_once_for_all(
    house: Office, shop: Shop, platform: Many, code: int
) -> None:
    shop.wechat.token.get()
    platform.answer = lambda _path, _openid: OK if platform.tokens > 1 else refused(code)
    (part,) = begun(house, [Guest(number) for number in range(1, 101)])

    broadcast_part(shop, part)

    assert platform.tokens == 2
    assert len(platform.taken) == 100
    assert unfinished(house) == []


def once(answer: Answer, openids: set[str]) -> Callable[[str, str], Answer]:
    """Each of these is answered so at first, and everybody else is served."""
    left = set(openids)

    def say(_path: str, openid: str) -> Answer:
        if openid in left:
            left.discard(openid)
            return answer
        return OK

    return say


def test_the_configured_rate_is_kept(
    rules: Rules, house: Office, shop: Shop, platform: Many
) -> None:
    """Two workers at two parts share one limit."""
    house.rules = quick(rules, per_second=400)
    parts = begun(house, [Guest(number) for number in range(1, 1601)])

    workers = [threading.Thread(target=broadcast_part, args=(shop, part)) for part in parts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    at = sorted(moment for *_, moment in platform.asked)
    assert len(at) == 1600
    assert at[-1] - at[0] >= 1600 / 400 - 0.2  # The first may be late, the last is in its time.


def test_who_lost_the_part_notes_nothing(
    house: Office, shop: Shop, platform: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    (part,) = begun(house, [Guest(number) for number in range(1, 201)])
    real, stopped = Crowd.send, []

    async def send(self: Crowd, api: str, payload: dict[str, Any]) -> None:
        await real(self, api, payload)
        if not stopped:  # It was stopped for longer than its lease: another one takes over.
            stopped.append(True)
            other = threading.Thread(target=broadcast_part, args=(shop, part))
            other.start()
            other.join()

    monkeypatch.setattr(Crowd, "send", send)
    broadcast_part(shop, part)

    assert unfinished(house) == []
    assert len(platform.taken) == 200
    twice = {openid for openid, count in platform.taken.items() if count > 1}
    marked = {f"o-{number}" for number, (_, note) in rows_of(house).items() if note}
    assert twice <= marked
    assert len(marked) <= WINDOW


def test_a_batch_that_somebody_else_took_is_not_put_down(house: Office) -> None:
    (part,) = begun(house, [Guest(number) for number in range(1, 11)])
    lost = house.do(lambda work: batches.take(work, part, size=10))
    again = house.do(lambda work: batches.take(work, part, size=10))
    assert lost is not None
    assert again is not None

    def put_down(batch: Batch) -> bool:
        return house.do(lambda work: batches.put_down(work, batch, [], [], pause=False, go_on=True))

    assert not put_down(lost)
    assert put_down(again)
    assert not put_down(again)


def test_a_reminder_of_what_has_moved_or_is_off_is_not_said(
    house: Office, shop: Shop, platform: Many
) -> None:
    (part,) = begun(house, [Guest(1)], "live_soon", facts={"before_s": 3_600})
    with house.work() as work:
        live = work.session.scalars(select(Live)).one()
        live.planned_at += timedelta(hours=1)

    broadcast_part(shop, part)

    assert platform.asked == []
    assert unfinished(house) == []


def test_a_turn_ends_when_other_work_is_due(house: Office, shop: Shop, platform: Many) -> None:
    (part,) = begun(house, [Guest(number) for number in range(1, 1001)])
    with house.work() as work:
        live = work.session.scalars(select(Live)).one()
        live.state = State.LIVE
        broadcasting.plan_reminders(work, live)  # Due at once, and not of the crowd.

    broadcast_part(shop, part)

    assert len(platform.asked) == WINDOW
    assert len(waiting(house)) == 2


def test_a_turn_is_planned_and_run_by_the_agenda(house: Office, shop: Shop, platform: Many) -> None:
    begun(house, [Guest(number) for number in range(1, 2501)])
    with house.reading() as work:
        rows = select(DueTask.id).where(DueTask.task == "broadcast_part")
        tasks = list(work.session.scalars(rows))

    assert len(tasks) == 3
    assert all(tick.run(shop, task_id) for task_id in tasks)
    assert len(platform.taken) == 2500
    assert not any(tick.run(shop, task_id) for task_id in tasks)


def audience(size: int, dice: random.Random) -> list[Guest]:
    kinds: list[tuple[float, dict[str, Any]]] = [
        (0.02, {"cancelled": True, "permits": 1}),
        (0.02, {"is_muted": True, "permits": 1}),
        (0.02, {"is_open": False}),
        (0.01, {"state": "left", "permits": 1}),
        (0.01, {"state": "suspended"}),
        (0.04, {"spoke": False}),
        (0.44, {"permits": 1, "spoke": False}),
        (0.44, {}),
    ]
    chosen = dice.choices([kind for _, kind in kinds], [share for share, _ in kinds], k=size)
    return [Guest(number, **kind) for number, kind in enumerate(chosen, 1)]


class Fate:
    """Kills at the given steps: a transaction begun or done, or a message said."""

    def __init__(self, steps: list[int]) -> None:
        self._steps, self._step, self.is_dead, self.kills = steps, 0, False, 0

    def step(self) -> None:
        self._step += 1
        if self.is_dead or (self._steps and self._step >= self._steps[0]):
            if not self.is_dead:
                self._steps.pop(0)
                self.kills += 1
            self.is_dead = True
            raise Killed


@pytest.mark.parametrize(
    ("size", "kills"),
    [(3_000, 10), pytest.param(100_000, 20, marks=pytest.mark.long)],
)
def test_killed_anywhere_nobody_is_missed_and_who_may_hear_it_twice_is_marked(
    house: Office,
    shop: Shop,
    platform: Many,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    kills: int,
) -> None:
    dice = random.Random(33)
    guests = audience(size, dice)
    begun(house, guests)
    platform.answer = unreliable(guests, dice)
    fate = Fate(sorted(dice.sample(range(1, size * 4 // 5), kills)))  # One in ten hears nothing.
    monkeypatch.setattr(Office, "do", mortal(Office.do, fate))
    monkeypatch.setattr(Crowd, "send", mortal_send(Crowd.send, fate))

    while parts := unfinished(house):
        for part in parts:
            fate.is_dead = False
            try:
                broadcast_part(shop, part)
            except Killed:
                continue

    assert fate.kills == kills
    untold = {g.openid for g in guests if g.cancelled or g.is_muted or not g.is_open}
    untold |= {g.openid for g in guests if g.state in ("left", "suspended")}
    assert not untold & {openid for _, openid, _ in platform.asked}
    reachable = {g.openid for g in guests if g.permits or g.spoke} - untold
    assert reachable - platform.taken.keys() == set()
    rows = rows_of(house)
    owed = [g for g in guests if not g.cancelled and g.state == "joined"]
    assert set(rows) == {g.number for g in owed}
    twice = {openid for openid, count in platform.taken.items() if count > 1}
    marked = {f"o-{number}" for number, (_, note) in rows.items() if note == "maybe_twice"}
    assert twice <= marked
    assert len(twice) <= WINDOW * kills
    told_twice = sum(platform.taken.values()) - len(platform.taken)
    assert told_twice <= WINDOW * kills


def unreliable(guests: list[Guest], dice: random.Random) -> Callable[[str, str], Answer]:
    """One in twenty fails, one in fifty is too fast; a yes is good for one message."""
    yes = {guest.openid: guest.permits for guest in guests}

    def say(path: str, openid: str) -> Answer:
        chance = dice.random()
        if chance < 0.05:
            return dice.choice([refused(-1), (500, b"oops"), (502, b"oops")])
        if chance < 0.07:
            return refused(45009)
        if path == BIZ:
            if not yes[openid]:
                return refused(43101)
            yes[openid] -= 1
        return OK

    return say


def mortal(real: Callable[..., Any], fate: Fate) -> Callable[..., Any]:
    def do(self: Office, act: Callable[..., Any]) -> Any:
        fate.step()
        found = real(self, act)
        fate.step()
        return found

    return do


def mortal_send(real: Callable[..., Any], fate: Fate) -> Callable[..., Any]:
    async def send(self: Crowd, api: str, payload: dict[str, Any]) -> None:
        if fate.is_dead:
            raise Killed
        await real(self, api, payload)
        fate.step()

    return send


def test_what_was_said_is_written_down_once_per_person(
    house: Office, shop: Shop, platform: Many
) -> None:
    parts = begun(house, [Guest(number) for number in range(1, 1501)])

    for part in parts:
        broadcast_part(shop, part)

    with house.reading() as work:
        said = select(func.count()).select_from(Outgoing).where(Outgoing.state == Said.SENT)
        assert work.session.scalar(said) == 1500
        assert work.session.scalar(select(func.count()).select_from(Broadcast)) == 1
