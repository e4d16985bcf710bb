"""提现 as people talk about it, word for word."""

from collections.abc import Callable

import pytest

from commerce.goods.orders import Order
from commerce.money import ledger, payouts, settlement
from commerce.money import withdrawals as book
from commerce.money.ledger import Move
from commerce.money.withdrawals import Withdrawal
from commerce.people.members import get
from commerce.work import Office, Work
from tests.commerce.purses import earns
from tests.commerce.sales import paid_order
from tests.handlers.doors import suspended
from tests.people import Cast, Clock, Person

CHECK_200 = (
    "核对一下：\n"
    "提现 200.00 元\n"
    "手续费 2.00 元（1%）\n"
    "代扣个税 0.00 元\n"
    "到手 198.00 元，进微信零钱\n"
    "3月17日 09:00 起收款，到时要你点一次「确认收款」。\n"
    "10 分钟内回复「确认」有效。"
)


def has(person: Person, available_fen: int) -> Person:
    number = person.member.id
    with person.office.work() as work:
        earns(work, get(work, number), available_fen)
    return person


@pytest.fixture
def ming(people: Cast, clock: Clock) -> Person:
    """小明 joined two weeks ago and has 236.40."""
    ming = people("小明").joins()
    clock.passes(days=14)
    return has(ming, 236_40)


def row(person: Person, number: int = 1) -> Withdrawal:
    with person.office.reading() as work:
        return book.find(work, number)


def platform(office: Office, state: str, number: int = 1, **more: str) -> None:
    """What the platform says of the bill."""

    def say(work: Work) -> None:
        found = book.find(work, number)
        assert found.number is not None
        payouts.heard_transfer(work, found.number, state, found.arrives_fen, found.payee, **more)

    office.do(say)


def payout(office: Office, clock: Clock, number: int = 1) -> None:
    """The day comes, and the bill is on its way."""
    with office.reading() as work:
        clock.now = book.find(work, number).due_at
    office.do(lambda work: payouts.start(work, number))


def test_too_little_says_when_it_will_be_enough(office: Office, people: Cast, clock: Clock):
    gang, fang = people("小刚").joins(), people("阿芳").follows()
    has(gang, 86_40)
    buyer, seller = fang.member.id, gang.member.id
    with office.work() as work:
        order = paid_order(work, get(work, buyer), get(work, seller), 108_90)  # 20 % = 21.78.
    settlement.settle(office, order.escrow)

    gang.says("提现 50").hears(
        "满 100.00 元可以提现。\n"
        "你可提现 86.40 元，还差 13.60 元。\n"
        "3月17日 有 21.78 元到账，那天共 108.18 元，就够了。\n"
        "现在想用，可以抵扣购物，没有门槛。"
    ).is_offered("用收益抵扣", "明细")
    gang.says("提现").hears_of("还差 13.60 元")
    with office.work() as work:
        work.session.get_one(Order, order.id).open_holds = 1
    gang.says("全部提现").hears(
        "满 100.00 元可以提现。\n"
        "你可提现 86.40 元，还差 13.60 元。\n"
        "现在想用，可以抵扣购物，没有门槛。"
    )


def test_more_than_there_is(ming: Person):
    ming.says("提现 300").hears(
        "可提现 236.40 元，不够 300.00 元。\n全部提出：手续费 2.36 元，到手 234.04 元。"
    ).is_offered("提现 236.40", "取消")


@pytest.mark.parametrize(
    ("said", "heard", "offered"),
    [
        ("提现 100.005", "金额最小到分，100.005 提不了。", ("提现 100", "提现 100.01")),
        ("提现 1e2", "金额没看懂，写成 200 或 100.50 这样。", ("提现 100",)),
        ("提现 -5", "金额没看懂，写成 200 或 100.50 这样。", ("提现 5",)),
        ("提现 0", "金额没看懂，写成 200 或 100.50 这样。", ("提现",)),
        ("提现 999999999999", "金额没看懂，写成 200 或 100.50 这样。", ("提现",)),
    ],
)
def test_what_is_not_an_amount_is_never_rounded(ming: Person, said, heard, offered):
    ming.says(said).hears(heard).is_offered(*offered)


@pytest.mark.parametrize(
    "said", ["提现 200", "提现２００元", "提现二百", "提200块", "帮我提现 200 元"]
)
def test_an_amount_however_it_is_written(ming: Person, said: str):
    ming.says(said).hears(CHECK_200).is_offered("确认", "取消")


