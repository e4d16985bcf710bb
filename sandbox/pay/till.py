"""What a person does about money: pays, confirms a transfer, lets a page open either."""

import sqlite3
from typing import Any

from sandbox import faults, screen
from sandbox.pay import bill_states, crypto, merchant, notices, orders, phone, purse, transfers
from sandbox.pay.call import day_number
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.store import next_number, together
from sandbox.world import PULSE, World

CONFIRMABLE = ("WAIT_USER_CONFIRM", "TRANSFERING")
NOT_YOURS = "你的微信号与商家指定的微信号不一致"
PAID, TRANSFERRED = "get_brand_wcpay_request", "requestMerchantTransfer"
CALLS = {"getBrandWCPayRequest": PAID, "requestMerchantTransfer": TRANSFERRED}

Done = dict[str, Any]


def pay(world: World, person: Person, number: str) -> Done:
    """Pays an order. Refused when it cannot be paid, or not by this person."""
    n = screen.last_number(world, person.name)
    row = payable(world, person, orders.find(world, number))
    with together(world.db):
        counted = next_number(world.db, "transaction", 1)
        transaction_id = f"42000{day_number(world.now())}{counted:015d}"
        world.db.execute(
            "UPDATE pay_orders SET state = 'SUCCESS', transaction_id = ?, openid = ?, paid_at = ?"
            " WHERE out_trade_no = ?",
            (transaction_id, person.openid, world.now(), number),
        )
        purse.move(world, "交易", number, transaction_id, row["total"])
        paid = orders.find(world, number)
        assert paid is not None
        resource = orders.described(world, paid)
        notices.queue(world, row["notify_url"], person.openid, "TRANSACTION.SUCCESS", resource)
        phone.show_paid(world, person, paid)
    return {"n": n, "transaction_id": transaction_id}


def payable(world: World, person: Person, row: sqlite3.Row | None) -> sqlite3.Row:
    """The order, if this person may pay it now. Refused says why not."""
    if row is None:
        raise Refused("没有这笔订单")
    if row["state"] != "NOTPAY":
        raise Refused(f"这笔订单{orders.DESCRIBED[row['state']]}，不能再付")
    if row["code_until"] <= world.now():
        raise Refused("付款码已过期，请商家重新下单")
    if row["kind"] == "JSAPI" and row["openid"] != person.openid:
        raise Refused(NOT_YOURS)
    return row


def scan(world: World, person: Person, content: str) -> Done | None:
    """The cashier of a Native order appears; None when the content is something else."""
    if not content.startswith(orders.NATIVE):
        return None
    n = screen.last_number(world, person.name)
    code = content[len(orders.NATIVE) :]
    row = payable(world, person, orders.by_code(world, code))
    phone.show_cashier(world, person, row)
    return {"n": n, "pay": _shown_order(world, row)}


def tap(world: World, person: Person, button: str) -> Done | None:
    """A button of WeChat Pay on the phone; None when the id is not of that kind."""
    if button.startswith(phone.CONFIRM):
        return confirm(world, person, button.removeprefix(phone.CONFIRM))
    if button.startswith(phone.PAY):
        return pay(world, person, button.removeprefix(phone.PAY))
    return None


def confirm(world: World, person: Person, number: str) -> Done:
    """Confirms a transfer. Refused when it is another's or its time is over."""
    n = screen.last_number(world, person.name)
    row = confirmable(person, transfers.find(world, number))
    if row["state"] == "WAIT_USER_CONFIRM":
        failing = faults.for_call(world, "confirm-transfer", "fail")
        slow = faults.for_call(world, "confirm-transfer", "slow")
        after_s = slow.ms / 1_000 if slow else 0.0
        bill_states.confirm(world, row, failing.reason if failing else "", after_s)
        world.changed(PULSE)
    return {"n": n}


def confirmable(person: Person, row: sqlite3.Row | None) -> sqlite3.Row:
    """The bill, if this person may confirm it, or look at it again. Refused says why not."""
    if row is None:
        raise Refused("没有这笔转账")
    if row["openid"] != person.openid:
        raise Refused(NOT_YOURS)
    if row["state"] not in CONFIRMABLE:
        raise Refused(f"这笔转账的状态是 {row['state']}，不能确认")
    return row


def bridge(world: World, person: Person, name: str, params: dict[str, Any], sure: bool) -> Done:
    """One call of WeixinJSBridge: what it would open, or with `sure` what comes of it.

    As on a phone the answer is an err_msg; `ok` of a transfer proves nothing.
    """
    if name not in CALLS:
        raise Refused(f"这部手机没有 {name}")
    try:
        wanted = _order_of if CALLS[name] == PAID else _bill_of
        number, shown = wanted(world, person, params)
        if not sure:
            return {"open": shown}
        (pay if CALLS[name] == PAID else confirm)(world, person, number)
    except Refused as refused:
        return {"err_msg": f"{CALLS[name]}:fail", "err_desc": str(refused)}
    return {"err_msg": f"{CALLS[name]}:ok"}


def _order_of(world: World, person: Person, params: dict[str, Any]) -> tuple[str, Done]:
    """The order of a signed request of the page."""
    known = merchant.of(world)
    keys = ("appId", "timeStamp", "nonceStr", "package")
    lines = [str(params.get(key, "")).encode() for key in keys]
    if params.get("appId") != world.account.appid:
        raise Refused("appId 不对")
    signature = str(params.get("paySign", ""))
    if params.get("signType") != "RSA" or not crypto.is_signed(
        known.merchant_public_key, signature, *lines
    ):
        raise Refused("支付验证签名失败")
    code = str(params.get("package", "")).removeprefix("prepay_id=")
    row = payable(world, person, orders.by_code(world, code))
    return row["out_trade_no"], _shown_order(world, row)


def _bill_of(world: World, person: Person, params: dict[str, Any]) -> tuple[str, Done]:
    known = merchant.of(world)
    if params.get("appId") != world.account.appid or params.get("mchId") != known.mchid:
        raise Refused("appId 或 mchId 不对")
    row = world.db.execute(
        "SELECT * FROM pay_bills WHERE package = ?", (str(params.get("package", "")),)
    ).fetchone()
    row = confirmable(person, row)
    shown = {
        "kind": "transfer",
        "bill": row["out_bill_no"],
        "amount": phone.yuan(row["amount"]),
        "words": row["remark"],
        "payee": world.account.name,
    }
    return row["out_bill_no"], shown


def _shown_order(world: World, row: sqlite3.Row) -> Done:
    return {
        "kind": "pay",
        "order": row["out_trade_no"],
        "amount": phone.yuan(row["total"]),
        "words": row["description"],
        "payee": world.account.name,
    }
