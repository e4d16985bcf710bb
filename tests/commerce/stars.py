"""Short ways to a team, without any chat."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from commerce.lives.lives import Live
from commerce.lives.videos import State as VideoState
from commerce.lives.videos import Video
from commerce.people import identities, invitations, joining, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.rules import overlay
from commerce.work import Work

_numbers = count(1)


def visitor(work: Work) -> Member:
    return identities.recognise(work, "official", f"o-{next(_numbers)}")[1]


def star(work: Work, name: str = "小星", inviter: Member | None = None) -> Member:
    """Joined, at the inviter's next seat if there is one."""
    member = visitor(work)
    if inviter is not None:
        invitations.reserve(work, member, inviter)
    joining.join(work, member, name)
    return member


def team(work: Work, root: Member, invited: int, below: int = 0) -> list[Member]:
    """Fill seats: so many of the root's own, then so many of theirs. The root's own ones."""
    children = [star(work, f"友{number}", root) for number in range(invited)]
    for number in range(below):
        star(work, f"孙{number}", children[number // 3])
    return children


def reviewer(work: Work, role: Role = Role.REVIEWER) -> Member:
    member = star(work, "审核员")
    staff.redeem(work, member, staff.invite(work, role))
    return member


def approved_live(work: Work, live: Live) -> Live:
    """As if somebody of the staff had looked at it."""
    live.approved_at = work.now
    work.session.flush()
    return live


def approved_video(work: Work, member: Member, play_count: int = 0) -> Video:
    video = Video(
        member_id=member.id,
        source=f"https://video.example/{next(_numbers)}",
        state=VideoState.APPROVED,
        submitted_at=work.now,
        answer_by=work.now,
        play_count=play_count,
    )
    work.session.add(video)
    work.session.flush()
    return video


def later(work: Work, **span: float) -> Work:
    """The same unit of work, some time on."""
    return replace(work, now=work.now + timedelta(**span))


def under(work: Work, **plan: object) -> Work:
    """The same unit of work, by other rules of the plan."""
    return replace(work, rules=overlay(work.rules, plan))
