"""
What a live promises: prices for what it shows, and a lottery for who books it.

`by`: who promises it; None for the shop's own machines. A host sets prices that pay for themselves;
what costs the shop money, a subsidy or prizes, is promised by its staff alone.
"""

from typing import Any

from commerce.errors import NotStaff
from commerce.goods import offers
from commerce.goods.offers import Kind, LiveOffer
from commerce.lives import counting, hosting, lotteries, programme
from commerce.lives.hosting import directed, is_staff
from commerce.lives.lotteries import Lottery
from commerce.people import audit
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.work import Work


def publish(
    work: Work,
    live_id: int,
    product_id: int,
    kind: Kind,
    *,
    by: Member | None,
    subsidy_fen: int = 0,
    **numbers: Any,
) -> LiveOffer:
    """A price of this product in this live; `numbers` and refusals as `offers.publish`. NoSuchLive,
    NotInLive; NotStaff when somebody else than the staff promises a subsidy."""
    live = directed(work, live_id, by)
    _need_staff(work, by, subsidy_fen > 0)
    product = programme.need_shown(work, live, product_id)
    made = offers.publish(work, live, product, kind, subsidy_fen=subsidy_fen, **numbers)
    audit.record(work, by.id if by else None, "publish_offer", f"live:{live.id}", offer=made.id)
    return made


def announce(
    work: Work, live_id: int, product_id: int, *, winners: int, threshold: int, by: Member | None
) -> Lottery:
    """The live's lottery; refusals as `lotteries.announce`. NoSuchLive, NotInLive, NotStaff."""
    counting.hold(work, hosting.find(work, live_id).id)  # As who books: the counter comes first.
    live = directed(work, live_id, by)
    _need_staff(work, by, True)
    product = programme.need_shown(work, live, product_id)
    made = lotteries.announce(work, live, product, winners=winners, threshold=threshold)
    audit.record(work, by.id if by else None, "promise_prizes", f"live:{live.id}", lottery=made.id)
    return made


def _need_staff(work: Work, by: Member | None, costs: bool) -> None:
    if costs and not is_staff(work, by):
        raise NotStaff((Role.HOST,))
