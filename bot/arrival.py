"""Who comes, what they were asked last, and whether news wait for them: one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Row, bindparam, exists, func, or_, select

from bot.inbox import InboxEntry
from bot.message import Kind, Message
from bot.questions import Question
from commerce.outbox import Outgoing, State
from commerce.people import identities, members, newcomers
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
    .where(
        Identity.channel == bindparam("channel"),
        Identity.external_id.in_(bindparam("senders", expanding=True)),
    )
)

Found = Row[Identity, Member, Question | None, bool, int]


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
    rows = _known(work, message.known_at, [message.sender])
    arrival = _of_row(message, rows.get(message.sender))
    return _noted(message, arrival or _recognised(work, message))


def arrive_together(work: Work, messages: Sequence[Message]) -> list[Arrival]:
    """The same for many, in their order, by one query. IntegrityError when a stranger has become
    known meanwhile: then nothing that was written here may stand."""
    found: dict[str, Arrival] = {}
    for channel, is_public in {(message.known_at, message.is_public) for message in messages}:
        here = [
            message
            for message in messages
            if (message.known_at, message.is_public) == (channel, is_public)
        ]
        rows = _known(work, channel, [message.sender for message in here])
        strangers = [message.sender for message in here if message.sender not in rows]
        new = newcomers.welcome(work, channel, strangers, follow=not is_public) if strangers else {}
        for message in here:
            arrival = (
                _of_row(message, rows.get(message.sender))
                or _of_newcomer(new.get(message.sender))
                or _recognised(work, message)
            )
            found[message.id] = _noted(message, arrival)
    return [found[message.id] for message in messages]


def _known(work: Work, channel: str, senders: Sequence[str]) -> dict[str, Found]:
    sought = {"channel": channel, "senders": senders, "now": work.now, "since": work.now - MINUTE}
    return {row[0].external_id: row for row in work.session.execute(ARRIVAL, sought)}


def _of_row(message: Message, row: Found | None) -> Arrival | None:
    if row is None:
        return None
    identity, member, question, has_news, recent = row
    shut = not identity.is_open and not identity.is_erased and not message.is_public
    if shut and message.kind not in (Kind.HAPPENING, Kind.PERMIT):
        identity.is_open = True  # Who speaks follows, whatever became of the event that said so.
    if member.merged_into is not None:
        return None
    return Arrival(identity, member, question, bool(has_news), recent)


def _noted(message: Message, arrival: Arrival) -> Arrival:
    """Where they spoke is where they are answered."""
    if message.account and arrival.identity.account != message.account:
        arrival.identity.account = message.account
    return arrival


def _of_newcomer(met: tuple[Identity, Member] | None) -> Arrival | None:
    return met and Arrival(*met, question=None, has_news=False)


def _recognised(work: Work, message: Message) -> Arrival:
    identity, member = identities.recognise(
        work, message.known_at, message.sender, follows=not message.is_public
    )
    question = work.session.get(Question, member.id)
    return Arrival(identity, members.get(work, member.id), question, has_news=True)
