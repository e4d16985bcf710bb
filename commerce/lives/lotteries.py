"""
The booking lottery of a live: committed before the first booking, drawn at the real start.

Its secret is sealed until the draw; `commit` is public from the beginning. The draw itself is a
function of what was committed and frozen (docs/algorithms/draw.md).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, func, select, update
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import BadLottery, LotteryTooLate, NotOnSale, PrizeBudgetUsed, PrizeTooDear
from commerce.goods import stock
from commerce.goods.products import Product
from commerce.lives import counting, draw
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.outbox import SHANGHAI
from commerce.people import audit
from commerce.store.base import Base, Id, Sealed
from commerce.store.once import lock_by_name
from commerce.work import Work

Packed = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


class State(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"  # The tickets and their digest are published, the secret not yet.
    DRAWN = "drawn"
    NOT_REACHED = "not_reached"  # Fewer bookings than the threshold: nothing is drawn.
    CANCELLED = "cancelled"


class Lottery(Base):
    __tablename__ = "lotteries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """「LT2026…」: what the record calls it."""
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), unique=True)
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"))
    prize_fen: Mapped[int]
    """What one prize is worth: its list price when the lottery was announced."""
    winners_wanted: Mapped[int]
    threshold: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=State.OPEN)
    commit: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(Sealed, deferred=True, deferred_raiseload=True)
    """64 hex digits. Public once it is drawn, and not a moment before: no row that is read carries
    it, only `reveal` does."""
    terms: Mapped[dict[str, Any]]
    """What was said when it was announced; nothing of it changes afterwards."""
    created_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]
    """满额即锁定: from here on it will be drawn, whoever cancels."""
    frozen_at: Mapped[datetime | None]
    people: Mapped[int] = mapped_column(default=0)
    tickets: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    beacon: Mapped[str] = mapped_column(String(200), default="")
    beacon_note: Mapped[str] = mapped_column(String(100), default="")
    """In words, why there is no beacon in the draw."""
    drawn_at: Mapped[datetime | None]
    claim_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    """Its record did not add up: nothing is claimed until a person has looked."""

    @property
    def hold(self) -> str:
        """The name under which its prizes are kept."""
        return f"lottery:{self.id}"

    @property
    def claim_within(self) -> timedelta:
        return timedelta(seconds=self.terms["claim_s"])

    @property
    def latest_after(self) -> timedelta:
        """So long after the planned time it is drawn, started or not."""
        return timedelta(seconds=self.terms["latest_s"])


class DrawRecord(Base):
    """The record as published (JSON, zlib): list and fingerprint when they are frozen, secret and
    winners when it is drawn."""

    __tablename__ = "draw_records"

    lottery_id: Mapped[int] = mapped_column(Id, ForeignKey("lotteries.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(Packed)
    published_at: Mapped[datetime]


def announce(work: Work, live: Live, product: Product, *, winners: int, threshold: int) -> Lottery:
    """The live's lottery, committed and its prizes kept. The rules people book by are in it, so it
    stands before the first booking: LotteryTooLate after. BadLottery, PrizeTooDear,
    PrizeBudgetUsed, NotOnSale, SoldOut."""
    _need_room(work, live)
    _need_a_prize(work, product, winners, threshold)
    secret = work.secret().hex()
    commit = draw.commit(secret)
    lottery = Lottery(
        number=draw.name(work.now.astimezone(SHANGHAI), commit, winners),
        live_id=live.id,
        product_id=product.id,
        prize_fen=product.price_fen,
        winners_wanted=winners,
        threshold=threshold,
        commit=commit,
        secret=secret,
        terms=_terms(work, product),
        created_at=work.now,
    )
    work.session.add(lottery)
    work.session.flush()
    work.session.expire(lottery, ["secret"])
    stock.hold(work, lottery.hold, product.id, winners)
    plan_latest(work, lottery, live)
    audit.record(work, None, "announce_lottery", f"live:{live.id}", number=lottery.number)
    return lottery


def of_live(work: Work, live_id: int, *, anew: bool = False) -> Lottery | None:
    """The live's lottery, whatever became of it; `anew`: as it stands in the database now."""
    row = select(Lottery).where(Lottery.live_id == live_id)
    return work.session.scalar(row.execution_options(populate_existing=anew))


def latest_drawn(work: Work) -> Lottery | None:
    """The last one that was drawn, of any live."""
    rows = select(Lottery).where(Lottery.state == State.DRAWN)
    return work.session.scalar(rows.order_by(Lottery.drawn_at.desc(), Lottery.id.desc()).limit(1))


