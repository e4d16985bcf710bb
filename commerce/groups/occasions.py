"""
Posts for what has just happened: goods are back, many parcels have come.

Planned with the fact. What it was about is looked at again when the post is written, so that
nothing is said that is not so any more.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from commerce import agenda
from commerce.goods import stock
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.groups.posts import LATE
from commerce.outbox import SHANGHAI, within
from commerce.rules import Rank
from commerce.rules.people import Post as Template
from commerce.work import Work

STOCK_BACK, DELIVERY_PEAK = "stock_back", "delivery_peak"
A_DAY = timedelta(days=1)


def goods_back(work: Work, product: Product) -> None:
    """Pieces were counted of what had none left. Posted if it had been sold and everybody may buy
    it, once a day or as seldom as the template says. Cancelled orders bring nothing back."""
    forms = list(_on(work, STOCK_BACK))
    if not forms or not _is_there(work, product) or not _was_sold(work, product):
        return
    for form in forms:
        at = _next(work, form)
        days = (form.at_most_once_in or A_DAY).days or 1
        keys = [_key(form, at - back * A_DAY, product.id) for back in range(days)]
        if not any(agenda.find(work, key) for key in keys):
            _plan(work, form, at, keys[0], product_id=product.id)


def parcel_received(work: Work) -> None:
    """At its next time every post about a peak counts what came until then."""
    for form in _on(work, DELIVERY_PEAK):
        at = _next(work, form)
        key = _key(form, at)
        if agenda.find(work, key) is None:
            _plan(work, form, at, key)


def is_so(work: Work, form: Template, planned_at: datetime, product_id: int) -> bool:
    """Whether what a post was planned for is worth saying now."""
    if work.now > planned_at + LATE:
        return False
    if form.event == STOCK_BACK:
        return _is_there(work, work.session.get_one(Product, product_id))
    return form.event == DELIVERY_PEAK and _received(work, planned_at) >= (form.at_least or 1)


def _on(work: Work, event: str) -> Iterator[Template]:
    return (form for form in work.rules.posts if form.event == event)


def _next(work: Work, form: Template) -> datetime:
    """The next time it may be said."""
    at = work.now
    if form.at is not None:
        local = at.astimezone(SHANGHAI)
        at = local.replace(hour=form.at.hour, minute=form.at.minute, second=0, microsecond=0)
        at += A_DAY if at < work.now else timedelta()
    return within(work.rules.chat.marketing_hours, at)


def _key(form: Template, at: datetime, product_id: int = 0) -> str:
    about = f":{product_id}" if product_id else ""
    return f"posts:{form.id}:{form.event}{about}:{at.astimezone(SHANGHAI):%Y-%m-%d}"


def _plan(work: Work, form: Template, at: datetime, key: str, *, product_id: int = 0) -> None:
    agenda.plan(
        work,
        "draft_posts",
        key=key,
        due_at=at,
        template=form.id,
        planned_at=at.isoformat(),
        product_id=product_id,
        event=form.event,
    )


def _is_there(work: Work, product: Product) -> bool:
    """Listed, for everybody, and not sold out."""
    since = product.published_at
    if since is None or product.hidden_at is not None or product.min_rank > Rank.TRAINEE:
        return False
    for_all = since + timedelta(hours=product.early_hours) <= work.now
    return for_all and stock.left(work, product.id) > 0


def _was_sold(work: Work, product: Product) -> bool:
    paid = select(Order.id).where(Order.product_id == product.id, Order.paid_at.is_not(None))
    return work.session.scalar(paid.limit(1)) is not None


def _received(work: Work, until: datetime) -> int:
    """Parcels of the day before that somebody said had come: what was taken for received by itself,
    so long after it was shipped, came we know not when."""
    came = select(func.count(Order.id)).where(
        Order.received_at > until - A_DAY,
        Order.received_at <= until,
        Order.shipped_at > until - work.rules.orders.received_after,
    )
    return work.session.scalar(came) or 0
