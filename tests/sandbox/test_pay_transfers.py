"""Transfer bills: what the person confirms, what fails and why, what the daily bills say."""

import csv
import gzip
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.pay.bill_states import REASONS
from tests.sandbox.conftest import Desk, opener, until
from tests.sandbox.pay_desk import TRANSFERS, Till, TillApp, listening

DAY_S = 86_400
FIRST_FEN = 100_000_000


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TillApp, Desk]]:
    with listening() as app, opener(tmp_path_factory.mktemp("pay"))(app) as desk:
        yield app, desk


@pytest.fixture
def till(_pair: tuple[TillApp, Desk]) -> Iterator[Till]:
    app, desk = _pair
    app.heard.clear()
    yield Till(desk, app)
    app.statuses.clear()
    desk.lever("pay/flush")
    desk.lever("reset")


@pytest.fixture
def openid(till: Till) -> str:
    return till.desk.openid("小红")


def confirm(till: Till, number: str = "W1", name: str = "小红") -> None:
    till.desk.lever(f"people/{name}/confirm-transfer", {"bill": number})


def end_of(till: Till, number: str = "W1") -> tuple[str, str]:
    """Last state and reason, the same in the query and in the one notification."""
    until(lambda: till.bill_state(number)["state"] in ("SUCCESS", "FAIL", "CANCELLED"))
    (told,) = until(lambda: [t for t in till.told() if t["resource"]["out_bill_no"] == number])
    found, resource = till.bill_state(number), told["resource"]
    assert told["event_type"] == "MCHTRANSFER.BILL.FINISHED"
    assert told["sealed"]["associated_data"] == "mch_payment"
    for key in ("state", "transfer_amount", "openid", "transfer_bill_no", "mch_id", "update_time"):
        assert resource[key] == found[key]
    assert resource.get("fail_reason", "") == found.get("fail_reason", "")
    return found["state"], found.get("fail_reason", "")


def balance(till: Till) -> int:
    return till.desk.read("pay/totals")["balance_fen"]


def test_money_moves_when_the_person_confirms_and_not_before(till: Till, openid: str):
    answer = till.transfer(openid)
    waiting = till.bill_state()
    early = list(till.app.heard)
    told = till.desk.phone("小红")[0]
    till.desk.lever("people/小红/tap", {"key": told["buttons"][0]["id"]})

    assert (answer["state"], answer["http"]) == ("WAIT_USER_CONFIRM", 200)
    assert answer["package_info"]
    assert (waiting["state"], waiting["transfer_amount"]) == ("WAIT_USER_CONFIRM", 9_900)
    assert "package_info" not in waiting
    assert early == []
    assert told["text"].startswith("千星计划向你转账 99.00 元，24 小时内点一下就收到")
    assert "单号 W1" in told["text"]
    assert end_of(till) == ("SUCCESS", "")
    totals = till.desk.read("pay/totals")
    assert (totals["transferred_fen"], totals["locked_fen"]) == (9_900, 0)
    assert totals["balance_fen"] == FIRST_FEN - 9_900
    by_bill = till.ask("GET", f"{TRANSFERS}/transfer-bill-no/{answer['transfer_bill_no']}")
    assert by_bill == till.bill_state()


def test_a_page_opens_the_confirmation_for_the_right_person_only(till: Till, openid: str):
    package = till.transfer(openid)["package_info"]
    till.desk.openid("小明")
    params = {"mchId": till.keys["mchid"], "appId": till.keys["appid"], "package": package}

    def bridge(name: str, sure: bool = False, **change: str) -> dict[str, Any]:
        call = {"call": "requestMerchantTransfer", "params": {**params, **change}, "sure": sure}
        return till.desk.lever(f"people/{name}/bridge", call)

    wrong = bridge("小明", sure=True)
    assert wrong["err_msg"] == "requestMerchantTransfer:fail"
    assert wrong["err_desc"] == "你的微信号与商家指定的微信号不一致"
    assert bridge("小红", package="x")["err_msg"] == "requestMerchantTransfer:fail"
    assert bridge("小红", mchId="1")["err_msg"] == "requestMerchantTransfer:fail"
    assert bridge("小红")["open"]["amount"] == "99.00 元"
    assert till.bill_state()["state"] == "WAIT_USER_CONFIRM"
    assert bridge("小红", sure=True)["err_msg"] == "requestMerchantTransfer:ok"
    assert end_of(till) == ("SUCCESS", "")


def test_the_same_number_is_the_same_bill(till: Till, openid: str):
    first, again = till.transfer(openid), till.transfer(openid)
    other = till.transfer(openid, amount=9_901)
    confirm(till)
    end_of(till)
    after = till.transfer(openid)

    assert first == again
    assert (other["http"], other["code"]) == (400, "INVALID_REQUEST")
    assert (after["state"], after["transfer_bill_no"]) == ("SUCCESS", first["transfer_bill_no"])
    assert "package_info" not in after
    assert balance(till) == FIRST_FEN - 9_900


