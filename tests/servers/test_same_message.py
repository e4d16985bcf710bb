"""Two copies of one message at the same moment: one effect, the same answer twice (E61)."""

import pytest
from sqlalchemy import func, select

from bot.context import Bot
from bot.dispatch import dispatch
from bot.inbox import InboxEntry
from bot.message import Channel, Kind, Message
from bot.reply import Reply
from commerce.people.audit import AuditRecord
from commerce.people.members import Member
from commerce.work import Office
from tests.closing_lines import Counted
from tests.databases import emptied
from tests.servers.at_once import at_once

pytestmark = pytest.mark.servers

ROUNDS = 20
COPIES = 4


def test_copies_of_a_message_have_one_effect_and_hear_the_same(
    office: Office, bot: Bot, counted: Counted
):
    for _ in range(ROUNDS):
        emptied(office.engine)
        hear(office, bot, message(office, "m1", "加入"))

        nickname = message(office, "m2", "小丹")
        answers = at_once([lambda said=nickname: hear(office, bot, said)] * COPIES)

        assert len({str(answer) for answer in answers}) == 1
        assert "欢迎，小丹" in str(answers[0])
        with office.work() as work:
            joined = select(func.count()).where(AuditRecord.act == "consent")
            assert work.session.scalar(joined) == 1

    counted(
        f"{office.engine.dialect.name}: {ROUNDS} messages × {COPIES} copies, "
        f"{ROUNDS} effects, 0 violations"
    )


def test_copies_of_a_strangers_first_message_make_one_person(office: Office, bot: Bot):
    for number in range(ROUNDS):
        emptied(office.engine)

        first = message(office, f"first-{number}", "你好")
        at_once([lambda said=first: hear(office, bot, said)] * COPIES)

        assert people(office) == 1


def test_two_messages_of_a_stranger_at_once_make_one_person(office: Office, bot: Bot):
    for _ in range(ROUNDS):
        emptied(office.engine)

        both = [message(office, "m1", "加入"), message(office, "m2", "帮助")]
        at_once([lambda said=said: hear(office, bot, said) for said in both])

        assert people(office) == 1
        with office.work() as work:
            assert work.session.scalar(select(func.count()).select_from(InboxEntry)) == 2


def hear(office: Office, bot: Bot, said: Message) -> Reply:
    return office.do(lambda work: dispatch(work, said, bot, waits=lambda: True)[0])


def message(office: Office, id: str, text: str) -> Message:
    return Message(Channel.OFFICIAL, id, "o-dan", Kind.TEXT, text, office.clock())


def people(office: Office) -> int:
    with office.work() as work:
        return work.session.scalar(select(func.count()).select_from(Member)) or 0
