import pytest

from tests.sandbox.conftest import Desk, until
from tests.sandbox.echo_app import EchoApp

SEND = "cgi-bin/message/custom/send"
MINUTE, HOUR = 60, 3_600


def send(desk: Desk, kind: str, content: dict) -> int:
    body = {"touser": desk.openid("小明"), "msgtype": kind, kind: content}
    return desk.call(SEND, body)["errcode"]


def tap(desk: Desk) -> None:
    desk.call("cgi-bin/menu/create", {"button": [{"type": "click", "name": "团队", "key": "team"}]})
    desk.lever("people/小明/tap", {"key": "team"})


@pytest.mark.parametrize(
    ("act", "count", "seconds"),
    [
        (lambda desk: desk.say("小明", "你好"), 5, 48 * HOUR),
        (lambda desk: desk.lever("people/小明/follow"), 3, MINUTE),
    ],
)
def test_an_act_opens_its_window_for_its_count(act, count, seconds, desk: Desk):
    act(desk)

    window = desk.read("people/小明/windows")["window"]
    answers = [desk.send("小明") for _ in range(count + 1)]

    assert window["left"] == count
    assert seconds - 5 < window["seconds_left"] <= seconds
    assert answers == [0] * count + [45047]


@pytest.mark.parametrize(
    "act", [tap, lambda desk: desk.lever("people/小明/follow", {"scene": "s"})]
)
def test_taps_and_scans_of_a_follower_open_a_minute(act, desk: Desk):
    desk.lever("people/小明/follow")
    desk.advance(61)
    closed = desk.send("小明")

    act(desk)

    assert closed == 45015
    assert [desk.send("小明") for _ in range(4)] == [0, 0, 0, 45047]


def test_a_window_ends_by_the_clock(desk: Desk):
    desk.say("小明", "你好")

    desk.advance(48 * HOUR - 30)
    before = desk.send("小明")
    desk.advance(31)

    assert before == 0
    assert desk.send("小明") == 45015
    assert desk.read("people/小明/windows")["window"] is None


def test_a_short_grant_neither_adds_to_nor_shortens_a_long_window(desk: Desk):
    desk.say("小明", "你好")
    desk.send("小明")

    tap(desk)
    window = desk.read("people/小明/windows")["window"]

    assert window["left"] == 4
    assert window["seconds_left"] > 47 * HOUR


def test_a_short_grant_replaces_the_window_where_that_is_switched_on(app: EchoApp, open_desk):
    with open_desk(app, grants_replace=True) as desk:
        desk.say("小明", "你好")

        tap(desk)

        assert desk.read("people/小明/windows")["window"]["left"] == 3


def test_a_message_renews_the_window(desk: Desk):
    desk.say("小明", "你好")
    for _ in range(5):
        desk.send("小明")

    desk.say("小明", "还在吗")

    assert desk.send("小明") == 0


def test_messages_need_a_known_follower(desk: Desk):
    desk.say("小明", "你好")
    desk.lever("people/小明/unfollow")
    unknown = {"touser": "o" * 28, "msgtype": "text", "text": {"content": "x"}}

    assert desk.send("小明") == 43004
    assert desk.call(SEND, unknown)["errcode"] == 40003
    assert desk.call(SEND, {})["errcode"] == 40003


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("text", {"content": "星" * 682 + "ab"}, 0),
        ("text", {"content": "星" * 683}, 45002),
        ("text", {"content": ""}, 44004),
        ("image", {"media_id": "nothing"}, 40007),
        ("news", {"articles": []}, 44003),
        ("news", {"articles": [{"title": "a", "url": "https://x.example"}]}, 0),
        ("news", {"articles": [{"title": "a"}, {"title": "b"}]}, 45008),
        ("msgmenu", {"head_content": "?", "list": []}, 40035),
        ("miniprogrampage", {"title": "t", "appid": "wx1", "pagepath": "p"}, 40007),
        ("poem", {}, 40008),
    ],
)
def test_contents_are_checked_and_only_good_ones_are_counted(kind, content, code, desk: Desk):
    desk.say("小明", "你好")

    assert send(desk, kind, content) == code
    assert desk.read("people/小明/windows")["window"]["left"] == (4 if code == 0 else 5)


