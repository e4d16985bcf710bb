"""What the people of finance do with withdrawals, word for word."""

from datetime import UTC, datetime, timedelta

import pytest

from commerce.money import ledger, pauses, payouts, releases, requests, settlement
from commerce.money import quotes as terms
from commerce.money import withdrawals as book
from commerce.people import staff
from commerce.people.members import get
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust.fraud import FraudHold
from commerce.work import Office
from tests.commerce.purses import earns, named
from tests.commerce.sales import live, paid_order
from tests.people import Cast, Clock, Person

AFTERNOON = datetime(2026, 3, 7, 7, 42, tzinfo=UTC)  # 15:42 in Shanghai.


def colleague(people: Cast, office: Office, name: str, role: Role = Role.FINANCE) -> Person:
    with office.work() as work:
        code = staff.invite(work, role)
    return people(name).joins().says(code)


@pytest.fixture
def zhou(people: Cast, office: Office) -> Person:
    return colleague(people, office, "小周")


@pytest.fixture
def chen_lao(people: Cast, office: Office) -> Person:
    return colleague(people, office, "老陈")


@pytest.fixture
def hong(people: Cast, clock: Clock) -> Person:
    """小红 joined long ago; it is the afternoon of the 7th."""
    hong = people("小红").joins()
    clock.now = AFTERNOON
    number = hong.member.id
    with hong.office.work() as work:
        member = get(work, number)
        assert member.joined_at is not None
        member.joined_at = member.joined_at.replace(year=2025)
        member.rank = Rank.ONE_STAR
    return hong


def asks(person: Person, amount_fen: int, *, has_fen: int | None = None) -> Person:
    """A request, confirmed."""
    number = person.member.id
    with person.office.work() as work:
        member = get(work, number)
        earns(work, member, amount_fen if has_fen is None else has_fen)
        if amount_fen >= 2_000_00:
            named(work, member)
        quoted = terms.quote(work, member, amount_fen)
        requests.request(work, member, quoted, key=f"asks:{number}:{amount_fen}")
    return person


def state(office: Office, number: int = 1) -> str:
    with office.reading() as work:
        return book.find(work, number).state


def test_the_queue(zhou: Person, hong: Person, people: Cast, office: Office):
    zhou.says("待审提现").hears("现在没有待审的提现。")
    asks(hong, 1_200_00)
    qiang, fang = people("阿强").joins(), people("阿芳").follows()
    seller, buyer = qiang.member.id, fang.member.id
    with office.work() as work:
        # 3 of 7 orders refunded: 42.85 %, said in whole per cent.
        for number in range(7):
            order = paid_order(work, get(work, buyer), get(work, seller))
            order.refunded_fen = 1 if number < 3 else 0
        until = work.now + timedelta(days=7)
        hold = FraudHold(reason="many_refunds", opened_at=work.now, ends_at=until)
        hold.order_id = order.id
        work.session.add(hold)
    asks(qiang, 660_00)

    zhou.is_told("有一笔提现待审：W1，1,200.00 元，超过自动额度。")
    zhou.says("待审提现").hears(
        "待审 2 笔，共 1,860.00 元：\n"
        "W1 小红 1,200.00 元，超过自动额度 500.00\n"
        "W2 阿强 660.00 元，近 30 天退款率 42%"
    ).is_offered("看 W1", "看 W2")


def test_a_look_says_where_the_money_comes_from(
    zhou: Person, hong: Person, people: Cast, office: Office, clock: Clock
):
    fang, gang = people("阿芳").follows(), people("小刚").joins(hong.card)
    buyer, seller, mate = fang.member.id, hong.member.id, gang.member.id
    clock.now = hong.member.joined_at.replace(year=2026, month=1, day=20)  # type: ignore[union-attr]
    with office.work() as work:
        places = []
        for _ in range(3):  # 3 × 1 700 × 20 % = 1 020.00
            evening = live(work, get(work, seller))
            paid_order(work, get(work, buyer), get(work, seller), 1_700_00, live=evening)
            places.append(str(evening.id))
        # 3 600 × 5 % = 180.00 for her; the seller's own 20 % are his.
        places.append(str(paid_order(work, get(work, buyer), get(work, mate), 3_600_00).escrow))
    for place in places:
        settlement.settle(office, place)
    clock.now = AFTERNOON
    office.do(releases.release)
    hong.says("提现 1200").says("确认")

    zhou.says("看 W1").hears(
        "W1 小红，一星，加入 370 天\n"
        "提现 1,200.00，手续费 12.00，个税 0.00，到手 1,188.00 元\n"
        "来源：直播 3 场 1,020.00，团队奖励 180.00\n"
        "账目核对一致，未结售后 0，风险标记 0"
    ).is_offered("批准 W1", "拒绝 W1", "转财务")


def test_approved_by_its_number(zhou: Person, hong: Person, people: Cast, office: Office):
    asks(hong, 1_200_00)
    asks(people("阿强").joins(), 660_00)

    zhou.says("批准 W1").hears("批准 W1，付给小红 1,188.00 元？\n2 分钟内回复「1」确认。")
    assert state(office) == "requested"
    zhou.says("1").hears(
        "已批准 W1。\n"
        "3月8日 09:00 起付款，小红要点确认收款。\n"
        "已记录：小周，3月7日 15:42。\n"
        "还有 1 笔："
    ).is_offered("看 W2")
    hong.is_told("W1 通过了，3月8日 09:00 起收款，到时提醒你。")
    zhou.says("批准 W2").says("2").hears_of("已批准 W2。", "待审的都处理完了。")


