"""Fraud: what holds an order, what ends a hold, what a verdict does."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import AlreadyJudged, NotStaff, OwnCase
from commerce.goods import recipients, sales
from commerce.goods.orders import Order
from commerce.goods.recipients import Recipient
from commerce.money import audit, explaining, ledger, refunds, releases, settlement
from commerce.money.earnings import Earning
from commerce.money.earnings import State as LineState
from commerce.outbox import Outgoing
from commerce.people import members, ranks
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.people.ranks import SalesDay
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust import fraud, pardons, records, scoring
from commerce.trust.fraud import FraudHold, Reason, Verdict
from commerce.work import Office, Work
from handlers import explanations
from tests.commerce.sales import lines, live, paid_order, product
from tests.commerce.stars import later, reviewer, star, visitor
from tests.people import Clock

HOME = Recipient("阿芳", "13800006688", "杭州市西湖区文三路 1 号")


@dataclass
class Family:
    """amy invited bo, bo invited chen; all 一星."""

    amy: Member
    bo: Member
    chen: Member


def family(work: Work) -> Family:
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)
    for member in (amy, bo, chen):
        member.rank = Rank.ONE_STAR
    return Family(amy, bo, chen)


def sold(work: Work, promoter: Member, buyer: Member | None = None, **fields) -> Order:
    return paid_order(
        work, buyer or regular(work), promoter, fields.pop("base_fen", 94_00), **fields
    )


def regular(work: Work) -> Member:
    """A buyer who has been there for long."""
    buyer = visitor(work)
    buyer.created_at -= timedelta(days=30)
    work.session.flush()
    return buyer


def sent_to(work: Work, recipient: Recipient) -> dict[str, str]:
    phone, address = recipients.traces(work, recipient)
    return {"phone_trace": phone, "address_trace": address}


def holds(work: Work, order: Order) -> list[str]:
    rows = select(FraudHold.reason).where(FraudHold.order_id == order.id)
    return sorted(work.session.scalars(rows))


def told(work: Work, member: Member) -> list[str]:
    rows = select(Outgoing).where(Outgoing.member_id == member.id).order_by(Outgoing.id)
    return [row.said["notice"] for row in work.session.scalars(rows)]


# Payer, phone or address


@pytest.mark.parametrize("whose", ["amy", "bo", "chen"])
@pytest.mark.parametrize("same", ["phone", "address"])
def test_the_phone_or_address_of_who_earns_holds_the_order(work, whose, same):
    people = family(work)
    elsewhere = Recipient("小红", "13900001111", "上海市静安区南京西路 9 号")
    own = (
        Recipient("我", HOME.phone, elsewhere.address)
        if same == "phone"
        else (Recipient("我", elsewhere.phone, HOME.address))
    )
    recipients.save(work, getattr(people, whose).id, own)
    order = sold(work, people.chen, **sent_to(work, HOME))

    scoring.score_order(work, order.id)
    scoring.score_order(work, order.id)

    assert holds(work, order) == [Reason.SAME_PERSON]
    assert order.open_holds == 1
    assert told(work, people.chen).count("fraud_held") == 1


def test_an_address_they_bought_to_before_counts_too(work):
    people = family(work)
    sold(work, people.amy, people.chen, **sent_to(work, HOME))
    order = sold(work, people.chen, **sent_to(work, HOME))

    scoring.score_order(work, order.id)

    assert holds(work, order) == [Reason.SAME_PERSON]


def test_the_payer_is_recognised_by_the_providers_id(work):
    people = family(work)
    openid = "o-chen-pays"
    from commerce.people.identities import Identity

    work.session.add(
        Identity(
            member_id=people.chen.id,
            channel="official",
            external_id=openid,
            created_at=work.now,
        )
    )
    order = sold(work, people.chen, payer_trace=scoring.payer_trace(work, openid))
    other = sold(work, people.chen, payer_trace=scoring.payer_trace(work, "o-somebody"))

    for one in (order, other):
        scoring.score_order(work, one.id)

    assert (holds(work, order), holds(work, other)) == ([Reason.SAME_PERSON], [])


def test_what_is_nobodys_who_earns_is_not_held(work):
    people = family(work)
    stranger = star(work, "stranger")
    recipients.save(work, stranger.id, HOME)
    order = sold(work, people.chen, **sent_to(work, HOME))
    without_address = sold(work, people.chen)

    for one in (order, without_address):
        scoring.score_order(work, one.id)

    assert (holds(work, order), holds(work, without_address)) == ([], [])


def test_who_buys_openly_is_no_suspect(work):
    # bo buys by chen's link: bo's own line is not made, and bo's own address proves nothing.
    people = family(work)
    recipients.save(work, people.bo.id, HOME)
    order = sold(work, people.chen, people.bo, **sent_to(work, HOME))
    own = sold(work, people.bo, people.bo, **sent_to(work, HOME))

    for one in (order, own):
        scoring.score_order(work, one.id)

    assert (holds(work, order), holds(work, own)) == ([], [])


# One address


def test_the_fifth_order_to_one_address_within_a_day_holds_all_five(work):
    people = family(work)
    orders = []
    for hours in (0, 5, 10, 15, 23.9):
        at = later(work, hours=hours)
        orders.append(sold(at, people.chen, **sent_to(work, HOME)))
        scoring.score_order(at, orders[-1].id)
        if len(orders) == 4:
            assert [holds(work, one) for one in orders] == [[]] * 4

    assert [holds(work, one) for one in orders] == [[Reason.SAME_ADDRESS]] * 5
    # One message to the star for all of them, with an end.
    [row] = [
        row
        for row in work.session.scalars(
            select(Outgoing).where(Outgoing.member_id == people.chen.id)
        )
        if row.said["notice"] == "fraud_held"
    ]
    assert row.said["facts"]["orders"] == 5
    assert row.said["facts"]["until"] == later(work, hours=23.9, days=7).now.isoformat()


def test_five_orders_in_more_than_a_day_are_nothing(work):
    people = family(work)
    orders = []
    for hours in (0, 6, 12, 18, 24):  # The first is exactly 24 hours old: out.
        at = later(work, hours=hours)
        orders.append(sold(at, people.chen, **sent_to(work, HOME)))
        scoring.score_order(at, orders[-1].id)

    assert [holds(work, one) for one in orders] == [[]] * 5


def test_a_basket_of_five_is_one_purchase(work):
    from commerce.money.payments import Payment

    people = family(work)
    buyer = regular(work)
    payment = Payment(
        key="basket", buyer_id=buyer.id, amount_fen=1, created_at=work.now, expires_at=work.now
    )
    work.session.add(payment)
    work.session.flush()
    orders = [
        sold(work, people.chen, buyer, payment_id=payment.id, **sent_to(work, HOME))
        for _ in range(5)
    ]

    scoring.score_order(work, orders[-1].id)

    assert [holds(work, one) for one in orders] == [[]] * 5


# Refunds


@pytest.mark.parametrize(
    ("total", "refunded", "is_met"),
    [
        (10, 4, False),  # 40 % is not above 40 %.
        (10, 5, True),
        (12, 5, True),  # 41.7 %
        (9, 9, False),  # Fewer than ten say nothing.
    ],
)
def test_more_than_forty_per_cent_of_ten_orders_refunded(work, total, refunded, is_met):
    people = family(work)
    orders = [sold(work, people.chen) for _ in range(total)]
    for number, order in enumerate(orders[:refunded]):
        refunds.refund(work, order.id, 1_00, key=f"r{number}")

    scoring.score_promoter(work, people.chen.id)

    expected = [Reason.MANY_REFUNDS] if is_met else []
    assert [holds(work, one) for one in orders] == [expected] * total


def test_refunds_of_more_than_thirty_days_ago_are_forgotten(work):
    people = family(work)
    orders = [sold(work, people.chen) for _ in range(10)]
    for number, order in enumerate(orders[:9]):
        refunds.refund(work, order.id, 1_00, key=f"r{number}")

    scoring.score_promoter(later(work, days=30), people.chen.id)

    assert [holds(work, one) for one in orders] == [[]] * 10


def test_a_refund_has_its_promoter_looked_at_once_in_ten_minutes(work):
    people = family(work)
    first, second = sold(work, people.chen), sold(work, people.chen)

    refunds.refund(later(work, minutes=1), first.id, 1_00, key="r1")
    refunds.refund(later(work, minutes=9), second.id, 1_00, key="r2")

    [task] = work.session.scalars(select(DueTask).where(DueTask.task == "score_promoter"))
    assert (task.due_at - work.now, task.args) == (
        timedelta(minutes=11),
        {"member_id": people.chen.id},
    )


# Young accounts


def young(work: Work, hours: float) -> Member:
    buyer = visitor(work)
    buyer.created_at = work.now - timedelta(hours=hours)
    work.session.flush()
    return buyer


@pytest.mark.parametrize(
    ("from_young", "from_old", "is_met"),
    [
        ([60_00] * 10, [40_00] * 10, False),  # 600 of 1 000 is 60 %, not above it.
        ([60_01] + [60_00] * 9, [40_00] * 10, True),
        ([60_00] * 9, [], False),  # Fewer than ten orders say nothing.
        ([60_00] * 10, [], True),
    ],
)
def test_more_than_sixty_per_cent_from_accounts_of_less_than_two_days(
    work, from_young, from_old, is_met
):
    people = family(work)
    new = [sold(work, people.chen, young(work, 47.9), base_fen=fen) for fen in from_young]
    old = [sold(work, people.chen, young(work, 48), base_fen=fen) for fen in from_old]

    scoring.score_promoter(work, people.chen.id)

    expected = [Reason.YOUNG_BUYERS] if is_met else []
    assert [holds(work, one) for one in new] == [expected] * len(new)
    assert [holds(work, one) for one in old] == [[]] * len(old)


# When it runs


def test_a_paid_order_is_scored_by_the_agenda_and_not_at_the_payment(work):
    people = family(work)
    goods = product(work)
    order = Order(
        key="o",
        buyer_id=regular(work).id,
        product_id=goods.id,
        quantity=1,
        list_fen=99_00,
        unit_fen=99_00,
        base_fen=99_00,
        commission_bp=2000,
        supply_fen=50_00,
        promoter_id=people.chen.id,
        created_at=work.now,
    )
    work.session.add(order)
    work.session.flush()

    sales.order_paid(work, order, paid_at=work.now)

    tasks = {row.task: row.args for row in work.session.scalars(select(DueTask))}
    assert tasks["score_order"] == {"order_id": order.id}
    assert tasks["score_promoter"] == {"member_id": people.chen.id}
    assert holds(work, order) == []


# A hold and its end


def test_a_hold_keeps_the_lines_until_a_person_says_innocent(office, clock: Clock):
    with office.work() as work:
        people, colleague = family(work), reviewer(work)
        order = sold(work, people.chen)
        [row] = fraud.hold(work, [order], Reason.SAME_PERSON)
        assert fraud.hold(work, [order], Reason.SAME_PERSON) == []
    settlement.settle(office, order.escrow)
    clock.passes(days=16)
    assert office.do(releases.release) == 0

    with office.work() as work:
        held, one = fraud.need_open(work, row.id, by=colleague)
        assert fraud.judge(work, one, Verdict.INNOCENT, by=colleague)
        assert told(work, people.chen)[-1] == "fraud_cleared"
        assert (held.verdict, one.open_holds) == (Verdict.INNOCENT, 0)

    assert office.do(releases.release) == 1
    with office.reading() as work:
        assert ledger.balances(work, people.chen.id).available_fen == 18_80


def test_a_hold_nobody_judges_ends_after_seven_days(office, clock: Clock):
    with office.work() as work:
        people = family(work)
        order = sold(work, people.chen)
        fraud.hold(work, [order], Reason.SAME_PERSON)
        task = work.session.scalars(select(DueTask).where(DueTask.task == "lift_holds")).one()
        assert task.due_at == work.now + timedelta(days=7)

    clock.passes(days=7, seconds=-1)
    office.do(lambda work: fraud.lift(work, **task.args))
    with office.reading() as work:
        assert work.session.get_one(Order, order.id).open_holds == 1
    clock.passes(seconds=1)
    for _ in range(2):
        office.do(lambda work: fraud.lift(work, **task.args))

    with office.work() as work:
        assert work.session.get_one(Order, order.id).open_holds == 0
        assert work.session.scalars(select(FraudHold.verdict)).one() == Verdict.LAPSED
        assert told(work, people.chen)[-1] == "fraud_cleared"


def test_what_is_released_or_earns_nothing_is_not_held(work):
    people = family(work)
    done, own = sold(work, people.chen), sold(work, people.chen, people.chen)
    done.completed_at = work.now
    nobodys = paid_order(work, regular(work), None)

    assert fraud.hold(work, [done, own, nobodys], Reason.SAME_ADDRESS) == []


# Guilty


@pytest.mark.parametrize("when", ["before the settlement", "pending", "available", "withdrawn"])
def test_guilty_takes_every_line_back_whole_from_where_it_is(office, clock: Clock, when):
    with office.work() as work:
        people, colleague = family(work), reviewer(work)
        order = sold(work, people.chen)
    if when != "before the settlement":
        settlement.settle(office, order.escrow)
    if when in ("available", "withdrawn"):
        clock.passes(days=15)
        office.do(releases.release)
    if when == "withdrawn":
        move = ledger.Move(ledger.available(people.chen.id), ledger.WORLD, 18_80)
        office.do(lambda work: ledger.post(work, "away", move))

    for _ in range(2):
        office.do(lambda work: fraud.judge(work, order, Verdict.GUILTY, by=colleague))
    settlement.settle(office, order.escrow)

    # chen 18.80, bo 5 % = 4.70, amy 3 % = 2.82: void, reversed whole.
    with office.reading() as work:
        assert [(one.amount_fen, one.reversed_fen, one.state) for one in lines(work, order)] == [
            (18_80, 18_80, LineState.VOID),
            (4_70, 4_70, LineState.VOID),
            (2_82, 2_82, LineState.VOID),
        ]
        held = ledger.balances(work, people.chen.id)
        debt_fen = 18_80 if when == "withdrawn" else 0
        assert (held.pending_fen, held.available_fen, held.debt_fen) == (0, 0, debt_fen)
        assert ledger.balance_fen(work, ledger.SALES) == 94_00
        assert work.session.get_one(Order, order.id).voided_at is not None
    assert audit.audit(office).findings == ()


def test_guilty_after_a_partial_refund_takes_what_still_stands(office):
    with office.work() as work:
        people = family(work)
        order = sold(work, people.amy)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))

    office.do(lambda work: fraud.judge(work, order, Verdict.GUILTY))
    office.do(lambda work: refunds.refund(work, order.id, 64_00, key="r2"))

    # 18.80: 6.00 by the refund, 12.80 by the verdict, nothing by the refund after it.
    with office.reading() as work:
        [line] = lines(work, order)
        assert (line.reversed_fen, line.state) == (18_80, LineState.VOID)
        assert ledger.balances(work, people.amy.id) == ledger.Balances()


@pytest.mark.parametrize(
    ("refund_before_fen", "refund_after_fen", "released"),
    [(0, 0, False), (30_00, 0, False), (0, 0, True), (30_00, 0, True), (30_00, 20_00, True)],
)
def test_guilty_removes_exactly_the_gmv_the_order_had_brought(
    office, clock: Clock, refund_before_fen, refund_after_fen, released
):
    with office.work() as work:
        people = family(work)
        evening = live(work, people.chen)
        kept = sold(work, people.chen, live=evening, base_fen=50_00)
        order = sold(work, people.chen, live=evening)
        del kept
    settlement.settle(office, order.escrow)
    if refund_before_fen:
        office.do(lambda work: refunds.refund(work, order.id, refund_before_fen, key="b"))
    if released:
        clock.passes(days=15)
        office.do(releases.release)
        clock.passes(days=1)
    if refund_after_fen:
        office.do(lambda work: refunds.refund(work, order.id, refund_after_fen, key="a"))

    office.do(lambda work: fraud.judge(work, order, Verdict.GUILTY))

    # The other order's 50.00 stays, on its way or counted, and in the 30-day view.
    with office.reading() as work:
        chen = work.session.get_one(Member, people.chen.id)
        expected = (50_00, 0) if released else (0, 50_00)
        assert (chen.gmv_fen, chen.pending_gmv_fen) == expected
        assert work.session.scalars(select(SalesDay.gmv_fen)).all() == [50_00]


@pytest.mark.parametrize("when", ["before the settlement", "pending", "available", "withdrawn"])
def test_an_overturned_verdict_brings_every_line_back_by_new_entries(office, clock: Clock, when):
    with office.work() as work:
        people, colleague = family(work), reviewer(work, Role.ADMIN)
        order = sold(work, people.chen, live=live(work, people.chen))
    brought_to(when, office, clock, order)
    before = standing(office, people)
    office.do(lambda work: fraud.judge(work, order, Verdict.GUILTY, by=colleague))
    settlement.settle(office, order.escrow)
    entries = entry_keys(office)

    def overturned(work: Work) -> Order | None:
        return pardons.overturn(work, 1, by=colleague, reason="是快递柜")

    assert office.do(overturned) is not None
    assert office.do(overturned) is None

    # chen 18.80, bo 4.70, amy 2.82 again: nothing that was written before is gone.
    state = LineState.AVAILABLE if when in ("available", "withdrawn") else LineState.PENDING
    with office.reading() as work:
        assert [(one.amount_fen, one.reversed_fen, one.state) for one in lines(work, order)] == [
            (18_80, 0, state),
            (4_70, 0, state),
            (2_82, 0, state),
        ]
        assert work.session.scalars(select(SalesDay.gmv_fen)).all() == [94_00]
        assert told(work, people.amy)[-1] == "fraud_overturned"
    if when == "before the settlement":
        pending = [ledger.Balances(pending_fen=fen) for fen in (18_80, 4_70, 2_82)]
        before = (pending, *before[1:])
    assert standing(office, people) == before
    assert entry_keys(office)[: len(entries)] == entries
    assert len(entry_keys(office)) == len(entries) + 3
    assert audit.audit(office).findings == ()


def brought_to(when: str, office: Office, clock: Clock, order: Order) -> None:
    if when != "before the settlement":
        settlement.settle(office, order.escrow)
    if when in ("available", "withdrawn"):
        clock.passes(days=15)
        office.do(releases.release)
    if when == "withdrawn":
        move = ledger.Move(ledger.available(order.promoter_id), ledger.WORLD, 18_80)
        office.do(lambda work: ledger.post(work, "away", move))


def standing(office: Office, people: Family) -> tuple[list[ledger.Balances], int, int, bool]:
    """What all three have, and what counts for chen's rank."""
    with office.reading() as work:
        held = [ledger.balances(work, one.id) for one in (people.chen, people.bo, people.amy)]
        chen = work.session.get_one(Member, people.chen.id)
        return held, chen.gmv_fen, chen.pending_gmv_fen, chen.rank_frozen_at is not None


