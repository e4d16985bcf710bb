"""After a verdict of guilty: climbing again, and, where it was wrong, what it took comes back."""

from sqlalchemy import select

from commerce import agenda
from commerce.errors import OwnCase
from commerce.goods.orders import Order
from commerce.goods.paying import counts_for_ranks
from commerce.money import reversals
from commerce.money.earnings import State as LineState
from commerce.money.payments import Refund
from commerce.outbox import Priority, notify
from commerce.people import audit, members, ranks, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.trust import fraud
from commerce.trust.fraud import FraudHold, Verdict
from commerce.work import Work

MOST_BEFORE_SUSPENSION = 2


def overturn(work: Work, number: int, *, by: Member, reason: str) -> Order | None:
    """Every line that was void stands again, by entries of its own, at what refunds have left of
    it; the order is a sale again, and its promoter may climb if no other verdict stands. None if
    the order of this hold is not void. NotStaff, NoSuchHold, OwnCase."""
    staff.need_role(work, by, Role.ADMIN)
    order = fraud.lock(work, fraud.find(work, number).order_id)
    fraud.need_judge(work, order, by)
    if order.voided_at is None:
        return None
    order.voided_at = None
    key = f"overturned:{order.id}:{_end(work, order, by)}"
    audit.record(work, by.id, "fraud_overturned", f"order:{order.id}", reason=reason)
    if order.promoter_id is not None:
        _count_again(work, order)
        _let_climb(work, members.get(work, order.promoter_id))
    _give_back(work, order, reason, key=key)
    return order


def unfreeze(work: Work, member_id: int, *, by: Member) -> Member:
    """An operator lets somebody climb again, who may act again, too, if a verdict had suspended
    them. NotStaff, OwnCase."""
    staff.need_role(work, by, Role.ADMIN)
    member = members.lock(work, members.get(work, member_id).id)
    if member.id == by.id:
        raise OwnCase
    member.rank_frozen_at = None
    if member.state == members.State.SUSPENDED:
        member.state = members.State.JOINED
    work.session.flush()
    audit.record(work, by.id, "unfreeze", f"member:{member.id}")
    ranks.evaluate(work, member.id)
    return member


def _end(work: Work, order: Order, by: Member) -> int:
    rows = select(FraudHold).where(
        FraudHold.order_id == order.id, FraudHold.verdict == Verdict.GUILTY
    )
    ended = list(work.session.scalars(rows.order_by(FraudHold.id)))
    for row in ended:
        row.verdict, row.decided_at, row.decided_by = Verdict.OVERTURNED, work.now, by.id
    work.session.flush()
    return ended[0].id


def _count_again(work: Work, order: Order) -> None:
    assert order.promoter_id is not None
    net_fen = order.base_fen - order.refunded_fen
    if order.earns and order.paid_at is not None:
        ranks.count_sale(work, order.promoter_id, net_fen, order.paid_at)
    if not counts_for_ranks(order):
        return
    if order.completed_at is not None:
        net_fen = fraud.counted_fen(work, order)
    ranks.expect_gmv(work, order.promoter_id, net_fen)
    if order.completed_at is not None:
        ranks.release_gmv(work, order.promoter_id, net_fen)


def _let_climb(work: Work, promoter: Member) -> None:
    promoter = members.lock(work, promoter.id)
    verdicts = fraud.verdicts_against(work, promoter)
    if verdicts <= MOST_BEFORE_SUSPENSION and promoter.state == members.State.SUSPENDED:
        promoter.state = members.State.JOINED
    if not verdicts:
        promoter.rank_frozen_at = None
    work.session.flush()
    ranks.evaluate(work, promoter.id)


def _give_back(work: Work, order: Order, reason: str, *, key: str) -> None:
    released = order.completed_at is not None
    lines = [line for line in reversals.lines_of(work, order.id) if line.state == LineState.VOID]
    back_fen = {
        line.id: reversals.give_back(work, line, key=key, released=released) for line in lines
    }
    refund = select(Refund.id).where(Refund.order_id == order.id).order_by(Refund.id.desc())
    last = work.session.scalar(refund.limit(1))
    if last is not None:  # What was refunded while the lines were void.
        reversals.reverse_refunded(work, order, key=f"refund:{last}")
    for line in lines:
        member = members.get(work, line.member_id)
        if back_fen[line.id]:
            notify(
                work,
                member.id,
                "fraud_overturned",
                key=f"{key}:{line.id}",
                priority=Priority.MONEY,
                order=order.tail,
                amount_fen=back_fen[line.id],
                was_pending=not released,
                words=reason[:500] if line.member_id == order.promoter_id else "",
            )
        if released and member.left_at is not None:
            agenda.plan(work, "pay_out_rest", key=f"{key}:rest:{line.id}", member_id=member.id)
