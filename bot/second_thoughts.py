"""What a model wished, once it is known: checked, then said like any other answer.

A model has no hands. Of a route it may only say the name, and only of one that shows something:
anything that does something is offered as a button. Of an answer it may choose the words, and
only around numbers and addresses that stand in the facts it was given.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot import inbox
from bot.amounts import BadAmount
from bot.arguments import arguments
from bot.arrival import arrive
from bot.context import Bot, Context
from bot.message import Message
from bot.questions import Question
from bot.reply import Said
from bot.router import Route
from bot.speaking import Answer, speak, write_down
from commerce.errors import Refusal
from commerce.work import Work

LONGEST_ANSWER = 200
SHOWS = frozenset(
    (
        *("progress", "team", "earnings", "earning_lines", "explain", "withdrawals", "lives"),
        *("lottery", "verify_draw", "products", "orders", "coupons", "rules", "help"),
    )
)
"""Routes that only show something."""
_FIGURES = re.compile(
    r"[0-9][0-9,.]*(?:[%％]|[a-z]+)?|[零一二两三四五六七八九十百千万亿]+(?=[元块个人次天小分周月年份%成折星])"
)
_ADDRESS = re.compile(r"(?:https?:|www\.|weixin|[\w-]+\.(?:com|cn|net|org|top|xyz))|@|\[\[", re.I)
_WE_PROMISE = re.compile(
    r"保证|承诺|一定|肯定|稳赚|免费送|已经?(?:为你|帮你|给你)?(?:提现|转账|退款|取消|发放|打款|批准)"
)


def choosable(bot: Bot, titles: Collection[str]) -> list[str]:
    """The names a model may say: routes for everybody, no steps."""
    return [name for name in titles if name != "none" and bot.router.named(name) is not None]


def is_sound(answer: str, facts: Sequence[str], banned: Collection[str] = ()) -> bool:
    """Does the answer consist of the facts' numbers, and of no address and no promise?"""
    if not 0 < len(answer) <= LONGEST_ANSWER or banned:
        return False
    known = " ".join(facts)
    figures = {_plain(found) for found in _FIGURES.findall(known)}
    invented = [found for found in _FIGURES.findall(answer) if _plain(found) not in figures]
    promises = [found for found in _WE_PROMISE.findall(answer) if found not in known]
    return not invented and not promises and _ADDRESS.search(answer) is None


def go_on(work: Work, message: Message, bot: Bot, said: Said | None, route: str) -> None:
    """Say it, or have the route's handler say it, to the message that waits for it; once."""
    again = replace(message, id=f"{message.id}:2")

    def answer(ctx: Context, asked: Question | None) -> tuple[Said, Route | None]:
        if said is not None:
            return said, None
        chosen = bot.router.named(route)
        if chosen is None or route not in SHOWS:
            none = bot.router.named("none")
            assert none is not None
            return none.handler(ctx, candidates=(route,) if chosen else ()), none
        slots = chosen.accepts(arguments(route, message.text))
        return chosen.handler(ctx, **slots), chosen

    try:
        _say(work, again, bot, answer)
    except inbox.HeardBefore:
        return
    except (Refusal, BadAmount) as refusal:
        words = bot.explain(refusal)
        _say(work, again, bot, lambda ctx, asked: (words, None))


def _say(work: Work, message: Message, bot: Bot, answer: Answer) -> None:
    """Behind one savepoint, like any message; nobody waits at the door any more."""
    with work.session.begin_nested():
        inbox.claim(work, [message])
        spoken = speak(work, message, arrive(work, message), bot, answer)
        write_down(work, [(spoken, False)])


def _plain(figure: str) -> str:
    """「100.00」 is 100, 「1,000」 is 1000."""
    plain = figure.replace(",", "").replace("％", "%").rstrip(".")
    whole = re.fullmatch(r"([0-9]+)\.0+", plain)
    return whole[1] if whole else plain
