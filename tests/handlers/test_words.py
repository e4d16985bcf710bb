"""Every phrase, choice, refusal and notice has its place, and every word is one we may say."""

import ast
import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from types import UnionType

import pytest

from bot.amounts import BadAmount
from bot.channels import official_account
from bot.context import Bot
from bot.message import Channel, Kind, Message
from bot.reply import Ask, Picture, Reply, Text
from bot.router import Route
from commerce import errors
from commerce.errors import Refusal
from commerce.rules import Rules
from handlers import (
    group_words,
    hosting_notices,
    notices,
    refusals,
    trust_notices,
    withdrawal_notices,
)
from handlers.help import TITLES
from tests.conftest import ROOT
from tests.handlers.doors import suspended
from tests.handlers.samples import SAMPLES, said
from tests.people import NOON, Cast, Person

SOURCES = sorted((ROOT / "handlers").glob("*.py"))
REFUSALS = sorted(
    {kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, Refusal)}
    - {Refusal},
    key=lambda kind: kind.__name__,
)
FORBIDDEN = (
    *("转发得钱", "拉人", "躺赚", "下级", "裂变", "稳赚", "保底", "最低", "第一"),
    *("您", "亲", "系统", "失败", "节点"),
)
STAFF_NOTICES = {
    "case_opened",
    "goods_hidden",
    *(words.__name__ for words in withdrawal_notices.STAFF_NOTICES),
    *(words.__name__ for words in trust_notices.STAFF_NOTICES),
    *(words.__name__ for words in hosting_notices.STAFF_NOTICES),
    *(words.__name__ for words in group_words.GROUP_NOTICES),
}
FACTS = {
    "withdrawal": 7,
    "arrives_fen": 198_00,
    "fee_fen": 2_00,
    "tax_fen": 40_00,
    "available_fen": 36_40,
    "page": "https://star.example/pages/transfer?t=1",
    "again": False,
    "at": NOON.isoformat(),
    "due_at": NOON.isoformat(),
    "appeal_until": NOON.isoformat(),
    "failure": "OVERDUE_CLOSE",
    "review": "above_auto",
    "about": "W7",
    "by": "小周",
    "friend": "小红",
    "seats": 3,
    "invited": 1,
    "rank": 2,
    "video": 12,
    "case": 7,
    "reason": "画面没有广告",
    "words": "查到了",
    "question": "周末发货吗",
    "other": "小明",
    "idle_s": 180 * 86_400,
    "until": NOON.isoformat(),
    "order": "0073",
    "product": "藕粉 10 袋装",
    "number": 3,
    "quantity": 2,
    "paid_fen": 94_00,
    "base_fen": 94_00,
    "credit_fen": 30_00,
    "amount_fen": 94_00,
    "estimate_fen": 20_68,
    "is_markup": False,
    "in_live": True,
    "twice": False,
    "refund_days": 3,
    "carrier": "顺丰",
    "ship_s": 48 * 3_600,
    "receive_days": 10,
    "supplier": "杭州春风食品有限公司",
    "titles": ["藕粉 10 袋装"],
    "count": 1,
    "off_fen": 5_00,
    "minimum_fen": 29_00,
    "after_sale": 7,
    "check": "same_address",
    "orders": 3,
    "suspended": False,
    "plays": 300_000,
    "kept_fen": 100_00,
    "limit_fen": 1000_00,
    "live": "春日好物专场",
    "title": "春日好物专场",
    "planned_at": NOON.isoformat(),
    "day": None,
    "lines": 5,
    "held_days": 7,
    "debt_paid_fen": 47_20,
    "debt_fen": 1_00,
    "pending_fen": 0,
    "kind": "sales_commission",
    "refund_fen": 30_00,
    "refunded_fen": 30_00,
    "taken_fen": 6_60,
    "before_fen": 0,
    "stands_fen": 14_08,
    "was_pending": False,
    "from_available_fen": 3_00,
    "to_debt_fen": 3_60,
    "cash_fen": 64_00,
    "prize_fen": 99_00,
    "people": 128,
    "prizes": 10,
    "instead": False,
    "is_difference": False,
    "booked": 86,
    "threshold": 100,
    "winners": 10,
    "locked": False,
    "prize": "藕粉 10 袋装",
    "pieces": 100,
    "unit_fen": 9_90,
    "left": 63,
    "on_air": True,
    "next_at": NOON.isoformat(),
    "before_s": 3_600,
    "hint": "low_conversion",
    "live_id": 7,
    "recent_bp": 1_90,
    "helped": 1,
    "friends": 3,
    "held_s": 900,
    "price_fen": 99_00,
}


def a_message(kind: Kind, text: str) -> Message:
    return Message(Channel.OFFICIAL, "m", "o-1", kind, text, NOON)


def test_every_phrase_finds_its_own_route_with_its_slots_filled(bot: Bot):
    for route in bot.router.routes.values():
        for phrase in route.phrases:
            match = bot.router.match(a_message(Kind.TEXT, said(phrase.pattern)))

            assert match is not None, phrase.pattern
            assert match.route is route, phrase.pattern
            assert match.slots.keys() == phrase.slots.keys()
            texts = {name for name, kind in phrase.slots.items() if kind in ("text", "url", "code")}
            for name in texts:
                assert match.slots[name] == SAMPLES[phrase.slots[name]]


def test_every_entry_of_the_menu_leads_somewhere(bot: Bot, rules: Rules):
    keys = [entry.key for column in rules.menu for entry in column.entries]

    assert len(keys) == 15
    for key in keys:
        match = bot.router.match(a_message(Kind.TAP, key))
        assert match is not None, key
        assert match.route.name == key


