"""
Withdrawals: a member's wish to have money, and its way there.

requested → approved → paying → waiting_user → paid, or unknown in between, or failed, rejected,
cancelled. One number per withdrawal for ever: whatever happens, it is asked about, never sent
again under another one.

`quotes` says what it would cost, `requests` makes and cancels it, `approvals` decides, `payouts`
brings it to its end.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchWithdrawal
from commerce.people import members
from commerce.people.members import Member
from commerce.store.base import Base, Id, Key, Sealed
from commerce.work import Work


class State(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    PAYING = "paying"
    WAITING_USER = "waiting_user"
    UNKNOWN = "unknown"
    PAID = "paid"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


RETURNED = (State.FAILED, State.REJECTED, State.CANCELLED)
"""The money went back: these count for no limit."""

FINAL = (State.PAID, *RETURNED)

FORWARD: dict[State, tuple[State, ...]] = {
    State.REQUESTED: (State.APPROVED, State.REJECTED, State.CANCELLED),
    State.APPROVED: (State.PAYING, State.CANCELLED),
    State.PAYING: (State.UNKNOWN, State.WAITING_USER, State.PAID, State.FAILED),
    State.UNKNOWN: (State.WAITING_USER, State.PAID, State.FAILED),
    State.WAITING_USER: (State.PAID, State.FAILED),
}
"""Where a withdrawal may go. There is no way back, and none out of an end."""


class Withdrawal(Base):
    """「W1024」 is the withdrawal with id 1024. `amount_fen` is gross: fee and tax come off it."""

    __tablename__ = "withdrawals"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    """The provider's out_bill_no."""
    key: Mapped[str] = mapped_column(Key, unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    amount_fen: Mapped[int]
    fee_fen: Mapped[int]
    tax_fen: Mapped[int]
    tax_month: Mapped[str] = mapped_column(String(7))
    """「2026-03」: the month (Shanghai) whose income it is."""
    payee: Mapped[str] = mapped_column(Sealed)
    """The openid it goes to, fixed when it was asked for."""
    payee_name: Mapped[str | None] = mapped_column(Sealed)
    """The real name that is sent along, where one is needed."""
    state: Mapped[str] = mapped_column(String(12), default=State.REQUESTED)
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """When the payout starts, if it is approved by then."""
    review: Mapped[str] = mapped_column(String(40), default="")
    """Why a person looks at it; empty: nobody has to."""
    approvals_needed: Mapped[int] = mapped_column(default=0)
    approved_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    """Who approved or rejected it last; None: nobody had to."""
    sent_at: Mapped[datetime | None]
    """When the platform was first asked to pay it."""
    looks: Mapped[int] = mapped_column(default=0)
    """How often the platform was asked what became of it, since its state changed."""
    package: Mapped[str | None] = mapped_column(Sealed)
    """What the page hands to WeChat so that the person can confirm."""
    confirm_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Sealed, default="")
    """An operator's words, which the person sees as they are."""

    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND fee_fen >= 0 AND tax_fen >= 0", name="withdrawals_fen"),
        CheckConstraint("fee_fen + tax_fen < amount_fen", name="withdrawals_arrives"),
        Index("withdrawals_of_member", "member_id", "requested_at"),
        Index("withdrawals_by_state", "state", "due_at"),
        Base.__table_args__,
    )

    @property
    def arrives_fen(self) -> int:
        return self.amount_fen - self.fee_fen - self.tax_fen

    def goes(self, state: State) -> None:
        """On to the next state; nothing goes back."""
        assert state in FORWARD.get(State(self.state), ()), (self.id, self.state, state)
        self.state, self.looks = state, 0


class Approval(Base):
    """One operator's yes. Two different people where two are needed: the key says so."""

    __tablename__ = "approvals"

    withdrawal_id: Mapped[int] = mapped_column(Id, ForeignKey("withdrawals.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    at: Mapped[datetime]


def lock(work: Work, number: int) -> Withdrawal:
    """The withdrawal as it is now, held until the unit of work ends. NoSuchWithdrawal."""
    row = work.session.get(Withdrawal, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchWithdrawal(number)
    return row


def find(work: Work, number: int) -> Withdrawal:
    """NoSuchWithdrawal if there is none."""
    row = work.session.get(Withdrawal, number)
    if row is None:
        raise NoSuchWithdrawal(number)
    return row


def find_own(work: Work, member: Member, number: int) -> Withdrawal:
    """The member's own one. NoSuchWithdrawal for everybody else's."""
    row = find(work, number)
    if owner(work, row).id != member.id:
        raise NoSuchWithdrawal(number)
    return row


def owner(work: Work, row: Withdrawal) -> Member:
    """Who asked for it, or whoever they were merged into."""
    return members.get(work, row.member_id)


def ids_of(work: Work, member: Member) -> tuple[int, ...]:
    """The member, and whoever was merged into them."""
    return (member.id, *(merged.id for merged in members.merged_into(work, member.id)))


def of_member(
    work: Work, member: Member, *, states: Collection[State] = tuple(State), limit: int = 10
) -> Sequence[Withdrawal]:
    """The member's withdrawals in these states, the newest first."""
    rows = select(Withdrawal).where(
        Withdrawal.member_id.in_(ids_of(work, member)), Withdrawal.state.in_(states)
    )
    return work.session.scalars(rows.order_by(Withdrawal.id.desc()).limit(limit)).all()
