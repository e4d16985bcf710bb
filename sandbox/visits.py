"""People of a crowd at the application's pages: what a thumb does there, without a screen."""

import asyncio
import html
import json
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

import h11

from sandbox import acts
from sandbox.browser import AGENT, ANSWER_S
from sandbox.http_client import Answer, exchange
from sandbox.official import oauth
from sandbox.pay import till
from sandbox.people import Person
from sandbox.world import World

PAGES = "/pages/"
LIVE = "/pages/live"
HERE = re.compile(r'id="here" data-address="([^"]*)"')
"""Where the page of a live says now and then that somebody is watching."""
AUTHORISE = "/connect/oauth2/authorize"
MOST_STEPS = 6
SIGNED = re.compile(r"\{[^{}]*\"paySign\"[^{}]*\}")
"""What a page hands to the bridge when its button for paying is pressed."""
ASKED = re.compile(r"<wx-open-subscribe[^>]*\btemplate=\"([^\"]*)\"")
TRIES = 4
LOOKS_AGAIN_S = 0.4
PAY = "getBrandWCPayRequest"


async def enters(world: World, person: Person, links: list[str]) -> bool:
    """Opens the first link into a live room. False when there is none, or no page behind it."""
    room = next((url for url in links if urlsplit(url).path.startswith(LIVE)), None)
    page = None if room is None else await _page(world, person, room)
    if page is not None and (here := HERE.search(page)):
        address = urljoin(f"{world.app.origin}{PAGES}", html.unescape(here[1]))
        await _answer(world, address, SimpleCookie(), "POST")
    return page is not None


async def allows(world: World, person: Person, links: list[str]) -> bool:
    """Says yes to every notice that the page linked to last asks for. False when it asks none."""
    page = await _page(world, person, links[-1]) if links else None
    templates = [name for found in ASKED.findall(page or "") for name in found.split(",") if name]
    for template in templates:
        acts.answer_popup(world, person, template, True)
    return bool(templates)


async def pays(world: World, person: Person, links: list[str]) -> int | None:
    """Opens the page linked to last and presses its button: the fen it cost. A page too busy to
    have one is looked at again. None without such a page, or when the payment is refused."""
    for _ in range(TRIES if links else 0):
        async with world.cashiers:
            page = await _page(world, person, links[-1])
            asked = SIGNED.search(html.unescape(page or ""))
            if asked:
                return _pressed(world, person, json.loads(asked[0]))
        await asyncio.sleep(LOOKS_AGAIN_S)
    return None


def _pressed(world: World, person: Person, params: dict[str, Any]) -> int | None:
    done = till.bridge(world, person, PAY, params, sure=True)
    if not done["err_msg"].endswith(":ok"):
        return None
    code = str(params["package"]).removeprefix("prepay_id=")
    row = world.db.execute("SELECT total FROM pay_orders WHERE code = ?", (code,)).fetchone()
    return int(row["total"])


async def _page(world: World, person: Person, url: str) -> str | None:
    """The application's page as this person gets to see it, also by way of WeChat's authorise
    page. None when there is none; no other site is ever asked."""
    cookies = SimpleCookie()
    for _ in range(MOST_STEPS):
        if urlsplit(url).path.endswith(AUTHORISE):
            url = oauth.agreed(world, person, url) or ""
        if not url.startswith(f"{world.app.origin}{PAGES}"):
            return None
        answer = await _answer(world, url, cookies)
        if answer is None or "location" not in answer.headers:
            is_there = answer is not None and answer.status == 200
            return answer.body.decode("utf-8", "replace") if answer and is_there else None
        for name, value in answer.raw_headers:
            if name.lower() == "set-cookie":
                cookies.load(value)
        url = urljoin(url, answer.headers["location"])
    return None


async def _answer(
    world: World, url: str, cookies: SimpleCookie, method: str = "GET"
) -> Answer | None:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if cookies:
        headers["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in cookies.values())
    try:
        async with asyncio.timeout(ANSWER_S):
            return await exchange(world.app, method, target, headers=headers)
    except (OSError, TimeoutError, ValueError, h11.ProtocolError):
        return None
