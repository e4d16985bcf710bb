"""进度: the three stages of the conversation, and the picture."""

from commerce.people import members, ranks
from commerce.rules import Rank
from tests.handlers.doors import last_words
from tests.people import Cast, Person, picture_of


def becomes(person: Person, rank: Rank, gmv_fen: int = 0, pending_fen: int = 0) -> None:
    number = person.member.id
    with person.office.work() as work:
        members.lock(work, number).rank = rank
        ranks.expect_gmv(work, number, gmv_fen + pending_fen)
        ranks.release_gmv(work, number, gmv_fen)


def test_just_joined(amy: Person):
    amy.says("我现在什么级别").hears(
        "你是「见习」，下一级「一星」。\n"
        "短视频 0 / 1 条，还差 1 条\n"
        "邀请 0 / 2 人，还差 2 人\n"
        "最快的一步：发 1 条带货短视频，24 小时内给结果。"
    ).is_offered("交短视频", "海报", "规则")


def test_one_friend_short(amy: Person, reviewer: Person, people: Cast):
    people("小红").joins(amy.card)
    amy.says("https://weixin.qq.com/sph/A1")
    reviewer.says("通过 V1")

    amy.says("我还差几个人升级呀").hears(
        "已邀请 1 人，还差 1 人升级。\n"
        "短视频 1 / 1 条，已通过\n"
        "邀请 1 / 2 人：小红\n"
        "再有 1 位朋友扫你的邀请卡并回复「加入」，马上升一星。"
    ).is_offered("海报", "规则")


def test_from_one_star_on(amy: Person, people: Cast):
    for name in ("小红", "小刚", "阿丽"):
        people(name).joins(amy.card)
    becomes(amy, Rank.ONE_STAR, 3260_00, 480_00)

    amy.says("进度").hears(
        "你是「一星」，下一级「二星」。\n"
        "邀请 3 / 3 人，已够\n"
        "直播业绩 3,260.00 / 5,000.00 元，还差 1,740.00 元\n"
        "在途 480.00 元，买家收货满 7 天后计入。\n"
        "业绩来自直播里卖出的商品，退款的不算。\n"
        "升二星：带货佣金 +2 个百分点，单品最高 30%。"
    )


def test_twice_the_sales_stand_in_for_friends(amy: Person):
    becomes(amy, Rank.TWO_STAR, 40_000_00)

    amy.says("进度").hears_of("团队 0 / 5 人，业绩翻倍，人数不用等了")


def test_at_the_top_nothing_is_missing(amy: Person):
    becomes(amy, Rank.THOUSAND_STAR)

    amy.says("进度").hears("你是「千星」，最高一级。\n接下来看团队和收益就好。")


def test_every_rank_fits_on_the_screen(amy: Person):
    for rank in Rank:
        becomes(amy, rank, pending_fen=100)
        assert len(amy.says("进度").heard.splitlines()) <= 8


def test_the_picture_comes_with_the_same_words(amy: Person):
    words = amy.says("进度").heard

    amy.says("进度图")

    assert picture_of(amy.follow_ups[-2]).facts["next_rank"] == Rank.ONE_STAR
    assert last_words(amy) == words


def test_a_visitor_hears_how_to_have_progress(dan: Person):
    dan.taps("progress").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")
