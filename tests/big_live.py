"""A big live, made of copies by the database itself (PostgreSQL): for benchmarks and kills."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, select, text

from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.lives.lives import Live
from commerce.money import ledger
from commerce.money.ledger import Move
from commerce.people.members import Member
from commerce.store.base import Base
from commerce.work import Office, Work

MEMBERS = 30_000
STARS = {"nickname": "'star ' || n", "joined_at": "now()", "state": "'joined'", "rank": "1"}
SALES = {
    "key": "'bench-' || :live || '-' || n",
    "live_id": ":live",
    "escrow": "CAST(:live AS text)",
    "buyer_id": "1 + n % CAST(:members AS int)",
    "base_fen": "1000 + n % 9000",
    "promoter_id": "1 + n * 31 % CAST(:members AS int)",
    "parent_id": "1 + n * 217 % CAST(:members AS int)",
    "grandparent_id": "1 + n * 403 % CAST(:members AS int)",
}
"""What differs from row to row; the rest is a row that stands already."""

ENTRIES = r"""
INSERT INTO journal_entries (key, posted_at)
SELECT 'order\:' || id || '\:paid', paid_at FROM orders WHERE live_id = :live ORDER BY id
"""
POSTINGS = r"""
INSERT INTO postings (entry_id, account, amount_fen)
SELECT e.id, account, sign * base_fen
FROM orders o JOIN journal_entries e ON e.key = 'order\:' || o.id || '\:paid'
CROSS JOIN (VALUES ('escrow\:' || :live, 1), ('world', -1)) legs (account, sign)
WHERE live_id = :live ORDER BY e.id, account
"""


def open_shop(office: Office, *, stars: int = MEMBERS) -> None:
    """So many stars, and one product."""
    with office.work() as work:
        work.session.add(Member(created_at=work.now))
        work.session.add(_product())
    with office.engine.begin() as connection:
        _copy(connection, Member, STARS, stars - 1, stars)


def sell(
    office: Office, live: int, orders: int, *, stars: int = MEMBERS, entries: bool = False
) -> None:
    """A live that ended, with so many paid orders: the same every time but for their ids. Paid by
    one entry for all of them, or by one for each, as it would have been."""
    with office.work() as work:
        work.session.add(_live(work, live))
        work.session.flush()
        work.session.add(_sale(work, live))
    with office.engine.begin() as connection:
        _copy(connection, Order, SALES, orders - 1, stars, live=live)
        for statement in (ENTRIES, POSTINGS) if entries else ():
            connection.execute(text(statement), {"live": live})
    if entries:
        return
    with office.work() as work:
        total = select(func.sum(Order.base_fen)).where(Order.live_id == live)
        paid = Move(ledger.WORLD, ledger.escrow(str(live)), int(work.session.scalars(total).one()))
        ledger.post(work, f"paid:{live}", paid)


def _product() -> Product:
    prices = {"cost_fen": 45_00, "supply_fen": 50_00, "price_fen": 99_00}
    return Product(id=1, code="P1", title="x", commission_bp=2000, **prices)


def _live(work: Work, live: int) -> Live:
    ended = work.now - timedelta(hours=1)
    return Live(id=live, title="x", host_id=1, state="ended", planned_at=ended, ended_at=ended)


def _sale(work: Work, live: int) -> Order:
    whole = dict.fromkeys(("base_fen", "unit_fen", "list_fen"), 99_00)
    stars = dict.fromkeys(("promoter_id", "parent_id", "grandparent_id", "buyer_id"), 1)
    ranks = dict.fromkeys(("promoter_rank", "parent_rank", "grandparent_rank"), 1)
    order = Order(key=f"bench:{live}", product_id=1, quantity=1, live_id=live, escrow=str(live))
    rates = {"commission_bp": 2000, "sales_bp": 2000, "tier2_bp": 500, "tier3_bp": 300}
    for name, value in {**whole, **stars, **ranks, **rates, "earns": True}.items():
        setattr(order, name, value)
    order.state, order.created_at, order.paid_at = "paid", work.now, work.now
    order.hold_until = work.now + timedelta(days=15)
    return order


def _copy(
    connection: Connection,
    table: type[Base],
    different: dict[str, str],
    rows: int,
    stars: int,
    **values: Any,
) -> None:
    """So many rows like the newest one."""
    names = [column.name for column in table.__table__.columns if column.name != "id"]
    chosen = ", ".join(different.get(name, f"t.{name}") for name in names)
    name = table.__tablename__
    last = f"(SELECT * FROM {name} ORDER BY id DESC LIMIT 1) t"
    source = f"{last}, generate_series(1, :rows) n"
    statement = f"INSERT INTO {name} ({', '.join(names)}) SELECT {chosen} FROM {source}"
    connection.execute(text(statement), {"rows": rows, "members": stars, **values})
