"""
Many messages in one transaction, for little more than the price of one.

Messages of different people are claimed, looked up and written down together, and their handlers
run one after the other without savepoints: almost all of them only read. Whatever asks for one
(a copy, a broken handler, a refusal after something was written) is found out, all of it is
undone, and each is dispatched by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from bot import inbox
from bot.amounts import BadAmount
from bot.arrival import Arrival, arrive_together
from bot.attention import attend
from bot.context import Bot
from bot.dispatch import dispatch, only
from bot.message import Message
from bot.reply import Reply
from bot.speaking import Spoken, speak, write_down
from commerce.errors import Refusal
from commerce.store.engine import is_away
from commerce.work import Work


class Waiting(Protocol):
    """A message, and whether its door waits for the answer: see `dispatch`."""

    @property
    def message(self) -> Message: ...

    def waits(self) -> bool: ...


class ApartError(Exception):
    """What was looked up together does not hold for each."""


Heard = tuple[Reply, str]


def dispatch_together(work: Work, waiting: Sequence[Waiting], bot: Bot) -> list[Heard]:
    """What `dispatch` gives for each, in their order."""
    heard: list[Heard] = []
    for some in _of_different_people(waiting):
        heard += _together(work, some, bot) if len(some) > 1 else _apart(work, some, bot)
    return heard


def _apart(work: Work, waiting: Sequence[Waiting], bot: Bot) -> list[Heard]:
    return [dispatch(work, one.message, bot, waits=one.waits) for one in waiting]


def _together(work: Work, waiting: Sequence[Waiting], bot: Bot) -> list[Heard]:
    try:
        with work.session.begin_nested():
            return _hear(work, waiting, bot)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_away(error):
            raise
    return _apart(work, waiting, bot)


def _hear(work: Work, waiting: Sequence[Waiting], bot: Bot) -> list[Heard]:
    messages = [one.message for one in waiting]
    inbox.claim(work, messages)
    arrivals = arrive_together(work, messages)
    if len({arrival.member.id for arrival in arrivals}) < len(arrivals):
        raise ApartError  # One person at two doors: the second must see what the first one did.
    spoken = [_speak(work, *each, bot) for each in zip(messages, arrivals, strict=True)]
    answers = [(each, one.waits()) for each, one in zip(spoken, waiting, strict=True)]
    replies = write_down(work, answers)
    return [(reply, each.name) for reply, each in zip(replies, spoken, strict=True)]


def _speak(work: Work, message: Message, arrival: Arrival, bot: Bot) -> Spoken:
    """A refusal that wrote nothing leaves nothing to undo. Another one is raised."""
    if arrival.member.merged_into is not None:
        raise ApartError  # By the message of somebody before them.
    written = work.written()
    try:
        return speak(work, message, arrival, bot, lambda ctx, asked: attend(ctx, bot, asked))
    except (Refusal, BadAmount) as refusal:
        if work.written() != written:
            raise
        words, name = bot.explain(refusal), type(refusal).__name__
    return replace(speak(work, message, arrival, bot, only(words)), name=name)


def _of_different_people(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """In their order, cut where somebody speaks again."""
    some: list[Waiting] = []
    senders: set[tuple[str, str]] = set()
    for one in waiting:
        sender = (one.message.known_at, one.message.sender)
        if sender in senders:
            yield some
            some, senders = [], set()
        some.append(one)
        senders.add(sender)
    if some:
        yield some
