"""How the bot behaves in a group: whom it listens to, what it says aloud, and how often."""

from datetime import datetime, timedelta

from sqlalchemy import Index, delete, func, select
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
    if isinstance(aloud, Silence) or _is_late(ctx) or _is_enough(ctx):
        return Silence()
    work, room = ctx.work, ctx.message.room
    passed = GroupAnswer.room == room, GroupAnswer.said_at <= work.now - HOUR
    work.session.execute(delete(GroupAnswer).where(*passed))
    work.session.add(GroupAnswer(room=room, said_at=work.now))
    return aloud


def _of(ctx: Context) -> Manners:
    return ctx.work.rules.groups.of(ctx.message.room or "")


def _is_late(ctx: Context) -> bool:
    return not _of(ctx).hours.contains(ctx.work.now.astimezone(SHANGHAI).time())


def _is_enough(ctx: Context) -> bool:
    manners = _of(ctx)
    return any(
        _said_since(ctx, ctx.work.now - span) >= most
        for span, most in ((MINUTE, manners.per_minute), (HOUR, manners.per_hour))
    )


def _said_since(ctx: Context, since: datetime) -> int:
    lately = GroupAnswer.room == ctx.message.room, GroupAnswer.said_at > since
    return ctx.work.session.scalar(select(func.count()).where(*lately)) or 0
