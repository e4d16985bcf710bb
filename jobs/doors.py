"""Through which doors the house may speak by itself, what each grants, and how it is said there."""

import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import inbox
from bot.channels import customer_contact, customer_service, group, official_account, wecom_app
from bot.channels.limits import Allowance, Limits
from bot.message import Channel, Kind
from bot.platforms.wecom import WeCom
from bot.reply import Reply, Text, Video
from commerce import outbox
from commerce.errors import Rejected, WindowClosed
from commerce.people.identities import Identity
from commerce.work import Work
from jobs import contacts as jobs_contacts
from jobs import kf_accounts
from jobs.shop import Shop

log = logging.getLogger(__name__)

SPOKEN = (Kind.TEXT, Kind.VIDEO, Kind.OTHER)
TAPPED = (Kind.TAP, Kind.SCAN, Kind.HAPPENING)
NO_SUCH_MEDIUM = 40007

Upload = Callable[[Shop, bytes], str]
Send = Callable[[Shop, Reply, Identity, str | None, str], str | None]
"""(shop, what, to whom, its media id if it is a picture, the answer code of what it answers); gives
the platform's name of it where the platform may tell later that it did not arrive."""


@dataclass(frozen=True, slots=True)
class Door:
    limits: Limits
    upload: Upload
    send: Send
    not_there: frozenset[int]
    """What the platform says when nobody is behind that door any more."""
    user_info: Callable[[Shop, Identity], dict[str, Any]] = lambda shop, door: {}
    """What the platform knows of who is there: whether they `subscribe`, their `unionid`, and which
    `colleague` has them as a contact."""


def allowance(work: Work, door: Identity) -> int:
    """How many messages the platform still grants there: the largest of its windows."""
    limits = DOORS[Channel(door.channel)].limits
    heard = inbox.last_heard(work, door.id)
    windows = [
        window
        for kinds, grant in ((SPOKEN, limits.after_message), (TAPPED, limits.after_tap))
        if (window := _window(work, heard, kinds, grant))
    ]
    if limits.unasked is not None:
        windows.append((work.now - limits.unasked.lasts, limits.unasked.messages))
    if not windows:
        return 0
    sent = outbox.sent_since(work, door.id, min(since for since, _ in windows))
    return max(grants - sum(at >= since for at in sent) for since, grants in windows)


def _window(
    work: Work, heard: dict[Kind, datetime], kinds: Sequence[Kind], grant: Allowance
) -> tuple[datetime, int] | None:
    """Since when it is open, and for how many."""
    since = max((heard[kind] for kind in kinds if kind in heard), default=None)
    if since is None or since + grant.lasts <= work.now:
        return None
    return since, grant.messages


def _upload_official(shop: Shop, jpeg: bytes) -> str:
    return shop.wechat.upload_image(jpeg)


def _send_official(
    shop: Shop, reply: Reply, door: Identity, media_id: str | None, code: str
) -> None:
    payload = official_account.render_custom(reply, door.external_id, media_id)
    try:
        shop.wechat.send_custom(payload)
    except Rejected as error:
        if not isinstance(reply, Video) or error.code != NO_SUCH_MEDIUM:
            raise
        gone = official_account.render_custom(Text(reply.otherwise), door.external_id)
        shop.wechat.send_custom(gone)


def _upload_wecom(shop: Shop, jpeg: bytes) -> str:
    return wecom_of(shop).upload_image(jpeg)


def _send_app(shop: Shop, reply: Reply, door: Identity, media_id: str | None, code: str) -> None:
    wecom = wecom_of(shop)
    agent_id, task_id = wecom.corporation.agent_id, secrets.token_hex(16)
    body = wecom_app.render(reply, door.external_id, agent_id, task_id, media_id)
    wecom.post("message/send", body)


def _send_customer_service(
    shop: Shop, reply: Reply, door: Identity, media_id: str | None, code: str
) -> str:
    """By the code of what is answered, else within the window. A code that came too late is
    counted, and what it was for waits for the person's first word."""
    if code.startswith(customer_contact.WELCOME):
        with contextlib.suppress(Rejected):
            return jobs_contacts.welcome(shop, wecom_of(shop), reply, door, code)
        code = ""
    body = customer_service.render(reply, media_id)
    by_code = bool(code) and body["msgtype"] in customer_service.ON_EVENT
    if by_code:
        try:
            said = wecom_of(shop).post("kf/send_msg_on_event", {"code": code, **body}, "msgid")
            return str(said["msgid"])
        except Rejected as error:
            log.warning("not welcomed: %s", error.code)
    try:
        return _send_within_window(shop, door, body)
    except WindowClosed:
        if by_code:
            shop.office.do(lambda work: kf_accounts.count_late(work, door.account or ""))
        raise


def _send_within_window(shop: Shop, door: Identity, body: dict[str, Any]) -> str:
    if not door.account:
        raise WindowClosed(-1, "never spoke to an account")
    ends = {"touser": door.external_id, "open_kfid": door.account}
    return str(wecom_of(shop).post("kf/send_msg", {**ends, **body}, "msgid")["msgid"])


def _customer(shop: Shop, door: Identity) -> dict[str, Any]:
    """Nobody follows customer service, and nobody has to. Who never spoke there is a contact."""
    if not door.account:
        return jobs_contacts.contact_info(wecom_of(shop), door.external_id)
    asked = {"external_userid_list": [door.external_id], "need_enter_session_context": 0}
    answer = wecom_of(shop).post("kf/customer/batchget", asked, "customer_list")
    known: list[dict[str, Any]] = answer["customer_list"]
    return known[0] if known else {}


def _send_group(shop: Shop, reply: Reply, door: Identity, media_id: str | None, code: str) -> None:
    """Once, to what was asked there."""
    wecom_of(shop).respond(code, group.render_late(reply))


def wecom_of(shop: Shop) -> WeCom:
    """Rejected where the settings name no corporation any more."""
    if shop.wecom is None:
        raise Rejected(-1, "no corporation")
    return shop.wecom


DOORS = {
    Channel.OFFICIAL: Door(
        official_account.LIMITS,
        _upload_official,
        _send_official,
        frozenset({40003, 43004}),
        lambda shop, door: shop.wechat.user_info(door.external_id),
    ),
    Channel.WECOM_APP: Door(
        wecom_app.LIMITS, _upload_wecom, _send_app, frozenset({60011, 60111, 81013})
    ),
    Channel.CUSTOMER_SERVICE: Door(
        customer_service.LIMITS,
        _upload_wecom,
        _send_customer_service,
        frozenset({40096}),
        _customer,
    ),
    Channel.GROUP: Door(group.LIMITS, _upload_wecom, _send_group, frozenset()),
}
