"""
The order of attention: the open question, the routes, the understanding, a short menu.

A question that takes free words waits for what is surely meant otherwise: 「规则」 is no nickname.
"""

from dataclasses import replace

from bot import questions
from bot.context import Bot, Context
from bot.message import Kind
from bot.phrases import Phrase
from bot.questions import Question
from bot.reply import Said, Text
from bot.router import Match, Route, name_of
from bot.understand import Understanding
from commerce.people import staff

CANCELLED = Text("好，先不办了。\n什么时候想办，再说一声。")
LAPSED = Text("刚才那一步等得久了，没有生效。\n还要办的话，从头再说一次就行。")
SURE = 0.85  # From here on a sentence is heard as a wish even where a name was asked for.
NAMING = "rename"
KNOWLEDGE = "knowledge"

Attended = tuple[Said, Route | None]


def attend(ctx: Context, bot: Bot, asked: Question | None) -> Attended:
    """What is said, and by which route. Exactly one handler runs, once. `asked` is the question
    the member was asked last; it is private, and an answer given in a group answers nothing."""
    question = None if ctx.message.is_public else asked
    late = question if question and question.expires_at <= ctx.work.now else None
    if ctx.message.kind is not Kind.TEXT:
        return _not_words(ctx, bot, question)
    if late is not None:
        questions.close(ctx.work, late)
        question = None
    if question is not None and (said := _answered(ctx, bot, question)) is not None:
        return said, None
    match = bot.router.match(ctx.message)
    hidden = match is not None and match.route.for_staff and not _is_colleague(ctx)
    if match is not None and not hidden and _goes_first(match, question):
        return _written_down(ctx, bot, match) or _run(ctx, match, question)
    if question is not None and (slots := _free_answer(ctx, bot, question)) is not None:
        return _take(ctx, bot, question, slots), None
    return _understood(ctx, bot, None if hidden else match, question, late, hidden=hidden)


def _not_words(ctx: Context, bot: Bot, question: Question | None) -> Attended:
    match = bot.router.match(ctx.message)
    if match is not None:
        return _run(ctx, match, question)
    return _none(bot).handler(ctx), _none(bot)


def _answered(ctx: Context, bot: Bot, question: Question) -> Said | None:
    """A no, or an answer that could not be anything else. Free words wait for the routes."""
    if questions.is_no(ctx.message.text):
        questions.close(ctx.work, question)
        return CANCELLED
    expected = Phrase(question.expects)
    slots = None if expected.is_free else expected.match(ctx.message.text)
    return None if slots is None else _take(ctx, bot, question, slots)


def _is_colleague(ctx: Context) -> bool:
    """Of the staff, and among themselves: in a group there are no staff routes for anybody."""
    return not ctx.message.is_public and bool(staff.roles(ctx.work, ctx.member))


def _goes_first(match: Match, question: Question | None) -> bool:
    """Does the route go before the understanding, and before an answer in free words?"""
    if match.is_bare:
        return False
    if question is None or not match.is_free or match.route.for_staff:
        return True
    return name_of(match.route.handler) == question.step


def _written_down(ctx: Context, bot: Bot, match: Match) -> Attended | None:
    """A phrase that takes any word takes common questions too: 「退货 …」, 「退货运费谁出」."""
    kinds = match.phrase.slots.values() if match.phrase else ()
    if match.route.for_staff or not {"word", "text"}.intersection(kinds):
        return None
    said = bot.know(ctx, Understanding(match.route.name, confidence=1.0))
    return None if said is None else (said, bot.router.named(KNOWLEDGE))


def _free_answer(ctx: Context, bot: Bot, question: Question) -> dict[str, object] | None:
    """「叫我小明」 is a name however it is put; 「我想先看看规则」 is none."""
    slots = Phrase(question.expects).match(ctx.message.text)
    if slots is None or not questions.asks_for_a_name(question):
        return slots
    heard = bot.hear(ctx.message.text)
    return None if heard.confidence >= SURE and heard.intent != NAMING else slots


def _run(ctx: Context, match: Match, question: Question | None) -> Attended:
    """What a question leads to may also be said outright: then the question is answered."""
    if question is not None and name_of(match.route.handler) == question.step:
        questions.close(ctx.work, question)
    return match.route.handler(ctx, **match.slots), match.route


def _take(ctx: Context, bot: Bot, question: Question, slots: dict[str, object]) -> Said:
    questions.close(ctx.work, question)
    asked = replace(ctx, answer_key=question.key)
    return bot.router.step_named(question.step)(asked, **question.data, **slots)


def _understood(
    ctx: Context,
    bot: Bot,
    match: Match | None,
    question: Question | None,
    late: Question | None,
    *,
    hidden: bool,
) -> Attended:
    """A common question or the nearest wish, whichever is nearer; else a bare code; else an answer
    that came too late; else a question for a colleague, or a short menu.
    To others than the staff a staff route is not there, and nothing is near it."""
    if hidden:
        return _none(bot).handler(ctx, candidates=()), _none(bot)
    heard = bot.hear(ctx.message.text)
    lapsed = late is not None and heard.confidence < SURE and _too_late(ctx, late)
    if match is None and lapsed and late is not None and not Phrase(late.expects).is_free:
        return LAPSED, None
    if match is None and (known := bot.know(ctx, heard)) is not None:
        return known, bot.router.named(KNOWLEDGE)
    route = bot.router.named(heard.intent)
    sure = match is None or heard.confidence >= SURE  # 「haibao」 is no code, 「W8MTEKG5」 is one.
    if route is not None and route is not _none(bot) and sure:
        return _run(ctx, Match(route, route.accepts(heard.arguments)), question)
    if match is not None:
        return _run(ctx, match, question)
    return (LAPSED, None) if lapsed else _not_understood(ctx, bot, heard)


def _not_understood(ctx: Context, bot: Bot, heard: Understanding) -> Attended:
    """Two or three it may have been; small talk; a question to pass on; else a way on."""
    if not heard.candidates and not heard.is_talk:
        asked = bot.wonder(ctx, heard)
        if asked is not None:
            return asked, bot.router.named(KNOWLEDGE)
    talk = heard.candidates or (None if heard.is_talk else ())
    return _none(bot).handler(ctx, candidates=talk), _none(bot)


def _too_late(ctx: Context, question: Question) -> bool:
    fits = Phrase(question.expects).match(ctx.message.text) is not None
    return fits and questions.just_lapsed(ctx.work, question)


def _none(bot: Bot) -> Route:
    none = bot.router.named("none")
    assert none is not None
    return none
