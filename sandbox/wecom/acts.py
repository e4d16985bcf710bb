"""What a person does in WeCom, or in WeChat towards the corp."""

import json
import random
from typing import Any

from sandbox import people, screen
from sandbox.acts import LONGEST_TEXT, SENT_KINDS
from sandbox.official.errors import ApiError
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.wecom import aibot, app, contacts, groups, join_ways, media, ways
from sandbox.wecom.kf import accounts, links, talk
from sandbox.world import World

DOORS = ("wecom", "app", "group")
Done = dict[str, Any]


def say(world: World, person: Person, door: str, body: dict[str, Any]) -> Done:
    """Says words at the door: to customer service, to the corp's app, or into a group."""
    text, n = body.get("text"), screen.last_number(world, person.name)
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
        raise Refused(f"一句话要有 1 到 {LONGEST_TEXT} 个字")
    shown = {"type": "text", "text": text}
    if door == "app":
        app.say(world, person, "text", [("Content", text)], shown)
    elif door == "group":
        _say_in_group(world, person, body.get("group"), text)
    else:
        content = {"msgtype": "text", "text": {"content": text}}
        talk.say(world, person, content, shown, _account(world, body.get("account")))
    return {"n": n}


def _account(world: World, open_kfid: object) -> str:
    """The customer-service account that is named, or "" for the one entered last."""
    try:
        return str(accounts.find(world, open_kfid)["open_kfid"]) if open_kfid else ""
    except ApiError as error:
        raise Refused(f"没有这个客服账号：{open_kfid}") from error


def _say_in_group(world: World, person: Person, name: object, text: str) -> None:
    group = groups.by_name(world, name)
    if group is None or not groups.is_member(world, group, person):
        raise Refused(f"{person.name} 不在「{name}」里")
    groups.said(world, group, person, text)


def send(world: World, person: Person, door: str, kind: str, media_id: str) -> Done:
    """Sends a medium the sandbox has already."""
    n = screen.last_number(world, person.name)
    if kind not in SENT_KINDS or door == "group":
        raise Refused(f"这里只能发 {'、'.join(SENT_KINDS)}")
    try:
        media.find(world, media_id, kind)
    except ApiError as error:
        raise Refused("没有这个文件，或者已经过期") from error
    shown = {"type": kind, "media": media_id}
    if door == "app":
        url = f"{world.base_url}/sandbox/v1/media/{media_id}"
        fields = [("PicUrl", url)] if kind == "image" else []
        app.say(world, person, kind, [*fields, ("MediaId", media_id)], shown)
    else:
        talk.say(world, person, {"msgtype": kind, kind: {"media_id": media_id}}, shown)
    return {"n": n}


def tap(world: World, person: Person, key: str, door: object) -> Done | None:
    """Taps a button or link that stands at a door of the corp; None when there is none.

    Without a door the newest that fits is meant, wherever it stands.
    """
    n, doors = screen.last_number(world, person.name), _doors(door)
    if door == "app" and (opens := app.tap_menu(world, person, key)) is not None:
        return {"n": n, "open": opens} if opens else {"n": n}
    found = screen.find(world, person, "buttons", key, ("id", "text"), doors)
    if found:
        if found.message["door"] == "official":
            return None
        _tap_button(world, person, found)
        return {"n": n}
    link = screen.find(world, person, "links", key, ("url", "text"), doors)
    if link is None:
        return None
    if done := scan(world, person, link.item["url"]):
        return done
    at_home = link.message["door"] == "official" and person.following
    return None if at_home else {"n": n, "open": link.item["url"]}


def _doors(door: object) -> tuple[str, ...]:
    return (door,) if isinstance(door, str) and door else ()


def _tap_button(world: World, person: Person, found: screen.Found) -> None:
    if found.message["door"] == "app":
        app.tap(world, person, found)
        return
    if found.message["door"] == "group":
        aibot.tap(world, person, found)
        return
    words = found.item["text"]
    content = {"msgtype": "text", "text": {"content": words, "menu_id": found.item["id"]}}
    account = accounts.named(world, found.message["from"])
    talk.say(world, person, content, {"type": "text", "text": words}, account)


def scan(world: World, person: Person, content: str) -> Done | None:
    """Scans what a QR code of the corp contains, and says in which `chat` one is then; None when it
    is none of the corp's."""
    n = screen.last_number(world, person.name)
    if entry := links.read(world, content):
        talk.enter(world, person, entry)
        return {"n": n, "chat": "wecom"}
    way = ways.read(world, content)
    if way is None:
        return None
    if way["kind"] == ways.JOIN:
        chat = f"group:{join_ways.scanned(world, person, way).name}"
    else:
        chat = f"contact:{_add(world, person, json.loads(way['body'])).name}"
    return {"n": n, "chat": chat}


def _add(world: World, person: Person, way: dict[str, Any]) -> Person:
    """Adds a colleague of the contact way: one they know already, or any; says whom."""
    staff = [
        found for userid in way.get("user") or [] if (found := people.by_userid(world, userid))
    ]
    if not staff:
        raise Refused("这个二维码没有可以添加的员工")
    mine = [one for one in staff if contacts.find(world, one.userid, person.external_userid)]
    chosen = random.choice(mine or staff)
    contacts.add(world, person, chosen, way.get("state", ""), contacts.BY_CODE)
    return chosen
