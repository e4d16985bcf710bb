"""抽奖, 验证抽奖, 领取: what became of a number, that it adds up, and the way to the prize."""

import pytest
from sqlalchemy import select

from commerce.goods import stock
from commerce.lives import draw, lotteries
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, State
from commerce.trust.cases import Case
from commerce.work import Office
from tests.commerce.draws import SECRET
from tests.handlers.booked import Announced, announced
from tests.handlers.doors import Door, tasks_run
from tests.people import Cast, Clock, Person

ADDRESS = "阿芳 13800006688 杭州市西湖区文三路 1 号"


@pytest.fixture
def fang(people: Cast) -> Person:
    return people("阿芳").follows()


def order_of(numbers: int) -> list[int]:
    """All booking numbers, the best score first."""
    tickets = [draw.ticket(number, 1) for number in range(1, numbers + 1)]
    digest = draw.digest(tickets)
    ranked = draw.ranking(SECRET.hex(), digest, "", tickets)
    return [int(draw.booking(ticket)) for ticket in ranked]


def drawn_with(
    office: Office, people: Cast, clock: Clock, fang: Person, *, wins: bool, crowd: int = 128
) -> Announced:
    """阿芳 has a number that wins, or one that does not."""
    friday = announced(office, people, clock)
    place = 0 if wins else 56
    before = order_of(crowd)[place] - 1
    friday.books(before)
    fang.says("预约").says("我要预约")
    friday.books(crowd - 1 - before)
    friday.starts()
    return friday


