"""看板: the host and the staff who host ask how the live goes. And the operator: what is to do."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.context import Bot
from commerce.agenda import DueTask
from commerce.goods import offers
from commerce.goods.offers import Kind
from commerce.goods.products import Product
from commerce.goods.stock import Stock
from commerce.lives import minutes, room, shown
from commerce.lives.lives import Live
from commerce.people import members, staff
from commerce.people.audit import AuditRecord
from commerce.work import Office
from handlers.due import NAMES
from jobs.tasks import CALLS, TASKS
from tests.handlers.evening import Evening, evening
from tests.people import Cast, Clock, Person, picture_of


@pytest.fixture
def tonight(office: Office, bot: Bot, people: Cast, clock: Clock) -> Evening:
    made = evening(office, bot, people, clock)
    with office.work() as work:
        live = work.session.get_one(Live, made.live_id)
        shown.put(work, live, [made.lotus_id, made.towels_id])
    return made


def test_the_host_hears_the_numbers_first_and_then_sees_them(tonight: Evening, clock: Clock):
    enter(tonight, "阿芳", "看客一", "看客二", "看客三")
    tonight.sells_as_in_the_book()
    clock.passes(minutes=2)
    writes_down(tonight, 1_284)
    number = tonight.live_id

    tonight.ming.says("看板").hears_of(
        "「春日好物专场」正在播，已播 10 分钟。\n"
        "在线 1,284 人，看过 4 人。\n"
        "5 单，成交 470.80 元；近 10 分钟 5 单。\n"
        "转化率 25%，近 10 分钟 0.07%。\n"  # 阿芳 of 4, and of 1,284.
        "藕粉 10 袋装：卖出 4 份，还剩 1,000 份。\n"
        "毛巾 3 条：卖出 2 份，还剩 1,000 份。\n"
        "[[打开看板|https://star.example/pages/board?t=",
        "，自己会更新。",
    ).is_offered(f"看板 {number}", f"下播 {number}")

    drawn = picture_of(tonight.ming.follow_ups[-1])
    assert drawn.name == "live_board"
    assert (drawn.facts["orders"], drawn.facts["gmv_fen"]) == (5, 470_80)
    assert drawn.facts["orders_each"] == [0, 0, 0, 0, 0, 0, 0, 0, 5, 0]
    assert drawn.facts["online_each"][-1] == 1_284


def test_every_kind_of_price_is_said_as_itself(tonight: Evening):
    with tonight.office.work() as work:
        live = work.session.get_one(Live, tonight.live_id)
        lotus = work.session.get_one(Product, tonight.lotus_id)
        offers.publish(work, live, lotus, Kind.FIRST_N, unit_fen=88_00, pieces=3)
        offers.publish(work, live, lotus, Kind.ASSIST, unit_fen=90_00)

    tonight.ming.says("看板")

    drawn = picture_of(tonight.ming.follow_ups[-1])
    assert drawn.facts["offers"] == [
        ["前 3 单 88.00 元", "还剩 3 单"],
        ["助力 90.00 元", "解锁 0 份"],
    ]


def test_afterwards_it_is_the_settled_sum(tonight: Evening, clock: Clock):
    enter(tonight, "阿芳", "看客一", "看客二", "看客三")
    tonight.sells_as_in_the_book()
    clock.passes(minutes=117)
    writes_down(tonight, 87)
    tonight.ends()
    tonight.ming.says(f"看板 {tonight.live_id}").hears_of(
        "播完了，播了 2 小时 5 分钟。\n本场 5 单，3月6日 22:15 开始结算，结算好告诉大家。"
    )
    tonight.settles()

    # 22 % and 20 % of what was paid, and what the teams of 小明 and 小红 have by their ranks.
    total_fen = sum(line.amount_fen for line in tonight.lines())
    earners = {line.member_id for line in tonight.lines()}
    tonight.ming.says(f"看板 {tonight.live_id}").hears_of(
        "「春日好物专场」播完了，播了 2 小时 5 分钟。\n"
        "本场 5 单，已结算 100%，用时不到 1 秒。\n"
        "成交 470.80 元，没有退款。\n"
        "看过 4 人，同时最多 87 人，1 人下单，转化率 25%。\n"
        "卖得多的：藕粉 10 袋装 4 份，毛巾 3 条 2 份。\n"
        f"算给 {len(earners)} 人的收益 {total_fen // 100}.{total_fen % 100:02d} 元。\n"
    ).is_offered(f"结算 {tonight.live_id}")
    tonight.ming.says("看板").hears_of("播完了")


def test_nobody_else_learns_that_there_is_a_live(tonight: Evening, people: Cast):
    nothing = tonight.hong.says("看板 987").heard

    tonight.hong.says(f"看板 {tonight.live_id}").hears(nothing.replace("987", str(tonight.live_id)))
    tonight.hong.says("看板").hears("你还没有播过直播，开播以后这里有数字。")
    people("路人").follows().says("看板").hears_of("加入")


def test_in_a_group_no_number_is_said(tonight: Evening):
    tonight.ming.says("看板", room="g1")

    assert "成交" not in tonight.ming.heard


def test_who_hosts_for_the_shop_sees_every_live(tonight: Evening, people: Cast, office: Office):
    with office.work() as work:
        code = staff.invite(work, staff.Role.HOST)
    people("小周").joins().says(code).says("看板").hears_of("「春日好物专场」正在播")


def test_before_the_start_and_after_a_cancellation(tonight: Evening, clock: Clock):
    tonight.ming.says("建直播 夏日专场 3月8日 20:00").hears_of("场次 2")

    tonight.ming.says("看板 2").hears_of("「夏日专场」还没开播，3月8日 周日 20:00 开始。")
    tonight.ming.says("取消直播 2 身体不舒服").says("确认取消")
    tonight.ming.says("看板 2").hears("「夏日专场」取消了，没有数字可看。")


def test_the_host_is_told_that_few_buy(tonight: Evening, clock: Clock):
    clock.passes(minutes=12)
    writes_down(tonight, 300)

    tonight.ming.is_told(
        "「春日好物专场」：当前转化率低，建议上架福利品。\n"
        "现在买的人占 0%，藕粉 10 袋装还有 1,000 份。\n"
        f"看现在的数字，回复「看板 {tonight.live_id}」。"
    )
    assert not any("转化率" in notice for notice in tonight.hong.notices)


def test_the_host_is_told_that_five_minutes_are_left(tonight: Evening, clock: Clock):
    length = planned(tonight)
    clock.passes(seconds=length.total_seconds() - 300)
    writes_down(tonight, None)

    tonight.ming.is_told("「春日好物专场」：剩余 5 分钟上架福利品。")


def test_the_host_is_told_that_stock_runs_out(tonight: Evening, clock: Clock):
    tonight.sells(tonight.hong, 99_00)
    leaves(tonight, 3)
    clock.passes(minutes=1)
    writes_down(tonight, None)
    tonight.ming.is_told("「春日好物专场」：藕粉 10 袋装只剩 3 份。")

    picture = tonight.ming.says("看板").follow_ups[-1]
    assert picture["facts"]["hint"] == {
        "at": "20:01",
        "headline": "藕粉 10 袋装只剩 3 份",
        "detail": "下一条最早 20:11",
    }


def test_the_operator_sees_what_is_due_late_and_given_up(boss: Person, office: Office):
    quiet(office)
    boss.says("任务").hears("到时间还没做 0 件，其中迟了 15 秒以上 0 件。\n没有停下来等你的。")
    due(office, "settle", seconds=-15)
    due(office, "draw", seconds=-16)
    due(office, "remind", seconds=60)
    settle = due(office, "settle", seconds=-300, failed=True)
    pay = due(office, "pay_out", seconds=-60, failed=True)

    boss.says("任务").hears(
        "到时间还没做 2 件，其中迟了 15 秒以上 1 件。\n"
        "停下来等你的 2 件，最早的：\n"
        f"{settle} 结算，3月2日 11:55 停下，试过 8 次：Timeout\n"
        f"{pay} 付一笔提现，3月2日 11:59 停下，试过 8 次：Timeout\n"
        f"再做一次，回复「重试 {settle}」；全部再做，回复「全部重试」。"
    ).is_offered(f"重试 {settle}", f"重试 {pay}", "全部重试")


def test_what_was_given_up_is_tried_again(boss: Person, office: Office):
    quiet(office)
    first, second, third = (due(office, "settle", seconds=-60 * n, failed=True) for n in (3, 2, 1))

    boss.says(f"重试 {second}").hears_of(f"{second} 现在再做一次，已记录。")
    boss.says(f"重试 {second}").hears_of(f"{second} 没有停着")
    boss.says("重试 987654").hears_of("没有这个编号")
    assert state(office, second) == (None, 0)
    assert state(office, first)[0] is not None
    boss.says("全部重试").hears_of("2 件现在再做一次")
    boss.says("全部重试").hears("没有停下来等你的任务，不用重试。")

    assert [state(office, task_id) for task_id in (first, third)] == [(None, 0)] * 2
    with office.reading() as work:
        acts = work.session.scalars(select(AuditRecord.act).order_by(AuditRecord.id))
        assert list(acts)[-2:] == ["retry_task", "retry_tasks"]


def test_only_an_admin_may_try_again(
    people: Cast, office: Office, reviewer: Person, tonight: Evening
):
    number = due(office, "settle", seconds=-60, failed=True)

    for words in ("任务", f"重试 {number}", "全部重试"):
        reviewer.says(words)
        assert reviewer.route == "NotStaff"
        tonight.hong.says(words)
        assert tonight.hong.route == "none"
    assert state(office, number)[0] is not None


def test_every_task_has_a_name_for_people():
    assert {*TASKS, *CALLS, "deliver", "tell"} == NAMES.keys()


def enter(tonight: Evening, *names: str) -> None:
    for name in names:
        person = Person(name, tonight.office, tonight.bot, tonight.ming.ids).follows()
        number = person.member.id
        with tonight.office.work() as work:
            live = work.session.get_one(Live, tonight.live_id)
            room.enter(work, members.get(work, number), live)


def writes_down(tonight: Evening, online: int | None) -> None:
    with tonight.office.work() as work:
        last = work.now.replace(second=0, microsecond=0) - timedelta(minutes=1)
        minutes.write_down(work, tonight.live_id, {last: online})


def planned(tonight: Evening) -> timedelta:
    with tonight.office.reading() as work:
        live = work.session.get_one(Live, tonight.live_id)
        assert live.ends_at is not None
        return live.ends_at - live.planned_at


def leaves(tonight: Evening, pieces: int) -> None:
    with tonight.office.work() as work:
        rows = update(Stock).where(Stock.product_id == tonight.lotus_id)
        work.session.execute(rows.values(on_hand=pieces))


def quiet(office: Office) -> None:
    with office.work() as work:
        work.session.query(DueTask).delete()


def due(office: Office, task: str, *, seconds: int, failed: bool = False) -> int:
    with office.work() as work:
        at = work.now + timedelta(seconds=seconds)
        key = f"test:{task}:{seconds}:{failed}"
        row = DueTask(key=key, task=task, due_at=at, args={})
        if failed:
            row.failed_at, row.attempts, row.error = at, 8, "Timeout"
        work.session.add(row)
        work.session.flush()
        return row.id


def state(office: Office, task_id: int) -> tuple[object, int]:
    with office.reading() as work:
        row = work.session.get_one(DueTask, task_id)
        return row.failed_at, row.tries
