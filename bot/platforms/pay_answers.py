"""What WeChat Pay tells us, read once: orders, refunds, transfer bills, lines of a bill.

Amounts are whole fen, instants have a time zone. What is not as the platform documents it raises
ValueError, KeyError or TypeError; the port turns that into its own errors.
"""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commerce.fen import parse_yuan

SHANGHAI = ZoneInfo("Asia/Shanghai")
FINAL = frozenset({"SUCCESS", "FAIL", "CANCELLED"})
"""States a transfer bill never leaves."""

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Payment:
    """An order as the platform knows it."""

    order_no: str
    state: str
    """SUCCESS | REFUND (paid, partly or wholly given back) | NOTPAY | CLOSED | USERPAYING |
    PAYERROR | REVOKED."""
    amount_fen: int
    transaction_id: str = ""
    openid: str = ""
    """Who paid, as a follower of the account; empty until paid."""
    paid_at: datetime | None = None
    trade_type: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    refund_no: str
    order_no: str
    state: str
    """PROCESSING | SUCCESS | CLOSED | ABNORMAL (the money came back to the merchant)."""
    amount_fen: int
    total_fen: int
    refund_id: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TransferBill:
    """Money on its way to a person. The bill alone pays nobody: the person confirms it."""

    bill_no: str
    state: str
    """ACCEPTED | PROCESSING (no money on the merchant's account) | WAIT_USER_CONFIRM |
    TRANSFERING | SUCCESS | FAIL | CANCELING | CANCELLED."""
    amount_fen: int
    openid: str
    transfer_bill_no: str = ""
    package_info: str = ""
    """For `confirm_params`; the answer to `transfer` alone carries it, while it waits."""
    fail_reason: str = ""
    updated_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line of the daily trade bill: a payment, or a refund when `refund_no` is set."""

    at: datetime
    order_no: str
    transaction_id: str
    openid: str
    amount_fen: int
    """Paid, or for a refund given back; never negative."""
    refund_no: str = ""
    refund_id: str = ""
    refund_state: str = ""


def payment_of(found: Found) -> Payment:
    """Of a query's answer or of the resource of TRANSACTION.SUCCESS."""
    return Payment(
        text(found, "out_trade_no"),
        text(found, "trade_state"),
        # An order that was never paid may come without an amount.
        whole((found.get("amount") or {"total": 0})["total"]),
        str(found.get("transaction_id") or ""),
        str((found.get("payer") or {}).get("openid") or ""),
        instant(found.get("success_time")),
        str(found.get("trade_type") or ""),
    )


def refund_of(found: Found) -> Refund:
    """Of an answer or of the resource of REFUND.*, where the state has another name."""
    amount = found["amount"]
    return Refund(
        text(found, "out_refund_no"),
        text(found, "out_trade_no"),
        text(found, "refund_status" if "refund_status" in found else "status"),
        whole(amount["refund"]),
        whole(amount["total"]),
        str(found.get("refund_id") or ""),
        instant(found.get("success_time")),
    )


def transfer_of(found: Found) -> TransferBill:
    """Of a query's answer or of the resource of MCHTRANSFER.BILL.FINISHED."""
    return TransferBill(
        text(found, "out_bill_no"),
        text(found, "state"),
        whole(found["transfer_amount"]),
        text(found, "openid"),
        str(found.get("transfer_bill_no") or ""),
        str(found.get("package_info") or ""),
        str(found.get("fail_reason") or ""),
        instant(found.get("update_time")),
    )


def opened_bill(content: bytes | str, sha1: str) -> list[BillRow]:
    """The lines of a packed bill. ValueError when it is damaged or not the one `sha1` names."""
    try:
        plain = gzip.decompress(content.encode() if isinstance(content, str) else content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("not packed") from error
    if hashlib.sha1(plain, usedforsecurity=False).hexdigest() != sha1.lower():
        raise ValueError("hash")
    return list(_bill_rows(plain.decode()))


def _bill_rows(content: str) -> Iterator[BillRow]:
    """The lines of a trade bill. Every value has a backtick before it; a summary ends the list."""
    for row in csv.DictReader(content.lstrip("\ufeff").splitlines()):
        values = {key: (value or "").lstrip("`") for key, value in row.items() if key}
        if not (row.get("交易时间") or "").startswith("`"):
            return
        yield _bill_row(values)


def _bill_row(values: dict[str, str]) -> BillRow:
    refund_no = values["商户退款单号"].strip("0") and values["商户退款单号"]
    at = datetime.strptime(values["交易时间"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    return BillRow(
        at.replace(tzinfo=SHANGHAI),
        values["商户订单号"],
        values["微信订单号"],
        values["用户标识"],
        parse_yuan(values["退款金额" if refund_no else "订单金额"]),
        refund_no,
        values["微信退款单号"] if refund_no else "",
        values["退款状态"] if refund_no else "",
    )


def text(found: Found, key: str) -> str:
    value = found[key]
    if not isinstance(value, str) or not value:
        raise ValueError(key)
    return value


def whole(value: object) -> int:
    """A number of fen: 1.0, "1" and true are none."""
    if type(value) is not int or value < 0:
        raise ValueError("amount")
    return value


def instant(value: object) -> datetime | None:
    if not value:
        return None
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError("time zone")
    return at
