"""Writing a fact once, and locking by name, in the way every dialect understands."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, Row, Select, String, bindparam, func, insert, select, true
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from commerce.store.base import Base


class NamedLock(Base):
    """A row to lock where no other row stands for what is protected."""

    __tablename__ = "named_locks"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Insert the row unless its key is taken. True if it was inserted. A second writer waits."""
    return inserted(session, table, values) is not None


def inserted(session: Session, table: type[Base], values: dict[str, Any]) -> Row[Any] | None:
    """As `insert_once`: the primary key of the new row, or None."""
    session.flush()
    connection = session.connection()
    try:
        with connection.begin_nested():  # Past the ORM, which takes twice as long again.
            return connection.execute(insert(table), values).inserted_primary_key
    except IntegrityError:
        return None


def insert_all_once(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert those of the rows whose keys are free, in one go. A second writer waits."""
    session.flush()
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        _insert_in_one(session, table, rows)
        return
    session.connection().execute(_unless_taken(table, dialect), rows)


def _insert_in_one(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """PostgreSQL takes a column of all rows as one value; what all of them share is said once."""
    first, *others = rows
    differ = frozenset(name for name in first if any(row[name] != first[name] for row in others))
    sought = {
        name: [row[name] for row in rows] if name in differ else first[name] for name in first
    }
    session.connection().execute(_in_one(table, tuple(first), differ), sought)


@lru_cache
def _in_one(table: type[Base], names: tuple[str, ...], differ: frozenset[str]) -> Insert:
    types = {name: table.__table__.c[name].type for name in names}
    cells = [
        func.unnest(bindparam(name, type_=postgresql.ARRAY(types[name], dimensions=1)))
        if name in differ
        else bindparam(name, type_=types[name])
        for name in names
    ]
    chosen = postgresql.insert(table).inline().from_select(names, select(*cells))
    return chosen.on_conflict_do_nothing()


@lru_cache
def _unless_taken(table: type[Base], dialect: str) -> Insert:
    if dialect in ("mysql", "mariadb"):
        key = next(iter(table.__table__.primary_key))
        return mysql.insert(table).on_duplicate_key_update({key.name: key})
    insert_into = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert_into(table).inline().on_conflict_do_nothing()


def add_up(
    session: Session, table: type[Base], rows: Select[Any] | list[dict[str, Any]], *, into: str
) -> None:
    """Insert the rows; where the key is taken, add their column `into` to what stands there. The
    columns of a SELECT are named as the table's."""
    adds = _adding(table, session.get_bind().dialect.name, into)
    session.flush()
    if isinstance(rows, list):
        session.connection().execute(adds, rows)
        return
    names = [column.name for column in rows.selected_columns]
    session.execute(adds.from_select(names, rows.where(true())))  # SQLite must see a WHERE.


@lru_cache
def _adding(table: type[Base], dialect: str, into: str) -> Insert:
    column = table.__table__.c[into]
    if dialect in ("mysql", "mariadb"):
        adds = mysql.insert(table)
        return adds.on_duplicate_key_update({into: column + adds.inserted[into]})
    insert_into = sqlite.insert if dialect == "sqlite" else postgresql.insert
    adds_to = insert_into(table).inline()
    keys = [key.name for key in table.__table__.primary_key]
    return adds_to.on_conflict_do_update(
        index_elements=keys, set_={into: column + adds_to.excluded[into]}
    )


def lock_by_name(session: Session, name: str) -> None:
    """Hold this name until the unit of work ends."""
    locked = select(NamedLock.name).where(NamedLock.name == name).with_for_update()
    if session.scalar(locked) is None:
        insert_once(session, NamedLock, name=name)
        session.scalar(locked)
