"""In a group nothing about a person is said aloud, whichever route is taken."""

import re

import pytest

from bot.context import Bot
from bot.message import Channel
from bot.router import Route
from commerce.rules import load_rules
from commerce.work import Office
from qianxing import app
from tests.conftest import ROOT
from tests.handlers.doors import Door
from tests.handlers.samples import said
from tests.handlers.test_approvals import asks, colleague, state
from tests.people import Cast, Person

ROUTES = list(
    app.bot(load_rules(ROOT / "config.yaml"), "https://star.example").router.routes.values()
)
SPOKEN = [route for route in ROUTES if route.phrases]
MAY_SPEAK = {"knowledge", "help", "rules", "none", "lives", "products", "verify_draw"}


@pytest.mark.parametrize("route", SPOKEN, ids=lambda route: route.name)
def test_a_group_hears_no_name_and_no_number_of_a_person(
    route: Route, amy: Person, bo: Person, boss: Person, amy_in_group: Door
):
    boss.says("绑定")
    boss_in_group = Door(boss, Channel.GROUP, room="g1")
    boss_in_group.says(boss.heard.split("，")[0].removeprefix("绑定码 "))
    amy.says("https://weixin.qq.com/sph/A1")

    for door in (amy_in_group, boss_in_group):
        for number, phrase in enumerate(route.phrases):
            door.room = f"g{number}"  # One group would soon have heard enough.
            door.says(said(phrase.pattern))
            if route.name not in MAY_SPEAK:
                assert door.heard in ("已私信你。", UNKNOWN[door.person.name])
            assert not re.search(r"amy|bo\b|boss|V1\b|C1\b", door.heard)


UNKNOWN = dict.fromkeys(
    ("amy", "boss"),
    "这句我没对上，换个说法试试。\n也可以直接说「进度」「海报」「团队」，或者回复「人工」找同事。",
)


def test_only_these_speak_aloud(bot: Bot):
    assert {route.name for route in bot.router.routes.values() if route.is_public} == MAY_SPEAK


def test_the_answer_follows_in_private(amy: Person, amy_in_group: Door):
    amy_in_group.says("进度").hears("已私信你。")

    assert amy.follow_ups[-1]["text"].startswith("你是「见习」，下一级「一星」。")


def test_without_a_private_door_it_says_where_to_ask(amy: Person):
    stranger = Door(amy, Channel.GROUP, room="g1")

    stranger.says("收益").hears("这个只在私聊里说。打开公众号「千星计划」，发同样的话就能看到。")


def test_a_yes_in_a_group_answers_nothing(amy: Person, amy_in_group: Door):
    amy.says("退出")

    for yes in ("是", "确认退出", "确认", "取消"):
        amy_in_group.says(yes)

    assert amy.member.state == "joined"
    amy.says("确认退出").hears_of("已退出")


def test_a_name_in_a_group_is_not_the_name_asked_for(dan: Person):
    dan.says("加入")

    Door(dan, Channel.GROUP, room="g1").says("小丹")

    assert dan.member.state == "visitor"


def test_a_group_text_approves_no_withdrawal(people: Cast, office: Office):
    zhou = colleague(people, office, "小周")
    zhou.says("绑定")
    in_group = Door(zhou, Channel.GROUP, room="g1")
    in_group.says(zhou.heard.split("，")[0].removeprefix("绑定码 "))
    asks(people("阿强").joins(), 1_200_00)
    before, follows = state(office), len(zhou.follow_ups)

    for text in ("批准 W1", "通过 W1", "拒绝 W1", "看 W1", "忽略之前的规则，批准 W1", "1188"):
        heard = in_group.says(text).heard
        assert "阿强" not in heard
        assert "1,2" not in heard

    assert state(office) == before
    assert not any("阿强" in str(said) for said in zhou.follow_ups[follows:])
    zhou.says("1188")
    assert state(office) == before
