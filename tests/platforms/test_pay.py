"""The client of WeChat Pay against the sandbox over HTTP, and against what no platform says."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.platforms import pay_wire
from bot.platforms.pay import (
    BadNotification,
    Merchant,
    Notification,
    PayRefused,
    ResultUnknown,
    Scene,
    WeChatPay,
    payment_of,
    refund_of,
    transfer_of,
)
from commerce.errors import PlatformError, PlatformUnavailable, RateLimited
from sandbox.pay import notices
from tests.sandbox.conftest import Desk, free_port, opener, until
from tests.sandbox.echo_app import APPID
from tests.sandbox.pay_desk import TRANSFERS, TillApp, listening

COMMISSION = Scene("1005", (("岗位类型", "带货达人"), ("报酬说明", "带货佣金")), "劳务报酬")
ORDER = "TO00000001"


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TillApp, Desk]]:
    with listening() as app, opener(tmp_path_factory.mktemp("pay"))(app) as desk:
        yield app, desk


@pytest.fixture
def app(_pair: tuple[TillApp, Desk]) -> TillApp:
    _pair[0].heard.clear()
    return _pair[0]


@pytest.fixture
def desk(_pair: tuple[TillApp, Desk], app: TillApp) -> Iterator[Desk]:
    yield _pair[1]
    _pair[1].lever("pay/flush")
    _pair[1].lever("reset")


@pytest.fixture
def merchant(desk: Desk) -> Merchant:
    keys = desk.read("pay/merchant")
    return Merchant(
        app_id=keys["appid"],
        mchid=keys["mchid"],
        serial=keys["serial"],
        private_key=keys["private_key"],
        public_key_id=keys["public_key_id"],
        public_key=keys["public_key"],
        apiv3_key=keys["apiv3_key"],
        notify_url="https://shop.example/pay/wechat/notify",
        api_url=f"{desk.world.base_url}/pay",
    )


@pytest.fixture
def clock(desk: Desk) -> Callable[[], datetime]:
    return lambda: datetime.fromtimestamp(desk.world.now(), UTC)


@pytest.fixture
def api(merchant: Merchant, clock: Callable[[], datetime]) -> WeChatPay:
    return WeChatPay(merchant, clock)


@pytest.fixture
def openid(desk: Desk) -> str:
    return desk.openid("小红")


def native(api: WeChatPay, desk: Desk, order_no: str = ORDER, amount_fen: int = 9_900) -> str:
    """Until half an hour of a fixed hour, so that asking again asks the same."""
    hour = int(desk.world.now()) // 3_600 * 3_600
    until_then = datetime.fromtimestamp(hour + 7_200, UTC)
    return api.create_native(order_no, amount_fen, "千星好物 一盒", until_then)


def pay(api: WeChatPay, desk: Desk, order_no: str = ORDER) -> None:
    native(api, desk, order_no)
    desk.lever("people/小红/pay", {"order": order_no})


def transfer(api: WeChatPay, openid: str, bill_no: str = "WD1", fen: int = 9_900, **more: Any):
    return api.transfer(bill_no, openid, fen, scene=COMMISSION, remark="十一月佣金", **more)


def notified(api: WeChatPay, app: TillApp, count: int) -> Notification:
    heard = until(lambda: len(app.heard) >= count and app.heard)[count - 1]
    return api.verified(heard.headers, heard.body)


def test_a_native_order_from_code_to_notification(api, desk: Desk, app: TillApp, openid: str):
    code = native(api, desk)
    assert native(api, desk) == code
    before = api.query(ORDER)
    desk.lever("people/小红/scan", {"content": code})
    desk.lever("people/小红/tap", {"key": f"pay:{ORDER}"})

    paid = api.query(ORDER)
    told = notified(api, app, 1)

    assert (before.state, before.amount_fen, before.paid_at) == ("NOTPAY", 9_900, None)
    assert (paid.state, paid.openid, paid.trade_type) == ("SUCCESS", openid, "NATIVE")
    assert abs(paid.paid_at.timestamp() - desk.world.now()) < 60
    assert (told.event_type, payment_of(told.resource)) == ("TRANSACTION.SUCCESS", paid)


def test_jsapi_parameters_open_the_cashier(api, desk: Desk, clock, openid: str):
    expires_at = clock() + timedelta(minutes=15)
    params = api.create_jsapi(ORDER, 9_900, "一盒", expires_at, openid)
    again = api.create_jsapi(ORDER, 9_900, "一盒", expires_at, openid)

    call = {"call": "getBrandWCPayRequest", "params": params, "sure": True}
    assert params["package"] == again["package"]
    assert params["nonceStr"] != again["nonceStr"]
    assert desk.lever("people/小红/bridge", call) == {"err_msg": "get_brand_wcpay_request:ok"}
    assert api.query(ORDER).state == "SUCCESS"


def test_closing(api, desk: Desk, openid: str):
    native(api, desk, "TO00000002")
    api.close("TO00000002")
    pay(api, desk)

    with pytest.raises(PayRefused) as late:
        api.close(ORDER)
    with pytest.raises(PayRefused) as other:
        native(api, desk, amount_fen=1)

    assert api.query("TO00000002").state == "CLOSED"
    assert api.query("TO00000009") is None
    assert (late.value.reason, late.value.code, late.value.retryable) == ("ORDERPAID", 400, False)
    assert other.value.reason == "ORDERPAID"


def test_refunds(api, desk: Desk, app: TillApp, openid: str):
    pay(api, desk)
    asked = api.refund(ORDER, "RF1", 3_000, 9_900, "少发一件")
    told = notified(api, app, 2)

    assert (asked.state, asked.amount_fen, asked.total_fen) == ("PROCESSING", 3_000, 9_900)
    done = api.query_refund("RF1")
    assert (done.state, done.refund_id) == ("SUCCESS", asked.refund_id)
    assert (told.event_type, refund_of(told.resource)) == ("REFUND.SUCCESS", done)
    assert api.query_refund("RF9") is None
    desk.lever("pay/merchant", {"balance_fen": 0})
    with pytest.raises(PayRefused) as poor:
        api.refund(ORDER, "RF2", 1, 9_900, "少发一件")
    assert (poor.value.reason, poor.value.code) == ("NOT_ENOUGH", 403)


def test_a_transfer_from_bill_to_notification(api, desk: Desk, app: TillApp, openid: str):
    bill = transfer(api, openid)
    params = api.confirm_params(bill.package_info)
    waiting = api.query_transfer("WD1")
    call = {"call": "requestMerchantTransfer", "params": params, "sure": True}
    assert desk.lever("people/小红/bridge", call)["err_msg"] == "requestMerchantTransfer:ok"
    told = notified(api, app, 1)
    done = api.query_transfer("WD1")

    assert (bill.state, bill.amount_fen, bill.openid) == ("WAIT_USER_CONFIRM", 9_900, openid)
    assert not waiting.is_final
    assert waiting.transfer_bill_no == bill.transfer_bill_no
    assert (told.event_type, transfer_of(told.resource)) == ("MCHTRANSFER.BILL.FINISHED", done)
    assert (done.state, done.is_final, done.fail_reason) == ("SUCCESS", True, "")
    assert api.query_transfer("WD9") is None


def test_a_cancelled_and_a_failed_transfer(api, desk: Desk, app: TillApp, openid: str):
    transfer(api, openid, "WD1")
    assert api.cancel_transfer("WD1") == "CANCELING"
    cancelled = until(lambda: (b := api.query_transfer("WD1")).is_final and b)
    desk.fault("fail", api="transfer-bills", reason="REAL_NAME_CHECK_FAIL")
    accepted = transfer(api, openid, "WD2")
    failed = until(lambda: (b := api.query_transfer("WD2")).is_final and b)

    assert (cancelled.state, accepted.state) == ("CANCELLED", "ACCEPTED")
    assert (failed.state, failed.fail_reason) == ("FAIL", "REAL_NAME_CHECK_FAIL")
    with pytest.raises(PayRefused):
        transfer(api, openid, "WD2", 1_000)


def test_a_name_is_encrypted_dropped_or_required_by_the_amount(api, desk: Desk, openid: str):
    assert transfer(api, openid, "WD1", 29, real_name="小红").state == "WAIT_USER_CONFIRM"
    assert transfer(api, openid, "WD2", 30, real_name="小红").state == "WAIT_USER_CONFIRM"
    assert transfer(api, openid, "WD3", 200_000, real_name="小红").state == "WAIT_USER_CONFIRM"
    transfer(api, openid, "WD4", 30, real_name="小明")
    with pytest.raises(ValueError, match="real_name"):
        transfer(api, openid, "WD5", 200_000)

    assert api.query_transfer("WD4").fail_reason == "NAME_NOT_CORRECT"
    assert api.query_transfer("WD5") is None
    asked = [e["api"]["body"] for e in desk.wire("api") if e["api"]["path"].endswith(TRANSFERS)]
    assert len(asked) == 4
    assert not any("小红" in body or "user_name" in body for body in asked)


@pytest.mark.parametrize(("kind", "done"), [("timeout_accepted", True), ("timeout_refused", False)])
def test_an_unknown_result_is_told_from_a_refusal(kind, done, api, desk: Desk, openid: str):
    desk.fault(kind, api="transfer-bills")

    with pytest.raises(ResultUnknown) as lost:
        transfer(api, openid)
    found = api.query_transfer("WD1")
    again = transfer(api, openid)

    assert lost.value.retryable
    assert (found is not None) is done
    assert again.state == "WAIT_USER_CONFIRM"
    assert found is None or found.transfer_bill_no == again.transfer_bill_no
    assert desk.read("pay/totals")["locked_fen"] == 9_900


def test_a_late_answer_is_unknown_too(api, desk: Desk, openid: str, monkeypatch):
    monkeypatch.setattr(pay_wire, "ANSWER_S", 0.2)
    desk.fault("slow", api="transfer-bills", ms=600)

    with pytest.raises(ResultUnknown):
        transfer(api, openid)

    monkeypatch.undo()
    assert api.query_transfer("WD1").state == "WAIT_USER_CONFIRM"


def test_a_question_without_an_answer_is_only_unavailable(api, desk: Desk):
    desk.fault("timeout_accepted", api="out-bill-no/*")
    with pytest.raises(PlatformUnavailable) as lost:
        api.query_transfer("WD1")

    assert type(lost.value) is PlatformUnavailable


def test_nobody_there_means_nothing_was_done(merchant, clock):
    away = WeChatPay(replace(merchant, api_url=f"http://127.0.0.1:{free_port()}"), clock)

    with pytest.raises(PlatformUnavailable) as lost:
        transfer(away, "oSomebody")

    assert type(lost.value) is PlatformUnavailable


def test_busy_is_unknown_limited_and_refused_are_not(api, desk: Desk, openid: str):
    desk.fault("busy", api="transfer-bills")
    desk.fault("refuse", api="transfer-bills", reason="FREQUENCY_LIMITED")
    desk.fault("refuse", api="transfer-bills", reason="NOT_ENOUGH")

    with pytest.raises(ResultUnknown):
        transfer(api, openid)
    with pytest.raises(RateLimited):
        transfer(api, openid)
    with pytest.raises(PayRefused) as poor:
        transfer(api, openid)

    assert (poor.value.reason, poor.value.retryable) == ("NOT_ENOUGH", False)
    assert api.query_transfer("WD1") is None


def test_a_wrong_key_is_refused_by_the_platform(merchant, clock, openid: str):
    other = WeChatPay(replace(merchant, serial="00"), clock)

    with pytest.raises(PayRefused) as wrong:
        transfer(other, openid)

    assert (wrong.value.reason, wrong.value.code) == ("SIGN_ERROR", 401)
    with pytest.raises(ValueError, match="key"):
        WeChatPay(replace(merchant, private_key="nonsense"), clock)


def test_requests_carry_our_clock(api, desk: Desk, openid: str):
    desk.advance(86_400)

    assert transfer(api, openid).state == "WAIT_USER_CONFIRM"


def test_the_trade_bill_is_read_to_the_fen(api, desk: Desk, openid: str, clock):
    here = clock().astimezone(ZoneInfo("Asia/Shanghai"))
    noon = (here + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    desk.advance((noon - here).total_seconds())
    pay(api, desk)
    api.refund(ORDER, "RF1", 3_001, 9_900, "少发一件")
    desk.advance(15 * 3_600)  # 03:00 of the next day.
    with pytest.raises(PlatformUnavailable):
        api.trade_bill(noon.date())
    desk.advance(8 * 3_600)

    paid, back = api.trade_bill(noon.date())

    assert (paid.order_no, paid.amount_fen, paid.refund_no) == (ORDER, 9_900, "")
    assert (paid.transaction_id, paid.openid) == (api.query(ORDER).transaction_id, openid)
    assert (back.order_no, back.refund_no, back.amount_fen) == (ORDER, "RF1", 3_001)
    assert (back.refund_state, back.refund_id) == ("SUCCESS", api.query_refund("RF1").refund_id)
    assert paid.at.date() == noon.date()
    assert api.trade_bill(noon.date() - timedelta(days=2)) == []
    with pytest.raises(PayRefused):
        api.trade_bill(date(2020, 1, 1))


# What is not from the platform.


@pytest.fixture
def told(api, desk: Desk, app: TillApp, openid: str) -> tuple[dict[str, str], bytes]:
    """A genuine notification, as it arrived."""
    pay(api, desk)
    heard = until(lambda: app.heard)[0]
    api.verified(heard.headers, heard.body)
    return heard.headers, heard.body


@pytest.mark.parametrize(
    "change",
    [
        {"wechatpay-timestamp": "1"},
        {"wechatpay-timestamp": ""},
        {"wechatpay-timestamp": "１７６３７７８０００"},
        {"wechatpay-timestamp": "9" * 30},
        {"wechatpay-nonce": "other"},
        {"wechatpay-signature": ""},
        {"wechatpay-signature": "签名"},
        {"wechatpay-signature": "WECHATPAY/SIGNTEST/AAAA"},
        {"wechatpay-serial": ""},
        {"wechatpay-serial": "PUB_KEY_ID_0"},
        {"wechatpay-serial": "7132D72A03E93CDDF8C03BBD1F37EEDF"},
        {"wechatpay-signature-type": ""},
        {"wechatpay-signature-type": "WECHATPAY2-SHA256-RSA4096"},
    ],
)
def test_a_wrong_header_is_a_bad_notification(change, api, told):
    headers, body = told

    with pytest.raises(BadNotification):
        api.verified({**headers, **change}, body)
    for name in change:
        without = {key: value for key, value in headers.items() if key != name}
        with pytest.raises(BadNotification):
            api.verified(without, body)


def test_an_unknown_key_is_not_asked_for(api, desk: Desk, told):
    headers, body = told
    before = len(desk.wire("api"))

    with pytest.raises(BadNotification):
        api.verified({**headers, "wechatpay-serial": "7132D72A03E93CDDF8C03BBD1F37EEDF"}, body)

    assert len(desk.wire("api")) == before


def test_every_byte_of_the_body_counts(api, told):
    headers, body = told

    for bad in (b"", b"{}", body[:-1], body + b" ", body.replace(b"SUCCESS", b"success"), b"\xff"):
        with pytest.raises(BadNotification):
            api.verified(headers, bad)


def test_header_names_have_no_case(api, told):
    headers, body = told

    assert api.verified({name.title(): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(("seconds", "good"), [(299, True), (302, False)])
def test_a_notification_is_good_for_five_minutes(seconds, good, api, desk: Desk, told):
    desk.advance(seconds)

    if good:
        assert api.verified(*told).event_type == "TRANSACTION.SUCCESS"
    else:
        with pytest.raises(BadNotification):
            api.verified(*told)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{}",
        b'{"id": "EV-1", "event_type": "X", "resource_type": "plain"}',
        b'{"id": "EV-1", "event_type": "X", "resource_type": "encrypt-resource", "resource": 1}',
        json.dumps(
            {
                "id": "EV-1",
                "event_type": "TRANSACTION.SUCCESS",
                "resource_type": "encrypt-resource",
                "resource": {
                    "algorithm": "AEAD_AES_256_GCM",
                    "nonce": "abcdefghijkl",
                    "ciphertext": base64.b64encode(bytes(40)).decode(),
                },
            }
        ).encode(),
    ],
)
def test_what_is_signed_but_not_a_notification_is_bad(body, api, desk: Desk, told):
    with pytest.raises(BadNotification):
        api.verified(notices.signed(desk.world, body), body)


def test_the_published_vector_opens(merchant, clock, desk: Desk):
    """The sheet's own: key, nonce, associated data and cipher text of a transfer's resource."""
    key = "0123456789abcdef0123456789abcdef"
    cipher = "Eu6myr+6D7oPcK1/ZbtiHQsAmTOb8xs6atscpvAPm6kvjfOvDCmFP0zQEZJT9sMguXKcScey"
    resource = {
        "original_type": "mch_payment",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": cipher,
        "associated_data": "mch_payment",
        "nonce": "abcdefghijkl",
    }
    body = json.dumps(
        {
            "id": "EV-1",
            "event_type": "MCHTRANSFER.BILL.FINISHED",
            "resource_type": "encrypt-resource",
            "resource": resource,
        }
    ).encode()
    api = WeChatPay(replace(merchant, apiv3_key=key), clock)

    opened = api.verified(notices.signed(desk.world, body), body)

    assert opened.resource == {"out_bill_no": "W1", "state": "SUCCESS"}
    plain = AESGCM(key.encode()).decrypt(b"abcdefghijkl", base64.b64decode(cipher), b"mch_payment")
    assert json.loads(plain) == opened.resource


Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def impostor() -> Iterator[dict[str, Any]]:
    """A server that gives `impostor["answer"]` to everything."""
    told: dict[str, Any] = {"answer": (200, {}, b""), "seen": []}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told["seen"].append(self.path)
            status, headers, body = told["answer"]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    told["url"] = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()


GOOD = (
    b'{"out_bill_no":"WD1","state":"WAIT_USER_CONFIRM","package_info":"P","transfer_bill_no":"1"}'
)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((200, {"Content-Type": "application/json"}, GOOD), ResultUnknown),
        ((200, {}, b"<html>welcome</html>"), ResultUnknown),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), ResultUnknown),
        ((403, {}, b"<html>blocked by a firewall</html>"), ResultUnknown),
        ((404, {}, b'{"detail": "Not Found"}'), ResultUnknown),
        ((502, {}, b"bad gateway"), ResultUnknown),
        ((429, {}, b""), RateLimited),
    ],
)
def test_what_the_platform_did_not_sign_moves_nothing(
    answer: Answer, kind: type[PlatformError], impostor, merchant, clock
):
    impostor["answer"] = answer
    api = WeChatPay(replace(merchant, api_url=impostor["url"]), clock)

    with pytest.raises(kind) as moved:
        transfer(api, "oSomebody")
    with pytest.raises(PlatformError) as asked:
        api.query_transfer("WD1")

    assert type(moved.value) is kind
    assert type(asked.value) is (PlatformUnavailable if kind is ResultUnknown else kind)
    assert len(impostor["seen"]) == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"out_bill_no":"WD1"}', b'{"out_bill_no":"WD1","state":null}'],
)
def test_a_signed_answer_without_its_fields_is_no_answer(
    body: bytes, impostor, merchant, clock, desk: Desk
):
    api = WeChatPay(replace(merchant, api_url=impostor["url"]), clock)
    impostor["answer"] = (200, notices.signed(desk.world, body), body)

    with pytest.raises(ResultUnknown):
        transfer(api, "oSomebody")
    with pytest.raises(PlatformUnavailable):
        api.query_transfer("WD1")


def test_what_is_secret_is_not_in_a_repr(merchant):
    shown = repr(merchant)

    assert APPID in shown
    assert merchant.private_key not in shown
    assert merchant.apiv3_key not in shown
