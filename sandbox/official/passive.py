"""What the application answers to a callback, verified and as the phone shows it."""

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from sandbox import crypto, envelope
from sandbox.account import Account
from sandbox.envelope import value
from sandbox.official import shown
from sandbox.official.errors import ApiError
from sandbox.people import Person
from sandbox.world import World

LONGEST_TEXT = 2_048
MOST_ARTICLES = 8


class Abnormal(Exception):
    """An answer the platform cannot use; the person is told that the service is faulty."""


@dataclass(frozen=True, slots=True)
class Opened:
    xml: bytes
    """Plain XML; empty when the answer says nothing."""
    encrypted: bool


def is_nothing(body: bytes) -> bool:
    return body.strip() in (b"", b"success")


def open_answer(account: Account, body: bytes) -> Opened:
    """The plain XML of an answer in the account's mode. Abnormal says what is wrong with it."""
    if is_nothing(body):
        return Opened(b"", False)
    root = _parsed(body)
    encrypted = value(root, "Encrypt")
    if not encrypted:
        if account.mode == "safe":
            raise Abnormal("a plain answer in safe mode")
        return Opened(body, False)
    if account.mode == "plaintext":
        raise Abnormal("an encrypted answer in plaintext mode")
    stamp, nonce = value(root, "TimeStamp"), value(root, "Nonce")
    if not crypto.is_signed(value(root, "MsgSignature"), account.token, stamp, nonce, encrypted):
        raise Abnormal("MsgSignature is wrong")
    try:
        plain, receiver = crypto.decrypt(account.aes_key, encrypted)
    except ValueError as error:
        raise Abnormal(f"cannot be decrypted: {error}") from error
    if receiver != account.appid:
        raise Abnormal("receiver is not the appid")
    return Opened(b"" if is_nothing(plain) else plain, True)


def _parsed(xml: bytes) -> Element:
    try:
        return envelope.read(xml)
    except ValueError as error:
        raise Abnormal(str(error)) from error


def read(world: World, person: Person, xml: bytes) -> dict[str, Any] | None:
    """What the phone shows of a plain answer; None when it says nothing. Abnormal otherwise."""
    if not xml:
        return None
    root = _parsed(xml)
    if value(root, "ToUserName") != person.openid:
        raise Abnormal("ToUserName is not the person")
    if value(root, "FromUserName") != world.account.original_id:
        raise Abnormal("FromUserName is not the account")
    if not value(root, "CreateTime").isdecimal():
        raise Abnormal("CreateTime is not a number")
    kind = value(root, "MsgType")
    if kind not in READERS:
        raise Abnormal(f"MsgType {kind!r} is not a passive reply")
    try:
        return READERS[kind](world, root)
    except ApiError as error:
        raise Abnormal(error.message) from error


def _text(_world: World, root: Element) -> dict[str, Any]:
    content = value(root, "Content")
    size = len(content.encode())
    if not 1 <= size <= LONGEST_TEXT:
        raise Abnormal(f"Content is {size} bytes, allowed 1 to {LONGEST_TEXT}")
    return shown.text(content)


def _image(world: World, root: Element) -> dict[str, Any]:
    return shown.medium(world, "image", value(root, "Image/MediaId"))


def _voice(world: World, root: Element) -> dict[str, Any]:
    return shown.medium(world, "voice", value(root, "Voice/MediaId"))


def _video(world: World, root: Element) -> dict[str, Any]:
    return shown.medium(world, "video", value(root, "Video/MediaId"), value(root, "Video/Title"))


def _music(_world: World, root: Element) -> dict[str, Any]:
    url = value(root, "Music/MusicUrl") or value(root, "Music/HQMusicUrl")
    return shown.card(value(root, "Music/Title"), value(root, "Music/Description"), url)


def _news(_world: World, root: Element) -> dict[str, Any]:
    articles = root.findall("Articles/item")[:MOST_ARTICLES]
    if not articles:
        raise Abnormal("news without an article")
    first, *others = articles
    body = shown.card(
        value(first, "Title"),
        value(first, "Description"),
        value(first, "Url"),
        value(first, "PicUrl"),
    )
    body["links"] += [{"text": value(item, "Title"), "url": value(item, "Url")} for item in others]
    return body


def _handed_over(_world: World, _root: Element) -> None:
    return None


READERS = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "news": _news,
    "transfer_customer_service": _handed_over,
}
