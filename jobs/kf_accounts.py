"""Our accounts of customer service: how far each is fetched, who is at it, and who rings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.store.base import Base
from commerce.store.once import insert_once
from commerce.work import Work

TOKEN_VALID = timedelta(minutes=9)
"""The platform says ten."""

LOOKED_AT_EVERY = timedelta(seconds=15)
"""A callback that is lost keeps nobody waiting for longer."""

TURNS_KEPT = 100


class KfAccount(Base):
    __tablename__ = "kf_accounts"

    open_kfid: Mapped[str] = mapped_column(String(64), primary_key=True)
    cursor: Mapped[str] = mapped_column(String(128), default="")
    """Everything before it was heard."""
    token: Mapped[str] = mapped_column(String(200), default="")
    """What came with the last ring; without it the platform lets us ask less often."""
    token_at: Mapped[datetime | None]
    rings: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(default=0)
    """Names the next fetching: however many ring before it begins, it is one."""
    holder: Mapped[int] = mapped_column(default=0)
    """Only ever counts up: it is what tells one holder of the lease from the next."""
    lease_until: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    """When everything was heard that there was."""
    link: Mapped[str] = mapped_column(String(200), default="")
    """Into a conversation there; a scene may be added to it."""
    late_welcomes: Mapped[int] = mapped_column(default=0)
    gone_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Held:
    """An account that nobody else fetches from now."""

    open_kfid: str
    holder: int
    cursor: str
    token: str
    rings: int


def ring(work: Work, tokens: dict[str, str]) -> None:
    """Somebody rang at these accounts, by their keys: each is fetched from, soon and once."""
    for open_kfid, token in sorted(tokens.items()):
        _make(work, open_kfid)
        rung = update(KfAccount).where(KfAccount.open_kfid == open_kfid)
        keys = {"token": token, "token_at": work.now} if token else {}
        work.session.execute(
            rung.values(rings=KfAccount.rings + 1, gone_at=None, **keys),
            execution_options={"synchronize_session": False},
        )
        turn = work.session.scalar(select(KfAccount.turn).where(KfAccount.open_kfid == open_kfid))
        _plan(work, open_kfid, turn or 0)


def plan_overdue(work: Work) -> None:
    """Whatever was not fetched for a while is fetched without a ring."""
    long_ago = KfAccount.fetched_at <= work.now - LOOKED_AT_EVERY
    overdue = select(KfAccount.open_kfid, KfAccount.turn).where(
        KfAccount.gone_at.is_(None), or_(KfAccount.fetched_at.is_(None), long_ago)
    )
    for open_kfid, turn in work.session.execute(overdue.order_by(KfAccount.open_kfid)):
        _plan(work, open_kfid, turn)


def plan_again(work: Work, open_kfid: str) -> None:
    _plan(work, open_kfid, work.session.get_one(KfAccount, open_kfid).turn)


def take(work: Work, open_kfid: str, *, real_now: datetime) -> Held | None:
    """Be the only one who fetches there. None: somebody is at it, and goes round again for whatever
    rings before they are through."""
    account = _locked(work, open_kfid)
    account.turn += 1
    agenda.forget(work, _key(open_kfid, account.turn - TURNS_KEPT))
    if account.lease_until is not None and account.lease_until > real_now:
        return None
    account.holder += 1
    account.lease_until = real_now + agenda.LEASE
    return held_now(work, account)


def held_now(work: Work, account: KfAccount) -> Held:
    fresh = account.token_at is not None and account.token_at + TOKEN_VALID > work.now
    token = account.token if fresh else ""
    return Held(account.open_kfid, account.holder, account.cursor, token, account.rings)


def still_held(work: Work, held: Held) -> KfAccount | None:
    """The account, locked until this unit of work ends. None: somebody else has it now."""
    account = _locked(work, held.open_kfid)
    return account if account.holder == held.holder else None


def renew(work: Work, held: Held, *, real_now: datetime) -> bool:
    ours = update(KfAccount).where(
        KfAccount.open_kfid == held.open_kfid,
        KfAccount.holder == held.holder,
        KfAccount.lease_until.is_not(None),
    )
    renewed = work.session.connection().execute(ours.values(lease_until=real_now + agenda.LEASE))
    return renewed.rowcount == 1


def give_back(work: Work, held: Held) -> None:
    """Whoever comes next may have it. Safe to run again."""
    account = still_held(work, held)
    if account is not None:
        account.lease_until = None


def gone(work: Work, open_kfid: str) -> None:
    """The platform does not know it any more."""
    _locked(work, open_kfid).gone_at = work.now


def known(work: Work, open_kfids: Collection[str]) -> list[KfAccount]:
    """These are all there are. Returns those that have no link yet."""
    for open_kfid in sorted(open_kfids):
        _make(work, open_kfid)
    accounts = list(work.session.scalars(select(KfAccount)))
    for account in accounts:
        there = account.open_kfid in open_kfids
        account.gone_at = None if there else account.gone_at or work.now
    return [one for one in accounts if not one.link and one.gone_at is None]


def linked(work: Work, open_kfid: str, link: str) -> None:
    work.session.get_one(KfAccount, open_kfid).link = link


def link_of(work: Work, open_kfid: str | None = None) -> str:
    """The link into a conversation with this account, else with the first. Empty: there is none."""
    linked = select(KfAccount.link).where(KfAccount.link != "", KfAccount.gone_at.is_(None))
    first = linked.order_by(KfAccount.open_kfid != (open_kfid or ""), KfAccount.open_kfid)
    return work.session.scalar(first.limit(1)) or ""


def count_late(work: Work, open_kfid: str) -> None:
    """One who came there was not greeted in time."""
    late = update(KfAccount).where(KfAccount.open_kfid == open_kfid)
    work.session.execute(
        late.values(late_welcomes=KfAccount.late_welcomes + 1),
        execution_options={"synchronize_session": False},
    )


def late_welcomes(work: Work) -> int:
    return int(work.session.scalar(select(func.sum(KfAccount.late_welcomes))) or 0)


def _make(work: Work, open_kfid: str) -> None:
    if work.session.get(KfAccount, open_kfid) is None:
        insert_once(
            work.session,
            KfAccount,
            open_kfid=open_kfid,
            cursor="",
            token="",
            rings=0,
            turn=0,
            holder=0,
            link="",
            late_welcomes=0,
        )


def _locked(work: Work, open_kfid: str) -> KfAccount:
    work.session.flush()
    return work.session.get_one(KfAccount, open_kfid, with_for_update=True, populate_existing=True)


def _plan(work: Work, open_kfid: str, turn: int) -> None:
    agenda.plan(work, "pull_kf", key=_key(open_kfid, turn), open_kfid=open_kfid)


def _key(open_kfid: str, turn: int) -> str:
    return f"pull_kf:{open_kfid}:{turn}"
