"""Many strangers who come at the same moment. For one, see `identities.recognise`."""

from collections.abc import Iterable

from sqlalchemy import select

from commerce.people.identities import Identity, erased
from commerce.people.members import Member
from commerce.work import Work


def welcome(
    work: Work, channel: str, strangers: Iterable[str], *, follow: bool = True
) -> dict[str, tuple[Identity, Member]]:
    """Who was never here becomes a visitor, by their outside id; who was erased is left out. Their
    doors may be knocked at if they follow us.
    IntegrityError when one of them is known by now: then nothing of it may stand."""
    traces = {external_id: erased(work, channel, external_id) for external_id in strangers}
    been_here = _known(work, channel, traces.values())
    new = [external_id for external_id, trace in traces.items() if trace not in been_here]
    people = [Member(created_at=work.now) for _ in new]
    work.session.add_all(people)
    work.session.flush()
    doors = [
        Identity(
            member_id=member.id,
            channel=channel,
            external_id=external_id,
            is_open=follow,
            created_at=work.now,
        )
        for external_id, member in zip(new, people, strict=True)
    ]
    work.session.add_all(doors)
    work.session.flush()
    return {door.external_id: (door, one) for door, one in zip(doors, people, strict=True)}


def _known(work: Work, channel: str, traces: Iterable[str]) -> set[str]:
    rows = select(Identity.external_id).where(
        Identity.channel == channel, Identity.external_id.in_(traces)
    )
    return set(work.session.scalars(rows))
