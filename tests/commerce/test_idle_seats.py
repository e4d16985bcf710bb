"""Idle seats: told two weeks before, released when still idle, offered to who waited longest."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import NoSeatOffer, NotActive, NotJoined
from commerce.lives import videos
from commerce.outbox import Outgoing
from commerce.people import binding, idle_seats, joining, members, ranks, seat_offers, teams
from commerce.people.audit import AuditRecord
from commerce.people.idle_seats import IdleNotice
from commerce.people.members import Member, State
from commerce.people.teams import SeatOffer
from commerce.rules import Rank, overlay
from commerce.trust import video_review
from commerce.work import Office, Work
from jobs import tasks
from jobs.tasks import TASKS
from tests.commerce.stars import later, reviewer, star, under, visitor

OPTION = {"idle_seat_days": "60天"}


@pytest.fixture
def work(work: Work) -> Work:
    return under(work, team=OPTION)


def full_house(work: Work) -> tuple[Member, list[Member], list[Member]]:
    """amy, the three at her seats, and three more who wait in this order."""
    amy = star(work, "amy")
    seated = [star(work, f"坐{number}", amy) for number in range(3)]
    waiting = [star(later(work, hours=number), f"等{number}", amy) for number in (1, 2, 3)]
    return amy, seated, waiting


def days_later(work: Work, days: float) -> Work:
    """The same unit of work so many days on, and what came due until then was done in time."""
    now = later(work, days=days)
    tasks.find_idle_seats(work)
    while (due := _next_due(now)) is not None:
        due.done_at = due.due_at
        at = later(work, seconds=max(0, (due.due_at - work.now).total_seconds()))
        TASKS[due.task](at, **due.args)
    return now


def _next_due(work: Work) -> DueTask | None:
    work.session.flush()
    rows = select(DueTask).where(
        DueTask.task.in_(("find_idle_seats", "release_idle_seat", "pass_seat_on")),
        DueTask.done_at.is_(None),
        DueTask.due_at <= work.now,
    )
    return work.session.scalar(rows.order_by(DueTask.due_at, DueTask.id).limit(1))


def sells(work: Work, member: Member, fen: int = 100) -> None:
    ranks.count_sale(work, member.id, fen, work.now)


def publishes(work: Work, member: Member) -> None:
    """A video, approved now."""
    link = f"https://video.example/{member.id}-{work.now:%m%d}"
    number = videos.submit(work, member, link).video.id
    boss = reviewer(work)
    video_review.approve(work, number, by=boss)


def told(work: Work, kind: str) -> list[int]:
    """Who was told such a thing, in order."""
    rows = work.session.scalars(select(Outgoing).order_by(Outgoing.id))
    return [row.member_id for row in rows if row.said.get("notice") == kind]


def asked(work: Work) -> list[int]:
    work.session.flush()
    return list(work.session.scalars(select(SeatOffer.member_id).order_by(SeatOffer.seat)))


def seats(work: Work, parent: Member) -> dict[int, str]:
    return {mate.seat or 0: mate.name for mate in teams.seated_by(work, parent.id)}


def test_with_the_option_off_nothing_happens(work):
    work = under(work, team={"idle_seat_days": False})
    amy, *_ = full_house(work)

    now = days_later(later(work, days=400), 40)

    assert seats(now, amy) == {1: "坐0", 2: "坐1", 3: "坐2"}
    assert told(now, "seat_idle") == []


def test_an_idle_seat_is_announced_once_to_both_with_the_day(work):
    amy, (idle, *active), _ = full_house(work)
    for member in active:
        sells(later(work, days=20), member)

    tasks.find_idle_seats(later(work, days=59.9))
    assert told(work, "seat_idle") == []
    at = later(work, days=60)
    for _ in range(2):
        tasks.find_idle_seats(at)

    assert told(work, "seat_idle") == [idle.id, amy.id]
    facts = [row.said["facts"] for row in work.session.scalars(select(Outgoing)) if row.said]
    facts = [fact for fact in facts if "until" in fact]
    until = (at.now + timedelta(days=14)).isoformat()
    assert [(fact["own"], fact["idle_s"], fact["until"]) for fact in facts] == [
        (True, 60 * 86_400, until),
        (False, 60 * 86_400, until),
    ]
    assert idle.parent_id == amy.id


@pytest.mark.parametrize("act", [sells, publishes])
def test_a_sale_or_an_approved_video_during_the_notice_keeps_the_seat(work, act):
    amy, (keeps, loses, _), _ = full_house(work)
    at = later(work, days=60)
    tasks.find_idle_seats(at)
    act(later(at, days=13), keeps)

    now = days_later(at, 14)

    assert (keeps.parent_id, loses.parent_id) == (amy.id, None)
    assert keeps.id not in told(now, "seat_released")
    # Idle again for 60 days after day 73: a new notice, on its own day.
    again = later(work, days=73 + 61)
    tasks.find_idle_seats(again)
    assert told(again, "seat_idle").count(keeps.id) == 2


def test_what_was_done_early_in_a_long_notice_counts_although_it_is_long_ago(work):
    work = under(work, team={"idle_seat_days": "5天"})
    amy = star(work, "amy")
    keeps, loses = star(work, "留", amy), star(work, "闲", amy)
    at = later(work, days=5)
    tasks.find_idle_seats(at)
    sells(later(at, days=1), keeps)  # 13 days before the release, and a seat may be idle for 5.
    idle_seats.release_idle_seat(later(at, days=13), loses.id)
    assert loses.parent_id == amy.id  # Before its day nothing is released.

    days_later(at, 14)

    assert (keeps.parent_id, loses.parent_id) == (amy.id, None)


@pytest.mark.parametrize("act", [sells, publishes])
def test_who_was_active_within_the_time_is_left_in_peace(work, act):
    amy = star(work, "amy")
    active = star(work, "忙", amy)
    act(later(work, days=30), active)

    tasks.find_idle_seats(later(work, days=89))
    assert told(work, "seat_idle") == []
    tasks.find_idle_seats(later(work, days=91))

    assert told(work, "seat_idle") == [active.id, amy.id]


def test_a_sale_that_was_refunded_whole_is_no_sale(work):
    amy = star(work, "amy")
    idle = star(work, "退", amy)
    at = later(work, days=30)
    sells(at, idle)
    ranks.count_sale(at, idle.id, -100, at.now)

    tasks.find_idle_seats(later(work, days=60))

    assert told(work, "seat_idle") == [idle.id, amy.id]


def test_a_video_of_before_a_merge_counts_for_who_stayed(work):
    amy = star(work, "amy")
    stays = star(work, "一", amy)
    other = star(later(work, hours=1), "二")
    publishes(later(work, days=50), other)
    binding.merge(later(work, days=51), stays, other)

    tasks.find_idle_seats(later(work, days=60))

    assert told(work, "seat_idle") == []


def test_a_video_that_waits_for_our_answer_keeps_the_seat_until_then(work):
    amy = star(work, "amy")
    idle = star(work, "等审", amy)
    at = later(work, days=60)
    tasks.find_idle_seats(at)
    videos.submit(later(at, days=13), idle, "https://video.example/slow")

    days_later(at, 14)

    assert idle.parent_id == amy.id


def test_a_seat_that_was_taken_lately_is_not_idle(work):
    _, (first, second, third), (waits, *_) = full_house(work)
    for member in (second, third):
        sells(later(work, days=30), member)
    now = days_later(later(work, days=60), 14)
    seat_offers.accept(now, waits)

    tasks.find_idle_seats(later(now, days=59))
    assert waits.id not in told(now, "seat_idle")
    tasks.find_idle_seats(later(now, days=61))

    assert waits.id in told(now, "seat_idle")
    assert first.parent_id is None


def test_who_is_released_keeps_inviter_rank_and_team_and_it_is_on_record(work):
    amy = star(work, "amy")
    idle = star(work, "闲", amy)
    below = star(later(work, days=30), "下", idle)
    idle.rank = Rank.ONE_STAR

    now = days_later(later(work, days=60), 14)

    assert (idle.inviter_id, idle.parent_id, idle.seat) == (amy.id, None, None)
    assert (idle.rank, below.parent_id, below.seat) == (Rank.ONE_STAR, idle.id, 1)
    assert told(now, "seat_released") == [idle.id, amy.id]
    record = now.session.scalars(
        select(AuditRecord).where(AuditRecord.act == "release_idle_seat")
    ).one()
    assert (record.by_id, record.subject) == (None, f"member:{idle.id}")
    assert record.facts == {"parent": amy.id, "seat": 1}


def test_the_seat_is_offered_to_who_waited_longest_and_held_for_them(work):
    amy, (_, *active), (longest, *others) = full_house(work)
    for member in active:
        sells(later(work, days=30), member)

    now = days_later(later(work, days=60), 14)

    assert asked(now) == [longest.id]
    assert told(now, "seat_offered") == [longest.id]
    newcomer = star(now, "新", amy)
    assert (newcomer.inviter_id, newcomer.parent_id) == (amy.id, None)
    assert seat_offers.accept(now, longest).id == amy.id
    assert seats(now, amy) == {1: "等1", 2: "坐1", 3: "坐2"}
    assert asked(now) == []
    assert told(now, "seat_accepted") == [amy.id]
    for other in others:
        with pytest.raises(NoSeatOffer):
            seat_offers.accept(now, other)


def test_who_does_not_answer_lets_the_next_one_choose_and_so_on(work):
    amy, (gone, *active), waiting = full_house(work)
    for days in (30, 80):
        for member in active:
            sells(later(work, days=days), member)
    now = days_later(later(work, days=60), 14)
    newcomer = star(later(now, hours=1), "新", amy)
    queue = [*waiting, newcomer]

    for member in queue:
        assert asked(now) == [member.id]
        now = days_later(now, 14)

    # Everybody was asked once, also who came meanwhile; not who lost this seat. Now it is free.
    assert asked(now) == []
    assert told(now, "seat_offered") == [member.id for member in queue]
    assert gone.parent_id is None
    late = star(now, "晚", amy)
    assert (late.parent_id, late.seat) == (amy.id, 1)


def test_a_no_asks_the_next_one_at_once(work):
    amy, (_, *active), (first, second, _) = full_house(work)
    for member in active:
        sells(later(work, days=30), member)
    now = days_later(later(work, days=60), 14)
    seat_offers.pass_seat_on(later(now, days=13), amy.id, 1, first.id)
    assert asked(now) == [first.id]  # Their time is not over.

    assert seat_offers.decline(now, first).id == amy.id

    assert asked(now) == [second.id]
    with pytest.raises(NoSeatOffer):
        seat_offers.accept(now, first)


def test_two_seats_that_become_free_together_are_offered_to_two(work):
    _, (one, two, active), (first, second, third) = full_house(work)
    sells(later(work, days=30), active)

    now = days_later(later(work, days=60), 14)
    assert asked(now) == [first.id, second.id]

    seat_offers.decline(now, first)
    assert asked(now) == [third.id, second.id]
    # Nobody is left who waited before: who was released just now is not asked back.
    seat_offers.decline(now, third)
    assert asked(now) == [second.id]
    assert (one.parent_id, two.parent_id) == (None, None)


def test_who_was_released_waits_behind_everybody_who_waited(work):
    amy, (gone, other, active), waiting = full_house(work)
    sells(later(work, days=30), active)
    sells(later(work, days=5), other)
    now = days_later(later(work, days=60), 14)
    for member in waiting:
        seat_offers.decline(now, member)
    # Seat 1 is free and gone waits; other's time is over at 5 + 60 days, the notice 14 later.
    sells(now, active)

    now = days_later(now, 14)

    assert other.parent_id is None
    for member in waiting:
        assert asked(now) == [member.id]
        seat_offers.decline(now, member)
    assert asked(now) == [gone.id]
    assert seat_offers.accept(now, gone).id == amy.id


@pytest.mark.parametrize("how", ["leaves", "is suspended", "is merged", "is moved"])
def test_an_offer_to_who_cannot_take_it_goes_on_to_the_next(work, how):
    _, (_, *active), (first, second, _) = full_house(work)
    boss = star(work, "boss")
    for member in active:
        sells(later(work, days=30), member)
    now = days_later(later(work, days=60), 14)
    assert asked(now) == [first.id]
    if how == "leaves":
        joining.leave(now, first)
    elif how == "is suspended":
        first.state = State.SUSPENDED
    elif how == "is merged":
        binding.merge(now, boss, first)
    else:
        teams.correct(now, first, boss, by=boss)

    now = days_later(now, 1)

    assert asked(now) == [second.id]


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
def test_who_is_suspended_or_left_stays_where_they_sit(work, state):
    amy = star(work, "amy")
    child = star(work, "子", amy)
    star(work, "孙", child)
    child.state = state
    work.session.flush()

    days_later(later(work, days=60), 30)

    # Neither the inactive one nor who sits at theirs: nobody else could be seated there.
    assert told(work, "seat_idle") == []
    assert child.parent_id == amy.id


def test_a_notice_lapses_when_they_leave_meanwhile(work):
    amy = star(work, "amy")
    child = star(work, "子", amy)
    at = later(work, days=60)
    tasks.find_idle_seats(at)
    joining.leave(at, child)

    days_later(at, 14)

    assert child.parent_id == amy.id
    assert work.session.scalars(select(IdleNotice)).all() == []


def test_who_comes_back_has_the_whole_time_again(work):
    amy = star(work, "amy")
    child = star(work, "子", amy)
    joining.leave(work, child)
    joining.join(later(work, days=100), child, "子")

    tasks.find_idle_seats(later(work, days=159))

    assert told(work, "seat_idle") == []


def test_a_correction_during_the_notice_is_a_new_seat(work):
    amy, eve, boss = star(work, "amy"), star(work, "eve"), star(work, "boss")
    moved = star(work, "动", amy)
    at = later(work, days=60)
    tasks.find_idle_seats(at)
    teams.correct(later(at, days=7), moved, eve, by=boss)

    days_later(at, 14)

    assert moved.parent_id == eve.id


def test_turning_the_option_off_keeps_every_seat_and_frees_what_was_held(work):
    amy, (_, *active), _ = full_house(work)
    for member in active:
        sells(later(work, days=30), member)
    now = days_later(later(work, days=60), 14)
    late = later(now, days=20)
    tasks.find_idle_seats(late)
    assert told(late, "seat_idle") != []
    assert asked(late) != []

    off = under(late, team={"idle_seat_days": False})
    tasks.find_idle_seats(off)

    assert asked(off) == []
    assert off.session.scalars(select(IdleNotice)).all() == []
    off = days_later(off, 30)
    assert sorted(seats(off, amy)) == [2, 3]
    newcomer = star(off, "新", amy)
    assert newcomer.seat == 1


def test_only_who_joined_and_is_active_answers_an_offer(work):
    guest, eve = visitor(work), star(work, "eve")
    eve.state = State.SUSPENDED

    for answer in (seat_offers.accept, seat_offers.decline):
        with pytest.raises(NotJoined):
            answer(work, guest)
        with pytest.raises(NotActive):
            answer(work, eve)


def test_nobody_is_asked_for_a_parent_who_left_and_nobody_sits_down_there(work):
    amy, (_, *active), (first, *_) = full_house(work)
    for member in active:
        sells(later(work, days=30), member)
    now = days_later(later(work, days=60), 14)
    joining.leave(now, amy)

    with pytest.raises(NoSeatOffer), now.session.begin_nested():
        seat_offers.accept(now, first)
    members.lock(now, first.id)
    seat_offers.decline(now, first)

    assert asked(now) == []


def test_in_the_stricter_tree_who_would_sit_too_deep_is_passed_over(work):
    strict = under(work, team={"seats": 1, "tree": "absolute", "root_rank": "three_star"} | OPTION)
    root = star(strict, "根")
    amy = star(strict, "amy", root)
    idle = star(strict, "闲", amy)
    deep = star(later(strict, hours=1), "深", amy)
    star(later(strict, hours=2), "深下", deep)
    flat = star(later(strict, hours=3), "浅", amy)
    # amy is at tier 2: who sits at hers is at tier 3. deep has somebody below, at tier 4 then.
    sells(later(strict, days=30), amy)

    now = days_later(later(strict, days=60), 14)

    assert idle.parent_id is None
    assert asked(now) == [flat.id]
    seat_offers.accept(now, flat)
    assert teams.tier(now, flat) == 3


def test_the_seat_that_is_accepted_promotes_the_parent(work):
    amy, (_, two, three), (first, *_) = full_house(work)
    for member in (two, three):
        sells(later(work, days=30), member)
    now = days_later(later(work, days=60), 14)
    three.parent_id = three.seat = None
    publishes(now, amy)
    assert amy.rank == Rank.TRAINEE  # One friend sits, two are needed.

    seat_offers.accept(now, first)

    assert amy.rank == Rank.ONE_STAR


def test_everybody_is_looked_at_in_parts(work, monkeypatch):
    monkeypatch.setattr(idle_seats, "WINDOW", 4)
    monkeypatch.setattr(idle_seats, "MOST_NOTICES", 2)
    amy, *_ = full_house(work)
    bea = star(work, "bea")
    more = [star(work, f"又{number}", bea) for number in range(3)]

    now = days_later(later(work, days=60), 0)

    idle = [mate.id for mate in teams.seated_by(now, amy.id)] + [mate.id for mate in more]
    assert [id for id in told(now, "seat_idle") if id not in (amy.id, bea.id)] == idle


def test_who_merges_brings_along_which_ranks_were_reached(work):
    one, other = star(work, "一"), star(later(work, hours=1), "二")
    for rank in (Rank.ONE_STAR, Rank.TWO_STAR):
        work.session.add(ranks.RankReached(member_id=other.id, rank=rank, reached_at=work.now))
    work.session.add(ranks.RankReached(member_id=one.id, rank=Rank.ONE_STAR, reached_at=work.now))
    other.rank, one.rank = Rank.TWO_STAR, Rank.ONE_STAR
    work.session.flush()

    binding.merge(work, one, other)

    rows = select(ranks.RankReached.rank).where(ranks.RankReached.member_id == one.id)
    assert sorted(work.session.scalars(rows)) == [Rank.ONE_STAR, Rank.TWO_STAR]


def test_accepting_and_joining_at_the_same_moment_fill_one_seat_once(office, rules):
    office = Office(office.engine, overlay(rules, {"team": OPTION}), office.clock)
    with office.work() as work:
        amy, (_, *active), (first, *_) = full_house(work)
        for member in active:
            sells(later(work, days=30), member)
        now = days_later(later(work, days=60), 14)
        held_until = now.now
        newcomers = [visitor(work) for _ in range(4)]
        for one in newcomers:
            one.reserved_inviter_id = amy.id
            one.reserved_until = held_until + timedelta(days=999)
        ids = [one.id for one in newcomers]
        parent, chosen = amy.id, first.id

    def joins(number: int) -> Callable[[Work], object]:
        return lambda work: joining.join(work, members.get(work, number), f"新{number}")

    def accepts(work: Work) -> object:
        return seat_offers.accept(work, members.get(work, chosen))

    together(office, [*(joins(number) for number in ids), accepts])

    with office.work() as work:
        assert seats(work, members.get(work, parent)) == {1: "等1", 2: "坐1", 3: "坐2"}


def together(office: Office, acts: list[Callable[[Work], object]]) -> None:
    """All at once, each as its own unit of work; whoever breaks is told."""
    barrier, broken = Barrier(len(acts)), []

    def run(act: Callable[[Work], object]) -> None:
        barrier.wait()
        try:
            office.do(act)
        except Exception as error:
            broken.append(error)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
