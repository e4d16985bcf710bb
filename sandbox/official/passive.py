"""What the application answers to a callback, as the phone shows it."""

from typing import Any
from xml.etree.ElementTree import Element

from sandbox.envelope import value
from sandbox.official import shown
from sandbox.official.errors import ApiError
from sandbox.sealed import Abnormal, parsed
from sandbox.world import World

LONGEST_TEXT = 2_048
MOST_ARTICLES = 8


def read(world: World, xml: bytes, to: str, sender: str) -> dict[str, Any] | None:
    """What the phone shows of a plain answer by `sender` to the person `to`; None when it says
    nothing. Abnormal otherwise."""
    if not xml:
        return None
    root = parsed(xml)
    if value(root, "ToUserName") != to:
        raise Abnormal("ToUserName is not the person")
    if value(root, "FromUserName") != sender:
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
