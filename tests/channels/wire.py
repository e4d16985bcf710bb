"""The platform's side of the envelope, by wechatpy, which the application does not use for it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.channels.envelope import Keys, Mode, Opened, open_envelope

NEW = Keys("AAAAA", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "wx0123456789abcdef")
OLD = Keys("BBBBB", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx0123456789abcdef")
NOW = datetime.fromtimestamp(1763778000, UTC)
TEXT = (
    "<xml><ToUserName><![CDATA[gh_demo]]></ToUserName>"
    "<FromUserName><![CDATA[oUser1]]></FromUserName><CreateTime>1763778000</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[提现]]></Content>"
    "<MsgId>24000000000000001</MsgId></xml>"
)


@dataclass(frozen=True)
class Posted:
    """A callback as the web server hands it over."""

    query: dict[str, str]
    body: bytes

    def asking(self, **query: str) -> "Posted":
        return replace(self, query={**self.query, **query})

    def opened(self, *keys: Keys, mode: Mode = "safe", now: datetime = NOW) -> Opened:
        return open_envelope(self.query, self.body, keys or (NEW,), now=now, mode=mode)


def sign(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def seal(xml: str, keys: Keys, *, app_id: str = "") -> str:
    """The value of `Encrypt`, by wechatpy."""
    crypto = WeChatCrypto(keys.token, keys.aes_key, app_id or keys.app_id)
    sealed = crypto.encrypt_message(xml, "n", "1")
    return str(sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0])


def post(
    xml: str = TEXT,
    keys: Keys = NEW,
    *,
    mode: Mode = "safe",
    at: int = 1763778000,
    encrypt: str | None = None,
) -> Posted:
    """A callback of `mode`, correctly signed whatever it holds."""
    timestamp, nonce = str(at), "1597212914"
    query = {"timestamp": timestamp, "nonce": nonce, "openid": "oUser1"}
    query["signature"] = sign(keys.token, timestamp, nonce)
    if mode == "plaintext":
        return Posted(query, xml.encode())
    sealed = seal(xml, keys) if encrypt is None else encrypt
    query |= {
        "encrypt_type": "aes",
        "msg_signature": sign(keys.token, timestamp, nonce, sealed),
    }
    start = "<xml><ToUserName><![CDATA[gh_demo]]></ToUserName>"
    if mode == "compatible":
        start = xml.removesuffix("</xml>")
    return Posted(query, f"{start}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode())
