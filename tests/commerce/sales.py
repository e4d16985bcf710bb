"""A shop's floor for tests: products, lives and orders made in a line each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

from sqlalchemy import Connection, select

from commerce.goods import paying
from commerce.goods.orders import Mode, Order
from commerce.goods.products import Product
from commerce.goods.stock import Stock, Warehouse
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money.earnings import Earning
from commerce.people.members import Member
from commerce.work import Office, Work

_numbers = count(1)


def product(
    work: Work, price_fen: int = 99_00, *, commission_bp: int = 2000, pieces: int = 1000
) -> Product:
    """Costs 45, is supplied at 50 and listed at 99 yuan, unless said otherwise."""
    made = Product(
        code=f"P{next(_numbers)}",
        title="藕粉 10 袋装",
        cost_fen=min(45_00, price_fen),
        supply_fen=min(50_00, price_fen),
        price_fen=price_fen,
        commission_bp=commission_bp,
        published_at=work.now,
    )
    warehouse = Warehouse(name=f"W{next(_numbers)}")
    work.session.add_all((made, warehouse))
    work.session.flush()
    work.session.add(Stock(product_id=made.id, warehouse_id=warehouse.id, on_hand=pieces))
    work.session.flush()
    return made


def live(work: Work, host: Member) -> Live:
    """On the air since now."""
    made = Live(
        title="春日好物专场",
        host_id=host.id,
        state=LiveState.LIVE,
        planned_at=work.now,
        approved_at=work.now,
        started_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    return made


def paid_order(
    work: Work,
    buyer: Member,
    promoter: Member | None,
    base_fen: int = 99_00,
    *,
    live: Live | None = None,
    goods: Product | None = None,
    quantity: int = 1,
    **fields: object,
) -> Order:
    """An order over `base_fen`, paid now."""
    goods = goods or product(work)
    order = Order(
        key=f"test:{next(_numbers)}",
        buyer_id=buyer.id,
        product_id=goods.id,
        quantity=quantity,
        mode=fields.pop("mode", Mode.COMMISSION),
        live_id=live.id if live else None,
        list_fen=goods.price_fen * quantity,
        unit_fen=base_fen // quantity,
        base_fen=base_fen,
        commission_bp=goods.commission_bp,
        supply_fen=goods.supply_fen,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=15),
        **fields,
    )
    work.session.add(order)
    work.session.flush()
    paying.pay(work, order, promoter, paid_at=work.now)
    return order


def lines(work: Work, order: Order) -> list[Earning]:
    rows = select(Earning).where(Earning.order_id == order.id).order_by(Earning.part)
    return list(work.session.scalars(rows.execution_options(populate_existing=True)))


@contextmanager
def tampering(office: Office) -> Iterator[Connection]:
    """A connection that gets past the books' guards, as somebody with the database's own password
    would. The guards are back afterwards."""
    with office.engine.connect() as connection:
        if office.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
            yield connection
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
        else:
            guards = _guards(connection)
            for name in guards:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            yield connection
            for made_by in guards.values():
                connection.exec_driver_sql(made_by)
        connection.commit()


def _guards(connection: Connection) -> dict[str, str]:
    """Each trigger by its name, and what makes it again."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
        return {row[0]: row[1] for row in rows}
    rows = connection.exec_driver_sql(
        "SELECT trigger_name, event_manipulation, event_object_table, action_statement"
        " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
    )
    return {
        row[0]: f"CREATE TRIGGER {row[0]} BEFORE {row[1]} ON {row[2]} FOR EACH ROW {row[3]}"
        for row in rows
    }
