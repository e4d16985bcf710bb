"""One message in, one transaction, one answer, however often the platform repeats it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.context import Bot, Context
from bot.dispatch import dispatch
from bot.message import Channel, Kind, Message
from bot.reply import Reply, Said, Silence, Text
from bot.router import Router
from commerce.outbox import Outgoing
from commerce.people import identities, members
from commerce.work import Office
from handlers import help as help_page
from tests.people import NOON, Cast, Person

Hear = Callable[..., Reply]


@pytest.fixture
def hear(office: Office, bot: Bot) -> Hear:
    def hear(text: str, id: str = "m1", *, waits: bool = True, bot: Bot = bot) -> Reply:
        message = Message(Channel.OFFICIAL, id, "o-1", Kind.TEXT, text, NOON)
        with office.work() as work:
            return dispatch(work, message, bot, waits=lambda: waits)[0]

    return hear


def written(office: Office) -> int:
    with office.work() as work:
        return work.session.scalar(select(func.count()).select_from(Outgoing)) or 0


def breaking(bot: Bot, handler: Callable[[Context], Said]) -> Bot:
    router = Router()
    router.says("坏了")(handler)
    return replace(bot, router=Router().include(router, help_page.router))


def test_a_repeated_message_hears_the_same_and_does_nothing_again(hear: Hear, office: Office):
    first = hear("人工", "m1")
    done = hear("帮我看看", "m2")

    again = hear("帮我看看", "m2")

    assert (
        again == done == Text("转过去了，编号 C1。\n9:00–21:00 一般 10 分钟内回，回复会发到这里。")
    )
    assert isinstance(first, Reply)
    assert hear("取消", "m3") == Text("现在没有等你确认的事，不用取消。", ("加入", "规则", "人工"))


def test_what_the_door_no_longer_waits_for_is_said_later_once(hear: Hear, office: Office):
    assert hear("规则", waits=False) == Silence()
    assert hear("规则", waits=False) == Silence()
    assert hear("规则") == Silence()

    assert written(office) == 1


def test_a_refusal_undoes_what_the_handler_did(hear: Hear, office: Office, bot: Bot):
    def breaks(ctx: Context) -> Said:
        members.mute(ctx.member, ctx.work.now)
        members.need_joined(ctx.member)
        raise AssertionError

    said = hear("坏了", bot=breaking(bot, breaks))

    assert said == bot.explain(_not_joined())
    with office.work() as work:
        assert work.session.scalars(select(members.Member)).one().muted_at is None


def _not_joined() -> Exception:
    from commerce.errors import NotJoined

    return NotJoined()


def test_a_handler_that_breaks_is_sorry_and_changes_nothing(
    hear: Hear, office: Office, bot: Bot, caplog: pytest.LogCaptureFixture
):
    def breaks(ctx: Context) -> Said:
        members.mute(ctx.member, ctx.work.now)
        raise ZeroDivisionError

    said = hear("坏了", bot=breaking(bot, breaks))

    assert said == Text(
        "这一步没办成，是我们的问题，同事已经收到提醒。\n你的数据没有变，过一会儿再试一次。"
    )
    assert "a handler broke on message m1" in caplog.text
    with office.work() as work:
        assert work.session.scalars(select(members.Member)).one().muted_at is None


def test_a_refused_answer_leaves_the_question_open(amy: Person):
    amy.says("改名").says("第一名").hears_of("昵称里不能有「第一」")

    amy.says("阿米").hears_of("改好了")


def test_pictures_follow_and_words_come_in_their_order(amy: Person):
    amy.says("海报").hears("正在画你的邀请卡，几秒就好。")

    assert [reply["kind"] for reply in amy.follow_ups] == ["Picture", "Text"]


def test_an_answer_of_pictures_only_is_not_said_at_once(amy: Person, bo: Person):
    amy.says("团队").hears_nothing()

    assert [reply["kind"] for reply in amy.follow_ups[-2:]] == ["Picture", "Text"]


def test_a_stranger_becomes_a_visitor_and_stays_the_same(people: Cast):
    first = people("eve").says("规则").member.id

    assert people("eve").says("帮助").member.id == first


def test_who_speaks_too_fast_is_asked_to_wait_and_is_heard_again_a_minute_later(amy, rules, clock):
    clock.passes(minutes=2)
    for _ in range(rules.chat.messages_per_minute):
        amy.says("进度").hears_of("你是「见习」")

    amy.says("进度").hears("说得太快了，歇一分钟再说。\n之前说的都办了，不用重发。")

    clock.passes(seconds=61)
    amy.says("进度").hears_of("你是「见习」")


def test_who_speaks_can_be_reached_even_if_the_follow_was_lost(amy, office):
    amy.unfollows()

    amy.says("进度")

    member_id = amy.member.id
    with office.work() as work:
        doors = identities.of_member(work, member_id)
    assert [door.is_open for door in doors] == [True]
