from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from wechatpy import parse_message

from bot.channels.fields import Malformed, read
from bot.channels.official_account import (
    LIMITS,
    parse,
    plain,
    render_custom,
    render_passive,
    shown,
)
from bot.message import Channel, Happening, Kind
from bot.reply import Ask, Card, Picture, Reply, Silence, Text, Video, from_json, to_json

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2025, 11, 22, 2, 20, 1, tzinfo=UTC)
SENT_AT = datetime(2025, 11, 22, 2, 20, tzinfo=UTC)
HEAD: dict[str, Any] = {
    "ToUserName": "gh_demo",
    "FromUserName": "oUser1",
    "CreateTime": "1763778000",
}


def message(**fields: Any) -> dict[str, Any]:
    return {**HEAD, "MsgType": "text", "MsgId": "24000000000000001", **fields}


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {**HEAD, "MsgType": "event", "Event": name, **fields}


def passive(reply: Reply, media_id: str | None = None) -> str | None:
    return render_passive(reply, "oUser1", "gh_demo", NOW, media_id)


def content(reply: Reply) -> str:
    xml = passive(reply)
    assert xml is not None
    return str(read(xml.encode())["Content"])


READINGS: list[tuple[dict[str, Any], Kind, str, str]] = [
    (message(Content=" 提现 \n"), Kind.TEXT, "提现", ""),
    (message(Content="查看收益", bizmsgmenuid="earn"), Kind.TEXT, "查看收益", ""),
    (message(Content="0"), Kind.TEXT, "0", ""),
    (message(), Kind.TEXT, "", ""),
    (message(MsgType="TEXT", Content="a"), Kind.TEXT, "a", ""),
    (message(MsgType="video", MediaId="M1", ThumbMediaId="T"), Kind.VIDEO, "M1 T", ""),
    (message(MsgType="shortvideo", MediaId="M2"), Kind.VIDEO, "M2", ""),
    (
        message(MsgType="link", Url="https://a.example/v?i=1"),
        Kind.TEXT,
        "https://a.example/v?i=1",
        "",
    ),
    (message(MsgType="link", Url="weixin://x"), Kind.OTHER, "", ""),
    (message(MsgType="image", PicUrl="https://a.example", MediaId="M"), Kind.OTHER, "", ""),
    (message(MsgType="voice", MediaId="M", Format="amr"), Kind.OTHER, "", ""),
    (message(MsgType="location", Location_X="x", Scale="y"), Kind.OTHER, "", ""),
    (event("CLICK", EventKey="withdraw"), Kind.TAP, "withdraw", ""),
    (event("SCAN", EventKey="inv_ab12", Ticket="TK"), Kind.SCAN, "inv_ab12", ""),
    (event("subscribe", EventKey=""), Kind.HAPPENING, Happening.FOLLOWED, ""),
    (
        event("subscribe", EventKey="qrscene_inv_ab12", Ticket="TK"),
        Kind.HAPPENING,
        Happening.FOLLOWED,
        "inv_ab12",
    ),
    (
        event("subscribe", EventKey="qrscene_qrscene_1"),
        Kind.HAPPENING,
        Happening.FOLLOWED,
        "qrscene_1",
    ),
    (event("unsubscribe", EventKey=""), Kind.HAPPENING, Happening.LEFT, ""),
    (
        event("user_authorization_revoke", RevokeInfo="1"),
        Kind.HAPPENING,
        Happening.WITHDREW_CONSENT,
        "",
    ),
    (
        event("user_authorization_cancellation"),
        Kind.HAPPENING,
        Happening.WITHDREW_CONSENT,
        "",
    ),
]


@pytest.mark.parametrize(("fields", "kind", "text", "scene"), READINGS)
def test_what_a_person_did_is_read(fields, kind, text, scene):
    read_message = parse(fields, NOW)

    assert read_message is not None
    assert (read_message.channel, read_message.sender) == (Channel.OFFICIAL, "oUser1")
    assert (read_message.kind, read_message.text, read_message.scene) == (kind, text, scene)
    assert read_message.sent_at == SENT_AT
    assert not read_message.is_public


