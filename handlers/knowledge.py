"""Common questions: answered from what is written down and what colleagues taught; what nobody
has answered yet goes to a colleague, whose answer the house knows from then on."""

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.context import Context
from bot.knowledge import Entry, Found, Knowledge
from bot.reply import Ask, Said, Text
from bot.router import Router
from bot.understand import NONE, Understanding
from commerce import agenda
from commerce import knowledge as asked
from commerce.knowledge import State
from commerce.people import staff
from commerce.people.staff import Role
from commerce.work import Work
from handlers.product_facts import product_facts

router = Router()

COLLEAGUES = "同事回复"
NEAR, CLEAR, SURE = 0.46, 0.8, 0.85
ASKING = 0.06
GENERAL = {NONE, "rules", "help"}
"""A precise answer goes before these."""
MOST_OPEN = 10
SHOWN = 5
_QUESTION = re.compile(
    r"[?？吗呢么]|什么|怎[么样]|为啥|多少|多久|几[天个次点岁]|哪|谁|可以.*不$|有没有"
    r"|([会要能行好是])不\1|可不可以"
)
_HAN = re.compile(r"[一-鿿]")
_ANSWERABLE = re.compile(r"回复「([^」]{1,12})」")


@dataclass(frozen=True)
class Reference:
    """What the house can look up, and whether a model is asked before a colleague is."""

    base: Knowledge
    thinks: bool = False

    def know(self, ctx: Context, heard: Understanding) -> Said | None:
        """The answer to a common question, where it is nearer than the wish that was heard."""
        found = self.look_up(ctx.work, ctx.message.text)
        if found is not None and goes_before(found, heard, ctx.message.text):
            return knowledge(ctx, found.entry)
        return product_facts(ctx) if heard.confidence < SURE else None

    def wonder(self, ctx: Context, heard: Understanding) -> Said | None:
        """What nobody knows is asked of a model or a colleague; None for what is no question."""
        words = ctx.message.text.strip()
        thinks = self.thinks and not ctx.message.is_public
        if len(_HAN.findall(words)) < 4 or not (thinks or is_question(words)):
            return None
        if asked.open_count(ctx.work, ctx.member.id) >= MOST_OPEN:
            return None
        state, key = State.THINKING if thinks else State.OPEN, ctx.message.id
        row = asked.ask(ctx.work, ctx.member, ctx.identity.id, words, key=key, state=state)
        if not thinks:
            return PASSED_ON
        agenda.plan(ctx.work, "ask_model", key=f"ask_model:{row.id}", question_id=row.id)
        return THINKING

    def look_up(self, work: Work, text: str) -> Found | None:
        """The nearest of what is written down and what was taught."""
        both = (self.base.find(text), _taught(tuple(asked.taught(work))).find(text))
        near = [found for found in both if found is not None]
        return max(near, key=lambda found: found.likeness, default=None)

    def facts(self, work: Work, text: str) -> list[Entry]:
        """What a model may be given to answer from."""
        taught = _taught(tuple(asked.taught(work)))
        return [*taught.facts(text, limit=2), *self.base.facts(text, limit=3)]


PASSED_ON = Text("这个我还不会，我问问同事，有答案就告诉你。\n着急就回复「人工」。", ("人工",))
THINKING = Text("我想一下，马上告诉你。")


EXAMPLES = Text(
    "直接问就行，比如：\n"
    "「提现多久到账」「待到账是什么意思」\n"
    "「退货运费谁出」「多久发货」\n"
    "我不会的，帮你问同事。",
    ("规则", "人工"),
)


@router.says("常见问题", "问答")
@router.public
def knowledge(ctx: Context, entry: Entry | None = None) -> Said:
    """The answer and where it is from; without one, what may be asked."""
    if entry is None:
        return EXAMPLES
    choices = tuple(dict.fromkeys(_ANSWERABLE.findall(entry.answer)))
    return Text(f"{entry.answer}\n来自：{entry.topic}", choices[:3])


@router.says("待答", "待答问题", "没人答的问题")
@router.staff
def unanswered(ctx: Context) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    rows, total = asked.waiting(ctx.work, limit=SHOWN)
    if not rows:
        return Text("现在没有等答案的问题。", ("待审",))
    lines = [f"等答案的问题 {total} 个："]
    for row, times in rows:
        lines.append(f"{row.id} {row.words[:40]}{f'（{times} 人问）' if times > 1 else ''}")
    first = rows[0][0].id
    lines.append(f"回复「答 {first} 答案」，问的人会收到，以后我自己会答。")
    return Text("\n".join(lines), (f"答 {first}", f"不答 {first}"))


@router.says("答 {number:number}", "答 {number:number} {words:text}")
@router.staff
def answer_question(ctx: Context, number: int, words: str = "") -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    if not words:
        question = asked.find(ctx.work, number)
        return Ask(
            f"{number} {question.words}\n写一句答案，问的人会原样看到：",
            then=teach,
            expects="{words:text}",
            data={"number": number},
            choices=("算了",),
        )
    return teach(ctx, number, words)


@router.step
def teach(ctx: Context, number: int, words: str) -> Said:
    told = asked.answer(ctx.work, number, words, by=ctx.member)
    return Text(
        f"记下了，告诉了 {told} 个问的人；以后再问，我就这样答。\n"
        f"要改，再回复一次「答 {number} 新的答案」。",
        ("待答",),
    )


@router.says("不答 {number:number}")
@router.staff
def leave_unanswered(ctx: Context, number: int) -> Said:
    asked.drop(ctx.work, number, by=ctx.member)
    return Text(f"好，{number} 不答了。", ("待答",))


def is_question(words: str) -> bool:
    return _QUESTION.search(words) is not None


def goes_before(found: Found, heard: Understanding, words: str) -> bool:
    """A wish that was said outright is a wish; else what is nearer counts, and of two as near as
    each other a question is answered."""
    if heard.confidence >= SURE and heard.intent != NONE:
        return found.likeness >= (CLEAR if heard.intent in GENERAL else 1.0)
    if heard.is_talk:
        return found.likeness >= NEAR and found.likeness > heard.confidence
    wished = 0.0 if heard.intent in GENERAL else heard.confidence
    return found.likeness >= NEAR and found.likeness > wished - (
        ASKING if is_question(words) else 0
    )


@lru_cache(maxsize=4)
def _taught(rows: tuple[tuple[str, str, str], ...]) -> Knowledge:
    return Knowledge(
        [Entry(trace, COLLEAGUES, (question,), said) for trace, question, said in rows]
    )
