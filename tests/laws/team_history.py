"""Twelve people and everything that can happen to their places, drawn at random."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from sqlalchemy import insert, select

from commerce.agenda import DueTask
from commerce.errors import NoSeatOffer, Refusal
from commerce.lives import videos
from commerce.lives.videos import Video
from commerce.people import binding, invitations, joining, members, ranks, seat_offers
from commerce.people.identities import Identity
from commerce.people.members import Member, State
from commerce.people.staff import Role, Staff
from commerce.people.teams import SeatOffer
from commerce.trust import video_review
from commerce.work import Office, Work
from jobs import tasks
from tests.laws.team_laws import Act
from tests.people import Clock

PEOPLE = range(1, 13)
BOSS = 13

WEIGHTS = {
    "join": 9,
    "scan": 2,
    "code": 3,
    "leave": 1,
    "correct": 4,
    "bind": 3,
    "unionid": 1,
    "suspend": 1,
    "video": 4,
    "sale": 2,
    "plays": 1,
    "days": 1,
}
"""How often each act comes, relative to the others."""

IDLE = {"idle": 6, "accept": 5, "decline": 2}
"""These too, where idle seats are released."""


def history(random: Random, acts: int, weighed: dict[str, int]) -> list[Act]:
    """A village that first fills, then lives."""
    names, weights = list(weighed), list(weighed.values())
    joining = [Act("join", who, random.choice(PEOPLE)) for who in random.sample(PEOPLE, 6)]
    lively = random.choices(names, weights, k=acts - len(joining))
    return [*joining, *(Act(name, *random.sample(PEOPLE, 2)) for name in lively)]


@dataclass
class Village:
    """The twelve are there as visitors, each with one door; the boss is of the staff."""

    office: Office
    clock: Clock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        with self.office.work() as work:
            _settle(work)

    def happens(self, act: Act) -> Act | None:
        """Do it as one unit of work. What came of it, about whom; None: it was refused."""
        try:
            return self.office.do(lambda work: ACTS[act.name](self, work, act))
        except Refusal:
            return None


def _settle(work: Work) -> None:
    row = {"state": State.VISITOR, "nickname": "", "rank": 0, "created_at": work.now}
    people = [row | {"id": number} for number in (*PEOPLE, BOSS)]
    work.session.execute(insert(Member), people)
    doors = [
        {
            "id": number,
            "member_id": number,
            "channel": "official",
            "external_id": f"o-{number}",
            "is_open": True,
            "created_at": work.now,
        }
        for number in PEOPLE
    ]
    work.session.execute(insert(Identity), doors)
    boss = work.session.get_one(Member, BOSS)
    boss.state, boss.joined_at = State.JOINED, work.now
    work.session.add(Staff(member_id=BOSS, role=Role.ADMIN, since=work.now))


def join(village: Village, work: Work, act: Act) -> Act:
    """By the card of whom, if that person has one; also who left and comes back."""
    member, other = members.get(work, act.who), members.get(work, act.whom)
    if other.is_joined:
        _scan(work, member, other)
    joining.join(work, member, f"人{member.id}")
    return Act("join", member.id, other.id)


def scan(village: Village, work: Work, act: Act) -> Act:
    member, other = members.get(work, act.who), members.get(work, act.whom)
    _scan(work, member, other)
    return Act("scan", member.id, other.id)


def code(village: Village, work: Work, act: Act) -> Act:
    member, other = members.get(work, act.who), members.get(work, act.whom)
    token = invitations.current(work, other).token
    inviter, seated = invitations.redeem(work, member, token)
    if member.is_joined:
        joining.welcome_from(work, member, inviter, seated=seated)
    return Act("code", member.id, other.id)


def leave(village: Village, work: Work, act: Act) -> Act:
    member = members.get(work, act.who)
    members.need_joined(member)
    joining.leave(work, member)
    joining.erase(work, member.id)
    return Act("leave", member.id, member.id)


def correct(village: Village, work: Work, act: Act) -> Act:
    """By the numbers an operator typed, which may be of somebody merged."""
    member = work.session.get_one(Member, act.who)
    inviter = work.session.get_one(Member, act.whom)
    joining.correct_inviter(work, member, inviter, by=members.get(work, BOSS))
    return Act("correct", members.get(work, act.who).id, act.whom)


def bind(village: Village, work: Work, act: Act) -> Act:
    one, other = members.get(work, act.who), members.get(work, act.whom)
    shown = binding.show_code(work, one)
    work.session.flush()
    binding.redeem(work, other, binding.shown_to(work, shown)[1])
    return Act("merge", one.id, other.id)


def unionid(village: Village, work: Work, act: Act) -> Act:
    """The platform says that two doors are of one person."""
    first = work.session.get_one(Identity, act.who).unionid or f"u-{next(village.numbers)}"
    for door in (act.who, act.whom):
        binding.learn_unionid(work, door, first)
    return Act("merge", act.who, act.whom)


def suspend(village: Village, work: Work, act: Act) -> Act:
    """And, the second time, back again."""
    member = members.get(work, act.who)
    other = {State.JOINED: State.SUSPENDED, State.SUSPENDED: State.JOINED}
    member.state = other.get(State(member.state), member.state)
    work.session.flush()
    ranks.evaluate(work, member.id)
    return Act("suspend", member.id, member.id)


def video(village: Village, work: Work, act: Act) -> Act:
    member = members.get(work, act.who)
    link = f"https://video.example/{next(village.numbers)}"
    submitted = videos.submit(work, member, link)
    video_review.approve(work, submitted.video.id, by=members.get(work, BOSS))
    return Act("video", member.id, member.id)


def sale(village: Village, work: Work, act: Act) -> Act:
    """The promoter's own number, also of somebody merged since; up to 240 000 元."""
    if members.get(work, act.who).is_joined:
        ranks.release_gmv(work, act.who, act.whom * 20_000_00)
    return Act("sale", act.who, act.who)