def entry_keys(office: Office) -> list[str]:
    with office.reading() as work:
        rows = select(ledger.JournalEntry.key).order_by(ledger.JournalEntry.id)
        return list(work.session.scalars(rows))


def test_what_was_refunded_while_a_line_was_void_stays_off_it(office, clock: Clock):
    with office.work() as work:
        people, colleague = family(work), reviewer(work, Role.ADMIN)
        order = sold(work, people.amy)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    office.do(lambda work: fraud.judge(work, order, Verdict.GUILTY))
    office.do(lambda work: refunds.refund(work, order.id, 17_00, key="r2"))

    office.do(lambda work: pardons.overturn(work, 1, by=colleague, reason="是快递柜"))

    # 18.80 × 47.00 ÷ 94.00 = 9.40 is off: 6.00 before the verdict, 3.40 by the refund after it.
    with office.reading() as work:
        [line] = lines(work, order)
        assert (line.stands_fen, line.state) == (9_40, LineState.PENDING)
        assert ledger.balances(work, people.amy.id) == ledger.Balances(pending_fen=9_40)
        explained = explanations.words(explaining.explain(work, line))
        for said in (
            "退款共 47.00 元，退回共 9.40 元",
            "核查后作废，退回 12.80 元",
            "重看后撤销判定，恢复 12.80 元",
            "还剩 9.40 元",
        ):
            assert said in explained, explained
    assert audit.audit(office).findings == ()
    clock.passes(days=15)
    office.do(releases.release)
    with office.reading() as work:
        assert ledger.balances(work, people.amy.id) == ledger.Balances(available_fen=9_40)