def answered(template: str, status: str) -> dict[str, str]:
    return {"TemplateId": template, "SubscribeStatusString": status, "PopupScene": "2"}


@pytest.mark.parametrize(
    ("name", "where", "listed", "text"),
    [
        (
            "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent",
            [answered("T1", "accept"), answered("T2", "reject")],
            "yes T1,no T2",
        ),
        (
            "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent",
            answered("T1", "accept"),
            "yes T1",
        ),
        (
            "subscribe_msg_change_event",
            "SubscribeMsgChangeEvent",
            answered("T1", "reject"),
            "off T1",
        ),
    ],
)
def test_what_somebody_permits_is_read(name, where, listed, text):
    heard = parse(event(name, **{where: {"List": listed}}), NOW)

    assert heard is not None
    assert (heard.kind, heard.text, heard.sender) == (Kind.PERMIT, text, "oUser1")


def test_two_answers_of_one_second_are_two_messages():
    one, other = (
        parse(
            event(
                "subscribe_msg_popup_event",
                SubscribeMsgPopupEvent={"List": answered(template, "accept")},
            ),
            NOW,
        )
        for template in ("T1", "T2")
    )

    assert one is not None
    assert other is not None
    assert one.id != other.id


@pytest.mark.parametrize(
    "listed",
    [
        {},
        "",
        [],
        ["T1"],
        answered("T1", "maybe"),
        answered("T 1,yes T2", "accept"),
        answered("", "accept"),
    ],
)
def test_an_answer_about_nothing_is_no_message(listed):
    fields = event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": listed})

    assert parse(fields, NOW) is None


@pytest.mark.parametrize(
    "fields",
    [
        event("VIEW", EventKey="https://a.example", MenuId="1"),
        event("LOCATION", Latitude="1", Longitude="2", Precision="x"),
        event("TEMPLATESENDJOBFINISH", MsgID="200228332", Status="failed:user block"),
        event("pic_sysphoto", EventKey="a"),
        event("scancode_waitmsg", ScanCodeInfo="none"),
        event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": [{}, {}]}),
        event("user_info_modified", OpenID="oUser1"),
        event("an_event_of_next_year", Deep={"a": ["b"]}),
        event("unknown", EventKey=["a", "b"]),
        message(MsgType="music"),
        message(MsgType="unknown", MsgId=""),
    ],
)
def test_what_concerns_nobody_here_is_no_message(fields):
    assert parse(fields, NOW) is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"MsgType": "text"},
        message(MsgType=""),
        message(MsgId=""),
        message(MsgId="1" * 21),
        message(MsgId="-1"),
        message(MsgId="１"),
        message(MsgId="1; drop"),
        message(MsgId=["1", "2"]),
        message(FromUserName=""),
        message(FromUserName="o" * 65),
        message(FromUserName="o User"),
        message(FromUserName="o\nUser"),
        message(FromUserName={"a": "b"}),
        message(Content=["a", "b"]),
        message(MsgType=["text", "event"]),
        message(CreateTime={}, ToUserName=["a"]),
        event(""),
        event("CLICK", EventKey={"a": "b"}),
        event("CLICK", EventKey=True),
    ],
)
def test_a_message_without_sender_type_or_id_is_malformed(fields):
    with pytest.raises(Malformed):
        parse(fields, NOW)


@pytest.mark.parametrize(
    "time", ["", "x", "-1", "0", "9" * 20, "9" * 10, "１７６３７７８０００", "1.5", "946684800"]
)
def test_a_time_that_cannot_be_is_replaced_by_now(time):
    read_message = parse(message(CreateTime=time, Content="a"), NOW)

    assert read_message is not None
    assert read_message.sent_at == NOW


def test_a_clock_a_little_ahead_is_believed():
    ahead = NOW + timedelta(hours=1)
    read_message = parse(message(CreateTime=str(int(ahead.timestamp()))), NOW)

    assert read_message is not None
    assert read_message.sent_at == ahead.replace(microsecond=0)


