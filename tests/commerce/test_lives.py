"""What a live is about and who looks at it first; its steps in every order; what it sells."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import (
    LiveCancelled,
    LiveHasStarted,
    LiveIsOver,
    LiveNotApproved,
    LiveNotStarted,
    LiveReviewed,
    LiveTextRefused,
    LiveTitleRefused,
    LiveTooLong,
    NoSuchLive,
    NoSuchProduct,
    NotInLive,
    NotOnSale,
    NotStaff,
    OwnCase,
    PlannedInThePast,
    TooManyGoods,
)
from commerce.goods import attribution, buying, catalogue, offers, paying, recipients
from commerce.goods.offers import Kind
from commerce.lives import bookings, hosting, lotteries, programme, shown, terms
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import State as LotteryState
from commerce.money import settlement
from commerce.outbox import Outgoing
from commerce.people.audit import AuditRecord
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.trust import live_review
from commerce.work import Office, Work
from tests.commerce.sales import product
from tests.commerce.stars import approved_live, later, reviewer, star, visitor
from tests.people import Clock

FANG = recipients.Recipient("阿芳", "13800006688", "杭州市西湖区文三路1号")
TOMORROW = timedelta(days=1)


@pytest.fixture
def host(work: Work) -> Member:
    member = star(work, "小明")
    hosting.confirm(work, member, "王小明")
    return member


@pytest.fixture
def colleague(work: Work) -> Member:
    return reviewer(work)


@pytest.fixture
def keeper(work: Work) -> Member:
    """Looks after the shop's lives."""
    return reviewer(work, Role.HOST)


@pytest.fixture
def live(work: Work, host: Member) -> Live:
    return hosting.create(work, host, "春日好物专场", work.now + TOMORROW)


def complete(work: Work, live: Live, host: Member) -> None:
    programme.show(work, live.id, [product(work).id], by=host)
    programme.write_script(work, live.id, "今天看藕粉，直播间 69.00 元。", by=host)


def notices(work: Work, member: Member) -> list[str]:
    rows = select(Outgoing).where(Outgoing.member_id == member.id).order_by(Outgoing.id)
    return [row.said["notice"] for row in work.session.scalars(rows)]


def acts(work: Work) -> list[str]:
    return list(work.session.scalars(select(AuditRecord.act).order_by(AuditRecord.id)))


def planned(work: Work, task: str) -> list[DueTask]:
    return list(work.session.scalars(select(DueTask).where(DueTask.task == task)))


# What must be there before the start.


def test_a_stars_live_waits_for_goods_script_and_a_look(
    work: Work, host: Member, colleague: Member, live: Live
):
    with pytest.raises(LiveNotApproved) as lacking:
        hosting.start(work, live.id, by=host)
    assert lacking.value.missing == (shown.GOODS, shown.SCRIPT)
    assert live_review.waiting(work) == ([], 0)

    complete(work, live, host)

    assert live_review.waiting(work) == ([live], 1)
    assert notices(work, colleague) == ["live_waits"]
    with pytest.raises(LiveNotApproved) as unseen:
        hosting.start(work, live.id, by=host)
    assert unseen.value.missing == ()
    assert hosting.upcoming(work) == []

    live_review.approve(work, live.id, by=colleague)

    assert live_review.waiting(work) == ([], 0)
    assert hosting.upcoming(work) == [live]
    assert notices(work, host) == ["live_approved"]
    assert hosting.start(work, live.id, by=host)


def test_not_even_the_staff_start_what_nobody_looked_at(work: Work, keeper: Member, live: Live):
    with pytest.raises(LiveNotApproved):
        hosting.start(work, live.id, by=keeper)


@pytest.mark.parametrize("role", [Role.HOST, Role.ADMIN])
def test_the_shops_own_live_is_approved_at_once(work: Work, role: Role):
    keeper = reviewer(work, role)
    hosting.confirm(work, keeper, "王芳")

    made = hosting.create(work, keeper, "店里的专场", work.now + TOMORROW)

    assert made.is_announced
    assert hosting.start(work, made.id, by=keeper)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.FINANCE])
