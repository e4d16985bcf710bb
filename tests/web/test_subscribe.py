"""The page with WeChat's own button: signed for this address, and open by a signed link only."""

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.links import token_for
from bot.platforms.js_sdk import page_config
from bot.platforms.wechat import Account, WeChat
from commerce.rules import Rules
from commerce.work import Office
from tests.audience import quick
from tests.databases import SEAL
from tests.people import Clock
from tests.platforms.stub import Stub, running
from web.pages import subscribe

BASE = "https://star.example"


@pytest.fixture
def platform() -> Iterator[Stub]:
    stub = Stub()
    stub.answers["/cgi-bin/ticket/getticket"] = {
        "errcode": 0,
        "ticket": "TICKET",
        "expires_in": 7200,
    }
    with running(stub) as platform:
        yield platform


@pytest.fixture
def browser(office: Office, rules: Rules, clock: Clock, platform: Stub) -> TestClient:
    office.rules = quick(rules)
    account = Account("wx1", "secret", platform.url, platform.url)
    app = FastAPI()
    app.include_router(subscribe.routes(office, WeChat(account, None, clock), SEAL, f"{BASE}/"))
    return TestClient(app)


def link(clock: Clock, page: str = "subscribe") -> str:
    token = token_for(SEAL, page, 7, clock.now + timedelta(hours=1))
    return f"/pages/subscribe?t={token}"


def test_the_signature_is_the_one_the_platform_shows_as_its_example() -> None:
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    config = page_config(
        "wx1",
        ticket,
        "http://mp.weixin.qq.com?params=value#part",
        nonce="Wm3WZYTPz0wzccnW",
        timestamp=1414587457,
    )

    assert config["signature"] == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_the_page_asks_for_both_templates_and_is_signed_for_its_own_address(
    browser: TestClient, clock: Clock
) -> None:
    address = link(clock)
    answer = browser.get(address)

    assert answer.status_code == 200
    assert 'template="T-REMINDER,T-RESULT"' in answer.text
    (said,) = re.findall('data-config="([^"]+)"', answer.text)
    config = json.loads(html.unescape(said))
    nonce, timestamp = config["nonceStr"], config["timestamp"]
    assert config == page_config("wx1", "TICKET", BASE + address, nonce=nonce, timestamp=timestamp)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'sha256-" in policy
    assert "https://res.wx.qq.com" in policy


def test_the_ticket_is_fetched_once(browser: TestClient, clock: Clock, platform: Stub) -> None:
    for _ in range(3):
        browser.get(link(clock))

    assert platform.count("/cgi-bin/ticket/getticket") == 1


@pytest.mark.parametrize("address", ["/pages/subscribe", "/pages/subscribe?t=1-0-9-abc"])
def test_without_a_good_link_it_stays_shut(browser: TestClient, address: str) -> None:
    assert browser.get(address).status_code == 403


def test_the_link_of_another_page_does_not_open_it(browser: TestClient, clock: Clock) -> None:
    assert browser.get(link(clock, "earnings")).status_code == 403


def test_a_platform_that_is_away_is_said_in_words(
    browser: TestClient, clock: Clock, platform: Stub
) -> None:
    platform.answers["/cgi-bin/ticket/getticket"] = 503

    answer = browser.get(link(clock))

    assert answer.status_code == 503
    assert "预约不受影响" in answer.text


def test_without_templates_there_is_nothing_to_allow(
    browser: TestClient, clock: Clock, office: Office, rules: Rules
) -> None:
    office.rules = rules

    assert browser.get(link(clock)).status_code == 503
