"""A live's states: every step once, whoever asks for it how often; the last one by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import (
    BadRealName,
    LiveIsOver,
    LiveNotStarted,
    LiveTitleRefused,
    NoSuchLive,
    NotConfirmed,
    PlannedInThePast,
)
from commerce.lives import hosting
from commerce.lives.hosting import Host
from commerce.lives.lives import Live, State
from commerce.people.members import Member
from commerce.work import Work
from tests.commerce.stars import later, star


@pytest.fixture
def host(work: Work) -> Member:
    member = star(work, "小明")
    hosting.confirm(work, member, "王小明")
    return member


@pytest.fixture
def live(work: Work, host: Member) -> Live:
    planned_at = work.now + timedelta(days=1)
    return hosting.create(work, host, "春日好物专场", planned_at, for_shop=True)


def planned(work: Work, task: str) -> list[DueTask]:
    return list(work.session.scalars(select(DueTask).where(DueTask.task == task)))


def test_the_end_plans_the_settlement_ten_minutes_later(work: Work, host: Member, live: Live):
    hosting.start(work, live.id, by=host)
    evening = later(work, hours=2)

    assert hosting.end(evening, live.id, by=host)

    (settle,) = planned(work, "settle")
    assert settle.args == {"place": str(live.id)}
    assert settle.due_at == evening.now + timedelta(minutes=10)
    assert (live.state, live.ended_at, live.ended_late) == (State.ENDED, evening.now, False)


def test_ending_twice_is_ending_once(work: Work, host: Member, live: Live):
    hosting.start(work, live.id, by=host)
    hosting.end(later(work, hours=2), live.id, by=host)
    ended_at = live.ended_at

    assert not hosting.end(later(work, hours=3), live.id, by=host)

    assert live.ended_at == ended_at
    assert len(planned(work, "settle")) == 1


def test_the_end_before_the_start_is_refused(work: Work, host: Member, live: Live):
    with pytest.raises(LiveNotStarted):
        hosting.end(work, live.id, by=host)

    assert planned(work, "settle") == []


def test_a_live_that_nobody_ends_ends_by_itself_and_is_marked(work: Work, host: Member, live: Live):
    hosting.start(work, live.id, by=host)
    (end,) = planned(work, "end_live")
    assert end.due_at == work.now + timedelta(hours=12)
    morning = later(work, hours=12)

    hosting.end_by_itself(morning, **end.args)
    hosting.end_by_itself(later(work, hours=13), **end.args)

    assert (live.state, live.ended_at, live.ended_late) == (State.ENDED, morning.now, True)
    assert len(planned(work, "settle")) == 1


def test_the_latest_time_finds_an_ended_live_and_leaves_it(work: Work, host: Member, live: Live):
    hosting.start(work, live.id, by=host)
    evening = later(work, hours=2)
    hosting.end(evening, live.id, by=host)

    hosting.end_by_itself(later(work, hours=12), live.id)

    assert (live.ended_at, live.ended_late) == (evening.now, False)


def test_starting_twice_is_starting_once_and_what_ended_stays_ended(
    work: Work, host: Member, live: Live
):
    assert hosting.start(work, live.id, by=host)
    assert not hosting.start(later(work, hours=1), live.id, by=host)
    assert live.started_at == work.now
    hosting.end(work, live.id, by=host)
    with pytest.raises(LiveIsOver):
        hosting.start(work, live.id, by=host)


def test_only_its_host_and_the_staff_direct_a_live(work: Work, live: Live):
    other = star(work, "小红")

    for act in (hosting.start, hosting.end):
        with pytest.raises(NoSuchLive):
            act(work, live.id, by=other)


def test_who_has_not_said_their_name_hosts_nothing(work: Work):
    with pytest.raises(NotConfirmed):
        hosting.create(work, star(work, "小红"), "专场", work.now)


@pytest.mark.parametrize("name", ["", "王", "王1明", "王" * 31])
def test_what_is_no_name(name: str, work: Work):
    with pytest.raises(BadRealName):
        hosting.confirm(work, star(work, "小红"), name)


@pytest.mark.parametrize("title", ["", "  ", "长" * 31, "全网第一"])
def test_what_is_no_title(title: str, work: Work, host: Member):
    with pytest.raises(LiveTitleRefused):
        hosting.create(work, host, title, work.now)


def test_the_past_is_no_time_for_a_live(work: Work, host: Member):
    with pytest.raises(PlannedInThePast):
        hosting.create(work, host, "专场", work.now - timedelta(minutes=1))


def test_who_left_is_forgotten_unless_they_spoke_in_a_live(work: Work, host: Member, live: Live):
    silent = star(work, "小红")
    hosting.confirm(work, silent, "李小红")
    hosting.start(work, live.id, by=host)

    for member in (silent, host):
        hosting.forget(work, member.id)

    assert list(work.session.scalars(select(Host.member_id))) == [host.id]


def test_what_is_on_comes_first_and_what_never_started_is_not_announced_for_ever(
    work: Work, host: Member, live: Live
):
    second_at = work.now + timedelta(days=2)
    second = hosting.create(work, host, "第二场", second_at, for_shop=True)
    hosting.create(work, host, "没人看过的", second_at)
    hosting.start(later(work, days=1), live.id, by=host)

    assert [one.id for one in hosting.upcoming(work)] == [live.id, second.id]
    assert [one.id for one in hosting.upcoming(later(work, days=3))] == [live.id]
