"""
Settlement: a live's (or a day's) paid orders become earnings. See docs/algorithms/settlement.md.

A run works on a frozen watermark, in batches of a few statements each. A batch writes the lines,
one netted journal entry and the mark on its orders in one transaction, so a run that is killed
anywhere goes on where it was, and running it again changes nothing.
"""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Index,
    String,
    UniqueConstraint,
    case,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.fen import part_floor, share_floor_sql
from commerce.goods.orders import Mode, Order
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import ledger
from commerce.money.earnings import Earning, Kind, Part, Reversal, State, earning_lines
from commerce.money.ledger import Balance, JournalEntry, Posting
from commerce.people.members import Member
from commerce.store.base import Base, Id
from commerce.store.once import add_up, insert_once
from commerce.work import Office, Work

BATCH = 5_000


class Settlement(Base):
    """One run over the orders of a live, or of a day outside lives. `run_no` counts from 1."""

    __tablename__ = "settlements"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    place: Mapped[str] = mapped_column(String(12))
    run_no: Mapped[int]
    started_at: Mapped[datetime]
    """The watermark: what is paid later is for the next run."""
    finished_at: Mapped[datetime | None]
    upto_id: Mapped[int] = mapped_column(default=0)
    """Every order up to this id is done."""
    batches: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)
    lines: Mapped[int] = mapped_column(default=0)
    earned_fen: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        UniqueConstraint("place", "run_no", name="settlements_run"),
        Index("settlements_open", "finished_at"),
        Base.__table_args__,
    )


def settle(office: Office, place: str, *, limit: int = BATCH) -> Settlement | None:
    """Settle what is paid by now, batch by batch, each its own transaction. None if there was
    nothing to do. Safe to kill anywhere and to run again, also beside itself."""
    run_id = office.do(lambda work: start(work, place))
    if run_id is None:
        return None
    while not (run := office.do(lambda work: settle_batch(work, run_id, limit=limit))).finished_at:
        pass
    return run


def start(work: Work, place: str) -> int | None:
    """The unfinished run of the place, or a new one if something is left to settle."""
    last = select(Settlement).where(Settlement.place == place).order_by(Settlement.run_no.desc())
    run = work.session.scalar(last.limit(1))
    if run is not None and run.finished_at is None:
        return run.id
    live = _live(work, place)
    first_of_live = run is None and live is not None
    if not first_of_live and _last_of_batch(work, place, work.now, 0, 1) is None:
        return None
    number = run.run_no + 1 if run else 1
    first = {"upto_id": 0, "batches": 0, "orders": 0, "lines": 0, "earned_fen": 0}
    insert_once(work.session, Settlement, place=place, run_no=number, started_at=work.now, **first)
    made = select(Settlement.id).where(Settlement.place == place, Settlement.run_no == number)
    return work.session.scalars(made).one()


def settle_batch(work: Work, run_id: int, *, limit: int = BATCH) -> Settlement:
    """The next orders of a run. Finished when there are none left."""
    run = work.session.get_one(Settlement, run_id, with_for_update=True, populate_existing=True)
    if run.finished_at is not None:
        return run
    upto_id = _last_of_batch(work, run.place, run.started_at, run.upto_id, limit)
    if upto_id is None:
        _finish(work, run)
        return run
    batch = _mark(work, run, upto_id)
    _write_lines(work, run, batch)
    _write_reversed_lines(work, run, batch)
    made = (Earning.order_id > run.upto_id) & (Earning.order_id <= upto_id)
    _book(work, run, batch, made & (Earning.settlement_id == run.id))
    run.upto_id = upto_id
    run.batches += 1
    work.session.flush()
    return run


def unsettled_places(work: Work, *, limit: int = 1000) -> list[str]:
    """Where paid orders wait though their live is over, or their day: what a nightly run does."""
    rows = (
        select(Order.escrow)
        .where(Order.escrow.is_not(None), Order.settlement_id.is_(None))
        .distinct()
        .limit(limit)
    )
    return sorted(place for place in work.session.scalars(rows) if place and _is_over(work, place))


