"""Ways into customer groups: the one new contacts are shown, and who came by which."""

from datetime import timedelta
from functools import partial

from bot.channels.customer_contact import GroupChange
from bot.message import Channel
from bot.platforms.wecom import WeCom
from commerce import agenda
from commerce.errors import Rejected
from commerce.groups import ways
from commerce.groups.ways import WELCOME, To
from commerce.people import identities
from commerce.work import Work
from jobs import pictures
from jobs.contacts import KEY
from jobs.group_posts import find_rooms
from jobs.shop import Shop
from jobs.ways import picture_of, way_of

AHEAD = timedelta(days=1)
"""A picture is uploaded again so long before the platform forgets it."""


def prepare_welcome(shop: Shop) -> None:
    """The group that new contacts are shown has a code, and its picture is with the platform. Safe
    to run again."""
    if shop.wecom is None:
        return
    with shop.office.reading() as work:
        known, room = ways.welcoming(work), ways.room_for_customers(work)
        fresh = pictures.kept(work, Channel.CUSTOMER_SERVICE, KEY, ahead=AHEAD)
    if room is None:
        find_rooms(shop)  # A group may have been made since the day began.
        return
    if known is not None and fresh is not None:
        return
    way = way_of(shop, To.GROUP, WELCOME)
    picture = picture_of(shop.wecom, way.qr_url)
    media_id = shop.wecom.upload_image(picture)
    shop.office.do(lambda work: pictures.keep(work, Channel.CUSTOMER_SERVICE, KEY, media_id))


def find_joined(shop: Shop, chat_id: str = "") -> None:
    """Who came to our groups, or to this one, by whose code. Safe to run again."""
    if shop.wecom is None:
        return
    with shop.office.reading() as work:
        chat_ids = [room.outside_id for room in ways.with_ways(work)]
    for one in chat_ids:
        if chat_id in ("", one):
            _find_joined(shop, shop.wecom, one)


def _find_joined(shop: Shop, wecom: WeCom, chat_id: str) -> None:
    asked = {"chat_id": chat_id, "need_name": 0}
    try:
        answer = wecom.post("externalcontact/groupchat/get", asked, "group_chat")
    except Rejected:
        return  # It is gone; the day's list will say so.
    by_code = {
        str(one["userid"]): str(one["state"])
        for one in answer["group_chat"].get("member_list", [])
        if one.get("state")
    }
    shop.office.do(partial(_came, by_code=by_code))


def note_change(work: Work, change: GroupChange) -> None:
    """A group is looked at again. Safe to run again."""
    key = f"{change.chat_id}:{change.name}"
    if change.has_joined:
        agenda.plan(work, "find_joined", key=f"find_joined:{key}", chat_id=change.chat_id)
    else:
        agenda.plan(work, "find_rooms", key=f"find_rooms:{key}")


def _came(work: Work, by_code: dict[str, str]) -> None:
    for external_id, state in sorted(by_code.items()):
        door, _ = identities.recognise(work, Channel.CUSTOMER_SERVICE, external_id, follows=False)
        ways.came(work, door, state)
