"""What an operator looks at before deciding a withdrawal: where the money comes from, and whether
anything speaks against it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from commerce.fen import rate_of
from commerce.goods.orders import Order
from commerce.money import ledger
from commerce.money.earnings import Earning, Kind, State
from commerce.money.ledger import Balance, Posting
from commerce.money.withdrawals import Withdrawal, ids_of, owner
from commerce.people.members import Member
from commerce.trust.after_sales import AfterSale
from commerce.trust.after_sales import State as CaseState
from commerce.trust.fraud import FraudHold
from commerce.work import Work

LINES = 5_000
LIVE, ELSEWHERE, REST = "live", "elsewhere", "rest"


@dataclass(frozen=True)
class Standing:
    """`sources` is by kind of earning in fen and comes to the amount; `live` and `elsewhere` are
    sales, `rest` is what no line explains, such as money that came back."""

    sources: dict[str, int]
    lives: int
    books_agree: bool
    open_after_sales: int
    flags: int
    refund_rate_bp: int


def standing(work: Work, row: Withdrawal) -> Standing:
    """What an operator looks at before deciding about a withdrawal."""
    member = owner(work, row)
    sources, lives = _sources(work, member, row.amount_fen)
    return Standing(
        sources,
        lives,
        books_agree(work, member),
        _open_after_sales(work, member),
        _flags(work, member),
        refund_rate(work, member),
    )


def refund_rate(work: Work, member: Member) -> int:
    """The share of the orders they promoted lately that was refunded, in basis points."""
    since = work.now - work.rules.fraud.many_refunds.within
    promoted = (Order.promoter_id.in_(ids_of(work, member)), Order.paid_at >= since)
    total = work.session.scalar(select(func.count()).where(*promoted)) or 0
    refunded = select(func.count()).where(*promoted, Order.refunded_fen > Order.difference_fen)
    return rate_of(work.session.scalar(refunded) or 0, total)


def books_agree(work: Work, member: Member) -> bool:
    """Whether each of the member's balances is the sum of its postings."""
    name = (ledger.pending, ledger.available, ledger.reserved, ledger.debt)
    accounts = [account(member.id) for account in name]
    posted = work.session.execute(
        select(Posting.account, func.sum(Posting.amount_fen))
        .where(Posting.account.in_(accounts))
        .group_by(Posting.account)
    )
    kept = work.session.execute(
        select(Balance.account, Balance.balance_fen).where(Balance.account.in_(accounts))
    )
    summed = {account: int(fen) for account, fen in posted if fen}
    return summed == {account: fen for account, fen in kept if fen}


def _sources(work: Work, member: Member, amount_fen: int) -> tuple[dict[str, int], int]:
    """The newest released lines that make up the amount."""
    rows = work.session.execute(
        select(Earning.kind, Order.live_id, Earning.amount_fen - Earning.reversed_fen)
        .outerjoin(Order, Order.id == Earning.order_id)
        .where(Earning.member_id.in_(ids_of(work, member)), Earning.state == State.AVAILABLE)
        .order_by(Earning.released_at.desc(), Earning.id.desc())
        .limit(LINES)
    )
    found: dict[str, int] = {}
    lives: set[int] = set()
    left_fen = amount_fen
    for kind, live_id, stands_fen in rows:
        if left_fen <= 0:
            break
        source = _source(kind, live_id)
        if live_id is not None and source == LIVE:
            lives.add(live_id)
        found[source] = found.get(source, 0) + min(stands_fen, left_fen)
        left_fen -= stands_fen
    if left_fen > 0:
        found[REST] = left_fen
    return found, len(lives)


def _source(kind: str, live_id: int | None) -> str:
    if kind not in (Kind.SALES_COMMISSION, Kind.HOST_MARKUP):
        return kind
    return ELSEWHERE if live_id is None else LIVE


def _open_after_sales(work: Work, member: Member) -> int:
    rows = (
        select(func.count())
        .select_from(AfterSale)
        .join(Order, Order.id == AfterSale.order_id)
        .where(AfterSale.state == CaseState.OPENED, Order.promoter_id.in_(ids_of(work, member)))
    )
    return work.session.scalar(rows) or 0


def _flags(work: Work, member: Member) -> int:
    rows = (
        select(func.count())
        .select_from(FraudHold)
        .join(Order, Order.id == FraudHold.order_id)
        .where(FraudHold.verdict.is_(None), Order.promoter_id.in_(ids_of(work, member)))
    )
    return work.session.scalar(rows) or 0
