"""Who booked is reminded: a day before, an hour before, at the start, and never of what is not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.context import Bot
from commerce import outbox
from commerce.agenda import DueTask
from commerce.lives import batches, broadcasting, evening, lotteries, reminders
from commerce.lives.broadcasting import Step
from commerce.lives.broadcasts import Broadcast, Part
from commerce.lives.counting import BookingCount
from commerce.lives.lives import Live, State
from commerce.outbox import State as Said
from commerce.people.members import Member
from commerce.work import Work
from tests.audience import a_live
from tests.commerce.stars import later

HOUR = timedelta(hours=1)


@pytest.fixture
def live(work: Work) -> Live:
    """In three days at 20:00, twelve have booked."""
    live = a_live(work, planned_at=work.now + timedelta(days=3, hours=8))
    work.session.add(BookingCount(live_id=live.id, last_number=12, booked=11))
    work.session.flush()
    return live


def planned(work: Work) -> list[tuple[str, timedelta]]:
    """Which reminders, and how long before the planned time of the only live."""
    live = work.session.scalars(select(Live)).one()
    rows = select(DueTask).where(DueTask.task == "remind").order_by(DueTask.due_at)
    found = list(work.session.scalars(rows))
    return [(row.args["step"], live.planned_at - row.due_at) for row in found]


def remind_all(work: Work) -> list[str]:
    """Everything that was planned, at its time. What was begun."""
    rows = select(DueTask).where(DueTask.task == "remind").order_by(DueTask.due_at)
    for row in list(work.session.scalars(rows)):
        then = later(work, seconds=(row.due_at - work.now).total_seconds())
        reminders.remind(then, **row.args)
    return [one.notice for one in begun(work)]


def begun(work: Work) -> list[Broadcast]:
    return list(work.session.scalars(select(Broadcast).order_by(Broadcast.id)))


def test_it_is_planned_a_day_and_an_hour_before(work: Work, live: Live):
    broadcasting.plan_reminders(work, live)
    broadcasting.plan_reminders(work, live)

    assert planned(work) == [(Step.DAY_BEFORE, 24 * HOUR), (Step.SOON, HOUR)]


def test_a_time_at_night_waits_for_the_morning_and_never_for_after_the_start(work: Work):
    at_one = work.now + timedelta(days=3, hours=13)  # 01:00 in Shanghai.
    broadcasting.plan_reminders(work, a_live(work, planned_at=at_one))

    assert planned(work) == [(Step.DAY_BEFORE, 16 * HOUR)]  # 09:00 the day before.


def test_of_what_is_announced_late_only_what_is_to_come_is_planned(work: Work):
    broadcasting.plan_reminders(work, a_live(work, planned_at=work.now + 2 * HOUR))

    assert planned(work) == [(Step.SOON, HOUR)]


def test_a_live_that_moved_is_reminded_of_at_its_new_time_only(work: Work, live: Live):
    broadcasting.plan_reminders(work, live)
    live.planned_at += timedelta(days=1)
    evening.moved(work, live)

    assert remind_all(work) == ["live_moved", Step.DAY_BEFORE, Step.SOON]
    at = {one.facts["at"] for one in begun(work)}
    assert at == {live.planned_at.isoformat()}


def test_nothing_is_said_of_what_is_cancelled_but_that(work: Work, live: Live):
    broadcasting.plan_reminders(work, live)
    live.state, live.cancel_reason = State.CANCELLED, "主播病了"
    evening.cancelled(work, live)

    assert remind_all(work) == ["live_cancelled"]
    assert begun(work)[0].facts["reason"] == "主播病了"


def test_a_reminder_that_comes_too_late_is_left_out(work: Work, live: Live):
    planned_at = live.planned_at.isoformat()
    after = later(work, seconds=(live.planned_at - work.now).total_seconds())

    reminders.remind(after, live.id, Step.SOON, planned_at)
    reminders.remind(later(after, hours=-0.5), live.id, Step.DAY_BEFORE, planned_at)

    assert begun(work) == []


def test_the_start_is_said_when_it_starts(work: Work, live: Live):
    live.state, live.started_at = State.LIVE, work.now
    evening.started(work, live)

    assert remind_all(work) == [Step.STARTED]
    assert begun(work)[0].good_until == live.planned_at + work.rules.lives.lasts


@pytest.mark.parametrize(
    ("state", "said"), [("open", []), ("frozen", []), ("drawn", [Step.STARTED])]
)
def test_where_a_draw_is_to_come_its_result_says_that_it_started(
    work: Work, live: Live, state: str, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    lottery = lotteries.Lottery(state=state, threshold=100, winners_wanted=10, product_id=1)
    monkeypatch.setattr(lotteries, "of_live", lambda work, live_id, **_: lottery)
    live.state, live.started_at = State.LIVE, work.now
    broadcasting.plan_reminders(work, live)

    assert remind_all(work) == said


def begin(work: Work, live: Live, notice: str = "live_moved", **more: Any) -> list[Part]:
    key = more.pop("key", notice)
    facts = more.pop("facts", {"live": live.title, "at": live.planned_at.isoformat()})
    broadcasting.begin(work, live, notice, key=key, facts=facts, **more)
    return list(work.session.scalars(select(Part).order_by(Part.id)))


def test_a_broadcast_begins_once_per_key(work: Work, live: Live):
    assert broadcasting.begin(work, live, "live_moved", key="one", facts={})
    assert not broadcasting.begin(work, live, "live_moved", key="one", facts={"other": 1})

    assert [one.facts for one in begun(work)] == [{}]
    assert len(list(work.session.scalars(select(Part)))) == 1


@pytest.mark.parametrize(
    ("last", "parts"),
    [(0, []), (1, [(1, 1000)]), (1000, [(1, 1000)]), (1001, [(1, 1000), (1001, 2000)])],
)
def test_a_part_is_a_thousand_bookings(
    work: Work, live: Live, last: int, parts: list[tuple[int, int]]
):
    work.session.get_one(BookingCount, live.id).last_number = last

    assert [(part.first, part.last) for part in begin(work, live)] == parts
    due = select(DueTask).where(DueTask.task == "broadcast_part")
    assert len(list(work.session.scalars(due))) == len(parts)


def test_at_night_it_waits_for_the_morning(work: Work, live: Live):
    night = later(work, hours=11)  # 23:00
    begin(night, live)

    (due,) = work.session.scalars(select(DueTask).where(DueTask.task == "broadcast_part"))
    assert due.due_at == work.now + timedelta(hours=21)  # 09:00


def test_batches_go_through_a_part_in_order_and_end(work: Work, live: Live):
    (part,) = begin(work, live)
    seen = []

    while batch := batches.take(work, part.id, size=400):
        seen.append((batch.waiting[0].number, batch.waiting[-1].number, batch.again))
        assert batches.put_down(work, batch, [], [], pause=False, go_on=True)

    assert seen == [(1, 400, False), (401, 800, False), (801, 1000, False)]
    assert part.finished_at is not None
    assert batches.take(work, part.id, size=400) is None


def test_who_was_killed_says_the_same_batch_again_and_everybody_in_it_is_marked(
    work: Work, live: Live
):
    (part,) = begin(work, live)
    lost = batches.take(work, part.id, size=5)
    assert lost is not None
    lost_turn = part.turn

    again = batches.take(work, part.id, size=5)

    assert again is not None
    assert again.again
    assert [(one.number, one.unsure) for one in again.waiting] == [
        (number, True) for number in range(1, 6)
    ]
    assert part.turn == lost_turn + 1


def test_the_rest_goes_with_the_next_batch(work: Work, live: Live):
    (part,) = begin(work, live)
    batch = batches.take(work, part.id, size=5)
    assert batch is not None
    left = [batches.tried(batch.waiting[2], unsure=False)]
    assert left[0] is not None
    batches.put_down(work, batch, [], [left[0]], pause=False, go_on=True)

    following = batches.take(work, part.id, size=5)

    assert following is not None
    assert [(one.number, one.tries) for one in following.waiting] == [
        (3, 1),
        *((number, 0) for number in (6, 7, 8, 9)),
    ]


def test_nobody_is_tried_for_ever():
    one: batches.Waiting | None = batches.Waiting(7)
    tries = 0
    while one is not None:
        one, tries = batches.tried(one, unsure=False), tries + 1

    assert tries == 8


def missed(work: Work, part: Part, number: int, member_id: int) -> None:
    batch = batches.take(work, part.id, size=10)
    assert batch is not None
    told = batches.Told(number, member_id, Said.MISSED)
    batches.put_down(work, batch, [told], [], pause=False, go_on=True)


def said_at_a_visit(work: Work, member_id: int, bot: Bot) -> list[str]:
    rows = outbox.told(work, outbox.unheard(work, member_id))
    return [bot.tell(row.said["notice"], row.said["facts"]).text for row in rows]


@pytest.fixture
def guest(work: Work) -> Member:
    member = Member(state="visitor", nickname="阿芳", created_at=work.now)
    work.session.add(member)
    work.session.flush()
    return member


def test_what_was_missed_is_said_at_the_next_visit(work: Work, live: Live, guest: Member, bot: Bot):
    facts = reminders.about(work, live)
    (part,) = begin(work, live, "live_tomorrow", good_until=live.planned_at, facts=facts)
    missed(work, part, 7, guest.id)

    (words,) = said_at_a_visit(work, guest.id, bot)

    assert words == "广告\n「春日好物专场」3月5日 周四 20:00 开播，你的预约号 000007。"
    assert said_at_a_visit(work, guest.id, bot) == []


def test_a_later_reminder_overtakes_one_that_was_missed(
    work: Work, live: Live, guest: Member, bot: Bot
):
    facts = reminders.about(work, live) | {"before_s": 3_600}
    for step in (Step.DAY_BEFORE, Step.SOON):
        part = begin(work, live, step, facts=facts)[-1]
        missed(work, part, 7, guest.id)

    assert len(said_at_a_visit(work, guest.id, bot)) == 1


def test_a_reminder_of_what_is_over_is_not_said_any_more(
    work: Work, live: Live, guest: Member, bot: Bot
):
    facts = reminders.about(work, live)
    (part,) = begin(work, live, "live_tomorrow", good_until=live.planned_at, facts=facts)
    missed(work, part, 7, guest.id)
    after = later(work, days=4)

    assert said_at_a_visit(after, guest.id, bot) == []


def test_nobody_hears_on_and_on_of_a_time_that_is_no_more(work: Work, live: Live):
    facts = {"live": live.title, "at": live.planned_at.isoformat()}
    (part,) = begin(work, live, "live_soon", facts=facts)
    batch = batches.take(work, part.id, size=5)
    assert batch is not None
    batches.put_down(work, batch, [], [], pause=False, go_on=True)

    live.planned_at = datetime.fromisoformat(facts["at"]) + HOUR
    work.session.flush()

    assert batches.take(work, part.id, size=5) is None
    assert part.finished_at is not None
