"""A model is asked what nobody understood. It has no hands: it names a route or words an answer."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.context import Bot
from bot.platforms.model import Choice
from bot.reply import Text
from commerce.agenda import DueTask
from commerce.errors import PlatformUnavailable, Rejected
from commerce.knowledge import AskedQuestion, State
from jobs.thinking import ask_model
from qianxing import app
from tests.people import Cast, Person, cast

VAGUE = "那个啥最近咋样了呀能瞅瞅不"
FREIGHT = "寄回你们那边邮递花销到底归哪方承担"


class FakeModel:
    """Chooses what it was told to; remembers what it was given."""

    def __init__(self, choice: Choice | Exception) -> None:
        self.choice, self.asked = choice, []

    def choose(self, question, routes, facts) -> Choice:
        self.asked.append((question, dict(routes), list(facts)))
        if isinstance(self.choice, Exception):
            raise self.choice
        return self.choice


@pytest.fixture
def bot(rules) -> Bot:
    return app.bot(rules, "https://star.example", known=app.reference(rules, thinks=True))


@pytest.fixture
def people(office, bot: Bot) -> Cast:
    return cast(office, bot)


@pytest.fixture
def thinks(shop_with, office):
    """The worker does what was planned, with a model that chooses this. Returns the model."""

    def think(choice: Choice | Exception) -> FakeModel:
        model = FakeModel(choice)
        with office.reading() as work:
            due = list(work.session.scalars(select(DueTask).where(DueTask.task == "ask_model")))
        for task in due:
            ask_model(shop_with(model), **task.args)
        return model

    return think


@pytest.fixture
def shop_with(office, bot: Bot, tmp_path):
    from bot.pictures.template import SHIPPED
    from bot.platforms.wechat import Account, WeChat
    from jobs.shop import Shop

    wechat = WeChat(Account("wx", "secret", "http://127.0.0.1:9"), None, office.clock)
    shop = Shop(office, bot, wechat, tmp_path, SHIPPED)
    return lambda model: replace(shop, model=model)


def last_said(person: Person) -> str:
    return person.follow_ups[-1].get("text", "")


def test_a_route_that_shows_something_is_run(amy: Person, thinks):
    amy.says(VAGUE).hears("我想一下，马上告诉你。")

    model = thinks(Choice("progress"))

    assert last_said(amy).startswith("你是「见习」")
    [(question, routes, _)] = model.asked
    assert question == VAGUE
    assert {"withdraw", "progress"} <= routes.keys()
    assert not {"approve", "approve_video", "confirm_withdrawal", "answer_question"} & routes.keys()


@pytest.mark.parametrize("route", ["withdraw", "cancel", "leave", "buy", "mute"])
def test_a_route_that_does_something_is_only_offered(amy: Person, thinks, route: str):
    amy.says(VAGUE)

    thinks(Choice(route))

    said = amy.follow_ups[-1]
    assert said["text"] == "这句我没对上。你是想："
    assert amy.member.state == "joined"
    assert amy.member.muted_at is None


def test_an_answer_of_the_facts_is_said_with_its_source(dan: Person, thinks):
    dan.says(FREIGHT).hears("我想一下，马上告诉你。")

    model = thinks(Choice("", "质量问题的运费我们出。"))

    assert model.asked[0][2]
    assert last_said(dan).startswith("质量问题的运费我们出。\nAI 生成，来自：常见问题·")


@pytest.mark.parametrize(
    "answer", ["运费一律 88 元。", "看 https://evil.example", "已为你退款。", "保证赔你 3 倍。"]
)
def test_an_invented_answer_gives_way_to_the_plain_fact(dan: Person, thinks, answer: str):
    dan.says(FREIGHT)

    thinks(Choice("", answer))

    assert answer not in last_said(dan)
    assert "\n来自：常见问题·" in last_said(dan)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice("approve_video"),
        Choice("hand_over"),
        Choice("__class__"),
        PlatformUnavailable(-1),
        Rejected(-1),
    ],
)
def test_no_answer_is_as_without_a_model(office, dan: Person, thinks, choice):
    dan.says(FREIGHT)

    thinks(choice)

    assert "我问问同事" in last_said(dan)
    with office.reading() as work:
        assert [row.state for row in work.session.scalars(select(AskedQuestion))] == [State.OPEN]


def test_it_answers_once_however_often_the_task_runs(amy: Person, thinks):
    amy.says(VAGUE)

    thinks(Choice("progress"))
    thinks(Choice("progress"))

    assert sum("见习" in said.get("text", "") for said in amy.follow_ups) == 1


def test_in_a_group_no_model_is_asked(amy: Person, thinks):
    amy.says(VAGUE, room="g1")

    assert thinks(Choice("progress")).asked == []


def test_what_is_understood_asks_nobody(amy: Person, thinks):
    for words in ("我的团队", "退货运费谁出", "今天好累啊", "取消"):
        amy.says(words)

    assert isinstance(amy.aloud, Text)
    assert thinks(Choice("progress")).asked == []
