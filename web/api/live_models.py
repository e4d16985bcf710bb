"""What machines say about lives, and what they are told."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from commerce.goods import offers
from commerce.goods.offers import LiveOffer
from commerce.lives import bookings, hosting, lotteries, programme, shown
from commerce.lives.lives import Live
from commerce.lives.lotteries import Lottery
from commerce.people import members
from commerce.work import Work

Number = Annotated[int, Field(ge=1, le=2**53)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Plan(Given):
    """`host` is a member's number; who has said their name in chat may host."""

    title: Annotated[str, Field(max_length=200)]
    planned_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    host: Number
    goods: Annotated[list[Number], Field(max_length=programme.MOST_GOODS)] = []
    script: Annotated[str, Field(max_length=programme.LONGEST_SCRIPT)] = ""


class Reason(Given):
    """Everybody who booked is told it, word for word."""

    reason: Annotated[str, Field(max_length=hosting.LONGEST_REASON)]


class Event(Given):
    """`live`: what the channel calls it, as the staff wrote it down with 「直播间 名字 7」."""

    live: Annotated[str, Field(min_length=1, max_length=60)]
    step: Literal["started", "ended"]


class Host(BaseModel):
    id: int
    name: str


class Offer(BaseModel):
    id: int
    product: int
    kind: str
    unit_fen: int
    left: int


class Draw(BaseModel):
    number: str
    state: str
    commit: str
    threshold: int
    winners: int


class Shown(BaseModel):
    """A live as everybody may know it, and whether everybody may already."""

    id: int
    title: str
    state: str
    host: Host
    planned_at: datetime
    ends_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    is_approved: bool
    goods: list[int]
    booked: int
    offers: list[Offer]
    lottery: Draw | None


def as_shown(work: Work, live: Live) -> Shown:
    lottery = lotteries.of_live(work, live.id)
    return Shown(
        id=live.id,
        title=live.title,
        state=live.state,
        host=Host(id=live.host_id, name=members.get(work, live.host_id).name),
        planned_at=live.planned_at,
        ends_at=live.ends_at,
        started_at=live.started_at,
        ended_at=live.ended_at,
        is_approved=live.approved_at is not None,
        goods=shown.goods_ids(work, live),
        booked=bookings.count(work, live.id),
        offers=[_offer(work, offer) for offer in offers.of_live(work, live.id)],
        lottery=lottery and _draw(lottery),
    )


def _offer(work: Work, offer: LiveOffer) -> Offer:
    return Offer(
        id=offer.id,
        product=offer.product_id,
        kind=offer.kind,
        unit_fen=offers.now_fen(work, offer),
        left=offers.left(work, offer),
    )


def _draw(lottery: Lottery) -> Draw:
    return Draw(
        number=lottery.number,
        state=lottery.state,
        commit=lottery.commit,
        threshold=lottery.threshold,
        winners=lottery.winners_wanted,
    )
