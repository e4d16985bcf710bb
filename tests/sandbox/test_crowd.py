"""The crowd: people who are counted for what really happened, the same for the same seed."""

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import crowd
from tests.sandbox.conftest import Desk, opener
from tests.sandbox.echo_app import EchoApp, Heard, text_answer
from tests.sandbox.page_app import PageApp, pages
from tests.sandbox.pay_desk import Till, TillApp


def test_a_crowd_follows_and_speaks_like_anybody(app: EchoApp, desk: Desk):
    counts = desk.lever("crowd", {"people": 30, "seed": 7, "does": "book", "text": "预约 7"})

    assert (counts["people"], counts["new"], counts["answered"]) == (30, 30, 30)
    assert app.texts().count("subscribe") == 30
    assert app.texts().count("预约 7") == app.texts().count("我要预约") == 30
    assert sorted(counts["names"]) == sorted(p["name"] for p in desk.read("people")["people"])
    assert {p["following"] for p in desk.read("people")["people"]} == {True}
    first = desk.phone(counts["names"][0])
    assert [one["text"] for one in first if one["from"] == "me"][:2] == ["预约 7", "我要预约"]


def test_the_same_seed_is_the_same_people(desk: Desk):
    few = desk.lever("crowd", {"people": 4, "seed": 7, "does": "book"})
    more = desk.lever("crowd", {"people": 6, "seed": 7, "does": "book"})
    rest = desk.lever("crowd", {"people": 2, "from": 4, "seed": 7, "does": "book"})
    others = desk.lever("crowd", {"people": 6, "seed": 8, "does": "book"})

    assert few["names"] == more["names"][:4]
    assert (few["new"], more["new"], rest["new"]) == (4, 2, 0)
    assert rest["names"] == more["names"][4:]
    assert set(others["names"]).isdisjoint(more["names"])


def test_five_thousand_people_have_five_thousand_names_phones_and_doors():
    names = crowd.names(1, crowd.MOST)
    addresses = [crowd.address(name, 1) for name in names]

    assert len(set(names)) == crowd.MOST
    assert len({address.split()[1] for address in addresses}) > 0.999 * crowd.MOST
    assert len({address.split(" ", 2)[2] for address in addresses}) > 0.999 * crowd.MOST
    assert crowd.address(names[3], 1) == addresses[3]


def test_who_is_not_answered_is_counted(app: EchoApp, desk: Desk, monkeypatch):
    monkeypatch.setattr(crowd, "ANSWER_S", 0.2)
    silent: list[str | None] = []

    def answer(heard: Heard) -> str | None:
        if heard["Content"] and len(silent) < 3:
            silent.append(heard["FromUserName"])
        return None if heard["FromUserName"] in silent else text_answer(heard, "好")

    app.answer = answer
    counts = desk.lever("crowd", {"people": 8, "seed": 1, "does": "book"})

    assert (counts["answered"], counts["silent"]) == (5, 3)


def test_a_buyer_says_where_to_send_it_only_when_nobody_can_pay_yet(app: EchoApp, desk: Desk):
    counts = desk.lever("crowd", {"people": 1, "seed": 1, "does": "buy", "text": "下单 3"})

    assert (counts["answered"], counts["paid"]) == (1, 0)
    assert [one for one in app.texts() if one and "西湖区" in one]


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": 0, "does": "book"},
        {"people": crowd.MOST + 1, "does": "book"},
        {"people": True, "does": "book"},
        {"people": 1, "does": "steal"},
        {"people": 1},
        {"people": 1, "does": "book", "text": " "},
        {"people": 1, "does": "book", "seed": -1},
        {"people": 1, "does": "buy", "link": "http://elsewhere.example/"},
    ],
)
def test_a_crowd_that_makes_no_sense_is_refused(wrong, app: EchoApp, desk: Desk):
    answer = desk.http.post("/sandbox/v1/crowd", json=wrong)

    assert (answer.status_code, app.heard) == (422, [])


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[PageApp, Till]]:
    """It answers everybody with a link to its only page."""
    with pages() as app:
        app.mode = "plaintext"
        with opener(tmp_path)(app) as desk:
            yield app, Till(desk, TillApp())


def test_a_link_is_opened_by_everybody_who_got_it(shop: tuple[PageApp, Till]):
    app, till = shop
    link = f"{app.url}/pages/live/7?a=card"
    how = {"people": 3, "seed": 1, "does": "enter"}

    counts = till.desk.lever("crowd", {**how, "link": link})
    elsewhere = till.desk.lever("crowd", {**how, "link": f"{app.url}0/pages/live/7"})

    assert (counts["entered"], elsewhere["entered"]) == (3, 0)
    assert [path for _, path, _, _ in app.asked] == ["/pages/live/7?a=card"] * 3


def test_people_pay_on_the_page_they_are_sent_to(shop: tuple[PageApp, Till]):
    app, till = shop
    [name] = crowd.names(1, 1)
    till.desk.lever(f"people/{name}/follow")
    app.said = linking(app, till, name)
    app.body = page_for(till, "EVENING01", till.desk.openid(name)).encode()

    counts = till.desk.lever("crowd", {"people": 1, "seed": 1, "does": "buy", "text": "下单 3"})

    assert (counts["paid"], counts["paid_fen"]) == (1, 990)
    [row] = till.desk.read("pay/orders")["orders"]
    assert row["state"] == "SUCCESS"


def test_nobody_pays_for_somebody_else(shop: tuple[PageApp, Till]):
    app, till = shop
    [name] = crowd.names(1, 1)
    till.desk.lever(f"people/{name}/follow")
    till.desk.lever("people/小红/follow")
    app.said = linking(app, till, name)
    app.body = page_for(till, "EVENING01", till.desk.openid("小红")).encode()

    counts = till.desk.lever("crowd", {"people": 1, "seed": 1, "does": "buy", "text": "下单 3"})

    assert (counts["answered"], counts["paid"]) == (1, 0)


def linking(app: PageApp, till: Till, name: str) -> bytes:
    heard = f"<ToUserName>{till.desk.openid(name)}</ToUserName><FromUserName>gh_echo</FromUserName>"
    words = f'<a href="{app.url}/pages/cashier?t=1">付款</a>'
    said = f"<MsgType>text</MsgType><Content><![CDATA[{words}]]></Content>"
    return f"<xml>{heard}<CreateTime>1</CreateTime>{said}</xml>".encode()


def page_for(till: Till, number: str, openid: str) -> str:
    """As a shop's page carries what it will ask of the bridge."""
    amount = {"total": 990, "currency": "CNY"}
    code = till.order(number, "jsapi", payer={"openid": openid}, amount=amount)["prepay_id"]
    given = (till.keys["appid"], "1700000000", "nonce", f"prepay_id={code}")
    params = dict(zip(("appId", "timeStamp", "nonceStr", "package"), given, strict=True))
    params |= {"signType": "RSA", "paySign": till.sign(*given)}
    return f'<p data-payment="{html.escape(json.dumps(params))}">'
