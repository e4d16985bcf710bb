"""Whatever comes in, only the two refusals come out, or a message that can be answered."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import fields
from bot.channels.envelope import Forged, Malformed, open_envelope
from bot.channels.official_account import parse, plain, render_custom, render_passive, shown
from bot.message import Message
from bot.reply import Text
from tests.channels.wire import NEW, NOW, OLD, TEXT, Posted, post

FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.text(max_size=60)
ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)  # With surrogates and controls.
FIELDS = (
    "MsgType Event EventKey FromUserName ToUserName CreateTime MsgId Content MediaId Url Ticket"
)
INNER = "OpenID source target type time raw __class__ SendPicsInfo Encrypt"
NAMES = st.sampled_from([*FIELDS.split(), *INNER.split()])
VALUES = st.one_of(
    ANY_TEXT,
    st.none(),
    st.booleans(),
    st.sampled_from(["text", "event", "CLICK", "SCAN", "subscribe", "video", "link", "oUser1"]),
    st.integers().map(str),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
)
QUERIES = st.dictionaries(
    st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "openid"]),
    ANY_TEXT | st.integers().map(str),
)
MODES = st.sampled_from(["plaintext", "compatible", "safe"])


def answered(posted: Posted, mode: Any) -> Message | None:
    try:
        return parse(posted.opened(NEW, OLD, mode=mode).fields, NOW)
    except (Forged, Malformed):
        return None


@FUZZ
@given(QUERIES, st.binary(max_size=300), MODES)
def test_nonsense_is_forged(query, body, mode):
    try:
        open_envelope(query, body, [NEW, OLD], now=NOW, mode=mode)
    except Forged:
        return
    raise AssertionError("opened")


@FUZZ
@given(st.data(), MODES)
def test_a_signed_body_with_bytes_changed_is_refused_or_read(data, mode):
    body = bytearray(post(mode=mode).body)
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(body) - 1))
        body[position : position + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))

    answered(Posted(post(mode=mode).query, bytes(body)), mode)


@FUZZ
@given(st.data(), st.sampled_from(["plaintext", "safe"]))
def test_a_genuine_message_with_words_changed_is_refused_or_read(data, mode):
    text = TEXT
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(text)))
        width = data.draw(st.integers(0, 30))
        text = text[:position] + data.draw(WORDS) + text[position + width :]

    answered(post(text, mode=mode), mode)


@FUZZ
@given(st.dictionaries(NAMES, VALUES))
def test_any_fields_are_refused_or_read(said):
    try:
        message = parse({"MsgType": "text", "FromUserName": "o", "MsgId": "1", **said}, NOW)
    except Malformed:
        return
    if message is None:
        return

    answer = render_passive(Text(f"{message.text}|{message.sender}"), message.sender, "gh", NOW)
    assert answer is not None
    assert fields.read(answer.encode())["ToUserName"] == message.sender
    assert "\x00" not in message.text + message.scene
    assert message.sent_at < NOW + timedelta(days=1)


@FUZZ
@given(st.dictionaries(NAMES, VALUES))
def test_any_json_is_refused_or_read(said):
    answered(post(json.dumps(said), mode="plaintext"), "plaintext")


@FUZZ
@given(ANY_TEXT, st.integers(0, 80), st.lists(WORDS, max_size=5))
def test_whatever_is_said_fits_and_holds_no_tag_but_our_own(words, times, choices):
    reply = Text(words * times, tuple(choices))

    text = shown(reply)
    assert len(text.encode()) <= 2048
    ours = text.count('<a href="http') + text.count('<a href="weixin://bizmsgmenu?')
    assert text.count("<") == 2 * ours
    assert "<" not in plain(reply)
    if text:
        assert render_custom(reply, "o")["text"]["content"] == text


TAGS = st.sampled_from(["a", "b1", "a", "é", "a²", "1", "a b='c'"])
INSIDE = st.text(alphabet="x提 \n\r\t\0\x0b\x1f\x7f\x85\ufffe]><&", max_size=3)
BETWEEN = st.sampled_from(["", "", "", "\n", " ", "x", "<a/>", "<!--x-->"])


@st.composite
def elements(draw: st.DrawFn) -> str:
    opened = draw(TAGS)
    closed = draw(st.sampled_from([opened] * 9 + ["b1"]))
    inside = draw(INSIDE)
    if draw(st.booleans()):
        inside = f"<![CDATA[{inside}]]>"
    return f"<{opened}>{inside}</{closed}>{draw(BETWEEN)}"


@settings(FUZZ, max_examples=700)
@given(st.lists(elements(), max_size=3))
def test_the_quick_reading_of_flat_messages_says_nothing_the_parser_does_not(pieces):
    text = f"<xml>{''.join(pieces)}</xml>"

    quick = fields._read_flat(text)
    if quick:
        assert quick == fields._read_xml(text.encode())


def test_the_quick_reading_is_the_one_that_reads_what_the_platform_sends():
    assert fields._read_flat(TEXT) == fields._read_xml(TEXT.encode())
    assert fields._read_flat(post().body.decode())