def test_a_message_is_named_by_its_number():
    first = parse(message(Content="a"), NOW)
    again = parse(message(Content="a", CreateTime="1763778005"), NOW)

    assert first is not None
    assert again is not None
    assert first.id == again.id == "official:m:24000000000000001"


def test_an_event_is_named_by_all_that_tells_it_from_another():
    scan = event("SCAN", EventKey="inv_a", Ticket="T")
    others = [
        replace_field(scan, "FromUserName", "oUser2"),
        replace_field(scan, "Event", "CLICK"),
        replace_field(scan, "EventKey", "inv_b"),
        replace_field(scan, "CreateTime", "1763778001"),
        replace_field(scan, "Ticket", "U"),
        event("SCAN", EventKey="inv_aT"),
    ]

    ids = [named(fields) for fields in (scan, *others)]

    assert len(set(ids)) == len(ids)
    assert named(dict(scan)) == ids[0]
    assert all(len(name) == len("official:e:") + 40 for name in ids)
    assert "oUser" not in "".join(ids)


def replace_field(fields: dict[str, Any], key: str, value: str) -> dict[str, Any]:
    return {**fields, key: value}


def named(fields: dict[str, Any]) -> str:
    read_message = parse(fields, NOW)
    assert read_message is not None
    return read_message.id


def test_whoever_took_consent_back_is_the_sender():
    revoked = parse(event("user_authorization_revoke", FromUserName="sys", OpenID="oUser9"), NOW)

    assert revoked is not None
    assert revoked.sender == "oUser9"


def test_an_element_cannot_replace_what_werobot_works_out():
    read_message = parse(message(Content="a", source="oVictim", content="b", type="event"), NOW)

    assert read_message is not None
    assert (read_message.sender, read_message.text) == ("oUser1", "a")


def test_a_person_s_words_hold_neither_controls_nor_our_markup():
    read_message = parse(message(Content="a\x00b\x1b\r[[点我|https://evil.example]]\nc\ud800"), NOW)

    assert read_message is not None
    assert read_message.text == "ab［［点我|https://evil.example]]\nc"
    assert "<a" not in shown(Text(f"你好 {read_message.text}"))


def nowhere(*_: object) -> None:
    """The step of a question nobody answers here."""


REPLIES: dict[str, tuple[Reply, str | None]] = {
    "text": (Text("你好，星友。\n「帮助」看看我会什么。"), None),
    "choices": (Text("欢迎。", choices=("加入", "提现 200", "a&b")), None),
    "ask": (Ask("确认吗？", then=nowhere, choices=("确认", "取消")), None),
    "links": (
        Text("先读[[规则|https://q.example/rules?a=1&b=2]]和[[隐私|http://q.example/p]]。"),
        None,
    ),
    "card": (Card("今晚\n<八点> [[1|2]]", "直播预告", "https://q.example/lives/1"), None),
    "hostile": (
        Text('<a href="http://evil.example">领奖</a> ]]></Content><x>{0}%s &amp; ]]]]>>'),
        None,
    ),
    "picture": (Picture("poster", {}), "MEDIA]]>1"),
}


@pytest.mark.parametrize("name", REPLIES)
def test_replies_are_rendered_as_before(name):
    reply, media_id = REPLIES[name]
    rendered = passive(reply, media_id)
    assert rendered is not None

    assert f"{rendered}\n" == (GOLDEN / f"{name}.xml").read_text()
    assert f"{plain(reply)}\n" == (GOLDEN / f"{name}.txt").read_text()


def test_nobody_breaks_out_of_a_reply():
    attack = "]]></Content><MsgType>image</MsgType><Content>]]]]>]]&gt;<![CDATA[x"
    fields = read((passive(Text(attack)) or "").encode())

    assert fields["MsgType"] == "text"
    assert fields["Content"] == attack.replace("<", "＜")
    theirs = parse_message(
        (passive(Text(attack)) or "").replace("</xml>", "<MsgId>1</MsgId></xml>")
    )
    assert theirs.content == attack.replace("<", "＜")


