"""Ways into customer groups: the one new contacts are shown, and who came by which."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from bot.message import Channel
from bot.platforms.fetch import fetch_picture
from bot.platforms.wecom import WeCom
from commerce.groups import join_ways
from commerce.groups.join_ways import WELCOME, JoinWay
from commerce.groups.rooms import Room
from commerce.people import identities
from commerce.work import Work
from jobs import pictures
from jobs.contacts import KEY
from jobs.group_posts import find_rooms
from jobs.shop import Shop

PICTURE_HOSTS = ("wework.qpic.cn", "p.qpic.cn", "wework.qlogo.cn")
AHEAD = timedelta(days=1)
"""A picture is uploaded again so long before the platform forgets it."""
QR = 2


def prepare_welcome(shop: Shop) -> None:
    """The group that new contacts are shown has a code, and its picture is with the platform. Safe
    to run again."""
    if shop.wecom is None:
        return
    with shop.office.reading() as work:
        way, room = join_ways.welcoming(work), join_ways.room_for_customers(work)
        fresh = pictures.kept(work, Channel.CUSTOMER_SERVICE, KEY, ahead=AHEAD)
    if room is None:
        find_rooms(shop)  # A group may have been made since the day began.
        return
    if way is None:
        way = _made(shop, shop.wecom, room, WELCOME)
    elif fresh is not None:
        return
    picture = fetch_picture(way.qr_url, allowed_hosts=_hosts(shop.wecom))
    media_id = shop.wecom.upload_image(picture)
    shop.office.do(lambda work: pictures.keep(work, Channel.CUSTOMER_SERVICE, KEY, media_id))


def _made(shop: Shop, wecom: WeCom, room: Room, state: str) -> JoinWay:
    where = {"chat_id_list": [room.outside_id], "state": state, "scene": QR}
    full = {"auto_create_room": 1, "room_base_name": room.name[:36]}
    path = "externalcontact/groupchat"
    made = wecom.post(f"{path}/add_join_way", where | full, "config_id")
    config_id = str(made["config_id"])
    way = wecom.post(f"{path}/get_join_way", {"config_id": config_id}, "join_way")["join_way"]
    url = str(way["qr_code"])
    shop.office.do(lambda work: join_ways.made(work, state, room.id, config_id, url))
    return shop.office.do(lambda work: work.session.get_one(JoinWay, state))


def _hosts(wecom: WeCom) -> tuple[str, ...]:
    return (*PICTURE_HOSTS, urlsplit(wecom.corporation.api_url).netloc)


def find_joined(shop: Shop) -> None:
    """Who came to our groups by whose code. Safe to run again."""
    if shop.wecom is None:
        return
    with shop.office.reading() as work:
        rooms = join_ways.with_ways(work)
    for room in rooms:
        asked = {"chat_id": room.outside_id, "need_name": 0}
        path = "externalcontact/groupchat/get"
        group = shop.wecom.post(path, asked, "group_chat")["group_chat"]
        by_code = {
            str(one["userid"]): str(one["state"])
            for one in group.get("member_list", [])
            if one.get("state")
        }
        shop.office.do(partial(_came, by_code=by_code))


def _came(work: Work, by_code: dict[str, str]) -> None:
    for external_id, state in sorted(by_code.items()):
        door, _ = identities.recognise(work, Channel.CUSTOMER_SERVICE, external_id, follows=False)
        join_ways.came(work, door, state)
