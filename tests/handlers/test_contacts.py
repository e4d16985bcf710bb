"""企业微信新朋友, and joining through customer service by a card."""

from bot.dispatch import dispatch
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Ask, Text
from commerce.groups import rooms, ways
from commerce.groups.rooms import Kind as RoomKind
from commerce.people import contacts, identities
from commerce.work import Office
from tests.people import Person

ASKS = "谁邀请了你？到公众号「千星计划」发「邀请码」和他的码，就记下了。"
"""Where it is heard: nobody reads along in a contact's chat."""


def at_service(person: Person, kind: Kind, text: str, scene: str = "") -> str:
    """What is said to somebody at customer service."""
    id = f"wm-{person.name}-{next(person.ids)}"
    now, sender = person.office.clock(), f"wm-{person.name}"
    door = Channel.CUSTOMER_SERVICE
    message = Message(door, id, sender, kind, text, now, scene=scene, account="wk1")
    with person.office.work() as work:
        reply, _ = dispatch(work, message, person.bot, waits=lambda: True)
    return reply.text if isinstance(reply, Text | Ask) else ""


def adds(person: Person, scene: str = "") -> str:
    return at_service(person, Kind.HAPPENING, Happening.ADDED, scene)


def says(person: Person, text: str) -> str:
    return at_service(person, Kind.TEXT, text)


def group(office: Office) -> None:
    with office.work() as work:
        room = rooms.known(work, RoomKind.EXTERNAL, "wr1", "千星福利群", "li")
        way = ways.Given("c1", "https://wework.qpic.cn/x", room_id=room.id)
        ways.made(work, ways.To.GROUP, ways.WELCOME, way)


def test_a_new_contact_hears_who_recommended_and_what_there_is(amy: Person, dan: Person) -> None:
    group(amy.office)

    assert adds(dan, amy.card).startswith(
        "广告\n"
        "你好，我是千星小助手，amy推荐你来的。\n"
        "看直播时间、查订单、办售后，都可以问我。\n"
        "新朋友礼：进群领 5 元券，满 29.00 元可用，7 天有效，每人 1 张。\n"
        "[[领券|https://star.example/pages/coupon?t="
    )
    assert adds(dan, amy.card).endswith("]]\n进群扫下图。\n群里每天最多 2 条，随时可退。")


def test_without_a_group_nobody_is_sent_to_one(amy: Person, dan: Person) -> None:
    assert "群" not in adds(dan, amy.card)


def test_who_comes_by_nobodys_code_is_asked_who_invited(dan: Person) -> None:
    for scene in ("", "inv_NOBODY", "foreign"):
        assert adds(dan, scene).endswith(ASKS)


def test_deleted_and_added_again_the_first_inviter_stays(
    amy: Person, bo: Person, dan: Person
) -> None:
    adds(dan, amy.card)
    at_service(dan, Kind.HAPPENING, Happening.LEFT)

    assert "amy推荐你来的" in adds(dan, bo.card)


def test_a_coupon_is_given_once_and_to_contacts_only(dan: Person) -> None:
    assert "你现在没有券" in says(dan, "领券")
    adds(dan)
    assert says(dan, "领券").startswith("领到了：新人券 5.00 元，满 29.00 元可用，")
    assert "领到了" not in says(dan, "领券")
    assert "领券" not in adds(dan)


def test_who_left_is_counted_as_lost(dan: Person) -> None:
    adds(dan)
    at_service(dan, Kind.HAPPENING, Happening.LEFT)

    with dan.office.work() as work:
        counted = contacts.counted(work)
    assert (counted.now, counted.lost_lately) == (0, 1)


def test_joining_through_customer_service_by_a_card(amy: Person, dan: Person) -> None:
    greeting = at_service(dan, Kind.HAPPENING, Happening.FOLLOWED, amy.card)
    assert "是amy邀请你来的" in greeting
    says(dan, "加入")

    assert "邀请人：amy，已确定。" in says(dan, "丹丹")
    with dan.office.work() as work:
        door, _ = identities.recognise(work, Channel.CUSTOMER_SERVICE, "wm-dan")
        assert door.account == "wk1"


def test_only_the_state_of_a_code_says_by_whom_somebody_came_into_a_group(
    amy: Person, dan: Person
) -> None:
    card = amy.card
    with amy.office.work() as work:
        door, _ = identities.recognise(work, Channel.CUSTOMER_SERVICE, "wm-dan")
        for state in ("welcome", "inv_NOBODY", ""):
            assert not ways.came(work, door, state)
        assert ways.came(work, door, card)
        assert not ways.came(work, door, card)

    assert "amy推荐你来的" in adds(dan)
