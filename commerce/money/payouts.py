"""
Payouts: an approved withdrawal on its way through the platform, under one number for ever.

What the platform says may come twice, late, or before the answer to our own question: the state
only moves forward, an end stays an end, and money moves once per end. Nothing here talks to the
platform.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from commerce import agenda
from commerce.money import ledger, pauses
from commerce.money.ledger import Move
from commerce.money.withdrawals import FINAL, State, Withdrawal, lock, owner
from commerce.outbox import Priority, notify, within
from commerce.people import staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.book import number
from commerce.work import Work

FORGOTTEN_AFTER = timedelta(days=29)
"""The platform knows a bill for 30 days: after that 「no such bill」 proves nothing."""

SOON, LONGEST = timedelta(seconds=5), timedelta(minutes=10)
WAITING_SOON, WAITING_LONGEST = timedelta(minutes=1), timedelta(hours=1)
TELL_OWNER_AFTER, TELL_STAFF_AFTER, STUCK_AFTER = 3, 10, 3
"""So many looks without a result."""

OURS = frozenset(
    {"NOT_ENOUGH", "NO_AUTH", "SIGN_ERROR", "APPID_MCHID_NOT_MATCH", "RULE_LIMIT"}
    | {"PAYER_ACCOUNT_ABNORMAL", "PRODUCT_AUTH_CHECK_FAIL"}
)
"""Reasons that lie with the merchant: the next payout would meet the same."""


@dataclass(frozen=True)
class Bill:
    """What the platform is asked to pay. The same withdrawal always gives the same bill."""

    withdrawal_id: int
    number: str
    payee: str
    amount_fen: int
    payee_name: str | None
    remark: str
    is_new: bool
    """The platform was never asked: it may be sent without a look first."""
    may_be_sent: bool
    """Payouts are not paused, and 「no such bill」 would mean that there is none."""
    has_package: bool


def start(work: Work, withdrawal_id: int) -> Bill | None:
    """Begin the payout, or look again at one under way. None when there is nothing to do: ended,
    not approved, payouts paused, or not the hour (then it is planned for when it is)."""
    row = lock(work, withdrawal_id)
    if row.state in (State.REQUESTED, *FINAL):
        return None
    is_new = row.state == State.APPROVED
    if is_new and not _begin(work, row):
        return None
    if not is_new:
        row.looks += 1
    assert row.number is not None
    assert row.sent_at is not None
    known = work.now - row.sent_at < FORGOTTEN_AFTER
    return Bill(
        row.id,
        row.number,
        row.payee,
        row.arrives_fen,
        row.payee_name,
        f"提现 W{row.id}",
        is_new,
        known and not pauses.is_paused(work),
        row.package is not None,
    )


def heard_transfer(
    work: Work,
    bill_no: str,
    state: str,
    amount_fen: int,
    payee: str,
    *,
    fail_reason: str = "",
    package: str = "",
) -> Withdrawal | None:
    """What the platform says of a bill, by an answer or a notification, in any order and any
    number of times. None when no withdrawal has that number. Another amount or payee than ours, or
    the opposite of an end, moves nothing and pauses all payouts."""
    row = _numbered(work, bill_no)
    if row is None:
        return None
    if (amount_fen, payee) != (row.arrives_fen, row.payee):
        pauses.pause(work, pauses.MISMATCH, about=f"W{row.id}")
    elif row.state in FINAL:
        if _contradicts(row, state):
            pauses.pause(work, pauses.CONTRADICTION, about=f"W{row.id}")
    else:
        _moves(work, row, state, fail_reason, package)
    return row


def _moves(work: Work, row: Withdrawal, state: str, fail_reason: str, package: str) -> None:
    if state == "SUCCESS":
        _paid(work, row)
    elif state in ("FAIL", "CANCELLED"):
        fail(work, row, fail_reason or state)
    elif state == "WAIT_USER_CONFIRM":
        _waits(work, row, package)
    elif state == "PROCESSING" and row.looks >= STUCK_AFTER:
        pauses.pause(work, pauses.NOT_ENOUGH, about=f"W{row.id}")


def unanswered(work: Work, withdrawal_id: int) -> None:
    """The platform was asked to pay and nobody knows whether it did."""
    row = lock(work, withdrawal_id)
    if row.state == State.PAYING:
        row.goes(State.UNKNOWN)


def refused(work: Work, withdrawal_id: int, reason: str) -> None:
    """The platform said no, and knows no such bill. What lies with the merchant pauses all
    payouts, and the same number is sent later; everything else gives the money back."""
    row = lock(work, withdrawal_id)
    if row.state not in (State.PAYING, State.UNKNOWN):
        return
    if reason in OURS:
        pauses.pause(work, reason, about=f"W{row.id}")
    else:
        fail(work, row, reason)


def fail(work: Work, row: Withdrawal, reason: str) -> None:
    """It will never be paid: amount and fee go back, and the person hears why."""
    give_back(work, row, State.FAILED, failure=reason)
    if reason in OURS:
        pauses.pause(work, reason, about=f"W{row.id}")
    member = owner(work, row)
    notify(
        work,
        member.id,
        "withdrawal_returned",
        key=f"withdrawal:{row.id}:returned",
        priority=Priority.MONEY,
        withdrawal=row.id,
        amount_fen=row.amount_fen,
        fee_fen=row.fee_fen,
        failure=row.failure,
        available_fen=ledger.balances(work, member.id).available_fen,
    )


def give_back(work: Work, row: Withdrawal, state: State, *, failure: str = "") -> None:
    """Reserved money, fee and tax included, is available again; a debt is paid first."""
    row.goes(state)
    row.ended_at, row.failure, row.package = work.now, failure[:60], None
    member_id = owner(work, row).id
    owed_fen = min(row.amount_fen, ledger.lock(work, member_id).debt_fen)
    held = ledger.reserved(member_id)
    ledger.post(
        work,
        f"withdrawal:{row.id}:back",
        Move(held, ledger.debt(member_id), owed_fen),
        Move(held, ledger.available(member_id), row.amount_fen - owed_fen),
    )
    work.session.flush()


def look_again(work: Work, withdrawal_id: int) -> None:
    """Plan the next look at what has not ended, after a pause that doubles. It never gives up."""
    row = lock(work, withdrawal_id)
    if row.state in (State.REQUESTED, State.APPROVED, *FINAL):
        return
    _tell_of_waiting(work, row)
    first, longest = (SOON, LONGEST)
    if row.state == State.WAITING_USER:
        first, longest = WAITING_SOON, WAITING_LONGEST
    pause = min(first * 2 ** min(row.looks, 12), longest)
    key = f"pay_out:{row.id}:{row.state}:{row.looks}"
    agenda.plan(work, "pay_out", key=key, due_at=work.now + pause, withdrawal_id=row.id)


def plan_payout(work: Work, row: Withdrawal) -> None:
    """Approved: it starts when it is due."""
    key = f"pay_out:{row.id}:{row.due_at:%Y%m%d%H%M%S}"
    agenda.plan(work, "pay_out", key=key, due_at=row.due_at, withdrawal_id=row.id)


def resume(work: Work, by: Member) -> int:
    """Payouts go on after a pause: how many are taken up again. NotStaff."""
    if not pauses.end_all(work, by):
        return 0
    rows = select(Withdrawal).where(
        Withdrawal.state.in_((State.APPROVED, State.PAYING, State.UNKNOWN)),
        Withdrawal.due_at <= work.now,
    )
    waiting = list(work.session.scalars(rows.order_by(Withdrawal.id)))
    for row in waiting:
        key = f"pay_out:{row.id}:resumed:{work.now:%Y%m%d%H%M%S%f}"
        agenda.plan(work, "pay_out", key=key, withdrawal_id=row.id)
    return len(waiting)


def _begin(work: Work, row: Withdrawal) -> bool:
    """The number is fixed before anybody is asked."""
    opens = within(work.rules.payouts.hours, max(work.now, row.due_at))
    if opens > work.now:
        row.due_at = opens
        plan_payout(work, row)
        return False
    if pauses.is_paused(work):
        return False
    row.goes(State.PAYING)
    row.number, row.sent_at = number(work, "W", row.id), work.now
    work.session.flush()
    return True


def _numbered(work: Work, bill_no: str) -> Withdrawal | None:
    row_id = work.session.scalar(select(Withdrawal.id).where(Withdrawal.number == bill_no))
    return None if row_id is None else lock(work, row_id)


def _contradicts(row: Withdrawal, state: str) -> bool:
    if row.state == State.PAID:
        return state in ("FAIL", "CANCELLED")
    return state == "SUCCESS"


def _waits(work: Work, row: Withdrawal, package: str) -> None:
    assert row.sent_at is not None
    if row.state != State.WAITING_USER:
        row.goes(State.WAITING_USER)
        row.confirm_until = row.sent_at + work.rules.payouts.user_confirms_within
    row.package = package or row.package
    work.session.flush()


def _paid(work: Work, row: Withdrawal) -> None:
    row.goes(State.PAID)
    row.ended_at, row.package = work.now, None
    member_id = owner(work, row).id
    held = ledger.reserved(member_id)
    ledger.post(
        work,
        f"withdrawal:{row.id}:paid",
        Move(held, ledger.WORLD, row.arrives_fen),
        Move(held, ledger.FEES, row.fee_fen),
        Move(held, ledger.TAX, row.tax_fen),
    )
    notify(
        work,
        member_id,
        "withdrawal_paid",
        key=f"withdrawal:{row.id}:paid",
        priority=Priority.MONEY,
        withdrawal=row.id,
        arrives_fen=row.arrives_fen,
        fee_fen=row.fee_fen,
        tax_fen=row.tax_fen,
        at=work.now.isoformat(),
        available_fen=ledger.balances(work, member_id).available_fen,
    )


def _tell_of_waiting(work: Work, row: Withdrawal) -> None:
    """The owner soon, the staff when it takes long; once each."""
    if row.state == State.WAITING_USER:
        return
    if row.looks >= TELL_OWNER_AFTER:
        notify(
            work,
            owner(work, row).id,
            "withdrawal_unknown",
            key=f"withdrawal:{row.id}:unknown",
            priority=Priority.MONEY,
            withdrawal=row.id,
        )
    if row.looks >= TELL_STAFF_AFTER:
        for colleague in staff.colleagues(work, Role.FINANCE):
            notify(
                work,
                colleague,
                "payout_stuck",
                key=f"withdrawal:{row.id}:stuck:{colleague}",
                withdrawal=row.id,
            )
