"""
明细: a member's lines, some at a time, the newest first, and a line found again by what people say.

Pages go on from the last line seen, never by counting, so the thousandth is as quick as the first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.money import estimates
from commerce.money.earnings import Earning, Kind, Part, State
from commerce.money.earnings_view import STANDS_FEN, LiveSum, live_sums
from commerce.money.settlement import Settlement
from commerce.people import members
from commerce.people.members import Member
from commerce.work import Work

PAGE = 5
NEWEST_FIRST = (Earning.created_at.desc(), Earning.id.desc())


@dataclass(frozen=True)
class Line:
    """One line in a list. `seller` is who sold it, where that is somebody else."""

    id: int
    kind: Kind
    part: Part | None
    amount_fen: int
    stands_fen: int
    state: State
    created_at: datetime
    product: str | None = None
    quantity: int = 1
    order_tail: str | None = None
    seller: str | None = None


@dataclass(frozen=True)
class Page:
    """Some lines of one place: a live, a day outside lives, or what came from no order.

    `total` and `total_fen` are of the whole place, `before_id` is where the next page begins and
    None when this is the last one."""

    lines: tuple[Line, ...] = ()
    live: LiveSum | None = None
    day: date | None = None
    total: int = 0
    total_fen: int = 0
    before_id: int | None = None


def lines_page(
    work: Work,
    member: Member,
    *,
    before_id: int | None = None,
    only_available: bool = False,
    limit: int = PAGE,
) -> Page:
    """The newest lines of one place, older than `before_id`; within the page the own sales first.
    Empty when there are none."""
    ids = members.with_former_ids(work, member)
    mine: list[ColumnElement[bool]] = [Earning.member_id.in_(ids)]
    if only_available:
        mine.append(Earning.state == State.AVAILABLE)
    older = [] if before_id is None else [_is_before(work.session.get_one(Earning, before_id))]
    rows = work.session.execute(_lines().where(*mine, *older).limit(limit + 1)).all()
    if not rows:
        return Page()
    place = rows[0].place
    shown = [row for row in rows[:limit] if row.place == place]
    total, total_fen = _total(work, mine, place, shown)
    live = _live_of(work, place, total_fen, total)
    return Page(
        lines=tuple(sorted(map(_line, shown), key=lambda line: (line.part or 0, line.id))),
        live=live,
        day=date.fromisoformat(place) if place and live is None else None,
        total=total,
        total_fen=total_fen,
        before_id=shown[-1].id if len(shown) < len(rows) else None,
    )


def find(work: Work, member: Member, line_ids: Iterable[int]) -> list[Earning]:
    """Those of the lines that are the member's, in the order of the ids."""
    ids, wanted = members.with_former_ids(work, member), list(line_ids)
    rows = select(Earning).where(Earning.id.in_(wanted), Earning.member_id.in_(ids))
    found = {line.id: line for line in work.session.scalars(rows)}
    return [found[line_id] for line_id in wanted if line_id in found]


def of_order(work: Work, member: Member, tail: str) -> list[Earning]:
    """The member's lines of the newest order whose number ends so."""
    mine = Earning.member_id.in_(members.with_former_ids(work, member))
    newest = select(func.max(Earning.order_id)).where(
        mine, estimates.ends_in(Earning.order_id, tail)
    )
    order_id = work.session.scalar(newest)
    rows = select(Earning).where(mine, Earning.order_id == order_id).order_by(Earning.part)
    return [] if order_id is None else list(work.session.scalars(rows))


def latest(work: Work, member: Member, *, limit: int) -> list[Earning]:
    """The member's newest lines, the newest first."""
    mine = Earning.member_id.in_(members.with_former_ids(work, member))
    rows = select(Earning).where(mine).order_by(*NEWEST_FIRST).limit(limit)
    return list(work.session.scalars(rows))


def count(work: Work, member: Member) -> int:
    """How many lines the member has in all."""
    mine = Earning.member_id.in_(members.with_former_ids(work, member))
    return work.session.scalar(select(func.count()).where(mine)) or 0


def _lines() -> Select[Any]:
    """The plain columns of a list, the newest first."""
    columns: Any = select(
        Earning.id,
        Earning.kind,
        Earning.part,
        Earning.amount_fen,
        STANDS_FEN.label("stands_fen"),
        Earning.state,
        Earning.created_at,
        Earning.order_id,
        Earning.settlement_id,
        Settlement.place,
        Product.title,
        Order.quantity,
        Member.id.label("seller_id"),
        Member.state.label("seller_state"),
        Member.nickname,
    )
    rows: Select[Any] = (
        columns.outerjoin(Settlement, Settlement.id == Earning.settlement_id)
        .outerjoin(Order, Order.id == Earning.order_id)
        .outerjoin(Product, Product.id == Order.product_id)
        .outerjoin(Member, Member.id == Order.promoter_id)
        .order_by(*NEWEST_FIRST)
    )
    return rows


def _is_before(line: Earning) -> ColumnElement[bool]:
    return and_(
        Earning.created_at <= line.created_at,  # Said alone too, so that the index begins there.
        or_(Earning.created_at < line.created_at, Earning.id < line.id),
    )


def _line(row: Any) -> Line:
    is_own = row.part == Part.PROMOTER or row.seller_id is None
    seller = None if is_own else members.shown_name(row.seller_id, row.seller_state, row.nickname)
    return Line(
        id=row.id,
        kind=Kind(row.kind),
        part=None if row.part is None else Part(row.part),
        amount_fen=row.amount_fen,
        stands_fen=row.stands_fen,
        state=State(row.state),
        created_at=row.created_at,
        product=row.title,
        quantity=row.quantity or 1,
        order_tail=None if row.order_id is None else f"{row.order_id % 10_000:04d}",
        seller=seller,
    )


def _total(
    work: Work, mine: list[ColumnElement[bool]], place: str | None, shown: Sequence[Any]
) -> tuple[int, int]:
    """How many lines of the place there are, and what stands of them."""
    if place is None:
        return len(shown), sum(row.stands_fen for row in shown)
    runs = select(Settlement.id, Settlement.started_at).where(Settlement.place == place)
    found = work.session.execute(runs).all()
    since = min(run.started_at for run in found)  # Lines of a run are not older than the run.
    row = work.session.execute(
        select(func.count(), func.coalesce(func.sum(STANDS_FEN), 0)).where(
            *mine,
            Earning.created_at >= since,
            Earning.settlement_id.in_([run.id for run in found]),
        )
    ).one()
    return row[0], int(row[1])


def _live_of(work: Work, place: str | None, amount_fen: int, lines: int) -> LiveSum | None:
    if place is None or not place.isdecimal():
        return None
    return live_sums(work, {int(place): [amount_fen, lines]})[0]
