"""
Who must hear of a live's steps: its lottery, its offers, and everybody who has booked.

`hosting` and `programme` take the steps and call these; nobody else does.
"""

from commerce.goods import offers
from commerce.groups import timetable
from commerce.lives import assist_tasks, broadcasting, lotteries, minutes, reminders
from commerce.lives.lives import Live
from commerce.work import Work


def announced(work: Work, live: Live) -> None:
    """It may be shown from now on. Again after it was looked at once more."""
    broadcasting.plan_reminders(work, live)
    timetable.plan_live(work, live)


def started(work: Work, live: Live) -> None:
    """On the air, this very moment. Once per live."""
    lotteries.live_started(work, live)
    broadcasting.plan_reminders(work, live)
    minutes.begin(work, live)
    timetable.plan_live(work, live)


def ended(work: Work, live: Live) -> None:
    """Off the air. Once per live."""
    offers.live_ended(work, live)
    assist_tasks.live_ended(work, live)
    timetable.plan_live(work, live)


def cancelled(work: Work, live: Live) -> None:
    """It will not take place; `cancel_reason` says why. Once per live."""
    lotteries.live_cancelled(work, live)
    offers.live_ended(work, live)
    reminders.tell_cancelled(work, live)


def moved(work: Work, live: Live) -> None:
    """Another time than was said before."""
    lotteries.live_moved(work, live)
    broadcasting.plan_reminders(work, live)
    reminders.tell_moved(work, live)
    timetable.plan_live(work, live)