def test_the_whole_way_word_for_word(ming: Person, office: Office, clock: Clock):
    ming.says("提现 200").hears(CHECK_200)
    ming.says("确认").hears(
        "已受理，单号 W1。\n"
        "可提现还剩 36.40 元。\n"
        "3月17日 09:00 起收款，到时提醒你。\n"
        "改主意了，在那之前回复「取消提现 W1」，全额退回。"
    )
    ming.says("确认")
    assert ledger_of(ming) == (36_40, 200_00)
    ming.says("提现到哪了").hears(
        "W1 的 198.00 元 3月17日 09:00 起收款，到时提醒你。\n"
        "改主意了，付款前回复「取消提现 W1」，全额退回。"
    )

    payout(office, clock)
    platform(office, "WAIT_USER_CONFIRM", package="P")
    waiting = ming.says("提现怎么还没到").heard
    link = waiting.partition("[[")[2].partition("]]")[0]
    assert link.startswith("确认收款|https://star.example/pages/transfer?t=")
    assert waiting == (
        f"W1 的 198.00 元备好了，就差你点「确认收款」：[[{link}]]\n"
        "微信要求本人点，我们不能代点。\n"
        "3月18日 09:00 前有效；过期退回 200.00 元（含手续费），可以再提。"
    )
    ming.is_offered("确认收款", "点了没反应")
    ming.says("点了没反应").hears(
        "试三步：\n"
        "1 用手机微信打开，就是你现在这个微信号\n"
        "2 把微信更新到最新版\n"
        "3 到「我 → 服务 → 钱包」完成实名\n"
        "还不行，回复「人工」，W1 会一起转过去。"
    )

    clock.passes(minutes=12)
    platform(office, "SUCCESS")
    ming.is_told(
        "到账 198.00 元，3月17日 09:12，微信零钱。\n"
        "单号 W1，手续费 2.00 元。\n"
        "可提现还有 36.40 元。"
    )
    ming.says("提现记录").hears_of("W1 3月17日 09:12 200.00 元，已到账")


def ledger_of(person: Person) -> tuple[int, int]:
    number = person.member.id
    with person.office.reading() as work:
        held = ledger.balances(work, number)
    return held.available_fen, held.reserved_fen


def test_above_the_automatic_limit_a_person_looks(ming: Person):
    has(ming, 1_000_00)

    ming.says("提现 1200").hears(
        "核对一下：\n"
        "提现 1,200.00 元\n"
        "手续费 12.00 元（1%）\n"
        "代扣个税 0.00 元\n"
        "到手 1,188.00 元，进微信零钱\n"
        "这笔 1,200.00 元要人工看一眼，3月17日 18:00 前给结果。\n"
        "通过后 2 小时内发起付款（9:00–21:00），到时提醒你收款。\n"
        "10 分钟内回复「确认」有效。"
    )
    ming.says("确认").hears_of("已受理，单号 W1", "3月17日 18:00 前给结果")
    ming.says("提现进度").hears_of("W1 的 1,200.00 元人工在看，3月17日 18:00 前给结果。")


def test_without_an_amount_it_is_asked(ming: Person):
    ming.says("提现").hears("可提现 236.40 元，提多少？\n回复金额，或「全部提现」。")
    ming.says("200").hears(CHECK_200)
    ming.says("取消").hears_of("先不办了")
    ming.taps("withdraw").is_offered("全部提现", "提现 100")
    ming.says("全部提现").hears_of("提现 236.40 元", "到手 234.04 元")
    ming.says("钱全部给我提了吧").hears_of("提现 236.40 元")


def test_a_no_withdraws_nothing(ming: Person):
    ming.says("提现 200").says("取消").hears_of("先不办了")
    ming.says("确认")

    assert ledger_of(ming) == (236_40, 0)


def test_a_yes_that_comes_too_late_does_nothing(ming: Person, clock: Clock):
    ming.says("提现 200")
    clock.passes(minutes=10)
    ming.says("确认")

    assert ledger_of(ming) == (236_40, 0)


def test_midnight_between_quote_and_yes_is_quoted_again(ming: Person, clock: Clock):
    clock.passes(hours=11, minutes=55)
    ming.says("提现 200").hears_of("3月17日 09:00 起收款")
    clock.passes(minutes=6)

    ming.says("确认").hears_of("刚才的数变了，重新核对一下：", "3月18日 09:00 起收款")
    assert ledger_of(ming) == (236_40, 0)
    ming.says("确认").hears_of("已受理，单号 W1。")


@pytest.mark.parametrize("said", ["取消提现 W1", "取消提现", "取消 W1", "W1 不提了取消"])
def test_cancelled_all_of_it_is_back(ming: Person, said: str):
    ming.says("提现 200").says("确认")

    ming.says(said).hears("W1 取消了，200.00 元全额退回。\n可提现 236.40 元。")

    assert ledger_of(ming) == (236_40, 0)


def test_a_bare_cancel_is_asked_about(ming: Person):
    ming.says("提现 200").says("确认")

    ming.says("取消").hears("你是要取消 200.00 元的提现吗？\n取消就全额退回。").is_offered(
        "取消提现 W1"
    )
    assert ledger_of(ming) == (36_40, 200_00)


