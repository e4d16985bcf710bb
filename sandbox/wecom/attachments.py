"""Words and up to nine attachments, as a welcome and a mass message carry them."""

from collections.abc import Callable
from typing import Any

from sandbox.official import shown
from sandbox.official.call import list_of, object_of, text_of
from sandbox.wecom import contents, media
from sandbox.wecom.contents import Body, Content, sized
from sandbox.wecom.errors import ApiError
from sandbox.world import World

LONGEST_TEXT = 4_000
MOST = 9


def read(world: World, body: dict[str, Any]) -> list[Body]:
    """What the phone shows, one after the other. ApiError when there is nothing or too much."""
    words = sized(object_of(body, "text"), "content", LONGEST_TEXT)
    attached = list_of(body, "attachments")
    if len(attached) > MOST:
        raise ApiError(40058, f"attachments: at most {MOST}")
    if not words and not attached:
        raise ApiError(40058, "text and attachments are both empty")
    return ([shown.text(words)] if words else []) + [_read(world, item) for item in attached]


def _read(world: World, item: Content) -> Body:
    kind = text_of(item, "msgtype")
    if kind not in KINDS:
        raise ApiError(40008, "attachment")
    return KINDS[kind](world, object_of(item, kind))


def _image(world: World, content: Content) -> Body:
    if content.get("media_id"):
        return contents.image(world, content)
    url = sized(content, "pic_url", 2_048, 1)
    kept = url.rpartition("/sandbox/v1/media/")[2]
    return {"type": "image", "media": kept}


def _link(_world: World, content: Content) -> Body:
    title, words = sized(content, "title", 128, 1, 45003), sized(content, "desc", 512, 0, 45004)
    return shown.card(title, words, sized(content, "url", 2_048, 1), text_of(content, "picurl"))


def _mini_program(world: World, content: Content) -> Body:
    title = sized(content, "title", 64, 1, 45003)
    thumb = media.find(world, content.get("pic_media_id"), "image")
    place = f"miniprogram:{sized(content, 'appid', 64, 1)}/{sized(content, 'page', 1_024, 1)}"
    return shown.card(title, "", place, thumb.id)


KINDS: dict[str, Callable[[World, Content], Body]] = {
    "image": _image,
    "link": _link,
    "miniprogram": _mini_program,
    "video": contents.video,
    "file": contents.file,
}
