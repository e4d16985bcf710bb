"""Callbacks as nobody should send them, drawn from a seed. Half of them are correctly signed."""

import base64
import json
import random
import time
from collections.abc import Callable

from tests.channels.wire import NEW, Posted, seal
from tests.door.wire import event, posted, seal_of, text

FAMILY = "👨\u200d👩\u200d👧"
WORDS = ["加入", "进度", "海报", "提现 100", "V1", "退回 V1", FAMILY, "\u202e"]
WORDS += ["A" * 4000, "]]>", "<b>", "&amp;"]
NAMES = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "Content"]
NAMES += ["MsgId", "MediaId", "Url", "Ticket"]
NONSENSE = [
    "",
    "0",
    "-1",
    "9" * 40,
    "1e9",
    "\u0660\u0661",
    "null",
    "\n",
    "<x/>",
    "&lol;",
    "á" * 300,
]
KINDS = [
    "text",
    "image",
    "voice",
    "video",
    "shortvideo",
    "location",
    "link",
    "event",
    "TEXT",
    "文字",
]
EVENTS = ["subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "JOBFINISH", "x"]

Draw = random.Random


def any_bytes(draw: Draw, most: int = 400) -> bytes:
    return draw.randbytes(draw.randrange(most))


def genuine(draw: Draw) -> str:
    openid = f"oFuzz{draw.randrange(50)}"
    if draw.random() < 0.3:
        return event(openid, draw.choice(EVENTS), EventKey=draw.choice(WORDS[:5]))
    return text(openid, draw.choice(WORDS), draw.randrange(10**6))


def fields(draw: Draw) -> dict[str, object]:
    names = draw.sample(NAMES, draw.randrange(len(NAMES)))
    values = [draw.choice((*NONSENSE, *KINDS, *EVENTS, *WORDS)) for _ in names]
    chosen: dict[str, object] = dict(zip(names, values, strict=True))
    if draw.random() < 0.7:
        chosen |= {"MsgType": draw.choice(KINDS), "FromUserName": "oFuzz", "MsgId": "1"}
    if draw.random() < 0.3:
        chosen[draw.choice(NAMES)] = draw.choice(([], {}, [1, "x"], {"a": {"b": 1}}, None))
    return chosen


def mutated(draw: Draw, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(draw.randrange(1, 6)):
        place = draw.randrange(len(changed) + 1)
        changed[place : place + draw.randrange(8)] = any_bytes(draw, 8)
    return bytes(changed)


def as_xml(chosen: dict[str, object]) -> str:
    return f"<xml>{''.join(f'<{k}>{v}</{k}>' for k, v in chosen.items())}</xml>"


# Correctly signed.


def strange_types(draw: Draw) -> Posted:
    return posted(as_xml(fields(draw)))


def strange_json(draw: Draw) -> Posted:
    return posted(json.dumps(fields(draw)))


def changed_words(draw: Draw) -> Posted:
    return posted(mutated(draw, genuine(draw).encode()).decode(errors="replace"))


def repeated_elements(draw: Draw) -> Posted:
    return posted(genuine(draw).replace("<MsgType>", "<MsgType>text</MsgType><MsgType>", 1))


def wrong_padding(draw: Draw) -> Posted:
    return seal_of(base64.b64encode(draw.randbytes(32 * draw.randrange(1, 20))).decode())


def wrong_length(draw: Draw) -> Posted:
    return seal_of(base64.b64encode(any_bytes(draw)).decode())


def wrong_base64(draw: Draw) -> Posted:
    sealed = seal(genuine(draw), NEW)
    return seal_of(mutated(draw, sealed.encode()).decode("latin-1").replace("]", ""))


def wrong_receiver(draw: Draw) -> Posted:
    return seal_of(seal(genuine(draw), NEW, app_id=f"wx{draw.randrange(10**16):016}"))


def wrong_age(draw: Draw) -> Posted:
    return posted(genuine(draw), at=time.time() + draw.choice((-1, 1)) * draw.randrange(310, 10**6))


def large(draw: Draw) -> Posted:
    return posted(text("oFuzz", "长" * draw.randrange(1_000, 25_000), draw.randrange(10**6)))


def duplicate(draw: Draw) -> Posted:
    return posted(text("oFuzz", "进度", draw.randrange(5)))


def wrong_encoding(draw: Draw) -> Posted:
    header = draw.choice(("utf-16", "gbk", "utf-7", "ebcdic", "x" * 50))
    return posted(f'<?xml version="1.0" encoding="{header}"?>{genuine(draw)}')


# Not.


def wrong_signature(draw: Draw) -> Posted:
    right = posted(genuine(draw))
    return right.asking(msg_signature=mutated(draw, right.query["msg_signature"].encode()).hex())


def changed_body(draw: Draw) -> Posted:
    right = posted(genuine(draw))
    return Posted(right.query, mutated(draw, right.body))


def changed_query(draw: Draw) -> Posted:
    right = posted(genuine(draw))
    names = draw.sample(sorted(right.query), draw.randrange(1, len(right.query)))
    return right.asking(**{name: draw.choice((*NONSENSE, "\udc80")) for name in names})


def no_envelope(draw: Draw) -> Posted:
    return Posted(posted("").query, draw.choice((b"", b"{}", b"[]", b"<xml/>", any_bytes(draw))))


def no_query(draw: Draw) -> Posted:
    return Posted({}, posted(genuine(draw)).body)


def long_query(draw: Draw) -> Posted:
    return posted(genuine(draw)).asking(nonce="9" * draw.randrange(30_000))


def plain_in_safe_mode(draw: Draw) -> Posted:
    return posted(genuine(draw), "plaintext")


def too_large(draw: Draw) -> Posted:
    return Posted(posted("").query, b"x" * draw.randrange(65_537, 200_000))


def binary(draw: Draw) -> Posted:
    return Posted({"signature": "x"}, any_bytes(draw, 5_000))


SIGNED: tuple[Callable[[Draw], Posted], ...] = (
    strange_types,
    strange_json,
    changed_words,
    repeated_elements,
    wrong_padding,
    wrong_length,
    wrong_base64,
    wrong_receiver,
    wrong_age,
    large,
    duplicate,
    wrong_encoding,
)
UNSIGNED: tuple[Callable[[Draw], Posted], ...] = (
    wrong_signature,
    changed_body,
    changed_query,
    no_envelope,
    no_query,
    long_query,
    plain_in_safe_mode,
    too_large,
    binary,
)


def callback(draw: Draw, number: int) -> Posted:
    return draw.choice(SIGNED if number % 2 else UNSIGNED)(draw)
