"""
What a live is about, before it starts: title, times, goods and script.

A star's live goes to the reviewers once it has all of them. What is new in it afterwards, a word or
a product, is looked at again; another time, another order or fewer goods are not.

`by`: who changes it; None for the shop's own machines.
"""

from collections.abc import Sequence
from datetime import datetime

from commerce.errors import LiveCancelled, LiveHasStarted, NotInLive, NotOnSale, TooManyGoods
from commerce.goods import catalogue
from commerce.goods.products import Product
from commerce.lives import evening, shown
from commerce.lives.hosting import checked_text, checked_times, checked_title, directed, is_staff
from commerce.lives.lives import Live, State
from commerce.outbox import notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.work import Work

LONGEST_SCRIPT = 500
MOST_GOODS = 30


def retitle(work: Work, live_id: int, title: str, *, by: Member | None) -> Live:
    """Another title. LiveTitleRefused, LiveHasStarted, LiveCancelled, NoSuchLive."""
    live = _scheduled(work, live_id, by)
    title = checked_title(work, title)
    is_new, live.title = title != live.title, title
    return _changed(work, live, by, "retitle_live", is_new=is_new)


def move(
    work: Work,
    live_id: int,
    planned_at: datetime,
    *,
    ends_at: datetime | None = None,
    by: Member | None,
) -> Live:
    """Another time; without an end it lasts as long as before. PlannedInThePast, LiveTooLong,
    LiveHasStarted, LiveCancelled, NoSuchLive."""
    live = _scheduled(work, live_id, by)
    if ends_at is None and live.ends_at is not None:
        ends_at = planned_at + (live.ends_at - live.planned_at)
    ends_at = checked_times(work, planned_at, ends_at)
    is_moved = planned_at != live.planned_at
    live.planned_at, live.ends_at = planned_at, ends_at
    _changed(work, live, by, "move_live", is_new=False)
    if is_moved:
        evening.moved(work, live)
    return live


def show(
    work: Work, live_id: int, product_ids: Sequence[int], *, by: Member | None
) -> list[Product]:
    """These goods, in this order, and no others. The staff may also do it while the live is on.
    TooManyGoods, NoSuchProduct, NotOnSale, LiveHasStarted, LiveCancelled, NoSuchLive."""
    live = directed(work, live_id, by)
    if live.state != State.LIVE or not is_staff(work, by):
        _need_scheduled(live)
    wanted = list(dict.fromkeys(product_ids))
    if len(wanted) > MOST_GOODS:
        raise TooManyGoods(MOST_GOODS)
    goods = [_on_sale(work, product_id) for product_id in wanted]
    before = set(shown.goods_ids(work, live))
    shown.put(work, live, wanted)
    _changed(work, live, by, "show_goods", is_new=bool(set(wanted) - before))
    return goods


def write_script(work: Work, live_id: int, script: str, *, by: Member | None) -> Live:
    """What will be said. LiveTextRefused, LiveHasStarted, LiveCancelled, NoSuchLive."""
    live = _scheduled(work, live_id, by)
    script = checked_text(work, script, LONGEST_SCRIPT)
    is_new, live.script = script != live.script, script
    return _changed(work, live, by, "write_script", is_new=is_new)


def need_shown(work: Work, live: Live, product_id: int) -> Product:
    """The product, if it is shown in that live: else NotInLive. NoSuchProduct."""
    goods = shown.goods_of(work, live)
    found = next((product for product in goods if product.id == product_id), None)
    if found is None:
        _on_sale(work, product_id)
        raise NotInLive(live.id, product_id, tuple(product.id for product in goods))
    return found


def _scheduled(work: Work, live_id: int, by: Member | None) -> Live:
    live = directed(work, live_id, by)
    _need_scheduled(live)
    return live


def _need_scheduled(live: Live) -> None:
    if live.state == State.CANCELLED:
        raise LiveCancelled(live.id)
    if live.state != State.SCHEDULED:
        raise LiveHasStarted(live.id)


def _on_sale(work: Work, product_id: int) -> Product:
    product = catalogue.get(work, product_id)
    if not catalogue.is_listed(product):
        raise NotOnSale(product.title)
    return product


def _changed(work: Work, live: Live, by: Member | None, act: str, *, is_new: bool) -> Live:
    """Written and recorded; what nobody of the staff has looked at goes to the reviewers."""
    if is_new and not is_staff(work, by):
        live.approved_at, live.sent_back = None, ""
    work.session.flush()
    audit.record(work, by.id if by else None, act, f"live:{live.id}")
    if is_new and live.approved_at is None and not shown.missing(work, live):
        _tell_reviewers(work, live)
    return live


def _tell_reviewers(work: Work, live: Live) -> None:
    for colleague in staff.colleagues(work, Role.REVIEWER):
        if colleague != members.get(work, live.host_id).id:
            key = f"live_waits:{live.id}:{colleague}:{work.now:%Y%m%d%H%M%S%f}"
            notify(work, colleague, "live_waits", key=key, number=live.id, title=live.title)
