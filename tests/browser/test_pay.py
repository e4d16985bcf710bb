"""Paying on the phone: a code in the chat, a page that opens the cashier, a transfer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch
from tests.sandbox.conftest import opener, until
from tests.sandbox.page_app import PageApp, pages
from tests.sandbox.pay_desk import Till, TillApp

pytestmark = pytest.mark.browser

CALLER = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>收款</title></head>
<body><button id="go">去微信</button><output id="said"></output>
<script nonce="n1">
document.querySelector("#go").addEventListener("click", () => {
  WeixinJSBridge.invoke(CALL, PARAMS, (answer) => {
    document.querySelector("#said").textContent = answer.err_msg;
  });
});
</script></body></html>"""
POLICY = "default-src 'none'; script-src 'nonce-n1'; style-src 'unsafe-inline'"


@pytest.fixture
def app() -> Iterator[PageApp]:
    with pages() as app:
        app.headers = [("Content-Type", "text/html"), ("Content-Security-Policy", POLICY)]
        yield app


@pytest.fixture
def till(app: PageApp, tmp_path: Path) -> Iterator[Till]:
    with opener(tmp_path)(app) as desk:
        desk.lever("people/小红/follow")
        desk.say("小红", "你好")
        yield Till(desk, TillApp())


@pytest.fixture
def page(browser: Browser, watch: Watch, till: Till) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 860}) as context:
        watch.over(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(till.desk.world.base_url)
        page.get_by_test_id("person-小红").click()
        yield page


def link(app: PageApp, till: Till, call: str, params: dict[str, str]) -> None:
    """The account sends a link to a page that makes this call of the bridge."""
    page = CALLER.replace("CALL", json.dumps(call), 1).replace("PARAMS", json.dumps(params), 1)
    app.body = page.encode()
    assert till.desk.send("小红", f'<a href="{app.url}/pages/till?t=1">打开页面</a>') == 0


def test_a_transfer_is_confirmed_from_the_page(page: Page, app: PageApp, till: Till):
    bill = till.transfer(till.desk.openid("小红"))
    package = bill["package_info"]
    params = {"mchId": till.keys["mchid"], "appId": till.keys["appid"], "package": package}
    link(app, till, "requestMerchantTransfer", params)

    page.get_by_role("link", name="打开页面").last.click()
    frame = page.frame_locator("[data-testid=web-frame]")
    frame.locator("#go").click()
    expect(frame.get_by_test_id("bridge-sheet")).to_contain_text("99.00 元")
    frame.get_by_test_id("bridge-cancel").click()
    expect(frame.locator("#said")).to_have_text("requestMerchantTransfer:cancel")
    assert till.bill_state()["state"] == "WAIT_USER_CONFIRM"
    frame.locator("#go").click()
    frame.get_by_test_id("bridge-confirm").click()
    expect(frame.locator("#said")).to_have_text("requestMerchantTransfer:ok")

    until(lambda: till.bill_state()["state"] == "SUCCESS")


def test_an_order_is_paid_from_the_page_and_not_twice(page: Page, app: PageApp, till: Till):
    payer = {"openid": till.desk.openid("小红")}
    prepay_id = till.order(kind="jsapi", payer=payer)["prepay_id"]
    given = (till.keys["appid"], "1763778000", "nonce1", f"prepay_id={prepay_id}")
    params = dict(zip(("appId", "timeStamp", "nonceStr", "package"), given, strict=True))
    params |= {"signType": "RSA", "paySign": till.sign(*given)}
    link(app, till, "getBrandWCPayRequest", params)

    page.get_by_role("link", name="打开页面").last.click()
    frame = page.frame_locator("[data-testid=web-frame]")
    frame.locator("#go").click()
    frame.get_by_test_id("bridge-confirm").click()
    expect(frame.locator("#said")).to_have_text("get_brand_wcpay_request:ok")
    assert till.look_up("ORDER00001")["trade_state"] == "SUCCESS"
    frame.locator("#go").click()
    expect(frame.get_by_test_id("bridge-sheet")).to_contain_text("不能再付")
    frame.get_by_test_id("bridge-cancel").click()
    expect(frame.locator("#said")).to_have_text("get_brand_wcpay_request:fail")


def test_a_scanned_code_and_a_transfer_are_buttons_in_the_chat(page: Page, till: Till):
    code = till.order()["code_url"]
    till.desk.lever("people/小红/scan", {"content": code})
    page.get_by_text("立即支付").click()
    expect(page.get_by_text("支付成功 99.00 元")).to_be_visible()

    till.transfer(till.desk.openid("小红"))
    page.get_by_text("确认收款", exact=True).click()
    expect(page.get_by_text("收款成功 99.00 元，已存入零钱")).to_be_visible()

    assert till.look_up("ORDER00001")["trade_state"] == "SUCCESS"
    assert till.bill_state()["state"] == "SUCCESS"
    expect(page.get_by_test_id("chat-title")).to_have_text("千星计划")
    expect(page.get_by_test_id("message").filter(has_text="立即支付")).to_have_count(1)
