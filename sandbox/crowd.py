"""A crowd: many people who really follow, speak and pay, each by their own signed callbacks.

The same seed is the same people in the same order: who came to book may come again to buy.
"""

import asyncio
import random
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import acts, callbacks, people, screen, visits
from sandbox.people import Person
from sandbox.reading import json_body
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.world import World, wait_for

AT_ONCE = 24
MOST = 5_000
MOST_SEED = 10**9
LONGEST_WORDS = 200
ANSWER_S = 15.0
SAYS = {"book": ("预约", "我要预约", "允许通知"), "enter": ("进直播间",), "buy": ("下单 1",)}
"""What people do, and the words they do it with unless told otherwise."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
GIVEN = "安宁月雨晴云岚溪禾苗青秋夏冬春晓晨阳佳欣怡悦然若雪梅兰竹菊莲"
STREETS = ("文三路", "人民路", "解放路", "中山路", "建设路", "和平路", "新华路", "长江路")


@dataclass(frozen=True, slots=True)
class Wanted:
    people: int
    first: int
    """So many of the seed's people stay at home."""
    seed: int
    does: str
    words: tuple[str, ...]
    link: str
    """What a friend passed on; who gets one opens it instead of asking."""

    @property
    def names(self) -> list[str]:
        return names(self.seed, self.first + self.people)[self.first :]


@dataclass(slots=True)
class Counts:
    """How many did it. `silent`: the account did not answer them; the rest is of who it did."""

    people: int = 0
    new: int = 0
    answered: int = 0
    silent: int = 0
    allowed: int = 0
    entered: int = 0
    paid: int = 0
    paid_fen: int = 0


def names(seed: int, count: int) -> list[str]:
    """So many different names; those of fewer people are the first of them."""
    whole = [f"{s}{a}{b}" for s in SURNAMES for a in GIVEN for b in GIVEN if a != b]
    random.Random(seed).shuffle(whole)
    return whole[:count]


def address(name: str, seed: int) -> str:
    """Where a person of the crowd lives: everybody has a phone and a door of their own."""
    dice = random.Random(f"{seed} {name}")
    street, house, door = dice.choice(STREETS), dice.randint(1, 999), dice.randint(101, 3999)
    return f"{name} 139{dice.randrange(10**8):08d} 杭州市西湖区{street} {house} 号 {door} 室"


async def gather(world: World, wanted: Wanted) -> Counts:
    """Everybody does it, so many at once. What the account says stands on their phones."""
    counts, places = Counts(people=wanted.people), asyncio.Semaphore(AT_ONCE)

    async def comes(name: str) -> None:
        async with places:
            await _does(world, wanted, name, counts)

    await asyncio.gather(*(comes(name) for name in wanted.names))
    return counts


async def _does(world: World, wanted: Wanted, name: str, counts: Counts) -> None:
    person = people.by_name(world, name)
    counts.new += person is None
    with together(world.db):
        person = person or people.create(world, name)
    if wanted.link:
        came = await visits.enters(world, person, [wanted.link])
        counts.entered += came
        return
    said = list(wanted.words)
    if wanted.does == "buy":
        said.append(address(name, wanted.seed))
    for words in said:
        found = await _answer(world, person, words)
        if not found:
            counts.silent += 1
            return
        if wanted.does == "buy" and await _pays(world, person, found, counts):
            break
    counts.answered += 1
    if wanted.does == "enter":
        came = await visits.enters(world, person, _links(found))
        counts.entered += came
    elif wanted.does == "book":
        allowed = await visits.allows(world, person, _links(found))
        counts.allowed += allowed


async def _pays(world: World, person: Person, found: list[dict[str, Any]], counts: Counts) -> bool:
    paid_fen = await visits.pays(world, person, _links(found))
    counts.paid += paid_fen is not None
    counts.paid_fen += paid_fen or 0
    return paid_fen is not None


def _links(found: list[dict[str, Any]]) -> list[str]:
    return [link["url"] for message in found for link in message.get("links", ())]


async def _answer(world: World, person: Person, words: str) -> list[dict[str, Any]]:
    """Says it and waits, as people do before they say the next."""
    fresh = people.by_name(world, person.name)
    since = acts.say(world, fresh or person, words)["n"]
    await callbacks.delivered(world, person.name)

    def heard() -> list[dict[str, Any]]:
        found = screen.messages(world, person.name, since)
        return [one for one in found if one["from"] == world.account.name]

    return await wait_for(world, person.name, heard, ANSWER_S)


def _whole(body: dict[str, Any], key: str, least: int, most: int, usual: int) -> int:
    value = body.get(key, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"{key} 要是 {least} 到 {most} 的整数")
    return value


def _wanted(body: dict[str, Any]) -> Wanted:
    does, text = body.get("does"), body.get("text")
    if does not in SAYS:
        raise Refused(f"does 要是 {'、'.join(SAYS)} 之一")
    words: tuple[str, ...] = SAYS[does]
    if text is not None:
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_WORDS:
            raise Refused(f"text 要有 1 到 {LONGEST_WORDS} 个字")
        words = (text, *words[1:])
    link = body.get("link") or ""
    if link and not (does == "enter" and isinstance(link, str)):
        raise Refused("link 是 enter 用的网址")
    count, first = _whole(body, "people", 1, MOST, 1), _whole(body, "from", 0, MOST, 0)
    seed = _whole(body, "seed", 0, MOST_SEED, 1)
    return Wanted(count, first, seed, does, words, link)


async def raise_crowd(request: Request) -> Response:
    """{"people", "seed", "does": "book" | "enter" | "buy", "text"?, "from"?, "link"?}: the counts,
    and the names of these people. `from` leaves out the first of the seed's people."""
    wanted = _wanted(await json_body(request))
    counts = await gather(request.app.state.world, wanted)
    found = {name: getattr(counts, name) for name in Counts.__slots__}
    return JSONResponse(found | {"names": wanted.names})


ROUTES = [Route("/crowd", raise_crowd, methods=["POST"])]