def test_another_role_does_not_approve_its_own(work: Work, role: Role):
    member = reviewer(work, role)
    hosting.confirm(work, member, "王芳")
    made = hosting.create(work, member, "我的专场", work.now + TOMORROW)
    complete(work, made, member)

    assert not made.is_announced
    with pytest.raises(OwnCase if role is Role.REVIEWER else NotStaff):
        live_review.approve(work, made.id, by=member)


def test_what_was_sent_back_comes_again_once_it_is_changed(
    work: Work, host: Member, colleague: Member, live: Live
):
    complete(work, live, host)
    live_review.send_back(work, live.id, "话术里没有规格", by=colleague)

    assert live_review.waiting(work)[1] == 0
    assert notices(work, host) == ["live_returned"]
    with pytest.raises(LiveNotApproved) as refused:
        hosting.start(work, live.id, by=host)
    assert refused.value.sent_back == "话术里没有规格"
    programme.write_script(work, live.id, live.script, by=host)
    assert live_review.waiting(work)[1] == 0  # The same words again are no change.

    programme.write_script(work, live.id, "藕粉 10 袋装，每袋 30 克。", by=host)

    assert live_review.waiting(work) == ([live], 1)


def test_a_reason_to_send_back_may_name_the_word_that_must_go(
    work: Work, host: Member, colleague: Member, live: Live
):
    complete(work, live, host)

    assert live_review.send_back(work, live.id, "别说「全网最低」", by=colleague).sent_back


@pytest.mark.parametrize("reason", ["", "  ", "长" * 101])
def test_a_reason_is_one_sentence(
    work: Work, host: Member, colleague: Member, live: Live, reason: str
):
    complete(work, live, host)
    with pytest.raises(LiveTextRefused):
        live_review.send_back(work, live.id, reason, by=colleague)


def test_there_is_one_decision(work: Work, host: Member, colleague: Member, live: Live):
    with pytest.raises(LiveReviewed):
        live_review.approve(work, live.id, by=colleague)  # Nothing to look at yet.
    complete(work, live, host)
    live_review.approve(work, live.id, by=colleague)

    with pytest.raises(LiveReviewed):
        live_review.send_back(work, live.id, "不行", by=colleague)
    with pytest.raises(NoSuchLive):
        live_review.approve(work, 99, by=colleague)


def test_another_title_word_or_product_is_looked_at_again(
    work: Work, host: Member, colleague: Member, live: Live
):
    first, second = product(work), product(work)
    changes = [
        lambda: programme.retitle(work, live.id, "夏日专场", by=host),
        lambda: programme.write_script(work, live.id, "另一套话", by=host),
        lambda: programme.show(work, live.id, [first.id, second.id], by=host),
    ]
    programme.show(work, live.id, [first.id], by=host)
    programme.write_script(work, live.id, "今天看藕粉。", by=host)
    for change in changes:
        live_review.approve(work, live.id, by=colleague)
        change()
        assert not live.is_announced
        assert live_review.waiting(work) == ([live], 1)


def test_another_time_another_order_and_fewer_goods_are_not(work: Work, host: Member, live: Live):
    first, second = product(work), product(work)
    programme.show(work, live.id, [first.id, second.id], by=host)
    approved_live(work, live)

    programme.show(work, live.id, [second.id, first.id], by=host)
    assert shown.goods_ids(work, live) == [second.id, first.id]
    programme.show(work, live.id, [second.id], by=host)
    programme.move(work, live.id, live.planned_at + TOMORROW, by=host)
    programme.retitle(work, live.id, live.title, by=host)

    assert live.is_announced


def test_what_the_staff_change_needs_no_look(work: Work, keeper: Member, live: Live):
    approved_live(work, live)

    programme.retitle(work, live.id, "夏日专场", by=keeper)
    programme.show(work, live.id, [product(work).id], by=None)

    assert live.is_announced


# Goods, words, times.