def test_another_number_or_two_minutes_later_approve_nothing(
    zhou: Person, hong: Person, office: Office, clock: Clock
):
    asks(hong, 1_200_00)

    zhou.says("批准 W1").says("2").hears_of("数字对不上，没有批准。")
    zhou.says("批准 W1")
    clock.passes(minutes=2, seconds=1)
    zhou.says("1").hears_of("过了 2 分钟，没有批准。")
    assert state(office) == "requested"


def test_who_comes_second_is_told(zhou: Person, chen_lao: Person, hong: Person, clock: Clock):
    asks(hong, 1_200_00)
    zhou.says("批准 W1")
    clock.passes(minutes=-1)
    chen_lao.says("拒绝 W1 等补充资料")
    clock.passes(minutes=1)

    zhou.says("1").hears("W1 已被老陈拒绝，15:41，理由：等补充资料。你这次没有生效。").is_offered(
        "看 W1"
    )
    clock.passes(days=1)
    zhou.says("批准 W1").hears_of("W1 已被老陈拒绝，3月7日 15:41，")


def test_above_five_thousand_two_people(
    zhou: Person, chen_lao: Person, hong: Person, office: Office
):
    asks(hong, 6_000_00)

    zhou.says("批准 W1").says("1").hears(
        "你的批准已记下，还要第二个人，已发给老陈。\n同一个人批两次不算。"
    )
    zhou.says("批准 W1").says("1").hears_of("你已经批准过，还要第二个人。")
    assert state(office) == "requested"
    chen_lao.is_told("W1，6,000.00 元，小周批准了，还要第二个人。")
    chen_lao.says("批准 W1").says("1").hears_of("已批准 W1。")
    assert state(office) == "approved"


def test_rejected_with_a_reason_that_is_read_as_it_is(zhou: Person, hong: Person, office: Office):
    asks(hong, 660_00)

    zhou.says("拒绝 W1").hears("写一句理由，小红会原样看到：")
    zhou.says("近 30 天退款偏多，等 3月12日 售后结束再提").hears(
        "已拒绝 W1，660.00 元退回小红的可提现。\n已通知他，可申诉到 3月14日。"
    )
    hong.is_told(
        "W1 没有通过，660.00 元全额退回可提现。\n"
        "理由：近 30 天退款偏多，等 3月12日 售后结束再提\n"
        "觉得不对，3月14日 前回复「申诉 W1」。"
    )
    hong.says("申诉 W1").says("都已经办完了，请再看看").hears_of("申诉收到，编号 C1。")
    assert state(office) == "rejected"
    number = hong.member.id
    with office.reading() as work:
        assert ledger.balances(work, number).available_fen == 660_00


def test_nobody_decides_their_own(zhou: Person, office: Office, clock: Clock):
    clock.now = AFTERNOON
    asks(zhou, 660_00)

    zhou.says("批准 W1").hears_of("自己不能批")
    zhou.says("拒绝 W1 不").hears_of("自己不能批")
    assert state(office) == "requested"


def test_passed_on_to_the_others_of_finance(zhou: Person, chen_lao: Person, hong: Person):
    asks(hong, 660_00)

    zhou.says("看 W1").says("转财务").hears("W1 转给老陈了，已记录。")
    chen_lao.is_told("小周请你看看 W1。")


@pytest.mark.parametrize(
    "words",
    ["待审提现", "看 W1", "批准 W1", "拒绝 W1 不好", "转财务 W1", "恢复付款"],
)
def test_only_finance_may(words: str, people: Cast, office: Office, hong: Person):
    asks(hong, 660_00)
    reviewer = colleague(people, office, "小李", Role.REVIEWER)

    reviewer.says(words).hears_of("这件事要相应的岗位才能办")
    nonsense = hong.says("乱七八糟一堆").heard
    hong.says(words).hears(nonsense)
    assert state(office) == "requested"


def test_payouts_go_on_when_somebody_says_so(zhou: Person, hong: Person, office: Office):
    zhou.says("恢复付款").hears("付款没有停，不用恢复。")
    asks(hong, 200_00)
    office.do(lambda work: pauses.pause(work, "NOT_ENOUGH", about="W1"))

    zhou.is_told("付款全部停了：商户余额不够，W1。\n钱都还在，没有重复付。")
    zhou.says("待审提现").hears_of("付款停着：商户余额不够。回复「恢复付款」。")
    zhou.says("恢复付款").hears("已恢复付款，0 笔接着付。\n已记录：小周，3月7日 15:42。")
    with office.reading() as work:
        assert not pauses.is_paused(work)


def test_a_paid_one_can_be_looked_at(zhou: Person, hong: Person, office: Office, clock: Clock):
    asks(hong, 200_00)
    with office.reading() as work:
        clock.now = book.find(work, 1).due_at
    office.do(lambda work: payouts.start(work, 1))

    zhou.says("看 W1").hears_of("W1 小红，一星", "付款中")
    zhou.says("看 W9").hears_of("没找到单号 W9")
