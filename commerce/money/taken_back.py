"""What was taken back from lines, each time with the refunds it was reckoned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from commerce.fen import part_floor
from commerce.money.earnings import Earning, Reversal, State
from commerce.money.payments import Refund
from commerce.work import Work


@dataclass(frozen=True)
class TakenBack:
    """One reversal: ⌊line × refunded so far ÷ paid⌋ − what was taken back before."""

    amount_fen: int
    before_fen: int
    refunded_fen: int | None
    """Of the goods, so far. None: a verdict took all that stood, or, negative, gave it back."""
    at: datetime
    reason: str = ""
    from_available_fen: int = 0
    to_debt_fen: int = 0


def of_lines(work: Work, earnings: Sequence[Earning]) -> dict[int, list[TakenBack]]:
    """By the line's id, the oldest first; only of lines from which something was taken."""
    lines = {line.id: line for line in earnings}
    rows = select(Reversal).where(Reversal.earning_id.in_(lines)).order_by(Reversal.id)
    reversals = work.session.scalars(rows).all()
    if not reversals:
        return {}
    refunds = _refunds(work, {line.order_id for line in lines.values() if line.order_id})
    found: dict[int, list[TakenBack]] = {}
    for row in reversals:
        line = lines[row.earning_id]
        earlier = found.setdefault(line.id, [])
        refunded_fen, reason = _of_refunds(row, line, refunds.get(line.order_id or 0, []))
        earlier.append(
            TakenBack(
                amount_fen=row.amount_fen,
                before_fen=sum(one.amount_fen for one in earlier),
                refunded_fen=refunded_fen,
                at=row.at,
                reason=reason,
                from_available_fen=row.from_available_fen,
                to_debt_fen=row.to_debt_fen,
            )
        )
    return found


def _refunds(work: Work, order_ids: set[int]) -> dict[int, list[Refund]]:
    found: dict[int, list[Refund]] = {}
    rows = select(Refund).where(Refund.order_id.in_(order_ids)).order_by(Refund.id)
    for refund in work.session.scalars(rows):
        found.setdefault(refund.order_id, []).append(refund)
    return found


def _of_refunds(row: Reversal, line: Earning, refunds: list[Refund]) -> tuple[int | None, str]:
    """What had been refunded of the order when this was taken back, and why the last of it. What
    was refunded before settlement was taken back by the settlement itself."""
    kind, _, number = row.key.partition(":")
    if kind == "refund":
        upto = [refund for refund in refunds if refund.id <= int(number)]
    elif row.key == "settlement" and line.state != State.VOID:
        upto = [refund for refund in refunds if refund.requested_at <= row.at]
        while upto and not _makes(line, upto, row.amount_fen):
            upto.pop()  # Asked at the very instant, after the settlement.
        if not upto:  # All of it, by a verdict that was overturned since.
            return None, ""
    else:
        return None, ""
    return sum(refund.amount_fen for refund in upto), upto[-1].reason if upto else ""


def _makes(line: Earning, refunds: list[Refund], amount_fen: int) -> bool:
    refunded_fen = sum(refund.amount_fen for refund in refunds)
    return part_floor(line.amount_fen, refunded_fen, line.base_fen or 0) == amount_fen
