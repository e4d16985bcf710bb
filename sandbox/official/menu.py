"""The custom menu and its limits in bytes."""

from typing import Any

from sandbox.official.call import OK, Call, list_of, text_of
from sandbox.official.errors import ApiError
from sandbox.store import recall, remember
from sandbox.world import World

Button = dict[str, Any]

MOST_BUTTONS, MOST_SUB_BUTTONS = 3, 5
LONGEST_KEY, LONGEST_URL = 128, 1_024
LONGEST_NAME = (16, 60)
WITH_KEY = (
    *("click", "scancode_push", "scancode_waitmsg", "location_select"),
    *("pic_sysphoto", "pic_photo_or_album", "pic_weixin"),
)
WITH_ID = {"media_id": "media_id", "article_id": "article_id", "article_view_limited": "article_id"}

# The code of each refusal, for the first level and for the second.
TYPE, NAME, KEY, URL, DOMAIN = (
    (40017, 40024),
    (40018, 40025),
    (40019, 40026),
    (40020, 40027),
    (40055, 40054),
)


KEPT = "menu"
"""What the official account's menu is remembered under."""


def create(call: Call) -> dict[str, Any]:
    return keep(call, KEPT)


def keep(call: Call, kept: str) -> dict[str, Any]:
    """Checks the menu and remembers it under that name."""
    buttons = list_of(call.body, "button")
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        raise ApiError(40016)
    for button in buttons:
        _check(button, 0)
    remember(call.world.db, kept, {"button": buttons})
    return OK


def _check(button: Button, level: int) -> None:
    _check_size(button, "name", LONGEST_NAME[level], NAME[level])
    if button.get("sub_button"):
        if level:
            raise ApiError(40022)
        subs = list_of(button, "sub_button")
        if not 1 <= len(subs) <= MOST_SUB_BUTTONS:
            raise ApiError(40023)
        for sub in subs:
            _check(sub, 1)
        return
    _check_action(button, level)


def _check_action(button: Button, level: int) -> None:
    kind = button.get("type")
    if kind in WITH_KEY:
        _check_size(button, "key", LONGEST_KEY, KEY[level])
    elif kind in ("view", "miniprogram"):
        _check_size(button, "url", LONGEST_URL, URL[level])
        if not button["url"].startswith(("http://", "https://")):
            raise ApiError(DOMAIN[level])
        if kind == "miniprogram" and not (text_of(button, "appid") and text_of(button, "pagepath")):
            raise ApiError(40035, "miniprogram needs appid and pagepath")
    elif kind not in WITH_ID:
        raise ApiError(TYPE[level])
    elif not text_of(button, WITH_ID[kind]):
        raise ApiError(40007)


def _check_size(button: Button, key: str, most: int, code: int) -> None:
    if not 1 <= len(text_of(button, key).encode()) <= most:
        raise ApiError(code, f"{key}: 1 to {most} bytes")


def get(call: Call) -> dict[str, Any]:
    menu = recall(call.world.db, KEPT)
    if menu is None:
        raise ApiError(46003)
    return {"menu": menu}


def delete(call: Call) -> dict[str, Any]:
    return forget(call, KEPT)


def forget(call: Call, kept: str) -> dict[str, Any]:
    remember(call.world.db, kept, None)
    return OK


def current(world: World, kept: str = KEPT) -> dict[str, Any]:
    """The menu phones show: {"button": [...]}, empty without one."""
    menu: dict[str, Any] = recall(world.db, kept) or {"button": []}
    return menu


def find(world: World, wanted: str, *fields: str, kept: str = KEPT) -> Button | None:
    """The button that says so in the first of these fields any button says it in."""
    buttons = [
        leaf for top in current(world, kept)["button"] for leaf in (top.get("sub_button") or [top])
    ]
    matches = (button for key in fields for button in buttons if button.get(key) == wanted)
    return next(matches, None)
