"""The page of a draw in a real browser: it verifies by itself, also without HTTPS."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from commerce.lives import draw
from tests.browser.conftest import Keep, Scheme, Watch
from tests.browser.test_pages import CONTRASTS, LEAST_CONTRAST, SCROLLS
from tests.web.test_draw_page import DRAWN, FROZEN, OPEN, PLANNED, REACHED, RECORD, SECRET
from web.pages import draw as page_of_draw
from web.pages.draw import SCRIPT, Draw, State, render
from web.pages.shell import read

pytestmark = pytest.mark.browser

ADDRESS = "http://shop.test"  # Neither HTTPS nor this machine: crypto.subtle is missing there.
BARRED = "Content Security Policy"
MANY = 100_000
WITHIN_MS = 30_000
Show = Callable[..., Page]
PAGES = {
    "open": OPEN,
    "reached": REACHED,
    "frozen": FROZEN,
    "drawn": DRAWN,
    "many winners": replace(DRAWN, winners=tuple(f"{n:06d}" for n in range(1, 400))),
    "with a beacon": replace(DRAWN, beacon="9c" * 32, beacon_note=""),
    "not reached": replace(OPEN, state=State.NOT_REACHED),
    "cancelled": replace(OPEN, state=State.CANCELLED),
}
# The longest time the page was not awake.
WATCH_SLEEP = """() => { window.longest = 0; let last = performance.now();
  setInterval(() => { const now = performance.now();
    window.longest = Math.max(window.longest, now - last); last = now; }, 5); }"""


@pytest.fixture
def show(browser: Browser, watch: Watch) -> Iterator[Show]:
    """`show(facts, body)`: the page, and what the record's address answers."""
    contexts = []

    def shown(facts: Draw, body: Any = None, scheme: Scheme = "light") -> Page:
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, color_scheme=scheme, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: watch.wrong.append(str(error)))
        page.on("console", lambda said: watch.wrong.append(said.text) if BARRED in said.text else 0)

        def serve(route: Route) -> None:
            if not route.request.url.endswith(".json"):
                headers = page_of_draw.HEADERS | {"Content-Type": "text/html; charset=utf-8"}
                route.fulfill(body=render(facts), headers=headers)
            elif isinstance(body, int):
                route.fulfill(status=body)
            else:
                text = body if isinstance(body, str) else json.dumps(body)
                route.fulfill(body=text, content_type="application/json")

        page.route(f"{ADDRESS}/**", serve)
        page.goto(f"{ADDRESS}/pages/draws/{facts.number}")
        return page

    yield shown
    for context in contexts:
        context.close()


def verified(page: Page) -> Page:
    page.get_by_role("button", name="在你的浏览器里验证").click()
    expect(page.get_by_role("button", name="再验证一遍")).to_be_enabled(timeout=WITHIN_MS)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_draw_fits_a_phone_and_can_be_read(
    show: Show, keep: Keep, name: str, scheme: Scheme
) -> None:
    page = show(PAGES[name], RECORD, scheme)

    assert page.evaluate(SCROLLS) == 0
    if name == "drawn":
        verified(page)
        assert page.evaluate(SCROLLS) == 0
        keep(f"draw-{scheme}.png", page.screenshot(full_page=True))
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 15
    assert [(words, ratio) for words, ratio in contrasts if ratio < LEAST_CONTRAST] == []
    for target in page.locator("a, button").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 44


def test_the_hash_of_the_page_is_the_hash_of_everybody(show: Show) -> None:
    page = show(OPEN)
    assert page.evaluate("typeof crypto.subtle") == "undefined"
    random, sizes = Random(4), [*range(200), 1_000, 65_537]
    messages = [random.randbytes(size) for size in sizes]
    prefixes = [random.randbytes(size) for size in range(0, 200, 7)]
    code = """([script, messages, prefixes]) => {
      const sha256 = new Function(script + '; return sha256;')();
      const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (two) => parseInt(two, 16));
      const key = bytes(messages[32]);
      return [
        messages.map((message) => sha256.hex(sha256.of(bytes(message)))),
        prefixes.map((prefix) => sha256.hex(sha256.hmac(key, bytes(prefix))(bytes(messages[9])))),
      ];
    }"""
    told = [message.hex() for message in messages], [prefix.hex() for prefix in prefixes]
    plain, keyed = page.context.new_page().evaluate(code, [read("sha256.js"), *told])

    assert plain == [hashlib.sha256(message).hexdigest() for message in messages]
    assert keyed == [
        hmac.new(messages[32], prefix + messages[9], "sha256").hexdigest() for prefix in prefixes
    ]


