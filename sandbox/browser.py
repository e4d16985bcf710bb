"""WeChat's own browser: the application's pages, at their path here, with the bridge in them.

On a phone WeChat puts `WeixinJSBridge` into every page it opens; no page can put it into another
one. So the phone opens /pages/… of the sandbox, which asks the application and nobody else. What a
page asks of /api/… goes the same way.
"""

import asyncio
import re
from urllib.parse import quote

import h11
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.http_client import Answer, exchange
from sandbox.world import World

ANSWER_S = 15.0
LARGEST_FORM = 10 << 20
AGENT = (
    "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN"
)
BRIDGE = b'<script src="/phone/bridge.js"></script>'
PASSED_ON = (
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "cookie",
    "idempotency-key",
)
NOT_PASSED_BACK = ("connection", "content-length", "keep-alive", "transfer-encoding", "date")


async def show(request: Request) -> Response:
    """The application's answer for the same path; 502 when there is none."""
    world: World = request.app.state.world
    body = await request.body()
    if len(body) > LARGEST_FORM:
        return HTMLResponse("太大了", 413)
    path = request.scope["raw_path"].split(b"?")[0].decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    try:
        async with asyncio.timeout(ANSWER_S):
            target = f"{path}?{query}" if query else path
            answer = await exchange(
                world.app, request.method, target, body, _headers(world, request)
            )
    except (OSError, TimeoutError, ValueError, h11.ProtocolError):
        return HTMLResponse("<!doctype html><meta charset=utf-8><p>网页打不开：应用没有回答", 502)
    return _shown(world, request, answer)


def _headers(world: World, request: Request) -> dict[str, str]:
    """What the page's own requests bring along, from the application's own origin."""
    names = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    headers = {name.title(): value for name, value in names.items()}
    if "origin" in request.headers:
        headers["Origin"] = _there(world, request, request.headers["origin"])
    if "referer" in request.headers:
        headers["Referer"] = _there(world, request, request.headers["referer"])
    return {**headers, "User-Agent": AGENT, "Accept-Encoding": "identity"}


def _here(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _there(world: World, request: Request, url: str) -> str:
    return url.replace(_here(request), world.app.origin)


def _shown(world: World, request: Request, answer: Answer) -> Response:
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    response = Response(_with_bridge(answer.body) if is_page else answer.body, answer.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.raw_headers
        if name.lower() not in NOT_PASSED_BACK
    ]
    response.headers["content-length"] = str(len(response.body))
    if "location" in answer.headers:
        response.headers["location"] = _back(world, request, answer.headers["location"])
    if is_page and "content-security-policy" in answer.headers:
        policy = answer.headers["content-security-policy"]
        response.headers["content-security-policy"] = allowing(policy)
    return response


def _with_bridge(page: bytes) -> bytes:
    """The bridge before anything of the page's own runs."""
    head = re.search(rb"<head[^>]*>", page, re.I)
    place = head.end() if head else 0
    return page[:place] + BRIDGE + page[place:]


def _back(world: World, request: Request, location: str) -> str:
    """A way that leads back to the application leads back here, also from an authorise page."""
    here, there = _here(request), world.app.origin
    for old, new in ((there, here), (quote(there, safe=""), quote(here, safe=""))):
        location = re.sub(rf"{re.escape(old)}(?=/pages/|%2Fpages%2F)", new, location)
    return location


def allowing(policy: str) -> str:
    """The page's policy with the bridge allowed to run and to ask the phone."""
    rules = [rule.split() for rule in policy.split(";") if rule.strip()]
    known = {rule[0].lower(): [value for value in rule[1:] if value != "'none'"] for rule in rules}
    fallback = known.get("default-src", [])
    for name in ("script-src", "connect-src"):
        sources = known.get(name, fallback if "default-src" in known else ["*"])
        known[name] = sources if "'self'" in sources else [*sources, "'self'"]
    return "; ".join(" ".join([name, *(values or ["'none'"])]) for name, values in known.items())