def test_a_prize_from_the_news_to_the_parcel(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    friday = drawn_with(office, people, clock, fang, wins=True)
    number = friday.number_of(fang)

    fang.is_told(
        f"🎉 中了！预约号 {number:06d}，免单 1 份：藕粉 10 袋装，价值 99.00 元。\n"
        "128 人参与，抽出 10 份。\n"
        "3月9日 20:00 前领取，包邮，不用付钱。"
    )
    fang.says("抽奖").hears(
        f"🎉 中了！预约号 {number:06d}，免单 1 份：藕粉 10 袋装，价值 99.00 元。\n"
        "3月9日 20:00 前领取，包邮，不用付钱。"
    ).is_offered("领取", "验证抽奖")
    fang.says("领取").hears(
        "奖品寄到哪里？姓名、手机号和地址写在一条里发来，比如：\n"
        "阿芳 13800006688 杭州市西湖区文三路 1 号 2 幢 301\n"
        "只用来发货，加密保存。3月9日 20:00 前有效。"
    )
    fang.says(ADDRESS).hears(
        "领好了，寄到：阿芳 138****6688，杭州市西湖区****。\n"
        "个税 24.75 元主办方交，你不用付。\n"  # 99.00 ÷ 0.8 − 99.00
        "48 小时内发货，发货后告诉你单号。"
    ).is_offered("改地址", "我的订单")
    fang.says("领取").hears_of("领好了，寄到：阿芳 138****6688")
    fang.says("我的订单").hears_of("藕粉 10 袋装 × 1，0.00 元，已付款，待发货")
    fang.says("抽奖").hears_of("已经领好。\n发货后告诉你单号。")
    assert len(fang.notices) == 1


def test_who_has_said_an_address_is_not_asked_again(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    fang.says("改地址").says(ADDRESS)
    drawn_with(office, people, clock, fang, wins=True)

    fang.says("领取").hears_of("领好了，寄到：阿芳 138****6688，杭州市西湖区****。")


def test_the_address_of_a_prize_may_be_changed_until_it_is_shipped(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    drawn_with(office, people, clock, fang, wins=True)
    fang.says("领取").says(ADDRESS)

    fang.says("改地址").says("小芳 13900001111 上海市徐汇区漕溪路 2 号").hears(
        "改好了，奖品寄到：小芳 139****1111，上海市徐汇区****。\n发货后告诉你单号。"
    )


def test_an_address_that_lacks_something_is_asked_again(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    drawn_with(office, people, clock, fang, wins=True)

    fang.says("领取").says("杭州市西湖区文三路 1 号").hears_of("还缺手机号")
    fang.says("领取").hears_of("奖品寄到哪里？")


def test_too_late_to_claim(office: Office, people: Cast, clock: Clock, fang: Person):
    friday = drawn_with(office, people, clock, fang, wins=True)
    fang.says("改地址").says(ADDRESS)

    friday.passes(hours=72)

    fang.is_told("你中的藕粉 10 袋装，3月9日 20:00 前没有领，已经过期，放回货架了。")
    fang.says("领取").hears_of("藕粉 10 袋装要在 3月9日 20:00 前领，已经过期")
    fang.says("抽奖").hears_of("3月9日 20:00 前没有领，已经过期放回货架。")


def test_who_has_not_won_hears_it_and_may_look(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    friday = drawn_with(office, people, clock, fang, wins=False)
    number = friday.number_of(fang)
    won = "、".join(f"{one:06d}" for one in order_of(128)[:10])

    fang.says("抽奖").hears(
        f"这次没中。你的预约号 {number:06d}，128 人里抽出 10 份。\n"
        f"中奖号：{won}\n"
        "中奖号都公开，谁都可以验证，回复「验证抽奖」。"
    )
    fang.says("领取").hears("你现在没有可以领的奖品。\n看抽奖结果，回复「抽奖」。")


def test_verifying(office: Office, people: Cast, clock: Clock, fang: Person):
    friday = drawn_with(office, people, clock, fang, wins=False)
    with office.reading() as work:
        lottery = lotteries.of_live(work, friday.live_id)
        commit, digest = lottery.commit, lottery.digest

    fang.says("验证抽奖").hears(
        "「春日好物专场」，刚重算了一遍：\n"
        f"1 预约前公布的指纹 {commit[:4]}…{commit[-4:]}，和开奖后公开的密钥对得上\n"
        f"2 名单 128 个预约号，指纹 {digest[:4]}…{digest[-4:]}，对得上\n"
        "3 每个号用密钥算分，从小到大取 10 个，和公布的中奖号一致\n"
        f"你的 {friday.number_of(fang):06d} 排第 57 位，前 10 位中奖。\n"
        f"想自己算：[[验证网页|https://star.example/pages/draws/{friday.number}]]"
        f"　[[下载记录|https://star.example/pages/draws/{friday.number}.json]]"
    )


def test_anybody_may_verify_aloud_or_not(
    office: Office, people: Cast, clock: Clock, fang: Person, amy_in_group: Door
):
    friday = drawn_with(office, people, clock, fang, wins=False)

    people("小李").follows().says("抽奖是不是内定的").hears_of("刚重算了一遍", "对得上")
    amy_in_group.says("@千星助手 验证抽奖")
    assert "刚重算了一遍" in amy_in_group.heard
    assert f"{friday.number_of(fang):06d} 排" not in amy_in_group.heard


def test_what_does_not_add_up_stops_the_claims(
    office: Office, people: Cast, clock: Clock, fang: Person, boss: Person
):
    friday = drawn_with(office, people, clock, fang, wins=True)
    fang.says("改地址").says(ADDRESS)
    with office.work() as work:
        kept = work.session.scalars(select(DrawRecord)).one()
        whole = kept.body
        record = draw.unpack(whole)
        record["digest"] = "0" * 64
        kept.body = draw.pack(record)

    people("小李").follows().says("验证抽奖").hears(
        "这份记录对不上：名单指纹不一致。\n已暂停发奖并转给负责人，3月7日 12:00 前答复你。"
    ).is_offered("人工")
    fang.says("领取").hears_of("正在核对，暂停领奖；查清后时间顺延，你的奖品还在。")
    with office.work() as work:
        case = work.session.scalars(select(Case)).one()
        number = case.id
        work.session.scalars(select(DrawRecord)).one().body = whole
    boss.says(f"看 C{number}").hears_of("抽奖核对", friday.number, "名单指纹不一致")
    clock.passes(hours=5)
    boss.says(f"恢复发奖 {friday.live_id}").hears_of("恢复发奖，领取时间顺延了暂停的时长。")
    boss.says(f"恢复发奖 {friday.live_id}").hears_of("没有暂停发奖。")
    fang.says("领取").hears_of("领好了")


def test_below_the_threshold_it_is_said_honestly(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    friday = announced(office, people, clock)
    friday.books(85)
    fang.says("预约").says("我要预约").hears_of("还差 14 人锁定抽奖。")
    friday.starts()

    fang.says("抽奖").hears(
        "「春日好物专场」的预约没到 100 人，按规则这次不抽奖。\n直播间价格照旧，回复「直播」看看。"
    )
    fang.says("验证抽奖").hears_of("还没有开过的抽奖可以验证。")
    with office.reading() as work:
        assert stock.left(work, friday.lotus_id) == 1000


def test_before_the_draw(office: Office, people: Cast, clock: Clock, fang: Person):
    friday = announced(office, people, clock)
    fang.says("抽奖").hears_of("每人 1 个预约号").is_offered("我要预约")
    fang.says("我要预约")
    with office.reading() as work:
        commit = lotteries.of_live(work, friday.live_id).commit

    fang.says("抽奖").hears(
        "广告\n"
        "「春日好物专场」3月6日 周五 20:00 开播时开奖。\n"
        "免单 10 份：藕粉 10 袋装，每份价值 99.00 元，包邮。\n"
        "你的预约号 000001。现在 1 人，还差 99 人锁定抽奖。\n"
        f"预约前公布的指纹 {commit[:4]}…{commit[-4:]}，"
        f"[[完整规则|https://star.example/pages/draws/{friday.number}]]"
    )


def test_between_the_freeze_and_the_draw(office: Office, people: Cast, clock: Clock, fang: Person):
    friday = announced(office, people, clock, threshold=10)
    fang.says("预约").says("我要预约")
    friday.books(9)
    with office.work() as work:
        live = work.session.get_one(Live, friday.live_id)
        live.started_at, live.state = work.now, "live"
        lotteries.live_started(work, live)
    tasks_run(office)

    fang.says("抽奖").hears_of("正在开奖，一会儿就好。你的预约号 000001。", "名单 10 人已经封存")
    with office.reading() as work:
        assert lotteries.of_live(work, friday.live_id).state == State.FROZEN


def test_a_cancelled_live(office: Office, people: Cast, clock: Clock, fang: Person):
    friday = announced(office, people, clock)
    fang.says("预约").says("我要预约")
    with office.work() as work:
        live = work.session.get_one(Live, friday.live_id)
        live.state = "cancelled"
        lotteries.live_cancelled(work, live)

    fang.says("抽奖").hears_of("「春日好物专场」取消了，这次不抽奖，预约号作废。")


def test_spare_prizes_are_said_to_lapse(office: Office, people: Cast, clock: Clock, fang: Person):
    friday = announced(office, people, clock, winners=10, threshold=10)
    friday.books(9)
    other = people("阿强").follows().says("预约").says("我要预约").says("取消预约")
    friday.starts()

    other.says("抽奖 1").hears_of("9 人里抽出 9 份。", "多的 1 份作废，放回货架。")


def test_no_draw_at_all(fang: Person):
    fang.says("抽奖").hears("现在没有抽奖。\n有新的会写在直播预告里，回复「直播」看。")
    fang.says("领取").hears_of("你现在没有可以领的奖品。")
    fang.says("验证抽奖").hears(
        "还没有开过的抽奖可以验证。\n开奖后，名单、指纹和密钥都公开，谁都可以重算。"
    )
    fang.says("抽奖 99").hears_of("没找到编号 99 的直播")


def test_the_staff_may_take_a_prize_back_and_the_next_one_hears_it(
    office: Office, people: Cast, clock: Clock, fang: Person, boss: Person, dan: Person
):
    friday = drawn_with(office, people, clock, fang, wins=True)
    number, eleventh = friday.number_of(fang), order_of(128)[10]
    live = friday.live_id

    dan.says(f"取消中奖 {live} {number} 刷号")
    assert dan.route != "disqualify"
    boss.says(f"取消中奖 {live} {number} 一人多号").hears(
        f"场次 {live} 的 {number:06d} 取消了，已告诉本人理由。\n"
        f"按同一次抽奖的顺序，{eleventh:06d} 补上。"
    )
    fang.is_told(f"预约号 {number:06d} 中的藕粉 10 袋装取消了，原因：一人多号。")
    fang.says("抽奖").hears_of("不符合参加条件，按顺序给了下一位。")
    fang.says("领取").hears_of("你现在没有可以领的奖品。")
    boss.says(f"取消中奖 {live} {number} 一人多号").hears_of("没有等着领奖的")
