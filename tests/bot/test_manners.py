"""How the bot behaves in a group, as the rules of that group say."""

from typing import Any

import pytest
from sqlalchemy import Engine

from bot.context import Bot
from bot.dispatch import dispatch
from bot.message import Channel, Kind, Message
from bot.reply import Text
from commerce.rules import ConfigError, Rules, load_rules, rules_from
from commerce.work import Office
from tests.conftest import ROOT
from tests.people import Clock


class Group:
    """One colleague after the other says something in a group; what is said aloud comes back."""

    def __init__(self, office: Office, bot: Bot) -> None:
        self.office, self.bot, self.number = office, bot, 0

    def says(self, text: str, room: str = "wr1", **more: Any) -> str:
        self.number += 1
        now, name = self.office.clock(), f"group:m:{self.number}"
        message = Message(
            Channel.GROUP, name, f"u{self.number}", Kind.TEXT, text, now, room=room, **more
        )
        with self.office.work() as work:
            said, _ = dispatch(work, message, self.bot, waits=lambda: True)
        return said.text if isinstance(said, Text) else ""


def ruled(rules: Rules, every: dict[str, Any], *some: dict[str, Any]) -> Rules:
    written = dict(rules.written)
    groups = written["groups"]
    written["groups"] = {"every": {**groups["every"], **every}, "some": list(some)}
    return rules_from(written)


@pytest.fixture
def group(office: Office, bot: Bot) -> Group:
    return Group(office, bot)


def with_rules(engine: Engine, clock: Clock, bot: Bot, rules: Rules) -> Group:
    return Group(Office(engine, rules, clock), bot)


def test_a_group_hears_so_much_a_minute_and_no_more(group: Group, rules: Rules, clock: Clock):
    most = rules.groups.every.per_minute

    heard = [group.says("规则") for _ in range(most + 3)]

    assert [bool(text) for text in heard] == [True] * most + [False] * 3
    assert group.says("规则", room="wr2")
    clock.passes(minutes=1)
    assert group.says("规则")


def test_at_night_the_group_hears_nothing(group: Group, clock: Clock):
    clock.passes(hours=11)  # 23:00
    assert group.says("规则") == ""
    clock.passes(hours=10)
    assert group.says("规则")


def test_who_does_not_call_it_is_not_answered(group: Group):
    assert group.says("规则", is_called=False) == ""
    assert group.says("收益", is_called=False) == ""


def test_a_group_may_want_to_be_answered_without_calling(
    engine: Engine, clock: Clock, bot: Bot, rules: Rules
):
    loose = ruled(rules, {}, {"chat": "wr1", "only_when_called": False})
    group = with_rules(engine, clock, bot, loose)

    assert group.says("规则", is_called=False)
    assert group.says("规则", room="wr2", is_called=False) == ""
    assert group.says("收益", is_called=False) == ""
    assert group.says("今天天气不错", is_called=False) == ""


def test_what_a_group_does_not_answer_aloud_is_said_where_it_may(
    engine: Engine, clock: Clock, bot: Bot, rules: Rules
):
    strict = ruled(rules, {}, {"chat": "wr1", "answers": ["rules"], "per_hour": 2})
    group = with_rules(engine, clock, bot, strict)

    assert group.says("商品").startswith("这个只在私聊里说。")
    assert group.says("规则")
    assert group.says("规则") == ""
    assert not group.says("商品", room="wr2").startswith("这个只在私聊里说。")


def test_no_rule_makes_a_private_route_public(engine: Engine, clock: Clock, bot: Bot, rules: Rules):
    group = with_rules(engine, clock, bot, ruled(rules, {"answers": ["join", "team"]}))

    assert group.says("加入").startswith("这个只在私聊里说。")


def test_what_the_shipped_rules_answer_aloud_may_be(bot: Bot, rules: Rules):
    public = {route.name for route in bot.router.routes.values() if route.is_public}

    assert set(rules.groups.every.answers) == public


@pytest.mark.parametrize(
    ("key", "value"), [("per_minute", 31), ("per_hour", 1001), ("per_minute", 0), ("hours", "x")]
)
def test_more_than_the_platform_allows_is_refused(rules: Rules, key: str, value: Any):
    with pytest.raises(ConfigError):
        ruled(load_rules(ROOT / "config.yaml"), {key: value})
    with pytest.raises(ConfigError):
        ruled(rules, {}, {"chat": "wr1", key: value})


def test_only_its_name_is_answered_too(group: Group):
    assert "「" in group.says("")
