"""
Assists: three different friends enter the live by somebody's card, and a lower price is unlocked.

A friend helps once in a live, and nobody helps themselves. A help given stays. The price is an
offer of the live, for one piece. What then happens by itself: `assist_tasks`; what is bought with
it: `commerce.goods.unlocked`.

Who counts a help holds the card, then the live, and never waits for stock: whoever sells holds that
first.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import AssistsOff, NoAssist, NotActive
from commerce.goods import offers, touches
from commerce.goods.offers import Kind, LiveOffer
from commerce.lives import room
from commerce.lives.lives import Live, State
from commerce.outbox import notify
from commerce.people import invitations, members
from commerce.people.invitations import token_from
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.store.base import Base, Id
from commerce.store.once import inserted
from commerce.work import Work

SCENE = "ast_"


class Assist(Base):
    """One buyer's card in one live. The price is what it was when the card was made."""

    __tablename__ = "assists"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"))
    token: Mapped[str] = mapped_column(String(16), unique=True)
    unit_fen: Mapped[int]
    friends: Mapped[int]
    """How many it takes."""
    helped: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    unlocked_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    """Until then a piece is kept. None: not unlocked, or there was none to keep."""
    order_id: Mapped[int | None] = mapped_column(Id, ForeignKey("orders.id"))
    """What was bought with it. Cancelled unpaid, it may be used again."""
    qr_url: Mapped[str | None] = mapped_column(String(200))
    """What the platform's QR code of this card says; None until it is made."""

    __table_args__ = (
        UniqueConstraint("live_id", "member_id", name="assists_one_each"),
        Base.__table_args__,
    )

    @property
    def scene(self) -> str:
        return SCENE + self.token

    @property
    def hold(self) -> str:
        """The name under which its piece is kept."""
        return f"assist:{self.id}"

    @property
    def missing(self) -> int:
        return max(0, self.friends - self.helped)


class Help(Base):
    __tablename__ = "helps"

    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), primary_key=True)
    helper_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    assist_id: Mapped[int] = mapped_column(Id, ForeignKey("assists.id"))
    helped_at: Mapped[datetime]


class Step(StrEnum):
    """What became of a friend's coming by a card."""

    COUNTED = "counted"
    BEFORE = "before"  # They have helped in this live, this card or another.
    OWN = "own"
    FULL = "full"  # It was unlocked before they came; they may still help somebody else.
    NOT_ON = "not_on"  # The live has not begun, or is over.


@dataclass(frozen=True)
class Came:
    step: Step
    assist: Assist
    live: Live


def share(work: Work, member: Member, live: Live) -> Assist:
    """The person's card in this live: a new one, or the one they have. They are in its room then.
    NoAssist when it is not on the air or has no such price; AssistsOff; NotActive."""
    if member.state == MemberState.SUSPENDED:
        raise NotActive
    offer = offer_of(work, live)
    known = of(work, member, live)
    if known is None and offer is None:
        raise NoAssist(live.id, live.title)
    room.enter(work, member, live)
    return known or _new(work, member, live, offer)


def offer_of(work: Work, live: Live) -> LiveOffer | None:
    """The price that friends unlock in this live, while it may be had. AssistsOff."""
    if not work.rules.assist.enabled:
        raise AssistsOff
    if live.state != State.LIVE:
        return None
    return promised(work, live)


def promised(work: Work, live: Live) -> LiveOffer | None:
    """As published, before the live and while it is on."""
    found = offers.of_live(work, live.id)
    return next((one for one in found if one.kind == Kind.ASSIST and not one.closed_at), None)


def of(work: Work, member: Member, live: Live) -> Assist | None:
    """The person's card in this live: of several, when several members became one, the one that
    got furthest."""
    ids = members.with_former_ids(work, member)
    rows = select(Assist).where(Assist.live_id == live.id, Assist.member_id.in_(ids))
    return max(
        work.session.scalars(rows.order_by(Assist.id)),
        key=lambda one: (one.order_id is not None, one.helped),
        default=None,
    )


