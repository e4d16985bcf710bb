"""Sums over a report: what a shop owner asks for, in fen."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from commerce.fen import part_floor, share_half_up
from commerce.rules import Rules
from qianxing.rehearsal.scenario import Scenario

Report = dict[str, Any]

BOUGHT = ("sales_commission", "host_markup", "team_reward")
"""Kinds that come out of a sale; the others are the programme's own."""


@dataclass(frozen=True)
class Sums:
    """What came in, who got it, and what stays with the shop, cost of goods and fees taken off."""

    paid_fen: int
    refunded_fen: int
    commission_fen: int
    team_fen: int
    promotion_fen: int
    """Traffic rewards and rank bonuses."""
    goods_fen: int
    """What suppliers get; refunded goods are reckoned to come back."""
    channel_fen: int
    """What the payment channel takes, about."""
    fees_fen: int
    """What withdrawals brought in fees."""

    @property
    def given_fen(self) -> int:
        return self.commission_fen + self.team_fen + self.promotion_fen

    @property
    def kept_fen(self) -> int:
        return self.paid_fen - self.refunded_fen - self.given_fen

    @property
    def left_fen(self) -> int:
        return self.kept_fen - self.goods_fen - self.channel_fen + self.fees_fen


def sums(report: Report, scenario: Scenario, rules: Rules) -> Sums:
    """The whole shop's."""
    orders = report["orders"]
    paid_fen = sum(order["paid_fen"] for order in orders.values())
    kinds = by_kind(report["earnings"])
    team_fen = kinds["team_reward"]
    bought_fen = sum(kinds[kind] for kind in BOUGHT)
    return Sums(
        paid_fen=paid_fen,
        refunded_fen=sum(order["refunded_fen"] for order in orders.values()),
        commission_fen=bought_fen - team_fen,
        team_fen=team_fen,
        promotion_fen=sum(kinds.values()) - bought_fen,
        goods_fen=_goods(report, scenario),
        channel_fen=share_half_up(paid_fen, rules.plan.payment_fee_bp),
        fees_fen=report["ledger"].get("platform:fees", 0),
    )


def by_kind(lines: Iterable[dict[str, Any]]) -> Counter[str]:
    """What stands of these lines, by kind."""
    found: Counter[str] = Counter()
    for line in lines:
        found[line["kind"]] += stands(line)
    return found


def stands(line: dict[str, Any]) -> int:
    amount_fen: int = line["amount_fen"] - line["reversed_fen"]
    return amount_fen


def _goods(report: Report, scenario: Scenario) -> int:
    costs = {product.id: product.cost_fen for product in scenario.products}
    total_fen = 0
    for event in scenario.events:
        order = report["orders"].get(event.id) if event.kind == "order" else None
        if order and order["paid_fen"]:
            cost_fen = costs[event.facts["product"]] * event.facts.get("quantity", 1)
            total_fen += cost_fen - part_floor(cost_fen, order["refunded_fen"], order["paid_fen"])
    return total_fen
