"""消息推送: whoever has the key posts into the group, 20 times a minute."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any

from sandbox import people
from sandbox.official import shown
from sandbox.official.call import OK, Call, object_of, text_of
from sandbox.official.media import FOREVER, MB
from sandbox.store import together
from sandbox.wecom import cards, contents, counts, groups, media
from sandbox.wecom.contents import Body, Content, sized
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of
from sandbox.world import World

A_MINUTE = 20
SENDER = "消息推送"


def _group_name(call: Call) -> str:
    """ApiError 93000 with a key nobody has."""
    known = corp_of(call.world).webhooks
    key = text_of(call.query, "key")
    if key not in known:
        raise ApiError(93000)
    return known[key]


def send(call: Call) -> dict[str, Any]:
    world, name, kind = call.world, _group_name(call), text_of(call.body, "msgtype")
    key = f"webhook {call.query['key']}"
    if counts.within(world, key, 60) >= A_MINUTE:
        raise ApiError(45009, f"{A_MINUTE} messages a minute")
    if kind not in KINDS:
        raise ApiError(40008)
    body = KINDS[kind](world, object_of(call.body, kind))
    with together(world.db):
        counts.add(world, key)
        group = groups.by_name(world, name)
        if group and group.kind == groups.INTERNAL:
            groups.post(world, group, SENDER, body)
    return OK


def upload(call: Call) -> dict[str, Any]:
    _group_name(call)
    kind = text_of(call.query, "type")
    if kind not in ("file", "voice"):
        raise ApiError(40004)
    if call.media is None:
        raise ApiError(41005)
    medium = media.keep(call.world, kind, call.media)
    created = str(int(medium.created_at))
    return {**OK, "type": kind, "media_id": medium.id, "created_at": created}


def _text(world: World, content: Content) -> Body:
    words = sized(content, "content", 2_048, 1)
    mentioned = content.get("mentioned_list") or []
    called = [_called(world, userid) for userid in mentioned] if isinstance(mentioned, list) else []
    return shown.text(" ".join([words, *called]))


def _called(world: World, userid: object) -> str:
    person = people.by_userid(world, userid)
    return "@所有人" if userid == "@all" else f"@{person.name if person else userid}"


def _image(world: World, content: Content) -> Body:
    try:
        raw = base64.b64decode(text_of(content, "base64"), validate=True)
    except binascii.Error as error:
        raise ApiError(40058, "base64") from error
    if len(raw) > 2 * MB:
        raise ApiError(40009)
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != text_of(content, "md5").lower():
        raise ApiError(40058, "md5")
    return {"type": "image", "media": media.keep(world, "image", raw, FOREVER).id}


def _card(_world: World, content: Content) -> Body:
    cards.check(content, cards.NOTICES)
    return cards.shown(content)


KINDS: dict[str, Callable[[World, Content], Body]] = {
    "text": _text,
    "markdown": lambda _world, content: contents.markdown(content, 4_096),
    "markdown_v2": lambda _world, content: contents.markdown(content, 4_096),
    "image": _image,
    "news": lambda _world, content: contents.news(content),
    "file": contents.file,
    "voice": contents.voice,
    "template_card": _card,
}
