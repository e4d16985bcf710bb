"""Who is listened to first: the question, the routes, the understanding, the menu."""

import pytest

from tests.people import Clock, Person


def test_an_exact_phrase_goes_before_an_answer_in_free_words(amy: Person):
    amy.says("人工").says("规则")

    assert amy.route == "rules"
    amy.says("我有一件事要说").hears_of("转过去了")


def test_a_free_phrase_does_not_go_before_a_question(amy: Person):
    amy.says("人工").says("我叫了两次都没人理")

    assert amy.route == "answer"
    assert amy.member.name == "amy"


def test_a_tap_goes_its_own_way_and_leaves_the_question_open(dan: Person):
    dan.says("加入").taps("rules")

    dan.says("小丹").hears_of("欢迎，小丹！")


def test_asking_again_asks_anew(dan: Person, clock: Clock):
    dan.says("加入")
    clock.passes(minutes=9)
    dan.says("加入")
    clock.passes(minutes=9)

    dan.says("小丹").hears_of("欢迎，小丹！")


def test_a_strict_answer_that_comes_too_late_is_not_taken(amy: Person, clock: Clock):
    amy.says("退出")
    clock.passes(minutes=10)

    amy.says("确认退出").hears_of("没有生效")

    assert amy.member.state == "joined"


def test_a_lapsed_question_does_not_stand_in_the_way(amy: Person, clock: Clock):
    amy.says("退出")
    clock.passes(minutes=10)

    amy.says("规则").hears_of("免费参加")
    amy.says("取消").hears("现在没有等你确认的事，不用取消。")


@pytest.mark.parametrize("text", ["W8MTEKG5", "w12abc"])
def test_a_lone_code_is_taken_for_a_code_first(text: str, amy: Person):
    amy.says(text)

    assert amy.route in ("NoSuchCode", "a_code")


def test_a_key_of_a_menu_that_is_gone_gets_a_way_on(amy: Person):
    amy.taps("of-an-old-menu").hears_of("我在。")

    assert amy.route == "none"


def test_the_understanding_runs_only_routes_that_have_a_name(amy: Person):
    amy.says("我还差几个人升级呀")
    assert amy.route == "progress"

    amy.says("待审一下我的视频")
    assert amy.route == "submit_video"
