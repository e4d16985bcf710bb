"""The formula, over every corner of amounts, ranks and uplines: nobody gets what is not there."""

from itertools import product

from commerce.goods.orders import Mode, Order
from commerce.money.earnings import Earning, Kind, Part, earning_lines
from commerce.rules import Rank, Rules
from tests.commerce.rewards import reward
from tests.commerce.stars import star

AMOUNTS = range(1, 2_001)


def order(base_fen: int, **terms: object) -> Order:
    """As it stands after payment; 50 yuan is the supply price of its one piece."""
    frozen: dict[str, object] = {
        "mode": Mode.COMMISSION,
        "quantity": 1,
        "supply_fen": 50_00,
        "earns": True,
        "promoter_id": 1,
        "sales_bp": 0,
        "tier2_bp": 0,
        "tier3_bp": 0,
        "host_bp": 0,
    }
    return Order(id=1, base_fen=base_fen, **{**frozen, **terms})


def test_every_rate_of_every_amount_is_cut_by_less_than_a_fen(rules: Rules, counted):
    plan, corners = rules.plan, 0
    rates = {
        *(min(plan.commission.max_bp, 1000 + rule.uplift_bp) for _, rule in plan.ranks.items()),
        *(rule.tier2_bp for _, rule in plan.ranks.items()),
        *(rule.tier3_bp for _, rule in plan.ranks.items()),
    }
    for rate_bp in rates:
        sold = order(1, sales_bp=rate_bp)
        for base_fen in AMOUNTS:
            sold.base_fen = base_fen
            earned_fen = sum(line.amount_fen for line in earning_lines(sold))
            assert 0 <= base_fen * rate_bp - earned_fen * 10_000 < 10_000
            corners += 1
    counted(f"{corners} shares, 0 violations")


def test_all_lines_together_leave_something_for_the_platform(rules: Rules, counted):
    plan, corners = rules.plan, 0
    ranks = [rule for _, rule in plan.ranks.items()]
    for promoter, parent, grandparent, uplines in product(ranks, ranks, ranks, range(3)):
        sold = order(
            1,
            sales_bp=min(plan.commission.max_bp, 3000 + promoter.uplift_bp),
            parent_id=2 if uplines > 0 else None,
            tier2_bp=parent.tier2_bp,
            grandparent_id=3 if uplines > 1 else None,
            tier3_bp=grandparent.tier3_bp,
        )
        for base_fen in (*range(1, 40), 99, 100, 101, 1999, 2000):
            sold.base_fen = base_fen
            lines = earning_lines(sold)
            assert all(line.amount_fen > 0 for line in lines)
            assert sum(line.amount_fen for line in lines) <= base_fen
            corners += 1
    counted(f"{corners} corners of the formula, 0 violations")


def test_markup_is_what_was_paid_above_the_supply_price():
    [line] = earning_lines(order(130_00, mode=Mode.MARKUP, quantity=2, sales_bp=2000))

    # 2 × 65.00 − 2 × 50.00 = 30.00; the commission plays no part.
    assert (line.kind, line.rate_bp, line.amount_fen) == (Kind.HOST_MARKUP, None, 30_00)


def test_a_markup_order_sold_at_cost_gives_no_line():
    assert earning_lines(order(50_00, mode=Mode.MARKUP)) == []


def test_team_rewards_follow_the_rank_of_who_gets_them():
    terms = {
        "sales_bp": 2200,
        "parent_id": 2,
        "tier2_bp": 700,
        "grandparent_id": 3,
        "tier3_bp": 350,
    }
    lines = earning_lines(order(39_90, **terms))

    # 39.90 × 22 % = 8.778; × 7 % = 2.793; × 3.5 % = 1.3965.
    assert [(line.part, line.amount_fen) for line in lines] == [
        (Part.PROMOTER, 8_77),
        (Part.PARENT, 2_79),
        (Part.GRANDPARENT, 1_39),
    ]


def test_nobody_earns_by_an_order_that_does_not_count():
    assert earning_lines(order(99_00, earns=False, sales_bp=2000)) == []


def test_ranks_without_a_reward_have_no_line():
    assert Rank.TRAINEE == 0
    lines = earning_lines(order(99_00, sales_bp=2000, parent_id=2, tier2_bp=0))

    assert [line.part for line in lines] == [Part.PROMOTER]


def test_a_line_stands_whole_until_something_is_taken_back(work):
    line = reward(work, star(work), "v:1", 1)

    assert (line.reversed_fen, line.stands_fen, line.awaits_operator) == (0, 5_00, False)
    line.reversed_fen = 1_50
    assert line.stands_fen == 3_50


def test_the_tier_of_a_team_reward_is_its_part():
    parts = [(Kind.TEAM_REWARD, part) for part in (Part.PARENT, Part.GRANDPARENT)]
    others = [(Kind.SALES_COMMISSION, Part.HOST), (Kind.TRAFFIC_REWARD, None)]

    found = [Earning(kind=kind, part=part).tier for kind, part in parts + others]

    assert found == [2, 3, None, None]
