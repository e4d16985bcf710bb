"""
Solvency: what one piece leaves the programme at its worst, in every way it may be sold.

At its worst: promoter and uplines have the ranks that take most, and the buyer pays the least that
this way allows. A commission is paid out of the list price; in markup mode the promoter keeps
everything above the supply price, so the programme lives on supply price less cost.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from commerce.errors import Insolvent
from commerce.fen import BP_WHOLE, gross_of, share_ceiling, share_floor
from commerce.rules import Rules
from commerce.work import Work


class Way(StrEnum):
    LIST = "list"
    COUPON = "coupon"
    DISCOUNT = "discount"  # 千星专属折扣
    MARKUP = "markup"  # At the promoter's own price.


class Goods(Protocol):
    """What is asked of a product. Prices in fen for one piece; see `commerce.goods.products`."""

    title: str
    cost_fen: int
    supply_fen: int
    price_fen: int
    commission_bp: int
    discount_bp: int
    markup_allowed: bool
    subsidy_fen: int


@dataclass(frozen=True)
class Case:
    """One piece, sold one way. In fen; what is not exact is rounded against the programme."""

    way: Way
    paid_fen: int
    """What the buyer pays."""
    goods_fen: int
    """What goes to the supplier, and in markup mode to the promoter above the supply price."""
    commission_fen: int
    team_fen: int
    """Both tiers, and the host's share."""
    fee_fen: int
    overhead_fen: int
    subsidy_fen: int = 0
    """What the programme agreed to lose on it."""
    least_supply_fen: int | None = None
    """The lowest supply price that works, other things equal; None where it would not help."""
    least_price_fen: int | None = None
    """The lowest list price that works, likewise."""

    @property
    def margin_fen(self) -> int:
        return self.paid_fen - self.goods_fen

    @property
    def costs_fen(self) -> int:
        return self.commission_fen + self.team_fen + self.fee_fen + self.overhead_fen

    @property
    def left_fen(self) -> int:
        """Below 0: it costs more than it brings."""
        return self.margin_fen - self.costs_fen

    @property
    def is_solvent(self) -> bool:
        return self.left_fen + self.subsidy_fen >= 0


@dataclass(frozen=True)
class Verdict:
    """All ways of selling one product."""

    title: str
    cases: tuple[Case, ...]

    @property
    def worst(self) -> Case:
        return min(self.cases, key=lambda case: case.left_fen)

    @property
    def is_solvent(self) -> bool:
        return self.worst.is_solvent


@dataclass(frozen=True)
class Rates:
    """The most that anybody may take of a sale, in basis points."""

    commission_bp: int
    team_bp: tuple[int, ...]
    fee_bp: int
    overhead_bp: int

    @property
    def total_bp(self) -> int:
        return self.commission_bp + sum(self.team_bp) + self.fee_bp + self.overhead_bp


@dataclass(frozen=True)
class Budget:
    """What the programme may promise a month. `each_fen` is the most of one promise, `most_fen` of
    all: promises already made are kept, so the last one may pass the budget. None: no limit."""

    name: str  # prizes, flash_subsidy, traffic, rank_bonus, coupons
    budget_fen: int
    each_fen: int | None
    most_fen: int | None


def check_product(work: Work, product: Goods) -> Verdict:
    """Every way it may be sold, at its worst."""
    return verdict(work.rules, product)


def need_solvent(work: Work, product: Goods) -> Verdict:
    """As `check_product`. Insolvent when a way costs more than it brings, and more than the subsidy
    that was agreed."""
    found = verdict(work.rules, product)
    worst = found.worst
    if not worst.is_solvent:
        raise Insolvent(
            found.title,
            worst.way,
            worst.margin_fen,
            worst.costs_fen,
            worst.left_fen,
            worst.least_supply_fen,
            worst.least_price_fen,
        )
    return found


def verdict(rules: Rules, product: Goods) -> Verdict:
    """As `check_product`, by rules alone."""
    cases = tuple(replace(case, subsidy_fen=product.subsidy_fen) for case in _cases(rules, product))
    return Verdict(product.title, cases)


def at_price(rules: Rules, product: Goods, way: Way, paid_fen: int) -> Case:
    """A piece for which the buyer pays so much, by commission: an offer's floor, too."""
    rates = _rates(rules, product.commission_bp)
    return _case(way, paid_fen, product.cost_fen, rates)


def least_paid(rules: Rules, product: Goods) -> int | None:
    """The lowest price of a piece, by commission, that loses no more than the product's subsidy;
    None where no price would do."""
    return _least_paid(rules, product)