def plays(village: Village, work: Work, act: Act) -> Act:
    found = work.session.scalar(select(Video.id).where(Video.member_id == act.who).limit(1))
    if found is not None:
        video_review.report_plays(work, found, act.whom * 20_000)
    return Act("plays", act.who, act.who)


def days(village: Village, work: Work, act: Act) -> Act:
    village.clock.passes(days=3 * act.whom)
    return Act("days", act.who, act.who)


def idle(village: Village, work: Work, act: Act) -> Act:
    """Longer than a seat may be idle, then the two weeks of the notice."""
    for span in (6, 14):
        village.clock.passes(days=span)
        at = replace(work, now=village.clock())
        tasks.find_idle_seats(at)
        for due in _due(at):
            due.done_at = at.now
            tasks.TASKS[due.task](at, **due.args)
    return Act("idle", act.who, act.who)


def accept(village: Village, work: Work, act: Act) -> Act:
    member = _offered(work)
    return Act("accept", member.id, seat_offers.accept(work, member).id)


def decline(village: Village, work: Work, act: Act) -> Act:
    member = _offered(work)
    return Act("decline", member.id, seat_offers.decline(work, member).id)


def _due(work: Work) -> list[DueTask]:
    named = DueTask.task.in_(("release_idle_seat", "pass_seat_on"))
    rows = select(DueTask).where(named, DueTask.done_at.is_(None), DueTask.due_at <= work.now)
    return list(work.session.scalars(rows.order_by(DueTask.due_at, DueTask.id)))


def _offered(work: Work) -> Member:
    found = work.session.scalar(select(SeatOffer.member_id).order_by(SeatOffer.member_id).limit(1))
    if found is None:
        raise NoSeatOffer
    return members.get(work, found)


def _scan(work: Work, member: Member, other: Member) -> None:
    inviter = invitations.inviter_of(work, invitations.current(work, other).token)
    if inviter is not None:
        invitations.reserve(work, member, inviter)


ACTS: dict[str, Callable[[Village, Work, Act], Act]] = {
    act.__name__: act
    for act in (
        join,
        scan,
        code,
        leave,
        correct,
        bind,
        unionid,
        suspend,
        video,
        sale,
        plays,
        days,
        idle,
        accept,
        decline,
    )
}
