"""Kinds of message an account may send, checked and as the phone shows them."""

from collections.abc import Callable
from typing import Any

from sandbox.official import shown
from sandbox.official.call import list_of, object_of, text_of
from sandbox.wecom import contents, media
from sandbox.wecom.contents import sized
from sandbox.wecom.errors import ApiError
from sandbox.world import World

Content = dict[str, Any]
MOST_MENU_ITEMS = 10


def _link(world: World, content: Content) -> dict[str, Any]:
    title = sized(content, "title", 128, 1, 45003)
    words = sized(content, "desc", 512, 0, 45004)
    url = sized(content, "url", 2_048, 1)
    thumb = media.find(world, content.get("thumb_media_id"), "image")
    return shown.card(title, words, url, thumb.id)


def _mini_program(world: World, content: Content) -> dict[str, Any]:
    title = sized(content, "title", 64, 0, 45003)
    appid, page = sized(content, "appid", 64, 1), sized(content, "pagepath", 1_024, 1)
    thumb = media.find(world, content.get("thumb_media_id"), "image")
    return shown.card(title, "", f"miniprogram:{appid}/{page}", thumb.id)


def _location(_world: World, content: Content) -> dict[str, Any]:
    if not all(isinstance(content.get(key), int | float) for key in ("latitude", "longitude")):
        raise ApiError(40058, "latitude and longitude")
    return shown.text(" ".join([text_of(content, "name"), text_of(content, "address")]).strip())


def _ca_link(_world: World, content: Content) -> dict[str, Any]:
    url = sized(content, "link_url", 2_048, 1)
    return shown.card("添加企业微信", "", url)


def _menu(_world: World, content: Content) -> dict[str, Any]:
    items = list_of(content, "list")
    head, tail = sized(content, "head_content", 1_024), sized(content, "tail_content", 1_024)
    if not 1 <= len(items) <= MOST_MENU_ITEMS:
        raise ApiError(40058, f"msgmenu.list: 1 to {MOST_MENU_ITEMS}")
    lines, buttons, links = [head], [], []
    for item in items:
        kind = text_of(item, "type")
        said = object_of(item, kind)
        if kind == "click":
            words = sized(said, "content", 128, 1)
            buttons.append({"id": sized(said, "id", 64), "text": words})
        elif kind == "view":
            words = sized(said, "content", 1_024, 1)
            links.append({"text": words, "url": sized(said, "url", 2_048, 1)})
        elif kind == "text":
            lines.append(sized(said, "content", 256, 1))
        elif kind == "miniprogram":
            words = sized(said, "content", 1_024, 1)
            place = f"miniprogram:{text_of(said, 'appid')}/{text_of(said, 'pagepath')}"
            links.append({"text": words, "url": place})
        else:
            raise ApiError(40058, "msgmenu item type")
    body = shown.text("\n".join(line for line in [*lines, tail] if line))
    return {
        **body,
        "type": "menu",
        "buttons": buttons,
        "links": [*body.get("links", []), *links],
    }


KINDS: dict[str, Callable[[World, Content], dict[str, Any]]] = {
    "text": contents.text,
    "image": contents.image,
    "voice": contents.voice,
    "video": contents.video,
    "file": contents.file,
    "link": _link,
    "miniprogram": _mini_program,
    "msgmenu": _menu,
    "location": _location,
    "ca_link": _ca_link,
}
