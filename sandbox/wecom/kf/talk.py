"""What people and colleagues do in a customer-service session."""

from typing import Any

from sandbox import screen
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.wecom import codes
from sandbox.wecom.kf import accounts, messages, sessions
from sandbox.wecom.kf.links import Entry
from sandbox.world import World

WELCOME_LIFE_S = 20
FROM_POOL, TRANSFER, END = 1, 2, 3
Body = dict[str, Any]


def enter(world: World, person: Person, entry: Entry) -> None:
    """Opens the session. The event carries a welcome_code unless there was a welcome, or a message
    of the person, within 48 hours."""
    row = sessions.find(world, entry.open_kfid, person.external_userid)
    fields = {"scene": entry.scene, "scene_param": entry.scene_param}
    lately = world.now() - sessions.WINDOW_S
    with together(world.db):
        sessions.entered(world, entry.open_kfid, person.external_userid)
        if row is None or max(row["welcomed_at"], row["spoke_at"]) <= lately:
            fields["welcome_code"] = codes.new(
                world, "kf", entry.open_kfid, person.external_userid, WELCOME_LIFE_S
            )
        messages.put_event(world, person, entry.open_kfid, "enter_session", fields)


def where(world: World, person: Person) -> str:
    """The account the person entered last, or the corp's first."""
    row = sessions.latest(world, person)
    return str(row["open_kfid"]) if row else accounts.first(world)


def say(world: World, person: Person, content: Body, shown: Body, open_kfid: str = "") -> None:
    """The person sends a message of that msgtype; without a session of late they enter one."""
    open_kfid = open_kfid or where(world, person)
    row = sessions.find(world, open_kfid, person.external_userid)
    with together(world.db):
        if row is None or max(row["entered_at"], row["spoke_at"]) < _lately(world):
            enter(world, person, Entry(open_kfid))
        own = screen.sent(world, person, {"door": "wecom", **shown})
        sessions.spoke(world, open_kfid, person.external_userid)
        messages.put(world, person, open_kfid, messages.CUSTOMER, content, own)


def _lately(world: World) -> float:
    return world.now() - sessions.WINDOW_S


def answer(world: World, person: Person, staff: Person, text: str) -> None:
    """A colleague answers by hand; a session nobody has becomes theirs."""
    open_kfid = where(world, person)
    row = sessions.find(world, open_kfid, person.external_userid)
    state = sessions.state_of(world, row)
    if state == sessions.ENDED:
        raise Refused(f"{person.name} 没有进行中的会话")
    with together(world.db):
        if row is None or state != sessions.HUMAN or row["servicer"] != staff.userid:
            take(world, person, staff)
        content = {"servicer_userid": staff.userid, "msgtype": "text", "text": {"content": text}}
        messages.put(world, person, open_kfid, messages.STAFF, content)
        screen.told(world, person, staff.name, {"door": "wecom", "type": "text", "text": text})


def take(world: World, person: Person, staff: Person) -> None:
    """A colleague takes the session over."""
    row = sessions.find(world, where(world, person), person.external_userid)
    kind = TRANSFER if row and row["servicer"] else FROM_POOL
    _changed(world, person, kind, sessions.HUMAN, str(staff.userid))


def end(world: World, person: Person) -> None:
    """A colleague ends the session."""
    _changed(world, person, END, sessions.ENDED, "")


def _changed(world: World, person: Person, kind: int, state: int, servicer: str) -> None:
    open_kfid = where(world, person)
    row = sessions.find(world, open_kfid, person.external_userid)
    if row is None or sessions.state_of(world, row) == sessions.ENDED:
        raise Refused(f"{person.name} 没有进行中的会话")
    with together(world.db):
        code = sessions.move(world, open_kfid, person.external_userid, state, servicer)
        fields = {
            "change_type": kind,
            "old_servicer_userid": row["servicer"],
            "new_servicer_userid": servicer,
            "msg_code": code,
        }
        messages.put_event(world, person, open_kfid, "session_status_change", fields)
