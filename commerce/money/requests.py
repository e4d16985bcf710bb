"""Requests: a member says yes to a quote, or changes their mind; who leaves is paid everything."""

from dataclasses import replace

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import KeyTaken, NoPayee, NothingToCancel, PayoutStarted, TermsChanged
from commerce.money import ledger, quotes, real_names
from commerce.money.ledger import Move
from commerce.money.payouts import give_back, plan_payout
from commerce.money.quotes import LEAST_TRANSFER_FEN, Quote
from commerce.money.withdrawals import (
    State,
    Withdrawal,
    find_own,
    lock,
    of_member,
)
from commerce.outbox import notify
from commerce.people import members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id, Sealed
from commerce.work import Work


class Payee(Base):
    """Where the rest goes of who left while money was still to come. Gone with the last of it."""

    __tablename__ = "payees"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    payee: Mapped[str] = mapped_column(Sealed)


def request(work: Work, member: Member, quoted: Quote, *, key: str) -> Withdrawal:
    """Reserve the money and start on its way what nobody has to look at. The same key twice is the
    same withdrawal. The refusals of `quote`; TermsChanged when the quote is too old or no longer
    holds; KeyTaken when the key was used for another amount."""
    if (earlier := _keyed(work, key, quoted)) is not None:
        return earlier
    ledger.lock(work, member.id)
    if (earlier := _keyed(work, key, quoted)) is not None:  # Somebody was faster.
        return earlier
    now = quotes.quote(work, member, quoted.amount_fen)
    is_old = quoted.quoted_at + work.rules.payouts.quote_valid <= work.now
    if is_old or not now.same_terms(quoted):
        raise TermsChanged(quoted.amount_fen)
    return _write(work, member, now, quotes.payee(work, member), key=key)


def cancel(work: Work, member: Member, number: int | None = None) -> Withdrawal:
    """All of it goes back, as long as the payout has not started; without a number the newest that
    can be cancelled. Cancelled twice is cancelled. NoSuchWithdrawal, NothingToCancel,
    PayoutStarted."""
    if number is None:
        may_be = (State.REQUESTED, State.APPROVED)
        newest = next(iter(of_member(work, member, states=may_be, limit=1)), None)
        if newest is None:
            raise NothingToCancel
        number = newest.id
    find_own(work, member, number)
    row = lock(work, number)
    if row.state == State.CANCELLED:
        return row
    if row.state not in (State.REQUESTED, State.APPROVED):
        raise PayoutStarted(row.id, row.state)
    give_back(work, row, State.CANCELLED)
    return row


def remember_payee(work: Work, member: Member) -> None:
    """Before a member's ids are erased: where the rest of their money goes. Safe to run again."""
    try:
        found = quotes.payee(work, member)
    except NoPayee:
        return
    work.session.merge(Payee(member_id=member.id, payee=found))
    work.session.flush()


def pay_out_everything(work: Work, member: Member) -> list[Withdrawal]:
    """Of who left: all that is available, without a minimum, a limit or a question, in bills as
    large as may be. What the platform cannot transfer stays. Run at leaving and after each
    release; the payee is forgotten with the last of it. Safe to run again."""
    held = ledger.lock(work, member.id)
    kept = work.session.get(Payee, member.id)
    if kept is None or member.left_at is None:
        return []
    made: list[Withdrawal] = []
    left_fen = held.available_fen
    whole = quotes.terms(work, member, left_fen)
    while (part := _next_bill(work, member, whole, left_fen)) is not None:
        key = f"leaving:{member.id}:{work.now.timestamp()}:{len(made)}"
        made.append(_write(work, member, part, kept.payee, key=key))
        left_fen -= part.amount_fen
    if held.pending_fen == 0:
        work.session.execute(delete(Payee).where(Payee.member_id == member.id))
    return made


def pay_out_rest(work: Work, member_id: int) -> None:
    """As `pay_out_everything`: a task, after something was released to who left."""
    pay_out_everything(work, members.get(work, member_id))


def _next_bill(work: Work, member: Member, whole: Quote, left_fen: int) -> Quote | None:
    """The next part of the whole, which is looked at as a whole. None: too little to transfer."""
    rules = work.rules.payouts
    has_name = real_names.of(work, member.id) is not None
    largest_fen = rules.with_real_name_fen if has_name else rules.without_real_name_fen - 1
    part = quotes.terms(work, member, min(left_fen, largest_fen))
    if part.arrives_fen < LEAST_TRANSFER_FEN:
        return None
    return replace(
        part,
        review=whole.review,
        approvals_needed=whole.approvals_needed,
        decided_by=whole.decided_by,
    )


def _write(work: Work, member: Member, agreed: Quote, payee: str, *, key: str) -> Withdrawal:
    needs_name = agreed.amount_fen >= work.rules.payouts.without_real_name_fen
    row = Withdrawal(
        key=key,
        member_id=member.id,
        amount_fen=agreed.amount_fen,
        fee_fen=agreed.fee_fen,
        tax_fen=agreed.tax_fen,
        tax_month=agreed.tax_month,
        payee=payee,
        payee_name=real_names.of(work, member.id) if needs_name else None,
        requested_at=work.now,
        due_at=agreed.pays_at,
        review=agreed.review,
        approvals_needed=agreed.approvals_needed,
        state=State.REQUESTED,
    )
    work.session.add(row)
    work.session.flush()
    ledger.post(
        work,
        f"withdrawal:{row.id}:reserve",
        Move(ledger.available(member.id), ledger.reserved(member.id), row.amount_fen),
    )
    if agreed.review:
        _tell_operators(work, row)
    else:
        row.goes(State.APPROVED)
        row.approved_at = work.now
        plan_payout(work, row)
    return row


def _tell_operators(work: Work, row: Withdrawal) -> None:
    for colleague in staff.colleagues(work, Role.FINANCE):
        if colleague != row.member_id:
            notify(
                work,
                colleague,
                "withdrawal_to_review",
                key=f"withdrawal:{row.id}:review:{colleague}",
                withdrawal=row.id,
                amount_fen=row.amount_fen,
                review=row.review,
            )


def _keyed(work: Work, key: str, quoted: Quote) -> Withdrawal | None:
    row = work.session.scalar(select(Withdrawal).where(Withdrawal.key == key))
    if row is not None and row.amount_fen != quoted.amount_fen:
        raise KeyTaken(row.id)
    return row
