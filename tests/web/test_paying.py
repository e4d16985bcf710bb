"""The provider's notifications over HTTP, and the cashier's page behind its link."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from bot.links import token_for
from bot.platforms.pay import BadNotification, Notification
from commerce.errors import PlatformUnavailable
from commerce.goods import buying, coupons, recipients
from commerce.goods.orders import Order, State
from commerce.money import paying_in
from commerce.money.payments import Payment
from commerce.people import identities
from commerce.work import Office
from tests.commerce.sales import live, product
from tests.commerce.stars import later, star, visitor
from tests.commerce.test_offers import stair, takes
from tests.conftest import SEAL
from tests.jobs.test_payments import told
from tests.people import Clock
from web import pay_notify
from web.pages import paying

RAW = '{"id":"EV-1","amount" : 1.0,  "x":"é"}'.encode()


@dataclass
class Port:
    """Signed is what it expects; a page is opened for whoever it knows."""

    heard: Notification | None = None
    raw: list[bytes] = field(default_factory=list)
    opened: list[tuple[object, ...]] = field(default_factory=list)
    away: bool = False

    def verified(self, headers: dict[str, str], raw: bytes) -> Notification:
        self.raw.append(raw)
        if self.heard is None or headers.get("wechatpay-signature") != "good":
            raise BadNotification("signature")
        return self.heard

    def create_jsapi(self, *asked: object) -> dict[str, str]:
        if self.away:
            raise PlatformUnavailable(-1, "away")
        self.opened.append(asked)
        return {"appId": "wx1", "package": f"prepay_id={len(self.opened)}", "paySign": "s"}


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def hurried() -> list[bool]:
    return []


@pytest.fixture
def web(office: Office, port: Port, hurried: list[bool]) -> TestClient:
    app = FastAPI()
    app.include_router(pay_notify.routes(office, port, lambda: hurried.append(True)))
    app.include_router(paying.routes(office, port, SEAL))
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def order(office: Office) -> Order:
    """One of 99.00 less 5.00, of a follower of the official account."""
    with office.work() as work:
        buyer = visitor(work)
        coupons.issue(work, buyer)
        wanted = buying.quote(work, buyer, product(work).id)
        fang = recipients.Recipient("阿芳", "13800006688", "杭州市西湖区文三路1号")
        return buying.place(work, buyer, wanted, key="order", recipient=fang)


def payment_of(office: Office, order: Order) -> Payment:
    with office.reading() as work:
        return work.session.get_one(Payment, order.payment_id)


def posts(web: TestClient, *, signature: str = "good", provider: str = "wechat", raw: bytes = RAW):
    headers = {"Wechatpay-Signature": signature, "Content-Type": "application/json"}
    return web.post(f"/pay/{provider}/notify", content=raw, headers=headers)


def state_of(office: Office, order: Order) -> str:
    with office.reading() as work:
        return work.session.get_one(Order, order.id).state


def test_a_signed_notification_pays_the_order_and_hurries(web, port, office, order, hurried):
    port.heard = told(payment_of(office, order).number, amount=94_00)

    answer = posts(web)

    assert (answer.status_code, answer.json()) == (200, {"code": "SUCCESS"})
    assert port.raw == [RAW]  # To the byte: that is what was signed.
    assert state_of(office, order) == State.PAID
    assert hurried == [True]
    assert posts(web).status_code == 200


@pytest.mark.parametrize("raw", [RAW, b"", b"\xff\xfe", b"x" * 65_536])
def test_what_is_not_signed_is_401_and_changes_nothing(web, port, office, order, hurried, raw):
    port.heard = told(payment_of(office, order).number, amount=94_00)

    answer = posts(web, signature="bad", raw=raw)

    assert (answer.status_code, answer.json()) == (401, {"code": "FAIL"})
    assert (state_of(office, order), hurried) == (State.CREATED, [])


def test_a_giant_body_is_413_before_anything_is_verified(web, port):
    assert posts(web, raw=b"x" * 65_537).status_code == 413

    def parts():
        for _ in range(100):
            yield b"x" * 1_000

    assert web.post("/pay/wechat/notify", content=parts()).status_code == 413
    assert port.raw == []


def test_without_a_merchant_nothing_can_be_signed(office: Office):
    app = FastAPI()
    app.include_router(pay_notify.routes(office, None, lambda: None))

    assert posts(TestClient(app)).status_code == 401


def test_another_provider_is_nobody(web):
    assert posts(web, provider="other").status_code == 404


def test_a_database_that_is_away_is_503_so_that_it_is_said_again(
    web, port, office, order, monkeypatch
):
    port.heard = told(payment_of(office, order).number, amount=94_00)

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(Office, "do", away)
    assert posts(web).status_code == 503
    monkeypatch.undo()

    assert posts(web).status_code == 200
    assert state_of(office, order) == State.PAID


def opens(web: TestClient, office: Office, order: Order, **more: object):
    about = more.get("about", order.payment_id)
    member_id, until = more.get("member", order.buyer_id), office.clock() + timedelta(hours=2)
    page = str(more.get("page", "cashier"))
    return web.get(f"/pages/cashier?t={token_for(SEAL, page, member_id, until, about=about)}")


def test_the_page_shows_the_price_and_opens_the_payment_of_its_buyer(web, port, office, order):
    page = opens(web, office, order)

    assert page.status_code == 200
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    for part in ("藕粉 10 袋装", "99.00", "新人券", "−5.00", "94.00", "prepay_id=1"):
        assert part in page.text
    assert "13800006688" not in page.text
    assert "文三路" not in page.text
    payment = payment_of(office, order)
    with office.reading() as work:
        [door] = identities.of_member(work, order.buyer_id)
    assert port.opened == [
        (f"{payment.number}J", 94_00, "藕粉 10 袋装", payment.expires_at, door.external_id)
    ]


def test_what_comes_back_of_a_falling_price_is_said_before_one_pays(web, office):
    with office.work() as work:
        goods, evening = product(work), live(work, star(work, "主播"))
        stair(work, evening, goods, price_protection=True)
        order = takes(work, goods, evening)

    # 99.00 now, 75.00 at the floor.
    words = "下播时价更低，差价自动退回，最多 24.00 元。"
    assert words in opens(web, office, order).text


def test_a_page_that_reloads_itself_asks_wechat_once_a_minute(
    web, port, office, order, clock: Clock
):
    for _ in range(5):
        opens(web, office, order)
    assert len(port.opened) == 1

    clock.passes(minutes=1)
    opens(web, office, order)
    assert len(port.opened) == 2


def test_while_wechat_is_away_the_page_shows_the_code(web, port, office, order):
    port.away = True
    with office.work() as work:
        row = work.session.get_one(Payment, order.payment_id)
        row.code_url = "weixin://wxpay/bizpayurl?pr=AbC"

    page = opens(web, office, order)

    assert page.status_code == 200
    assert "微信支付二维码" in page.text


@pytest.mark.parametrize(
    "more", [{"about": 987654}, {"about": 0}, {"member": 987654}, {"page": "transfer"}], ids=str
)
def test_a_link_for_anything_else_opens_nothing(web, port, office, order, more):
    page = opens(web, office, order, **more)

    assert page.status_code == 403
    assert "藕粉" not in page.text
    assert port.opened == []


def test_no_link_and_an_old_one_open_nothing(web, office, order, clock: Clock):
    for address in ("/pages/cashier", "/pages/cashier?t=", "/pages/cashier?t=1-1-1-x"):
        assert web.get(address).status_code == 403
    link = f"/pages/cashier?t={token_for(SEAL, 'cashier', 1, clock(), about=1)}"
    clock.passes(seconds=1)
    assert web.get(link).status_code == 403


def test_after_the_payment_and_after_its_time_the_page_says_so(
    web, port, office, order, clock: Clock
):
    with office.work() as work:
        number = work.session.get_one(Payment, order.payment_id).number
    clock.passes(minutes=15)
    assert "这一单过期了" in opens(web, office, order).text

    with office.work() as work:
        paying_in.settle_payment(work, number, 94_00, "42", paid_at=work.now)

    assert "付款成功" in opens(web, office, order).text
    assert port.opened == []


def test_a_basket_is_one_sum(web, office):
    with office.work() as work:
        buyer, goods = visitor(work), product(work, 10_00)
        wanted = [buying.quote(work, buyer, goods.id, pieces) for pieces in (1, 2)]
        orders = buying.place_together(later(work), buyer, wanted, key="basket")

    page = opens(web, office, orders[0])

    assert "藕粉 10 袋装 等 2 件" in page.text
    assert "30.00" in page.text
