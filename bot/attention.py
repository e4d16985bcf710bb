"""The order of attention: the open question, the routes, the understanding, a short menu."""

from dataclasses import replace

from bot import questions
from bot.context import Bot, Context
from bot.message import Kind
from bot.phrases import Phrase
from bot.questions import Question
from bot.reply import Said, Text
from bot.router import Match, Route
from commerce.people import staff

CANCELLED = Text("好，先不办了。\n什么时候想办，再说一声。")
LAPSED = Text("刚才那一步等得久了，没有生效。\n还要办的话，从头再说一次就行。")


def attend(ctx: Context, bot: Bot, asked: Question | None) -> tuple[Said, Route | None]:
    """What is said, and by which route. Exactly one handler runs, once. `asked` is the question
    the member was asked last; it is private, and an answer given in a group answers nothing."""
    spoken = ctx.message.kind is Kind.TEXT and not ctx.message.is_public
    question = asked if spoken else None
    if question is not None:
        said = _answered(ctx, bot, question)
        if said is not None:
            return said, None
    match = _matching(ctx, bot)
    if match is not None:
        return match.route.handler(ctx, **match.slots), match.route
    if question is not None and (slots := _slots(ctx, question)) is not None:
        return _take(ctx, bot, question, slots), None
    return _understood(ctx, bot)


def _answered(ctx: Context, bot: Bot, question: Question) -> Said | None:
    """A no, or an answer that could not be anything else. Free text waits for the routes."""
    lapsed = question.expires_at <= ctx.work.now
    if questions.is_no(ctx.message.text) and not lapsed:
        questions.close(ctx.work, question)
        return CANCELLED
    if Phrase(question.expects).is_free and not lapsed:
        return None
    slots = _slots(ctx, question)
    if lapsed:
        questions.close(ctx.work, question)
        return LAPSED if slots is not None and not _matching(ctx, bot) else None
    return None if slots is None else _take(ctx, bot, question, slots)


def _slots(ctx: Context, question: Question) -> dict[str, object] | None:
    lapsed = question.expires_at <= ctx.work.now
    return None if lapsed and Phrase(question.expects).is_free else _match(ctx, question)


def _match(ctx: Context, question: Question) -> dict[str, object] | None:
    return Phrase(question.expects).match(ctx.message.text)


def _take(ctx: Context, bot: Bot, question: Question, slots: dict[str, object]) -> Said:
    questions.close(ctx.work, question)
    asked = replace(ctx, answer_key=question.key)
    return bot.router.step_named(question.step)(asked, **question.data, **slots)


def _matching(ctx: Context, bot: Bot) -> Match | None:
    """The route for it. To others than the staff a staff route is not there."""
    match = bot.router.match(ctx.message)
    if match is None or not match.route.for_staff or staff.roles(ctx.work, ctx.member):
        return match
    return None


def _understood(ctx: Context, bot: Bot) -> tuple[Said, Route | None]:
    none = bot.router.named("none")
    assert none is not None
    if ctx.message.kind is not Kind.TEXT:
        return none.handler(ctx), none
    heard = bot.hear(ctx.message.text)
    route = bot.router.named(heard.intent)
    if route is None or route is none:
        return none.handler(ctx, candidates=heard.candidates), none
    return route.handler(ctx, **route.accepts(heard.arguments)), route
