import time

import httpx
import pytest

from tests.sandbox.conftest import Desk, until
from tests.sandbox.echo_app import EchoApp


@pytest.fixture
def ming(desk: Desk, app: EchoApp) -> Desk:
    """小明 follows and everything is quiet."""
    desk.lever("people/小明/follow")
    until(lambda: desk.wire())
    app.heard.clear()
    return desk


def test_a_duplicate_arrives_twice_with_one_id_and_is_answered_once(ming: Desk, app: EchoApp):
    ming.fault("duplicate")

    ming.say("小明", "一")
    ming.say("小明", "二")
    until(lambda: len(ming.heard("小明")) == 2)

    assert app.texts() == ["一", "一", "二"]
    assert app.heard[0]["MsgId"] == app.heard[1]["MsgId"]
    assert app.heard[0].query["nonce"] != app.heard[1].query["nonce"]
    assert ming.heard("小明") == ["echo 一", "echo 二"]


def test_a_lost_answer_is_asked_for_again(ming: Desk, app: EchoApp):
    ming.fault("lost_answer")

    ming.say("小明", "一")
    until(lambda: ming.heard("小明"))

    assert len({heard["MsgId"] for heard in app.heard}) == 1
    assert len(app.heard) == 2
    assert ming.heard("小明") == ["echo 一"]


def test_reordered_acts_change_places(ming: Desk, app: EchoApp):
    ming.fault("reorder")

    for words in ("一", "二", "三"):
        ming.say("小明", words)
    until(lambda: len(app.heard) == 3)

    assert app.texts() == ["二", "一", "三"]


def test_a_slow_network_delays_the_delivery(ming: Desk, app: EchoApp):
    ming.fault("slow", ms=300)
    began = time.monotonic()

    ming.say("小明", "一")
    until(lambda: app.heard)

    assert time.monotonic() - began >= 0.3


def test_a_slow_call_is_delayed(ming: Desk):
    ming.fault("slow", ms=300, api="user/get")
    began = time.monotonic()

    ming.call("cgi-bin/user/get")

    assert time.monotonic() - began >= 0.3


def test_an_expired_token_must_really_be_replaced(ming: Desk):
    old = ming.token()["access_token"]
    ming.fault("token_expired")

    codes = [ming.call("cgi-bin/user/get", access_token=old).get("errcode") for _ in range(2)]
    new = ming.token()["access_token"]

    assert codes == [42001, 42001]
    assert new != old
    assert ming.call("cgi-bin/user/get", access_token=new)["total"] == 1


def test_a_busy_platform_does_nothing_as_often_as_asked(ming: Desk):
    ming.fault("busy", api="message/custom/send", count=2)

    assert ming.call("cgi-bin/user/get")["total"] == 1
    assert [ming.send("小明") for _ in range(3)] == [-1, -1, 0]
    assert ming.heard("小明") == ["hello"]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("lost_answer", ["hello"]), ("timeout_accepted", ["hello"]), ("timeout_refused", [])],
)
def test_a_call_without_an_answer_was_done_or_not(kind, shown, ming: Desk):
    token = ming.token()["access_token"]
    body = {"touser": ming.openid("小明"), "msgtype": "text", "text": {"content": "hello"}}
    ming.fault(kind, api="message/custom/send", ms=50)

    with pytest.raises(httpx.RemoteProtocolError):
        ming.call("cgi-bin/message/custom/send", body, access_token=token)

    assert ming.heard("小明") == shown
    assert ming.read("state")["faults"] == []


def test_faults_are_listed_used_up_and_cleared(ming: Desk):
    ming.fault("duplicate", count=3)
    ming.fault("busy", api="menu/get")
    listed = ming.read("state")["faults"]

    ming.call("cgi-bin/menu/get")
    left = ming.read("state")["faults"]
    cleared = ming.http.delete("/sandbox/v1/faults").json()

    assert listed == [
        {"kind": "duplicate", "api": None, "count": 3, "ms": 0},
        {"kind": "busy", "api": "menu/get", "count": 1, "ms": 0},
    ]
    assert [fault["kind"] for fault in left] == ["duplicate"]
    assert cleared == {"faults": []}
