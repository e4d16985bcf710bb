"""
Prizes: what the winners of a lottery may claim, each once, within its time.

A claim is an order for nothing: no price, no freight, no commission, no sale. Its piece comes from
what was kept when the lottery was announced. Who locks a prize locks its lottery first.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import ClaimsPaused, NoPrize, NotActive, PrizeLapsed
from commerce.fen import gross_of
from commerce.goods import buying, stock
from commerce.goods.orders import Mode, Offer, Order
from commerce.goods.orders import State as OrderState
from commerce.goods.products import Product
from commerce.goods.quotes import Quote
from commerce.goods.recipients import Recipient
from commerce.lives import lotteries
from commerce.lives.bookings import Booking
from commerce.lives.lotteries import Lottery
from commerce.money import ledger
from commerce.money.ledger import Move
from commerce.outbox import notify
from commerce.people import members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.store.base import Base, Id
from commerce.work import Work


class PrizeState(StrEnum):
    OFFERED = "offered"
    CLAIMED = "claimed"
    LAPSED = "lapsed"  # Not claimed in time.
    INELIGIBLE = "ineligible"  # The next score of the same draw takes its place.


class Prize(Base):
    """One winner's 免单券. `place` counts along the scores: substitutes come after the winners."""

    __tablename__ = "prizes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lottery_id: Mapped[int] = mapped_column(Id, ForeignKey("lotteries.id"))
    booking_id: Mapped[int] = mapped_column(Id, ForeignKey("bookings.id"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    place: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=PrizeState.OFFERED)
    offered_at: Mapped[datetime]
    claim_until: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(Id, ForeignKey("orders.id"), unique=True)
    tax_fen: Mapped[int] = mapped_column(default=0)
    """What the organiser pays in tax on it, above its value: booked when it is claimed."""
    note: Mapped[str] = mapped_column(String(100), default="")

    __table_args__ = (
        UniqueConstraint("lottery_id", "booking_id", name="prizes_once"),
        UniqueConstraint("lottery_id", "place", name="prizes_place"),
        UniqueConstraint("lottery_id", "member_id", name="prizes_one_each"),
        Base.__table_args__,
    )


@dataclass(frozen=True)
class Won:
    """A prize with what it belongs to."""

    prize: Prize
    lottery: Lottery
    number: int
    """The booking's."""


def claim(work: Work, member: Member, prize_id: int, recipient: Recipient) -> Order:
    """The prize goes to this address. Claiming it again is the same order. NoPrize when it is not
    theirs, PrizeLapsed, ClaimsPaused; NotActive for the suspended."""
    lottery, prize = lock(work, prize_id)
    if members.get(work, prize.member_id).id != member.id:
        raise NoPrize
    if prize.order_id is not None:
        return work.session.get_one(Order, prize.order_id)
    if member.state == MemberState.SUSPENDED:
        raise NotActive
    if prize.state == PrizeState.INELIGIBLE:
        raise NoPrize
    if prize.state != PrizeState.OFFERED or work.now >= prize.claim_until:
        raise PrizeLapsed(lottery.terms["product"], prize.claim_until)
    if lottery.paused_at is not None:
        raise ClaimsPaused(lottery.number)
    product = work.session.get_one(Product, lottery.product_id)
    key = f"prize:{prize.id}"
    order = buying.place(work, member, _for_nothing(product, lottery), key=key, recipient=recipient)
    prize.state, prize.decided_at, prize.order_id = PrizeState.CLAIMED, work.now, order.id
    prize.tax_fen = gross_of(lottery.prize_fen, work.rules.tax.prize_rate_bp) - lottery.prize_fen
    work.session.flush()
    owed = Move(ledger.PROMOTION, ledger.TAX, prize.tax_fen)
    ledger.post(work, f"prize:{prize.id}:tax", owed)
    return order


def of_member(work: Work, member: Member, *, limit: int = 5) -> list[Won]:
    """What the person has won, the newest first."""
    return _won(work, Prize.member_id.in_(members.with_former_ids(work, member)), limit)


def of_lottery(work: Work, lottery: Lottery, *, limit: int = 100) -> list[Won]:
    """Who has won, the last place first."""
    return _won(work, Prize.lottery_id == lottery.id, limit)


def to_ship(work: Work, member: Member) -> Order | None:
    """The newest prize on its way to be shipped: its address may still be changed."""
    ids = members.with_former_ids(work, member)
    rows = select(Order).where(
        Order.buyer_id.in_(ids), Order.offer == Offer.PRIZE, Order.state == OrderState.PAID
    )
    return work.session.scalar(rows.order_by(Order.id.desc()).limit(1))


def lapse(work: Work, lottery_id: int) -> None:
    """The task: what was not claimed in time goes back to the shelf. While claims are paused
    nothing lapses. Safe to run again."""
    lottery = lotteries.lock(work, lottery_id)
    if lottery.paused_at is not None:
        return
    rows = select(Prize).where(
        Prize.lottery_id == lottery.id,
        Prize.state == PrizeState.OFFERED,
        Prize.claim_until <= work.now,
    )
    over = list(work.session.scalars(rows.execution_options(populate_existing=True)))
    for prize in over:
        prize.state, prize.decided_at = PrizeState.LAPSED, work.now
    work.session.flush()
    if over:
        stock.release_hold(work, lottery.hold, len(over))
    for prize in over:
        notify(
            work,
            members.get(work, prize.member_id).id,
            "prize_lapsed",
            key=f"prize_lapsed:{prize.id}",
            product=lottery.terms["product"],
            until=prize.claim_until.isoformat(),
        )


def _for_nothing(product: Product, lottery: Lottery) -> Quote:
    """One piece of what is kept. Outside the live: it is no sale of anybody's."""
    return Quote(
        product=product,
        quantity=1,
        mode=Mode.COMMISSION,
        offer=Offer.PRIZE,
        unit_fen=0,
        coupon_fen=0,
        freight_fen=0,
        credit_fen=0,
        promoter_id=None,
        live_id=None,
        is_own_link=False,
        from_hold=lottery.hold,
    )


def lock(work: Work, prize_id: int) -> tuple[Lottery, Prize]:
    """Both, as they are now, until the unit of work ends. NoPrize if there is none."""
    lottery_id = work.session.scalar(select(Prize.lottery_id).where(Prize.id == prize_id))
    if lottery_id is None:
        raise NoPrize
    lottery = lotteries.lock(work, lottery_id)
    prize = work.session.get_one(Prize, prize_id, with_for_update=True, populate_existing=True)
    return lottery, prize


def _won(work: Work, which: Any, limit: int) -> list[Won]:
    rows = (
        select(Prize, Lottery, Booking.number)
        .join(Lottery, Lottery.id == Prize.lottery_id)
        .join(Booking, Booking.id == Prize.booking_id)
        .where(which)
        .order_by(Prize.lottery_id.desc(), Prize.place.desc())
    )
    found = work.session.execute(rows.limit(limit))
    return [Won(row[0], row[1], row[2]) for row in found]
