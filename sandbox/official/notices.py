"""Template messages, and one-time subscription messages with the grants people give for them."""

from typing import Any

from sandbox import screen
from sandbox.official import callbacks
from sandbox.official.call import OK, Call, follower_of, object_of, person_of, text_of
from sandbox.official.errors import ApiError
from sandbox.people import Person
from sandbox.store import next_number, recall, remember
from sandbox.world import World

FIRST_ID = 200_228_332
SAME_WITHIN_S = 600


def _body(body: dict[str, Any]) -> dict[str, Any]:
    """What the phone shows. ApiError 40037 without a template, 47003 with unusable data."""
    template, data = text_of(body, "template_id"), object_of(body, "data")
    if not template:
        raise ApiError(40037)
    rows = []
    for key, item in data.items():
        if not isinstance(item, dict) or not isinstance(item.get("value"), str | int | float):
            raise ApiError(47003, f"data.{key}.value")
        rows.append(str(item["value"]))
    if not rows:
        raise ApiError(47003, "data is empty")
    shown: dict[str, Any] = {"type": "template", "text": "\n".join(rows)}
    if url := text_of(body, "url") or text_of(body, "page"):
        shown["links"] = [{"text": "详情", "url": url}]
    return shown


def send_template(call: Call) -> dict[str, Any]:
    world, mark = call.world, text_of(call.body, "client_msg_id")
    person = follower_of(world, call.body.get("touser"))
    shown = _body(call.body)
    known = recall(world.db, f"client_msg_id {mark}") if mark else None
    if known and known["at"] > world.now() - SAME_WITHIN_S:
        return {**OK, "msgid": known["msgid"]}
    number = next_number(world.db, "template", FIRST_ID)
    if mark:
        remember(world.db, f"client_msg_id {mark}", {"at": world.now(), "msgid": number})
    screen.received(world, person, shown)
    fields = [("MsgID", number), ("Status", "success")]
    callbacks.event(world, person, "TEMPLATESENDJOBFINISH", fields, answerable=False)
    return {**OK, "msgid": number}


def send_subscription(call: Call) -> dict[str, Any]:
    world = call.world
    person = person_of(world, call.body.get("touser"))
    shown = _body(call.body)
    template = call.body["template_id"]
    used = world.db.execute(
        "UPDATE grants SET count = count - 1 WHERE openid = ? AND template = ? AND count > 0",
        (person.openid, template),
    )
    if not used.rowcount:
        raise ApiError(43101)
    screen.received(world, person, shown)
    number = next_number(world.db, "template", FIRST_ID)
    sent = [
        ("TemplateId", template),
        ("MsgID", str(number)),
        ("ErrorCode", "0"),
        ("ErrorStatus", "success"),
    ]
    fields = [("SubscribeMsgSentEvent", [("List", sent)])]
    callbacks.event(world, person, "subscribe_msg_sent_event", fields, answerable=False)
    return OK


def answer_popup(world: World, person: Person, template: str, accept: bool) -> None:
    """The person answers the subscription popup; each accept is good for one message."""
    if accept:
        world.db.execute(
            "INSERT INTO grants VALUES (?, ?, 1)"
            " ON CONFLICT (openid, template) DO UPDATE SET count = count + 1",
            (person.openid, template),
        )
    entry = [
        ("TemplateId", template),
        ("SubscribeStatusString", "accept" if accept else "reject"),
        ("PopupScene", "2"),
    ]
    fields = [("SubscribeMsgPopupEvent", [("List", entry)])]
    callbacks.event(world, person, "subscribe_msg_popup_event", fields)
