"""确认收款 and 实名 over HTTP: for the one person the link was made for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from bot.links import token_for
from bot.platforms.pay import WeChatPay
from commerce.money import payouts, real_names, requests
from commerce.money.withdrawals import Withdrawal, find
from commerce.people.members import State, get
from commerce.work import Office
from tests.commerce.purses import earner, withdraws
from tests.commerce.stars import star
from tests.databases import SEAL
from tests.people import Clock
from web.pages import real_name, receiving


class Merchant:
    def confirm_params(self, package: str) -> dict[str, str]:
        return {"mchId": "1900000001", "appId": "wx1", "package": package}


@pytest.fixture
def browser(office: Office) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(receiving.routes(office, cast(WeChatPay, Merchant()), SEAL))
    app.include_router(real_name.routes(office, SEAL))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def row(office: Office) -> Withdrawal:
    """200.00 of 236.40, asked for."""
    with office.work() as work:
        return withdraws(work, earner(work, 236_40), 200_00)


def token(row: Withdrawal, until: datetime, *, page: str = "transfer", member: int = 0) -> str:
    return token_for(SEAL, page, member or row.member_id, until, about=row.id)


def waits(office: Office, clock: Clock, row: Withdrawal) -> None:
    clock.now = row.due_at
    office.do(lambda work: payouts.start(work, row.id))
    say(office, row.id, "WAIT_USER_CONFIRM", package="PACKAGE+/=")


def say(office: Office, number: int, state: str, **more: str) -> None:
    def act(work: Any) -> None:
        found = find(work, number)
        assert found.number is not None
        payouts.heard_transfer(work, found.number, state, found.arrives_fen, found.payee, **more)

    office.do(act)


def test_the_page_from_too_early_to_paid(browser, office: Office, clock: Clock, row):
    link = f"/pages/transfer?t={token(row, row.due_at + timedelta(hours=30))}"

    early = browser.get(link)
    assert "W1 3月3日 09:00 起收款" in early.text
    waits(office, clock, row)
    waiting = browser.get(link)
    assert waiting.status_code == 200
    assert "PACKAGE+/=" in waiting.text
    assert "1900000001" in waiting.text
    assert "3月4日 09:00 前有效" in waiting.text
    assert waiting.headers["Cache-Control"] == "private, no-store"
    clock.passes(minutes=12)
    say(office, row.id, "SUCCESS")
    paid = browser.get(link).text
    assert "到账了" in paid
    assert "PACKAGE" not in paid
    clock.passes(days=2)
    assert browser.get(link).status_code == 403


def test_what_went_back_says_so(browser, office: Office, row):
    office.do(lambda work: requests.cancel(work, get(work, row.member_id), row.id))

    page = browser.get(f"/pages/transfer?t={token(row, row.due_at)}").text

    assert "全额退回了" in page


def test_when_nobody_knows_it_says_so(browser, office: Office, clock: Clock, row):
    link = f"/pages/transfer?t={token(row, row.due_at + timedelta(hours=30))}"
    clock.now = row.due_at
    office.do(lambda work: payouts.start(work, row.id))
    office.do(lambda work: payouts.unanswered(work, row.id))

    assert "正在等微信的结果" in browser.get(link).text
    waits(office, clock, row)
    clock.passes(hours=25)  # Too late to confirm, and nothing was heard of it yet.
    assert "正在等微信的结果" in browser.get(link).text


def test_the_link_of_another_page_or_person_opens_nothing(browser, office: Office, row):
    with office.work() as work:
        bo = star(work, "bo").id
    until = row.due_at

    for wrong in ("", "x", token(row, until, page="earnings"), token(row, until, member=bo)):
        answer = browser.get("/pages/transfer", params={"t": wrong})
        assert answer.status_code == 403
        assert "200" not in answer.text.replace("200%", "")


def test_a_real_name_is_kept_sealed_with_its_consent(browser, office: Office, row):
    opens = token(row, row.due_at, page="real-name")
    form = browser.get(f"/pages/real-name?t={opens}")
    assert form.status_code == 200
    assert "只用于提现时请微信支付核对收款人" in form.text

    refused = [
        {"t": opens, "name": "王小明"},
        {"t": opens, "name": "12", "consent": "yes"},
        {"t": opens, "name": "<b>王</b>", "consent": "yes"},
    ]
    for sent in refused:
        assert browser.post("/pages/real-name", data=sent).status_code == 422
    sent = {"t": opens, "name": " 王小明 ", "consent": "yes"}
    assert "存好了" in browser.post("/pages/real-name", data=sent).text

    with office.work() as work:
        assert real_names.of(work, row.member_id) == "王小明"
        kept = work.session.execute(text("SELECT name FROM real_names")).scalar_one()
        assert "王小明".encode() not in bytes(kept)
    assert browser.post("/pages/real-name", data={**sent, "t": "x"}).status_code == 403
    with office.work() as work:
        get(work, row.member_id).state = State.SUSPENDED
    assert browser.post("/pages/real-name", data=sent).status_code == 403
