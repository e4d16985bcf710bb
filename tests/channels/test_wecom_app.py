from datetime import UTC, datetime
from typing import Any

import pytest
from wechatpy.work.crypto import WeChatCrypto

from bot.channels.counters import AppDoor
from bot.channels.envelope import Forged, Keys
from bot.channels.fields import Malformed
from bot.channels.wecom_app import LIMITS, parse, render
from bot.message import Channel, Happening, Kind
from bot.reply import Ask, Card, Picture, Reply, Silence, Text
from tests.channels.wire import sign

NOW = datetime(2025, 11, 22, 2, 20, 1, tzinfo=UTC)
CORP = Keys("AAAAA", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ww0123456789abcdef")
HEAD: dict[str, Any] = {
    "ToUserName": CORP.app_id,
    "FromUserName": "zhangsan",
    "CreateTime": "1763778000",
    "AgentID": "1000002",
}


def message(**fields: Any) -> dict[str, Any]:
    return {**HEAD, "MsgType": "text", "MsgId": "4561255354251345929", **fields}


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {**HEAD, "MsgType": "event", "Event": name, **fields}


READINGS: list[tuple[dict[str, Any], Kind, str]] = [
    (message(Content=" 待审 "), Kind.TEXT, "待审"),
    (message(MsgType="image", PicUrl="https://a.example/p", MediaId="M"), Kind.OTHER, ""),
    (message(MsgType="link", Url="https://a.example/v?i=1"), Kind.TEXT, "https://a.example/v?i=1"),
    (message(MsgType="link", Url="javascript:alert(1)"), Kind.OTHER, ""),
    (event("click", EventKey="earnings"), Kind.TAP, "earnings"),
    (
        event("template_card_event", EventKey="批准 W1031", TaskId="t1", CardType="x"),
        Kind.TEXT,
        "批准 W1031",
    ),
    (event("subscribe"), Kind.HAPPENING, Happening.FOLLOWED),
    (event("unsubscribe"), Kind.HAPPENING, Happening.LEFT),
]


@pytest.mark.parametrize(("fields", "kind", "text"), READINGS)
def test_what_a_colleague_does_is_read(fields: dict[str, Any], kind: Kind, text: str):
    heard = parse(fields, NOW)

    assert heard is not None
    assert (heard.channel, heard.sender, heard.kind, heard.text) == (
        Channel.WECOM_APP,
        "zhangsan",
        kind,
        text,
    )


@pytest.mark.parametrize("fields", [event("enter_agent"), event("LOCATION"), message(MsgType="x")])
def test_what_concerns_nobody_is_left_alone(fields: dict[str, Any]):
    assert parse(fields, NOW) is None


@pytest.mark.parametrize(
    "fields",
    [
        message(FromUserName="../etc"),
        message(MsgId="one"),
        message(Content=["twice", "sent"]),
        {"ToUserName": CORP.app_id},
    ],
)
def test_what_is_no_message_is_malformed(fields: dict[str, Any]):
    with pytest.raises(Malformed):
        parse(fields, NOW)


def test_two_taps_on_one_card_are_one_message_and_two_cards_are_two():
    tapped = event("template_card_event", EventKey="批准 W1031", TaskId="t1")
    again, other = dict(tapped), {**tapped, "TaskId": "t2"}

    names = [heard.id for one in (tapped, again, other) if (heard := parse(one, NOW))]

    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Text("待审 2 笔，共 1,860.00 元。", ("看 W1031", "看 W1033")), "template_card"),
        (Ask("确认吗？", then=print, choices=("确认", "取消")), "template_card"),
        (Text("没有要审的。"), "text"),
        (Text("字" * 27, ("好",)), "template_card"),
        (Text("字" * 113, ("好",)), "text"),
        (Text("好不好？", ("一个比十个字还要长的选择",)), "text"),
        (Text("选", tuple("一二三四五六七")), "text"),
        (Card("规则", "看一看", "https://a.example/r"), "textcard"),
    ],
)
def test_a_reply_is_a_card_with_buttons_where_it_fits(reply: Reply, kind: str):
    body = render(reply, "zhangsan", 1000002, "task-1")

    assert body["msgtype"] == kind
    assert (body["touser"], body["agentid"]) == ("zhangsan", 1000002)


