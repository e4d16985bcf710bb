import time

import pytest

from sandbox.screen import UNAVAILABLE
from tests.sandbox import echo_app
from tests.sandbox.conftest import Desk, until
from tests.sandbox.echo_app import EchoApp, envelope, text_answer


@pytest.mark.parametrize("mode", ["plaintext", "compatible", "safe"])
def test_a_message_goes_round_in_every_mode(mode, open_desk):
    with echo_app.running(mode) as app, open_desk(app) as desk:
        app.answer = echo_app.echo

        before = desk.say("小明", "提现 ]]> <200>")
        until(lambda: desk.heard("小明"), "the echo")

        assert before == 0
        assert desk.heard("小明") == ["echo 提现 ]]> <200>"]
        assert [heard["MsgType"] for heard in app.heard] == ["event", "text"]
        assert app.heard[1]["FromUserName"] == desk.openid("小明")
        assert ("<Content>" in app.heard[1].raw) == (mode != "safe")
        assert ("<Encrypt>" in app.heard[1].raw) == (mode != "plaintext")
        assert desk.wire()[1]["answer"]["encrypted"] == (mode != "plaintext")


def test_a_message_carries_the_fields_of_the_platform(desk: Desk, app: EchoApp):
    desk.say("小明", "你好")
    until(lambda: len(app.heard) == 2)

    follow, text = app.heard
    assert follow["Event"] == "subscribe"
    assert follow["EventKey"] == ""
    assert follow["MsgId"] is None
    assert int(text["MsgId"]) > 2**53
    assert text["ToUserName"] == echo_app.ACCOUNT
    assert text.query["openid"] == text["FromUserName"]
    assert text.query["encrypt_type"] == "aes"


def test_three_attempts_carry_one_message_id_and_new_signatures(desk: Desk, app: EchoApp):
    app.status = 500

    desk.lever("people/小明/follow")
    desk.say("小明", "在吗")
    until(lambda: UNAVAILABLE in desk.heard("小明")[1:], "both failures are told")

    attempts = [heard for heard in app.heard if heard["MsgType"] == "text"]
    assert len(attempts) == 3
    assert len({heard["MsgId"] for heard in attempts}) == 1
    assert len({heard.query["nonce"] for heard in attempts}) == 3
    assert len({heard.query["msg_signature"] for heard in attempts}) == 3
    own = next(m for m in desk.phone("小明") if m["from"] == "me")
    assert own["state"] == "failed"
    assert desk.heard("小明") == [UNAVAILABLE, UNAVAILABLE]
    assert desk.wire()[-1]["error"] == "HTTP 500"


def test_an_answer_later_than_the_limit_is_asked_for_again(app: EchoApp, open_desk):
    def late_once(heard):
        if len([h for h in app.heard if h["Content"]]) == 1:
            time.sleep(0.6)
        return echo_app.echo(heard)

    app.answer = late_once

    with open_desk(app, answer_within_s=0.3) as desk:
        desk.say("小明", "慢")
        until(lambda: desk.heard("小明"), "the second answer")

        texts = [heard for heard in app.heard if heard["Content"]]
        assert len(texts) == 2
        assert texts[0]["MsgId"] == texts[1]["MsgId"]
        assert desk.heard("小明") == ["echo 慢"]
        assert "no answer within 0.3 s" in desk.wire()[1]["error"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda heard: "not XML",
        lambda heard: text_answer(heard, "x").replace(echo_app.ACCOUNT, "gh_other"),
        lambda heard: text_answer(heard, "星" * 683),
        lambda heard: envelope(heard, "image", "<Image><MediaId>nothing</MediaId></Image>"),
        lambda heard: envelope(heard, "poem", ""),
    ],
)
def test_an_answer_nobody_can_use_is_told_and_not_asked_again(answer, desk: Desk, app: EchoApp):
    desk.lever("people/小明/follow")
    until(lambda: app.heard)
    app.answer = answer

    desk.say("小明", "你好")
    until(lambda: desk.heard("小明"))

    assert desk.heard("小明") == [UNAVAILABLE]
    assert len(app.heard) == 2


def test_a_plain_or_forged_answer_is_refused_in_safe_mode(desk: Desk, app: EchoApp):
    app.verbatim = True

    desk.say("小明", "你好")
    until(lambda: desk.heard("小明"))
    app.answer = lambda heard: (
        "<xml><Encrypt>AAAA</Encrypt><MsgSignature>0</MsgSignature>"
        "<TimeStamp>1</TimeStamp><Nonce>1</Nonce></xml>"
    )
    desk.say("小明", "你好")
    until(lambda: len(desk.heard("小明")) == 2)

    assert desk.heard("小明") == [UNAVAILABLE, UNAVAILABLE]
    errors = [entry["error"] for entry in desk.wire() if "error" in entry]
    assert errors == ["a plain answer in safe mode", "MsgSignature is wrong"]


