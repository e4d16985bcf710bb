"""What WeCom tells the application: members' messages, changes of customers, news for pulling."""

import secrets

from sandbox import callbacks, envelope
from sandbox.envelope import Fields
from sandbox.people import Person
from sandbox.store import next_number
from sandbox.wecom.home import corp_of
from sandbox.world import World

FIRST_MESSAGE_ID = 7_000_000_000_000_001
KF_TOKEN_LIFE_S = 600


def app_message(world: World, person: Person, kind: str, fields: Fields, n: int) -> None:
    """A member's message to the app, with a new 64-bit MsgId."""
    number = next_number(world.db, "wecom_message_id", FIRST_MESSAGE_ID)
    _app(world, person, [("MsgType", kind), *fields, ("MsgId", number)], n)


def app_event(world: World, person: Person, name: str, fields: Fields = ()) -> None:
    _app(world, person, [("MsgType", "event"), ("Event", name), *fields], None)


def _app(world: World, person: Person, fields: Fields, n: int | None) -> None:
    corp = corp_of(world)
    head = [
        ("ToUserName", corp.corpid),
        ("FromUserName", person.userid or ""),
        ("CreateTime", int(world.now())),
    ]
    plain = envelope.write([*head, *fields, ("AgentID", corp.agentid)])
    callbacks.queue(world, "app", person.name, plain, n, answerable=True)


def change(world: World, lane: str, event: str, kind: str, fields: Fields) -> None:
    """A `change_…` event of that ChangeType, told to the app."""
    head = [
        ("ToUserName", corp_of(world).corpid),
        ("FromUserName", "sys"),
        ("CreateTime", int(world.now())),
        ("MsgType", "event"),
        ("Event", event),
    ]
    plain = envelope.write([*head, ("ChangeType", kind), *fields])
    callbacks.queue(world, "app", lane, plain)


def kf_news(world: World, lane: str, open_kfid: str, n: int | None = None) -> None:
    """Something waits at the customer-service account; the token for pulling it lives 10 min."""
    token, now, kind = f"ENC{secrets.token_urlsafe(30)}", world.now(), kf_token_kind(open_kfid)
    world.db.execute("DELETE FROM tokens WHERE kind = ? AND valid_until < ?", (kind, now))
    world.db.execute(
        "INSERT INTO tokens VALUES (?, ?, ?)",
        (token, kind, now + KF_TOKEN_LIFE_S),
    )
    fields = [
        ("ToUserName", corp_of(world).corpid),
        ("CreateTime", int(now)),
        ("MsgType", "event"),
        ("Event", "kf_msg_or_event"),
        ("Token", token),
        ("OpenKfId", open_kfid),
    ]
    callbacks.queue(world, "kf", lane, envelope.write(fields), n)


def kf_token_kind(open_kfid: str) -> str:
    return f"kf {open_kfid}"
