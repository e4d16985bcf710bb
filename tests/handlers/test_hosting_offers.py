"""限时价, 阶梯价 and 抽奖 of a live, said in one line; what everybody sees of them."""

import pytest

from commerce.goods import offers
from commerce.lives import bookings, hosting, lotteries
from commerce.people import members
from commerce.work import Office
from handlers import live_words
from tests.handlers.doors import live_approved
from tests.handlers.test_products import listed
from tests.people import Cast, Person


@pytest.fixture(autouse=True)
def goods(office: Office) -> None:
    with office.work() as work:
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1
        assert listed(work, "毛巾 3 条", 39_90, supply_fen=20_00) == 2


@pytest.fixture
def host(amy: Person, office: Office) -> Person:
    """Her live, 场次 1, shows 藕粉 and was approved."""
    amy.says("建直播").says("王小明").says("春日好物专场 3月6日 20:00")
    amy.says("直播商品 1 1")
    live_approved(office, 1)
    return amy


def published(office: Office) -> list[tuple[str, int, int, int, int, int]]:
    with office.reading() as work:
        return [
            (one.kind, one.unit_fen, one.pieces, one.every_buyers, one.off_fen, one.floor_fen)
            for one in offers.of_live(work, 1)
        ]


def test_a_flash_price_is_looked_over_and_then_stands(host: Person, dan: Person, office: Office):
    host.says("限时价 1 1 89元 50份").hears(
        "核对一下，发布后不能改：\n"
        "场次 1「春日好物专场」\n"
        "藕粉 10 袋装，标价 99.00 元\n"
        "前 50 单 89.00 元，每人 1 份"
    ).is_offered("确认", "取消")
    assert published(office) == []
    host.says("取消")
    assert published(office) == []

    host.says("限时价 1 1 89元 50份").says("确认").hears(
        "发布了，场次 1：藕粉 10 袋装 前 50 单 89.00 元。\n播的时候下单就是这个价。"
    )

    assert published(office) == [("first_n", 89_00, 50, 0, 0, 89_00)]
    dan.says("直播").hears_of("已预约 0 人；藕粉 10 袋装 前 50 单 89.00 元。")
    host.says("开播 1")
    dan.says("直播").hears_of("正在播，主播amy。\n藕粉 10 袋装 前 50 单 89.00 元，还剩 50 单。")


@pytest.mark.parametrize(
    "line",
    ["1 88.5元 30份", "商品1 30份 88.50元", "1号 88.5 30件", "商品 1，88.5块，30单"],
)
def test_the_line_is_written_as_people_write_it(host: Person, line: str):
    host.says(f"限时价 1 {line}").hears_of("前 30 单 88.50 元")


def test_what_is_not_said_is_as_the_rules_have_it(host: Person):
    host.says("限时价 1 1").hears_of("前 100 单 9.90 元")


def test_below_cost_it_is_refused_with_the_numbers(host: Person, office: Office):
    host.says("限时价 1 1 9.9元 100份").says("确认")

    assert host.route == "BelowCost"
    assert published(office) == []


def test_a_subsidy_is_the_staffs_to_promise(host: Person, boss: Person, office: Office):
    line = "限时价 1 1 9.9元 100份 补贴9000元"
    host.says(line).hears_of("店里最多补贴 9,000.00 元")
    host.says("确认").hears_of("这件事要相应的岗位才能办")
    assert published(office) == []

    boss.says(line).says("确认").hears_of("发布了，场次 1：藕粉 10 袋装 前 100 单 9.90 元。")

    assert published(office) == [("first_n", 9_90, 100, 0, 0, 9_90)]


def test_a_falling_price(host: Person, dan: Person, office: Office):
    host.says("阶梯价 1 1 99元 每100人降2元 最低95元 保价").hears(
        "核对一下，发布后不能改：\n"
        "场次 1「春日好物专场」\n"
        "藕粉 10 袋装，标价 99.00 元\n"
        "99.00 元起，每满 100 人付款降 2.00 元，降到 95.00 元为止\n"
        "买贵了，下播后补差价"
    )
    host.says("确认").hears_of("藕粉 10 袋装 99.00 元，每满 100 人降 2.00 元，降到 95.00 元为止。")

    assert published(office) == [("stair", 99_00, 0, 100, 2_00, 95_00)]
    host.says("开播 1")
    dan.says("直播").hears_of("藕粉 10 袋装 现在 99.00 元，每满 100 人降 2.00 元。")


def test_a_falling_price_says_how_far(host: Person):
    host.says("阶梯价 1 1 99元 每100人降10元").hears_of("降到多少为止要写上。")
    host.says("限时价").hears_of("写成「限时价 7 3 9.9元 100份」")
    host.says("阶梯价").hears_of("写成「阶梯价 7 3 99元 每100人降10元 降到69元」")
    host.says("限时价 1 1 99.999元").hears_of("金额没看懂")


def test_only_what_the_live_shows_has_a_price(host: Person, office: Office):
    host.says("限时价 1 2 30元 5份").hears(
        "商品 2 不在场次 1 的商品里。\n先加进去，回复「直播商品 1 1 2」，再设一次。"
    ).is_offered("直播商品 1 1 2")
    host.says("限时价 1 99 30元 5份").hears_of("没找到「99」")


def test_a_lottery_is_the_shops(
    host: Person, boss: Person, dan: Person, office: Office, people: Cast
):
    host.says("抽奖 1 商品1 10份 满100人")
    assert host.route != "announce_lottery"

    boss.says("抽奖 1 商品1 2份 满3人").hears_of(
        "核对一下，公布后不能改：\n"
        "场次 1「春日好物专场」3月6日 周五 20:00 开播时开奖\n"
        "奖品：藕粉 10 袋装 2 份，每份价值 99.00 元，包邮，货现在就留好\n"
        "满 3 人即锁定，没满不抽；主办："
    )
    boss.says("确认").hears_of("公布了，抽奖编号 LT", "指纹 ", "开奖后谁都可以核对。")

    with office.reading() as work:
        lottery = lotteries.of_live(work, 1)
        assert lottery is not None
        assert (lottery.winners_wanted, lottery.threshold) == (2, 3)
    dan.says("直播").hears_of("已预约 0 人，满 3 人抽 2 份免单。")
    ids = [people(name).follows().member.id for name in ("甲", "乙", "丙")]
    with office.work() as work:
        live = hosting.find(work, 1)
        for number in ids:
            bookings.book(work, members.get(work, number), live)
    dan.says("直播").hears_of("已预约 3 人，已锁定，开播抽 2 份免单。")


def test_a_lottery_as_the_rules_have_it(host: Person, boss: Person):
    boss.says("抽奖 1 1").hears_of("10 份", "满 100 人即锁定")
    boss.says("抽奖 1 随便").hears_of("写成「抽奖 7 商品3 10份 满100人」")


def test_the_card_of_a_live_says_what_is_drawn_and_offered(
    host: Person, boss: Person, office: Office
):
    def card() -> list[str]:
        with office.reading() as work:
            return live_words.on_poster(work, hosting.find(work, 1))

    assert card() == ["3月6日 周五 20:00", "长按识别二维码", "进来看直播"]
    host.says("限时价 1 1 89元 50份").says("确认")
    assert card()[1:2] == ["前 50 单 89.00 元"]
    boss.says("抽奖 1 1 10份 满100人").says("确认")

    assert card() == [
        "3月6日 周五 20:00",
        "满 100 人抽 10 份免单",
        "每份 99.00 元：藕粉 10 袋装",
        "前 50 单 89.00 元",
        "每人 1 号，转发不加机会",
    ]
