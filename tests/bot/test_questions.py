"""Questions: one open per member, a row until it is answered, replaced or lapsed."""

from datetime import timedelta

import pytest

from bot import questions
from bot.questions import Question
from bot.reply import Ask
from commerce.people import identities
from commerce.work import Work
from handlers.joining import confirm_leaving, give_nickname


@pytest.fixture
def member_id(work: Work) -> int:
    return identities.recognise(work, "official", "o-1")[1].id


def test_a_question_remembers_what_it_leads_to_and_until_when(work: Work, member_id: int):
    asked = Ask("?", then=give_nickname, expects="{nickname:text}", data={"number": 1})

    questions.ask(work, member_id, asked, key="m1")

    row = work.session.get_one(Question, member_id)
    assert (row.step, row.data, row.key) == ("handlers.joining.give_nickname", {"number": 1}, "m1")
    assert row.expires_at == work.now + timedelta(minutes=10)


def test_a_newer_question_takes_the_place_of_an_older_one(work: Work, member_id: int):
    questions.ask(work, member_id, Ask("?", then=give_nickname), key="m1")
    questions.ask(work, member_id, Ask("?", then=confirm_leaving), key="m2")

    assert work.session.get_one(Question, member_id).key == "m2"


def test_a_closed_question_is_gone_and_another_may_be_asked(work: Work, member_id: int):
    questions.ask(work, member_id, Ask("?", then=give_nickname), key="m1")

    questions.close(work, work.session.get_one(Question, member_id))

    assert work.session.get(Question, member_id) is None
    questions.ask(work, member_id, Ask("?", then=give_nickname), key="m2")
    assert work.session.get_one(Question, member_id).key == "m2"


@pytest.mark.parametrize("word", ["取消", "算了吧", "不", "否", "不用了！", "先不加入"])
def test_a_no_is_a_no_however_it_is_typed(word: str):
    assert questions.is_no(word)


@pytest.mark.parametrize("word", ["取消预约", "不是", "小不", "好", ""])
def test_what_only_looks_like_a_no(word: str):
    assert not questions.is_no(word)


@pytest.mark.parametrize(
    ("expects", "is_name"), [("{nickname:text}", True), ("{words:text}", False)]
)
def test_only_a_name_gives_way_to_another_wish(
    expects: str, is_name: bool, work: Work, member_id: int
):
    questions.ask(work, member_id, Ask("?", then=give_nickname, expects=expects), key="m1")

    assert questions.asks_for_a_name(work.session.get_one(Question, member_id)) is is_name
