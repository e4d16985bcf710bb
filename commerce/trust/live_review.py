"""
Looking after what stars plan and say: a live is approved or sent back before it starts; while it
is on, its host may be warned and the live stopped.
"""

from typing import Any

from sqlalchemy import Select, exists, func, select

from commerce.errors import LiveNotStarted, LiveReviewed, LiveTextRefused, OwnCase
from commerce.lives import evening, hosting, shown
from commerce.lives.lives import Live, LiveGoods, State
from commerce.outbox import notify
from commerce.people import audit, members
from commerce.people.members import Member
from commerce.people.staff import Role, need_role
from commerce.work import Work


def waiting(work: Work, *, limit: int = 10) -> tuple[list[Live], int]:
    """Complete, not yet looked at and still to come: the next one first; and how many in all."""
    rows = _waiting().where(Live.planned_at > work.now - hosting.SHOWN_AFTER)
    total = work.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return list(work.session.scalars(rows.order_by(Live.planned_at, Live.id).limit(limit))), total


def approve(work: Work, live_id: int, *, by: Member) -> Live:
    """It may start, and is announced. NotStaff, NoSuchLive, OwnCase, LiveReviewed."""
    live = _to_decide(work, live_id, by)
    live.approved_at = work.now
    work.session.flush()
    audit.record(work, by.id, "approve_live", f"live:{live.id}")
    at = live.planned_at.isoformat()
    facts: dict[str, Any] = {"number": live.id, "title": live.title, "planned_at": at}
    notify(work, _host(work, live), "live_approved", key=_key(work, live, "approved"), **facts)
    evening.announced(work, live)
    return live


def send_back(work: Work, live_id: int, reason: str, *, by: Member) -> Live:
    """Back to its host with the reason; changed, it comes again. NotStaff, NoSuchLive, OwnCase,
    LiveReviewed, LiveTextRefused."""
    live = _to_decide(work, live_id, by)
    live.sent_back = _checked(reason)
    work.session.flush()
    audit.record(work, by.id, "send_live_back", f"live:{live.id}")
    facts: dict[str, Any] = {"number": live.id, "title": live.title, "reason": live.sent_back}
    notify(work, _host(work, live), "live_returned", key=_key(work, live, "returned"), **facts)
    return live


def warn(work: Work, live_id: int, reason: str, *, by: Member) -> Live:
    """Its host is told, now. NotStaff, NoSuchLive, OwnCase, LiveNotStarted, LiveTextRefused."""
    live = _of_somebody_else(work, live_id, by)
    if live.state != State.LIVE:
        raise LiveNotStarted(live.id)
    reason = _checked(reason)
    audit.record(work, by.id, "warn_live", f"live:{live.id}")
    facts: dict[str, Any] = {"number": live.id, "title": live.title, "reason": reason}
    notify(work, _host(work, live), "live_warned", key=_key(work, live, "warned"), **facts)
    return live


def stop(work: Work, live_id: int, reason: str, *, by: Member) -> bool:
    """Off the air, and its host is told why; what was sold is settled as ever. False if it was over
    already. NotStaff, NoSuchLive, OwnCase, LiveNotStarted, LiveCancelled, LiveTextRefused."""
    live = _of_somebody_else(work, live_id, by)
    reason = _checked(reason)
    if not hosting.end_now(work, live):
        return False
    audit.record(work, by.id, "stop_live", f"live:{live.id}")
    facts: dict[str, Any] = {"number": live.id, "title": live.title, "reason": reason}
    notify(work, _host(work, live), "live_stopped", key=_key(work, live, "stopped"), **facts)
    return True


def _waiting() -> Select[Any]:
    return select(Live).where(
        Live.state == State.SCHEDULED,
        Live.approved_at.is_(None),
        Live.sent_back == "",
        Live.script != "",
        exists().where(LiveGoods.live_id == Live.id),
    )


def _to_decide(work: Work, live_id: int, by: Member) -> Live:
    need_role(work, by, Role.REVIEWER)
    live = hosting.locked(work, live_id)
    if _host(work, live) == by.id:
        raise OwnCase
    is_decided = live.approved_at is not None or bool(live.sent_back)
    if live.state != State.SCHEDULED or is_decided or shown.missing(work, live):
        raise LiveReviewed(live.id)
    return live


def _of_somebody_else(work: Work, live_id: int, by: Member) -> Live:
    need_role(work, by, Role.REVIEWER, Role.HOST)
    live = hosting.locked(work, live_id)
    if _host(work, live) == by.id:
        raise OwnCase
    return live


def _checked(reason: str) -> str:
    """In one line. It may name the words that must not be said."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > hosting.LONGEST_REASON:
        raise LiveTextRefused((), hosting.LONGEST_REASON)
    return reason


def _host(work: Work, live: Live) -> int:
    return members.get(work, live.host_id).id


def _key(work: Work, live: Live, verdict: str) -> str:
    return f"live:{live.id}:{verdict}:{work.now:%Y%m%d%H%M%S%f}"
