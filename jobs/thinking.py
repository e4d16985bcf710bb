"""Asking the model what nobody in the house understood. Whatever it does or does not answer, the
person hears something."""

import logging

from bot.message import Channel, Kind, Message
from bot.platforms.model import Choice
from bot.reply import Said, Text
from bot.second_thoughts import choosable, go_on, is_sound
from commerce import knowledge as asked
from commerce.errors import PlatformError
from commerce.knowledge import AskedQuestion, State
from commerce.people.identities import Identity
from commerce.trust.review import forbidden_words
from commerce.work import Work
from handlers import knowledge
from handlers.help import TITLES
from jobs.shop import Shop

log = logging.getLogger(__name__)

BY_MODEL = "AI 生成，来自："


def ask_model(shop: Shop, question_id: int) -> None:
    """No transaction is open while the model thinks. Its failure is as if it knew nothing."""
    with shop.office.reading() as work:
        question = work.session.get_one(AskedQuestion, question_id)
        entries = shop.bot.facts(work, question.words)
    if question.state != State.THINKING:
        return
    facts = [entry.answer for entry in entries]
    routes = {name: TITLES[name] for name in choosable(shop.bot, TITLES)}
    try:
        choice = shop.model.choose(question.words, routes, facts) if shop.model else Choice()
    except PlatformError as error:
        log.warning("the model did not answer: %s", error.code)
        choice = Choice()
    route = choice.route if choice.route in routes else ""

    def conclude(work: Work) -> None:
        row = work.session.get_one(AskedQuestion, question_id)
        banned = forbidden_words(work.rules, choice.answer)
        said: Said | None = None
        if choice.answer and entries:
            sound = is_sound(choice.answer, facts, banned)
            words = f"{choice.answer}\n{BY_MODEL}{entries[0].topic}" if sound else ""
            plain = f"{entries[0].answer}\n来自：{entries[0].topic}"
            said = Text(words or plain)
        elif not route:
            said = _nobody_knows(work, row)
        if row.state == State.THINKING:
            asked.settle(work, row)
        go_on(work, _message(work, row), shop.bot, said, route)

    shop.office.do(conclude)


def _nobody_knows(work: Work, question: AskedQuestion) -> Said | None:
    """A question waits for a colleague; what was none is not understood."""
    if not knowledge.is_question(question.words):
        return None
    asked.hand_on(work, question)
    return knowledge.PASSED_ON


def _message(work: Work, question: AskedQuestion) -> Message:
    """As it came in."""
    door = work.session.get_one(Identity, question.identity_id)
    return Message(
        channel=Channel(door.channel),
        id=question.key,
        sender=door.external_id,
        kind=Kind.TEXT,
        text=question.words,
        sent_at=question.asked_at,
    )
