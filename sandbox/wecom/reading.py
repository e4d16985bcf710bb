"""Reading the levers of the corp: the world they may pull at, and who is meant."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from sandbox import people
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.world import World


def opened(request: Request) -> World:
    """The world. HTTPException 404 while it has no corp."""
    world: World = request.app.state.world
    if world.corp is None:
        raise HTTPException(404, "企业微信没有开")
    return world


def named(world: World, name: object) -> Person:
    """The person of that name. HTTPException 404 for nobody."""
    person = people.by_name(world, name) if isinstance(name, str) else None
    if person is None:
        raise HTTPException(404, f"没有叫「{name}」的人")
    return person


def staff_of(world: World, name: object) -> Person:
    """The colleague of that name, or the corp's first. Refused without one."""
    if isinstance(name, str) and name:
        found = people.by_name(world, name)
        if found is None or not found.userid:
            raise Refused(f"「{name}」不是企业成员")
        return found
    everyone = people.members(world)
    if not everyone:
        raise Refused("企业里还没有成员：先建一个 corp_member")
    return everyone[0]


def words_of(body: dict[str, Any], key: str) -> str:
    """The text under the key. Refused without one."""
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"缺少 {key}")
    return value
