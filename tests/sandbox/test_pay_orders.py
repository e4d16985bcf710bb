"""Orders, refunds and their notifications, asked for by a client that shares no code with ours."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from sandbox.pay.call import rfc3339
from tests.sandbox.conftest import Desk, opener, until
from tests.sandbox.pay_desk import NOTIFY, ORDERS, REFUNDS, Till, TillApp, listening


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TillApp, Desk]]:
    with listening() as app, opener(tmp_path_factory.mktemp("pay"))(app) as desk:
        yield app, desk


@pytest.fixture
def till(_pair: tuple[TillApp, Desk]) -> Iterator[Till]:
    app, desk = _pair
    app.heard.clear()
    app.statuses.clear()
    yield Till(desk, app)
    app.statuses.clear()
    desk.lever("pay/flush")
    desk.lever("reset")


@pytest.fixture
def openid(till: Till) -> str:
    return till.desk.openid("小红")


def pay(till: Till, number: str = "ORDER00001", name: str = "小红") -> None:
    till.desk.openid(name)
    till.desk.lever(f"people/{name}/pay", {"order": number})


def heard(till: Till, count: int) -> None:
    """So many notifications arrived, and the sandbox knows how the last one went."""
    until(lambda: len(till.app.heard) >= count and not till.desk.world.ringing)
    assert len(till.app.heard) == count


def refused(till: Till, path: str, **body: str) -> str:
    answer = till.desk.http.post(f"/sandbox/v1/{path}", json=body)
    assert answer.status_code == 422
    return answer.json()["detail"]


def test_a_native_code_is_scanned_paid_and_told(till: Till, openid: str):
    code = till.order()["code_url"]

    scanned = till.desk.lever("people/小红/scan", {"content": code})
    before = till.look_up("ORDER00001")
    till.desk.lever("people/小红/tap", {"key": "立即支付"})
    until(lambda: till.app.heard)

    assert code.startswith("weixin://wxpay/bizpayurl?pr=")
    assert scanned["pay"]["amount"] == "99.00 元"
    assert (before["trade_state"], before["amount"]["total"]) == ("NOTPAY", 9_900)
    after = till.look_up("ORDER00001")
    assert (after["trade_state"], after["payer"]["openid"]) == ("SUCCESS", openid)
    (told,) = till.told()
    assert till.app.heard[0].path == "/pay/wechat/notify"
    assert (told["event_type"], told["resource_type"]) == (
        "TRANSACTION.SUCCESS",
        "encrypt-resource",
    )
    assert told["sealed"]["associated_data"] == told["sealed"]["original_type"] == "transaction"
    http = after.pop("http")
    assert (http, told["resource"]) == (200, after)
    assert till.look_up_by_id(after["transaction_id"]) == {"http": 200, **after}
    assert [one["text"].split("\n")[0] for one in till.desk.phone("小红")] == [
        "付给千星计划 99.00 元",
        "支付成功 99.00 元",
    ]


def test_a_jsapi_order_is_paid_by_its_own_person_through_the_bridge_only(till: Till, openid: str):
    prepay_id = till.order(kind="jsapi", payer={"openid": openid})["prepay_id"]
    till.desk.openid("小明")
    given = (till.keys["appid"], str(int(time.time())), "nonce1", f"prepay_id={prepay_id}")
    signed = dict(zip(("appId", "timeStamp", "nonceStr", "package"), given, strict=True))
    signed |= {"signType": "RSA", "paySign": till.sign(*given)}

    def bridge(name: str, **more) -> dict:
        call = {"call": "getBrandWCPayRequest", "params": signed, **more}
        return till.desk.lever(f"people/{name}/bridge", call)

    assert "不一致" in refused(till, "people/小明/pay", order="ORDER00001")
    assert bridge("小明")["err_msg"] == "get_brand_wcpay_request:fail"
    assert bridge("小红")["open"]["amount"] == "99.00 元"
    assert till.look_up("ORDER00001")["trade_state"] == "NOTPAY"
    assert bridge("小红", sure=True) == {"err_msg": "get_brand_wcpay_request:ok"}
    assert till.look_up("ORDER00001")["trade_type"] == "JSAPI"
    signed["nonceStr"] = "nonce2"
    assert bridge("小红")["err_desc"] == "支付验证签名失败"


def test_an_order_is_asked_for_again_with_the_same_number(till: Till, openid: str):
    first, again = till.order(), till.order()
    other = till.order(amount={"total": 9_901, "currency": "CNY"})
    pay(till)
    paid = till.order()

    assert first == again
    assert (other["http"], other["code"]) == (403, "OUT_TRADE_NO_USED")
    assert (paid["http"], paid["code"]) == (400, "ORDERPAID")
    assert "不能再付" in refused(till, "people/小红/pay", order="ORDER00001")


def test_an_order_is_closed_by_the_merchant_or_by_time(till: Till, openid: str):
    mchid = {"mchid": till.keys["mchid"]}
    till.order("CLOSED0001")
    soon = rfc3339(till.desk.world.now() + 900)
    till.order("EXPIRES001", time_expire=soon)
    till.order("PAID000001")
    pay(till, "PAID000001")

    assert till.ask("POST", f"{ORDERS}/out-trade-no/CLOSED0001/close", mchid) == {"http": 204}
    paid = till.ask("POST", f"{ORDERS}/out-trade-no/PAID000001/close", mchid)
    assert paid["code"] == "ORDERPAID"
    till.desk.advance(901)
    for number in ("CLOSED0001", "EXPIRES001"):
        assert till.look_up(number)["trade_state"] == "CLOSED"
        assert "关闭" in refused(till, "people/小红/pay", order=number)
        assert till.order(number)["code"] == "ORDER_CLOSED"
    assert till.look_up("NOBODY0001")["code"] == "ORDER_NOT_EXIST"


def test_a_code_lives_for_two_hours(till: Till, openid: str):
    first = till.order()["code_url"]
    till.desk.advance(7_201)

    assert "过期" in refused(till, "people/小红/scan", content=first)
    assert till.order()["code_url"] != first
    pay(till)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": {"total": 0, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": -1, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 99.0, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": True, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 1, "currency": "USD"}}, "PARAM_ERROR"),
        ({"amount": None}, "PARAM_ERROR"),
        ({"description": ""}, "PARAM_ERROR"),
        ({"description": "长" * 128}, "PARAM_ERROR"),
        ({"out_trade_no": "short"}, "PARAM_ERROR"),
        ({"out_trade_no": "with space 1"}, "PARAM_ERROR"),
        ({"notify_url": f"{NOTIFY}?a=1"}, "PARAM_ERROR"),
        ({"notify_url": None}, "PARAM_ERROR"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "PARAM_ERROR"),
        ({"time_expire": "tomorrow"}, "PARAM_ERROR"),
        ({"appid": "wx0"}, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1"}, "APPID_MCHID_NOT_MATCH"),
    ],
)
def test_a_wrong_order_is_refused_and_kept_nowhere(change, code, till: Till):
    answer = till.order(**change)

    assert (answer["http"], answer["code"]) == (400, code)
    assert till.desk.read("pay/orders")["orders"] == []


def test_a_jsapi_order_needs_a_known_person(till: Till):
    assert till.order(kind="jsapi")["code"] == "PARAM_ERROR"
    assert till.order(kind="jsapi", payer={"openid": "oNobody"})["code"] == "PARAM_ERROR"


def test_an_h5_order_gives_an_address(till: Till):
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}

    assert "prepay_id=wx" in till.order(kind="h5", scene_info=scene)["h5_url"]


def test_every_request_must_be_signed_by_the_merchant_now_and_once(till: Till):
    target = f"{ORDERS}/out-trade-no/ORDER00001?mchid={till.keys['mchid']}"
    now = int(till.desk.world.now())

    def status(**other) -> int:
        return till.send("GET", target, **other).status_code

    assert status() == 404
    assert status(nonce_str="once") == 404
    assert status(nonce_str="once") == 401
    assert status(timestamp=str(now - 290)) == 404
    assert status(timestamp=str(now - 310)) == 401
    assert status(timestamp=str(now + 310)) == 401
    assert status(timestamp="soon") == 401
    assert status(mchid="1900000000") == 401
    assert status(serial_no="00") == 401
    assert status(signature="AAAA") == 401
    assert till.desk.http.get(f"/pay{target}").json()["code"] == "SIGN_ERROR"


def test_the_signature_covers_body_path_and_query(till: Till):
    body = {"mchid": till.keys["mchid"]}
    close = f"{ORDERS}/out-trade-no/ORDER00001/close"
    authorization = till.authorization("POST", close, json.dumps(body))
    headers = {"Authorization": authorization}

    def post(path: str, content: str) -> httpx.Response:
        return till.desk.http.post(f"/pay{path}", content=content, headers=headers)

    assert post(close, json.dumps({**body, "more": 1})).status_code == 401
    assert post(f"{ORDERS}/out-trade-no/ORDER00002/close", json.dumps(body)).status_code == 401
    assert post(f"{close}?a=1", json.dumps(body)).status_code == 401
    assert post(close, json.dumps(body)).json()["code"] == "ORDER_NOT_EXIST"


def test_refunds_take_back_no_more_than_was_paid(till: Till, openid: str):
    till.order()
    unpaid = till.refund("R0", 1)
    pay(till)
    first = till.refund("R1", 3_000)
    again = till.refund("R1", 3_000)
    changed = till.refund("R1", 3_001)
    # 99.00 − 30.00 leaves 69.00: 69.01 is too much, 69.00 is not.
    too_much = till.refund("R2", 6_901)
    wrong_total = till.refund("R3", 1, total=9_901)
    rest = till.refund("R4", 6_900)
    until(lambda: len(till.app.heard) == 3)

    assert unpaid["code"] == changed["code"] == "INVALID_REQUEST"
    assert (first["status"], first["refund_id"]) == ("PROCESSING", again["refund_id"])
    assert too_much["code"] == wrong_total["code"] == "INVALID_REQUEST"
    assert rest["http"] == 200
    assert till.ask("GET", f"{REFUNDS}/R4")["status"] == "SUCCESS"
    assert till.ask("GET", f"{REFUNDS}/R9")["code"] == "RESOURCE_NOT_EXISTS"
    assert till.refund("R5", 1, order="NOBODY0001")["code"] == "RESOURCE_NOT_EXISTS"
    assert till.look_up("ORDER00001")["trade_state"] == "REFUND"
    told = {one["resource"].get("out_refund_no"): one for one in till.told()}
    assert told["R1"]["event_type"] == "REFUND.SUCCESS"
    assert told["R1"]["resource"]["refund_status"] == "SUCCESS"
    assert told["R1"]["resource"]["amount"]["refund"] == 3_000
    totals = till.desk.read("pay/totals")
    assert (totals["paid_fen"], totals["refunded_fen"]) == (9_900, 9_900)


@pytest.mark.parametrize("end", ["ABNORMAL", "CLOSED"])
def test_a_refund_may_end_badly_and_the_money_is_the_merchants_again(end, till: Till, openid: str):
    till.order()
    pay(till)
    balance = till.desk.read("pay/totals")["balance_fen"]
    till.desk.fault("fail", api="refunds", reason=end)

    till.refund("R1", 100)
    until(lambda: len(till.app.heard) == 2)

    assert till.told()[1]["event_type"] == f"REFUND.{end}"
    assert till.ask("GET", f"{REFUNDS}/R1")["status"] == end
    assert till.desk.read("pay/totals")["balance_fen"] == balance


def test_a_refund_needs_money_on_the_account(till: Till, openid: str):
    till.order()
    pay(till)
    till.desk.lever("pay/merchant", {"balance_fen": 99})

    poor = till.refund("R1", 100)
    enough = till.refund("R1", 99)

    assert (poor["http"], poor["code"]) == (403, "NOT_ENOUGH")
    assert enough["status"] == "PROCESSING"


def test_a_notification_comes_again_until_it_is_taken(till: Till, openid: str):
    till.order()
    till.app.statuses = [500, 401]
    pay(till)
    heard(till, 1)
    time.sleep(0.2)
    heard(till, 1)
    till.desk.advance(16)
    heard(till, 2)
    till.desk.advance(16)
    heard(till, 3)
    till.desk.advance(86_400)
    time.sleep(0.2)

    told = till.told()
    assert len(told) == 3
    assert len({one["id"] for one in told}) == 1
    assert len({one["sealed"]["nonce"] for one in told}) == 3
    stamps = [int(heard.headers["wechatpay-timestamp"]) for heard in till.app.heard]
    assert stamps[2] - stamps[0] >= 32


def test_a_notification_is_given_up_after_sixteen_attempts(till: Till, openid: str):
    till.order()
    till.app.statuses = [500] * 20
    pay(till)
    for attempt in range(1, 17):
        heard(till, attempt)
        till.desk.advance(6 * 3_600 + 1)
    time.sleep(0.2)

    assert len(till.app.heard) == 16
    assert till.desk.read("pay/totals")["notices"] == 0
    till.app.statuses.clear()
    assert till.desk.lever("pay/flush") == {"left": 0}
    assert len(till.app.heard) == 17


def test_faults_of_notifications(till: Till, openid: str):
    for number in ("ORDER00001", "ORDER00002", "ORDER00003", "ORDER00004"):
        till.order(number)

    till.desk.fault("duplicate", api="notify")
    pay(till, "ORDER00001")
    until(lambda: len(till.app.heard) == 2)
    till.desk.fault("reorder", api="notify")
    pay(till, "ORDER00002")
    pay(till, "ORDER00003")
    until(lambda: len(till.app.heard) == 4)
    till.desk.fault("forget", api="notify")
    pay(till, "ORDER00004")
    time.sleep(0.2)

    told = [one["resource"]["out_trade_no"][-1] for one in till.told()]
    assert told == ["1", "1", "3", "2"]
    assert till.look_up("ORDER00004")["trade_state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("kind", "done"),
    [("timeout_accepted", True), ("timeout_refused", False), ("lost_answer", True)],
)
def test_a_call_without_an_answer_was_done_or_not(kind: str, done: bool, till: Till):
    till.desk.fault(kind, api="transactions/native", ms=20)

    with pytest.raises(httpx.RemoteProtocolError):
        till.order()

    assert (till.look_up("ORDER00001")["http"] == 200) is done
    assert till.order()["http"] == 200


def test_a_busy_or_refusing_platform_does_nothing(till: Till):
    till.desk.fault("busy", api="transactions/native")
    till.desk.fault("refuse", api="transactions/native", reason="FREQUENCY_LIMITED")

    busy, limited = till.order(), till.order()

    assert (busy["http"], busy["code"]) == (500, "SYSTEM_ERROR")
    assert (limited["http"], limited["code"]) == (429, "FREQUENCY_LIMITED")
    assert till.desk.read("pay/orders")["orders"] == []


def test_a_notification_may_arrive_before_the_answer(till: Till, openid: str):
    till.order()
    pay(till)
    until(lambda: till.app.heard)
    till.desk.fault("slow", api="domestic/refunds", ms=500)
    began = time.monotonic()

    answer = till.refund("R1", 100)

    assert time.monotonic() - began >= 0.5
    assert answer["status"] == "PROCESSING"
    assert till.told()[1]["event_type"] == "REFUND.SUCCESS"


def test_the_merchant_outlives_a_reset(till: Till):
    before = till.desk.read("pay/merchant")

    till.desk.lever("reset")

    assert till.desk.read("pay/merchant") == before
    assert "platform_private_key" not in before
