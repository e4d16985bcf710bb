"""
One message in, one transaction, its answers out. Every door calls `dispatch`.

Heard before → the same is said again. Otherwise somebody in the house answers (`attention.py`); a
refusal undoes what the handler did and is put into words; in a group nothing private is said
aloud. What the door cannot take at once is written to the outbox in the same transaction.
"""

import logging
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from bot import inbox
from bot.amounts import BadAmount
from bot.arrival import arrive
from bot.attention import attend
from bot.context import Bot, Context
from bot.message import Message
from bot.questions import Question
from bot.reply import Reply, Said, Silence, Text, as_tuple
from bot.router import Route
from bot.speaking import SILENCE, Answer, say_later, speak, write_down
from commerce.errors import Refusal
from commerce.people import identities
from commerce.store.engine import is_away
from commerce.work import Work

log = logging.getLogger(__name__)

Waits = Callable[[], bool]

SORRY = Text("这一步没办成，是我们的问题，同事已经收到提醒。\n你的数据没有变，过一会儿再试一次。")


def dispatch(
    work: Work, message: Message, bot: Bot, *, waits: Waits = lambda: False
) -> tuple[Reply, str]:
    """What the door may say at once (Silence: nothing), and the name of who answered.

    `waits` is asked once, when the answer is known: does the door still wait for it? What it does
    not wait for goes to the outbox, under keys that a platform's retry cannot double."""
    try:
        return _hear(work, message, bot, waits, lambda ctx, asked: attend(ctx, bot, asked))
    except inbox.HeardBefore:
        return _again(work, message, waits), "again"
    except (Refusal, BadAmount) as refusal:
        words, name, with_news = as_tuple(bot.explain(refusal)), type(refusal).__name__, True
    except Exception as error:  # The last line of defence: the person hears it, so do engineers.
        if isinstance(error, DBAPIError) and is_away(error):
            raise  # The unit of work is run again, or the message is kept for later.
        log.exception("a handler broke on message %s", message.id)
        words, name, with_news = (SORRY,), "sorry", False

    reply, _ = _hear(work, message, bot, waits, only(words), with_news=with_news)
    return reply, name


def only(words: Said) -> Answer:
    """Nobody is asked: these are the words."""

    def say(ctx: Context, asked: Question | None) -> tuple[Said, Route | None]:
        return words, None

    return say


def _hear(
    work: Work, message: Message, bot: Bot, waits: Waits, answer: Answer, *, with_news: bool = True
) -> tuple[Reply, str]:
    """Message, effect and answer behind one savepoint: all of it stands, or none."""
    with work.session.begin_nested():
        inbox.claim(work, [message])
        arrival = arrive(work, message)
        spoken = speak(work, message, arrival, bot, answer, with_news=with_news)
        [reply] = write_down(work, [(spoken, waits())])
    return reply, spoken.name


def _again(work: Work, message: Message, waits: Waits) -> Reply:
    """A copy of a message hears exactly what the first one heard."""
    aloud, late = inbox.said(work, message.id)
    if late or isinstance(aloud, Silence):
        return SILENCE
    if not waits():
        identity, member = identities.recognise(work, message.known_at, message.sender)
        inbox.keep(work, [inbox.Kept(message, identity.id, aloud, late=True)])
        say_later(Context(work, message, member, identity), aloud)
        return SILENCE
    return aloud
