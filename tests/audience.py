"""Very many people who booked one live, written down at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from bot.inbox import InboxEntry
from commerce.lives.bookings import Booking
from commerce.lives.counting import BookingCount
from commerce.lives.lives import Live, State
from commerce.lives.permits import Permit
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.rules import Rules
from commerce.rules.trade import Broadcast, Template, Templates
from commerce.work import Office, Work

AT_ONCE = 10_000
REMINDER, RESULT = "T-REMINDER", "T-RESULT"


@dataclass(frozen=True)
class Guest:
    """Somebody who booked: by the number of the booking."""

    number: int
    state: str = "joined"
    is_open: bool = True
    is_muted: bool = False
    cancelled: bool = False
    spoke: bool = True
    """They said something within the last two days."""
    permits: int = 0
    """For the reminder."""

    @property
    def openid(self) -> str:
        return f"o-{self.number}"


def quick(rules: Rules, per_second: int = 1_000_000) -> Rules:
    """The rules with templates, and as fast as it goes."""
    names = {"title": "thing1", "time": "time2", "number": "number3", "note": "thing4"}
    templates = Templates(
        live_reminder=Template(id=REMINDER, **names), draw_result=Template(id=RESULT, **names)
    )
    changed = {"broadcast": Broadcast(per_second=per_second), "templates": templates}
    return rules.model_copy(update=changed)


def a_live(work: Work, **values: Any) -> Live:
    """Tomorrow at the same time, hosted by somebody who books nothing."""
    host = Member(state="joined", nickname="小明", created_at=work.now)
    work.session.add(host)
    work.session.flush()
    new: dict[str, Any] = {"title": "春日好物专场", "state": State.SCHEDULED}
    new |= {"planned_at": work.now + timedelta(days=1), "approved_at": work.now}
    live = Live(host_id=host.id, **{**new, **values})
    work.session.add(live)
    work.session.flush()
    return live


def book_all(office: Office, live_id: int, guests: Iterable[Guest]) -> None:
    """Members, doors, what they said, permits and bookings, ten thousand at a time."""
    last = booked = 0
    for part in _parts(guests):
        with office.work() as work:
            _write(work, live_id, part)
        last = max(last, *(guest.number for guest in part))
        booked += sum(not guest.cancelled for guest in part)
    with office.work() as work:
        work.session.add(BookingCount(live_id=live_id, last_number=last, booked=booked))


def _write(work: Work, live_id: int, guests: list[Guest]) -> None:
    offset = 1_000
    members, doors, bookings, heard, permits = [], [], [], [], []
    for guest in guests:
        at, number = offset + guest.number, guest.number
        members.append(
            {
                "id": at,
                "state": guest.state,
                "nickname": f"星友{number}",
                "rank": 0,
                "created_at": work.now,
                "muted_at": work.now if guest.is_muted else None,
                "gmv_fen": 0,
                "pending_gmv_fen": 0,
            }
        )
        doors.append(
            {
                "id": at,
                "member_id": at,
                "channel": "official",
                "external_id": guest.openid,
                "is_open": guest.is_open,
                "created_at": work.now,
            }
        )
        bookings.append(
            {
                "live_id": live_id,
                "member_id": at,
                "number": number,
                "booked_at": work.now,
                "cancelled_at": work.now if guest.cancelled else None,
            }
        )
        if guest.spoke:
            words = {"id": f"said-{number}", "identity_id": at, "kind": "text"}
            heard.append(words | {"heard_at": work.now, "late": False})
        yes = {"identity_id": at, "template": REMINDER, "state": "granted", "granted_at": work.now}
        permits += [yes] * guest.permits
    rows = {Member: members, Identity: doors, Booking: bookings, InboxEntry: heard, Permit: permits}
    for table, found in rows.items():
        if found:
            work.session.execute(insert(table), found)


def _parts(guests: Iterable[Guest]) -> Iterator[list[Guest]]:
    part: list[Guest] = []
    for guest in guests:
        part.append(guest)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part