def test_a_hundred_thousand_tickets_are_verified_and_the_page_stays_awake(show: Show) -> None:
    tickets = [draw.ticket(number, 1) for number in range(1, MANY + 1)]
    record = draw.build(DRAWN.number, SECRET, "", 10, tickets)
    facts = replace(
        DRAWN, digest=record["digest"], commit=record["commit"], people=MANY, tickets=MANY
    )
    page = show(facts, record)
    page.evaluate(WATCH_SLEEP)

    verified(page)

    expect(page.get_by_text("对得上，刚在你的浏览器里重算了一遍")).to_be_visible()
    expect(page.get_by_text("名单 100,000 个号")).to_be_visible()
    expect(page.get_by_text("用了")).to_be_visible()
    assert page.evaluate("longest") < 1_000

    record["winners"][9] = next(one for one in tickets if one not in record["winners"])
    page.reload()
    verified(page)
    expect(page.get_by_text("重算的中奖号和公布的不一致")).to_be_visible()


def changed(**fields: Any) -> dict[str, Any]:
    return {**RECORD, **fields}


TICKETS = RECORD["tickets"]
FORGED = draw.build(DRAWN.number, SECRET, "", 10, [*TICKETS, "000129-01"])


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (changed(secret="5f" + SECRET[2:]), "公开的密钥和预约前公布的指纹对不上"),
        (changed(tickets=[*TICKETS[:-1], "000129-01"]), "名单指纹不一致"),
        (changed(tickets=[*TICKETS, "000129-01"]), "名单指纹不一致"),
        (changed(tickets=TICKETS[:-1]), "名单指纹不一致"),
        (changed(tickets=[TICKETS[1], TICKETS[0], *TICKETS[2:]]), "名单没按号从小到大排"),
        (changed(winners=RECORD["winners"][::-1]), "重算的中奖号和公布的不一致"),
        (changed(winners=RECORD["winners"][:-1]), "重算的中奖号和公布的不一致"),
        (changed(winners_wanted=11), "重算的中奖号和公布的不一致"),
        (changed(beacon="x"), "重算的中奖号和公布的不一致"),
        (changed(lottery="LT2026-other"), "这不是这一场的记录"),
        (changed(version=2), "记录的格式不对：version"),
        (changed(tickets=["<img src=x>"]), "记录的格式不对：tickets"),
        (changed(more=1), "记录的格式不对：more"),
        (FORGED, "记录里的指纹和这一页公布的不一样"),
        (draw.build(DRAWN.number, "11" * 32, "", 10, TICKETS), "记录里的指纹和这一页公布的不一样"),
        ([], "不是一份抽奖记录"),
        ("{", "记录的格式不对"),
    ],
)
def test_a_record_that_was_tampered_with_is_refused(show: Show, record: Any, words: str) -> None:
    page = verified(show(DRAWN, record))

    expect(page.get_by_text("这份记录对不上")).to_be_visible()
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text("刚在你的浏览器里重算了一遍")).to_have_count(0)


def test_the_page_agrees_with_the_house_on_draws_of_every_kind(show: Show) -> None:
    random = Random(7)
    for beacon in ("", "一段中文", "x" * 90):
        numbers = sorted(random.sample(range(1, 3_000_000), 1_500))
        tickets = [draw.ticket(number, index) for number in numbers for index in (1, 2)]
        wanted = random.choice([0, 3, 600])
        number = draw.name(PLANNED, RECORD["commit"], wanted)
        record = draw.build(number, SECRET, beacon, wanted, tickets)

        page = verified(show(replace(DRAWN, number=number, digest=record["digest"]), record))

        expect(page.get_by_text("对得上，刚在你的浏览器里重算了一遍")).to_be_visible()


def test_a_number_whose_seal_is_broken_is_refused(show: Show) -> None:
    number = draw.name(PLANNED, RECORD["commit"], 9)
    record = draw.build(number, SECRET, "", 10, TICKETS)

    page = verified(show(replace(DRAWN, number=number), record))

    expect(page.get_by_text("抽奖编号和公布的指纹、份数对不上")).to_be_visible()


def test_without_the_list_it_says_so_and_can_be_tried_again(show: Show) -> None:
    page = verified(show(DRAWN, 503))

    expect(page.get_by_text("没能下载名单，看看网络，再点一次")).to_be_visible()


def test_nothing_else_may_run_on_the_page(show: Show) -> None:
    page = show(DRAWN, RECORD)
    policy = page_of_draw.HEADERS["Content-Security-Policy"]

    assert page.evaluate("document.scripts[0].textContent") == SCRIPT
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy.split("script-src")[1]
