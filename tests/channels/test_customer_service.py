"""Customer service: items of its pages in, messages out; replies in, bodies of `send_msg` out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.counters import KfDoor
from bot.channels.customer_service import (
    LIMITS,
    NotDelivered,
    SessionChanged,
    parse,
    render,
)
from bot.channels.envelope import Forged, Keys, Malformed, open_envelope, seal
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Ask, Card, Picture, Reply, Silence, Text, Video
from tests.channels.wire import NEW

NOW = datetime(2025, 11, 22, 2, 20, 1, tzinfo=UTC)
SENT_AT = datetime(2025, 11, 22, 2, 20, tzinfo=UTC)
KEYS = Keys(NEW.token, NEW.aes_key, "ww1")

Item = dict[str, Any]


def said(kind: str, **content: Any) -> Item:
    head = {"msgid": "m1", "open_kfid": "wk1", "external_userid": "wmUser9"}
    return {**head, "send_time": 1763778000, "origin": 3, "msgtype": kind, kind: content}


def happened(kind: str, **fields: Any) -> Item:
    who = {"open_kfid": "wk1", "external_userid": "wmUser9"}
    event = {"event_type": kind, **who, **fields}
    head = {"msgid": "e1", "send_time": 1763778000, "origin": 4, "msgtype": "event"}
    return {**head, "event": event}


def read(item: Item) -> Message:
    found = parse(item, NOW)
    assert isinstance(found, Message)
    return found


def nothing(code: int) -> None:
    raise AssertionError(code)


READINGS: list[tuple[Item, Kind, str, str, str]] = [
    (said("text", content=" 提现 \n"), Kind.TEXT, "提现", "", ""),
    (said("text", content="我的等级", menu_id="level"), Kind.TEXT, "我的等级", "", ""),
    (said("text", content="[[a|https://b]]"), Kind.TEXT, "［［a|https://b]]", "", ""),
    (said("link", title="t", url="https://a.example/v"), Kind.TEXT, "https://a.example/v", "", ""),
    (said("link", url="weixin://x"), Kind.OTHER, "", "", ""),
    (said("video", media_id="M"), Kind.VIDEO, "M", "", ""),
    (said("image", media_id="M"), Kind.OTHER, "", "", ""),
    (said("voice", media_id="M"), Kind.OTHER, "", "", ""),
    (said("location", latitude=1.5), Kind.OTHER, "", "", ""),
    (said("channels_shop_order", order_id="3"), Kind.OTHER, "", "", ""),
    (said("not_known_yet"), Kind.OTHER, "", "", ""),
    (
        happened("enter_session", scene="card", scene_param="inv_ab12", welcome_code="WC"),
        Kind.HAPPENING,
        Happening.FOLLOWED,
        "inv_ab12",
        "WC",
    ),
    (
        happened("enter_session", scene="", scene_param="", welcome_code="WC"),
        Kind.HAPPENING,
        Happening.FOLLOWED,
        "",
        "WC",
    ),
    (
        happened("enter_session", scene="card", scene_param="inv_ab12"),
        Kind.HAPPENING,
        Happening.FOLLOWED,
        "inv_ab12",
        "",
    ),
]


@pytest.mark.parametrize(("item", "kind", "text", "scene", "code"), READINGS)
def test_what_a_person_did(item: Item, kind: Kind, text: str, scene: str, code: str) -> None:
    found = read(item)

    assert (found.kind, found.text, found.scene, found.answer_code) == (kind, text, scene, code)
    assert found.channel is Channel.CUSTOMER_SERVICE
    assert (found.sender, found.account, found.sent_at) == ("wmUser9", "wk1", SENT_AT)
    assert found.id == f"wecom:m:{item['msgid']}"
    assert not found.is_public


def test_what_became_of_a_conversation() -> None:
    fail = happened("msg_send_fail", fail_msgid="k7", fail_type=6)
    assert parse(fail, NOW) == NotDelivered("wecom:m:e1", "k7", "wmUser9", 6)
    for kind, with_colleague in ((1, True), (2, True), (3, False), (4, True)):
        change = happened("session_status_change", change_type=kind, new_servicer_userid="li")
        assert parse(change, NOW) == SessionChanged("wecom:m:e1", "wmUser9", with_colleague)


@pytest.mark.parametrize(
    "item",
    [
        said("text", content="我来处理") | {"origin": 5, "servicer_userid": "li"},
        said("text", content="系统") | {"origin": 4},
        happened("enter_session", scene="card"),
        happened("servicer_status_change", status=1),
        happened("user_recall_msg", recall_msgid="m1"),
        happened("something_new"),
    ],
)
def test_what_concerns_nobody_here(item: Item) -> None:
    assert parse(item, NOW) is None


@pytest.mark.parametrize(
    "item",
    [
        {},
        said("text", content="a") | {"msgid": ""},
        said("text", content="a") | {"msgid": "a" * 91},
        said("text", content="a") | {"external_userid": "a b"},
        said("text", content="a") | {"open_kfid": None},
        said("text", content=["a"]),
        said("text", content="a") | {"text": "a"},
        {"msgid": "e", "msgtype": "event", "event": []},
    ],
)
def test_what_is_no_message_is_told_from_one(item: Item) -> None:
    if item:
        with pytest.raises(Malformed):
            parse(item, NOW)
    else:
        assert parse(item, NOW) is None


@pytest.mark.parametrize("time", ["1763778000", None, -1, 10**12, 1])
def test_a_time_no_clock_can_have_shown_is_now(time: Any) -> None:
    assert read(said("text", content="a") | {"send_time": time}).sent_at == NOW


def test_only_the_words_of_a_plain_text_are_sent() -> None:
    assert render(Text("好的")) == {"msgtype": "text", "text": {"content": "好的"}}


def test_choices_and_links_are_a_menu() -> None:
    asked = Ask("同意[[《计划规则》|https://a.example/rules]]吗？", then=nothing, choices=("同意",))

    assert render(asked) == {
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": "同意《计划规则》吗？",
            "list": [
                {
                    "type": "view",
                    "view": {"url": "https://a.example/rules", "content": "《计划规则》"},
                },
                {"type": "click", "click": {"id": "同意", "content": "同意"}},
            ],
        },
    }


def test_a_tapped_choice_comes_back_as_its_words() -> None:
    [item] = render(Text("?", ("取消提现 W1024",)))["msgmenu"]["list"]
    click = item["click"]

    assert (
        read(said("text", content=click["content"], menu_id=click["id"])).text == "取消提现 W1024"
    )


def test_a_card_is_a_menu_with_its_link() -> None:
    body = render(Card("春日好物专场", "周五 20:00", "https://a.example/live"))

    assert body["msgmenu"]["head_content"] == "春日好物专场\n周五 20:00"
    assert body["msgmenu"]["list"] == [
        {"type": "view", "view": {"url": "https://a.example/live", "content": "春日好物专场"}}
    ]


@pytest.mark.parametrize(
    "reply",
    [
        Text("长" * 342, ("进度",)),  # 1026 bytes: no head of a menu.
        Text("看", tuple(str(number) for number in range(11))),
        Text("看", ("长" * 43,)),
        Text("长" * 2000),
        Text("长" * 600 + "[[规则|https://a.example/rules]]", ("进度", "团队")),
    ],
)
def test_what_is_no_menu_is_a_text_of_at_most_2048_bytes(reply: Reply) -> None:
    body = render(reply)

    assert body["msgtype"] == "text"
    assert 0 < len(body["text"]["content"].encode()) <= LIMITS.text_bytes


def test_limits_of_a_menu_are_kept_by_bytes() -> None:
    menu = render(Text("长" * 341, ("二" * 42,)))["msgmenu"]

    assert len(menu["head_content"].encode()) <= 1024
    [item] = menu["list"]
    assert len(item["click"]["id"].encode()) <= 64
    assert len(item["click"]["content"].encode()) <= 128


def test_a_picture_goes_by_its_media_id_and_a_video_by_its_words() -> None:
    picture = Picture("team_tree", {})
    assert render(picture, "M1") == {"msgtype": "image", "image": {"media_id": "M1"}}
    assert render(Video("V", "T", "视频看不了"))["text"]["content"] == "视频看不了"
    for unsayable in (picture, Silence()):
        with pytest.raises(ValueError, match="nothing to send"):
            render(unsayable)


def test_it_may_say_five_in_48_hours_and_nothing_to_who_only_entered() -> None:
    assert (LIMITS.after_message.messages, LIMITS.after_message.lasts) == (5, timedelta(hours=48))
    assert LIMITS.after_tap.messages == 0
    assert LIMITS.unasked is None


RING = (
    "<xml><ToUserName><![CDATA[ww1]]></ToUserName><CreateTime>1763778000</CreateTime>"
    "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
    "<Token><![CDATA[ENC1]]></Token><OpenKfId><![CDATA[{account}]]></OpenKfId></xml>"
)


def rung(keys: Keys, event: str = "kf_msg_or_event", account: str = "wk1") -> Any:
    """What the bell hears, sealed with these keys."""
    door, stamp = KfDoor((KEYS,)), str(int(NOW.timestamp()))
    sealed = seal(RING.format(event=event, account=account), keys, stamp, "n1", b"r" * 16)
    signature = sealed.split("<MsgSignature><![CDATA[")[1].split("]]")[0]
    query = {"msg_signature": signature, "timestamp": stamp, "nonce": "n1"}
    return door.read(door.open(query, sealed.encode(), NOW), NOW)


def test_the_bell_names_the_account_and_its_key() -> None:
    assert rung(KEYS) == {"account": "wk1", "token": "ENC1"}
    assert rung(KEYS, event="subscribe") is None
    for account in ("", "w k", "w" * 65):
        with pytest.raises(Malformed):
            rung(KEYS, account=account)


def test_another_corporation_or_another_key_is_forged() -> None:
    for keys in (
        Keys(KEYS.token, KEYS.aes_key, "ww2"),
        Keys(KEYS.token, "a" * 43, "ww1"),
        Keys("another", KEYS.aes_key, "ww1"),
    ):
        with pytest.raises(Forged):
            rung(keys)
    with pytest.raises(Forged):
        open_envelope({}, b"<xml></xml>", (KEYS,), now=NOW, mode="safe")