def budgets(rules: Rules) -> tuple[Budget, ...]:
    """The programme's monthly budgets."""
    monthly, traffic, coupons = rules.budgets, rules.plan.traffic, rules.coupons
    prize_fen = rules.lottery.prize_limit_fen if rules.lottery.enabled else 0
    bonus_fen = max(rule.bonus_fen for _, rule in rules.plan.ranks.items())
    tier_fen = max((tier.reward_fen for tier in traffic.tiers), default=0)
    by_number_fen = coupons.per_month * coupons.off_fen if coupons.enabled else 0
    return (
        Budget("prizes", monthly.prizes_fen, prize_fen, monthly.prizes_fen),
        Budget("flash_subsidy", monthly.flash_subsidy_fen, None, monthly.flash_subsidy_fen),
        Budget("traffic", traffic.budget_fen, tier_fen, traffic.budget_fen + tier_fen),
        Budget("rank_bonus", monthly.rank_bonus_fen, bonus_fen, None if bonus_fen else 0),
        Budget(
            "coupons",
            monthly.coupons_fen,
            coupons.off_fen,
            min(by_number_fen, monthly.coupons_fen),
        ),
    )


def _cases(rules: Rules, product: Goods) -> Iterator[Case]:
    price_fen, coupons = product.price_fen, rules.coupons
    least_fen = _least_paid(rules, product)
    case = at_price(rules, product, Way.LIST, price_fen)
    yield replace(case, least_price_fen=least_fen)
    if coupons.enabled and price_fen >= coupons.minimum_fen:
        case = at_price(rules, product, Way.COUPON, price_fen - coupons.off_fen)
        yield replace(case, least_price_fen=least_fen and least_fen + coupons.off_fen)
    if product.discount_bp:
        off_fen = share_floor(price_fen, product.discount_bp)
        case = at_price(rules, product, Way.DISCOUNT, price_fen - off_fen)
        list_fen = least_fen and gross_of(least_fen, product.discount_bp)
        yield replace(case, least_price_fen=list_fen)
    if product.markup_allowed:
        yield _markup(rules, product)


def _markup(rules: Rules, product: Goods) -> Case:
    """At list price, where team rewards, fee and overhead are highest and the programme still has
    no more than supply price less cost."""
    above_fen = product.price_fen - product.supply_fen
    rates = replace(_rates(rules, 0), commission_bp=0)
    case = _case(Way.MARKUP, product.price_fen, product.cost_fen + above_fen, rates)
    least_fen = product.cost_fen + max(0, case.costs_fen - product.subsidy_fen)
    return replace(case, least_supply_fen=least_fen if least_fen <= product.price_fen else None)


def _case(way: Way, paid_fen: int, goods_fen: int, rates: Rates) -> Case:
    return Case(
        way=way,
        paid_fen=paid_fen,
        goods_fen=goods_fen,
        commission_fen=share_floor(paid_fen, rates.commission_bp),
        team_fen=sum(share_floor(paid_fen, rate_bp) for rate_bp in rates.team_bp),
        fee_fen=share_ceiling(paid_fen, rates.fee_bp),
        overhead_fen=share_ceiling(paid_fen, rates.overhead_bp),
    )


def _rates(rules: Rules, commission_bp: int) -> Rates:
    plan = rules.plan
    ladder = [rule for _, rule in plan.ranks.items()]
    uplift_bp = max(rule.uplift_bp for rule in ladder)
    tiers_bp = (max(rule.tier2_bp for rule in ladder), max(rule.tier3_bp for rule in ladder))
    return Rates(
        commission_bp=min(commission_bp + uplift_bp, plan.commission.max_bp),
        team_bp=(*tiers_bp, plan.live.host_share_bp),
        fee_bp=plan.payment_fee_bp,
        overhead_bp=plan.overhead_bp,
    )


def _least_paid(rules: Rules, product: Goods) -> int | None:
    """The least a buyer must pay by commission, so that nothing is lost beyond the subsidy."""
    rates = _rates(rules, product.commission_bp)
    if rates.total_bp >= BP_WHOLE:
        return None
    needed_fen = max(0, product.cost_fen - product.subsidy_fen)
    # Shares are rounded down, each by less than a fen: below this nothing can work.
    paid_fen = gross_of(max(0, needed_fen - len(rates.team_bp) - 1), rates.total_bp)
    while _case(Way.LIST, paid_fen, needed_fen, rates).left_fen < 0:
        paid_fen += 1
    return paid_fen
