"""Matching: one route, found without running anything."""

import pytest

from bot.amounts import BadAmount
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Said, Text
from bot.router import Match, Router
from tests.people import NOON


def heard(kind: Kind, text: str) -> Message:
    return Message(Channel.OFFICIAL, "m", "o", kind, text, NOON)


def test_one_handler_may_be_reached_in_many_ways():
    router = Router()
    router.says("提现")(router.taps("withdraw")(router.happens(Happening.LEFT)(answer_plain)))
    table = Router().include(router)

    for kind, text in ((Kind.TEXT, "我要提现"), (Kind.TAP, "withdraw"), (Kind.HAPPENING, "left")):
        assert table.match(heard(kind, text)) == Match(table.routes[answer_plain], {})
    assert table.match(heard(Kind.TAP, "提现")) is None


def answer_plain(ctx: object) -> Said:
    return Text("")


def test_a_slot_without_a_parameter_is_found_at_once():
    with pytest.raises(TypeError, match="answer_plain has no parameter"):
        Router().says("提现 {amount_fen:yuan}")(answer_plain)


def take(ctx: object, code: str = "", name: str = "", amount_fen: int = 0) -> Said:
    return Text("")


def take_too(ctx: object, code: str = "", name: str = "") -> Said:
    return Text("")


def test_the_more_exact_phrase_wins_whatever_the_order():
    free, exact = Router(), Router()
    free.says("绑定 {name:text}", "{code:code}")(take)
    exact.says("绑定 {code:code}")(take_too)

    for table in (Router().include(free, exact), Router().include(exact, free)):
        match = table.match(heard(Kind.TEXT, "绑定 K7M3Q2"))
        assert match is not None
        assert (match.route.handler, match.slots) == (take_too, {"code": "K7M3Q2"})


def test_free_words_and_a_lone_code_are_known_as_such():
    router = Router()
    router.says("我叫{name:text}", "{code:code}", "绑定 {code:code}")(take)
    table = Router().include(router)

    found = [table.match(heard(Kind.TEXT, text)) for text in ("我叫小明", "K7M3Q2", "绑定 K7M3Q2")]

    assert [(match.is_free, match.is_bare) for match in found if match] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_two_handlers_cannot_say_the_same():
    one, other = Router(), Router()
    one.says("提现")(take)
    other.says("我要提现")(take_too)

    with pytest.raises(AssertionError, match="two routes say 提现"):
        Router().include(one, other)


def test_two_handlers_cannot_have_the_same_key():
    one, other = Router(), Router()
    one.taps("withdraw")(take)
    other.taps("withdraw")(take_too)

    with pytest.raises(AssertionError, match="two routes for"):
        Router().include(one, other)


def test_a_scene_is_scanned_and_not_said():
    router = Router()
    router.scans("inv_{code:code}")(take)
    table = Router().include(router)

    scanned = table.match(heard(Kind.SCAN, "inv_K7M3Q2AB"))

    assert scanned is not None
    assert scanned.slots == {"code": "K7M3Q2AB"}
    assert table.match(heard(Kind.TEXT, "inv_K7M3Q2AB")) is None
    assert table.match(heard(Kind.SCAN, "other")) is None


def test_an_amount_that_cannot_be_taken_exactly_is_no_other_route():
    router = Router()
    router.says("提现 {amount_fen:yuan}")(take)

    with pytest.raises(BadAmount):
        Router().include(router).match(heard(Kind.TEXT, "提现 100.005"))


def test_steps_and_staff_routes_have_no_name_to_be_chosen_by():
    router = Router()
    router.step(take)
    router.says("待审")(router.staff(take_too))
    table = Router().include(router)

    assert table.named("take") is None
    assert table.named("take_too") is None
    assert table.step_named("tests.bot.test_router.take") is take


def test_a_route_takes_only_the_arguments_it_knows():
    router = Router()
    router.says("绑定 {code:code}")(take)

    assert router.routes[take].accepts({"code": "A", "live": "1"}) == {"code": "A"}
