"""What could not be said in time is said first at the next visit, once."""

from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.outbox import Outgoing, State
from commerce.work import Office
from tests.people import Cast, Clock, Person


def missed(office: Office) -> None:
    with office.work() as work:
        for row in work.session.scalars(select(Outgoing)):
            row.state = State.MISSED if row.is_notice else State.SENT


def test_news_come_first_and_once(amy: Person, people: Cast, office: Office):
    people("小红").joins(amy.card)
    people("小刚").joins(amy.card)
    missed(office)

    amy.says("取消").hears(
        "你不在时有 2 件事：\n"
        "小红加入了，是你邀请的。\n"
        "已邀请 1 人，席位还有 2 个。\n"
        "小刚加入了，是你邀请的。\n"
        "已邀请 2 人，席位还有 1 个。\n"
        "\n"
        "现在没有等你确认的事，不用取消。"
    )
    amy.says("取消").hears("现在没有等你确认的事，不用取消。")


def test_at_night_nobody_is_woken_but_a_visit_tells(amy: Person, people: Cast, clock: Clock):
    clock.passes(hours=11)
    people("小红").joins(amy.card)

    amy.says("取消").hears_of("你不在时有 1 件事：\n小红加入了")


def test_news_wait_for_a_private_word(amy: Person, amy_in_group, people: Cast, office: Office):
    people("小红").joins(amy.card)
    missed(office)

    amy_in_group.says("你好")
    assert "小红" not in amy_in_group.heard

    amy.says("取消").hears_of("你不在时有 1 件事：")


def test_coming_back_is_a_visit(amy: Person, bo: Person, office: Office):
    amy.unfollows()
    missed(office)

    amy.follows().hears_of("你不在时有 1 件事：\nbo加入了", "欢迎回来，amy。")


def test_an_answer_that_no_door_let_through_is_sent_at_the_next_visit(amy: Person, office: Office):
    amy.says("海报")
    with office.work() as work:
        for row in work.session.scalars(select(Outgoing)):
            row.state = State.MISSED

    amy.says("进度").hears_of("你是「见习」")

    with office.work() as work:
        rows = list(work.session.scalars(select(Outgoing)))
        planned = select(DueTask).where(DueTask.key.like("deliver:%:0"), DueTask.done_at.is_(None))
        again = work.session.scalars(planned).all()
    assert {row.state for row in rows} == {State.WAITING}
    assert len(again) == len(rows) == 2
