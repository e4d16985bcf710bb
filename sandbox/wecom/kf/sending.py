"""What the application says to a customer: within the window, or once to an event."""

import re
import secrets
from typing import Any

from sandbox import faults, screen
from sandbox.official.call import OK, Call, object_of, text_of
from sandbox.people import Person
from sandbox.store import together
from sandbox.wecom import codes
from sandbox.wecom.errors import ApiError
from sandbox.wecom.kf import accounts, messages, sessions
from sandbox.wecom.kf.contents import KINDS
from sandbox.world import World

PATH = "/cgi-bin/kf/send_msg"
MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")
TO_EVENTS = ("text", "msgmenu")


def send_msg(call: Call) -> dict[str, Any]:
    world, row = call.world, accounts.find(call.world, call.body.get("open_kfid"))
    person = sessions.customer_of(world, call.body.get("touser"))
    body, msgid = _content(call, tuple(KINDS)), _msgid(call)
    with together(world.db):
        sessions.spend(world, row["open_kfid"], person.external_userid)
        _note(world, msgid, row["open_kfid"], person)
        if failed := faults.for_this(world, PATH, "fail"):
            fail(world, person, row["open_kfid"], msgid, failed.reason)
        else:
            _show(world, person, row["name"], body)
    return {**OK, "msgid": msgid}


def send_msg_on_event(call: Call) -> dict[str, Any]:
    world = call.world
    code = codes.find(world, "kf", call.body.get("code"), 40058, 40058)
    row = accounts.find(world, code["owner"])
    person = sessions.customer_of(world, code["external_userid"])
    body, msgid = _content(call, TO_EVENTS), _msgid(call)
    with together(world.db):
        codes.spend(world, code)
        _note(world, msgid, row["open_kfid"], person)
        world.db.execute(
            "UPDATE kf_sessions SET welcomed_at = ? WHERE open_kfid = ? AND external_userid = ?",
            (world.now(), row["open_kfid"], person.external_userid),
        )
        _show(world, person, row["name"], body)
    return {**OK, "msgid": msgid}


def _content(call: Call, kinds: tuple[str, ...]) -> dict[str, Any]:
    kind = text_of(call.body, "msgtype")
    if kind not in kinds:
        raise ApiError(40008)
    return KINDS[kind](call.world, object_of(call.body, kind))


def _msgid(call: Call) -> str:
    """The caller's own msgid, never one used before, or a new one."""
    wanted = call.body.get("msgid")
    if wanted in (None, ""):
        return secrets.token_urlsafe(18)
    if not isinstance(wanted, str) or not MSGID.fullmatch(wanted):
        raise ApiError(40058, "msgid: up to 32 of 0-9a-zA-Z_-")
    if call.world.db.execute("SELECT 1 FROM kf_sent WHERE msgid = ?", (wanted,)).fetchone():
        raise ApiError(40058, "msgid used before")
    return wanted


def _note(world: World, msgid: str, open_kfid: str, person: Person) -> None:
    world.db.execute(
        "INSERT INTO kf_sent VALUES (?, ?, ?, ?)",
        (msgid, open_kfid, person.external_userid, world.now()),
    )


def _show(world: World, person: Person, sender: str, body: dict[str, Any]) -> None:
    screen.told(world, person, sender, {"door": "wecom", **body})


def fail(world: World, person: Person, open_kfid: str, msgid: str, reason: str) -> None:
    """Tells that a message which was accepted never arrived; the reason is its fail_type."""
    number = int(reason) if reason.isdecimal() else 0
    fields = {"fail_msgid": msgid, "fail_type": number}
    messages.put_event(world, person, open_kfid, "msg_send_fail", fields)