def of_token(work: Work, token: str) -> Assist | None:
    """Whose card a friend opened."""
    return work.session.scalar(select(Assist).where(Assist.token == token))


def of_scene(work: Work, scene: str) -> Assist | None:
    """Whose card somebody scanned."""
    token = scene.removeprefix(SCENE)
    return None if token == scene else of_token(work, token)


def help(work: Work, helper: Member, assist: Assist) -> Came:
    """A friend came by the card: they enter the live, and it counts if it may. Its owner is told of
    every step, and what they buy is credited as by any share."""
    live = work.session.get_one(Live, assist.live_id, populate_existing=True)
    owner = members.get(work, assist.member_id)
    is_own = owner.id == helper.id
    step = Step.NOT_ON
    if live.state == State.LIVE:
        step = Step.OWN if is_own else _count(work, helper, assist)
    if step is Step.NOT_ON:
        return Came(step, assist, live)
    if step is Step.COUNTED:
        _tell(work, owner, assist)
    room.enter(work, helper, live)
    if not is_own:
        touches.touch(work, helper, owner, live_id=live.id)
        if owner.is_joined:
            invitations.reserve(work, helper, owner)
    return Came(step, assist, live)


def _new(work: Work, member: Member, live: Live, offer: LiveOffer | None) -> Assist:
    assert offer is not None
    values = {
        "live_id": live.id,
        "member_id": member.id,
        "product_id": offer.product_id,
        "token": token_from(work.secret()),
        "unit_fen": offer.unit_fen,
        "friends": work.rules.assist.friends,
        "helped": 0,
        "created_at": work.now,
    }
    made = inserted(work.session, Assist, values)
    if made is not None:
        return work.session.get_one(Assist, made[0])
    found = of(work, member, live)  # Asked twice at the same moment.
    assert found is not None
    return found


def _count(work: Work, helper: Member, assist: Assist) -> Step:
    work.session.refresh(assist)
    if assist.unlocked_at is None:  # A card that is unlocked is left to who buys with it.
        work.session.refresh(assist, with_for_update=True)
    if _has_helped(work, helper, assist.live_id):
        return Step.BEFORE
    if assist.unlocked_at is not None:
        return Step.FULL
    if not _is_on(work, assist):
        return Step.NOT_ON
    key = {"live_id": assist.live_id, "helper_id": helper.id}
    given = {**key, "assist_id": assist.id, "helped_at": work.now}
    if inserted(work.session, Help, given) is None:  # On another card, at the same moment.
        return Step.BEFORE
    assist.helped += 1
    if assist.helped >= assist.friends:
        assist.unlocked_at = work.now
    work.session.flush()
    return Step.COUNTED


def _is_on(work: Work, assist: Assist) -> bool:
    """Whether the live is on the air; then it does not end until the unit of work does."""
    shared = {"read": True}
    live = work.session.get_one(
        Live, assist.live_id, with_for_update=shared, populate_existing=True
    )
    return live.state == State.LIVE


def _has_helped(work: Work, helper: Member, live_id: int) -> bool:
    ids = members.with_former_ids(work, helper)
    given = select(Help.assist_id).where(Help.live_id == live_id, Help.helper_id.in_(ids))
    return work.session.scalar(given.limit(1)) is not None


def _tell(work: Work, owner: Member, assist: Assist) -> None:
    """How far it is; what is unlocked is told with the piece that is kept."""
    if assist.unlocked_at is not None:
        key = f"unlock_assist:{assist.id}"
        agenda.plan(work, "unlock_assist", key=key, assist_id=assist.id)
        return
    notify(
        work,
        owner.id,
        "assist_helped",
        key=f"assist:{assist.id}:{assist.helped}",
        helped=assist.helped,
        friends=assist.friends,
    )
