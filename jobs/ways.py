"""Ways to us at the platform: made when somebody first wants the code, ended when it is over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from bot.pictures import qr
from bot.platforms.fetch import PictureRefused, fetch_picture
from bot.platforms.wecom import WeCom
from commerce import agenda
from commerce.errors import Rejected
from commerce.groups import ways
from commerce.groups.ways import Given, To, Way
from commerce.work import Work
from jobs.shop import Shop

PICTURE_HOSTS = ("wework.qpic.cn", "p.qpic.cn", "wework.qlogo.cn")
SINGLE, MULTI = 1, 2
QR = 2
AT_ONCE = 100
ENDS = {
    To.GROUP: "externalcontact/groupchat/del_join_way",
    To.COLLEAGUE: "externalcontact/del_contact_way",
}


def way_of(shop: Shop, leads_to: To, state: str, ends_at: datetime | None = None) -> Way:
    """The way of this state, made now if it is not there. Rejected when it leads nowhere."""
    with shop.office.reading() as work:
        known = ways.find(work, leads_to, state)
    if known is not None:
        return known
    if shop.wecom is None:
        raise Rejected(0, "no WeCom")
    made = MAKES[leads_to](shop, shop.wecom, state)
    given = replace(made, content=_content(shop.wecom, made.qr_url), ends_at=ends_at)
    needless = shop.office.do(lambda work: ways.made(work, leads_to, state, given))
    if needless:
        _end(shop.wecom, leads_to, needless)
    with shop.office.reading() as work:
        return work.session.get_one(Way, (leads_to, state))


def picture_of(wecom: WeCom, qr_url: str) -> bytes:
    """The platform's own picture of a code."""
    return fetch_picture(qr_url, allowed_hosts=_hosts(wecom))


def _into_group(shop: Shop, wecom: WeCom, state: str) -> Given:
    with shop.office.reading() as work:
        room = ways.room_for_customers(work)
    if room is None:
        raise Rejected(0, "no group for customers")
    where = {"chat_id_list": [room.outside_id], "state": state, "scene": QR}
    full = {"auto_create_room": 1, "room_base_name": room.name[:36]}
    path = "externalcontact/groupchat"
    config_id = str(wecom.post(f"{path}/add_join_way", where | full, "config_id")["config_id"])
    way = wecom.post(f"{path}/get_join_way", {"config_id": config_id}, "join_way")["join_way"]
    return Given(config_id, str(way["qr_code"]), room_id=room.id)


def _to_colleague(shop: Shop, wecom: WeCom, state: str) -> Given:
    with shop.office.reading() as work:
        userids = ways.colleagues(work)
    if not userids:
        raise Rejected(0, "nobody may be added")
    who = {"type": SINGLE if len(userids) == 1 else MULTI, "user": userids}
    body = {**who, "scene": QR, "state": state, "skip_verify": True}
    made = wecom.post("externalcontact/add_contact_way", body, "config_id", "qr_code")
    return Given(str(made["config_id"]), str(made["qr_code"]))


MAKES: dict[To, Callable[[Shop, WeCom, str], Given]] = {
    To.GROUP: _into_group,
    To.COLLEAGUE: _to_colleague,
}


def _content(wecom: WeCom, qr_url: str) -> str:
    content = qr.read(picture_of(wecom, qr_url))
    if content is None:
        raise PictureRefused(0, "no code in it")
    return content


def _hosts(wecom: WeCom) -> tuple[str, ...]:
    return (*PICTURE_HOSTS, urlsplit(wecom.corporation.api_url).netloc)


def find_colleagues(shop: Shop) -> None:
    """Whom customers may add. Safe to run again."""
    if shop.wecom is None:
        return
    found = shop.wecom.get("externalcontact/get_follow_user_list", "follow_user")["follow_user"]
    shop.office.do(lambda work: ways.set_colleagues(work, sorted(map(str, found))))


def end_ways(shop: Shop, part: int = 0) -> None:
    """What is over is ended at the platform, so that its place is free. Safe to run again."""
    if shop.wecom is None:
        return
    with shop.office.reading() as work:
        ended = [(To(way.leads_to), way.config_id) for way in ways.ended(work, AT_ONCE)]
    for leads_to, config_id in ended:
        _end(shop.wecom, leads_to, config_id)
        shop.office.do(partial(ways.forget, leads_to=leads_to, config_id=config_id))
    if len(ended) == AT_ONCE:
        shop.office.do(lambda work: _go_on(work, part + 1))


def _go_on(work: Work, part: int) -> None:
    agenda.plan(work, "end_ways", key=f"end_ways:{work.now:%Y-%m-%d}:{part}", part=part)


def _end(wecom: WeCom, leads_to: To, config_id: str) -> None:
    try:
        wecom.post(ENDS[leads_to], {"config_id": config_id})
    except Rejected:
        return  # It is gone already.
