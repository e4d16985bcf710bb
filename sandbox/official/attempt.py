"""One attempt to deliver a callback: sealed, sent, its answer judged, told on the wire view."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import h11

from sandbox import crypto, envelope, faults, wire
from sandbox.http_client import Answer, exchange
from sandbox.official import passive
from sandbox.people import Person
from sandbox.world import World

PATH = "/wechat/official"


@dataclass(frozen=True, slots=True)
class Item:
    """One act of a person, waiting to be delivered."""

    id: int
    person: Person
    n: int | None
    """Number of the person's own message on the phone, if it has one."""
    xml: str
    answerable: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    state: str
    """`answered`, `lost` (worth another attempt) or `abnormal` (an answer nobody can use)."""
    body: dict[str, Any] | None = None


@dataclass(slots=True)
class Exchange:
    """One attempt as the wire view tells it."""

    mode: str
    attempt: int
    at: float
    path: str
    query: dict[str, str]
    ms: float = 0.0
    answer: Answer | None = None
    opened: passive.Opened | None = None
    error: str = ""


async def attempt(world: World, item: Item, number: int) -> Outcome:
    """Delivers the act once and tells the wire view how it went."""
    query, body = sealed(world, item)
    seen = Exchange(world.account.mode, number, world.now(), PATH, query)
    async with world.slots:
        seen.answer, seen.error, seen.ms = await ask(world, "POST", query, body.encode())
    if seen.answer and faults.for_callback(world, "lost_answer"):
        seen.error = "the answer was lost (fault)"
    outcome = _judge(world, item, seen)
    wire.record(world, item.person.name, seen.at, _entry(item, seen))
    return outcome


def _judge(world: World, item: Item, seen: Exchange) -> Outcome:
    if seen.answer and not seen.error and seen.answer.status != 200:
        seen.error = f"HTTP {seen.answer.status}"
    if seen.answer is None or seen.error:
        return Outcome("lost")
    try:
        seen.opened = passive.open_answer(world.account, seen.answer.body)
        return Outcome("answered", passive.read(world, item.person, seen.opened.xml))
    except passive.Abnormal as error:
        seen.error = str(error)
        return Outcome("abnormal")


def sealed(world: World, item: Item) -> tuple[dict[str, str], str]:
    """Query and body of one attempt: new nonce and signatures, same message."""
    account = world.account
    stamp, nonce = str(int(world.now())), str(secrets.randbelow(10**10))
    query = {
        "signature": crypto.signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": item.person.openid,
    }
    if account.mode == "plaintext":
        return query, item.xml
    encrypted = crypto.encrypt(account.aes_key, item.xml.encode(), account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.signature(account.token, stamp, nonce, encrypted)
    if account.mode == "compatible":
        return query, item.xml.replace(
            "</xml>", f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
    return query, envelope.write([("ToUserName", account.original_id), ("Encrypt", encrypted)])


async def ask(
    world: World, method: str, query: dict[str, str], body: bytes = b""
) -> tuple[Answer | None, str, float]:
    """One request within the platform's deadline: answer, error, milliseconds."""
    began = time.perf_counter()
    answer, error = None, ""
    try:
        async with asyncio.timeout(world.limits.answer_within_s):
            answer = await exchange(world.app, method, f"{PATH}?{urlencode(query)}", body)
    except TimeoutError:
        error = f"no answer within {world.limits.answer_within_s:g} s"
    except (OSError, h11.ProtocolError, ValueError) as trouble:
        error = f"no answer: {trouble}"
    return answer, error, round((time.perf_counter() - began) * 1_000, 2)


def _entry(item: Item, seen: Exchange) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": "delivery",
        "attempt": seen.attempt,
        "mode": seen.mode,
        "request": {
            "method": "POST",
            "path": seen.path,
            "query": {key: wire.shorten(text) for key, text in seen.query.items()},
        },
        "xml": wire.shorten(item.xml),
        "answer": _answer(seen),
        "timing": wire.timing(seen.answer.headers.get("server-timing", "")) if seen.answer else [],
    }
    if seen.error:
        entry["error"] = seen.error
    return entry


def _answer(seen: Exchange) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": None, "ms": seen.ms, "encrypted": False}
    if seen.answer:
        answer["status"] = seen.answer.status
        answer["text"] = wire.shorten(seen.answer.body.decode("utf-8", "replace"))
    if seen.opened and seen.opened.xml:
        del answer["text"]
        answer["encrypted"] = seen.opened.encrypted
        answer["xml"] = wire.shorten(seen.opened.xml.decode("utf-8", "replace"))
    return answer


async def verify(world: World) -> dict[str, Any]:
    """The platform's GET check of the server address: whether the echostr came back raw."""
    stamp, nonce = str(int(world.now())), str(secrets.randbelow(10**10))
    echo = str(secrets.randbelow(10**19))
    signed = crypto.signature(world.account.token, stamp, nonce)
    query = {"signature": signed, "timestamp": stamp, "nonce": nonce, "echostr": echo}
    answer, error, ms = await ask(world, "GET", query)
    found: dict[str, Any] = {"ok": False, "status": answer.status if answer else None, "ms": ms}
    if answer:
        found["ok"] = answer.status == 200 and answer.body == echo.encode()
        error = "" if found["ok"] else "the answer is not the echostr"
    return {**found, "error": error} if error else found
