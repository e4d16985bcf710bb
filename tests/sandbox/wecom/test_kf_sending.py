import pytest

from tests.sandbox.test_platform_calls import picture
from tests.sandbox.wecom.conftest import Corp
from tests.sandbox.wecom.corp_app import CorpApp

DAY = 86_400


def test_five_messages_are_said_until_the_customer_speaks_again(corp: Corp):
    assert corp.say_kf("小明") == 95002
    corp.tell("小明", "在吗")

    assert corp.read("people/小明/windows", door="wecom")["window"]["left"] == 5
    codes = [corp.say_kf("小明", f"{n}") for n in range(6)]
    assert corp.read("people/小明/windows", door="wecom")["window"]["left"] == 0
    corp.tell("小明", "还在吗")

    assert codes == [0] * 5 + [95001]
    assert corp.say_kf("小明", "5") == 0
    assert corp.heard("小明") == [f"{n}" for n in range(6)]


def test_48_hours_after_the_last_word_the_window_closes(corp: Corp):
    corp.tell("小明", "在吗")
    corp.advance(2 * DAY + 1)

    assert corp.say_kf("小明") == 95002


def text(words):
    return {"msgtype": "text", "text": {"content": words}}


def menu(**more):
    item = {"type": "click", "click": {"id": "a", "content": "领"}}
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": "x", "list": [item], **more}}


def click(**more):
    return {"type": "click", "click": {"id": "a", "content": "领", **more}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text("星" * 682), 0),
        (text("星" * 683), 45002),
        (text(""), 44004),
        ({"msgtype": "poem"}, 40008),
        (menu(), 0),
        (menu(head_content="x" * 1_025), 45002),
        (menu(tail_content="x" * 1_025), 45002),
        (menu(list=[click()] * 10), 0),
        (menu(list=[click()] * 11), 40058),
        (menu(list=[click(content="x" * 129)]), 45002),
        (menu(list=[click(id="x" * 65)]), 45002),
        (menu(list=[{"type": "dance"}]), 40058),
        ({"msgtype": "image", "image": {"media_id": "nothing"}}, 40007),
        ({"msgtype": "link", "link": {"title": "x", "url": "https://x.example"}}, 40007),
        ({"msgtype": "link", "link": {"title": "x" * 129, "url": "https://x.example"}}, 45003),
        ({"touser": "wm_nobody", **text("x")}, 40096),
        ({"touser": 7, **text("x")}, 40096),
        ({"msgid": "有空", **text("x")}, 40058),
    ],
)
def test_a_message_is_checked_for_kind_and_bytes(body, code, corp: Corp):
    corp.tell("小明", "在吗")
    whole = {"touser": corp.external("小明"), "open_kfid": corp.kf(), **body}

    assert corp.call("kf/send_msg", whole)["errcode"] == code


def test_an_own_msgid_is_used_once(corp: Corp):
    corp.tell("小明", "在吗")

    assert [corp.say_kf("小明", msgid="m1") for _ in range(2)] == [0, 40058]
    assert len(corp.heard("小明")) == 1


def test_a_message_accepted_may_never_arrive(corp: Corp, app: CorpApp):
    corp.tell("小明", "在吗")
    corp.fault("fail", api="/cgi-bin/kf/send_msg", reason="10")
    corp.say_kf("小明", "丢了", msgid="m1")
    corp.say_kf("小明", "到了", msgid="m2")
    corp.lever("kf/fail", {"person": "小明", "fail_type": 4})

    events = [m["event"] for m in corp.pull()["msg_list"] if m["msgtype"] == "event"]

    failed = [(e["fail_msgid"], e["fail_type"]) for e in events[1:]]
    assert failed == [("m1", 10), ("m2", 4)]
    assert corp.heard("小明") == ["到了"]


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("image", picture(), 0),
        ("image", b"no picture", 40058),
        ("file", b"12345", 44001),
        ("file", b"123456", 0),
        ("file", b"x" * (20 * 2**20 + 1), 40009),
        ("thumb", picture(), 40004),
    ],
)
def test_media_are_checked_for_kind_and_size(kind, content, code, corp: Corp):
    assert corp.put(kind, content)["errcode"] == code


def test_media_live_three_days(corp: Corp):
    corp.tell("小明", "在吗")
    media_id = corp.put("image", picture())["media_id"]
    body = {"touser": corp.external("小明"), "open_kfid": corp.kf(), "msgtype": "image"}
    body["image"] = {"media_id": media_id}
    codes = [corp.call("kf/send_msg", body)["errcode"]]
    corp.advance(3 * DAY)
    corp.tell("小明", "还在吗")
    codes.append(corp.call("kf/send_msg", body)["errcode"])

    assert codes == [0, 40007]


def test_a_call_may_time_out_after_it_was_done(corp: Corp):
    corp.tell("小明", "在吗")
    corp.fault("busy", api="/cgi-bin/kf/send_msg")
    corp.fault("token_expired", api="/cgi-bin/kf/send_msg")

    assert [corp.say_kf("小明") for _ in range(3)] == [42001, -1, 0]


def test_a_tapped_word_comes_back_with_its_id(corp: Corp):
    corp.tell("小明", "在吗")
    corp.call("kf/send_msg", {"touser": corp.external("小明"), "open_kfid": corp.kf(), **menu()})

    other = corp.call("kf/account/add", {"name": "第二客服"})["open_kfid"]
    corp.tell("小明", "换一个", account=other)
    corp.tap("小明", "a")

    last = corp.pull()["msg_list"][-1]
    assert last["text"] == {"content": "领", "menu_id": "a"}
    assert corp.phone("小明")[-1]["text"] == "领"