def test_goods_that_cannot_be_shown(work: Work, host: Member, live: Live):
    hidden = product(work)
    catalogue.hide(work, hidden)
    many = [product(work).id for _ in range(31)]

    for wanted, refusal in (
        ([hidden.id], NotOnSale),
        ([9999], NoSuchProduct),
        (many, TooManyGoods),
    ):
        with pytest.raises(refusal):
            programme.show(work, live.id, wanted, by=host)
    assert shown.goods_ids(work, live) == []

    programme.show(work, live.id, [many[1], many[0], many[1]], by=host)
    assert shown.goods_ids(work, live) == [many[1], many[0]]


def test_on_the_air_only_the_staff_show_other_goods(
    work: Work, host: Member, keeper: Member, live: Live
):
    goods = product(work)
    hosting.start(work, approved_live(work, live).id, by=host)

    with pytest.raises(LiveHasStarted):
        programme.show(work, live.id, [goods.id], by=host)
    programme.show(work, live.id, [goods.id], by=keeper)

    assert shown.goods_ids(work, live) == [goods.id]


def test_words_that_advertising_may_not_use(work: Work, host: Member, live: Live):
    with pytest.raises(LiveTextRefused) as refused:
        programme.write_script(work, live.id, "全网第一的藕粉", by=host)
    assert refused.value.words
    with pytest.raises(LiveTitleRefused):
        programme.retitle(work, live.id, "全网第一", by=host)
    with pytest.raises(LiveTextRefused):
        hosting.cancel(work, live.id, "我们是全网第一，不播了", by=host)
    with pytest.raises(LiveTextRefused):
        programme.write_script(work, live.id, "长" * 501, by=host)


def test_a_live_lasts_two_hours_unless_said_otherwise(work: Work, host: Member, live: Live):
    at = live.planned_at
    assert live.ends_at == at + timedelta(hours=2)

    programme.move(
        work, live.id, at + TOMORROW, ends_at=at + TOMORROW + timedelta(hours=3), by=host
    )
    programme.move(work, live.id, at, by=host)

    assert live.ends_at == at + timedelta(hours=3)


@pytest.mark.parametrize("hours", [0, -1, 12.01])
def test_an_end_before_the_start_or_after_the_latest_end(work: Work, host: Member, hours: float):
    at = work.now + TOMORROW
    with pytest.raises(LiveTooLong):
        hosting.create(work, host, "专场", at, ends_at=at + timedelta(hours=hours))


def test_nothing_moves_into_the_past(work: Work, host: Member, live: Live):
    with pytest.raises(PlannedInThePast):
        programme.move(work, live.id, work.now - timedelta(minutes=1), by=host)


def test_who_booked_hears_of_a_new_time_and_reminders_follow_it(
    work: Work, host: Member, live: Live
):
    approved_live(work, live)
    bookings.book(work, visitor(work), live)
    day_after = live.planned_at + 2 * TOMORROW

    programme.move(work, live.id, day_after, by=host)

    due = {task.due_at for task in planned(work, "remind")}
    assert day_after - timedelta(hours=1) in due
    assert len(planned(work, "broadcast_part")) == 1
    programme.move(work, live.id, day_after, by=host)
    assert len(planned(work, "broadcast_part")) == 1


# Steps, in every order.


WANTED = {
    # Which of the steps, asked for in this order and each twice, happened, and where it stands.
    ("start", "end"): (["start", "end"], State.ENDED),
    ("start", "cancel"): (["start"], State.LIVE),
    ("start", "by_itself"): (["start"], State.ENDED),
    ("end", "start"): (["start"], State.LIVE),
    ("end", "cancel"): (["cancel"], State.CANCELLED),
    ("end", "by_itself"): ([], State.SCHEDULED),
    ("cancel", "start"): (["cancel"], State.CANCELLED),
    ("cancel", "end"): (["cancel"], State.CANCELLED),
    ("cancel", "by_itself"): (["cancel"], State.CANCELLED),
    ("by_itself", "start"): (["start"], State.LIVE),
    ("by_itself", "end"): ([], State.SCHEDULED),
    ("by_itself", "cancel"): (["cancel"], State.CANCELLED),
}


