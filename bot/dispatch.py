"""
One message in, one transaction, its answers out. Every door calls `dispatch`.

Heard before → the same is said again. Otherwise somebody in the house answers (`attention.py`); a
refusal undoes what the handler did and is put into words; in a group nothing private is said
aloud. What the door cannot take at once is written to the outbox in the same transaction.
"""

import logging
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from bot import inbox, questions
from bot.amounts import BadAmount
from bot.arrival import arrive
from bot.attention import attend
from bot.context import Bot, Context
from bot.message import Channel, Message
from bot.questions import Question
from bot.reply import Ask, Picture, Reply, Said, Silence, Text, as_tuple, to_json
from bot.router import Route
from commerce import outbox
from commerce.errors import Refusal
from commerce.people import identities
from commerce.store.engine import is_away
from commerce.work import Work

log = logging.getLogger(__name__)

Answer = Callable[[Context, Question | None], tuple[Said, Route | None]]

SILENCE = Silence()
WHISPERED = Text("已私信你。")
SORRY = Text("这一步没办成，是我们的问题，同事已经收到提醒。\n你的数据没有变，过一会儿再试一次。")
TOO_FAST: Said = Text("说得太快了，歇一分钟再说。\n之前说的都办了，不用重发。")
LONGEST_TOGETHER = 500  # characters: missed news and the answer still fit into one message


def dispatch(
    work: Work, message: Message, bot: Bot, *, waits: Callable[[], bool] = lambda: False
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

    def say(ctx: Context, asked: Question | None) -> tuple[Said, Route | None]:
        return words, None

    reply, _ = _hear(work, message, bot, waits, say, with_news=with_news)
    return reply, name


def _hear(
    work: Work,
    message: Message,
    bot: Bot,
    waits: Callable[[], bool],
    answer: Answer,
    *,
    with_news: bool = True,
) -> tuple[Reply, str]:
    """Message, effect and answer behind one savepoint: all of it stands, or none."""
    with work.session.begin_nested():
        inbox.claim(work, message)
        arrival = arrive(work, message)
        ctx = Context(work, message, arrival.member, arrival.identity, base_url=bot.base_url)
        too_fast = arrival.recent >= work.rules.chat.messages_per_minute
        said, route = (TOO_FAST, None) if too_fast else answer(ctx, arrival.question)
        replies = as_tuple(said)
        for reply in replies:
            if isinstance(reply, Ask):
                questions.ask(work, ctx.member.id, reply, key=message.id)
        if arrival.has_news and with_news:
            replies = _after_missed(ctx, bot, replies)
        aloud, later = _address(ctx, replies, route)
        in_time = waits()
        inbox.keep(work, message, ctx.identity.id, aloud, late=not in_time)
        if not in_time:
            _say_later(ctx, aloud, 0)
        for number, reply in enumerate(later, 1):
            _say_later(ctx, reply, number)
    return aloud if in_time else SILENCE, route.name if route else "answer"


def _again(work: Work, message: Message, waits: Callable[[], bool]) -> Reply:
    """A copy of a message hears exactly what the first one heard."""
    aloud, late = inbox.said(work, message.id)
    if late or isinstance(aloud, Silence):
        return SILENCE
    if not waits():
        identity, member = identities.recognise(work, message.channel, message.sender)
        inbox.keep(work, message, identity.id, aloud, late=True)
        _say_later(Context(work, message, member, identity), aloud, 0)
        return SILENCE
    return aloud


def _after_missed(ctx: Context, bot: Bot, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """What could not be sent while they were away is said first."""
    if ctx.message.is_public or isinstance(replies[0], Silence):
        return replies
    unheard = outbox.unheard(ctx.work, ctx.member.id)
    outbox.wake(ctx.work, [row for row in unheard if not row.is_notice])
    notices = outbox.told(ctx.work, [row for row in unheard if row.is_notice])
    if not notices:
        return replies
    words = [bot.tell(row.said["notice"], row.said["facts"]).text for row in notices]
    news = "\n".join((f"你不在时有 {len(words)} 件事：", *words))
    first = replies[0]
    if isinstance(first, Text) and len(news) + len(first.text) <= LONGEST_TOGETHER:
        return Text(f"{news}\n\n{first.text}", first.choices), *replies[1:]
    return Text(news), *replies


def _address(
    ctx: Context, replies: tuple[Reply, ...], route: Route | None
) -> tuple[Reply, tuple[Reply, ...]]:
    """What is said at once where it was asked, and what follows in private."""
    if ctx.message.is_public and not (route and route.is_public):
        return (WHISPERED, replies) if _has_private_door(ctx) else (_elsewhere(ctx), ())
    if isinstance(replies[0], Picture):
        return SILENCE, replies
    return replies[0], replies[1:]


def _elsewhere(ctx: Context) -> Text:
    account = ctx.work.rules.brand.official_account
    return Text(f"这个只在私聊里说。打开公众号「{account}」，发同样的话就能看到。")


def _has_private_door(ctx: Context) -> bool:
    doors = identities.of_member(ctx.work, ctx.member.id)
    return any(door.is_open and door.channel != Channel.GROUP for door in doors)


def _say_later(ctx: Context, reply: Reply, number: int) -> None:
    """Reply 0 is what would have been said at once; it has that key whoever says it later."""
    door = None if ctx.message.is_public else ctx.identity.id
    if not isinstance(reply, Silence):
        key = f"{ctx.message.id}:{number}"
        outbox.answer_later(ctx.work, ctx.member.id, door, to_json(reply), key=key)