def test_every_intent_has_a_route_and_a_title_that_leads_to_it(bot: Bot):
    from bot.wordings import load_wordings

    for intent in load_wordings(ROOT / "handlers" / "wordings.yaml"):
        assert bot.router.named(intent) is not None, intent
    for intent, title in TITLES.items():
        match = bot.router.match(a_message(Kind.TEXT, title))
        assert match is not None, title
        assert match.route.name == intent


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_has_words(kind: type[Refusal], bot: Bot):
    reply = refusals.explain(made_up(kind))

    check(reply, bot, for_staff=True)


def test_bad_amounts_have_words_and_a_suggestion(bot: Bot):
    check(refusals.explain(BadAmount("too_precise", (10000, 10001))), bot, for_staff=True)


@pytest.mark.parametrize("notice", sorted(notices.NOTICES))
def test_every_notice_can_be_said(notice: str, bot: Bot):
    for seated, invited, up, rank in ((True, 1, True, 1), (True, 3, False, 6), (False, 3, True, 2)):
        facts = FACTS | {"seated": seated, "invited": invited, "up": up, "own": up, "rank": rank}

        check(notices.tell(notice, facts), bot, for_staff=notice in STAFF_NOTICES)


def test_every_notice_the_shop_writes_has_words():
    written = {
        name
        for folder in ("commerce", "handlers", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        for name in notified(ast.parse(path.read_text("utf-8")))
    }

    assert written
    assert written <= notices.NOTICES.keys()


@pytest.mark.parametrize("who", ["visitor", "joined", "suspended", "left", "boss"])
def test_whatever_is_answered_fits_the_screen_and_offers_what_is_understood(
    who: str, people: Cast, bot: Bot, request: pytest.FixtureRequest
):
    friend = people("小红").joins()
    person = somebody(who, people, request)
    is_staff = who == "boss"

    for route in list(bot.router.routes.values()):
        for asked in occasions(route, person, friend):
            asked()
            assert person.route != "sorry"
            check(person.aloud, bot, for_staff=is_staff)
            for reply in person.follow_ups[-2:]:
                if reply["kind"] == "Text":
                    check(Text(reply["text"], tuple(reply["choices"])), bot, for_staff=is_staff)
        person.says("取消")
        if who != "visitor" and person.member.state == "visitor":
            raise AssertionError(route.name)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_word_that_we_do_not_say(path: Path):
    for text in literals(ast.parse(path.read_text("utf-8"))):
        told = re.sub("「[^」]*」", "", text)
        assert not [word for word in FORBIDDEN if word in told], text


def made_up(kind: type[Refusal]) -> Refusal:
    hints = typing.get_type_hints(kind)
    values = {field.name: sample(hints[field.name]) for field in dataclasses.fields(kind)}
    return kind(**values)


def sample(hint: object) -> object:
    samples: dict[object, object] = {
        int: 3,
        bool: True,
        str: "小红",
        datetime: NOON,
        tuple[str, ...]: ("最",),
        tuple[int, ...]: (3, 10_003),
    }
    if isinstance(hint, UnionType):
        return None
    return samples[hint]


def notified(tree: ast.AST) -> set[str]:
    """The kinds of notices a module writes; an f-string stands for every notice it could be."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "notify":
            kind = node.args[2]
            if isinstance(kind, ast.Constant):
                found.add(str(kind.value))
            else:
                assert isinstance(kind, ast.JoinedStr)
                assert isinstance(kind.values[0], ast.Constant)
                start = str(kind.values[0].value)
                assert start == "video_"
                found |= {f"{start}{state}" for state in ("approved", "returned")}
    return found


def literals(tree: ast.Module) -> list[str]:
    """Every string that could be said: not the docstrings."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documented
    ]


def somebody(who: str, people: Cast, request: pytest.FixtureRequest) -> Person:
    if who == "boss":
        boss: Person = request.getfixturevalue("boss")
        return boss
    person = people(who).follows()
    if who != "visitor":
        person.says("加入").says("小明")
    if who == "suspended":
        suspended(person)
    if who == "left":
        person.says("退出").says("确认退出")
    return person


def occasions(route: Route, person: Person, friend: Person) -> Iterator[Callable[[], Person]]:
    """Everything that leads to a route, done once."""
    for phrase in route.phrases:
        yield partial(person.says, said(phrase.pattern))
    if route.scans:
        yield partial(person.scans, friend.card)
    for kind, key in sorted(route.keys):
        if kind is Kind.TAP:
            yield partial(person.taps, key)
        if kind is Kind.VIDEO:
            yield person.sends_video
        if kind is Kind.OTHER:
            yield person.sends_picture


def check(reply: Reply | None, bot: Bot, *, for_staff: bool) -> None:
    """It fits one message and eight lines, and what it offers leads to a route or is a no."""
    if reply is None or not isinstance(reply, Text | Ask):
        assert reply is None or isinstance(reply, Reply | Picture)
        return
    assert len(reply.text.splitlines()) <= 8, reply.text
    whole = official_account.plain(reply)
    assert len(whole.encode()) <= 2048
    assert official_account.shown(reply).count("bizmsgmenu") == len(reply.choices)
    for choice in reply.choices:
        understood(choice, bot, reply, for_staff=for_staff)


def understood(choice: str, bot: Bot, reply: Reply, *, for_staff: bool) -> None:
    if isinstance(reply, Ask) and choice == reply.expects:
        return
    match = bot.router.match(a_message(Kind.TEXT, choice))
    assert match is not None, f"{choice} in {reply}"
    assert match.route.name != "none", f"{choice} in {reply}"
    assert for_staff or not match.route.for_staff, f"{choice} in {reply}"
