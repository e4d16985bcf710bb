"""海报: a line at once, the card when it is drawn, then how it works."""

from tests.handlers.doors import last_words, token_of
from tests.people import Cast, Clock, Person, picture_of


def test_the_card_comes_with_its_end_and_how_it_is_used(amy: Person, bo: Person):
    token = token_of(amy)

    amy.says("海报").hears("正在画你的邀请卡，几秒就好。")

    assert picture_of(amy.follow_ups[-2]).name == "invite_poster"
    assert last_words(amy) == (
        "有效到 4月1日，过期回复「海报」换新的。\n"
        "朋友扫码关注，再回复「加入」，就算你邀请的。\n"
        f"扫不了码，让朋友发「邀请码 {token}」。\n"
        "已邀请 1 人，席位还有 2 个。"
    )


def test_the_same_card_until_half_its_time_is_over(amy: Person, clock: Clock):
    first = token_of(amy)
    assert token_of(amy) == first

    clock.passes(days=16)

    assert token_of(amy) != first


def test_with_all_seats_taken_it_says_so(amy: Person, people: Cast):
    for name in ("小红", "小刚", "阿丽"):
        people(name).joins(amy.card)

    amy.taps("poster")

    assert last_words(amy).endswith("已邀请 3 人，席位已满，之后加入的朋友不占席位。")


def test_a_visitor_has_none(dan: Person):
    dan.says("海报").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")


def test_ones_own_picture_is_asked_for_on_a_page(amy: Person, dan: Person):
    amy.says("换头像").hears_of("点[[这里|https://star.example/pages/avatar]]", "同不同意")

    dan.says("换头像").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")
