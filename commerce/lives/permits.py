"""
A person's yes to one message about one thing: the platform lets it through once, at any time.

Kept when the platform tells of it, used up in the transaction that takes the batch it goes with.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id, spelt_out
from commerce.work import Work


class PermitState(StrEnum):
    GRANTED = "granted"
    USED = "used"
    REFUSED = "refused"


class Answer(StrEnum):
    """What a person said when asked, or later in the settings."""

    YES = "yes"
    NO = "no"
    OFF = "off"  # Nothing of this kind any more, whatever was granted before.


class Permit(Base):
    __tablename__ = "permits"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[int] = mapped_column(Id, ForeignKey("identities.id"))
    template: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default=PermitState.GRANTED)
    granted_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    part_id: Mapped[int | None] = mapped_column(Id, ForeignKey("broadcast_parts.id"))
    """What it was used up for."""

    __table_args__ = (
        Index("permits_open", "identity_id", "template", "state"),
        Base.__table_args__,
    )


def answered(work: Work, identity_id: int, template: str, answer: Answer) -> None:
    """Each yes is good for one message; a no takes nothing back, `OFF` takes all of them."""
    if answer is Answer.OFF:
        granted = update(Permit).where(
            Permit.identity_id == identity_id,
            Permit.template == template,
            Permit.state == PermitState.GRANTED,
        )
        work.session.execute(granted.values(state=PermitState.REFUSED, used_at=work.now))
        return
    state = PermitState.GRANTED if answer is Answer.YES else PermitState.REFUSED
    new = Permit(identity_id=identity_id, template=template, state=state, granted_at=work.now)
    work.session.add(new)
    work.session.flush()


def held(work: Work, identity_ids: Collection[int], template: str, part_id: int) -> dict[int, int]:
    """{door: permit} of the doors with a yes left for this template, or one that was used up for
    this part already: it is what the part says once more."""
    rows = select(Permit.id, Permit.identity_id, Permit.part_id).where(
        Permit.identity_id.in_(spelt_out(identity_ids)),
        Permit.template == template,
        or_(Permit.state == PermitState.GRANTED, Permit.part_id == part_id),
    )
    found: dict[int, int] = {}
    for row in work.session.execute(rows.order_by(Permit.id)):
        if row.part_id is not None or row.identity_id not in found:
            found[row.identity_id] = row.id
    return found


def use(work: Work, permit_ids: Collection[int], part_id: int) -> bool:
    """They are used up for this part. Safe to say again. False if one of them is not there any
    more for it."""
    ours = update(Permit).where(
        Permit.id.in_(spelt_out(permit_ids)),
        or_(Permit.state == PermitState.GRANTED, Permit.part_id == part_id),
    )
    values = {"state": PermitState.USED, "used_at": work.now, "part_id": part_id}
    used = work.session.connection().execute(ours.values(values))
    return used.rowcount == len(permit_ids)
