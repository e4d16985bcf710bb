"""What every table is made of."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from commerce.store.sealing import Seal

Id = BigInteger().with_variant(Integer, "sqlite")
"""Keys, and everything that points at one."""

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")

Key = String(120)
"""A fact's name. Short enough to be unique in every dialect."""


class Instant(TypeDecorator[datetime]):
    """A moment to the microsecond, aware and in UTC. SQLite and MySQL forget the zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Sealed(TypeDecorator[str]):
    """Words that name or belong to a person. Encrypted with the engine's seal."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.MEDIUMBLOB())
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal_of(dialect).close(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else seal_of(dialect).open(value)


def spelt_out(ids: Collection[int]) -> BindParameter[Any]:
    """Many ids for an IN, written into the statement: a driver takes long over many parameters."""
    return bindparam(None, list(ids), type_=Integer, expanding=True, literal_execute=True)


def seal_of(dialect: Dialect) -> Seal:
    seal: Seal = dialect.seal  # type: ignore[attr-defined]  # Put there by `connect`.
    return seal


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012
        datetime: Instant,
        int: Id,
        dict[str, Any]: Json,
    }
    __table_args__: Any = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}  # noqa: RUF012
