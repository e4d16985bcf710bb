"""What came of a story, as the contract has it: everything by the story's own names."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import func, select

from commerce.goods.orders import Order
from commerce.goods.orders import State as OrderState
from commerce.money import estimates, explaining, ledger
from commerce.money.earnings import Earning
from commerce.money.earnings_view import UNDER_WAY
from commerce.money.ledger import Posting
from commerce.money.withdrawals import State as PayoutState
from commerce.money.withdrawals import Withdrawal
from commerce.outbox import SHANGHAI, Outgoing
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Work
from handlers import explanations, notices
from qianxing.rehearsal.cautions import cautions
from qianxing.rehearsal.playing import Play
from qianxing.rehearsal.stage import STAFF

Report = dict[str, Any]

LINK = re.compile(r"\[\[([^|\]]*)\|[^\]]*\]\]")
"""In a rehearsal a link leads nowhere: its words stay."""


def report(play: Play) -> Report:
    """The whole of it. Reads only."""
    with play.stage.office.reading() as work:
        names = Names(play, work)
        ledger_of = _ledger(work, names)
        return {
            "members": _members(work, names),
            "earnings": _earnings(work, names),
            "orders": _orders(work, names),
            "withdrawals": _withdrawals(work, names),
            "ledger": ledger_of,
            "ledger_sum_fen": sum(ledger_of.values()),
            "refused": [
                {"at": stamp(one.event.at), "event": one.event.name, "code": one.code}
                for one in play.refused
            ],
            "warnings": cautions(play, work),
            "messages": _messages(work, names),
        }


def stamp(at: datetime) -> str:
    """「2026-03-01T20:00:00+08:00」"""
    return at.astimezone(SHANGHAI).isoformat()


@dataclass
class Names:
    """From rows back to the names of the story."""

    play: Play
    work: Work

    def of(self, about: str) -> dict[int, str]:
        return {id: name for name, id in self.play.stage.ids[about].items()}

    @cached_property
    def people(self) -> dict[int, str]:
        """Members and buyers; the staff is no part of the story."""
        rows = self.work.session.execute(select(Identity.member_id, Identity.external_id))
        return {id: name for id, name in rows if not name.startswith(STAFF)}

    @cached_property
    def orders(self) -> dict[int, str]:
        return self.of("order")

    @cached_property
    def lives(self) -> dict[int, str]:
        return self.of("live")

    def account(self, account: str) -> str:
        """「member:A:pending」, 「escrow:L1」"""
        kind, _, rest = account.partition(":")
        if kind == "member":
            id, _, purse = rest.partition(":")
            return f"member:{self.people[int(id)]}:{purse}"
        if kind == "escrow" and rest.isdecimal():
            return f"escrow:{self.lives[int(rest)]}"
        return account


def _members(work: Work, names: Names) -> Report:
    ids = names.play.stage.ids["member"]
    lifetime = _sums(work, Earning.member_id, Earning.amount_fen - Earning.reversed_fen, Earning.id)
    spent = _sums(work, Order.buyer_id, Order.credit_fen - Order.credit_back_fen, Order.paid_at)
    paid = _sums(
        work, Withdrawal.member_id, Withdrawal.amount_fen, Withdrawal.state, PayoutState.PAID
    )
    under_way = _sums(
        work, Withdrawal.member_id, Withdrawal.amount_fen, Withdrawal.state, *UNDER_WAY
    )
    found = {}
    for name, id in ids.items():
        member, held = work.session.get_one(Member, id), ledger.balances(work, id)
        found[name] = {
            "rank": Rank(member.rank).key,
            "pending_fen": held.pending_fen,
            "estimated_fen": estimates.estimate(work, member).amount_fen,
            "available_fen": held.available_fen,
            "credit_fen": spent.get(id, 0),
            "withdrawing_fen": under_way.get(id, 0),
            "paid_fen": paid.get(id, 0),
            "debt_fen": held.debt_fen,
            "lifetime_fen": lifetime.get(id, 0),
        }
    return found


def _sums(work: Work, owner: Any, amount_fen: Any, column: Any, *values: str) -> dict[int, int]:
    """By owner, where the column has one of the values, or is there at all."""
    which = column.in_(values) if values else column.is_not(None)
    rows = select(owner, func.sum(amount_fen)).where(which).group_by(owner)
    return {id: int(fen) for id, fen in work.session.execute(rows)}


def _earnings(work: Work, names: Names) -> list[Report]:
    lines = list(work.session.scalars(select(Earning).order_by(Earning.id)))
    rows = select(Order.id, Order.live_id).where(Order.live_id.is_not(None))
    live_of = {row.id: row.live_id for row in work.session.execute(rows)}
    found = []
    for line, explained in zip(lines, explaining.explain_all(work, lines), strict=True):
        live_id = live_of.get(line.order_id or 0)
        tier = {} if line.tier is None else {"tier": line.tier}
        found.append(
            {
                "id": line.id,
                "kind": str(line.kind),
                "member": names.people[line.member_id],
                "order": names.orders[line.order_id] if line.order_id else None,
                "live": names.lives[live_id] if live_id else None,
                "base_fen": line.base_fen,
                "rate_bp": line.rate_bp,
                "amount_fen": line.amount_fen,
                "reversed_fen": line.reversed_fen,
                "state": str(line.state),
                "explanation": explanations.words(explained),
                **tier,
            }
        )
    return found


def _orders(work: Work, names: Names) -> Report:
    rows = work.session.scalars(select(Order).order_by(Order.id))
    return {
        names.orders[order.id]: {
            "state": str(OrderState(order.state)),
            "paid_fen": order.base_fen if order.paid_at else 0,
            "refunded_fen": order.refunded_fen,
        }
        for order in rows
    }


def _withdrawals(work: Work, names: Names) -> Report:
    known = names.of("withdrawal")
    rows = work.session.scalars(select(Withdrawal).order_by(Withdrawal.id))
    return {
        known[row.id]: {
            "state": str(PayoutState(row.state)),
            "amount_fen": row.amount_fen,
            "fee_fen": row.fee_fen,
            "tax_fen": row.tax_fen,
        }
        for row in rows
    }


def _ledger(work: Work, names: Names) -> dict[str, int]:
    total = func.sum(Posting.amount_fen)
    rows = select(Posting.account, total).group_by(Posting.account).having(total != 0)
    found = {names.account(account): int(fen) for account, fen in work.session.execute(rows)}
    return dict(sorted(found.items()))


def _messages(work: Work, names: Names) -> list[Report]:
    rows = work.session.scalars(select(Outgoing).order_by(Outgoing.due_at, Outgoing.id))
    found = []
    for row in rows:
        if row.is_notice and row.member_id in names.people:
            said = row.said
            text = LINK.sub(r"\1", notices.tell(said["notice"], said["facts"]).text)
            to = names.people[row.member_id]
            found.append({"at": stamp(row.due_at), "to": to, "text": text})
    return found
