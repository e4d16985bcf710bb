"""send_welcome_msg: the first words to a new customer, once and within 20 seconds."""

from typing import Any

from sandbox import people, screen
from sandbox.official.call import OK, Call
from sandbox.store import together
from sandbox.wecom import attachments, codes, contacts


def send(call: Call) -> dict[str, Any]:
    world = call.world
    code = codes.find(world, "welcome", call.body.get("welcome_code"), 40058, 41051)
    bodies = attachments.read(world, call.body)
    person = people.by_external_userid(world, code["external_userid"])
    staff = people.by_userid(world, code["owner"])
    with together(world.db):
        codes.spend(world, code)
        for body in bodies:
            if person and staff:
                screen.told(world, person, staff.name, {**contacts.where(staff), **body})
    return OK
