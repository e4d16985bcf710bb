"""Answers that follow later, of many messages at once: rows of the outbox, and their deliveries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commerce.agenda import DUE_NOW, DueTask
from commerce.outbox import Outgoing, Priority
from commerce.store.once import insert_all_once
from commerce.work import Work


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, through the door it was asked at (None: whichever is open)."""

    member_id: int
    identity_id: int | None
    reply: dict[str, Any]
    key: str
    """The same key is the same answer."""
    code: str = ""
    """What the platform wants to see with it: see `Message.answer_code`."""
    aloud: bool = False
    """For the group where it was asked, and for nowhere else."""


def answer_later(work: Work, answers: Sequence[Answer]) -> None:
    """Due at once, in this order. Writing the same answer again changes nothing."""
    if not answers:
        return
    insert_all_once(work.session, Outgoing, [_outgoing(work, answer) for answer in answers])
    insert_all_once(work.session, DueTask, [_delivery(work, answer) for answer in answers])
    work.session.info[DUE_NOW] = True


def _outgoing(work: Work, answer: Answer) -> dict[str, Any]:
    content: dict[str, Any] = {"reply": answer.reply}
    content |= {"code": answer.code} if answer.code else {}
    content |= {"aloud": True} if answer.aloud else {}
    return {
        "key": answer.key,
        "member_id": answer.member_id,
        "identity_id": answer.identity_id,
        "content": json.dumps(content, ensure_ascii=False),
        "priority": Priority.ANSWER,
        "created_at": work.now,
        "due_at": work.now,
    }


def _delivery(work: Work, answer: Answer) -> dict[str, Any]:
    return {
        "key": f"deliver:{answer.key}",
        "task": "deliver",
        "due_at": work.now,
        "args": {"member_id": answer.member_id},
    }
