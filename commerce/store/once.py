"""Writing a fact once, and locking by name, in the way every dialect understands."""

from typing import Any

from sqlalchemy import String, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from commerce.store.base import Base


class NamedLock(Base):
    """A row to lock where no other row stands for what is protected."""

    __tablename__ = "named_locks"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Insert the row unless its key is taken. True if it was inserted. A second writer waits."""
    try:
        with session.begin_nested():
            session.execute(insert(table).values(**values))
    except IntegrityError:
        return False
    return True


def lock_by_name(session: Session, name: str) -> None:
    """Hold this name until the unit of work ends."""
    locked = select(NamedLock.name).where(NamedLock.name == name).with_for_update()
    if session.scalar(locked) is None:
        insert_once(session, NamedLock, name=name)
        session.scalar(locked)
