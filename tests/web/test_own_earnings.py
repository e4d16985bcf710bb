"""收益中心 by its link: for whom it was made, on that page, for two hours, and for nobody else."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.context import Bot
from bot.links import MAC_LENGTH, read_token, token_for
from commerce.work import Office
from tests.conftest import SEAL
from tests.handlers.doors import last_words
from tests.handlers.evening import Evening, evening
from tests.people import NOON, Cast, Clock
from web.pages import own_earnings


@pytest.fixture
def tonight(office: Office, bot: Bot, people: Cast, clock: Clock) -> Evening:
    made = evening(office, bot, people, clock)
    made.sells_as_in_the_book()
    made.ends()
    made.settles()
    return made


@pytest.fixture
def browser(office: Office) -> TestClient:
    app = FastAPI()
    app.include_router(own_earnings.routes(office, SEAL))
    return TestClient(app)


def link_of(tonight: Evening) -> str:
    tonight.ming.says("收益")
    found = re.search(r"https://star\.example(/pages/earnings\?t=[^\]]+)", last_words(tonight.ming))
    assert found is not None
    return found[1]


def test_the_link_from_the_chat_opens_the_same_numbers(tonight: Evening, browser: TestClient):
    answer = browser.get(link_of(tonight))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert "44" in answer.text
    assert "春日好物专场" in answer.text
    assert "94.00 × 22% = 20.68 元" in answer.text
    assert "小红卖出，是你邀请的人，你当时是二星" in answer.text


def test_after_two_hours_it_is_closed(tonight: Evening, browser: TestClient):
    link = link_of(tonight)

    tonight.clock.passes(hours=2)
    assert browser.get(link).status_code == 200
    tonight.clock.passes(seconds=1)
    answer = browser.get(link)

    assert answer.status_code == 403
    assert "44.31" not in answer.text
    assert "小明" not in answer.text


@pytest.mark.parametrize(
    "token", ["", "1", "1-0-9999999999-" + "0" * MAC_LENGTH, "１-0-1-" + "a" * MAC_LENGTH]
)
def test_nobody_makes_a_link_without_the_key(token: str, tonight: Evening, browser: TestClient):
    assert browser.get("/pages/earnings", params={"t": token}).status_code == 403


def test_every_part_of_a_token_is_signed():
    token = token_for(SEAL, "earnings", 12, NOON, about=7)

    found = read_token(SEAL, "earnings", token, NOON)
    assert found is not None
    assert (found.member_id, found.about) == (12, 7)
    assert read_token(SEAL, "cashier", token, NOON) is None
    for place, sign in enumerate(token):
        changed = token[:place] + ("1" if sign != "1" else "2") + token[place + 1 :]
        assert read_token(SEAL, "earnings", changed, NOON) is None, changed
    assert read_token(SEAL, "earnings", token + "0", NOON) is None
    assert read_token(SEAL, "earnings", token[:-1], NOON) is None
