"""Messages and events of people who talk to the official account."""

from typing import Any

from sandbox import callbacks, envelope
from sandbox.envelope import Fields
from sandbox.people import Person
from sandbox.store import next_number
from sandbox.world import World

FIRST_MESSAGE_ID = 24_000_000_000_000_001


def message(world: World, person: Person, kind: str, fields: Fields, n: int) -> None:
    """Queues a message of the person, with a new 64-bit MsgId."""
    number = next_number(world.db, "message_id", FIRST_MESSAGE_ID)
    _queue(world, person, [("MsgType", kind), *fields, ("MsgId", number)], n, True)


def event(
    world: World, person: Person, name: str, fields: Fields = (), answerable: bool = True
) -> None:
    """Queues an event; the answer to one that is not `answerable` is never shown."""
    _queue(world, person, [("MsgType", "event"), ("Event", name), *fields], None, answerable)


def _queue(
    world: World, person: Person, fields: list[tuple[str, Any]], n: int | None, answerable: bool
) -> None:
    head = [
        ("ToUserName", world.account.original_id),
        ("FromUserName", person.openid),
        ("CreateTime", int(world.now())),
    ]
    plain = envelope.write(head + fields)
    callbacks.queue(world, "official", person.name, plain, n, answerable)
