"""WeChat Pay v3: orders, refunds, transfers to people, the daily bill and the notifications.

wechatpayv3 builds the calls, encrypts and decrypts. No business state is kept or judged here: a
caller compares number, amount and openid of every answer with its own books.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from wechatpayv3 import WeChatPayType  # type: ignore[import-untyped]

from bot.platforms.pay_answers import (
    SHANGHAI,
    BillRow,
    Found,
    Payment,
    Refund,
    TransferBill,
    opened_bill,
    payment_of,
    refund_of,
    transfer_of,
)
from bot.platforms.pay_wire import Merchant, PayRefused, ResultUnknown, library
from commerce.errors import PlatformUnavailable

__all__ = [
    "BadNotification",
    "BillRow",
    "Merchant",
    "Notification",
    "PayRefused",
    "Payment",
    "Refund",
    "ResultUnknown",
    "Scene",
    "TransferBill",
    "WeChatPay",
    "payment_of",
    "refund_of",
    "transfer_of",
]

WINDOW_S = 300
NAME_FROM_FEN, NAME_NEEDED_FEN = 30, 200_000
"""A payee's name is forbidden below the first and required from the second."""
NO_SUCH = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND")
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
NEEDED = ("signature", "timestamp", "nonce", "serial", "signature-type")

T = TypeVar("T")


class BadNotification(Exception):
    """Not from the platform, or not now. Answered with HTTP 401; nothing may be done with it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a transfer is for, as agreed with the platform.

    1005 佣金报酬 needs exactly 岗位类型 and 报酬说明; each content has 1 to 32 characters.
    """

    id: str
    report: Sequence[tuple[str, str]]
    perception: str = ""
    """One of the scene's own labels; empty: the scene's default."""


@dataclass(frozen=True, slots=True)
class Notification:
    id: str
    """The same at every repetition."""
    event_type: str
    """TRANSACTION.SUCCESS, REFUND.SUCCESS | ABNORMAL | CLOSED, MCHTRANSFER.BILL.FINISHED."""
    resource: dict[str, Any]
    """For `payment_of`, `refund_of` or `transfer_of`, which raise ValueError, KeyError or
    TypeError when it is not complete."""