def _is_over(work: Work, place: str) -> bool:
    live = _live(work, place)
    if live is None:
        return True
    after = work.rules.settlement.starts_after
    return live.ended_at is not None and live.ended_at + after <= work.now


def _live(work: Work, place: str) -> Live | None:
    return work.session.get(Live, int(place)) if place.isdecimal() else None


def _to_settle(place: str, watermark: datetime, after_id: int) -> ColumnElement[bool]:
    return (
        (Order.escrow == place)
        & Order.settlement_id.is_(None)
        & (Order.id > after_id)
        & (Order.paid_at <= watermark)
    )


def _last_of_batch(
    work: Work, place: str, watermark: datetime, after_id: int, limit: int
) -> int | None:
    ids = select(Order.id).where(_to_settle(place, watermark, after_id)).order_by(Order.id)
    last_id: int | None = work.session.scalar(select(func.max(ids.limit(limit).subquery().c.id)))
    return last_id


def _mark(work: Work, run: Settlement, upto_id: int) -> ColumnElement[bool]:
    """The batch's orders are this run's from now on: their rows are locked, so that a refund comes
    wholly before, or wholly after and reverses lines."""
    batch = _to_settle(run.place, run.started_at, run.upto_id) & (Order.id <= upto_id)
    marked = update(Order).where(batch).values(settlement_id=run.id)
    work.session.execute(marked.execution_options(synchronize_session=False))
    mine = (Order.escrow == run.place) & (Order.settlement_id == run.id)
    return mine & (Order.id > run.upto_id) & (Order.id <= upto_id)


COLUMNS = (
    "order_id",
    "part",
    "kind",
    "member_id",
    "settlement_id",
    "base_fen",
    "rate_bp",
    "amount_fen",
    "reversed_fen",
    "state",
    "created_at",
    "awaits_operator",
)


def _write_lines(work: Work, run: Settlement, batch: ColumnElement[bool]) -> None:
    """The formula of `earning_lines`, for all orders of the batch that nothing was taken from."""
    whole = batch & Order.earns & (Order.refunded_fen == 0) & Order.voided_at.is_(None)
    above_fen = Order.base_fen - Order.supply_fen * Order.quantity
    in_markup = Order.mode == Mode.MARKUP
    shares = (
        (
            Part.PROMOTER,
            case((in_markup, Kind.HOST_MARKUP), else_=Kind.SALES_COMMISSION),
            Order.promoter_id,
            case((in_markup, None), else_=Order.sales_bp),
            case((in_markup, above_fen), else_=share_floor_sql(Order.base_fen, Order.sales_bp)),
        ),
        *(
            (part, literal(kind), member_id, rate_bp, share_floor_sql(Order.base_fen, rate_bp))
            for part, kind, member_id, rate_bp in (
                (Part.PARENT, Kind.TEAM_REWARD, Order.parent_id, Order.tier2_bp),
                (Part.GRANDPARENT, Kind.TEAM_REWARD, Order.grandparent_id, Order.tier3_bp),
                (Part.HOST, Kind.SALES_COMMISSION, Order.host_id, Order.host_bp),
            )
        ),
    )
    made = [
        select(
            Order.id,
            literal(int(part)),
            kind,
            member_id,
            literal(run.id),
            Order.base_fen,
            rate_bp,
            amount_fen,
            literal(0),
            literal(State.PENDING.value),
            literal(work.now, Earning.created_at.type),
            literal(False),
        ).where(whole, member_id.is_not(None), amount_fen > 0)
        for part, kind, member_id, rate_bp, amount_fen in shares
    ]
    work.session.execute(insert(Earning).from_select(COLUMNS, union_all(*made)))


