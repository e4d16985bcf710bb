import base64
import json
from typing import Any

import pytest
from wechatpy.crypto import PrpCrypto

from bot.channels.counters import BotDoor
from bot.channels.envelope import Forged, Keys, Stale
from bot.channels.fields import Malformed
from bot.channels.group import LIMITS, parse, render, render_late
from bot.message import Channel, Happening, Kind
from bot.reply import Picture, Silence, Text
from tests.channels.wire import NOW, sign

BOT_ID, NAME, PAGE = "aib1", "千星助手", "https://star.example/pages/rules"
KEYS = Keys("AAAAA", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "")
URL = "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=R%3D1-x&a=1"
HEAD: dict[str, Any] = {
    "msgid": "m1",
    "aibotid": BOT_ID,
    "chatid": "wrGroup1",
    "chattype": "group",
    "from": {"userid": "zhangsan"},
    "response_url": URL,
}
ALONE: dict[str, Any] = {"chatid": "", "chattype": "single"}


def told(msgtype: str, **fields: Any) -> dict[str, Any]:
    return {**HEAD, "msgtype": msgtype, **fields}


def words(content: str, **fields: Any) -> dict[str, Any]:
    return told("text", text={"content": content}, **fields)


def event(name: str, **fields: Any) -> dict[str, Any]:
    return told("event", create_time="1763778000", event={"eventtype": name, **fields})


TAP = event("template_card_event", template_card_event={"event_key": "进度", "task_id": "t1"})
MIXED = {"msg_item": [{"msgtype": "text", "text": {"content": "@千星助手 看看"}}, {"image": {}}]}


def read(fields: dict[str, Any]) -> Any:
    return parse(fields, NOW, bot_id=BOT_ID, name=NAME)


@pytest.mark.parametrize(
    ("content", "text", "called"),
    [
        ("@千星助手 我的等级", "我的等级", True),
        ("@千星助手\u2005我的等级", "我的等级", True),
        ("我的等级 @千星助手", "我的等级", True),
        ("@小红 @千星助手 我的等级", "@小红 我的等级", True),
        ("@改过名的助手 我的等级", "我的等级", True),
        ("我的等级", "我的等级", False),
        ("@千星助手", "", True),
    ],
)
def test_the_name_is_left_out(content: str, text: str, called: bool):
    heard = read(words(content))

    assert (heard.text, heard.is_called) == (text, called)
    assert (heard.channel, heard.room, heard.known_at) == (
        Channel.GROUP,
        "wrGroup1",
        Channel.WECOM_APP,
    )
    assert (heard.id, heard.sender, heard.answer_code) == ("group:m:m1", "zhangsan", "R=1-x")


def test_alone_with_somebody_it_is_a_private_door():
    heard = read(words("@小红 收益", **ALONE))

    assert (heard.channel, heard.room, heard.text) == (Channel.WECOM_APP, None, "@小红 收益")
    assert heard.answer_code == ""
    assert not heard.is_public


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        (told("voice", voice={"content": "几点播"}, **ALONE), Kind.TEXT, "几点播"),
        (told("mixed", mixed=MIXED), Kind.TEXT, "看看"),
        (told("image", image={"url": "https://a.example"}, **ALONE), Kind.OTHER, ""),
        ({**event("enter_chat"), **ALONE}, Kind.HAPPENING, Happening.FOLLOWED),
        (TAP, Kind.TEXT, "进度"),
    ],
)
def test_what_was_done(fields: dict[str, Any], kind: Kind, text: str):
    heard = read(fields)

    assert (heard.kind, heard.text) == (kind, text)


@pytest.mark.parametrize(
    "fields",
    [
        told("stream", stream={"id": "s1"}),
        event("feedback_event", feedback_event={"type": "1"}),
        event("disconnected_event"),
        told("something_new"),
        words("@千星助手 你好", **{"from": {"userid": BOT_ID}}),
    ],
)
def test_what_concerns_nobody(fields: dict[str, Any]):
    assert read(fields) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"aibotid": "another"},
        {"aibotid": None},
        {"from": {}},
        {"from": "zhangsan"},
        {"msgid": ""},
        {"msgid": "a" * 200},
        {"msgid": ["m1"]},
        {"chatid": ""},
        {"msgtype": {}},
        {"text": {"content": ["x"]}},
    ],
)
def test_what_is_no_message_of_our_bot(wrong: dict[str, Any]):
    with pytest.raises(Malformed):
        read({**words("@千星助手 你好"), **wrong})


