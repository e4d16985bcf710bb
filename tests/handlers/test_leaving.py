"""退出, and the platform's word that somebody takes back the consent."""

from sqlalchemy import select

from commerce.money import withdrawals
from commerce.people import members
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Office
from tests.commerce.purses import earns
from tests.handlers.doors import last_words, suspended, tasks_run
from tests.people import Person


def stored(office: Office, member_id: int) -> tuple[str, str, str, bool]:
    with office.work() as work:
        member = work.session.get_one(Member, member_id)
        door = work.session.scalars(select(Identity).where(Identity.member_id == member_id)).one()
    return member.state, member.nickname, door.external_id, door.is_open


def test_whoever_leaves_is_told_what_happens_and_confirms(bo: Person):
    bo.says("退出").hears(
        "退出前先知道三件事：\n"
        "1 昵称、微信标识这些个人信息会删除，账目按规定留存。\n"
        "2 没结清的收益照常结，可提现的全部付给你。\n"
        "3 你邀请的人照旧，不会换到别人名下。\n"
        "想清楚了，回复「确认退出」；不退了，回复「取消」。"
    )
    assert bo.member.state == "joined"

    bo.says("确认退出").hears(
        "已退出，个人信息正在删除。\n哪天想回来，回复「加入」就行，邀请人和星级还在。"
    )
    assert bo.member.state == "left"


def test_a_yes_or_a_cancel_is_no_leaving(bo: Person):
    bo.says("退出").says("是")
    assert bo.member.state == "joined"

    bo.says("取消").hears("好，先不办了。\n什么时候想办，再说一声。")
    bo.says("确认退出")
    assert bo.member.state == "joined"


def test_name_and_openid_are_gone_after_leaving(bo: Person, office: Office):
    number = bo.member.id

    bo.says("退出").says("确认退出")
    tasks_run(office)

    state, nickname, external_id, is_open = stored(office, number)
    assert (state, nickname, is_open) == ("left", "", False)
    assert bo.openid not in external_id


def test_taking_back_the_consent_is_leaving(bo: Person, office: Office):
    number = bo.member.id

    bo.withdraws_consent().hears_nothing()
    tasks_run(office)

    state, nickname, external_id, is_open = stored(office, number)
    assert (state, nickname, is_open) == ("left", "", False)
    assert bo.openid not in external_id


def test_nothing_is_said_to_who_just_took_back_the_consent(amy: Person, bo: Person, office: Office):
    missed(office)

    amy.withdraws_consent().hears_nothing()

    with office.work() as work:
        from commerce.outbox import Outgoing

        states = set(work.session.scalars(select(Outgoing.state)))
    assert "told" not in states


def missed(office: Office) -> None:
    from commerce.outbox import Outgoing, State

    with office.work() as work:
        for row in work.session.scalars(select(Outgoing)):
            row.state = State.MISSED


def test_the_team_of_who_left_stays_where_it_is(amy: Person, bo: Person, chen: Person):
    bo.says("退出").says("确认退出")

    amy.says("团队")

    assert last_words(amy) == (
        "团队 2 人：你邀请的 1 人（席位还有 2 个），他们邀请的 1 人。\n"
        "近 30 天业绩：\n"
        "1 已退出的朋友 0.00 元\n"
        "2 chen 0.00 元\n"
        "chen今天刚加入，陪着发 1 条带货短视频最管用。"
    )


def test_a_visitor_has_nothing_to_leave(dan: Person):
    dan.says("退出").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")


def test_the_suspended_are_told_where_to_ask(bo: Person):
    suspended(bo)

    bo.says("海报").hears("你的账号在核查，暂时不能办这件事。\n想知道原因，回复「人工」。")
    bo.says("加入").hears("你的账号在核查，暂时不能办这件事。\n想知道原因，回复「人工」。")
    bo.says("那个东西咋整").is_offered("人工")


def test_who_leaves_is_paid_what_there_is_without_a_minimum(bo: Person, office: Office):
    number = bo.member.id
    with office.work() as work:
        earns(work, members.get(work, number), 50_00)

    bo.says("退出").says("确认退出").hears_of(
        "49.50 元 3月3日 09:00 起付给你，到时点一次[[确认收款|"
    )
    tasks_run(office)

    with office.reading() as work:
        row = withdrawals.find(work, 1)
        assert (row.state, row.amount_fen, row.payee) == ("approved", 50_00, bo.openid)