def lock(work: Work, lottery_id: int) -> Lottery:
    """Nobody else changes it or its prizes until the unit of work ends."""
    return work.session.get_one(Lottery, lottery_id, with_for_update=True, populate_existing=True)


def reach(work: Work, lottery: Lottery) -> None:
    """满额即锁定: from now on it will be drawn, whoever cancels. Once."""
    unreached = update(Lottery).where(Lottery.id == lottery.id, Lottery.reached_at.is_(None))
    work.session.execute(unreached.values(reached_at=work.now))
    work.session.refresh(lottery, ["reached_at"])


def live_started(work: Work, live: Live) -> None:
    """It is drawn now. Safe to say again."""
    lottery = of_live(work, live.id)
    if lottery is not None and lottery.state == State.OPEN:
        key = f"live:{live.id}:draw"
        agenda.plan(work, "freeze_draw", key=key, lottery_id=lottery.id)


def live_moved(work: Work, live: Live) -> None:
    """Its latest time is another one now. Safe to say again."""
    lottery = of_live(work, live.id)
    if lottery is not None and lottery.state == State.OPEN:
        plan_latest(work, lottery, live)


def live_cancelled(work: Work, live: Live) -> None:
    """Nothing is drawn, the secret stays sealed, the prizes go back to the shelf. What is frozen
    already is drawn. Safe to say again."""
    lottery = of_live(work, live.id)
    if lottery is not None and lock(work, lottery.id).state == State.OPEN:
        call_off(work, lottery, State.CANCELLED)


def call_off(work: Work, lottery: Lottery, state: State) -> None:
    """Of a locked one that is open: it ends here, without a draw."""
    lottery.state = state
    stock.release_hold(work, lottery.hold)
    work.session.flush()


def plan_latest(work: Work, lottery: Lottery, live: Live) -> None:
    """It is drawn so long after the planned time, started or not."""
    due_at = live.planned_at + lottery.latest_after
    key = f"live:{live.id}:draw:{due_at:%Y%m%d%H%M%S}"
    agenda.plan(work, "freeze_draw", key=key, due_at=due_at, lottery_id=lottery.id)


def reveal(work: Work, lottery: Lottery, *, by_id: int | None = None, why: str) -> str:
    """The secret. Every reading of it is on record, whoever asks and when."""
    audit.record(work, by_id, "read_secret", f"lottery:{lottery.id}", why=why, state=lottery.state)
    return work.session.execute(select(Lottery.secret).where(Lottery.id == lottery.id)).scalar_one()


def _need_room(work: Work, live: Live) -> None:
    if not work.rules.lottery.enabled:
        raise LotteryTooLate(live.id, "off")
    booked = counting.hold(work, live.id).last_number
    work.session.refresh(live)
    if live.state != LiveState.SCHEDULED:
        raise LotteryTooLate(live.id, "started")
    if of_live(work, live.id) is not None:
        raise LotteryTooLate(live.id, "exists")
    if booked:
        raise LotteryTooLate(live.id, "booked")


def _need_a_prize(work: Work, product: Product, winners: int, threshold: int) -> None:
    rules = work.rules
    if not 1 <= winners <= threshold:
        raise BadLottery(winners, threshold)
    if product.published_at is None or product.hidden_at is not None:
        raise NotOnSale(product.title)
    if product.price_fen > rules.lottery.prize_limit_fen:
        raise PrizeTooDear(product.title, product.price_fen, rules.lottery.prize_limit_fen)
    lock_by_name(work.session, "budget:prizes")
    left_fen = rules.budgets.prizes_fen - promised_fen(work)
    if product.price_fen * winners > left_fen:
        raise PrizeBudgetUsed(product.price_fen * winners, max(0, left_fen))


def promised_fen(work: Work) -> int:
    """What this month's lotteries promise; what was never drawn promises nothing."""
    local = work.now.astimezone(SHANGHAI)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    undrawn = (State.NOT_REACHED, State.CANCELLED)
    promised = select(func.sum(Lottery.prize_fen * Lottery.winners_wanted)).where(
        Lottery.created_at >= month, Lottery.state.not_in(undrawn)
    )
    return int(work.session.scalar(promised) or 0)


def _terms(work: Work, product: Product) -> dict[str, Any]:
    rule = work.rules.lottery
    return {
        "product": product.title,
        "spec": product.spec,
        "organiser": work.rules.brand.organiser,
        "claim_s": int(rule.claim_within.total_seconds()),
        "latest_s": int(rule.latest_draw.total_seconds()),
        "extra_tickets": rule.extra_tickets_per_friend,
        "beacon": rule.beacon,
        "rules_version": work.rules.version,
    }
