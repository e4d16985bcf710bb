"""Many messages at once: each hears what it would have heard alone, for little more than one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.context import Bot, Context
from bot.inbox import InboxEntry
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Ask, Reply, Said, Silence, Text
from bot.router import Router
from bot.together import dispatch_together
from commerce.agenda import DueTask
from commerce.errors import NotJoined
from commerce.outbox import Outgoing
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Office
from handlers import help as help_page
from tests.people import NOON

RULES = "规则"
numbers = count(1)


@dataclass
class Waiting:
    message: Message
    has_door: bool = True
    asked: int = 0

    def waits(self) -> bool:
        self.asked += 1
        return self.has_door


def by(sender: str, text: str, *, id: str = "", kind: Kind = Kind.TEXT) -> Waiting:
    return Waiting(Message(Channel.OFFICIAL, id or f"t{next(numbers)}", sender, kind, text, NOON))


Hear = Callable[..., list[Reply]]


@pytest.fixture
def hear(office: Office, bot: Bot) -> Hear:
    def hear(*waiting: Waiting, bot: Bot = bot) -> list[Reply]:
        with office.work() as work:
            return [reply for reply, _ in dispatch_together(work, waiting, bot)]

    return hear


@pytest.fixture
def plain(hear: Hear) -> Reply:
    """What anybody hears of the rules."""
    return hear(by("o-somebody", RULES))[0]


def planted(bot: Bot, handler: Callable[[Context], Said]) -> Bot:
    router = Router()
    router.says("试一下")(handler)
    return replace(bot, router=Router().include(router, help_page.router))


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(office.engine, "before_cursor_execute", note)
    yield sent
    event.remove(office.engine, "before_cursor_execute", note)


def words(said: list[Reply]) -> list[str]:
    return [reply.text for reply in said if isinstance(reply, Text | Ask)]


def rows(office: Office, table: Any) -> int:
    with office.work() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def test_many_messages_take_as_many_statements_as_two(office: Office, hear: Hear, plain: Reply):
    people = [f"o{number}" for number in range(32)]
    hear(*(by(person, RULES) for person in people))

    with statements(office) as of_two:
        hear(*(by(person, RULES) for person in people[:2]))
    with statements(office) as of_all:
        said = hear(*(by(person, RULES) for person in people))

    assert said == [plain] * 32
    assert len(of_all) == len(of_two)
    assert sum(one.startswith("SAVEPOINT") for one in of_all) == 1


def test_strangers_become_visitors_each_once(office: Office, hear: Hear):
    follows = [by(f"o{n}", Happening.FOLLOWED, kind=Kind.HAPPENING) for n in range(3)]

    first = hear(*follows, by("o3", RULES))
    again = hear(*(by(f"o{n}", RULES) for n in range(4)))

    assert "欢迎来到" in str(first[0])
    assert len(set(map(str, again))) == 1
    assert rows(office, Member) == rows(office, Identity) == 4
    with office.work() as work:
        planned = select(func.count()).where(DueTask.task == "look_up")
        assert work.session.scalar(planned) == 3


def test_one_voice_is_heard_in_its_order(hear: Hear):
    said = hear(by("o1", "加入"), by("o2", RULES), by("o1", "小一"), by("o1", "进度"))

    assert "就回复你的昵称" in str(said[0])
    assert "欢迎，小一" in str(said[2])
    assert "你是「见习」" in str(said[3])


def test_who_speaks_twice_keeps_nobody_from_being_heard_together(office: Office, hear: Hear):
    hear(*(by(f"o{n}", RULES) for n in range(4)))

    with statements(office) as sent:
        hear(*(by(person, RULES) for person in ("o0", "o1", "o1", "o2", "o3")))

    assert sum(one.startswith("SAVEPOINT") for one in sent) == 2


def test_a_copy_among_them_changes_nothing_and_hears_the_same(office: Office, hear: Hear):
    first = words(hear(by("o1", "加入", id="m1"), by("o2", "加入", id="m2")))

    again = words(hear(by("o3", RULES), by("o1", "加入", id="m1"), by("o4", RULES)))

    assert again[1] == first[0]
    assert again[0] == again[2] != first[0]
    assert rows(office, InboxEntry) == 4


def test_the_same_message_twice_at_once_has_one_effect(office: Office, hear: Hear):
    hear(by("o1", "加入"))

    said = hear(by("o1", "小一", id="m1"), by("o1", "小一", id="m1"), by("o2", RULES))

    assert "欢迎，小一" in str(said[0])
    assert said[1] == said[0]
    assert rows(office, InboxEntry) == 3


def test_a_refusal_undoes_what_it_wrote_and_nothing_of_others(
    office: Office, hear: Hear, bot: Bot, plain: Reply
):
    def mutes_and_refuses(ctx: Context) -> Said:
        members.mute(ctx.member, ctx.work.now)
        ctx.work.session.flush()
        raise NotJoined

    said = hear(
        by("o1", RULES),
        by("o2", "试一下"),
        by("o3", RULES),
        bot=planted(bot, mutes_and_refuses),
    )

    assert said == [plain, bot.explain(NotJoined()), plain]
    with office.work() as work:
        assert set(work.session.scalars(select(Member.muted_at))) == {None}


def test_a_refusal_that_has_not_yet_sent_what_it_wrote_is_undone_too(
    office: Office, hear: Hear, bot: Bot
):
    def mutes_and_refuses(ctx: Context) -> Said:
        members.mute(ctx.member, ctx.work.now)
        raise NotJoined

    hear(by("o1", RULES), by("o2", "试一下"), bot=planted(bot, mutes_and_refuses))

    with office.work() as work:
        assert set(work.session.scalars(select(Member.muted_at))) == {None}


def test_refusals_that_wrote_nothing_keep_everybody_together(
    office: Office, hear: Hear, bot: Bot, plain: Reply
):
    hear(*(by(f"o{n}", RULES) for n in range(8)))

    with statements(office) as sent:
        said = hear(*(by(f"o{n}", "进度" if n % 2 else RULES) for n in range(8)))

    assert said == [plain, bot.explain(NotJoined())] * 4
    assert sum(one.startswith("SAVEPOINT") for one in sent) == 1


def test_a_handler_that_breaks_spoils_only_its_own(
    office: Office, hear: Hear, bot: Bot, plain: Reply, caplog: pytest.LogCaptureFixture
):
    def breaks(ctx: Context) -> Said:
        members.mute(ctx.member, ctx.work.now)
        ctx.work.session.flush()
        raise ZeroDivisionError

    said = hear(by("o1", RULES), by("o2", "试一下", id="bad"), bot=planted(bot, breaks))

    assert said[0] == plain
    assert "这一步没办成" in str(said[1])
    assert caplog.text.count("a handler broke on message bad") == 1
    with office.work() as work:
        assert set(work.session.scalars(select(Member.muted_at))) == {None}


def test_what_no_door_waits_for_goes_to_the_outbox_once(office: Office, hear: Hear, plain: Reply):
    waiting = [replace(by(f"o{n}", RULES), has_door=n == 0) for n in range(3)]

    assert hear(*waiting) == [plain, Silence(), Silence()]
    assert hear(*waiting) == [plain, Silence(), Silence()]

    assert [one.asked for one in waiting][1:] == [1, 1]
    assert rows(office, Outgoing) == rows(office, DueTask) == 2


def test_one_person_at_two_doors_is_heard_in_order_too(office: Office, hear: Hear):
    hear(by("o1", RULES))
    with office.work() as work:
        one = identities.recognise(work, Channel.OFFICIAL, "o1")[1].id
        work.session.add(
            Identity(member_id=one, channel="official", external_id="o2", created_at=work.now)
        )

    said = hear(by("o1", "加入"), by("o2", "小二"), by("o3", RULES))

    assert "就回复你的昵称" in str(said[0])
    assert "欢迎，小二" in str(said[1])


def test_who_is_merged_by_a_message_before_theirs_is_somebody_else_then(
    office: Office, hear: Hear, bot: Bot
):
    hear(by("o1", RULES), by("o2", RULES))

    def takes_over(ctx: Context) -> Said:
        if ctx.message.sender == "o1":
            other = identities.recognise(ctx.work, Channel.OFFICIAL, "o2")[1]
            other.merged_into = ctx.member.id
            ctx.work.session.flush()
        return Text(str(ctx.member.id))

    said = hear(by("o1", "试一下"), by("o2", "试一下"), bot=planted(bot, takes_over))

    assert said[0] == said[1]


def test_who_left_and_comes_back_among_strangers_is_recognised(office: Office, hear: Hear):
    hear(by("o1", RULES))
    with office.work() as work:
        identity, member = identities.recognise(work, Channel.OFFICIAL, "o1")
        identities.erase(work, identity)
        known = member.id

    hear(by("o1", RULES), by("o2", RULES))

    with office.work() as work:
        assert identities.recognise(work, Channel.OFFICIAL, "o1")[1].id == known
    assert rows(office, Member) == 2
