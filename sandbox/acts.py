"""What a person does in WeChat. Each act answers the phone's last number before it."""

import sqlite3
from typing import Any

from sandbox import people, screen
from sandbox.official import callbacks, media, menu, notices, qrcodes, windows
from sandbox.official.errors import ApiError
from sandbox.pay import till
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.world import World

LONGEST_TEXT = 20_000
SENT_KINDS = ("image", "video", "voice")

Done = dict[str, Any]


def follow(world: World, person: Person, scene: str) -> Done:
    """Follows, through a QR code of that scene if named; who follows already scans it again."""
    return _arrive(world, person, scene, qrcodes.ticket_for(world, scene) if scene else "")


def _arrive(world: World, person: Person, scene: str, ticket: str) -> Done:
    n = screen.last_number(world, person.name)
    if person.following and not scene:
        return {"n": n}
    with together(world.db):
        carried = [("Ticket", ticket)] if ticket else []
        if person.following:
            callbacks.event(world, person, "SCAN", [("EventKey", scene), *carried])
        else:
            how = "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH"
            people.set_following(world, person, how, scene)
            key = f"qrscene_{scene}" if scene else ""
            callbacks.event(world, person, "subscribe", [("EventKey", key), *carried])
        windows.grant(world, person.openid, windows.ACT)
    return {"n": n}


def unfollow(world: World, person: Person) -> Done:
    n = screen.last_number(world, person.name)
    if person.following:
        with together(world.db):
            people.set_unfollowed(world, person)
            callbacks.event(world, person, "unsubscribe", [("EventKey", "")], answerable=False)
    return {"n": n}


def say(world: World, person: Person, text: str, button: str | None = None) -> Done:
    """Sends words; who does not follow yet follows first. `button` is the id of a tapped word."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Refused(f"一句话要有 1 到 {LONGEST_TEXT} 个字")
    fields = [("Content", text)]
    if button is not None:
        fields.append(("bizmsgmenuid", button))
    return _send(world, person, "text", {"type": "text", "text": text}, fields)


def _send(
    world: World, person: Person, kind: str, body: dict[str, Any], fields: list[tuple[str, str]]
) -> Done:
    n = screen.last_number(world, person.name)
    with together(world.db):
        _arrive(world, person, "", "")
        own = screen.sent(world, person, body)
        windows.grant(world, person.openid, windows.MESSAGE)
        callbacks.message(world, person, kind, fields, own)
    return {"n": n}


def send(world: World, person: Person, kind: str, content: bytes) -> Done:
    """Sends a picture, video or voice."""
    return send_again(world, person, kind, kept(world, kind, content))


def kept(world: World, kind: str, content: bytes) -> str:
    """The media id of a picture, video or voice of a person's own."""
    if kind not in SENT_KINDS:
        raise Refused(f"只能发 {'、'.join(SENT_KINDS)}")
    try:
        return media.keep(world, kind, content).id
    except ApiError as error:
        raise Refused(f"这个文件发不了：{error.message}") from error


def send_again(world: World, person: Person, kind: str, media_id: str) -> Done:
    """Sends a medium the sandbox has already."""
    try:
        media.find(world, media_id, kind)
    except ApiError as error:
        raise Refused("没有这个文件，或者已经过期") from error
    fields = [("MediaId", media_id)]
    if kind == "image":
        fields.insert(0, ("PicUrl", f"{world.base_url}/sandbox/v1/media/{media_id}"))
    elif kind == "voice":
        fields.append(("Format", "amr"))
    else:
        fields.append(("ThumbMediaId", media_id))
    return _send(world, person, kind, {"type": kind, "media": media_id}, fields)


def tap(world: World, person: Person, key: str) -> Done:
    """Taps the first that fits: menu key, word's id or text, menu's address or name, link."""
    word = screen.find_button(world, person, key)
    if word and (done := till.tap(world, person, word["id"])):
        return done
    if not person.following:
        raise Refused("还没有关注，点不到菜单")
    button = menu.find(world, key, "key")
    if button is None and word:
        return say(world, person, word["text"], word["id"])
    button = button or menu.find(world, key, "url", "name")
    if button:
        return _tap_menu(world, person, button)
    if url := screen.find_link(world, person, key):
        return {"n": screen.last_number(world, person.name), "open": url}
    raise Refused(f"手机上没有「{key}」可以点")


def _tap_menu(world: World, person: Person, button: dict[str, Any]) -> Done:
    n = screen.last_number(world, person.name)
    kind = button["type"]
    if kind == "view":
        fields: list[tuple[str, Any]] = [("EventKey", button["url"]), ("MenuId", 1)]
        callbacks.event(world, person, "VIEW", fields, answerable=False)
        return {"n": n, "open": button["url"]}
    if kind != "click":
        raise Refused(f"这部手机不会点 {kind} 类型的菜单")
    with together(world.db):
        windows.grant(world, person.openid, windows.ACT)
        callbacks.event(world, person, "CLICK", [("EventKey", button["key"])])
    return {"n": n}


def scan(world: World, person: Person, content: str) -> Done:
    """Scans what a QR code contains."""
    if done := till.scan(world, person, content.strip()):
        return done
    row: sqlite3.Row | None = qrcodes.by_content(world, content.strip())
    if row is None:
        raise Refused(f"不是这个公众号的二维码：{content[:200]}")
    if not qrcodes.is_alive(world, row):
        n = screen.last_number(world, person.name)
        screen.noted(world, person, "该二维码已过期")
        return {"n": n}
    return _arrive(world, person, row["scene"], row["ticket"])


def answer_popup(world: World, person: Person, template: str, accept: bool) -> Done:
    """Answers the popup that asks for one subscription message of that template."""
    n = screen.last_number(world, person.name)
    with together(world.db):
        notices.answer_popup(world, person, template, accept)
    return {"n": n}
