"""
Fetching what people said to customer service, of which a callback tells nothing but that it is so.

Pages are put into each person's order before anybody answers. What is heard and how far the account
is fetched are one transaction: killed anywhere, the same pages are fetched again, and the inbox
knows what was heard. An account is fetched by one worker at a time; whoever rings meanwhile makes
it go round once more.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import select

from bot import inbox
from bot.channels import customer_service
from bot.channels.customer_service import Event, NotDelivered
from bot.channels.fields import Malformed
from bot.context import Bot
from bot.message import Channel, Message
from bot.platforms.wecom import WeCom
from bot.together import dispatch_together
from commerce import agenda, undelivered
from commerce.errors import PlatformError, Rejected
from commerce.people.identities import Identity
from commerce.work import Work
from jobs import kf_accounts, queue
from jobs.kf_accounts import Held
from jobs.leases import held as held_on
from jobs.shop import Shop, real_now

PAGE = 1000
PAGES, ITEMS = 200, 20_000
"""At most so many are put in order together."""
TOGETHER = 200
"""So many are heard in one transaction."""
LONGEST_S = 60.0
"""Then others have their turn."""
BAD_TOKEN = 95007
NO_SUCH_ACCOUNT = (95000, 95004)

log = logging.getLogger(__name__)

Item = dict[str, Any]
Result = TypeVar("Result")


class Lost(Exception):
    """Somebody else fetches there now: whoever notices stops, and notes nothing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Nobody's door waits: all answers go to the outbox."""

    message: Message

    def waits(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Pages:
    items: list[Item]
    cursor: str
    """Where they end."""
    has_more: bool


def pull_kf(shop: Shop, open_kfid: str) -> None:
    """Hear everything that was said there. Safe to run again, and at the same time."""
    if shop.wecom is None:
        return
    held = shop.office.do(lambda work: kf_accounts.take(work, open_kfid, real_now=real_now()))
    if held is None:
        return
    renew = lambda work: kf_accounts.renew(work, held, real_now=real_now())  # noqa: E731
    try:
        with held_on(shop.office, renew):
            finished = _pull(shop, shop.wecom, held)
        if not finished:
            shop.office.do(lambda work: _go_on_later(work, held))
    except Lost:
        log.warning("took too long, somebody else fetches from %s", open_kfid)
    except Rejected as error:
        if error.code not in NO_SUCH_ACCOUNT:
            raise
        shop.office.do(lambda work: kf_accounts.gone(work, open_kfid))
    finally:
        shop.office.do(lambda work: kf_accounts.give_back(work, held))


def _go_on_later(work: Work, held: Held) -> None:
    kf_accounts.give_back(work, held)
    kf_accounts.plan_again(work, held.open_kfid)


def _pull(shop: Shop, wecom: WeCom, held: Held) -> bool:
    """Round after round, until nothing is left and nobody has rung. False: it has been long."""
    until = time.monotonic() + LONGEST_S
    further: Held | None = held
    while further is not None and time.monotonic() < until:
        further = _heard(shop, further, _fetched(wecom, further))
    return further is None


def _fetched(wecom: WeCom, held: Held) -> Pages:
    """What there is. When the platform fails on the way, what there is until then."""
    items: list[Item] = []
    cursor = held.cursor
    for _ in range(PAGES):
        try:
            page = _page(wecom, held, cursor)
        except PlatformError:
            if cursor == held.cursor:
                raise
            break
        items += page["msg_list"]
        cursor = str(page["next_cursor"] or cursor)
        if not page.get("has_more"):
            return Pages(items, cursor, has_more=False)
        if len(items) >= ITEMS:
            break
    return Pages(items, cursor, has_more=True)


def _page(wecom: WeCom, held: Held, cursor: str) -> dict[str, Any]:
    """A key that is not good any more is left away."""
    asked = {"open_kfid": held.open_kfid, "cursor": cursor, "limit": PAGE}
    keys = [{"token": held.token}] if held.token else []
    for key in keys:
        try:
            return wecom.post("kf/sync_msg", asked | key, "msg_list", "next_cursor")
        except Rejected as error:
            if error.code != BAD_TOKEN:
                raise
    return wecom.post("kf/sync_msg", asked, "msg_list", "next_cursor")


def _heard(shop: Shop, held: Held, pages: Pages) -> Held | None:
    """Hear them all, in everybody's order. None: there is nothing more, as far as anybody knows."""
    ordered = sorted(pages.items, key=_sent)
    while len(ordered) > TOGETHER:
        _do(shop, partial(_hear, held=held, items=ordered[:TOGETHER], bot=shop.bot))
        del ordered[:TOGETHER]
    return _do(shop, partial(_hear_last, held=held, items=ordered, pages=pages, bot=shop.bot))


def _do(shop: Shop, act: Callable[[Work], Result]) -> Result:
    """What became due is not kept waiting for the next beat."""

    def acted(work: Work) -> tuple[Result, bool]:
        return act(work), bool(work.session.info.get(agenda.DUE_NOW))

    result, goes_on = shop.office.do(acted)
    if goes_on:
        queue.hurry()
    return result


def _hear_last(work: Work, held: Held, items: list[Item], pages: Pages, bot: Bot) -> Held | None:
    """With these the account is fetched so far."""
    _hear(work, held, items, bot)
    account = kf_accounts.still_held(work, held)
    assert account is not None
    account.cursor = pages.cursor
    if pages.has_more or account.rings != held.rings:
        return kf_accounts.held_now(work, account)
    account.fetched_at, account.lease_until = work.now, None
    return None


def _hear(work: Work, held: Held, items: Sequence[Item], bot: Bot) -> None:
    """Only who has the account hears: what was heard before is known for certain."""
    if kf_accounts.still_held(work, held) is None:
        raise Lost
    things = {thing.id: thing for thing in _read(work, held, items)}
    before = inbox.heard_before(work, list(things)) if things else set()
    new = [thing for thing in things.values() if thing.id not in before]
    for is_said, some in groupby(new, key=lambda thing: isinstance(thing, Message)):
        if is_said:
            said = [_in_time(work, one) for one in some if isinstance(one, Message)]
            dispatch_together(work, [Fetched(one) for one in said], bot)
        else:
            for event in some:
                assert not isinstance(event, Message)
                _note(work, event)


def _read(work: Work, held: Held, items: Sequence[Item]) -> Iterator[Message | Event]:
    for item in items:
        try:
            thing = customer_service.parse(item, work.now)
        except Malformed:
            log.warning("something at %s is no message", held.open_kfid)
            continue
        if thing is not None:
            yield thing


def _in_time(work: Work, message: Message) -> Message:
    """A code that is out of time is none: what it was for is said at the person's first word."""
    late = message.sent_at + customer_service.WELCOMED_WITHIN <= work.now
    if not message.answer_code or not late:
        return message
    kf_accounts.count_late(work, message.account)
    return replace(message, answer_code="")


def _note(work: Work, event: Event) -> None:
    inbox.note(work, event.id)
    if isinstance(event, NotDelivered):
        undelivered.lost(work, event.said_as, f"not delivered: {event.reason}")
    door = work.session.scalar(
        select(Identity).where(
            Identity.channel == Channel.CUSTOMER_SERVICE, Identity.external_id == event.sender
        )
    )
    if door is None:
        return
    if not isinstance(event, NotDelivered):
        door.colleague_since = work.now if event.with_colleague else None
    elif event.is_unwanted:
        door.is_open = False


def _sent(item: Item) -> int:
    at = item.get("send_time")
    return at if isinstance(at, int) else 0
