"""Questions the bot has asked and waits on. In the database, so a restart forgets nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from bot.phrases import Phrase, normalise
from bot.reply import Ask
from bot.router import name_of
from commerce.store.base import Base, Id, Key
from commerce.work import Work

NO = frozenset(normalise(word) for word in ("否", "不", "取消", "算了", "不用了", "先不加入"))


LATE = 6  # So many times as long as it was open, an answer still hears that it came too late.
NAMES = frozenset(("name", "nickname"))


class Question(Base):
    """One open question per member, whatever the door. Answered or replaced, it is gone."""

    __tablename__ = "questions"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(80))
    expects: Mapped[str] = mapped_column(String(120))
    data: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(Key)
    expires_at: Mapped[datetime]


def ask(work: Work, member_id: int, asked: Ask, *, key: str) -> None:
    """Wait for an answer. A newer question takes the place of an older one."""
    question = Question(
        member_id=member_id,
        step=name_of(asked.then),
        expects=asked.expects,
        data=asked.data,
        key=key,
        expires_at=work.now + work.rules.chat.question_valid,
    )
    work.session.merge(question)


def close(work: Work, question: Question) -> None:
    work.session.execute(delete(Question).where(Question.member_id == question.member_id))
    work.session.expunge(question)


def asks_for_a_name(question: Question) -> bool:
    """A name gives way to what is clearly another wish; a sentence for a colleague does not."""
    return not NAMES.isdisjoint(Phrase(question.expects).slots)


def just_lapsed(work: Work, question: Question) -> bool:
    """Its time is over, but whoever was asked still thinks of it."""
    valid = work.rules.chat.question_valid
    return question.expires_at <= work.now < question.expires_at + LATE * valid


def is_no(text: str) -> bool:
    return normalise(text) in NO
