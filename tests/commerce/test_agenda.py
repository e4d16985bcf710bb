"""Due work: planned once, claimed by one, tried again, and at last an operator's row."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from commerce import agenda
from commerce.agenda import DueTask
from tests.commerce.stars import later

REAL = datetime(2026, 3, 2, 4, tzinfo=UTC)


def planned(work, key="k", **span):
    agenda.plan(work, "deliver", key=key, due_at=later(work, **span).now, member_id=7)
    return work.session.scalars(select(DueTask).where(DueTask.key == key)).one()


def test_planning_twice_is_planning_once(work):
    assert agenda.plan(work, "deliver", key="k", member_id=7) is True
    assert agenda.plan(work, "erase", key="k", member_id=8) is False

    (task,) = work.session.scalars(select(DueTask))
    assert (task.task, task.args, task.due_at) == ("deliver", {"member_id": 7}, work.now)


def test_what_is_due_comes_longest_due_first_and_within_the_limit(work):
    late = planned(work, "late", minutes=-5)
    planned(work, "future", seconds=1)
    now = planned(work, "now")

    assert agenda.due(work, real_now=REAL, limit=9) == [
        (late.id, 0, late.task),
        (now.id, 0, now.task),
    ]
    assert agenda.due(work, real_now=REAL, limit=1) == [(late.id, 0, late.task)]


def test_a_task_is_claimed_once_and_not_before_its_time(work):
    task = planned(work, seconds=1)

    assert agenda.claim(work, task.id) is None
    claimed = agenda.claim(later(work, seconds=1), task.id)

    assert claimed is task
    assert task.done_at == later(work, seconds=1).now
    assert agenda.claim(later(work, seconds=2), task.id) is None
    assert agenda.undone(work, [task.id]) == []


def test_a_lease_keeps_others_away_for_twelve_seconds(work):
    task = planned(work)

    assert agenda.lease(work, task.id, real_now=REAL).attempts == 1
    almost = REAL + timedelta(seconds=11)
    assert agenda.lease(work, task.id, real_now=almost) is None
    assert agenda.due(work, real_now=almost, limit=9) == []

    over = REAL + timedelta(seconds=12)
    assert agenda.due(work, real_now=over, limit=9) == [(task.id, 1, task.task)]
    assert agenda.lease(work, task.id, real_now=over).attempts == 2


def test_only_the_holder_of_the_lease_finishes(work):
    task = planned(work)
    agenda.lease(work, task.id, real_now=REAL)
    slow = DueTask(id=task.id, attempts=1, forgiven=0)
    agenda.lease(work, task.id, real_now=REAL + agenda.LEASE)

    assert agenda.finish(work, slow) is False
    assert agenda.fail(work, slow, "late") is False
    assert agenda.finish(work, task) is True
    assert agenda.finish(work, task) is False


# 2 s × 2^tries, never more than 10 minutes; the eighth failure is the last.
@pytest.mark.parametrize(
    ("tries", "pause_s"), [(1, 4), (2, 8), (3, 16), (4, 32), (5, 64), (6, 128), (7, 256)]
)
def test_the_pause_after_a_failure_doubles(work, tries, pause_s):
    task = planned(work)
    task.attempts = tries - 1
    work.session.flush()
    agenda.lease(work, task.id, real_now=REAL)

    agenda.fail(work, task, "PlatformUnavailable -1")

    work.session.refresh(task)
    assert task.due_at == work.now + timedelta(seconds=pause_s)
    assert (task.failed_at, task.lease_until, task.error) == (None, None, "PlatformUnavailable -1")


def test_after_eight_tries_it_is_an_operators_row_until_one_says_again(work):
    task = planned(work)
    for _ in range(8):
        soon = later(work, hours=1)
        agenda.lease(soon, task.id, real_now=REAL)
        agenda.fail(work, task, "busy")
        work.session.refresh(task)

    assert (task.attempts, task.failed_at) == (8, work.now)
    assert agenda.due(later(work, days=1), real_now=REAL, limit=9) == []

    assert agenda.retry(work, task.id) is True
    assert agenda.retry(work, task.id) is False
    assert agenda.due(work, real_now=REAL, limit=9) == [(task.id, 8, task.task)]


def test_said_again_it_has_all_its_tries_and_short_pauses_again(work):
    task = planned(work)
    task.attempts, task.failed_at = 8, work.now
    work.session.flush()
    agenda.retry(work, task.id)

    for tries in range(1, 9):
        soon = later(work, hours=tries)
        agenda.lease(soon, task.id, real_now=REAL)
        agenda.fail(soon, task, "busy")
        work.session.refresh(task)
        assert (task.failed_at is not None) is (tries == 8)
        assert task.due_at == soon.now + timedelta(seconds=min(2 * 2**tries, 600))


def test_who_held_it_before_an_operator_said_again_cannot_finish_it(work):
    task = planned(work)
    agenda.lease(work, task.id, real_now=REAL)
    slow = DueTask(id=task.id, attempts=1, forgiven=0)
    agenda.fail(work, task, "Rejected 40003", final=True)
    agenda.retry(work, task.id)

    agenda.lease(work, task.id, real_now=REAL)

    assert agenda.finish(work, slow) is False
    assert agenda.renew(work, slow, real_now=REAL) is False
    assert agenda.finish(work, task) is True


def test_a_renewed_lease_keeps_others_away_for_twelve_more_seconds(work):
    task = planned(work)
    agenda.lease(work, task.id, real_now=REAL)
    soon = REAL + timedelta(seconds=10)

    assert agenda.renew(work, task, real_now=soon) is True

    assert agenda.lease(work, task.id, real_now=soon + timedelta(seconds=11)) is None
    assert agenda.lease(work, task.id, real_now=soon + timedelta(seconds=12)) is not None


def test_only_a_lease_that_is_held_is_renewed(work):
    task = planned(work)
    agenda.lease(work, task.id, real_now=REAL)
    agenda.fail(work, task, "busy")

    assert agenda.renew(work, task, real_now=REAL) is False

    work.session.refresh(task)
    assert task.lease_until is None


def test_a_final_failure_is_an_operators_row_at_once(work):
    task = planned(work)
    agenda.lease(work, task.id, real_now=REAL)

    agenda.fail(work, task, "Rejected 40003", final=True)

    work.session.refresh(task)
    assert task.failed_at == work.now


def test_late_is_what_is_due_for_more_than_two_minutes(work):
    planned(work, "late", minutes=-2, seconds=-1)
    planned(work, "just", minutes=-2)

    assert agenda.late_count(work) == 1


def test_a_rollback_unclaims(office):
    with office.work() as work:
        task_id = planned(work).id

    class KilledError(Exception):
        pass

    def killed() -> None:
        with office.work() as work:
            agenda.claim(work, task_id)
            raise KilledError

    with pytest.raises(KilledError):
        killed()

    with office.work() as work:
        assert agenda.due(work, real_now=REAL, limit=9) == [(task_id, 0, "deliver")]
