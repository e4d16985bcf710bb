"""A merchant of its own making beside the sandbox: signs with cryptography, hears notifications."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from tests.sandbox.conftest import Desk
from tests.sandbox.serving import served_by

TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"
REFUNDS = "/v3/refund/domestic/refunds"
ORDERS = "/v3/pay/transactions"
NOTIFY = "https://shop.example/pay/wechat/notify"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)


@dataclass
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class TillApp:
    """An application that only hears notifications. `statuses` answer first, then 204."""

    mode: str = "safe"
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[TillApp]:
    app = TillApp()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            app.heard.append(Heard(self.path, headers, body))
            self.send_response(app.statuses.pop(0) if app.statuses else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with served_by(Handler) as app.url:
        yield app


@dataclass
class Till:
    """The merchant: every call signed, every answer's signature checked."""

    desk: Desk
    app: TillApp

    def __post_init__(self) -> None:
        self.keys = self.desk.read("pay/merchant")
        self.private = load_der_private_key(base64.b64decode(self.keys["private_key"]), None)
        self.public = load_der_public_key(base64.b64decode(self.keys["public_key"]))

    def sign(self, *lines: str) -> str:
        plain = "".join(f"{line}\n" for line in lines).encode()
        return base64.b64encode(
            self.private.sign(plain, padding.PKCS1v15(), hashes.SHA256())
        ).decode()

    def authorization(self, method: str, target: str, body: str, **other: str) -> str:
        given = {
            "mchid": self.keys["mchid"],
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(self.desk.world.now())),
            "serial_no": self.keys["serial"],
            **other,
        }
        lines = (method, target, given["timestamp"], given["nonce_str"], body)
        given.setdefault("signature", self.sign(*lines))
        values = ",".join(f'{key}="{value}"' for key, value in given.items())
        return f"WECHATPAY2-SHA256-RSA2048 {values}"

    def send(
        self, method: str, target: str, body: Any = None, signed: Any = None, **other: str
    ) -> httpx.Response:
        """The raw answer; `signed` is signed instead of the body, `other` in its header."""
        raw = json.dumps(body) if body is not None else ""
        over = json.dumps(signed) if signed is not None else raw
        headers = {"Authorization": self.authorization(method, target, over, **other)}
        return self.desk.http.request(method, f"/pay{target}", content=raw, headers=headers)

    def ask(self, method: str, target: str, body: Any = None) -> dict[str, Any]:
        """The answer with its status as `http`, after its signature was found good."""
        answer = self.send(method, target, body)
        assert self.is_signed(answer.headers, answer.content)
        return {"http": answer.status_code, **(answer.json() if answer.content else {})}

    def is_signed(self, headers: Any, body: bytes) -> bool:
        stamp, nonce = headers["wechatpay-timestamp"], headers["wechatpay-nonce"]
        assert headers["wechatpay-serial"] == self.keys["public_key_id"]
        assert headers["wechatpay-signature-type"] == "WECHATPAY2-SHA256-RSA2048"
        given = base64.b64decode(headers["wechatpay-signature"])
        lines = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        try:
            self.public.verify(given, lines, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def told(self) -> list[dict[str, Any]]:
        """Every notification so far: its envelope, with the resource decrypted."""
        found = []
        for heard in self.app.heard:
            assert self.is_signed(heard.headers, heard.body)
            envelope = json.loads(heard.body)
            sealed = envelope["resource"]
            key = self.keys["apiv3_key"].encode()
            plain = AESGCM(key).decrypt(
                sealed["nonce"].encode(),
                base64.b64decode(sealed["ciphertext"]),
                sealed["associated_data"].encode(),
            )
            found.append({**envelope, "resource": json.loads(plain), "sealed": sealed})
        return found

    def order(self, number: str = "ORDER00001", kind: str = "native", **more: Any) -> Any:
        body = {
            "appid": self.keys["appid"],
            "mchid": self.keys["mchid"],
            "description": "千星好物 一盒",
            "out_trade_no": number,
            "notify_url": NOTIFY,
            "amount": {"total": 9_900, "currency": "CNY"},
            **more,
        }
        return self.ask("POST", f"{ORDERS}/{kind}", body)

    def look_up(self, number: str) -> dict[str, Any]:
        return self.ask("GET", f"{ORDERS}/out-trade-no/{number}?mchid={self.keys['mchid']}")

    def look_up_by_id(self, number: str) -> dict[str, Any]:
        return self.ask("GET", f"{ORDERS}/id/{number}?mchid={self.keys['mchid']}")

    def refund(self, number: str, refund: int, total: int = 9_900, order: str = "ORDER00001"):
        amount = {"refund": refund, "total": total, "currency": "CNY"}
        body = {"out_trade_no": order, "out_refund_no": number, "amount": amount}
        return self.ask("POST", REFUNDS, {**body, "notify_url": NOTIFY, "reason": "少发"})

    def transfer(self, openid: str, number: str = "W1", amount: int = 9_900, **more: Any) -> Any:
        report = [("岗位类型", "带货达人"), ("报酬说明", "带货佣金")]
        body = {
            "appid": self.keys["appid"],
            "out_bill_no": number,
            "transfer_scene_id": "1005",
            "openid": openid,
            "transfer_amount": amount,
            "transfer_remark": "十一月佣金",
            "notify_url": NOTIFY,
            "transfer_scene_report_infos": [
                {"info_type": kind, "info_content": words} for kind, words in report
            ],
            **more,
        }
        sent = {key: value for key, value in body.items() if value is not None}
        return self.ask("POST", TRANSFERS, sent)

    def bill_state(self, number: str = "W1") -> dict[str, Any]:
        return self.ask("GET", f"{TRANSFERS}/out-bill-no/{number}")

    def secret(self, name: str) -> str:
        return base64.b64encode(self.public.encrypt(name.encode(), OAEP)).decode()
