"""团队: the tree and the ranking, for its owner's eyes only."""

from commerce.people import ranks
from tests.handlers.doors import last_words
from tests.people import Cast, Clock, Person, picture_of


def sold(person: Person, fen: int) -> None:
    number = person.member.id
    with person.office.work() as work:
        ranks.count_sale(work, number, fen, work.now)


def test_the_ranking_says_who_sold_what_and_whom_to_help(amy: Person, people: Cast, clock: Clock):
    ali = people("阿丽").joins(amy.card)
    clock.passes(days=12)
    hong, gang = people("小红").joins(amy.card), people("小刚").joins(amy.card)
    qiang = people("阿强").joins(hong.card)
    for person, fen in ((hong, 2180_00), (gang, 960_00), (qiang, 340_00), (ali, 0)):
        sold(person, fen)

    amy.says("团队")

    tree = picture_of(amy.follow_ups[-2])
    assert (tree.name, tree.facts["total_people"], tree.facts["total_fen"]) == (
        "team_tree",
        4,
        3480_00,
    )
    assert last_words(amy) == (
        "团队 4 人：你邀请的 3 人（席位已满），他们邀请的 1 人。\n"
        "近 30 天业绩：\n"
        "1 小红 2,180.00 元\n"
        "2 小刚 960.00 元\n"
        "3 阿强 340.00 元\n"
        "4 阿丽 0.00 元\n"
        "阿丽加入 12 天还没开张，陪着发 1 条带货短视频最管用。"
    )


def test_a_big_team_still_fits_on_the_screen(amy: Person, people: Cast):
    for number in range(3):
        child = people(f"c{number}").joins(amy.card)
        for below in range(3):
            sold(people(f"g{number}{below}").joins(child.card), 100)

    amy.says("团队")

    words = last_words(amy)
    assert len(words.splitlines()) == 8
    assert "其余 8 人在图里。" in words


def test_when_everybody_sells_the_last_one_is_asked_after(amy: Person, bo: Person, chen: Person):
    sold(bo, 200)
    sold(chen, 100)

    amy.says("团队")

    assert last_words(amy).endswith("chen卖得少些，问问卡在哪一步。")


def test_nobody_there_yet(amy: Person):
    amy.says("团队").hears(
        "团队现在只有你，3 个席位都空着。\n"
        "朋友扫你的邀请卡并回复「加入」，就坐进来。\n"
        "先拿邀请卡，回复「海报」。"
    )


def test_only_a_team_of_people_who_left(amy: Person, bo: Person):
    bo.says("退出").says("确认退出")

    amy.says("团队")

    assert last_words(amy).endswith("1 已退出的朋友 0.00 元")


def test_tapping_as_a_visitor(dan: Person):
    dan.taps("team").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")