def test_the_ends_of_a_reply_cannot_break_out_either():
    xml = render_passive(Text("a"), "o]]><x>", "g]]><y>", NOW)
    assert xml is not None

    fields = read(xml.encode())
    assert (fields["ToUserName"], fields["FromUserName"]) == ("o]]><x>", "g]]><y>")
    assert set(fields) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}


def test_what_no_xml_may_hold_is_left_out():
    assert content(Text("a\x00b\x1fc\ud800d\te\nf")) == "abcd\te\nf"


@pytest.mark.parametrize(
    "markup",
    [
        "[[领奖|javascript:alert(1)]]",
        "[[领奖|weixin://x]]",
        "[[领奖|//evil.example]]",
        '[[领奖|https://a.example"onclick=x]]',
        "[[领奖|https://a.example x]]",
        "[[a|b|https://a.example]]",
        "[[|https://a.example]]",
        "[[a\nb|https://a.example]]",
    ],
)
def test_what_is_no_web_address_stays_words(markup):
    assert shown(Text(markup)) == plain(Text(markup)) == markup


def test_a_video_is_sent_by_its_ids_and_said_in_words_where_it_cannot_be():
    video = Video("FILM", "THUMB", otherwise="看不了")

    assert render_custom(video, "o1") == {
        "touser": "o1",
        "msgtype": "video",
        "video": {"media_id": "FILM", "thumb_media_id": "THUMB"},
    }
    assert content(video) == plain(video) == "看不了"
    assert from_json(to_json(video)) == video


def test_silence_and_an_unfinished_picture_answer_success():
    assert passive(Silence()) is None
    assert passive(Text("")) is None
    assert passive(Picture("poster", {})) is None


def test_a_reply_of_exactly_2048_bytes_is_whole():
    fits = Text("字" * 682 + "ab")

    assert content(fits) == fits.text
    assert len(content(replace(fits, text=fits.text + "c")).encode()) <= LIMITS.text_bytes


def test_a_long_reply_loses_its_links_first_and_then_its_end():
    line = "一行正好十个汉字的话。\n"
    choices = ("加入", "提现", "收益")
    links = len(shown(Text("", choices)).encode())
    lines = (2048 - links // 2) // len(line.encode())

    unlinked = shown(Text(line * lines, choices))
    assert unlinked == line * lines + "\n「加入」「提现」「收益」"

    cut = shown(Text(line * 100, choices))
    assert cut.endswith("\n…\n「加入」「提现」「收益」")
    assert cut.startswith(line * 50)
    assert len(cut.encode()) <= 2048
    assert plain(Text(line * 100, choices)).count(line) == 100


def test_a_cut_never_opens_a_link_it_does_not_close():
    for before in range(1900, 2060):
        text = shown(Text("x" * before + "[[规则|https://q.example/rules]]" + "y" * 200))

        assert text.count("<") == text.count(">") in (0, 2)
        assert len(text.encode()) <= 2048
        assert text.endswith("…")


def test_choices_without_end_are_cut_like_words():
    text = shown(Text("选一个", tuple(f"第{n}个选择" for n in range(500))))

    assert len(text.encode()) <= 2048
    assert text == "选一个\n…"


def test_a_custom_message_says_the_same():
    reply = Text("先读[[规则|https://q.example/rules]]", ("加入",))

    assert render_custom(reply, "oUser1") == {
        "touser": "oUser1",
        "msgtype": "text",
        "text": {"content": content(reply)},
    }
    assert render_custom(Picture("poster", {}), "oUser1", "M") == {
        "touser": "oUser1",
        "msgtype": "image",
        "image": {"media_id": "M"},
    }
    for nothing in (Silence(), Picture("poster", {})):
        with pytest.raises(ValueError, match="nothing to send"):
            render_custom(nothing, "oUser1")