def test_what_comes_back_late_pays_a_debt_first(office, clock: Clock):
    with office.work() as work:
        people, colleague = family(work), reviewer(work, Role.ADMIN)
        order = sold(work, people.amy)
    settlement.settle(office, order.escrow)
    office.do(lambda work: fraud.judge(work, order, Verdict.GUILTY))
    clock.passes(days=15)
    office.do(releases.release)
    owes = ledger.Move(ledger.debt(people.amy.id), ledger.SALES, 5_00)
    office.do(lambda work: ledger.post(work, "owes", owes))

    office.do(lambda work: pardons.overturn(work, 1, by=colleague, reason="是快递柜"))

    with office.reading() as work:
        assert ledger.balances(work, people.amy.id) == ledger.Balances(available_fen=13_80)
        [line] = lines(work, order)
        explained = explanations.words(explaining.explain(work, line))
        assert "恢复 18.80 元，先抵扣欠款 5.00 元。" in explained
    assert audit.audit(office).findings == ()


def test_who_was_suspended_acts_again_when_a_third_verdict_is_overturned(work):
    people, colleague = family(work), reviewer(work, Role.ADMIN)
    for _ in range(3):
        fraud.judge(work, sold(work, people.chen), Verdict.GUILTY)
    assert people.chen.state == MemberState.SUSPENDED

    pardons.overturn(work, 3, by=colleague, reason="是快递柜")

    assert people.chen.is_joined
    assert people.chen.rank_frozen_at is not None  # Two others stand.
    with pytest.raises(NotStaff):
        pardons.overturn(work, 2, by=reviewer(work), reason="不归我管")