def test_a_day_without_a_word_ends_the_bill_and_returns_the_money(till: Till, openid: str):
    till.transfer(openid)
    till.desk.advance(DAY_S - 60)
    assert till.bill_state()["state"] == "WAIT_USER_CONFIRM"

    till.desk.advance(61)

    assert end_of(till) == ("FAIL", "OVERDUE_CLOSE")
    assert balance(till) == FIRST_FEN
    late = till.desk.http.post("/sandbox/v1/people/小红/confirm-transfer", json={"bill": "W1"})
    assert late.status_code == 422


def test_a_bill_is_taken_back_until_the_person_has_confirmed(till: Till, openid: str):
    till.transfer(openid, "W1")
    till.transfer(openid, "W2")
    confirm(till, "W2")
    end_of(till, "W2")

    taken = till.ask("POST", f"{TRANSFERS}/out-bill-no/W1/cancel")
    late = till.ask("POST", f"{TRANSFERS}/out-bill-no/W2/cancel")
    nothing = till.ask("POST", f"{TRANSFERS}/out-bill-no/W9/cancel")

    assert taken["state"] == "CANCELING"
    assert end_of(till, "W1") == ("CANCELLED", "MCH_CANCEL")
    assert till.ask("POST", f"{TRANSFERS}/out-bill-no/W1/cancel")["state"] == "CANCELLED"
    assert (late["http"], late["code"]) == (400, "INVALID_REQUEST")
    assert (nothing["http"], nothing["code"]) == (404, "NOT_FOUND")
    assert balance(till) == FIRST_FEN - 9_900


@pytest.mark.parametrize("reason", REASONS)
def test_a_bill_fails_with_every_reason_after_it_was_accepted(reason, till: Till, openid: str):
    till.desk.fault("fail", api="transfer-bills", reason=reason)

    answer = till.transfer(openid)

    assert answer["state"] == "ACCEPTED"
    assert end_of(till) == ("FAIL", reason)
    assert balance(till) == FIRST_FEN


def test_a_bill_may_fail_when_it_is_confirmed_or_by_a_lever(till: Till, openid: str):
    till.transfer(openid, "W1")
    till.transfer(openid, "W2")
    till.desk.fault("fail", api="confirm-transfer", reason="TRANSFER_RISK")

    confirm(till, "W1")
    till.desk.lever("pay/bills/W2/fail", {"reason": "ACCOUNT_FROZEN"})

    assert end_of(till, "W1") == ("FAIL", "TRANSFER_RISK")
    assert end_of(till, "W2") == ("FAIL", "ACCOUNT_FROZEN")
    assert balance(till) == FIRST_FEN


def test_between_the_word_and_the_money_it_is_transfering(till: Till, openid: str):
    till.transfer(openid)
    till.desk.fault("slow", api="confirm-transfer", ms=60_000)

    confirm(till)

    assert till.bill_state()["state"] == "TRANSFERING"
    assert till.ask("POST", f"{TRANSFERS}/out-bill-no/W1/cancel")["code"] == "INVALID_REQUEST"
    till.desk.advance(61)
    assert end_of(till) == ("SUCCESS", "")


def test_names_are_compared_with_the_registered_one(till: Till, openid: str):
    till.desk.lever("people/小红/real-name", {"real_name": "红小姐"})

    right = till.transfer(openid, "W1", user_name=till.secret("红小姐"))
    again = till.transfer(openid, "W1", user_name=till.secret("红小姐"))
    till.transfer(openid, "W2", user_name=till.secret("小红"))

    assert (right["state"], right) == ("WAIT_USER_CONFIRM", again)
    assert end_of(till, "W2") == ("FAIL", "NAME_NOT_CORRECT")
    assert balance(till) == FIRST_FEN - 9_900


def test_without_money_the_bill_waits_in_processing(till: Till, openid: str):
    till.desk.lever("pay/merchant", {"balance_fen": 9_899})
    answer = till.transfer(openid)
    stuck = till.bill_state()["state"]

    till.desk.lever("pay/merchant", {"balance_fen": 9_900})
    until(lambda: till.bill_state()["state"] == "WAIT_USER_CONFIRM")
    again = till.transfer(openid)

    assert answer["state"] == stuck == "PROCESSING"
    assert again["package_info"]
    assert balance(till) == 0