def test_a_button_says_its_own_words():
    body = render(Text("待审 1 笔：\nW1031 小红", ("看 W1031",)), "zhangsan", 1, "task-1")

    card = body["template_card"]
    assert card["main_title"] == {"title": "待审 1 笔："}
    assert card["sub_title_text"] == "W1031 小红"
    assert [(one["text"], one["key"]) for one in card["button_list"]] == [("看 W1031", "看 W1031")]
    assert card["task_id"] == "task-1"


LONG = "小明提了一笔 200.00 元的提现，超过了自动付款的上限，等你批准。"


@pytest.mark.parametrize(
    ("text", "title", "below"),
    [
        ("字" * 26, "字" * 26, None),
        (LONG, "小明提了一笔 200.00 元的提现…", LONG),
        (f"{LONG}\nW1031 小红", "小明提了一笔 200.00 元的提现…", f"{LONG}\nW1031 小红"),
        ("字" * 27, "字" * 25 + "…", "字" * 27),
        ("小明，" + "字" * 30, "小明，" + "字" * 22 + "…", "小明，" + "字" * 30),
        ("字" * 26 + "。", "字" * 25 + "…", "字" * 26 + "。"),
        ("字" * 25 + "。字", "字" * 25 + "…", "字" * 25 + "。字"),
    ],
)
def test_a_first_line_too_long_for_a_title_keeps_its_buttons(
    text: str, title: str, below: str | None
):
    card = render(Text(text, ("批准 W1031",)), "zhangsan", 1, "task-1")["template_card"]

    assert card["main_title"] == {"title": title}
    assert len(title) <= 26
    assert card.get("sub_title_text") == below
    assert [one["key"] for one in card["button_list"]] == ["批准 W1031"]


def test_a_long_text_is_cut_and_keeps_its_choices():
    body = render(Text("很长。\n" * 500, ("看 W1031",)), "zhangsan", 1, "task-1")

    said = body["text"]["content"]
    assert len(said.encode()) <= LIMITS.text_bytes
    assert said.endswith("…\n「看 W1031」")


@pytest.mark.parametrize("reply", [Silence(), Picture("team_tree", {})])
def test_what_cannot_be_sent_says_so(reply: Reply):
    with pytest.raises(ValueError, match="nothing to send"):
        render(reply, "zhangsan", 1, "task-1")


def sealed(text: str, keys: Keys = CORP) -> tuple[dict[str, str], str]:
    """By wechatpy, which the application does not use for it."""
    crypto = WeChatCrypto(keys.token, keys.aes_key, keys.app_id)
    encrypt = crypto.encrypt_message(text, "n", "1").split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    stamp = str(int(NOW.timestamp()))
    signature = sign(keys.token, stamp, "n", encrypt)
    return {"msg_signature": signature, "timestamp": stamp, "nonce": "n"}, encrypt


def test_the_console_is_answered_with_the_opened_challenge():
    query, challenge = sealed("1616140317555161061")

    assert AppDoor((CORP,)).echo({**query, "echostr": challenge}, NOW) == b"1616140317555161061"


@pytest.mark.parametrize(
    "keys", [Keys(CORP.token, CORP.aes_key, "wwSomebodyElse00"), Keys("B", CORP.aes_key, "ww")]
)
def test_what_another_corporation_sealed_is_forged(keys: Keys):
    query, encrypt = sealed("<xml></xml>", keys)
    body = f"<xml><ToUserName>{CORP.app_id}</ToUserName><Encrypt>{encrypt}</Encrypt></xml>"

    with pytest.raises(Forged):
        AppDoor((CORP,)).open(query, body.encode(), NOW)
