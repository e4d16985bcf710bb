"""P3: one encrypted callback, from the bytes that came to the bytes that go, on one core.

Ours also checks the age and the receiver, compares in constant time and neutralises what it says.
"""

import secrets
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner, check_signature
from werobot import WeRoBot

from bot.channels.envelope import Keys, open_envelope, seal
from bot.channels.fields import read
from bot.channels.official_account import parse, render_passive
from bot.reply import Text

KEYS = Keys("AAAAA", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "wx0123456789abcdef")
ANSWER = "已邀请 2 人，还差 1 人升级。待结算 128.50 元，可提现 36.00 元。回复「提现」到账。"
QUERY = {"timestamp": "1763778000", "nonce": "1597212914", "encrypt_type": "aes"}
XML = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    "<FromUserName><![CDATA[oABCDEFGHIJKLMNOPQRSTUVWXYZ1]]></FromUserName>"
    "<CreateTime>1763778000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[我还差多少能升级？]]></Content><MsgId>24000000000000001</MsgId></xml>"
)


def run(quick: bool) -> list[dict[str, Any]]:
    """Messages per second of ours and of the faster peer, run in turns."""
    query, body = callback()
    paths = {
        "ours": lambda: ours(query, body),
        "werobot": lambda: werobot(robot, query, body),
        "wechatpy": lambda: wechatpy(crypto, query, body),
    }
    robot, crypto = own_robot(), WeChatCrypto(KEYS.token, KEYS.aes_key, KEYS.app_id)
    seconds = medians(paths, rounds=20 if quick else 100, batch=100)
    rates = {name: 1 / each for name, each in seconds.items()}
    peer = max("werobot", "wechatpy", key=lambda name: rates[name])
    ratio = rates["ours"] / rates[peer]
    row = {
        "id": "P3",
        "job": f"encrypted message in and out per core, against {peer}; moonshot 2.0",
        "ours": round(rates["ours"]),
        "floor": round(rates[peer]),
        "ratio": round(ratio, 2),
        "goal": 1.0,
        "met": ratio >= 1.0,
    }
    return [row]


def ours(query: dict[str, str], body: bytes) -> str:
    now = datetime.fromtimestamp(1763778000, UTC)
    opened = open_envelope(query, body, (KEYS,), now=now, mode="safe")
    message = parse(opened.fields, now)
    assert message is not None
    xml = render_passive(Text(ANSWER), message.sender, opened.fields["ToUserName"], now)
    assert xml is not None
    random24 = secrets.token_bytes(24)
    return seal(xml, opened.keys, query["timestamp"], random24[16:].hex(), random24[:16])


def own_robot() -> WeRoBot:
    robot = WeRoBot(
        token=KEYS.token,
        app_id=KEYS.app_id,
        encoding_aes_key=KEYS.aes_key,
        SESSION_STORAGE=False,
    )
    robot.add_handler(lambda message: ANSWER, type="text")
    return robot


def werobot(robot: WeRoBot, query: dict[str, str], body: bytes) -> str:
    """What its own server does with a request."""
    timestamp, nonce = query["timestamp"], query["nonce"]
    assert robot.check_signature(timestamp, nonce, query["signature"])
    message = robot.parse_message(
        body, timestamp=timestamp, nonce=nonce, msg_signature=query["msg_signature"]
    )
    return str(robot.get_encrypted_reply(message))


def wechatpy(crypto: WeChatCrypto, query: dict[str, str], body: bytes) -> str:
    """What its documentation tells a server to do."""
    timestamp, nonce = query["timestamp"], query["nonce"]
    check_signature(KEYS.token, query["signature"], timestamp, nonce)
    xml = crypto.decrypt_message(body, query["msg_signature"], timestamp, nonce)
    reply = create_reply(ANSWER, parse_message(xml))
    return str(crypto.encrypt_message(reply.render(), nonce, timestamp))


def callback() -> tuple[dict[str, str], bytes]:
    sealed = read(seal(XML, KEYS, QUERY["timestamp"], QUERY["nonce"], bytes(16)).encode())
    signer = WeChatSigner()
    signer.add_data(KEYS.token, QUERY["timestamp"], QUERY["nonce"])
    query = {**QUERY, "msg_signature": sealed["MsgSignature"], "signature": signer.signature}
    start = "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    return query, f"{start}<Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt></xml>".encode()


def medians(paths: dict[str, Callable[[], str]], *, rounds: int, batch: int) -> dict[str, float]:
    """Seconds of one run of each path; they take turns, so that all see the same machine."""
    times: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(rounds):
        for name, path in paths.items():
            start = time.perf_counter()
            for _ in range(batch):
                path()
            times[name].append((time.perf_counter() - start) / batch)
    return {name: statistics.median(each) for name, each in times.items()}
