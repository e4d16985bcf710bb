import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.web.reader import HOSTILE, Reader
from web.pages import transfer
from web.pages.transfer import NotYours, Request, Transfer, render

WAITING = Transfer(
    brand="千星计划",
    state="waiting",
    number="W1024",
    amount_fen=20_000,
    fee_fen=200,
    tax_fen=0,
    received_fen=19_800,
    to="微信零钱 · 小明",
    valid_until=datetime(2026, 3, 9, 1, 0, tzinfo=UTC),
    request=Request("1900000001", "wx1", 'pkg+/"=='),
)


def words(facts: Transfer | NotYours) -> str:
    return Reader(render(facts)).words


def test_what_arrives_where_and_until_when_is_said_before_the_button() -> None:
    seen = words(WAITING)

    assert "到手198.00元\n收到微信零钱 · 小明" in seen
    # 200.00 − 2.00 − 0.00 = 198.00
    assert "提现200.00 元手续费−2.00 元代扣个税0.00 元到手198.00 元" in seen
    assert "3月9日 09:00 前有效。微信要求本人点，我们不能代点。" in seen
    assert "单号 W1024" in seen


def test_wechat_is_asked_with_the_three_fields_it_wants() -> None:
    attributes = Reader(render(WAITING)).attributes

    (asked,) = [json.loads(value) for name, value in attributes if name == "data-request"]
    assert asked == {"mchId": "1900000001", "appId": "wx1", "package": 'pkg+/"=='}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("ok", "微信的收款页关了。收到了的话，这一页会更新"),
        ("cancel", "没有收款，钱还给你留着，3月9日 09:00 前随时可以再点。"),
        ("fail", "没能打开微信的收款页，钱还在。试三步："),
        ("nowhere", "请用手机微信打开这一页"),
    ],
)
def test_each_result_has_words_that_are_not_seen_before(result: str, said: str) -> None:
    page = render(WAITING)

    (part,) = re.findall(rf'<(?:p|div) class="said" data-said="{result}" hidden>([^<]*)', page)

    assert said in Reader(page).words
    assert said.startswith(part[:5]) or not part


def test_money_that_does_not_add_up_is_never_shown() -> None:
    with pytest.raises(ValueError, match="add up"):
        replace(WAITING, tax_fen=1)


def test_a_waiting_transfer_without_its_request_is_refused() -> None:
    with pytest.raises(ValueError, match="request"):
        replace(WAITING, request=None)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("checking", "不会重复付，也不会丢。"),
        ("paid", "到账了3月8日 09:12，到微信「我 → 服务 → 钱包」里看。"),
        ("returned", "已退回200.00元\n退到可提现，含手续费"),
    ],
)
def test_what_is_over_or_on_its_way_has_no_button(state: str, said: str) -> None:
    paid_at = datetime(2026, 3, 8, 1, 12, tzinfo=UTC)

    page = render(replace(WAITING, state=state, paid_at=paid_at))  # type: ignore[arg-type]

    assert said in Reader(page).words
    for gone in ("<button", "<script", "pkg+"):
        assert gone not in page


def test_somebody_else_sees_nothing_of_the_withdrawal() -> None:
    assert "这一页只有申请提现的人能打开。" in words(NotYours("千星计划"))


def test_a_hostile_text_is_only_text() -> None:
    hostile = replace(
        WAITING, brand=HOSTILE, number=HOSTILE, to=HOSTILE, request=Request("1", "2", HOSTILE)
    )

    plain, page = Reader(render(WAITING)), Reader(render(hostile))

    assert set(page.tags) == set(plain.tags)
    assert {name for name, _ in page.attributes} == {name for name, _ in plain.attributes}
    assert page.words.count(HOSTILE) == 3


def test_only_the_script_of_the_page_may_run() -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", render(WAITING), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"script-src 'sha256-{digest}'" in transfer.HEADERS["Content-Security-Policy"]
