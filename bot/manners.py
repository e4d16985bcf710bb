"""How the bot behaves in a group: whom it listens to, what it says aloud, and how often."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, bindparam, case, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.context import Context
from bot.reply import Reply, Silence
from bot.router import Route, Router
from commerce.outbox import SHANGHAI
from commerce.rules.groups import Manners
from commerce.store.base import Base, Id, Key

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class GroupAnswer(Base):
    """Something was said aloud in a group; kept for the hour in which it counts."""

    __tablename__ = "group_answers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    room: Mapped[str] = mapped_column(Key)
    said_at: Mapped[datetime]

    __table_args__ = (Index("group_answers_of_room", "room", "said_at"), Base.__table_args__)


def _said_after(moment: str) -> Any:
    return func.count(case((GroupAnswer.said_at > bindparam(moment), 1)))


SAID = select(
    func.count().label("kept"),
    _said_after("minute").label("minute"),
    _said_after("hour").label("hour"),
).where(GroupAnswer.room == bindparam("room"))
PASSED = delete(GroupAnswer).where(
    GroupAnswer.room == bindparam("room"), GroupAnswer.said_at <= bindparam("hour")
)
COUNTS = insert(GroupAnswer)


def listens(ctx: Context, router: Router) -> bool:
    """Whether the message is for the bot: it was called, or says one of the things that are
    answered here without being called."""
    if ctx.message.is_called:
        return True
    match = None if _of(ctx).only_when_called else router.match(ctx.message)
    return match is not None and is_public(ctx, match.route)


def is_public(ctx: Context, route: Route | None) -> bool:
    """Whether its answer may be said aloud here. A route that may not by itself, may nowhere."""
    return route is not None and route.is_public and route.name in _of(ctx).answers


def kept(ctx: Context, aloud: Reply) -> Reply:
    """The reply if it may be said now, and then it counts; else Silence."""
    if isinstance(aloud, Silence) or _is_late(ctx) or not _counts(ctx):
        return Silence()
    return aloud


def _of(ctx: Context) -> Manners:
    return ctx.work.rules.groups.of(ctx.message.room or "")


def _is_late(ctx: Context) -> bool:
    return not _of(ctx).hours.contains(ctx.work.now.astimezone(SHANGHAI).time())


def _counts(ctx: Context) -> bool:
    """One more was said there. False: it has been enough."""
    work, manners, room = ctx.work, _of(ctx), ctx.message.room
    since = {"room": room, "minute": work.now - MINUTE, "hour": work.now - HOUR}
    (said,) = work.rows(SAID, **since)
    if said.minute >= manners.per_minute or said.hour >= manners.per_hour:
        return False
    connection = work.session.connection()
    if said.kept > said.hour:
        connection.execute(PASSED, since)
    connection.execute(COUNTS, [{"room": room, "said_at": work.now}])
    return True
