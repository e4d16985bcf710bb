"""appchat: internal groups the app makes and posts into, and hears nothing from."""

import re
import secrets
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, object_of, text_of
from sandbox.store import together
from sandbox.wecom import groups
from sandbox.wecom.app_sending import KINDS
from sandbox.wecom.errors import ApiError

CHAT_ID = re.compile(r"[0-9A-Za-z]{1,32}")
MOST = 2_000
LONGEST_NAME = 50
REFUSED = ("template_card",)


def create(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    name, wanted = text_of(body, "name") or "群聊", body.get("userlist")
    chat_id = text_of(body, "chatid") or secrets.token_hex(16)
    if not isinstance(wanted, list) or not 2 <= len(wanted) <= MOST or len(name) > LONGEST_NAME:
        raise ApiError(40058, f"userlist: 2 to {MOST}; name: up to {LONGEST_NAME}")
    if not CHAT_ID.fullmatch(chat_id):
        raise ApiError(86003, "chatid: up to 32 of 0-9a-zA-Z")
    if groups.by_id(world, chat_id) or groups.by_name(world, name):
        raise ApiError(86008)
    found = [people.by_userid(world, userid) for userid in wanted]
    members = [person for person in found if person]
    owner = people.by_userid(world, body.get("owner")) or (members[0] if members else None)
    if owner is None or len(members) < len(wanted):
        raise ApiError(60111)
    with together(world.db):
        group = groups.make(world, name, groups.INTERNAL, owner, chat_id)
        for person in members:
            groups.join(world, group, person, 0)
    return {**OK, "chatid": chat_id}


def send(call: Call) -> dict[str, Any]:
    world, kind = call.world, text_of(call.body, "msgtype")
    group = groups.by_id(world, call.body.get("chatid"))
    if group is None or not group.of_app:
        raise ApiError(86003)
    if kind not in KINDS or kind in REFUSED:
        raise ApiError(40008)
    groups.post(world, group, world.account.name, KINDS[kind](world, object_of(call.body, kind)))
    return OK
