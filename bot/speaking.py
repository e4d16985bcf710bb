"""What is said to one message, and writing it down: at once, or later by the outbox."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import inbox, manners, questions
from bot.arrival import Arrival
from bot.context import Bot, Context
from bot.inbox import Kept
from bot.message import Message
from bot.questions import Question
from bot.reply import Ask, Picture, Reply, Said, Silence, Text, as_tuple, to_json
from bot.router import Route
from commerce import answers, outbox
from commerce.people import identities
from commerce.work import Work

Answer = Callable[[Context, Question | None], tuple[Said, Route | None]]

SILENCE = Silence()
WHISPERED = Text("已私信你。")
TOO_FAST: Said = Text("说得太快了，歇一分钟再说。\n之前说的都办了，不用重发。")
LONGEST_TOGETHER = 500  # characters: missed news and the answer still fit into one message


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer that is known and not yet written down."""

    ctx: Context
    aloud: Reply
    """What is said at once where it was asked."""
    later: tuple[Reply, ...]
    """What follows in private."""
    name: str
    """Of who answered."""


def speak(
    work: Work,
    message: Message,
    arrival: Arrival,
    bot: Bot,
    answer: Answer,
    *,
    with_news: bool = True,
) -> Spoken:
    """Have it answered. Raises whatever the handler raises."""
    ctx = Context(
        work,
        message,
        arrival.member,
        arrival.identity,
        base_url=bot.base_url,
        takes_payment=bot.takes_payment,
    )
    if identities.with_colleague(ctx.identity, work.now):
        ctx.identity.colleague_since = work.now
        return Spoken(ctx, SILENCE, (), "colleague")
    if message.is_public and not manners.listens(ctx, bot.router):
        return Spoken(ctx, SILENCE, (), "unheard")
    too_fast = arrival.recent >= work.rules.chat.messages_per_minute
    said, route = (TOO_FAST, None) if too_fast else answer(ctx, arrival.question)
    replies = as_tuple(said)
    for reply in replies:
        if isinstance(reply, Ask):
            questions.ask(work, ctx.member.id, reply, key=message.id)
    if arrival.has_news and with_news:
        replies = _after_missed(ctx, bot, replies)
    aloud, later = _address(ctx, replies, route)
    return Spoken(ctx, aloud, later, route.name if route else "answer")


def write_down(work: Work, said: Sequence[tuple[Spoken, bool]]) -> list[Reply]:
    """Keep each answer for the copies of its message; True: its door still waits. What no door
    waits for, and what follows, goes to the outbox. Returns what each door says now."""
    rows = [
        Kept(spoken.ctx.message, spoken.ctx.identity.id, spoken.aloud, late=not in_time)
        for spoken, in_time in said
    ]
    inbox.keep(work, rows)
    later = [
        _answer(spoken.ctx, reply, number)
        for spoken, in_time in said
        for number, reply in enumerate((spoken.aloud, *spoken.later))
        if not isinstance(reply, Silence) and not (in_time and number == 0)
    ]
    answers.answer_later(work, later)
    return [spoken.aloud if in_time else SILENCE for spoken, in_time in said]


def say_later(ctx: Context, reply: Reply) -> None:
    """What would have been said at once; it has the same key whoever says it later."""
    answers.answer_later(ctx.work, [_answer(ctx, reply, 0)])


def _answer(ctx: Context, reply: Reply, number: int) -> answers.Answer:
    """Number 0 is what would have been said at once. Whose door it is now: answering may have made
    two people one."""
    member_id = ctx.identity.member_id
    key, is_public = f"{ctx.message.id}:{number}", ctx.message.is_public
    if is_public and number > 0:
        return answers.Answer(member_id, None, to_json(reply), key)
    code = ctx.message.answer_code
    return answers.Answer(member_id, ctx.identity.id, to_json(reply), key, code, is_public)


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
    if ctx.message.is_public:
        aloud, later = _address_group(ctx, replies, route)
        return manners.kept(ctx, aloud), later
    if isinstance(replies[0], Picture):
        return SILENCE, replies
    return replies[0], replies[1:]


def _address_group(
    ctx: Context, replies: tuple[Reply, ...], route: Route | None
) -> tuple[Reply, tuple[Reply, ...]]:
    if not manners.is_public(ctx, route):
        return (WHISPERED, replies) if _has_private_door(ctx) else (_elsewhere(ctx), ())
    if isinstance(replies[0], Picture):
        return SILENCE, replies
    return replies[0], replies[1:]


def _elsewhere(ctx: Context) -> Text:
    account = ctx.work.rules.brand.official_account
    return Text(f"这个只在私聊里说。打开公众号「{account}」，发同样的话就能看到。")


def _has_private_door(ctx: Context) -> bool:
    doors = identities.of_member(ctx.work, ctx.member.id)
    return any(door.is_open for door in doors)
