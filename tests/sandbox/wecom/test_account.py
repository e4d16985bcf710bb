import pytest

from sandbox import crypto
from sandbox.corp import from_environment
from tests.sandbox.conftest import Desk, until
from tests.sandbox.wecom.conftest import Corp
from tests.sandbox.wecom.corp_app import CORPID, ENVIRONMENT, CorpApp, reply

SAMPLE_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
SAMPLE = "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="


def test_the_official_sample_opens_and_is_signed_as_written():
    token, stamp, nonce = "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "1476422779", "1597212914"

    assert crypto.decrypt(SAMPLE_KEY, SAMPLE) == (b"1288432023552776189", "ww1436e0e65a779aee")
    signed = crypto.signature(token, stamp, nonce, SAMPLE)
    assert signed == "a74599de85c6a30a434616999b17baad483d331d"


def test_an_envelope_without_a_receiver_is_the_known_one():
    sealed = crypto.encrypt(SAMPLE_KEY, "你好".encode(), "", b"0123456789abcdef")

    assert sealed == "scEag1243Fmy/fYz4Ux8D9wBTGffCvSbN1TrEcy4kLk="
    assert crypto.decrypt(SAMPLE_KEY, sealed) == ("你好".encode(), "")


def test_without_a_corp_every_part_of_it_is_closed(desk: Desk):
    call = desk.http.get("/wecom/cgi-bin/gettoken")
    lever = desk.http.get("/sandbox/v1/kf/accounts")
    said = desk.http.post("/sandbox/v1/people/小明/say", json={"door": "wecom", "text": "x"})

    assert (call.status_code, lever.status_code, said.status_code) == (404, 404, 404)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"WECOM_SECRET": ""}, "WECOM_SECRET"),
        ({"WECOM_KF_AES_KEY": "short"}, "WECOM_KF_AES_KEY"),
        ({"WECOM_BOT_AES_KEY": "short"}, "WECOM_BOT_AES_KEY"),
        ({"WECOM_AGENTID": "one"}, "WECOM_AGENTID"),
    ],
)
def test_a_half_described_corp_is_refused_by_name(changes, word):
    with pytest.raises(ValueError, match=word):
        from_environment({**ENVIRONMENT, **changes})


def test_without_a_corpid_there_is_no_corp():
    assert from_environment({}) is None


def test_the_token_stays_the_same_until_it_expires(corp: Corp):
    first, again = corp.key(), corp.key()
    corp.advance(7_201)
    later = corp.key()

    assert first == again != later
    assert corp.call("kf/account/list", {}, access_token=first)["errcode"] == 42001


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"corpid": CORPID, "corpsecret": "wrong"}, 40001),
        ({"corpid": "ww0", "corpsecret": ENVIRONMENT["WECOM_SECRET"]}, 40013),
        ({"corpid": CORPID}, 41004),
        ({"corpsecret": "x"}, 41002),
    ],
)
def test_a_wrong_credential_has_its_own_code(asked, code, corp: Corp):
    answer = corp.http.get("/wecom/cgi-bin/gettoken", params=asked).json()

    assert answer["errcode"] == code


@pytest.mark.parametrize(("token", "code"), [("", 41001), ("nothing", 40014)])
def test_a_call_needs_the_token(token, code, corp: Corp):
    assert corp.call("kf/account/list", {}, access_token=token)["errcode"] == code


def test_a_token_of_the_official_account_is_none_of_the_corps(corp: Corp):
    other = corp.token()["access_token"]

    assert corp.call("kf/account/list", {}, access_token=other)["errcode"] == 40014
    asked = {"access_token": corp.key()}
    assert corp.http.get("/official/cgi-bin/user/get", params=asked).json()["errcode"] == 40001


@pytest.mark.parametrize("door", ["app", "kf"])
def test_the_address_is_verified_with_a_sealed_echo_string(door, corp: Corp):
    assert corp.lever("verify", {"door": door})["ok"] is True


def test_a_member_talks_to_the_app_and_hears_its_passive_reply(corp: Corp, app: CorpApp):
    app.answer = lambda heard: reply(heard, f"echo {heard['Content']}")
    userid = corp.staff()

    corp.tell("店长", "待审提现", "app")
    until(lambda: corp.heard("店长"))

    heard = app.heard[0]
    assert (heard.path, heard["ToUserName"], heard["FromUserName"]) == (
        "/wecom/app",
        CORPID,
        userid,
    )
    assert (heard["AgentID"], heard["MsgType"]) == ("1000002", "text")
    assert int(heard["MsgId"]) > 2**51
    assert f"<ToUserName><![CDATA[{CORPID}]]></ToUserName>" in heard.envelope
    assert "<AgentID><![CDATA[1000002]]></AgentID>" in heard.envelope
    shown = corp.phone("店长")
    assert [m["door"] for m in shown] == ["app", "app"]
    assert shown[0]["state"] == "delivered"
    assert corp.heard("店长") == ["echo 待审提现"]


def test_whom_the_corp_does_not_employ_cannot_enter_the_app(corp: Corp):
    answer = corp.http.post("/sandbox/v1/people/小明/say", json={"door": "app", "text": "x"})

    assert answer.status_code == 422


def test_a_failing_address_is_tried_three_times(corp: Corp, app: CorpApp):
    app.status = 500
    corp.staff()

    corp.tell("店长", "在吗", "app")
    until(lambda: len(app.heard) == 3)
    until(lambda: corp.phone("店长")[0]["state"] == "failed")

    assert len({heard["MsgId"] for heard in app.heard}) == 1
    assert len({heard.query["msg_signature"] for heard in app.heard}) == 3
    assert corp.heard("店长") == []


def test_the_wire_tells_calls_and_deliveries(corp: Corp):
    corp.tell("小明", "在吗")
    until(lambda: len(corp.wire()) == 2)
    corp.say_kf("小明")

    assert {e["request"]["path"] for e in corp.wire()} == {"/wecom/kf"}
    sent = corp.wire("api")[-1]
    assert (sent["person"], sent["api"]["path"]) == ("小明", "/cgi-bin/kf/send_msg")
    assert "corp-secret" not in str(corp.read("wire"))
