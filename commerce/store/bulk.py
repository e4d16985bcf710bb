"""Very many rows at once, in the quickest way of each dialect."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Insert, any_, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from commerce.store.base import Base

Row = dict[str, Any]

NOT_COUNTED = text(
    "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind = 'r' AND reltuples < 0 AND pg_relation_size(oid) > 0"
)


def insert_all(session: Session, table: type[Base], rows: Sequence[Row]) -> list[int]:
    """Insert them all, past the ORM; their new ids, in their order. What a row does not say is the
    column's default."""
    session.flush()
    if not rows:
        return []
    said = set[str]().union(*rows)
    blank = {
        name: value for name, value in _blank(table).items() if value is not None or name in said
    }
    whole = (blank | row for row in rows)
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        return _copy(session, table, _ids(session, table, len(rows)), tuple(blank), whole)
    connection = session.connection()
    if dialect.insert_executemany_returning:
        return list(connection.scalars(_returning(table), list(whole)))
    made = (connection.execute(insert(table), row).inserted_primary_key for row in whole)
    return [key[0] for key in made if key is not None]


def among(session: Session, column: InstrumentedAttribute[Any], values: Collection[Any]) -> Any:
    """`column IN values`, which PostgreSQL takes as one value, however many they are."""
    if session.get_bind().dialect.name != "postgresql":
        return column.in_(values)
    array = literal(list(values), postgresql.ARRAY(column.type))
    found: ColumnElement[bool] = column == any_(array)
    return found


def count_new_tables(session: Session) -> None:
    """PostgreSQL counts a new table within a minute of its being filled. Until then it believes
    that hardly anybody is of any one kind, and looks through all of them for each who is sought."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in session.scalars(NOT_COUNTED).all():
        session.execute(text(f"ANALYZE {table}"))


@lru_cache
def _returning(table: type[Base]) -> Insert:
    return insert(table).returning(table.__table__.c.id, sort_by_parameter_order=True)


@lru_cache
def _blank(table: type[Base]) -> Row:
    columns = table.__table__.columns
    return {
        one.name: one.default.arg if one.default else None for one in columns if one.name != "id"
    }


def _copy(
    session: Session,
    table: type[Base],
    ids: list[int],
    columns: tuple[str, ...],
    rows: Iterable[Row],
) -> list[int]:
    dialect = session.get_bind().dialect
    cells, written = itemgetter(*columns), _written(table, dialect, columns)
    statement = f"COPY {table.__tablename__} (id, {', '.join(columns)}) FROM STDIN"
    known_error = dialect.loaded_dbapi.Error
    cursor: Any = session.connection().connection.cursor()
    try:
        with cursor, cursor.copy(statement) as copy:
            for id, row in zip(ids, rows, strict=True):
                one = list(cells(row))
                for place, write in written:
                    one[place] = write(one[place])
                copy.write_row((id, *one))
    except known_error as error:  # Said as SQLAlchemy says it of any statement.
        raised = DBAPIError.instance(statement, None, error, known_error, dialect=dialect)
        raise raised from error
    return ids


@lru_cache
def _written(
    table: type[Base], dialect: Dialect, columns: tuple[str, ...]
) -> list[tuple[int, Callable[[Any], Any]]]:
    """Which cells are kept otherwise than they are said."""
    types = [table.__table__.c[name].type.dialect_impl(dialect) for name in columns]
    kept = [one.bind_processor(dialect) for one in types]
    return [(place, write) for place, write in enumerate(kept) if write is not None]


def _ids(session: Session, table: type[Base], count: int) -> list[int]:
    taken = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
    return sorted(session.scalars(select(taken).select_from(func.generate_series(1, count))))
