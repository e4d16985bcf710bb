"""The life of a transfer bill, by the sandbox clock.

ACCEPTED -> PROCESSING (waits for money) -> WAIT_USER_CONFIRM -> TRANSFERING -> SUCCESS; a day
without the person's word, a reason to fail, or a cancellation ends it otherwise.
"""

import sqlite3
from typing import Any

from sandbox.pay import merchant, notices, phone, purse
from sandbox.pay.call import rfc3339
from sandbox.pay.errors import PayError
from sandbox.people import by_openid
from sandbox.store import together
from sandbox.world import PULSE, World

CONFIRM_WITHIN_S = 86_400
FINAL = ("SUCCESS", "FAIL", "CANCELLED")
TAKEN = ("WAIT_USER_CONFIRM", "TRANSFERING", "CANCELING")
"""States in which the merchant's money is locked."""
REASONS = (
    "ACCOUNT_FROZEN",
    "ACCOUNT_NOT_EXIST",
    "BANK_CARD_ACCOUNT_ABNORMAL",
    "BLOCK_B2C_USERLIMITAMOUNT_BSRULE_MONTH",
    "BLOCK_B2C_USERLIMITAMOUNT_MONTH",
    "DAY_RECEIVED_COUNT_EXCEED",
    "DAY_RECEIVED_QUOTA_EXCEED",
    "ID_CARD_NOT_CORRECT",
    "MCH_CANCEL",
    "MERCHANT_NOT_CONFIRM",
    "MERCHANT_REJECT",
    "NAME_NOT_CORRECT",
    "OPENID_INVALID",
    "OTHER_FAIL_REASON_TYPE",
    "OVERDUE_CLOSE",
    "PAYEE_ACCOUNT_ABNORMAL",
    "PAYER_ACCOUNT_ABNORMAL",
    "PRODUCT_AUTH_CHECK_FAIL",
    "REALNAME_ACCOUNT_RECEIVED_QUOTA_EXCEED",
    "REAL_NAME_CHECK_FAIL",
    "RECEIVE_ACCOUNT_NOT_CONFIGURE",
    "TRANSFER_QUOTA_EXCEED",
    "TRANSFER_REMARK_SET_FAIL",
    "TRANSFER_RISK",
)


def start(world: World, number: str) -> None:
    """A new bill goes on at once, except one that is to fail: that one shows ACCEPTED first."""
    for _ in range(2):
        row = _find(world, number)
        if not row["will_fail"] and row["state"] in ("ACCEPTED", "PROCESSING"):
            _step(world, row)


def move_due(world: World) -> None:
    """Moves every bill whose time has come by one state."""
    rows = world.db.execute(
        "SELECT * FROM pay_bills WHERE moves_at <= ? ORDER BY created_at LIMIT 500", (world.now(),)
    ).fetchall()
    for row in rows:
        with together(world.db):
            _step(world, row)


def _step(world: World, row: sqlite3.Row) -> None:
    state = row["state"]
    if row["will_fail"] and state not in ("WAIT_USER_CONFIRM", "CANCELING"):
        end(world, row, "FAIL", row["will_fail"])
    elif state == "ACCEPTED":
        _set(world, row, "PROCESSING", world.now())
    elif state == "PROCESSING":
        _process(world, row)
    elif state == "WAIT_USER_CONFIRM":
        end(world, row, "FAIL", "OVERDUE_CLOSE")
    elif state == "TRANSFERING":
        end(world, row, "SUCCESS")
    elif state == "CANCELING":
        end(world, row, "CANCELLED", "MCH_CANCEL")


def _process(world: World, row: sqlite3.Row) -> None:
    """Locks the money; without enough of it the bill stays where it is until there is some."""
    person = by_openid(world, row["openid"])
    if person and row["user_name"] and row["user_name"] != phone.real_name(world, person):
        end(world, row, "FAIL", "NAME_NOT_CORRECT")
        return
    try:
        purse.move(world, "转账", row["out_bill_no"], row["transfer_bill_no"], -row["amount"])
    except PayError:
        _set(world, row, "PROCESSING", None)
        return
    _set(world, row, "WAIT_USER_CONFIRM", world.now() + CONFIRM_WITHIN_S)
    if person:
        phone.show_transfer(world, person, row)


def confirm(world: World, row: sqlite3.Row, will_fail: str, after_s: float) -> None:
    """The person's word: the money goes, or (`will_fail`) the bill fails now that it should."""
    with together(world.db):
        world.db.execute(
            "UPDATE pay_bills SET will_fail = ? WHERE out_bill_no = ?",
            (will_fail, row["out_bill_no"]),
        )
        _set(world, row, "TRANSFERING", world.now() + after_s)


def cancel(world: World, row: sqlite3.Row, after_s: float) -> None:
    """PayError INVALID_REQUEST once the person has confirmed or the bill is final."""
    if row["state"] not in ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"):
        raise PayError("INVALID_REQUEST", f"当前状态 {row['state']} 不支持撤销")
    _set(world, row, "CANCELING", world.now() + after_s)


def end(world: World, row: sqlite3.Row, state: str, reason: str = "") -> None:
    """The bill's last state; money that was locked and did not go comes back."""
    if state != "SUCCESS" and _is_locked(world, row["out_bill_no"]):
        purse.move(world, "转账退回", row["out_bill_no"], row["transfer_bill_no"], row["amount"])
    world.db.execute(
        "UPDATE pay_bills SET fail_reason = ? WHERE out_bill_no = ?",
        (reason, row["out_bill_no"]),
    )
    _set(world, row, state, None)
    row = _find(world, row["out_bill_no"])
    resource = {"mch_id": merchant.of(world).mchid, **told(row)}
    kind = "MCHTRANSFER.BILL.FINISHED"
    notices.queue(world, row["notify_url"], row["openid"], kind, resource)
    if state == "SUCCESS" and (person := by_openid(world, row["openid"])):
        phone.show_received(world, person, row)


def _is_locked(world: World, number: str) -> bool:
    row = world.db.execute(
        "SELECT coalesce(sum(amount), 0) FROM pay_flows"
        " WHERE number = ? AND what IN ('转账', '转账退回')",
        (number,),
    ).fetchone()
    return int(row[0]) < 0


def _set(world: World, row: sqlite3.Row, state: str, moves_at: float | None) -> None:
    world.db.execute(
        "UPDATE pay_bills SET state = ?, updated_at = ?, moves_at = ? WHERE out_bill_no = ?",
        (state, world.now(), moves_at, row["out_bill_no"]),
    )
    world.changed(PULSE)


def _find(world: World, number: str) -> sqlite3.Row:
    row: sqlite3.Row = world.db.execute(
        "SELECT * FROM pay_bills WHERE out_bill_no = ?", (number,)
    ).fetchone()
    return row


def told(row: sqlite3.Row) -> dict[str, Any]:
    """What queries and notifications have in common."""
    found = {
        "out_bill_no": row["out_bill_no"],
        "transfer_bill_no": row["transfer_bill_no"],
        "state": row["state"],
        "transfer_amount": row["amount"],
        "openid": row["openid"],
        "create_time": rfc3339(row["created_at"]),
        "update_time": rfc3339(row["updated_at"]),
    }
    return {**found, "fail_reason": row["fail_reason"]} if row["fail_reason"] else found