def test_a_menu_message_is_tapped_as_a_message_with_its_id(desk: Desk, app: EchoApp):
    desk.say("小明", "你好")
    items = [{"id": "yes", "content": "确认"}, {"id": "no", "content": "取消"}]
    send(desk, "msgmenu", {"head_content": "提现 200 元？", "list": items, "tail_content": ""})

    desk.lever("people/小明/tap", {"key": "yes"})
    until(lambda: app.heard[-1]["bizmsgmenuid"])

    assert app.heard[-1]["Content"] == "确认"
    assert app.heard[-1]["bizmsgmenuid"] == "yes"
    menu = next(m for m in desk.phone("小明") if m["type"] == "menu")
    assert menu["buttons"] == [{"id": "yes", "text": "确认"}, {"id": "no", "text": "取消"}]


def test_typing_shows_until_the_next_message(desk: Desk):
    desk.say("小明", "你好")
    body = {"touser": desk.openid("小明"), "command": "Typing"}
    path = "cgi-bin/message/custom/typing"

    first, second = desk.call(path, body)["errcode"], desk.call(path, body)["errcode"]
    typing = desk.read("people/小明/phone")["typing"]
    desk.send("小明")

    assert (first, second, typing) == (0, 45081, True)
    assert desk.read("people/小明/phone")["typing"] is False
    assert desk.call(path, {**body, "command": "Dancing"})["errcode"] == 45072
    desk.advance(31)
    assert desk.call(path, body)["errcode"] == 45080


def test_a_subscription_message_needs_one_grant_each(desk: Desk, app: EchoApp):
    desk.lever("people/小明/follow")
    body = {
        "touser": desk.openid("小明"),
        "template_id": "T1",
        "data": {"thing1": {"value": "开播"}},
    }
    path = "cgi-bin/message/subscribe/bizsend"
    without = desk.call(path, body)["errcode"]

    desk.lever("people/小明/subscription", {"template": "T1", "accept": False})
    refused = desk.call(path, body)["errcode"]
    desk.lever("people/小明/subscription", {"template": "T1", "accept": True})

    assert (without, refused) == (43101, 43101)
    assert [desk.call(path, body)["errcode"] for _ in range(2)] == [0, 43101]
    assert desk.heard("小明") == ["开播"]
    until(lambda: "subscribe_msg_sent_event" in app.texts())
    popup = next(h for h in app.heard if h["SubscribeStatusString"] == "accept")
    assert (popup["TemplateId"], popup["PopupScene"]) == ("T1", "2")


def test_a_template_message_is_reported_and_sent_once_per_mark(desk: Desk, app: EchoApp):
    desk.lever("people/小明/follow")
    body = {
        "touser": desk.openid("小明"),
        "template_id": "T1",
        "client_msg_id": "c1",
        "data": {"amount1": {"value": "12.60"}},
    }
    path = "cgi-bin/message/template/send"

    first, second = desk.call(path, body), desk.call(path, body)
    report = until(lambda: [h for h in app.heard if h["Event"] == "TEMPLATESENDJOBFINISH"])[0]

    assert first["errcode"] == 0
    assert first["msgid"] == second["msgid"] == int(report["MsgID"])
    assert report["Status"] == "success"
    assert desk.heard("小明") == ["12.60"]
    assert desk.call(path, {**body, "template_id": ""})["errcode"] == 40037
    assert desk.call(path, {**body, "data": {"a": "b"}})["errcode"] == 47003
    desk.lever("people/小明/unfollow")
    assert desk.call(path, body)["errcode"] == 43004
