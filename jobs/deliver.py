"""
Saying what is on the outbox to one person: in order, within what the platform grants, once.

A row is leased before it is sent. Killed between the platform's yes and our note of it, the row is
said once more after the lease: platforms keep no memory of what they were asked to say.
"""

import logging
from dataclasses import dataclass

from bot import inbox
from bot.channels import official_account
from bot.channels.limits import Allowance
from bot.message import Channel, Kind
from bot.reply import Picture, Reply, Text, Video, from_json
from commerce import agenda, outbox
from commerce.errors import PlatformError, Rejected, WindowClosed
from commerce.outbox import Outgoing, State
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.work import Work
from jobs import pictures
from jobs.leases import held
from jobs.shop import Shop, real_now

log = logging.getLogger(__name__)

SPOKEN = (Kind.TEXT, Kind.VIDEO, Kind.OTHER)
TAPPED = (Kind.TAP, Kind.SCAN, Kind.HAPPENING)
NOT_FOLLOWING = {40003, 43004}
NO_SUCH_MEDIUM = 40007


class Lost(Exception):
    """Somebody else may be saying it by now: whoever notices stops, and notes nothing."""


@dataclass(frozen=True)
class Taken:
    """What is said now, through which door. No door, or nothing granted there: not now."""

    rows: list[Outgoing]
    door: Identity | None

    def renew(self, work: Work) -> bool:
        """Keep others from saying it for a while more. False if one may be saying it already."""
        return outbox.renew(work, self.rows, real_now=real_now())


def deliver(shop: Shop, member_id: int) -> None:
    """Say everything that is due to this member."""
    while taken := shop.office.do(lambda work: _take(work, member_id)):
        if taken.door is None:
            _note(shop, taken, State.MISSED)
        else:
            _say(shop, taken, taken.door)


def allowance(work: Work, door: Identity) -> int:
    """How many messages the platform still grants at this door: the larger of both windows."""
    limits = official_account.LIMITS
    return max(
        _left(work, door, SPOKEN, limits.after_message),
        _left(work, door, TAPPED, limits.after_tap),
    )


def _take(work: Work, member_id: int) -> Taken | None:
    member = members.get(work, member_id)
    rows = outbox.take(work, member.id, real_now=real_now())
    if not rows:
        return None
    doors = [door for door in identities.of_member(work, member.id) if _may_knock(door)]
    doors.sort(key=lambda door: door.id != rows[0].identity_id)
    granted = (door for door in doors if allowance(work, door) > 0)
    return Taken(rows, next(granted, None))


def _may_knock(door: Identity) -> bool:
    return door.is_open and not door.is_erased and door.channel == Channel.OFFICIAL


def _left(work: Work, door: Identity, kinds: tuple[Kind, ...], grant: Allowance) -> int:
    heard_at = inbox.last_heard(work, door.id, kinds)
    if heard_at is None or heard_at + grant.lasts <= work.now:
        return 0
    return grant.messages - outbox.sent_since(work, door.id, heard_at)


def _say(shop: Shop, taken: Taken, door: Identity) -> None:
    try:
        with held(shop.office, taken.renew):
            _send(shop, taken, door)
    except Lost:
        log.warning("took too long, somebody else says it: %d", taken.rows[0].id)
    except WindowClosed as error:
        _note(shop, taken, State.MISSED, error=str(error.code))
    except PlatformError as error:
        if error.retryable:
            tired = taken.rows[0].attempts >= agenda.TRIES  # Then a visit is waited for.
            _note(shop, taken, State.MISSED if tired else State.WAITING, error=str(error.code))
            raise
        gone = error.code in NOT_FOLLOWING
        _note(shop, taken, State.MISSED if gone else State.FAILED, error=str(error.code))
        log.warning("not said: %s", error.code)
    else:
        _note(shop, taken, State.SENT, door=door)


def _reply(shop: Shop, rows: list[Outgoing]) -> Reply:
    """An answer as it was given; notices in their words, said together."""
    said = [row.said for row in rows]
    if "reply" in said[0]:
        return from_json(said[0]["reply"])
    texts = [shop.bot.tell(notice["notice"], notice["facts"]) for notice in said]
    return Text("\n\n".join(text.text for text in texts), texts[-1].choices)


def _send(shop: Shop, taken: Taken, door: Identity) -> None:
    reply, media_id = _reply(shop, taken.rows), None
    if isinstance(reply, Picture):
        media_id = pictures.uploaded(shop, reply)
        if not shop.office.do(taken.renew):
            raise Lost
    payload = official_account.render_custom(reply, door.external_id, media_id)
    try:
        shop.wechat.send_custom(payload)
    except Rejected as error:
        if not isinstance(reply, Video) or error.code != NO_SUCH_MEDIUM:
            raise
        gone = official_account.render_custom(Text(reply.otherwise), door.external_id)
        shop.wechat.send_custom(gone)


def _note(
    shop: Shop, taken: Taken, state: State, *, door: Identity | None = None, error: str = ""
) -> None:
    def note(work: Work) -> None:
        for row in taken.rows:
            outbox.came_out(work, row, state, door_id=door.id if door else None, error=error)

    shop.office.do(note)