def test_too_late_to_cancel(ming: Person, office: Office, clock: Clock):
    ming.says("提现 200").says("确认")
    payout(office, clock)

    ming.says("取消提现 W1").hears_of("W1 已经开始付款，取消不了。")
    platform(office, "SUCCESS")
    ming.says("取消提现 W1").hears("W1 已经到账，不用取消。")
    ming.says("取消提现").hears_of("现在没有可以取消的提现。")


def test_nobody_sees_or_cancels_another_ones(ming: Person, bo: Person):
    ming.says("提现 200").says("确认")

    bo.says("取消提现 W1").hears_of("没找到单号 W1 的提现")
    bo.says("W1 到哪了").hears_of("没找到单号 W1 的提现")
    bo.says("确认收款").hears_of("现在没有等你收款的提现")


def test_nothing_heard_from_the_platform_yet(ming: Person, office: Office, clock: Clock):
    ming.says("提现 200").says("确认")
    payout(office, clock)
    office.do(lambda work: payouts.unanswered(work, 1))

    ming.says("提现怎么还没到").hears(
        "W1 已提交微信，还没等到结果，我们正用同一个单号查。\n"
        "不会重复付，也不会丢；有结果马上告诉你。"
    ).is_offered("提现记录")


def test_not_confirmed_in_time(ming: Person, office: Office, clock: Clock):
    ming.says("提现 200").says("确认")
    payout(office, clock)
    platform(office, "WAIT_USER_CONFIRM", package="P")
    clock.passes(hours=24)
    platform(office, "FAIL", fail_reason="OVERDUE_CLOSE")

    ming.is_told("W1 没有确认，200.00 元已退回，含手续费 2.00 元。\n可提现 236.40 元。")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("NAME_NOT_CORRECT", "姓名和微信实名对不上"),
        ("REAL_NAME_CHECK_FAIL", "微信还没有实名"),
        ("ACCOUNT_FROZEN", "你的微信收款账户现在收不了款"),
        ("DAY_RECEIVED_QUOTA_EXCEED", "收款到了微信的上限"),
        ("TRANSFER_RISK", "微信判断这笔有风险"),
        ("OTHER_FAIL_REASON_TYPE", "微信没有付成"),
    ],
)
def test_each_reason_has_words(ming: Person, office: Office, clock: Clock, reason, words):
    ming.says("提现 200").says("确认")
    payout(office, clock)
    platform(office, "FAIL", fail_reason=reason)

    ming.is_told("W1 没有付成，200.00 元已退回，含手续费 2.00 元。", words)


def owes(person: Person, debt_fen: int) -> None:
    number = person.member.id
    with person.office.work() as work:
        ledger.post(work, "owes", Move(ledger.debt(number), ledger.SALES, debt_fen))


@pytest.mark.parametrize(
    ("prepare", "said", "words"),
    [
        (lambda one: has(one, 3_000_00), "提现 2000", "微信要核对收款人的真实姓名"),
        (lambda one: has(one, 30_000_00), "提现 20000.01", "一笔最多提 20,000.00 元"),
        (lambda one: owes(one, 500_01), "提现 100", "待抵扣 500.01 元，超过 500.00 元时先不能提现"),
        (suspended, "提现 100", "你的账号在核查"),
    ],
)
def test_each_limit_has_words(
    ming: Person, prepare: Callable[[Person], object], said: str, words: str
):
    prepare(ming)

    ming.says(said).hears_of(words)


def test_three_a_day(ming: Person):
    has(ming, 500_00)
    for _ in range(3):
        ming.says("提现 100").says("确认").hears_of("已受理")

    ming.says("提现 100").hears_of("一天最多提 3 次")


def test_visitors_are_told_how_it_would_be(dan: Person):
    dan.says("提现").hears_of("加入后这里会有你的数据")
    dan.says("提现记录").hears_of("加入后这里会有你的数据")


def test_nothing_withdrawn_yet(ming: Person):
    ming.says("提现记录").hears("还没有提现过。\n要提，回复「提现」。")


def test_a_colleague_hears_which_withdrawal_it_is_about(ming: Person, boss: Person):
    ming.says("提现 200").says("确认")
    ming.says("人工").says("还没到账")

    boss.says("看 C1").hears_of("还没到账\nW1 等付款")


def test_the_same_yes_twice_is_one_withdrawal(ming: Person):
    ming.says("提现 200")
    ming.says("确认", id="m-1").says("确认", id="m-1").hears_of("已受理，单号 W1。")

    assert ledger_of(ming) == (36_40, 200_00)


def test_in_a_group_nothing_of_it_is_said(ming: Person):
    ming.says("提现 200", room="g1")

    assert "200" not in ming.heard
