"""Who comes, what they were asked last, and whether news wait for them: one query a message."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select

from bot.inbox import InboxEntry
from bot.message import Kind, Message
from bot.questions import Question
from commerce.outbox import Outgoing, State
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Work

MINUTE = timedelta(minutes=1)

NEWS = exists().where(
    Outgoing.member_id == Member.id,
    or_(
        Outgoing.state == State.MISSED,
        (Outgoing.state == State.WAITING) & (Outgoing.due_at > bindparam("now")),
    ),
)
RECENT = (
    select(func.count())
    .where(InboxEntry.identity_id == Identity.id, InboxEntry.heard_at > bindparam("since"))
    .scalar_subquery()
)
ARRIVAL = (
    select(Identity, Member, Question, NEWS, RECENT)
    .join(Member, Member.id == Identity.member_id)
    .outerjoin(Question, Question.member_id == Member.id)
    .where(Identity.channel == bindparam("channel"), Identity.external_id == bindparam("sender"))
)


@dataclass(frozen=True, slots=True)
class Arrival:
    identity: Identity
    member: Member
    question: Question | None
    has_news: bool
    recent: int = 0
    """How many messages came through this door in the last minute, this one not among them."""


def arrive(work: Work, message: Message) -> Arrival:
    """Everything about the sender of a message. A stranger becomes a visitor."""
    sought: dict[str, Any] = {"channel": message.channel, "sender": message.sender}
    sought |= {"now": work.now, "since": work.now - MINUTE}
    row = work.session.execute(ARRIVAL, sought).one_or_none()
    if row is not None and message.kind is not Kind.HAPPENING and not row[0].is_erased:
        row[0].is_open = True  # Who speaks follows, whatever became of the event that said so.
    if row is not None and row[1].merged_into is None:
        return Arrival(row[0], row[1], row[2], bool(row[3]), row[4])
    identity, member = identities.recognise(work, message.channel, message.sender)
    question = work.session.get(Question, member.id)
    return Arrival(identity, members.get(work, member.id), question, has_news=True)
