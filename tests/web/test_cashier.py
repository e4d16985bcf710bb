import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tests.web.reader import HOSTILE, Reader
from web.pages import cashier
from web.pages.cashier import Cashier, NotYours, Price, render

UNTIL = datetime(2026, 3, 6, 12, 21, tzinfo=UTC)
PAYMENT = {
    "appId": "wx1",
    "timeStamp": "1772798880",
    "nonceStr": "n",
    "package": "prepay_id=wx2",
    "signType": "RSA",
    "paySign": 'a+b/"==',
}
WAITING = Cashier(
    brand="千星计划",
    state="waiting",
    order_tail="0073",
    product="藕粉 10 袋装",
    quantity=1,
    list_fen=9_900,
    discounts=(Price("新人券", -500),),
    freight_fen=0,
    payable_fen=9_400,
    valid_until=UNTIL,
    now=UNTIL - timedelta(minutes=13, seconds=5, milliseconds=900),
    specification="30 克 × 10 袋",
    notes=("48 小时内发货。", "由杭州某某食品有限公司销售。"),
    payment=PAYMENT,
    code_url="weixin://wxpay/bizpayurl?pr=AbCdEf123",
)


def words(facts: Cashier | NotYours) -> str:
    return Reader(render(facts)).words


def test_the_price_adds_up_line_by_line_under_the_mark() -> None:
    seen = words(WAITING)

    # 99.00 − 5.00 + 0.00 = 94.00
    assert "藕粉 10 袋装广告" in seen
    assert "30 克 × 10 袋 · 数量 1" in seen
    assert "标价99.00 元新人券−5.00 元运费0.00 元应付94.00 元" in seen
    assert "订单尾号 0073" in seen
    assert "由杭州某某食品有限公司销售。" in seen


def test_nothing_taken_off_is_said_too() -> None:
    seen = words(replace(WAITING, discounts=(), freight_fen=1_000, payable_fen=10_900))

    assert "标价99.00 元优惠0.00 元运费10.00 元应付109.00 元" in seen


def test_prices_that_do_not_add_up_are_never_shown() -> None:
    with pytest.raises(ValueError, match="add up"):
        replace(WAITING, payable_fen=9_401)


def test_a_waiting_order_carries_what_wechat_is_asked_with_and_the_time_left() -> None:
    attributes = Reader(render(WAITING)).attributes

    (asked,) = [json.loads(value) for name, value in attributes if name == "data-payment"]
    assert asked == PAYMENT
    assert ("data-left", "785") in attributes  # 13 × 60 + 5
    assert "货给你留到 3月6日 20:21" in words(WAITING)


def test_the_code_waits_behind_the_button_or_stands_alone() -> None:
    def native(facts: Cashier) -> str:
        (start,) = re.findall(r'<div id="native"[^>]*>', render(facts))
        return str(start)

    assert "hidden" in native(WAITING)
    alone = replace(WAITING, payment=None)
    assert "hidden" not in native(alone)
    assert re.search(r'id="pay"[^>]*hidden', render(alone))
    assert 'id="native"' not in render(replace(WAITING, code_url=None))


def test_an_independent_decoder_reads_the_code() -> None:
    page = render(WAITING)
    (side,) = map(int, re.findall(r'class="qr" viewBox="0 0 (\d+) ', page))
    picture = Image.new("L", (side * 8, side * 8), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", page):
        left, top, right = (int(value) * 8 for value in (x, y, int(x) + int(width)))
        ImageDraw.Draw(picture).rectangle((left, top, right - 1, top + 7), fill=0)

    (found,) = zxingcpp.read_barcodes(Image.open(_png(picture)))

    assert found.text == WAITING.code_url


def _png(picture: Image.Image) -> io.BytesIO:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file


def test_a_paid_order_asks_for_nothing_more() -> None:
    page = render(replace(WAITING, state="paid", paid_at=UNTIL - timedelta(minutes=12)))

    seen = Reader(page).words
    assert "付款成功3月6日 20:09，" in seen
    assert "实付94.00 元" in seen
    for gone in ("去付款", "weixin://", "paySign", "<script"):
        assert gone not in page


def test_an_expired_order_says_that_nothing_was_taken() -> None:
    page = render(replace(WAITING, state="expired"))

    assert "货只留到 3月6日 20:21，没有扣钱。还想要，回到对话再下一单。" in Reader(page).words
    for gone in ("去付款", "weixin://", "paySign", "<script"):
        assert gone not in page


def test_somebody_else_sees_nothing_of_the_order() -> None:
    seen = words(NotYours("千星计划"))

    assert "这一页只有下单的人能打开。" in seen
    assert "请用当时的微信，从对话里的链接打开。" in seen


def test_a_hostile_text_is_only_text() -> None:
    hostile = replace(
        WAITING,
        brand=HOSTILE,
        order_tail=HOSTILE,
        product=HOSTILE,
        specification=HOSTILE,
        discounts=(Price(HOSTILE, -500),),
        notes=(HOSTILE,),
        payment=PAYMENT | {"package": HOSTILE},
    )

    plain, page = Reader(render(WAITING)), Reader(render(hostile))

    assert set(page.tags) == set(plain.tags)
    assert {name for name, _ in page.attributes} == {name for name, _ in plain.attributes}
    assert page.words.count(HOSTILE) == 6
    (asked,) = [json.loads(value) for name, value in page.attributes if name == "data-payment"]
    assert asked["package"] == HOSTILE


def test_only_the_script_of_the_page_may_run() -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", render(WAITING), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    policy = cashier.HEADERS["Content-Security-Policy"].split("; ")

    assert policy[0] == "default-src 'none'"
    assert f"script-src 'sha256-{digest}'" in policy
    assert cashier.HEADERS["Cache-Control"] == "private, no-store"
