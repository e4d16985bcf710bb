"""Customer service without its bell: what a lost ring was for, and new accounts, are found."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from bot.platforms.wecom import WeCom
from commerce import agenda
from commerce.work import Work
from jobs import kf_accounts
from jobs.kf_accounts import LOOKED_AT_EVERY
from jobs.shop import Shop

LISTED_EVERY = timedelta(minutes=10)
SWEEPS_KEPT = 240
MOST_LISTED = 100
ENTRY = "card"
"""The scene of our links: without one the platform forgets what came with them."""


def sweep_kf(shop: Shop) -> None:
    """Accounts that were not fetched for a while are fetched without a ring, and so it goes on."""
    if shop.wecom is not None:
        shop.office.do(_sweep)


def plan_sweep(work: Work) -> None:
    """The first one of all, or none where they go on already. Safe to run again."""
    slot = int(work.now.timestamp()) // int(LOOKED_AT_EVERY.total_seconds())
    agenda.plan(work, "sweep_kf", key=f"sweep_kf:{slot}")


def _sweep(work: Work) -> None:
    every_s = int(LOOKED_AT_EVERY.total_seconds())
    slot = int(work.now.timestamp()) // every_s
    due_at = work.now + timedelta(seconds=every_s - work.now.timestamp() % every_s)
    agenda.plan(work, "sweep_kf", key=f"sweep_kf:{slot + 1}", due_at=due_at)
    agenda.forget(work, f"sweep_kf:{slot - SWEEPS_KEPT}")
    listed = int(work.now.timestamp() // LISTED_EVERY.total_seconds())
    agenda.plan(work, "find_kf_accounts", key=f"find_kf_accounts:{listed}")
    agenda.forget(work, f"find_kf_accounts:{listed - SWEEPS_KEPT}")
    agenda.plan(work, "find_joined", key=f"find_joined:{listed}")
    agenda.forget(work, f"find_joined:{listed - SWEEPS_KEPT}")
    minute = int(work.now.timestamp()) // 60
    agenda.plan(work, "prepare_welcome", key=f"prepare_welcome:{minute}")
    agenda.forget(work, f"prepare_welcome:{minute - SWEEPS_KEPT}")
    kf_accounts.plan_overdue(work)


def find_kf_accounts(shop: Shop) -> None:
    """Which accounts there are, and the link into each. Safe to run again."""
    if shop.wecom is None:
        return
    found = set(_listed(shop.wecom))
    for account in shop.office.do(lambda work: kf_accounts.known(work, found)):
        asked = {"open_kfid": account.open_kfid, "scene": ENTRY}
        link = str(shop.wecom.post("kf/add_contact_way", asked, "url")["url"])
        shop.office.do(partial(kf_accounts.linked, open_kfid=account.open_kfid, link=link))


def _listed(wecom: WeCom) -> Iterator[str]:
    listed = 0
    while True:
        asked = {"offset": listed, "limit": MOST_LISTED}
        page: list[dict[str, Any]] = wecom.post("kf/account/list", asked, "account_list")[
            "account_list"
        ]
        yield from (str(one["open_kfid"]) for one in page)
        listed += len(page)
        if len(page) < MOST_LISTED:
            return