def test_the_ladder_of_verdicts(work):
    """三星 → 二星 → 见习 → suspended; frozen from the first on."""
    people, colleague = family(work), reviewer(work)
    people.chen.rank = Rank.THREE_STAR
    seen = []
    for _ in range(4):
        if people.chen.is_joined:
            order = sold(work, people.chen)
            fraud.judge(work, order, Verdict.GUILTY, by=colleague)
        seen.append((Rank(people.chen.rank), people.chen.state))

    assert seen == [
        (Rank.TWO_STAR, MemberState.JOINED),
        (Rank.TRAINEE, MemberState.JOINED),
        (Rank.TRAINEE, MemberState.SUSPENDED),
        (Rank.TRAINEE, MemberState.SUSPENDED),
    ]


def test_a_frozen_rank_climbs_again_when_it_is_lifted_and_repeats_no_bonus(work):
    people, boss = family(work), reviewer(work, Role.ADMIN)
    chen = people.chen
    chen.rank = Rank.HUNDRED_STAR
    chen.gmv_fen = 4_000_000_00
    from tests.commerce.stars import approved_video

    approved_video(work, chen, 1_000_000)
    assert ranks.evaluate(work, chen.id) == Rank.THOUSAND_STAR
    fraud.judge(work, sold(work, chen), Verdict.GUILTY, by=boss)
    assert ranks.evaluate(work, chen.id) == Rank.HUNDRED_STAR

    with pytest.raises(NotStaff):
        pardons.unfreeze(work, chen.id, by=reviewer(work))
    pardons.unfreeze(work, chen.id, by=boss)

    assert chen.rank == Rank.THOUSAND_STAR
    bonuses = select(Earning).where(Earning.member_id == chen.id, Earning.kind == "rank_bonus")
    assert len(work.session.scalars(bonuses).all()) == 1


