"""Questions the house could not answer, and what colleagues taught it in reply."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchQuestion
from commerce.outbox import SHANGHAI, notify
from commerce.people import audit, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id, Key, Sealed, seal_of
from commerce.store.once import insert_once
from commerce.work import Work

LONGEST_QUESTION, LONGEST_ANSWER = 200, 500
REMEMBERED = 500  # taught answers, the newest
KEPT = timedelta(days=90)


class State(StrEnum):
    THINKING = "thinking"  # A model is asked first.
    OPEN = "open"
    ANSWERED = "answered"
    DROPPED = "dropped"


class AskedQuestion(Base):
    """「答 3 …」 answers the one with id 3, and everybody who asked the same."""

    __tablename__ = "asked_questions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    """The message's id: a message asks once."""
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    identity_id: Mapped[int] = mapped_column(Id, ForeignKey("identities.id"))
    words: Mapped[str] = mapped_column(Sealed)
    trace: Mapped[str] = mapped_column(String(64))
    """The same for the same words."""
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]

    __table_args__ = (
        Index("asked_questions_open", "state", "id"),
        Index("asked_questions_same", "trace", "state"),
        Base.__table_args__,
    )


class TaughtAnswer(Base):
    """What a colleague answered: from then on the house says it by itself."""

    __tablename__ = "taught_answers"

    trace: Mapped[str] = mapped_column(String(64), primary_key=True)
    question: Mapped[str] = mapped_column(Sealed)
    answer: Mapped[str] = mapped_column(Sealed)
    taught_by: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    taught_at: Mapped[datetime]


def ask(
    work: Work, member: Member, identity_id: int, words: str, *, key: str, state: State
) -> AskedQuestion:
    """Write the question down, once per key. Reviewers hear of new ones once a day."""
    words = words[:LONGEST_QUESTION]
    new = insert_once(
        work.session,
        AskedQuestion,
        key=key,
        member_id=member.id,
        identity_id=identity_id,
        words=words,
        trace=_trace(work, words),
        state=state,
        asked_at=work.now,
    )
    question = work.session.scalars(select(AskedQuestion).where(AskedQuestion.key == key)).one()
    if new and state is State.OPEN:
        _tell_staff(work)
    return question


def open_count(work: Work, member_id: int) -> int:
    """How many of a member's questions wait."""
    rows = select(func.count()).where(
        AskedQuestion.member_id == member_id,
        AskedQuestion.state.in_((State.OPEN, State.THINKING)),
    )
    return work.session.scalar(rows) or 0


def hand_on(work: Work, question: AskedQuestion) -> None:
    """The model knew no answer either: it waits for a colleague."""
    if _moved(work, question, State.THINKING, State.OPEN):
        _tell_staff(work)


def settle(work: Work, question: AskedQuestion) -> bool:
    """It was answered without a colleague. False if it was settled before."""
    return _moved(work, question, State.THINKING, State.ANSWERED)


def waiting(work: Work, *, limit: int) -> tuple[list[tuple[AskedQuestion, int]], int]:
    """The oldest open ones, the same words once, with how many asked them; and how many in all."""
    first, asked = func.min(AskedQuestion.id).label("first"), func.count().label("asked")
    rows = select(first, asked).where(AskedQuestion.state == State.OPEN)
    grouped = rows.group_by(AskedQuestion.trace)
    total = work.session.scalar(select(func.count()).select_from(grouped.subquery())) or 0
    found = work.session.execute(grouped.order_by(first).limit(limit)).all()
    return [(work.session.get_one(AskedQuestion, row.first), row.asked) for row in found], total


def find(work: Work, number: int) -> AskedQuestion:
    """NoSuchQuestion if there is none."""
    question = work.session.get(AskedQuestion, number)
    if question is None:
        raise NoSuchQuestion(number)
    return question


def answer(work: Work, number: int, words: str, *, by: Member) -> int:
    """Teach it, and tell everybody who waits for it. Answering again corrects it. Returns how many
    are told. NoSuchQuestion."""
    staff.need_role(work, by, Role.REVIEWER)
    question = find(work, number)
    words = words.strip()[:LONGEST_ANSWER]
    taught = work.session.get(TaughtAnswer, question.trace) or TaughtAnswer(
        trace=question.trace, question=question.words
    )
    taught.answer, taught.taught_by, taught.taught_at = words, by.id, work.now
    work.session.add(taught)
    told = 0
    for asked in [question, *_same(work, question)]:
        asked.state = State.ANSWERED
        key = f"question:{asked.id}:{_trace(work, words)[:12]}"
        said: dict[str, Any] = {"question": asked.words, "words": words}
        notify(work, asked.member_id, "question_answered", key=key, **said)
        told += 1
    audit.record(work, by.id, "question_answered", f"question:{number}")
    return told


def drop(work: Work, number: int, *, by: Member) -> None:
    """It needs no answer. NoSuchQuestion."""
    staff.need_role(work, by, Role.REVIEWER)
    question = find(work, number)
    for asked in [question, *_same(work, question)]:
        if asked.state == State.OPEN:
            asked.state = State.DROPPED
    work.session.flush()


def taught(work: Work) -> list[tuple[str, str, str]]:
    """(trace, question, answer) of what colleagues taught, the newest first."""
    rows = select(TaughtAnswer).order_by(TaughtAnswer.taught_at.desc()).limit(REMEMBERED)
    return [(row.trace, row.question, row.answer) for row in work.session.scalars(rows)]


def forget(work: Work, member_id: int) -> None:
    """Delete what somebody who left has asked; what was taught stays. Safe to run again."""
    work.session.execute(delete(AskedQuestion).where(AskedQuestion.member_id == member_id))


def forget_old(work: Work) -> None:
    """Safe to run again."""
    old = AskedQuestion.asked_at < work.now - KEPT
    work.session.execute(delete(AskedQuestion).where(old, AskedQuestion.state != State.OPEN))


def _same(work: Work, question: AskedQuestion) -> list[AskedQuestion]:
    """The others who ask the same and wait."""
    rows = select(AskedQuestion).where(
        AskedQuestion.trace == question.trace,
        AskedQuestion.state == State.OPEN,
        AskedQuestion.id != question.id,
    )
    return list(work.session.scalars(rows.order_by(AskedQuestion.id)))


def _tell_staff(work: Work) -> None:
    today = work.now.astimezone(SHANGHAI)
    for colleague in staff.colleagues(work, Role.REVIEWER):
        notify(work, colleague, "questions_wait", key=f"questions:{today:%Y-%m-%d}:{colleague}")


def _moved(work: Work, question: AskedQuestion, before: State, after: State) -> bool:
    work.session.flush()
    row = update(AskedQuestion).where(
        AskedQuestion.id == question.id, AskedQuestion.state == before
    )
    moved = work.session.connection().execute(row.values(state=after)).rowcount == 1
    work.session.expire(question)
    return moved


def _trace(work: Work, words: str) -> str:
    same = "".join(words.split()).casefold()
    return seal_of(work.session.get_bind().dialect).trace(f"question:{same}")