def test_an_answer_is_a_stream_that_is_whole():
    said = render(Text("看[[规则|https://a.example/r]]。<@all>", ("进度",)), words("x"), PAGE)

    content = "看[规则](https://a.example/r)。＜@all>\n「进度」"
    assert said == {"msgtype": "stream", "stream": {"id": "m1", "finish": True, "content": content}}
    assert render_late(Text("好")) == {"msgtype": "markdown", "markdown": {"content": "好"}}


def test_a_short_answer_with_choices_is_a_card_with_buttons():
    said = render(Text("这个没听懂。\n可以问：", ("规则", "进度")), words("x"), PAGE)

    assert said is not None
    assert said["msgtype"] == "template_card"
    card = said["template_card"]
    assert card["main_title"] == {"title": "这个没听懂。"}
    assert [button["key"] for button in card["button_list"]] == ["规则", "进度"]
    assert card["task_id"] == "say-m1"


def test_a_tap_needs_no_name():
    heard = read(TAP)

    assert heard.is_called
    assert (heard.channel, heard.room) == (Channel.GROUP, "wrGroup1")


def test_events_are_answered_as_the_platform_allows():
    welcome = render(Text("你好"), event("enter_chat"), PAGE)
    changed = render(Text("约好了\n周五 20:00"), TAP, PAGE)

    assert welcome == {"msgtype": "text", "text": {"content": "你好"}}
    assert changed is not None
    assert changed["userids"] == ["zhangsan"]
    card = changed["template_card"]
    assert (card["task_id"], card["main_title"]) == ("t1", {"title": "约好了"})


def test_nothing_is_said_with_nothing():
    assert render(Silence(), words("x"), PAGE) is None
    assert render(Picture("poster", {}), words("x"), PAGE) is None
    with pytest.raises(ValueError, match="Silence"):
        render_late(Silence())


def test_the_longest_answer_fits():
    said = render(Text("一行字\n" * 5_000, ("进度",)), words("x"), PAGE)

    assert said is not None
    content = said["stream"]["content"]
    assert len(content.encode()) <= LIMITS.text_bytes
    assert content.endswith("…\n「进度」")


def posted(fields: dict[str, Any], aes_key: str = KEYS.aes_key) -> tuple[dict[str, str], bytes]:
    """As the platform seals it, by wechatpy."""
    crypto = PrpCrypto(base64.b64decode(aes_key + "="))
    sealed = crypto.encrypt(json.dumps(fields), "")
    encrypt = sealed.decode() if isinstance(sealed, bytes) else sealed
    stamp, nonce = str(int(NOW.timestamp())), "n1"
    signature = sign(KEYS.token, stamp, nonce, encrypt)
    query = {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
    return query, json.dumps({"encrypt": encrypt}).encode()


DOOR = BotDoor((KEYS,), BOT_ID, NAME, PAGE)


def test_the_answer_carries_the_nonce_of_the_question():
    opened = DOOR.open(*posted(words("@千星助手 规则")), NOW)
    heard = DOOR.read(opened, NOW)
    assert heard is not None

    answer = json.loads(DOOR.answer(opened, heard, Text("好"), NOW) or b"")

    signature = sign(KEYS.token, str(answer["timestamp"]), "n1", answer["encrypt"])
    assert (answer["nonce"], answer["msgsignature"]) == ("n1", signature)
    crypto = PrpCrypto(base64.b64decode(KEYS.aes_key + "="))
    assert json.loads(crypto.decrypt(answer["encrypt"], ""))["stream"]["content"] == "好"


def test_another_key_a_late_copy_and_another_bot_are_refused():
    query, body = posted(words("x"), aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    with pytest.raises(Forged):
        DOOR.open(query, body, NOW)
    with pytest.raises(Stale):
        DOOR.open(*posted(words("x")), NOW.replace(hour=NOW.hour + 1))
    opened = DOOR.open(*posted(words("x", aibotid="another")), NOW)
    with pytest.raises(Malformed):
        DOOR.read(opened, NOW)
