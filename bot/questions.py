"""Questions the bot has asked and waits on. In the database, so a restart forgets nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from bot.phrases import normalise
from bot.reply import Ask
from bot.router import name_of
from commerce.store.base import Base, Id, Key
from commerce.work import Work

NO = frozenset(normalise(word) for word in ("否", "不", "取消", "算了", "不用了", "先不加入"))


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


def is_no(text: str) -> bool:
    return normalise(text) in NO
