"""Levers on groups under /sandbox/v1/groups."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import people
from sandbox.people import Person
from sandbox.reading import json_body
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.wecom import group_changes, groups
from sandbox.wecom.group_rules import set_rules
from sandbox.wecom.groups import Group
from sandbox.wecom.reading import named, opened, staff_of, words_of
from sandbox.world import World

KINDS = (groups.INTERNAL, groups.EXTERNAL)
LONGEST_NAME = 50


def group_of(world: World, name: object) -> Group:
    """HTTPException 404 when there is no group of that name."""
    group = groups.by_name(world, name)
    if group is None:
        raise HTTPException(404, f"没有叫「{name}」的群")
    return group


async def list_groups(request: Request) -> Response:
    world = opened(request)
    found = [group_changes.describe(world, group) for group in groups.every(world)]
    return JSONResponse({"groups": found})


async def make(request: Request) -> Response:
    """{"name", "kind", "members", "owner"?, "auto_reply"?, "default_reply"?, "welcome"?}: makes
    the group, or brings these people into it; an unknown name in an internal one is a member of
    the corp, in an external one somebody from outside."""
    world, body = opened(request), await json_body(request)
    name, kind = words_of(body, "name"), body.get("kind")
    if kind not in KINDS or len(name) > LONGEST_NAME:
        raise Refused(f"kind 要是 {'、'.join(KINDS)}，名字最多 {LONGEST_NAME} 个字")
    with together(world.db):
        group, invited = groups.by_name(world, name), _invited(world, body, kind)
        if group and group.kind != kind:
            raise Refused(f"「{name}」是另一种群")
        if group:
            group_changes.join(world, group, invited)
        else:
            owner = _owner(world, body, invited)
            group = group_changes.create(world, name, kind, owner, invited)
        set_rules(world, group, body)
    return JSONResponse(group_changes.describe(world, group))


def _invited(world: World, body: dict[str, Any], kind: str) -> list[Person]:
    wanted = body.get("members", [])
    if not isinstance(wanted, list):
        raise Refused("members 要是名字的列表")
    names = [people.check_name(name) for name in wanted]
    inside = kind == groups.INTERNAL
    return [people.by_name(world, name) or people.create(world, name, inside) for name in names]


def _owner(world: World, body: dict[str, Any], invited: list[Person]) -> Person:
    if body.get("owner"):
        return staff_of(world, body["owner"])
    return next((person for person in invited if person.userid), None) or staff_of(world, None)


async def join(request: Request) -> Response:
    """{"person"}: somebody invites them."""
    world, body = opened(request), await json_body(request)
    group = group_of(world, request.path_params["name"])
    group_changes.join(world, group, [named(world, words_of(body, "person"))])
    return JSONResponse(group_changes.describe(world, group))


async def leave(request: Request) -> Response:
    """{"person", "removed"?}: they leave, or are removed."""
    world, body = opened(request), await json_body(request)
    group = group_of(world, request.path_params["name"])
    person = named(world, words_of(body, "person"))
    group_changes.leave(world, group, person, body.get("removed") is True)
    return JSONResponse(group_changes.describe(world, group))


async def rename(request: Request) -> Response:
    world, body = opened(request), await json_body(request)
    group, name = group_of(world, request.path_params["name"]), words_of(body, "name")
    group_changes.rename(world, group, name)
    return JSONResponse(group_changes.describe(world, group_of(world, name)))


async def dismiss(request: Request) -> Response:
    world = opened(request)
    group_changes.dismiss(world, group_of(world, request.path_params["name"]))
    return JSONResponse({})


ROUTES = [
    Route("/groups", list_groups, methods=["GET"]),
    Route("/groups", make, methods=["POST"]),
    Route("/groups/{name}/join", join, methods=["POST"]),
    Route("/groups/{name}/leave", leave, methods=["POST"]),
    Route("/groups/{name}/rename", rename, methods=["POST"]),
    Route("/groups/{name}", dismiss, methods=["DELETE"]),
]
