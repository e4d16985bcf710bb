"""message/send: what the app says to members, and how much a member gets before it is dropped."""

import secrets
from collections.abc import Callable
from typing import Any

from sandbox import people, screen
from sandbox.official.call import OK, Call, object_of, text_of
from sandbox.people import Person
from sandbox.store import together
from sandbox.wecom import app_cards, cards, contents, counts
from sandbox.wecom.contents import Body, Content
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of
from sandbox.world import World

MOST_RECEIVERS = 1_000
MEMBER_GETS = ((30, 60), (1_000, 3_600))
"""Messages and seconds; what comes on top is dropped without a word."""


def _card(world: World, content: Content) -> Body:
    app_cards.check_new(world, content)
    return cards.shown(content)


KINDS: dict[str, Callable[[World, Content], Body]] = {
    "text": contents.text,
    "image": contents.image,
    "voice": contents.voice,
    "video": contents.video,
    "file": contents.file,
    "markdown": lambda _world, content: contents.markdown(content, 2_048),
    "news": lambda _world, content: contents.news(content),
    "textcard": lambda _world, content: contents.text_card(content),
    "template_card": _card,
}


def send(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    if body.get("agentid") != corp_of(world).agentid:
        raise ApiError(40056)
    kind = text_of(body, "msgtype")
    if kind not in KINDS:
        raise ApiError(40008)
    receivers, invalid = _receivers(world, text_of(body, "touser"))
    shown = KINDS[kind](world, object_of(body, kind))
    with together(world.db):
        for person in receivers:
            _show(world, person, shown)
    answer = {**OK, "invaliduser": "|".join(invalid), "msgid": secrets.token_urlsafe(24)}
    if "task" in shown:
        answer["response_code"] = app_cards.clicked(world, shown["task"])
    return answer


def _receivers(world: World, touser: str) -> tuple[list[Person], list[str]]:
    """Members and the userids nobody has. ApiError 81013 when nobody remains."""
    if touser == "@all":
        return people.members(world), []
    userids = [userid for userid in touser.split("|") if userid]
    if len(userids) > MOST_RECEIVERS:
        raise ApiError(40058, f"touser: at most {MOST_RECEIVERS}")
    known = {userid: people.by_userid(world, userid) for userid in userids}
    found = [person for person in known.values() if person]
    if not found:
        raise ApiError(81013)
    return found, [userid for userid, person in known.items() if person is None]


def _show(world: World, person: Person, shown: Body) -> None:
    key = f"app {person.userid}"
    if any(counts.within(world, key, seconds) >= most for most, seconds in MEMBER_GETS):
        return
    counts.add(world, key)
    n = screen.told(world, person, world.account.name, {"door": "app", **shown})
    if "task" in shown:
        app_cards.stands(world, shown["task"], person, n)