@pytest.mark.parametrize("order", WANTED, ids="-".join)
def test_every_step_happens_once_or_not_at_all(
    work: Work, host: Member, live: Live, order: tuple[str, str]
):
    """E43: the end before the start, twice, or never; and a cancellation anywhere."""
    approved_live(work, live)
    does = {
        "start": lambda: hosting.start(work, live.id, by=host),
        "end": lambda: hosting.end(work, live.id, by=host),
        "cancel": lambda: hosting.cancel(work, live.id, "主播病了", by=host),
        "by_itself": lambda: hosting.end_by_itself(work, live.id),
    }
    happened = []
    for step in order:
        for _ in range(2):
            with suppress(LiveNotStarted, LiveIsOver, LiveCancelled, LiveHasStarted):
                happened += [step] if does[step]() else []

    assert (happened, live.state) == WANTED[order]
    assert live.ended_late == (order == ("start", "by_itself"))
    assert len(planned(work, "settle")) == (live.state == State.ENDED)


def test_what_is_over_is_not_changed(work: Work, host: Member, live: Live):
    hosting.start(work, approved_live(work, live).id, by=host)
    cancelled = hosting.create(work, host, "另一场", work.now + TOMORROW)
    hosting.cancel(work, cancelled.id, "主播病了", by=host)

    for one, refusal in ((live, LiveHasStarted), (cancelled, LiveCancelled)):
        for change in (
            lambda n: programme.retitle(work, n, "夏日专场", by=host),
            lambda n: programme.move(work, n, work.now + TOMORROW, by=host),
            lambda n: programme.write_script(work, n, "另一套话", by=host),
            lambda n: programme.show(work, n, [], by=host),
        ):
            with pytest.raises(refusal):
                change(one.id)
    with pytest.raises(LiveCancelled):
        hosting.start(work, cancelled.id, by=host)
    with pytest.raises(LiveCancelled):
        hosting.end(work, cancelled.id, by=host)


def test_a_cancelled_live_is_told_and_not_drawn(work: Work, host: Member, live: Live):
    goods = product(work, pieces=15)
    programme.show(work, live.id, [goods.id], by=host)
    approved_live(work, live)
    lottery = terms.announce(work, live.id, goods.id, winners=10, threshold=100, by=None)
    booked = bookings.book(work, visitor(work), live)
    offer = terms.publish(work, live.id, goods.id, Kind.FIRST_N, by=None, unit_fen=89_00, pieces=5)

    hosting.cancel(work, live.id, "主播病了，改天再播", by=host)

    work.session.refresh(lottery)
    assert lottery.state == LotteryState.CANCELLED
    assert (live.cancel_reason, live.cancelled_at) == ("主播病了，改天再播", work.now)
    assert booked.number == 1
    assert len(planned(work, "broadcast_part")) == 1
    assert offer.closed_at is not None
    assert hosting.upcoming(work) == []


def test_only_who_may_direct_it_changes_a_live(work: Work, live: Live, colleague: Member):
    for other in (star(work, "小红"), colleague):
        for change in (
            lambda by: programme.retitle(work, live.id, "夏日专场", by=by),
            lambda by: programme.show(work, live.id, [], by=by),
            lambda by: hosting.cancel(work, live.id, "不播了", by=by),
            lambda by: terms.publish(work, live.id, 1, Kind.FIRST_N, by=by),
        ):
            with pytest.raises(NoSuchLive):
                change(other)


def test_the_same_key_is_the_same_live(work: Work, host: Member):
    at = work.now + TOMORROW
    made = [
        hosting.create(work, host, title, at, for_shop=True, key="channel:7")
        for title in ("专场", "别的")
    ]

    assert made[0] is made[1]
    assert made[0].title == "专场"
    assert hosting.create(work, host, "专场", at).id != made[0].id
    afterwards = later(work, days=2)  # Asked again when its time is over, it is still that live.
    assert hosting.create(afterwards, host, "专场", at, key="channel:7") is made[0]


