"""The pages about money in a real browser, with WeChat's bridge faked as the outermost port."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Scheme, Watch
from tests.browser.test_pages import CONTRASTS, LEAST_CONTRAST, SCROLLS
from tests.web.test_cashier import PAYMENT, WAITING
from tests.web.test_earnings_page import NOTHING, PLAIN
from tests.web.test_transfer import WAITING as TRANSFER
from web.pages import cashier, earnings, transfer

pytestmark = pytest.mark.browser

ADDRESS = "http://127.0.0.1/pages/money"
# Answers what the test wants, and remembers what it was asked.
BRIDGE = """window.asked = []; window.WeixinJSBridge = { invoke: (name, fields, answer) => {
  window.asked.push([name, fields]); answer({ err_msg: name + ':' + RESULT }); } };"""
PAID = replace(WAITING, state="paid", paid_at=WAITING.now)
SENT = replace(TRANSFER, state="paid", paid_at=TRANSFER.valid_until)

Pages = list[tuple[str, dict[str, str]]]
Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, watch: Watch) -> Iterator[Show]:
    """`show([(html, headers), …])` serves one after the other, the last one from then on."""
    contexts = []

    def shown(pages: Pages, scheme: Scheme = "light", result: str | None = None) -> Page:
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, color_scheme=scheme, locale="zh-CN"
        )
        contexts.append(context)
        watch.over(context)
        page = context.new_page()
        page.clock.install()
        left = list(pages)

        def serve(route: Route) -> None:
            html, headers = left.pop(0) if len(left) > 1 else left[0]
            route.fulfill(body=html, headers=headers, content_type="text/html; charset=utf-8")

        page.route(f"{ADDRESS}*", serve)
        if result is not None:
            page.add_init_script(BRIDGE.replace("RESULT", repr(result)))
        page.goto(ADDRESS)
        return page

    yield shown
    for context in contexts:
        context.close()


def pay_page(facts: cashier.Cashier) -> tuple[str, dict[str, str]]:
    return cashier.render(facts), cashier.HEADERS


def transfer_page(facts: transfer.Transfer) -> tuple[str, dict[str, str]]:
    return transfer.render(facts), transfer.HEADERS


ALL = {
    "earnings": (earnings.render(PLAIN), earnings.HEADERS),
    "nothing earned": (earnings.render(NOTHING), earnings.HEADERS),
    "in debt": (
        earnings.render(replace(PLAIN, available_fen=0, debt_fen=9_999_999_999)),
        earnings.HEADERS,
    ),
    "with buttons": (
        earnings.render(replace(PLAIN, withdraw_href="/w", spend_href="/s")),
        earnings.HEADERS,
    ),
    "to pay": pay_page(WAITING),
    "to scan": pay_page(replace(WAITING, payment=None)),
    "paid": pay_page(PAID),
    "expired": pay_page(replace(WAITING, state="expired")),
    "to receive": transfer_page(TRANSFER),
    "received": transfer_page(SENT),
    "returned": transfer_page(replace(TRANSFER, state="returned")),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ALL)
def test_a_page_about_money_fits_a_phone_and_can_be_read(
    show: Show, name: str, scheme: Scheme
) -> None:
    page = show([ALL[name]], scheme)

    assert page.evaluate(SCROLLS) == 0
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 5
    assert [(words, ratio) for words, ratio in contrasts if ratio < LEAST_CONTRAST] == []
    for target in page.locator("a, button, summary").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 44


def test_a_line_opens_its_explanation(show: Show) -> None:
    page = show([ALL["earnings"]])
    reason = page.get_by_text("94.00 × 22% = 20.68 元")
    expect(reason).to_be_hidden()

    page.get_by_text("藕粉 10 袋装").click()

    expect(reason).to_be_visible()


def test_the_time_left_is_counted_down_and_ends_with_what_the_house_says(show: Show) -> None:
    expired = pay_page(replace(WAITING, state="expired"))
    soon = pay_page(replace(WAITING, now=WAITING.valid_until - timedelta(seconds=65)))
    page = show([soon, expired])
    expect(page.get_by_text("还有 1 分 5 秒")).to_be_visible()

    page.clock.fast_forward(7_000)
    expect(page.get_by_text("还有 58 秒")).to_be_visible()

    page.clock.fast_forward(60_000)
    expect(page.get_by_text("这一单过期了")).to_be_visible()


def test_paying_asks_wechat_once_and_believes_only_the_house(show: Show) -> None:
    waiting = pay_page(WAITING)
    page = show([waiting, waiting, pay_page(PAID)], result="ok")

    page.get_by_role("button", name="去付款").click()

    assert page.evaluate("asked") == [["getBrandWCPayRequest", PAYMENT]]
    expect(page.get_by_text("正在等微信的付款结果")).to_be_visible()
    expect(page.get_by_role("button", name="去付款")).to_be_hidden()

    page.clock.run_for(3_500)  # The house hasn't heard of it yet.
    expect(page.get_by_text("正在等微信的付款结果")).to_be_visible()
    expect(page.get_by_role("button", name="去付款")).to_be_hidden()

    page.clock.run_for(3_500)
    expect(page.get_by_text("付款成功")).to_be_visible()


@pytest.mark.parametrize(("result", "said"), [("cancel", "没有付款"), ("fail", "微信没有打开付款")])
def test_a_payment_that_did_not_happen_can_be_tried_again(
    show: Show, result: str, said: str
) -> None:
    page = show([pay_page(WAITING)], result=result)
    button = page.get_by_role("button", name="去付款")

    button.click()

    expect(page.get_by_text(said)).to_be_visible()
    expect(button).to_be_enabled()


def test_without_the_bridge_the_code_is_shown_until_it_is_paid(show: Show) -> None:
    waiting = pay_page(WAITING)
    page = show([waiting, waiting, pay_page(PAID)])
    code = page.get_by_role("img", name="微信支付二维码")
    expect(code).to_be_hidden()

    page.get_by_role("button", name="去付款").click()
    page.clock.run_for(1_000)
    expect(code).to_be_visible()
    expect(page.get_by_text("用手机微信扫一扫，付 94.00 元")).to_be_visible()

    page.clock.run_for(5_500)  # Looked again: not paid yet, and the code is still there.
    expect(code).to_be_visible()
    page.clock.run_for(5_500)
    expect(page.get_by_text("付款成功")).to_be_visible()


def test_without_bridge_and_code_the_page_says_where_to_pay(show: Show) -> None:
    page = show([pay_page(replace(WAITING, code_url=None))])

    page.get_by_role("button", name="去付款").click()
    page.clock.run_for(1_000)

    expect(page.get_by_text("请用手机微信打开这一页")).to_be_visible()


def test_a_bridge_that_comes_late_is_waited_for(show: Show) -> None:
    page = show([pay_page(WAITING)])
    page.get_by_role("button", name="去付款").click()

    page.clock.run_for(500)
    page.evaluate(BRIDGE.replace("RESULT", "'cancel'"))
    page.evaluate("document.dispatchEvent(new Event('WeixinJSBridgeReady'))")

    expect(page.get_by_text("没有付款")).to_be_visible()
    page.clock.run_for(1_000)
    expect(page.get_by_role("img", name="微信支付二维码")).to_be_hidden()


def test_receiving_opens_wechat_and_ok_is_not_taken_for_money(show: Show) -> None:
    waiting = transfer_page(TRANSFER)
    page = show([waiting, waiting, transfer_page(SENT)], result="ok")

    page.get_by_role("button", name="确认收款").click()

    assert TRANSFER.request
    fields = {"mchId": "1900000001", "appId": "wx1", "package": TRANSFER.request.package}
    assert page.evaluate("asked") == [["requestMerchantTransfer", fields]]
    expect(page.get_by_text("微信的收款页关了")).to_be_visible()
    expect(page.get_by_text("到账了")).to_have_count(0)

    page.clock.run_for(3_500)
    expect(page.get_by_role("button", name="确认收款")).to_be_enabled()
    page.clock.run_for(3_500)
    expect(page.get_by_text("到账了")).to_be_visible()


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("cancel", "没有收款，钱还给你留着"),
        ("fail", "没能打开微信的收款页"),
        (None, "请用手机微信打开"),
    ],
)
def test_what_was_not_received_is_said_to_be_still_there(
    show: Show, result: str | None, said: str
) -> None:
    page = show([transfer_page(TRANSFER)], result=result)
    button = page.get_by_role("button", name="确认收款")

    button.click()
    page.clock.run_for(1_000)

    expect(page.get_by_text(said)).to_be_visible()
    expect(button).to_be_enabled()
