"""
Every consequence that happens later, on one page.

TASKS change the database and nothing else: claimed and done in one transaction. CALLS talk to a
platform: leased, and safe to be run again.
"""

from collections.abc import Callable
from datetime import timedelta

from bot import inbox
from commerce import agenda
from commerce.people import binding, identities, joining
from commerce.people.identities import Identity
from commerce.work import Work
from jobs.deliver import deliver
from jobs.shop import Shop

DAILY = timedelta(days=1)


def erase(work: Work, member_id: int) -> None:
    joining.erase(work, member_id)


def tidy_up(work: Work) -> None:
    """What platforms will not ask about any more; the outbox keeps the keys of deliveries."""
    inbox.forget_old(work)
    agenda.forget_done(work, "deliver")
    plan_daily(work)


def plan_daily(work: Work) -> None:
    """What comes round every day plans its own next time. Safe to run again."""
    tomorrow = work.now + DAILY
    key = f"tidy_up:{tomorrow:%Y-%m-%d}"
    agenda.plan(work, "tidy_up", key=key, due_at=tomorrow)


def look_up(shop: Shop, identity_id: int) -> None:
    """Ask the platform whether somebody follows, and who they are everywhere: what it says now
    counts, in whatever order its events came."""
    with shop.office.reading() as work:
        identity = work.session.get_one(Identity, identity_id)
    if identity.is_erased:
        return
    found = shop.wechat.user_info(identity.external_id)

    def note(work: Work) -> None:
        identities.set_open(work, identity_id, is_open=bool(found.get("subscribe")))
        if found.get("unionid"):
            binding.learn_unionid(work, identity_id, str(found["unionid"]))

    shop.office.do(note)


TASKS: dict[str, Callable[..., None]] = {
    "erase": erase,
    "tidy_up": tidy_up,
}

CALLS: dict[str, Callable[..., None]] = {
    "deliver": deliver,
    "look_up": look_up,
}