@pytest.mark.parametrize(
    ("amount", "change", "code"),
    [
        (9, {}, "INVALID_REQUEST"),
        (2_000_001, {"user_name": "小红"}, "INVALID_REQUEST"),
        (29, {"user_name": "小红"}, "PARAM_ERROR"),
        (200_000, {}, "PARAM_ERROR"),
        (0, {}, "PARAM_ERROR"),
        (100.5, {}, "PARAM_ERROR"),
        (100, {"user_name": "plain"}, "PARAM_ERROR"),
        (100, {"openid": "oNobody"}, "PARAM_ERROR"),
        (100, {"out_bill_no": "W_1"}, "PARAM_ERROR"),
        (100, {"out_bill_no": "W" * 33}, "PARAM_ERROR"),
        (100, {"transfer_remark": "长" * 33}, "PARAM_ERROR"),
        (100, {"transfer_remark": None}, "PARAM_ERROR"),
        (100, {"transfer_scene_id": "1009"}, "NO_AUTH"),
        (100, {"transfer_scene_report_infos": None}, "PARAM_ERROR"),
        (100, {"transfer_scene_report_infos": [{"info_type": "岗位类型"}]}, "PARAM_ERROR"),
        (
            100,
            {"transfer_scene_report_infos": [{"info_type": "岗位类型", "info_content": "达人"}]},
            "PARAM_ERROR",
        ),
        (100, {"user_recv_perception": "恭喜发财"}, "INVALID_REQUEST"),
        (100, {"notify_url": "https://shop.example/pay?x=1"}, "PARAM_ERROR"),
        (100, {"appid": "wx0"}, "APPID_MCHID_NOT_MATCH"),
    ],
)
def test_a_wrong_bill_is_refused_and_kept_nowhere(amount, change, code, till: Till, openid: str):
    if change.get("user_name") == "小红":
        change = {"user_name": till.secret("小红")}

    answer = till.transfer(**{"openid": openid, "amount": amount, **change})

    assert answer["code"] == code
    assert till.desk.read("pay/bills")["bills"] == []


def test_the_limits_themselves_pass(till: Till, openid: str):
    states = [
        till.transfer(openid, "W1", 10)["state"],
        till.transfer(openid, "W2", 29)["state"],
        till.transfer(openid, "W3", 30, user_name=till.secret("小红"))["state"],
        till.transfer(openid, "W4", 199_999)["state"],
        till.transfer(openid, "W5", 200_000, user_name=till.secret("小红"))["state"],
        till.transfer(openid, "W6", 2_000_000, user_name=till.secret("小红"))["state"],
    ]
    till.desk.lever("pay/merchant", {"largest_transfer_fen": 20_000})

    assert set(states) == {"WAIT_USER_CONFIRM"}
    assert till.transfer(openid, "W7", 20_001)["code"] == "INVALID_REQUEST"


def test_a_bill_is_forgotten_after_thirty_days(till: Till, openid: str):
    till.transfer(openid)
    till.desk.advance(30 * DAY_S + 1)

    assert till.bill_state()["code"] == "NOT_FOUND"
    assert till.bill_state("W9")["http"] == 404


def download(till: Till, kind: str, day: str, tar: str = "") -> tuple[dict[str, Any], bytes]:
    found = till.ask("GET", f"/v3/bill/{kind}?bill_date={day}{tar}")
    if "download_url" not in found:
        return found, b""
    target = found["download_url"].split("/pay", 1)[1]
    return found, till.send("GET", target).content


def test_the_daily_bills_hold_every_payment_refund_and_movement(till: Till, openid: str):
    shanghai = datetime.fromtimestamp(till.desk.world.now(), ZoneInfo("Asia/Shanghai"))
    noon = (shanghai + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    till.desk.advance((noon - shanghai).total_seconds())
    for number in ("ORDER00001", "ORDER00002"):
        till.order(number)
        till.desk.lever("people/小红/pay", {"order": number})
    till.refund("R1", 3_000)
    till.transfer(openid)
    today = noon.date().isoformat()

    early, _ = download(till, "tradebill", today)
    till.desk.advance(DAY_S - 3 * 3_600)
    writing, _ = download(till, "tradebill", today)
    till.desk.advance(2 * 3_600)
    found, packed = download(till, "tradebill", today, "&tar_type=GZIP")
    plain = gzip.decompress(packed)
    empty, _ = download(till, "tradebill", (noon - timedelta(days=3)).date().isoformat())
    _, flows = download(till, "fundflowbill", today)

    assert (early["code"], writing["code"]) == ("PARAM_ERROR", "STATEMENT_CREATING")
    assert empty["code"] == "NO_STATEMENT_EXIST"
    assert found["hash_value"] == hashlib.sha1(plain).hexdigest()
    rows = list(csv.DictReader(plain.decode("utf-8-sig").splitlines()))
    assert [(row["商户订单号"], row["交易状态"], row["订单金额"]) for row in rows[:3]] == [
        ("`ORDER00001", "`SUCCESS", "`99.00"),
        ("`ORDER00002", "`SUCCESS", "`99.00"),
        ("`ORDER00001", "`REFUND", "`0.00"),
    ]
    assert (rows[2]["商户退款单号"], rows[2]["退款金额"]) == ("`R1", "`30.00")
    # 2 payments and 1 refund: 198.00 paid, 30.00 given back.
    assert plain.decode().splitlines()[-1] == "`3,`198.00,`30.00,`0.00,`0.00,`198.00,`30.00"
    # 99.00 and 99.00 came, 30.00 and 99.00 went.
    assert flows.decode().splitlines()[-1] == "`4,`2,`198.00,`2,`129.00"
