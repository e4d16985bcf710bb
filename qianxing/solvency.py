"""The solvency pages of `qianxing check`: what the plan pays out, and what each product leaves."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from commerce.fen import show_yuan
from commerce.goods.products import Product
from commerce.money.solvency import Budget, Case, Verdict, Way, budgets, check_product
from commerce.rules import Rules
from commerce.work import Office
from handlers.words import show_percent
from qianxing.tables import table

MOST = 500
"""Products looked at."""

WAYS = {
    Way.LIST: "按标价卖",
    Way.COUPON: "用券买",
    Way.DISCOUNT: "用千星折扣买",
    Way.MARKUP: "自定价卖",
}
BUDGETS = {
    "prizes": "抽奖奖品",
    "flash_subsidy": "限时价补贴",
    "traffic": "流量奖励",
    "rank_bonus": "升级奖金",
    "coupons": "优惠券",
}


def verdicts(office: Office) -> list[Verdict]:
    """Of every product on sale. None of a database that is away, or has no products yet."""
    rows = select(Product).where(Product.published_at.is_not(None), Product.hidden_at.is_(None))
    try:
        with office.reading() as work:
            found = work.session.scalars(rows.order_by(Product.id).limit(MOST))
            return [check_product(work, product) for product in found]
    except SQLAlchemyError:
        return []


def advice(case: Case) -> str:
    """What would do, for a way of selling that does not pay."""
    if case.least_supply_fen is not None:
        return f"供货价至少 {show_yuan(case.least_supply_fen)} 元"
    if case.least_price_fen is not None:
        return f"标价至少 {show_yuan(case.least_price_fen)} 元"
    return "降成本、提高标价，或关掉自定价"


def pages(rules: Rules, found: Sequence[Verdict]) -> str:
    """The payout table, the products, the budgets."""
    sections = [
        ["分成表 Payouts：每种星级最多拿走实付的多少", *payout_table(rules)],
        ["每月预算 Budgets（元）：用完只停新的承诺，已答应的照付", *budget_table(rules)],
    ]
    if found:
        sections.insert(1, ["商品测算 Solvency（元）：每件按最坏的情况算", *product_table(found)])
    return "\n\n".join("\n".join(lines) for lines in sections)


def payout_table(rules: Rules) -> list[str]:
    """What each rank takes of what a buyer pays, and what that comes to at most."""
    plan = rules.plan
    low, high = plan.commission.min_bp, plan.commission.max_bp
    rows = []
    for rank, rule in plan.ranks.items():
        least, most = min(low + rule.uplift_bp, high), high
        own = f"{show_percent(least)}%–{show_percent(most)}%"
        tiers = (f"{show_percent(rate_bp)}%" for rate_bp in (rule.tier2_bp, rule.tier3_bp))
        rows.append([rank.label, own, *tiers, show_yuan(rule.bonus_fen)])
    heads = ("星级", "自己卖", "邀请的人卖", "他们邀请的人卖", "升级奖金（元）")
    ladder = [rule for _, rule in plan.ranks.items()]
    tiers_bp = max(rule.tier2_bp for rule in ladder) + max(rule.tier3_bp for rule in ladder)
    costs_bp = plan.payment_fee_bp + plan.overhead_bp + plan.live.host_share_bp
    total = show_percent(high + tiers_bp + costs_bp)
    together = (
        f"一单最多付出 {total}% = 佣金 {show_percent(high)}% + 团队奖励 {show_percent(tiers_bp)}%"
        f" + 通道费、杂费和主播分成 {show_percent(costs_bp)}%"
    )
    return [*table(heads, rows, right=".rrrr"), together]


def product_table(found: Sequence[Verdict]) -> list[str]:
    """Every way of selling every product, the ones that do not pay marked."""
    rows = []
    for verdict in found:
        for case in verdict.cases:
            amounts = (case.paid_fen, case.margin_fen, case.costs_fen, case.left_fen)
            mark = "✓" if case.is_solvent else f"✗ {advice(case)}"
            rows.append([verdict.title, WAYS[case.way], *map(show_yuan, amounts), mark])
    heads = ("商品", "怎么卖", "买家付", "毛利", "最多付出", "剩下", "")
    return table(heads, rows, right="..rrrr.")


def budget_table(rules: Rules) -> list[str]:
    heads = ("预算", "每月", "一份最多", "一月最多")
    return table(heads, list(map(_budget_row, budgets(rules))), right=".rrr")


def _budget_row(one: Budget) -> list[str]:
    each, most = (
        "—" if each_fen is None else show_yuan(each_fen)
        for each_fen in (one.each_fen, one.most_fen)
    )
    return [BUDGETS[one.name], show_yuan(one.budget_fen), each, most if most != "—" else "达到就发"]


def losses(found: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    """A title and the advice for every product that does not pay for itself."""
    for verdict in found:
        worst = verdict.worst
        if not verdict.is_solvent:
            loss = show_yuan(-worst.left_fen)
            yield f"商品「{verdict.title}」{WAYS[worst.way]}，每件最多亏 {loss} 元", advice(worst)
