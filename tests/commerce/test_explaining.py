"""Every line explains itself, and whoever reckons again from the words comes to the same fen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from commerce.goods.orders import Mode, Order
from commerce.money import explaining, refunds, releases, reversals, settlement
from commerce.money.earnings import Earning, Kind, State
from commerce.money.explaining import Explanation, recompute
from commerce.money.holds import Waits
from commerce.people import members
from commerce.rules import Rank
from commerce.trust.after_sales import AfterSale
from commerce.trust.fraud import FraudHold
from commerce.work import Office, Work
from handlers.explanations import words
from tests.commerce.sales import lines, live, paid_order, product
from tests.commerce.test_settlement import Family, family
from tests.handlers.reckoning import reckoned
from tests.people import Clock

__all__ = ["family"]


def explained(work: Work, order: Order) -> list[Explanation]:
    return explaining.explain_all(work, lines(work, order))


def settled(office: Office, order: Order) -> list[Explanation]:
    settlement.settle(office, order.escrow or "")
    with office.reading() as work:
        return explained(work, order)


ORDERS = st.fixed_dictionaries(
    {
        "base_fen": st.integers(1, 3_000_000_00),
        "coupon_fen": st.sampled_from([0, 5_00]),
        "quantity": st.integers(1, 7),
        "commission_bp": st.integers(1000, 3000),
        "rank": st.sampled_from(Rank),
        "markup": st.booleans(),
        "refunds": st.lists(st.integers(1, 99), max_size=3),
        "early": st.booleans(),
    }
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=ORDERS)
def test_the_words_recompute_to_the_same_fen(office: Office, family: Family, drawn):
    order = _bought(office, family, drawn)
    if not drawn["early"]:
        settlement.settle(office, order.escrow)
    for number, percent in enumerate(drawn["refunds"]):
        _refunded(office, order, percent, key=f"{order.id}:{number}")
    with office.reading() as work:
        now = work.session.get_one(Order, order.id)
        ids = (family.amy.id, family.bo.id, family.chen.id)
        for one in explaining.estimate(work, now, ids):
            assert reckoned(one) == (one.amount_fen, one.reversed_fen)

    settlement.settle(office, order.escrow)

    with office.reading() as work:
        found = explained(work, order)
        assert len(found) == len(lines(work, order))
        for line, one in zip(lines(work, order), found, strict=True):
            assert reckoned(one) == (line.amount_fen, line.reversed_fen)
            assert recompute(one) == line.amount_fen
            assert sum(taken.amount_fen for taken in one.taken_back) == line.reversed_fen


def _bought(office: Office, family: Family, drawn) -> Order:
    with office.work() as work:
        for member in (family.amy, family.bo, family.chen):
            work.session.merge(member).rank = drawn["rank"]
    with office.work() as work:
        quantity, base_fen = drawn["quantity"], drawn["base_fen"]
        goods = product(work, base_fen + 10_00)
        order_fields = {"coupon_fen": min(drawn["coupon_fen"], 5_00)}
        if drawn["markup"]:
            order_fields |= {"mode": Mode.MARKUP, "coupon_fen": 0}
            base_fen = base_fen // quantity * quantity or quantity
            goods.supply_fen = goods.cost_fen = base_fen // quantity // 2
        goods.commission_bp = drawn["commission_bp"]
        return paid_order(
            work,
            family.dan,
            family.chen,
            base_fen,
            live=live(work, family.amy),
            goods=goods,
            quantity=quantity,
            **order_fields,
        )


def _refunded(office: Office, order: Order, percent: int, *, key: str) -> None:
    """So many per cent of what is left, when that is at least a fen."""

    def give_back(work: Work) -> None:
        now = work.session.get_one(Order, order.id)
        amount_fen = (now.base_fen - now.refunded_fen) * percent // 100
        if amount_fen:
            refunds.refund(work, order.id, amount_fen, key=key, reason="少件")

    office.do(give_back)


def test_a_line_of_one_s_own_sale(office: Office, family: Family):
    # 二星 adds 2 points to the product's 20 %: 94.00 × 22 % = 20.68. List 99.00, coupon 5.00.
    with office.work() as work:
        work.session.merge(family.amy).rank = Rank.TWO_STAR
    with office.work() as work:
        order = paid_order(
            work, family.dan, members.get(work, family.amy.id), 94_00, coupon_fen=500
        )

    (own,) = settled(office, order)

    assert words(own) == (
        f"订单尾号 {order.tail}，藕粉 10 袋装，带货佣金 20.68 元：\n"
        "实付 94.00 元 = 标价 99.00 − 券 5.00，不含运费\n"
        "比例 22% = 商品 20% + 二星 2%\n"
        "94.00 × 22% = 20.68 元\n"
        "星级按 3月2日 12:00 付款时算。\n"
        "待到账，买家收货满 7 天后可提现，没有物流的按 3月17日。"
    )


def test_the_cap_is_named(office: Office, family: Family):
    # 20 % + 千星 15 % = 35 %, cut at 30 %: 99.00 × 30 % = 29.70.
    with office.work() as work:
        work.session.merge(family.amy).rank = Rank.THOUSAND_STAR
    with office.work() as work:
        order = paid_order(work, family.dan, members.get(work, family.amy.id))

    (own,) = settled(office, order)

    assert "比例：商品 20% + 千星 15% = 35%，按单品上限 30% 算" in words(own)
    assert "99.00 × 30% = 29.70 元" in words(own)


def test_a_price_of_one_s_own_is_explained_by_the_wholesale_price(office: Office, family: Family):
    # Two at 60.00, supplied at 50.00: 120.00 − 100.00 = 20.00.
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy, 120_00, quantity=2, mode=Mode.MARKUP)

    (own,) = settled(office, order)

    assert "实付 120.00 元 = 自定价 60.00 × 2，不含运费" in words(own)
    assert "120.00 − 供货价 50.00 × 2 = 20.00 元，卖高的部分都是你的" in words(own)


def test_a_reward_names_who_sold_and_the_rank_at_payment_not_the_later_one(
    office: Office, family: Family
):
    with office.work() as work:
        work.session.merge(family.bo).rank = Rank.TWO_STAR
    with office.work() as work:
        order = paid_order(work, family.dan, family.chen)
    with office.work() as work:
        work.session.merge(family.bo).rank = Rank.TEN_STAR

    _, parent, grandparent = settled(office, order)

    # 二星: 5 % of 99.00; 一星: 3 %.
    assert "比例 5%：chen卖出，是你邀请的人，你当时是二星" in words(parent)
    assert "99.00 × 5% = 4.95 元" in words(parent)
    assert "比例 3%：chen卖出，是你邀请的人再邀请的人，你当时是一星" in words(grandparent)
    assert "99.00 × 3% = 2.97 元" in words(grandparent)


def test_credit_counts_as_paid_and_says_so(office: Office, family: Family):
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy)
        order.credit_fen = 20_00

    (own,) = settled(office, order)

    assert "实付 99.00 元 = 标价 99.00，不含运费，其中收益抵扣 20.00 元，一样算" in words(own)


def test_an_offer_comes_off_the_list_price(office: Office, family: Family):
    # Sold for 69.00 instead of 99.00: 30.00 less.
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy, 69_00)

    assert "实付 69.00 元 = 标价 99.00 − 优惠 30.00，不含运费" in words(settled(office, order)[0])


def test_a_refund_that_left_debt_is_explained_to_the_fen(
    office: Office, clock: Clock, family: Family
):
    # 99.00 × 20 % = 19.80, released; all of it is gone; the refund of 33.00 takes
    # 19.80 × 33 / 99 = 6.60 back, as debt.
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy)
    settlement.settle(office, order.escrow)
    clock.passes(days=15)
    office.do(releases.release)
    _spent(office, family.amy.id, 19_80)

    office.do(lambda work: refunds.refund(work, order.id, 33_00, key="r"))

    with office.reading() as work:
        (own,) = explained(work, order)
        assert (own.state, own.stands_fen) == (State.AVAILABLE, 13_20)
        assert "退款 33.00 元，退回 6.60 元（记为待抵扣 6.60 元）：" in words(own)
        assert "19.80 × 33.00 ÷ 99.00 = 6.60" in words(own)
        assert "还剩 13.20 元，3月17日 已转为可提现。" in words(own)


def _spent(office: Office, member_id: int, amount_fen: int) -> None:
    from commerce.money import ledger

    move = ledger.Move(ledger.available(member_id), ledger.WORLD, amount_fen)
    office.do(lambda work: ledger.post(work, "spent", move))


def test_a_refund_long_after_the_release_is_the_platform_s(
    office: Office, clock: Clock, family: Family
):
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy)
    settlement.settle(office, order.escrow)
    clock.passes(days=15)
    office.do(releases.release)
    clock.passes(days=91)

    office.do(lambda work: refunds.refund(work, order.id, 99_00, key="r"))

    with office.reading() as work:
        (own,) = explained(work, order)
        assert (own.stands_fen, own.borne_fen) == (19_80, 19_80)
        assert "到账很久以后的退款由平台承担，19.80 元不用你退。" in words(own)


def test_a_verdict_takes_what_refunds_had_left(office: Office, family: Family):
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 33_00, key="r"))

    def void(work: Work) -> None:
        (line,) = lines(work, order)
        reversals.take_back(work, line, line.stands_fen, key="verdict:1")

    office.do(void)

    with office.reading() as work:
        (own,) = explained(work, order)
        assert [taken.refunded_fen for taken in own.taken_back] == [33_00, None]
        assert "3月2日 核查后作废，退回 13.20 元。" in words(own)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("after_sale", "待到账，这单有售后在处理，最晚 3月4日 12:00 有结果。"),
        ("fraud", "待到账，这单在核查：一天里同一个地址下了很多单，最晚 3月5日 12:00 有结果。"),
        ("shipped", "待到账，买家收货满 7 天后可提现，最晚 3月19日。"),
        ("received", "3月5日 签收，3月12日 转为可提现。"),
    ],
)
def test_what_a_line_waits_for(
    case: str, expected: str, office: Office, clock: Clock, family: Family
):
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy)
    settlement.settle(office, order.escrow)
    office.do(lambda work: _kept(work, order.id, case, clock))

    with office.reading() as work:
        assert words(explained(work, order)[0]).splitlines()[-1] == expected


def _kept(work: Work, order_id: int, case: str, clock: Clock) -> None:
    from commerce.goods import fulfilment

    order = work.session.get_one(Order, order_id)
    if case == "after_sale":
        order.open_holds = 1
        until = work.now + work.rules.after_sales.approved_after
        work.session.add(
            AfterSale(order_id=order_id, wanted_fen=1, opened_at=work.now, decide_by=until)
        )
    elif case == "fraud":
        order.open_holds = 1
        work.session.add(
            FraudHold(
                order_id=order_id,
                reason="same_address",
                opened_at=work.now,
                ends_at=work.now + timedelta(days=3),
            )
        )
    else:
        fulfilment.ship(work, order, "SF", "1")
        if case == "received":
            clock.passes(days=3)
            later = Work(work.session, work.rules, clock())
            fulfilment.receive(later, order)


def test_before_settlement_it_says_when(office: Office, clock: Clock, family: Family):
    with office.work() as work:
        evening = live(work, family.amy)
        order = paid_order(work, family.dan, family.amy, live=evening)
        outside = paid_order(work, family.dan, family.amy)

    def waits() -> list[Waits]:
        with office.reading() as work:
            orders = [work.session.get_one(Order, one.id) for one in (order, outside)]
            found = [explaining.estimate(work, one, [family.amy.id])[0] for one in orders]
            return [one.hold.waits for one in found if one.hold]

    assert waits() == [Waits.LIVE, Waits.SETTLEMENT]
    with office.work() as work:
        work.session.merge(evening).ended_at = work.now
    assert waits() == [Waits.SETTLEMENT, Waits.SETTLEMENT]
    clock.passes(minutes=10)
    assert waits() == [Waits.RUNNING, Waits.SETTLEMENT]


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(office.engine, "before_cursor_execute", note)
    yield sent
    event.remove(office.engine, "before_cursor_execute", note)


def test_many_lines_cost_no_more_queries_than_one(office: Office, family: Family):
    with office.work() as work:
        evening = live(work, family.amy)
        orders = [paid_order(work, family.dan, family.chen, live=evening) for _ in range(12)]
    settlement.settle(office, orders[0].escrow)

    def asked(number: int) -> int:
        with office.reading() as work:
            found = [line for order in orders[:number] for line in lines(work, order)]
            with statements(office) as sent:
                explaining.explain_all(work, found)
            return len(sent)

    assert asked(12) == asked(1)


def test_rewards_explain_themselves_too(office: Office, family: Family):
    def reward(kind: Kind, key: str, amount_fen: int) -> Earning:
        return Earning(
            member_id=family.amy.id,
            kind=kind,
            key=key,
            amount_fen=amount_fen,
            created_at=office.clock(),
            held_until=office.clock(),
            awaits_operator=kind is Kind.RANK_BONUS,
        )

    with office.work() as work:
        made = [
            reward(Kind.TRAFFIC_REWARD, "traffic:12:100000", 100_00),
            reward(Kind.TRAFFIC_REWARD, "traffic:12:300000", 200_00),
            reward(Kind.TRAFFIC_REWARD, "traffic:120:300000", 300_00),
            reward(Kind.RANK_BONUS, f"bonus:{family.amy.id}:6", 10_000_00),
        ]
        work.session.add_all(made)
        work.session.flush()
        first, second, other, bonus = explaining.explain_all(work, made)

    assert words(first).startswith(
        "视频 V12，流量奖励 100.00 元：\n播放到 100,000 次，这一档 100.00 元"
    )
    assert "300,000 次，这一档 300.00 元\n300.00 − 这条视频之前给过的 100.00 = 200.00 元" in words(
        second
    )
    assert "这一档 300.00 元" in words(other)
    assert words(bonus) == (
        "升到「千星」，升级奖金 10,000.00 元：\n每个星级只发一次。\n待到账，3月2日 后由运营放行。"
    )