# The staff look on.


def test_the_staff_warn_and_stop_and_it_is_recorded(
    work: Work, host: Member, colleague: Member, live: Live
):
    with pytest.raises(LiveNotStarted):
        live_review.warn(work, live.id, "先别夸大", by=colleague)
    hosting.start(work, approved_live(work, live).id, by=host)

    live_review.warn(work, live.id, "别说「根治」", by=colleague)
    assert live.state == State.LIVE
    assert live_review.stop(work, live.id, "还在说「根治」", by=colleague)
    assert not live_review.stop(work, live.id, "还在说", by=colleague)

    assert (live.state, len(planned(work, "settle"))) == (State.ENDED, 1)
    assert notices(work, host) == ["live_warned", "live_stopped"]
    assert acts(work)[-2:] == ["warn_live", "stop_live"]


def test_nobody_else_stops_a_live_and_nobody_judges_their_own(
    work: Work, host: Member, keeper: Member, live: Live
):
    hosting.start(work, approved_live(work, live).id, by=host)
    for act in (live_review.warn, live_review.stop):
        with pytest.raises(NotStaff):
            act(work, live.id, "不行", by=host)
    hosting.confirm(work, keeper, "王芳")
    own = hosting.create(work, keeper, "店里的", work.now)
    hosting.start(work, own.id, by=keeper)
    with pytest.raises(OwnCase):
        live_review.stop(work, own.id, "不行", by=keeper)


# What is promised in it.


def test_a_price_is_for_what_the_live_shows(work: Work, host: Member, live: Live):
    goods = product(work)
    with pytest.raises(NotInLive) as refused:
        terms.publish(work, live.id, goods.id, Kind.FIRST_N, by=host, unit_fen=89_00, pieces=5)
    assert refused.value.goods == ()
    programme.show(work, live.id, [goods.id], by=host)

    made = terms.publish(work, live.id, goods.id, Kind.FIRST_N, by=host, unit_fen=89_00, pieces=5)

    assert offers.of_live(work, live.id) == [made]
    assert acts(work)[-1] == "publish_offer"


def test_what_costs_the_shop_money_is_promised_by_its_staff(
    work: Work, host: Member, keeper: Member, live: Live
):
    goods = product(work)
    programme.show(work, live.id, [goods.id], by=host)
    with pytest.raises(NotStaff):
        terms.publish(
            work, live.id, goods.id, Kind.FIRST_N, by=host, unit_fen=9_90, subsidy_fen=9_000_00
        )
    with pytest.raises(NotStaff):
        terms.announce(work, live.id, goods.id, winners=10, threshold=100, by=host)
    assert (offers.of_live(work, live.id), lotteries.of_live(work, live.id)) == ([], None)

    terms.announce(work, live.id, goods.id, winners=10, threshold=100, by=keeper)

    assert lotteries.of_live(work, live.id) is not None


def test_an_order_made_in_the_live_and_paid_after_it_belongs_to_it(office: Office, clock: Clock):
    """E44."""
    with office.work() as work:
        host = star(work, "小明")
        hosting.confirm(work, host, "王小明")
        live = hosting.create(work, host, "春日好物专场", work.now, for_shop=True)
        hosting.start(work, live.id, by=host)
        buyer, goods = visitor(work), product(work)
        wanted = buying.quote(work, buyer, goods.id, live=attribution.live_of(work, buyer))
        order = buying.place(work, buyer, wanted, key="k", recipient=FANG)
        assert order.live_id == live.id
        hosting.end(later(work, minutes=5), live.id, by=host)
        after = replace(work, now=work.now + timedelta(minutes=8))
        paying.pay(after, order, host, paid_at=after.now)
    clock.passes(minutes=15)

    run = settlement.settle(office, str(live.id))

    assert run is not None
    assert (run.place, run.orders) == (str(live.id), 1)