def test_one_verdict_ends_all_holds_of_an_order_and_demotes_once(work):
    people, colleague = family(work), reviewer(work)
    people.chen.rank = Rank.THREE_STAR
    order = sold(work, people.chen)
    [first] = fraud.hold(work, [order], Reason.SAME_PERSON)
    [second] = fraud.hold(work, [order], Reason.SAME_ADDRESS)
    assert order.open_holds == 2

    _, one = fraud.need_open(work, first.id, by=colleague)
    fraud.judge(work, one, Verdict.GUILTY, by=colleague)

    assert (order.open_holds, people.chen.rank) == (0, Rank.TWO_STAR)
    with pytest.raises(AlreadyJudged):
        fraud.need_open(work, second.id, by=colleague)
    assert not fraud.judge(work, order, Verdict.INNOCENT, by=colleague)


def test_who_may_not_judge(work):
    people, colleague = family(work), reviewer(work)
    own = sold(work, colleague)
    bought = sold(work, people.chen, colleague)
    other = sold(work, people.chen)

    for order in (own, bought):
        with pytest.raises(OwnCase):
            fraud.judge(work, order, Verdict.INNOCENT, by=colleague)
    with pytest.raises(NotStaff):
        fraud.judge(work, other, Verdict.GUILTY, by=people.amy)


def test_a_hold_or_a_verdict_is_no_evidence(work):
    """Ten orders, all held and some judged: the record of the promoter says nothing."""
    people = family(work)
    orders = [sold(work, people.chen) for _ in range(10)]
    fraud.hold(work, orders, Reason.SAME_ADDRESS)
    for order in orders[:6]:
        fraud.judge(work, order, Verdict.GUILTY)

    assert not scoring.has_many_refunds(work, members.get(work, people.chen.id))
    assert not scoring.has_young_buyers(work, members.get(work, people.chen.id))


def test_what_a_colleague_sees_before_judging(work):
    people = family(work)
    orders = [sold(work, people.chen) for _ in range(3)]
    refunds.refund(work, orders[0].id, 1_00, key="r")
    rows = fraud.hold(work, orders, Reason.MANY_REFUNDS)
    fraud.judge(work, orders[2], Verdict.GUILTY)

    found = records.record_of(work, people.chen, timedelta(days=30))

    assert (found.orders, found.refunded, found.guilty) == (3, 1, 1)
    assert [one.id for one in records.held_with(work, rows[0])] == [one.id for one in orders[:2]]
