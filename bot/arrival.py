"""Who comes, what they were asked last, and whether news wait for them: one query a message."""

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, or_, select

from bot.message import Message
from bot.questions import Question
from commerce.outbox import Outgoing, State
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Work

NEWS = exists().where(
    Outgoing.member_id == Member.id,
    or_(
        Outgoing.state == State.MISSED,
        (Outgoing.state == State.WAITING) & (Outgoing.due_at > bindparam("now")),
    ),
)
ARRIVAL = (
    select(Identity, Member, Question, NEWS)
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


def arrive(work: Work, message: Message) -> Arrival:
    """Everything about the sender of a message. A stranger becomes a visitor."""
    sought = {"channel": message.channel, "sender": message.sender, "now": work.now}
    row = work.session.execute(ARRIVAL, sought).one_or_none()
    if row is not None and row[1].merged_into is None:
        return Arrival(row[0], row[1], row[2], bool(row[3]))
    identity, member = identities.recognise(work, message.channel, message.sender)
    question = work.session.get(Question, member.id)
    return Arrival(identity, members.get(work, member.id), question, has_news=True)