def _write_reversed_lines(work: Work, run: Settlement, batch: ColumnElement[bool]) -> None:
    """Orders that were refunded or judged before settlement: whole lines, and what is off them."""
    taken = (Order.refunded_fen > 0) | Order.voided_at.is_not(None)
    for order in work.session.scalars(select(Order).where(batch, Order.earns, taken)):
        for line in earning_lines(order):
            off_fen = part_floor(line.amount_fen, order.refunded_fen, order.base_fen)
            void = order.voided_at is not None
            off_fen = line.amount_fen if void else off_fen
            whole = off_fen == line.amount_fen
            state = State.VOID if void else State.REVERSED if whole else State.PENDING
            earning = Earning(
                order_id=order.id,
                part=line.part,
                kind=line.kind,
                member_id=line.member_id,
                settlement_id=run.id,
                base_fen=line.base_fen,
                rate_bp=line.rate_bp,
                amount_fen=line.amount_fen,
                reversed_fen=off_fen,
                state=state,
                created_at=work.now,
            )
            work.session.add(earning)
            work.session.flush()
            if off_fen:
                reversal = Reversal(earning_id=earning.id, key="settlement", amount_fen=off_fen)
                reversal.from_pending_fen, reversal.at = off_fen, work.now
                work.session.add(reversal)
    work.session.flush()


def _book(
    work: Work, run: Settlement, batch: ColumnElement[bool], made: ColumnElement[bool]
) -> None:
    """One entry for the batch: out of escrow, to everybody's pending, the rest to sales."""
    key = f"settlement:{run.id}:{run.batches + 1}"
    assert insert_once(work.session, JournalEntry, key=key, posted_at=work.now), key
    entry_id = work.session.scalars(select(JournalEntry.id).where(JournalEntry.key == key)).one()
    stands_fen = Earning.amount_fen - Earning.reversed_fen
    owner_id = func.coalesce(Member.merged_into, Member.id)
    owed = (
        select(owner_id.label("owner_id"), func.sum(stands_fen).label("amount_fen"))
        .join(Member, Member.id == Earning.member_id)
        .where(made, stands_fen > 0)
        .group_by(owner_id)
        .subquery()
    )
    account = ledger.pending_sql(owed.c.owner_id)
    changes = select(literal(entry_id), account, owed.c.amount_fen).order_by(account)
    work.session.execute(
        insert(Posting).from_select(("entry_id", "account", "amount_fen"), changes)
    )
    lines, earned_fen = work.session.execute(
        select(func.count(), func.coalesce(func.sum(stands_fen), 0)).where(made)
    ).one()
    grown = select(
        account.label("account"),
        owed.c.amount_fen.label("balance_fen"),
        literal(False).label("is_debt"),
    )
    add_up(work.session, Balance, grown.order_by(account), into="balance_fen")
    _book_the_rest(work, run, batch, entry_id, int(earned_fen))
    run.lines += lines
    run.earned_fen += int(earned_fen)


def _book_the_rest(
    work: Work, run: Settlement, batch: ColumnElement[bool], entry_id: int, earned_fen: int
) -> None:
    held = Order.base_fen + Order.freight_fen - Order.refunded_fen - Order.freight_back_fen
    orders, held_fen = work.session.execute(
        select(func.count(), func.coalesce(func.sum(held), 0)).where(batch)
    ).one()
    rest = {ledger.escrow(run.place): -int(held_fen), ledger.SALES: int(held_fen) - earned_fen}
    rows = [
        {"entry_id": entry_id, "account": account, "amount_fen": amount_fen}
        for account, amount_fen in rest.items()
        if amount_fen
    ]
    if rows:
        work.session.execute(insert(Posting), rows)
    run.orders += orders


def _finish(work: Work, run: Settlement) -> None:
    run.finished_at = work.now
    live = _live(work, run.place)
    if live is not None:
        live.state, live.settled_at = LiveState.SETTLED, live.settled_at or work.now
    work.session.flush()
    if run.lines:
        agenda.plan(work, "tell_settled", key=f"tell_settled:{run.id}:0", run_id=run.id, after=0)
