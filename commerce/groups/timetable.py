"""When a group post is written and sent: on its weekday, or so long before or after a live."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from commerce import agenda
from commerce.lives.lives import Live
from commerce.outbox import SHANGHAI
from commerce.rules.people import Post as Template
from commerce.work import Work

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
TO_LOOK_AT = timedelta(hours=24)
"""So long before its time a post that must be looked at is written."""
INTO_THE_LIVE = timedelta(minutes=30)


def plan_days(work: Work) -> None:
    """What goes out today and tomorrow, whatever lives there are. Safe to run again."""
    today = work.now.astimezone(SHANGHAI)
    for form in work.rules.posts:
        for date in (today, today + timedelta(days=1)):
            if WEEKDAYS[date.weekday()] in form.weekdays:
                _plan(work, form, _at(form, date), key=f"{date:%Y-%m-%d}")


def plan_live(work: Work, live: Live) -> None:
    """What is posted about a live that may be shown: before it, while it is on, after it. Again
    when it has moved: what was planned for the old time finds out by itself."""
    for form, at in _around(work, live):
        _plan(work, form, at, key=f"live:{live.id}:{at.isoformat()}", live=live)


def _around(work: Work, live: Live) -> Iterator[tuple[Template, datetime]]:
    for form in work.rules.posts:
        if form.before_live is not None and live.started_at is None:
            yield form, _at(form, live.planned_at - form.before_live)
        elif form.event == "live_running" and live.started_at is not None:
            yield form, live.started_at + INTO_THE_LIVE
        elif form.after_live is not None and live.ended_at is not None:
            yield form, _at(form, live.ended_at + form.after_live)


def _at(form: Template, day: datetime) -> datetime:
    if form.at is None:
        return day
    local = day.astimezone(SHANGHAI)
    return local.replace(hour=form.at.hour, minute=form.at.minute, second=0, microsecond=0)


def _plan(
    work: Work, form: Template, planned_at: datetime, *, key: str, live: Live | None = None
) -> None:
    if planned_at <= work.now:
        return
    due_at = max(work.now, planned_at - TO_LOOK_AT) if form.review else planned_at
    about = {} if live is None else {"live_id": live.id, "live_at": live.planned_at.isoformat()}
    agenda.plan(
        work,
        "draft_posts",
        key=f"posts:{form.id}:{key}",
        due_at=due_at,
        template=form.id,
        planned_at=planned_at.isoformat(),
        **about,
    )
