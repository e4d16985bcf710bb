"""The board behind its link: for who may direct the live, for as long as it stands open."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis import Redis

from bot.context import Bot
from bot.links import VALID, token_for
from commerce.lives.lives import Live
from commerce.people import members
from commerce.people.members import State
from commerce.work import Office
from jobs.presence import Presence
from tests.conftest import SEAL
from tests.handlers.evening import Evening, evening
from tests.people import Cast, Clock
from web.pages import here, own_board


@pytest.fixture
def tonight(office: Office, bot: Bot, people: Cast, clock: Clock) -> Evening:
    made = evening(office, bot, people, clock)
    made.sells_as_in_the_book()
    return made


@pytest.fixture
def browser(office: Office, redis: Redis) -> TestClient:
    app = FastAPI()
    app.include_router(own_board.routes(office, SEAL))
    app.include_router(here.routes(SEAL, office.clock, Presence(redis)))
    return TestClient(app)


def link_of(tonight: Evening) -> str:
    tonight.ming.says("看板")
    found = re.search(r"https://star\.example(/pages/board\?t=[^\]]+)", tonight.ming.heard)
    assert found is not None
    return found[1]


def test_the_link_from_the_chat_shows_the_same_numbers(tonight: Evening, browser: TestClient):
    answer = browser.get(link_of(tonight))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert '<b class="v">5</b>' in answer.text
    assert '<span class="n">470<span class="f">.80</span>' in answer.text
    assert "毛巾 3 条" in answer.text


def test_it_renews_itself_for_longer_than_a_link_is_good(
    tonight: Evening, browser: TestClient, clock: Clock
):
    token = link_of(tonight).partition("t=")[2]
    first = token

    for _ in range(3):
        clock.passes(hours=1, minutes=50)
        found = browser.get("/pages/board.json", params={"t": token}).json()
        token = found["t"]

    assert found["on"]
    assert "470" in found["body"]
    assert browser.get("/pages/board.json", params={"t": first}).status_code == 403
    clock.passes(seconds=VALID.total_seconds() + 1)
    assert browser.get("/pages/board.json", params={"t": token}).status_code == 403


def test_nobody_makes_a_link_without_the_key_nor_uses_another_page_s(
    tonight: Evening, browser: TestClient, clock: Clock
):
    host, other = tonight.ming.member.id, tonight.hong.member.id
    until = clock() + VALID
    wrong = (
        "",
        token_for(SEAL, "earnings", host, until, about=tonight.live_id),
        token_for(SEAL, "live", host, until, about=tonight.live_id),
        token_for(SEAL, "board", other, until, about=tonight.live_id),
        token_for(SEAL, "board", host, until, about=987),
    )

    for page in ("/pages/board", "/pages/board.json"):
        for token in wrong:
            answer = browser.get(page, params={"t": token})
            assert answer.status_code == 403, token
            assert "470" not in answer.text


def test_who_hosts_no_longer_for_the_shop_sees_nothing_more(
    tonight: Evening, browser: TestClient, office: Office
):
    link = link_of(tonight)
    number, other = tonight.ming.member.id, tonight.hong.member.id
    with office.work() as work:
        live = work.session.get_one(Live, tonight.live_id)
        live.host_id = other
        members.lock(work, number).state = State.SUSPENDED

    assert browser.get(link).status_code == 403


def test_afterwards_it_says_what_it_came_to_and_stops(tonight: Evening, browser: TestClient):
    link = link_of(tonight)
    tonight.ends()
    tonight.settles()

    page = browser.get(link).text
    found = browser.get(link.replace("board?", "board.json?")).json()

    assert "本场 5 单，已结算 100%" in page
    assert 'data-on=""' in page
    assert not found["on"]


def test_whatever_a_title_says_stays_text(tonight: Evening, browser: TestClient, office: Office):
    with office.work() as work:
        work.session.get_one(Live, tonight.live_id).title = "<img src=x onerror=alert(1)>"

    page = browser.get(link_of(tonight)).text

    assert "<img" not in page
    assert "&lt;img" in page


def test_who_has_the_page_of_the_live_open_is_counted(
    tonight: Evening, browser: TestClient, redis: Redis, clock: Clock, office: Office
):
    number = tonight.live_id
    token = token_for(SEAL, "live", tonight.fang.member.id, clock() + VALID, about=number)
    for _ in range(3):
        answer = browser.post(f"/pages/live/{number}/here", params={"t": token})
        assert (answer.status_code, answer.content) == (204, b"")
        clock.passes(seconds=10)
    clock.passes(hours=3)
    assert browser.post(f"/pages/live/{number}/here", params={"t": token}).status_code == 204

    seen = {len(redis.smembers(key)) for key in redis.scan_iter("*here*")}
    assert seen == {1}
    assert len(list(redis.scan_iter("*here*"))) == 2


def test_who_was_not_let_in_is_not_counted(
    tonight: Evening, browser: TestClient, redis: Redis, clock: Clock
):
    number, fang, until = tonight.live_id, tonight.fang.member.id, clock() + VALID
    wrong = (
        "",
        token_for(SEAL, "board", fang, until, about=number),
        token_for(SEAL, "live", fang, until, about=number + 1),
        token_for(SEAL, "live", fang, clock() - timedelta(hours=13), about=number),
    )

    for token in wrong:
        answer = browser.post(f"/pages/live/{number}/here", params={"t": token})
        assert answer.status_code == 403
    assert browser.post("/pages/live/%2e%2e/here").status_code in (403, 404)
    assert list(redis.scan_iter("*here*")) == []


def test_redis_away_keeps_nobody_waiting(tonight: Evening, office: Office, clock: Clock):
    app = FastAPI()
    app.include_router(here.routes(SEAL, office.clock, Presence(None)))
    token = token_for(SEAL, "live", 1, clock() + VALID, about=1)

    assert TestClient(app).post("/pages/live/1/here", params={"t": token}).status_code == 204
