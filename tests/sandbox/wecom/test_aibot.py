"""The AI bot in callback mode: what an application without a long connection may say, and when."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import opener, until
from tests.sandbox.wecom import bots
from tests.sandbox.wecom.bots import CORP, GROUP, BotApp, Room, Told

CALL = "@千星助手 "
CARD = {
    "card_type": "button_interaction",
    "main_title": {"title": "直播预约"},
    "button_list": [{"text": "我要预约", "style": 1, "key": "book_88"}],
    "task_id": "live88",
}


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BotApp, Room]]:
    folder = tmp_path_factory.mktemp("bot")
    with bots.running() as app, opener(folder, CORP)(app) as desk:
        yield app, Room(desk.http, desk.world)


@pytest.fixture
def app(_pair: tuple[BotApp, Room]) -> BotApp:
    app, _room = _pair
    vars(app).update(vars(BotApp(app.url)))
    return app


@pytest.fixture
def room(_pair: tuple[BotApp, Room], app: BotApp) -> Iterator[Room]:
    _app, room = _pair
    yield room.made("小明", "小红")
    until(lambda: not room.world.workers, "the last delivery ends")
    room.lever("reset")


def stream(content: str, *, finish: bool = True, id: str = "s1") -> Told:
    return {"msgtype": "stream", "stream": {"id": id, "finish": finish, "content": content}}


def settled(room: Room) -> None:
    until(lambda: not room.world.workers, "everything is delivered")


def respond(room: Room, told: Told, body: Told) -> int:
    path = told["response_url"].split("/wecom/", 1)[1]
    return int(room.http.post(f"/wecom/{path}", json=body).json()["errcode"])


def test_who_calls_it_in_a_group_is_told_and_all_see_the_answer(app: BotApp, room: Room):
    app.answer = lambda told: stream("周五 **20:00**")

    room.said("小明", "几点播")
    room.said("小明", CALL + "几点播")
    settled(room)

    [told] = app.told
    assert told["text"]["content"] == CALL + "几点播"
    assert (told["chattype"], told["aibotid"]) == ("group", CORP.bot.id)
    assert room.from_bot("小明") == room.from_bot("小红") == ["周五 20:00"]
    shown = room.phone("小红")[-1]
    assert (shown["door"], shown["group"]) == ("group", GROUP)


def test_in_an_external_group_there_is_no_bot(app: BotApp, room: Room):
    room.made("客户", kind="external", name="千星福利群")
    room.said("客户", CALL + "几点播", "千星福利群")
    settled(room)

    assert app.told == []


def test_a_stream_is_asked_for_until_it_ends(app: BotApp, room: Room):
    said = iter(["想", "想一", "想一想"])

    def answer(told: Told) -> Told:
        words = next(said)
        return stream(words, finish=words == "想一想")

    app.answer = answer
    room.said("小明", CALL + "讲讲")
    settled(room)

    kinds = [told["msgtype"] for told in app.told]
    assert kinds == ["text", "stream", "stream"]
    assert app.told[1]["stream"]["id"] == "s1"
    assert room.from_bot("小红") == ["想一想"]


def test_after_six_minutes_nobody_asks_any_more(app: BotApp, room: Room):
    app.answer = lambda told: stream("还在想", finish=False)
    room.said("小明", CALL + "讲讲")
    until(lambda: len(app.told) > 1, "the stream is asked for")

    room.advance(361)

    settled(room)
    assert room.from_bot("小红") == ["还在想"]


@pytest.mark.parametrize(
    "answer",
    [
        {"msgtype": "text", "text": {"content": "不行"}},
        {"msgtype": "markdown", "markdown": {"content": "不行"}},
        {"msgtype": "stream", "stream": {"finish": True, "content": "没有 id"}},
        stream("长" * 7_000),
    ],
)
def test_what_may_not_be_said_to_a_message_is_not_shown(app: BotApp, room: Room, answer: Told):
    app.answer = lambda told: answer
    room.said("小明", CALL + "你好")
    settled(room)

    assert room.from_bot("小红") == []


def test_one_answer_may_follow_within_the_hour(app: BotApp, room: Room):
    room.said("小明", CALL + "你好")
    room.said("小明", CALL + "晚一点")
    settled(room)
    first, second = app.told
    late = {"msgtype": "markdown", "markdown": {"content": "来了"}}

    assert respond(room, first, stream("不行")) == 40008
    assert respond(room, first, late) == 0
    assert respond(room, first, late) == 40058
    room.advance(3_601)
    assert respond(room, second, late) == 40058
    assert room.from_bot("小红") == ["来了"]


def test_three_at_once_and_no_more(app: BotApp, room: Room):
    app.answer = lambda told: stream("在想", finish=False, id=told["msgid"])
    for number in range(4):
        room.said("小明", CALL + f"问题 {number}")
    until(lambda: len([t for t in app.told if t["msgtype"] == "text"]) == 3, "three are told")
    room.said("小红", CALL + "我的")
    until(lambda: len([t for t in app.told if t["msgtype"] == "text"]) == 4, "hers is told")

    assert "问题 3" not in str(app.told)
    assert any("还在处理" in said for said in room.from_bot("小明"))
    room.advance(361)


def test_alone_it_welcomes_once_a_day(app: BotApp, room: Room):
    app.answer = lambda told: {"msgtype": "text", "text": {"content": "你好"}}
    for _ in range(2):
        room.lever("aibot/enter", {"person": "小明"})
    settled(room)

    assert [told["event"]["eventtype"] for told in app.told] == ["enter_chat"]
    assert room.from_bot("小明") == ["你好"]
    room.advance(86_400)
    room.lever("aibot/enter", {"person": "小明"})
    settled(room)
    assert len(app.told) == 2


def test_a_card_is_changed_for_whoever_tapped(app: BotApp, room: Room):
    def answer(told: Told) -> Told:
        if told["msgtype"] == "event":
            changed: dict[str, Any] = {**CARD, "main_title": {"title": "约好了"}}
            to = [told["from"]["userid"]]
            return {
                "response_type": "update_template_card",
                "userids": to,
                "template_card": changed,
            }
        return {"msgtype": "template_card", "template_card": CARD}

    app.answer = answer
    room.said("小明", CALL + "预约")
    settled(room)
    room.lever("people/小红/tap", {"key": "我要预约"})
    settled(room)

    assert app.told[-1]["event"]["template_card_event"]["event_key"] == "book_88"
    assert room.from_bot("小红") == ["约好了"]
    assert room.from_bot("小明") == ["直播预约"]


def test_the_address_is_verified(room: Room):
    assert room.lever("verify", {"door": "aibot"})["ok"]
