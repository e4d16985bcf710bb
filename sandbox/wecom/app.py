"""The corp's own app: what members do in it."""

from sandbox import screen
from sandbox.envelope import Fields
from sandbox.official import menu
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.wecom import app_cards, events
from sandbox.world import World

MENU = "wecom menu"


def member(person: Person) -> Person:
    """Refused for whom the corp does not employ."""
    if not person.userid:
        raise Refused(f"{person.name} 不是企业成员，进不了企业微信应用")
    return person


def say(world: World, person: Person, kind: str, fields: Fields, shown: dict[str, str]) -> None:
    """A member sends the app a message of that MsgType."""
    with together(world.db):
        own = screen.sent(world, member(person), {"door": "app", **shown})
        events.app_message(world, person, kind, fields, own)


def tap(world: World, person: Person, found: screen.Found) -> None:
    """A member taps a button of a card."""
    message = found.message
    if "task" not in message:
        raise Refused("这张卡片点不了")
    code = app_cards.clicked(world, message["task"])
    fields = [
        ("EventKey", found.item["id"]),
        ("TaskId", message["task"]),
        ("CardType", message["card"]),
        ("ResponseCode", code),
    ]
    events.app_event(world, person, "template_card_event", fields)


def tap_menu(world: World, person: Person, key: str) -> str | None:
    """A member taps the app's menu: the address it opens, or "" for an event; None without it."""
    button = menu.find(world, key, "key", kept=MENU) or menu.find(world, key, "name", kept=MENU)
    if button is None:
        return None
    if button["type"] == "view":
        events.app_event(world, member(person), "view", [("EventKey", button["url"])])
        return str(button["url"])
    if button["type"] != "click":
        raise Refused(f"这部手机不会点 {button['type']} 类型的菜单")
    events.app_event(world, member(person), "click", [("EventKey", button["key"])])
    return ""
