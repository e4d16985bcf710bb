"""
Every consequence that happens later, on one page.

TASKS change the database and nothing else: claimed and done in one transaction. CALLS talk to a
platform: leased, and safe to be run again.
"""

from collections.abc import Callable
from datetime import timedelta

from bot import inbox
from commerce import agenda
from commerce.people import binding, joining
from commerce.people.identities import Identity
from commerce.work import Work
from jobs.deliver import deliver
from jobs.shop import Shop

DAILY = timedelta(days=1)


def erase(work: Work, member_id: int) -> None:
    joining.erase(work, member_id)


def forget_inbox(work: Work) -> None:
    inbox.forget_old(work)
    plan_daily(work)


def plan_daily(work: Work) -> None:
    """What comes round every day plans its own next time. Safe to run again."""
    tomorrow = work.now + DAILY
    key = f"forget_inbox:{tomorrow:%Y-%m-%d}"
    agenda.plan(work, "forget_inbox", key=key, due_at=tomorrow)


def learn_unionid(shop: Shop, identity_id: int) -> None:
    """Ask the platform who a follower is everywhere."""
    with shop.office.reading() as work:
        identity = work.session.get_one(Identity, identity_id)
    if identity.is_erased:
        return
    unionid = shop.wechat.user_info(identity.external_id).get("unionid")
    if unionid:
        shop.office.do(lambda work: binding.learn_unionid(work, identity_id, str(unionid)))


TASKS: dict[str, Callable[..., None]] = {
    "erase": erase,
    "forget_inbox": forget_inbox,
}

CALLS: dict[str, Callable[..., None]] = {
    "deliver": deliver,
    "learn_unionid": learn_unionid,
}
