"""What is still to be said: at a decent hour, the important first, once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from commerce import agenda, outbox
from commerce.agenda import DueTask
from commerce.outbox import SHANGHAI, Outgoing, Priority, State, within
from commerce.rules import Hours
from tests.commerce.stars import later, star

REAL = datetime(2026, 3, 2, 4, tzinfo=UTC)

# said at (Shanghai) | goes out at
SERVICE_HOURS = [
    ("2026-03-02 08:59:59", "2026-03-02 09:00:00"),
    ("2026-03-02 09:00:00", "2026-03-02 09:00:00"),
    ("2026-03-02 12:00:00", "2026-03-02 12:00:00"),
    ("2026-03-02 22:29:59", "2026-03-02 22:29:59"),
    ("2026-03-02 22:30:00", "2026-03-03 09:00:00"),
    ("2026-03-02 23:59:59", "2026-03-03 09:00:00"),
    ("2026-03-03 00:00:00", "2026-03-03 09:00:00"),
    ("2026-12-31 23:00:00", "2027-01-01 09:00:00"),
]


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("said", "goes"), SERVICE_HOURS)
def test_notices_wait_for_their_hours(said, goes):
    hours = Hours(start=time(9), end=time(22, 30))

    assert within(hours, shanghai(said).astimezone(UTC)) == shanghai(goes)


# 21:30 in Shanghai: after the hours of marketing (21:00), within those of service (22:30).
@pytest.mark.parametrize(
    ("priority", "goes"),
    [
        (Priority.MONEY, "2026-03-02 21:30:00"),
        (Priority.SERVICE, "2026-03-02 21:30:00"),
        (Priority.MARKETING, "2026-03-03 09:00:00"),
    ],
)
def test_marketing_keeps_earlier_hours_than_service(work, clock, priority, goes):
    amy = star(work, "amy")
    evening = later(work, hours=9, minutes=30)

    outbox.notify(evening, amy.id, "promoted", key="k", priority=priority, rank=1)

    assert of(work, amy)[0].due_at == shanghai(goes)
    task = work.session.scalars(select(DueTask).where(DueTask.key == "deliver:k")).one()
    assert (task.task, task.due_at) == ("tell", shanghai(goes))


def test_an_answer_does_not_wait_for_the_morning(work):
    amy = star(work, "amy")
    night = later(work, hours=12)

    outbox.answer_later(night, amy.id, None, {"kind": "Text"}, key="k")

    assert of(work, amy)[0].due_at == night.now


def test_the_same_key_is_said_once(work):
    amy = star(work, "amy")

    for rank in (1, 2):
        outbox.notify(work, amy.id, "promoted", key="k", rank=rank)

    assert [row.said["facts"] for row in of(work, amy)] == [{"rank": 1}]


def test_what_is_said_is_unreadable_at_rest(work):
    amy = star(work, "amy")
    outbox.notify(work, amy.id, "friend_joined", key="k", friend="小明")

    stored = work.session.connection().exec_driver_sql("SELECT content FROM outgoing").scalar_one()

    assert "小明".encode() not in bytes(stored)
    assert of(work, amy)[0].said["facts"] == {"friend": "小明"}


def test_answers_go_first_one_by_one_then_all_notices_together(work):
    amy = star(work, "amy")
    outbox.notify(work, amy.id, "promoted", key="n1", priority=Priority.MARKETING, rank=1)
    outbox.notify(work, amy.id, "promoted", key="n2", priority=Priority.MONEY, rank=2)
    for key in ("a1", "a2"):
        outbox.answer_later(work, amy.id, None, {"kind": "Text"}, key=key)

    said = []
    while rows := outbox.take(work, amy.id, real_now=REAL):
        said.append([row.key for row in rows])
        for row in rows:
            assert outbox.came_out(work, row, State.SENT)

    assert said == [["a1"], ["a2"], ["n2", "n1"]]
    assert {row.state for row in of(work, amy)} == {State.SENT}


def test_what_is_not_due_is_not_said(work):
    amy = star(work, "amy")
    night = later(work, hours=12)
    outbox.notify(night, amy.id, "promoted", key="k", rank=1)

    assert outbox.take(night, amy.id, real_now=REAL) == []
    assert len(outbox.take(later(work, hours=21), amy.id, real_now=REAL)) == 1


def test_while_somebody_speaks_nobody_else_does(work):
    amy = star(work, "amy")
    for key in ("a1", "a2"):
        outbox.answer_later(work, amy.id, None, {"kind": "Text"}, key=key)
    (first,) = outbox.take(work, amy.id, real_now=REAL)

    assert outbox.take(work, amy.id, real_now=REAL + agenda.LEASE - timedelta(seconds=1)) is None

    # The lease is over: whoever comes now says it, and the first one's word counts no more.
    held = (first.id, first.state, first.attempts)
    (again,) = outbox.take(work, amy.id, real_now=REAL + agenda.LEASE)
    assert (again.id, again.attempts) == (first.id, 2)
    stale = Outgoing(id=held[0], state=held[1], attempts=held[2])
    assert outbox.came_out(work, stale, State.SENT) is False
    assert outbox.came_out(work, again, State.SENT) is True


def test_who_goes_on_speaking_keeps_the_word_unless_it_was_lost(work):
    amy = star(work, "amy")
    outbox.answer_later(work, amy.id, None, {"kind": "Text"}, key="a1")
    said = outbox.take(work, amy.id, real_now=REAL)
    stale = [Outgoing(id=row.id, state=row.state, attempts=row.attempts) for row in said]
    soon = REAL + timedelta(seconds=10)

    assert outbox.renew(work, said, real_now=soon) is True
    assert outbox.take(work, amy.id, real_now=soon + timedelta(seconds=11)) is None

    assert len(outbox.take(work, amy.id, real_now=soon + agenda.LEASE)) == 1
    assert outbox.renew(work, stale, real_now=soon) is False


def test_what_no_door_let_through_is_told_at_the_next_visit_once(work):
    amy = star(work, "amy")
    outbox.notify(work, amy.id, "promoted", key="k", rank=1)
    (row,) = outbox.take(work, amy.id, real_now=REAL)
    outbox.came_out(work, row, State.MISSED, error="45015")

    visit = outbox.told(work, outbox.unheard(work, amy.id))

    assert [told.key for told in visit] == ["k"]
    assert outbox.unheard(work, amy.id) == []
    assert (row.state, row.sent_at, row.error) == (State.TOLD, work.now, "45015")


def test_what_waits_for_the_morning_is_told_to_who_visits_at_night(work):
    amy = star(work, "amy")
    night = later(work, hours=12)
    outbox.notify(night, amy.id, "promoted", key="k", rank=1)

    assert [row.key for row in outbox.told(night, outbox.unheard(night, amy.id))] == ["k"]

    assert outbox.take(later(work, hours=21), amy.id, real_now=REAL) == []


def test_the_important_is_told_first(work):
    amy = star(work, "amy")
    night = later(work, hours=12)
    for key, priority in (("s", Priority.SERVICE), ("m", Priority.MONEY)):
        outbox.notify(night, amy.id, "promoted", key=key, priority=priority, rank=1)

    assert [row.key for row in outbox.unheard(night, amy.id)] == ["m", "s"]


def test_a_failed_try_waits_again_without_a_lease(work):
    amy = star(work, "amy")
    outbox.notify(work, amy.id, "promoted", key="k", rank=1)
    (row,) = outbox.take(work, amy.id, real_now=REAL)

    assert outbox.came_out(work, row, State.WAITING, error="-1")

    assert [again.attempts for again in outbox.take(work, amy.id, real_now=REAL)] == [2]


def of(work, member):
    rows = select(Outgoing).where(Outgoing.member_id == member.id).order_by(Outgoing.id)
    return list(work.session.scalars(rows))
