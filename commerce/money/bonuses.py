"""Rank bonuses wait for an operator's word, on top of their time. One person has one of a rank."""

from collections.abc import Sequence

from sqlalchemy import select

from commerce.errors import NoSuchBonus, OwnCase
from commerce.money import reversals
from commerce.money.earnings import Earning, Kind, State
from commerce.outbox import Priority, notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.work import Work

WAITING = (
    Earning.kind == Kind.RANK_BONUS,
    Earning.state == State.PENDING,
    Earning.awaits_operator,
)


def queue(work: Work, by: Member, *, limit: int = 10) -> Sequence[Earning]:
    """The bonuses nobody has released, the oldest first. NotStaff."""
    staff.need_role(work, by, Role.FINANCE)
    rows = select(Earning).where(*WAITING).order_by(Earning.id).limit(limit)
    return work.session.scalars(rows).all()


def rank_of(line: Earning) -> int:
    """The rank it was given for."""
    assert line.key is not None
    return int(line.key.rpartition(":")[2])


def release(work: Work, line_id: int, *, by: Member) -> Earning:
    """It becomes available at the end of its time, or with the next sweep. Where two accounts of
    one person had reached the rank, the second bonus is void. NotStaff, NoSuchBonus, OwnCase."""
    staff.need_role(work, by, Role.FINANCE)
    rows = select(Earning).where(*WAITING, Earning.id == line_id).with_for_update()
    line = work.session.scalar(rows.execution_options(populate_existing=True))
    if line is None:
        raise NoSuchBonus(line_id)
    owner = members.get(work, line.member_id)
    if owner.id == by.id:
        raise OwnCase
    line.awaits_operator = False
    work.session.flush()
    if _is_second(work, line, owner):
        reversals.take_back(work, line, line.stands_fen, key=f"twice:{line.id}")
        line.state = State.VOID
        work.session.flush()
    audit.record(work, by.id, "release_bonus", f"earning:{line.id}", state=line.state)
    if line.state == State.PENDING:
        assert line.held_until is not None
        notify(
            work,
            owner.id,
            "bonus_released",
            key=f"bonus_released:{line.id}",
            priority=Priority.MONEY,
            rank=rank_of(line),
            amount_fen=line.amount_fen,
            until=max(line.held_until, work.now).isoformat(),
        )
    return line


def _is_second(work: Work, line: Earning, owner: Member) -> bool:
    same = [f"bonus:{one}:{rank_of(line)}" for one in members.with_former_ids(work, owner)]
    earlier = select(Earning.id).where(
        Earning.key.in_(same), Earning.id < line.id, Earning.state != State.VOID
    )
    return work.session.scalar(earlier.limit(1)) is not None
