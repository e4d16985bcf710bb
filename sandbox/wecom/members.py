"""What the corp knows about who works there."""

from typing import Any

from sandbox import people
from sandbox.official import menu as official_menu
from sandbox.official.call import OK, Call
from sandbox.wecom.app import MENU
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of


def get(call: Call) -> dict[str, Any]:
    person = people.by_userid(call.world, call.query.get("userid"))
    if person is None:
        raise ApiError(60111)
    known = {"userid": person.userid, "name": person.name, "department": [1], "status": 1}
    return {**OK, **known}


def create_menu(call: Call) -> dict[str, Any]:
    _check_agent(call)
    return official_menu.keep(call, MENU)


def get_menu(call: Call) -> dict[str, Any]:
    _check_agent(call)
    return {**OK, **official_menu.current(call.world, MENU)}


def delete_menu(call: Call) -> dict[str, Any]:
    _check_agent(call)
    return official_menu.forget(call, MENU)


def _check_agent(call: Call) -> None:
    if call.query.get("agentid") != str(corp_of(call.world).agentid):
        raise ApiError(40056)
