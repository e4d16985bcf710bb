"""How the port speaks: wechatpayv3 with our clock, our time limits and our words for failures.

The library's own core would sign with the machine's time, follow redirects, wait without end,
and answer (status, text) where a caller must know whether the money may have moved.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from wechatpayv3 import WeChatPay as Library  # type: ignore[import-untyped]
from wechatpayv3 import WeChatPayType
from wechatpayv3.core import Core  # type: ignore[import-untyped]
from wechatpayv3.type import RequestType  # type: ignore[import-untyped]
from wechatpayv3.utils import rsa_sign, rsa_verify  # type: ignore[import-untyped]

from commerce.errors import PlatformError, PlatformUnavailable, RateLimited, Rejected

CONNECT_S, ANSWER_S = 3, 8
SCHEME = "WECHATPAY2-SHA256-RSA2048"
NOT_SENT = (NewConnectionError, ConnectTimeoutError)
"""No connection came about: nothing can have been done."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Keys are PEM, or the base64 between its lines in one line."""

    app_id: str
    mchid: str
    serial: str
    """Of our own API certificate."""
    private_key: str = field(repr=False)
    public_key_id: str
    """PUB_KEY_ID_…, the name of the platform's key."""
    public_key: str
    apiv3_key: str = field(repr=False)
    notify_url: str
    api_url: str = "https://api.mch.weixin.qq.com"


class PayRefused(Rejected):
    """The platform said no and did nothing. `reason` is its own word, such as NOT_ENOUGH."""

    def __init__(self, code: int = -1, text: str = "", reason: str = "") -> None:
        super().__init__(code, text)
        self.reason = reason


class ResultUnknown(PlatformUnavailable):
    """Nobody knows whether it was done. Ask for the same number; never use another one."""


class Wire(Core):  # type: ignore[misc]
    """The library's core on the configured address; public-key mode, safe between threads."""

    def __init__(self, base_url: str, clock: Callable[[], datetime], **account: Any) -> None:
        super().__init__(**account)
        self._gate_way = base_url.rstrip("/")
        self._clock = clock
        self._session = _session()

    def request(  # noqa: PLR0913
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: dict[str, Any] | None = None,
        skip_verify: bool = False,
        sign_data: object = None,
        files: object = None,
        cipher_data: bool = False,
        headers: object = None,
    ) -> tuple[int, Any]:
        """The status and, as the library's callers expect it, JSON as text or else bytes.

        Only for a 2xx answer signed by the platform; everything else is a PlatformError.
        """
        body = json.dumps(data, ensure_ascii=False).encode() if data else b""
        answer = self._send(method.value, path, body)
        if not 200 <= answer.status_code < 300:
            raise _refusal(answer, method.value)
        if not (skip_verify or self._is_signed(answer)):
            raise _lost(method.value)(answer.status_code, "signature")
        is_json = "application/json" in answer.headers.get("Content-Type", "")
        return answer.status_code, answer.content.decode() if is_json else answer.content

    def _send(self, method: str, path: str, body: bytes) -> requests.Response:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # What is signed is what was sent.
            "Authorization": self._authorization(method, path, body),
            "Content-Type": "application/json",
            "User-Agent": "qianxing",
            "Wechatpay-Serial": self._public_key_id,
        }
        try:
            return self._session.request(
                method,
                self._gate_way + path,
                data=body or None,
                headers=headers,
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            lost = PlatformUnavailable if _was_not_sent(error) else _lost(method)
            raise lost(-1, type(error).__name__) from None

    def _authorization(self, method: str, path: str, body: bytes) -> str:
        stamp, nonce = int(self._clock().timestamp()), secrets.token_hex(16)
        lines = f"{method}\n{path}\n{stamp}\n{nonce}\n{body.decode()}\n"
        signature = rsa_sign(self._private_key, lines)
        return (
            f'{SCHEME} mchid="{self._mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{stamp}",serial_no="{self._cert_serial_no}"'
        )

    def _is_signed(self, answer: requests.Response) -> bool:
        return self.is_signed(answer.headers, answer.content)

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the platform's key signed these bytes. Never asks for certificates."""
        if headers.get("wechatpay-signature-type") != SCHEME:
            return False
        if headers.get("wechatpay-serial") != self._public_key_id:
            return False
        stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        try:
            given = headers.get("wechatpay-signature", "")
            return bool(rsa_verify(stamp, nonce, body.decode(), given, self._public_key))
        except ValueError:
            return False


def library(merchant: Merchant, clock: Callable[[], datetime]) -> tuple[Any, Wire]:
    """The library's client and the core it now speaks through."""
    account = {
        "mchid": merchant.mchid,
        "cert_serial_no": merchant.serial,
        "private_key": merchant.private_key,
        "apiv3_key": merchant.apiv3_key,
        "public_key": merchant.public_key,
        "public_key_id": merchant.public_key_id,
    }
    wire = Wire(merchant.api_url, clock, **account)
    # In this mode the library's constructor asks the network for nothing.
    made = Library(
        WeChatPayType.JSAPI, appid=merchant.app_id, notify_url=merchant.notify_url, **account
    )
    made._core = wire
    return made, wire


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=32))
    return session


def _was_not_sent(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NOT_SENT)


def _lost(method: str) -> type[PlatformUnavailable]:
    """A question without an answer is only asked again; an order may have been carried out."""
    return PlatformUnavailable if method == "GET" else ResultUnknown


def _refusal(answer: requests.Response, method: str) -> PlatformError:
    """4xx in the platform's own form says that nothing was done. Refusals are not signed, so
    whoever stands between us could have said it: the caller keeps the number all the same.
    """
    status = answer.status_code
    if status == 429:
        return RateLimited(status, "frequency limited")
    try:
        found = answer.json()
        reason, words = str(found["code"]), str(found.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _lost(method)(status, "not an answer")
    if not 400 <= status < 500:
        return _lost(method)(status, reason)
    return PayRefused(status, f"{reason} {words}", reason)