class WeChatPay:
    """One merchant's API, safe to share between threads.

    Every call may raise `PayRefused` (nothing was done; `reason` says why) and, retryable,
    `RateLimited` and `PlatformUnavailable`. What changes something raises `ResultUnknown`, a kind
    of the latter, when nobody knows whether it was done: then only a query under the same number
    may decide. A call takes at most 3 s to connect and 8 s to answer.
    """

    def __init__(self, merchant: Merchant, clock: Callable[[], datetime]) -> None:
        """ValueError when a key is none."""
        self._merchant = merchant
        self._clock = clock
        try:
            self._api, self._wire = library(merchant, clock)
        except Exception as error:  # The library has no type for it.
            raise ValueError("not a key") from error

    def create_native(
        self, order_no: str, amount_fen: int, description: str, expires_at: datetime
    ) -> str:
        """The address to draw as a QR code, good for 2 h or until `expires_at`.

        The same number again gives a code of the same order; with other values it is refused.
        """
        kind = WeChatPayType.NATIVE
        answer = self._order(order_no, amount_fen, description, expires_at, pay_type=kind)
        return self._read(answer, lambda found: str(found["code_url"]), unknown=True)

    def create_jsapi(
        self, order_no: str, amount_fen: int, description: str, expires_at: datetime, openid: str
    ) -> dict[str, str]:
        """What a page hands to `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`, signed now.

        The same number again gives the same order; its `prepay_id` lives for 2 h.
        """
        payer = {"openid": openid}
        answer = self._order(order_no, amount_fen, description, expires_at, payer=payer)
        prepay_id = self._read(answer, lambda found: str(found["prepay_id"]), unknown=True)
        stamp, nonce = str(int(self._clock().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        signature = self._api.sign([self._merchant.app_id, stamp, nonce, package])
        return {
            "appId": self._merchant.app_id,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": str(signature),
        }

    def query(self, order_no: str) -> Payment | None:
        """None when the platform knows no such order."""
        return self._asked(lambda: self._api.query(out_trade_no=order_no), payment_of)

    def close(self, order_no: str) -> None:
        """Ends an order nobody paid; `PayRefused` with reason ORDERPAID when somebody did."""
        self._api.close(order_no)

    def refund(
        self, order_no: str, refund_no: str, amount_fen: int, total_fen: int, reason: str
    ) -> Refund:
        """Gives back part of an order; `total_fen` is what was paid for all of it.

        The same number again answers the same refund. Final when its state is not PROCESSING.
        """
        amount = {"refund": amount_fen, "total": total_fen, "currency": "CNY"}
        answer = self._api.refund(refund_no, amount, out_trade_no=order_no, reason=reason)
        return self._read(answer, refund_of, unknown=True)

    def query_refund(self, refund_no: str) -> Refund | None:
        """None when the platform knows no such refund."""
        return self._asked(lambda: self._api.query_refund(refund_no), refund_of)

    def transfer(
        self,
        bill_no: str,
        openid: str,
        amount_fen: int,
        *,
        scene: Scene,
        remark: str,
        real_name: str | None = None,
    ) -> TransferBill:
        """Asks for money to go to a person, who confirms it with `confirm_params`.

        A name is sent (encrypted) from 0.30 yuan on; ValueError from 2 000 yuan on without one.
        The same number again answers the same bill; with other values it is refused.
        """
        if amount_fen >= NAME_NEEDED_FEN and not real_name:
            raise ValueError("real_name is required")
        answer = self._api.mch_transfer_bills(
            bill_no,
            scene.id,
            openid,
            amount_fen,
            remark,
            user_name=real_name if amount_fen >= NAME_FROM_FEN else None,
            user_recv_perception=scene.perception or None,
            transfer_scene_report_infos=[
                {"info_type": kind, "info_content": content} for kind, content in scene.report
            ],
        )
        asked = {"transfer_amount": amount_fen, "openid": openid}
        return self._read(answer, lambda found: transfer_of({**asked, **found}), unknown=True)

    def query_transfer(self, bill_no: str) -> TransferBill | None:
        """None when the platform knows no such bill, which it forgets after 30 days."""
        return self._asked(
            lambda: self._api.mch_transfer_bills_query(out_bill_no=bill_no), transfer_of
        )

    def cancel_transfer(self, bill_no: str) -> str:
        """Takes a bill back before the person confirms; the state, CANCELING as a rule.

        Whether it worked is known when the bill is final. `PayRefused` when it is too late.
        """
        answer = self._api.mch_transfer_bills_cancel(bill_no)
        return self._read(answer, lambda found: str(found["state"]), unknown=True)

    def confirm_params(self, package_info: str) -> dict[str, str]:
        """What a page hands to `WeixinJSBridge.invoke('requestMerchantTransfer', …)`."""
        merchant = self._merchant
        return {"mchId": merchant.mchid, "appId": merchant.app_id, "package": package_info}

    def trade_bill(self, day: date) -> list[BillRow]:
        """Every payment and refund of a day in Shanghai, there from 10:00 of the next day on.

        Empty when nothing happened. `PlatformUnavailable` while the platform still writes it.
        """
        try:
            answer = self._api.trade_bill(day.isoformat())
        except PayRefused as error:
            if error.reason == "NO_STATEMENT_EXIST":
                return []
            if error.reason == "STATEMENT_CREATING":
                raise PlatformUnavailable(error.code, error.reason) from None
            raise
        link = self._read(answer, dict)
        _status, content = self._api.download_bill(self._target(str(link.get("download_url"))))
        try:
            return opened_bill(content, str(link.get("hash_value")))
        except UNREADABLE:
            raise PlatformUnavailable(-1, "not the bill") from None

    def verified(self, headers: Mapping[str, str], raw_body: bytes) -> Notification:
        """A notification that the platform signed within 5 minutes of our clock, decrypted.

        Raises `BadNotification`. Repetitions pass: the caller remembers `id`.
        """
        lower = {name.lower(): value for name, value in headers.items()}
        signed = {f"wechatpay-{name}": lower.get(f"wechatpay-{name}", "") for name in NEEDED}
        if not self._is_fresh(signed["wechatpay-timestamp"]):
            raise BadNotification("age")
        if not self._wire.is_signed(signed, raw_body):
            raise BadNotification("signature")
        try:
            opened = self._api.callback(signed, raw_body)
            return Notification(str(opened["id"]), str(opened["event_type"]), opened["resource"])
        except Exception as error:  # The library has no type for it.
            raise BadNotification("content") from error

    def _is_fresh(self, stamp: str) -> bool:
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 11):
            return False
        return abs(self._clock().timestamp() - int(stamp)) <= WINDOW_S

    def _order(
        self, order_no: str, amount_fen: int, description: str, expires_at: datetime, **more: Any
    ) -> Any:
        until = expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds")
        amount = {"total": amount_fen, "currency": "CNY"}
        return self._api.pay(description, order_no, amount, time_expire=until, **more)

    def _asked(self, ask: Callable[[], Any], read: Callable[[Found], T]) -> T | None:
        try:
            return self._read(ask(), read)
        except PayRefused as error:
            if error.reason in NO_SUCH:
                return None
            raise

    def _read(self, answer: Any, read: Callable[[Found], T], *, unknown: bool = False) -> T:
        status, content = answer
        try:
            return read(json.loads(content))
        except UNREADABLE:
            lost = ResultUnknown if unknown else PlatformUnavailable
            raise lost(status, "not an answer") from None

    def _target(self, url: str) -> str:
        """Path and query below our address, so that a redirected client asks there, too."""
        parts, base = urlsplit(url), urlsplit(self._merchant.api_url)
        path = parts.path.removeprefix(base.path.rstrip("/"))
        return f"{path}?{parts.query}" if parts.query else path
