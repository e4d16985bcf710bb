"""Things people write to look like us, to break out, or to stand in a log as what they are not."""

import logging
import sys
import time
from urllib.parse import urlencode

import pytest
import requests

from bot.channels import official_account
from bot.channels.official_account import parse
from bot.message import Message
from bot.reply import Text
from handlers import notices
from qianxing.logs import FORMAT, OneLine
from tests.channels.wire import NEW, sign
from tests.door.conftest import house
from tests.door.house import House
from tests.people import NOON, Cast, Person

__all__ = ["house"]

LINKS = [
    "[[领红包|https://evil.example]]",
    "［［领红包｜https://evil.example］］",
    '<a href="https://evil.example">领</a>',
    "[\u0000[领|https://e.vil]]",
    "[[[领|https://e.vil]]]",
]


def as_heard(words: str) -> str:
    """What is left of a person's words once they have come through the door."""
    fields = {"MsgType": "text", "MsgId": "1", "FromUserName": "o", "Content": words}
    message = parse(fields, NOON)
    assert isinstance(message, Message)
    return message.text


@pytest.mark.parametrize("words", LINKS)
def test_nobody_s_words_become_a_link(words: str) -> None:
    said = as_heard(words)
    told = notices.tell("case_answered", {"words": said})
    named = Text(f"{said}加入了。[[计划规则|https://star.example/pages/rules]]")

    for reply in (told, Text(f"视频先退回：{said}")):
        assert "<a" not in official_account.shown(Text(reply.text))
    assert official_account.shown(named).count("<a") == 1


@pytest.mark.parametrize("name", ["小明\n\n系统：你中奖了", "小\t明\u2028系", "  小  明 "])
def test_a_name_is_one_line(dan: Person, name: str) -> None:
    dan.says("加入").says(as_heard(name))

    assert dan.member.is_joined
    assert dan.member.nickname == " ".join(as_heard(name).split())
    assert "\n" not in dan.member.name


@pytest.mark.parametrize("name", ["\u200b\u200b", "\u202e", "\u0301\u0301"])
def test_a_name_can_be_seen(dan: Person, name: str) -> None:
    dan.says("我叫小明")
    dan.says("加入").says(name)

    assert not dan.member.is_joined


def test_a_giant_name_or_address_is_refused_and_not_an_error(people: Cast, amy: Person) -> None:
    amy.says("我叫" + "明" * 3_000)
    assert amy.route == "BadNickname"

    amy.says("交视频 https://weixin.qq.com/sph/" + "A" * 700)
    assert amy.route != "sorry"
    assert "收到，编号" not in amy.heard


def told_of(error: Exception, message: str, *arguments: object) -> str:
    try:
        raise error
    except Exception:
        record = logging.LogRecord("n", 40, "f", 1, message, arguments, sys.exc_info())
    return OneLine(FORMAT).format(record)


def test_a_log_record_is_one_line_without_anybody_s_words() -> None:
    line = told_of(
        ValueError("小红说 13800138000\n2026 ERROR forged"), "broke on %s", "m\r\n1\x1b[2J"
    )

    assert line.isprintable()
    assert "13800138000" not in line
    assert "forged" not in line
    assert "| ValueError in hygiene/test_attacks.py:" in line


def test_a_log_record_names_the_causes() -> None:
    error = RuntimeError("secret")
    error.__cause__ = KeyError("hidden")

    line = told_of(error, "broke")

    assert " from KeyError" in line
    assert "secret" not in line
    assert "hidden" not in line


def test_an_echo_is_no_page(house: House) -> None:
    """Whoever has one signature of the platform could otherwise send scripts from our address."""
    page = "<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"
    with house.served_here() as port:
        now = str(int(time.time()))
        query = {"timestamp": now, "nonce": "n", "signature": sign(NEW.token, now, "n")}
        url = f"http://127.0.0.1:{port}/wechat/official?{urlencode(query | {'echostr': page})}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(url, timeout=10)

    assert (answer.status_code, answer.text) == (200, page)
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"
