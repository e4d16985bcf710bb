"""What is due with money: settlements, releases, and telling people about them."""

import logging
from datetime import datetime, timedelta

from commerce import agenda
from commerce.money import pauses, releases, settlement
from commerce.money.audit import audit
from commerce.outbox import SHANGHAI
from commerce.work import Work
from jobs.shop import Shop

SWEEP = timedelta(minutes=1)
"""How long after its hold a line may at most still be pending."""


AUDIT_AFTER = timedelta(hours=1)
"""The books are proved so long after the nightly run."""

log = logging.getLogger(__name__)


def settle(shop: Shop, place: str) -> None:
    """All of a live's or a day's paid orders, batch by batch. Killed anywhere, it goes on there."""
    run = settlement.settle(shop.office, place)
    if run is None:
        log.info("nothing is left to settle of %s", place)


def prove(shop: Shop) -> None:
    """Books that do not add up stop all payouts, until a person has looked; nothing is mended."""
    report = audit(shop.office)
    if not report.is_whole:
        first = report.findings[0]
        log.error("the books do not add up: %s, %s", first.law, first.place)
        shop.office.do(lambda work: pauses.pause(work, pauses.DRIFT, about=first.place))


def settle_night(work: Work) -> None:
    """What was paid outside lives, and whatever a live's own runs have missed."""
    for place in settlement.unsettled_places(work):
        key = f"settle:{place}:{work.now:%Y%m%d%H%M}"
        agenda.plan(work, "settle", key=key, place=place)
    plan_night(work)


def plan_night(work: Work) -> None:
    """The next nightly run. Safe to run again."""
    due_at = next_night(work)
    agenda.plan(work, "settle_night", key=f"settle_night:{due_at:%Y-%m-%d}", due_at=due_at)
    prove_at = due_at + AUDIT_AFTER
    agenda.plan(work, "prove_books", key=f"prove_books:{prove_at:%Y-%m-%d}", due_at=prove_at)


def next_night(work: Work) -> datetime:
    """The next time the clock in Shanghai shows the hour of the nightly run."""
    at = work.rules.settlement.nightly_at
    local = work.now.astimezone(SHANGHAI)
    tonight = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)


def release(work: Work) -> None:
    """What is due now; again at once while there is more, else with the next sweep."""
    if releases.release(work) < releases.BATCH:
        plan_release(work)
    else:
        agenda.plan(work, "release", key=f"release:{work.now:%Y%m%d%H%M%S%f}:more")


def plan_release(work: Work) -> None:
    """A sweep at the next full minute. Safe to run again: one sweep a minute."""
    due_at = work.now.replace(second=0, microsecond=0) + SWEEP
    agenda.plan(work, "release", key=f"release:{due_at:%Y%m%d%H%M}", due_at=due_at)
