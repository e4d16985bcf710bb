"""Purchases through the whole house and the sandbox's WeChat Pay: paid, told, given back."""

import html
import json
import re

import pytest
import requests
from sqlalchemy import select

from commerce.goods.orders import Order, State
from commerce.money import refunds
from commerce.money.payments import Notification, Payment, Refund
from commerce.work import Work
from tests.commerce.sales import product
from tests.hygiene.conftest import Street, street
from tests.stories.phone import Phone
from tests.waiting import eventually

__all__ = ["street"]

ADDRESS = "阿芳 13800006688 杭州市西湖区文三路1号"
PARAMS = re.compile(r'data-payment="(.*?)"')


@pytest.fixture
def goods(street: Street) -> int:
    with street.office.work() as work:
        return product(work, pieces=10).id


def buys(street: Street, person: Phone, goods: int) -> str:
    """The address of the cashier's page."""
    person.follows().hears("欢迎")
    person.says(f"下单 {goods}").hears("寄到哪里？")
    message = person.says(ADDRESS).hears("应付 99.00 元")
    [link] = [one for one in message["links"] if "/pages/cashier" in one["url"]]
    return str(link["url"])


def order_of(street: Street) -> Order:
    with street.office.reading() as work:
        return work.session.scalars(select(Order).order_by(Order.id.desc())).first()


def number_of(street: Street, order: Order) -> str:
    with street.office.reading() as work:
        return str(work.session.get_one(Payment, order.payment_id).number)


def opened(link: str) -> str:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(link, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_purchases_through_the_whole_house(street: Street, goods: int) -> None:
    """One house for three stories: it takes longer to open than they take to tell."""
    bought_on_the_page_and_given_back(street, goods)
    paid_by_a_friend_and_once_more(street, goods)
    told_twice_and_late(street, goods)


def bought_on_the_page_and_given_back(street: Street, goods: int) -> None:
    fang = street.sandbox.person("阿芳")
    link = buys(street, fang, goods)
    params = json.loads(html.unescape(PARAMS.search(opened(link))[1]))

    street.sandbox.post(
        "/people/阿芳/bridge", call="getBrandWCPayRequest", params=params, sure=True
    )

    fang.hears("付款成功，99.00 元")
    order = order_of(street)
    assert order.state == State.PAID
    assert "付款成功" in opened(link)

    def gives_back(work: Work) -> str:
        return str(refunds.refund(work, order.id, 30_00, key="back").number)

    number = street.office.do(gives_back)
    assert eventually(lambda: is_done(street, number), 30), street.logs()
    [back] = street.sandbox.get("/pay/refunds")["refunds"]
    assert (back["out_refund_no"], back["amount"]) == (number, 30_00)


def paid_by_a_friend_and_once_more(street: Street, goods: int) -> None:
    li = street.sandbox.person("阿丽")
    link = buys(street, li, goods)
    opened(link)  # The page has asked for its own way of paying, too.
    number = number_of(street, order_of(street))
    assert eventually(lambda: code_of(street, number) is not None, 30), street.logs()
    street.sandbox.person("小红")
    street.sandbox.post("/people/小红/scan", content=code_of(street, number))

    street.sandbox.post("/people/小红/pay", order=number)
    li.hears("付款成功，99.00 元")
    refused = street.sandbox.session.post(
        f"{street.sandbox.url}/sandbox/v1/people/阿丽/pay", json={"order": f"{number}J"}
    )

    # Whoever is first closes the other way; a payment in between comes back by itself.
    if refused.ok:
        li.hears("同一单你付了两次，多付的 99.00 元正在原路退回")
    totals = street.sandbox.get("/pay/orders")["orders"]
    assert eventually(
        lambda: (
            "NOTPAY" not in {one["state"] for one in street.sandbox.get("/pay/orders")["orders"]}
        ),
        30,
    ), totals


def told_twice_and_late(street: Street, goods: int) -> None:
    qiang = street.sandbox.person("阿强")
    buys(street, qiang, goods)
    number = number_of(street, order_of(street))
    assert eventually(lambda: code_of(street, number) is not None, 30), street.logs()
    for kind in ("duplicate", "lost_answer"):
        street.sandbox.post("/faults", kind=kind, api="/pay/wechat/notify", count=1)

    street.sandbox.post("/people/阿强/pay", order=number)
    qiang.hears("付款成功，99.00 元")
    street.sandbox.post("/pay/flush")

    order = order_of(street)
    with street.office.reading() as work:
        bodies = work.session.scalars(select(Notification.body)).all()
    assert len([body for body in bodies if f'"{number}"' in body]) == 1
    assert order.state == State.PAID


def is_done(street: Street, number: str) -> bool:
    with street.office.reading() as work:
        found = select(Refund.state).where(Refund.number == number)
        return work.session.scalar(found) == "done"


def code_of(street: Street, number: str) -> str | None:
    with street.office.reading() as work:
        return work.session.scalar(select(Payment.code_url).where(Payment.number == number))