def test_an_answer_for_another_account_is_refused(desk: Desk, app: EchoApp, monkeypatch):
    monkeypatch.setattr(echo_app, "APPID", "wxffffffffffffffff")
    app.mode = "other account"
    app.verbatim = True
    crypto = echo_app.WeChatCrypto(echo_app.TOKEN, echo_app.AES_KEY, echo_app.APPID)
    monkeypatch.setattr(echo_app, "_open", lambda app, query, raw: echo_app.Heard(query, raw, raw))
    app.answer = lambda heard: crypto.encrypt_message("<xml></xml>", "1", "2")

    desk.say("小明", "你好")
    until(lambda: desk.wire())

    assert desk.wire()[0]["error"] == "receiver is not ours"


def test_silence_shows_nothing_and_counts_as_delivered(desk: Desk, app: EchoApp):
    app.answer = lambda heard: None

    desk.say("小明", "你好")
    until(lambda: desk.phone("小明")[0]["state"] == "delivered")

    assert desk.heard("小明") == []


def test_one_persons_acts_arrive_in_order_while_others_do_not_wait(desk: Desk, app: EchoApp):
    def slow_for_ming(heard):
        if heard["FromUserName"] == ming:
            time.sleep(0.05)

    ming = desk.openid("小明")
    app.answer = slow_for_ming

    for number in range(8):
        desk.say("小明", f"{number}")
    desk.say("小红", "我不等")
    until(lambda: len(app.heard) == 11)

    mine = [heard["Content"] for heard in app.heard if heard["FromUserName"] == ming]
    assert mine == [None, *"01234567"]
    assert app.texts().index("我不等") < app.texts().index("7")


def test_links_and_words_to_tap_are_read_from_the_text(desk: Desk, app: EchoApp):
    app.answer = lambda heard: text_answer(
        heard,
        '看<a href="https://x.example/a?b=1&c=2">明细</a>或 https://y.example/z 。'
        '<a href="weixin://bizmsgmenu?msgmenucontent=确认提现&msgmenuid=confirm">确认</a>',
    )

    desk.say("小明", "提现")
    shown = until(lambda: [m for m in desk.phone("小明") if m["from"] != "me"])[0]

    assert shown["text"] == "看明细或 https://y.example/z 。确认"
    assert shown["links"] == [
        {"text": "明细", "url": "https://x.example/a?b=1&c=2"},
        {"text": "https://y.example/z", "url": "https://y.example/z"},
    ]
    assert shown["buttons"] == [{"id": "confirm", "text": "确认提现"}]


def test_a_news_answer_becomes_a_card(desk: Desk, app: EchoApp):
    item = "<item><Title>今晚直播</Title><Description>20:00</Description><Url>https://x.example</Url></item>"
    inner = f"<ArticleCount>1</ArticleCount><Articles>{item}</Articles>"
    app.answer = lambda heard: envelope(heard, "news", inner) if heard["Content"] else None

    desk.say("小明", "直播")
    until(lambda: desk.heard("小明"))

    card = desk.phone("小明")[-1]
    assert (card["type"], card["text"]) == ("card", "今晚直播\n20:00")
    assert card["links"] == [{"text": "今晚直播", "url": "https://x.example"}]


def test_the_address_is_verified_with_an_echo_string(desk: Desk):
    found = desk.lever("verify")

    assert found["ok"] is True


def test_the_wire_tells_the_attempt_and_hides_ids(desk: Desk, app: EchoApp):
    app.headers = {"Server-Timing": 'verify;dur=0.4, understand;dur=1.2;desc="progress, 1"'}

    desk.say("小明", "进度")
    until(lambda: len(desk.wire()) == 2)

    entry = desk.wire()[1]
    assert (entry["person"], entry["attempt"], entry["mode"]) == ("小明", 1, "safe")
    assert entry["request"]["method"] == "POST"
    assert entry["request"]["path"] == "/wechat/official"
    assert entry["timing"] == [
        {"name": "verify", "dur": 0.4},
        {"name": "understand", "dur": 1.2, "desc": "progress, 1"},
    ]
    assert "echo 进度" in entry["answer"]["xml"]
    openid = desk.openid("小明")
    assert openid not in str(entry)
    assert f"{openid[:6]}…{openid[-6:]}" in entry["xml"]
