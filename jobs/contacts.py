"""What the platform is asked and told about contacts."""

from typing import Any

from bot.channels.customer_contact import render_welcome
from bot.message import Channel
from bot.platforms.wecom import WeCom
from bot.reply import Reply
from commerce.errors import PlatformError, Rejected
from commerce.groups.ways import WELCOME
from commerce.people import contacts
from commerce.people.identities import Identity
from jobs import pictures
from jobs.shop import Shop

KEY = f"join_way:{WELCOME}"
"""The picture that goes with the first words."""


def welcome(shop: Shop, wecom: WeCom, reply: Reply, door: Identity, code: str) -> str:
    """Say the first words, with the picture of the group if it is there already: nothing is drawn
    or fetched now. What comes too late is noted. Rejected; the platform has no name for it."""
    with shop.office.reading() as work:
        picture_id = pictures.kept(work, Channel.CUSTOMER_SERVICE, KEY)
    body = render_welcome(reply, code, picture_id)
    try:
        wecom.post("externalcontact/send_welcome_msg", body)
    except PlatformError as error:
        if not error.retryable:
            shop.office.do(lambda work: contacts.unwelcomed(work, door.id))
        raise
    return ""


def contact_info(wecom: WeCom, external_id: str) -> dict[str, Any]:
    """Of a contact their `unionid` and their `colleague`; nothing of who is none any more."""
    try:
        answer = wecom.get("externalcontact/get", "external_contact", external_userid=external_id)
    except Rejected:
        return {}
    follows = answer.get("follow_user") or [{}]
    unionid = answer["external_contact"].get("unionid")
    return {"unionid": unionid, "colleague": follows[0].get("userid", "")}
