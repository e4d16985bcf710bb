"""
Shares: a star recommends a product or a live. A short token stands for both, in a QR code.

Whoever comes by it is credited to the star: as a touch for what they buy, and, while nobody has
invited them, as who would be their inviter.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.goods import touches
from commerce.lives.lives import Live
from commerce.people import invitations, members
from commerce.people.invitations import token_from
from commerce.people.members import Member
from commerce.store.base import Base, Id
from commerce.work import Work

SCENE = "shr_"


class Share(Base):
    """One token, good until `expires_at`. Sharing the same again takes the newest one."""

    __tablename__ = "shares"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(String(16), unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    product_id: Mapped[int | None] = mapped_column(Id, ForeignKey("products.id"))
    live_id: Mapped[int | None] = mapped_column(Id, ForeignKey("lives.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    qr_url: Mapped[str | None] = mapped_column(String(200))
    """What the platform's QR code of this token says; None until it is made."""

    __table_args__ = (Index("shares_of_member", "member_id", "product_id"), Base.__table_args__)

    @property
    def scene(self) -> str:
        return SCENE + self.token


def current(
    work: Work, member: Member, *, product_id: int | None = None, live_id: int | None = None
) -> Share:
    """The member's newest share of it; a new one when less than half of its time is left.
    NotJoined, NotActive."""
    members.need_joined(member)
    members.lock(work, member.id)
    valid = work.rules.joining.poster_valid
    rows = select(Share).where(
        Share.member_id == member.id,
        Share.product_id == product_id,
        Share.live_id == live_id,
        Share.expires_at > work.now + valid / 2,
    )
    share = work.session.scalar(rows.order_by(Share.id.desc()).limit(1))
    if share is None:
        share = Share(
            token=token_from(work.secret()),
            member_id=member.id,
            product_id=product_id,
            live_id=live_id,
            created_at=work.now,
            expires_at=work.now + valid,
        )
        work.session.add(share)
        work.session.flush()
    return share


def for_anybody(work: Work, member: Member, live: Live) -> Share:
    """The live's share for a person to pass on. Who is no star passes on that of whoever brought
    them, or else the host's."""
    host = members.get(work, live.host_id)
    star = member if member.is_joined else touches.star_of_live(work, member, live) or host
    return current(work, star if star.is_joined else host, live_id=live.id)


def of_scene(work: Work, scene: str) -> Share | None:
    """What somebody scanned, if it is a share that still counts."""
    token = scene.removeprefix(SCENE)
    if token == scene:
        return None
    return work.session.scalar(
        select(Share).where(Share.token == token, Share.expires_at > work.now)
    )


def arrive(work: Work, buyer: Member, share: Share) -> Member | None:
    """The buyer came by this share. Who recommended it, as far as they may still promote; None when
    it is the buyer's own or nobody's any more."""
    sharer = members.get(work, share.member_id)
    if not sharer.is_joined or sharer.id == buyer.id:
        return None
    touches.touch(work, buyer, sharer, product_id=share.product_id, live_id=share.live_id)
    invitations.reserve(work, buyer, sharer)
    return sharer
