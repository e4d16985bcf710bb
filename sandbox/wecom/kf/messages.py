"""What waits at an account for being pulled: messages and events, for three days."""

import json
import secrets
from typing import Any

from sandbox.people import Person
from sandbox.wecom import events
from sandbox.world import World

CUSTOMER, SYSTEM, STAFF = 3, 4, 5
KEPT_S = 3 * 86_400


def put(
    world: World,
    person: Person,
    open_kfid: str,
    origin: int,
    content: dict[str, Any],
    n: int | None = None,
) -> str:
    """Stores one and tells the application that there is news. Returns its msgid."""
    msgid, now = secrets.token_urlsafe(24), world.now()
    item = {
        "msgid": msgid,
        "open_kfid": open_kfid,
        "external_userid": person.external_userid,
        "send_time": int(now),
        "origin": origin,
        **content,
    }
    if content["msgtype"] == "event":
        del item["open_kfid"], item["external_userid"]
    world.db.execute(
        "INSERT INTO kf_messages (open_kfid, external_userid, at, body) VALUES (?, ?, ?, ?)",
        (open_kfid, person.external_userid, now, json.dumps(item, ensure_ascii=False)),
    )
    events.kf_news(world, person.name, open_kfid, n)
    return msgid


def put_event(
    world: World, person: Person, open_kfid: str, kind: str, fields: dict[str, Any]
) -> None:
    event = {
        "event_type": kind,
        "open_kfid": open_kfid,
        "external_userid": person.external_userid,
        **fields,
    }
    put(world, person, open_kfid, SYSTEM, {"msgtype": "event", "event": event})
