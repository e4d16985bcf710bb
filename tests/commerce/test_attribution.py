"""Whom an order is credited to: one rule, every branch of it."""

import pytest

from commerce.goods import attribution, touches
from commerce.goods.touches import Touch
from commerce.lives.lives import State as LiveState
from commerce.people import invitations, members
from commerce.people.members import State
from commerce.work import Work
from tests.commerce.sales import live, product
from tests.commerce.stars import later, star, visitor

promoter_of, live_of, touch = attribution.promoter_of, attribution.live_of, touches.touch


def test_nobody_is_credited_where_nobody_sent_the_buyer(work: Work):
    assert promoter_of(work, visitor(work)) is None


def test_the_last_touch_wins_over_an_earlier_one_and_over_the_inviter(work: Work):
    inviter, first, last = star(work), star(work), star(work)
    buyer = visitor(work)
    invitations.reserve(work, buyer, inviter)
    touch(work, buyer, first)
    touch(later(work, minutes=1), buyer, last)

    assert promoter_of(later(work, minutes=2), buyer) == last


def test_a_touch_counts_for_fifteen_days_and_then_the_inviter(work: Work):
    inviter, sharer = star(work), star(work)
    buyer = star(work, "买家", inviter)
    touch(work, buyer, sharer)

    assert promoter_of(later(work, days=15, seconds=-1), buyer) == sharer
    assert promoter_of(later(work, days=15), buyer) == inviter


def test_an_inviter_is_credited_for_a_year_after_joining(work: Work):
    inviter = star(work)
    buyer = star(work, "买家", inviter)

    assert promoter_of(later(work, days=365, seconds=-1), buyer) == inviter
    assert promoter_of(later(work, days=365), buyer) is None


def test_a_visitors_reserved_inviter_counts_while_it_is_reserved(work: Work):
    inviter, buyer = star(work), visitor(work)
    invitations.reserve(work, buyer, inviter)

    assert promoter_of(later(work, days=30, seconds=-1), buyer) == inviter
    assert promoter_of(later(work, days=30), buyer) is None


def test_a_share_of_no_star_counts_for_the_star_it_came_from(work: Work):
    sharer, friend, buyer = star(work), visitor(work), visitor(work)
    touch(work, friend, sharer)

    assert touch(work, buyer, friend).star_id == sharer.id
    assert promoter_of(work, buyer) == sharer


def test_a_share_of_no_star_who_came_by_nobody_or_by_the_buyer_counts_for_nobody(work: Work):
    buyer, friend = star(work), visitor(work)
    assert touch(work, buyer, friend) is None

    touch(work, friend, buyer)

    assert touch(work, buyer, friend) is None


def test_ones_own_link_is_never_a_touch(work: Work):
    buyer = star(work)

    assert touch(work, buyer, buyer) is None
    assert work.session.query(Touch).count() == 0


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
def test_who_may_not_promote_makes_room_for_the_next_rule(work: Work, state: State):
    inviter, earlier, sharer = star(work), star(work), star(work)
    buyer = star(work, "买家", inviter)
    touch(work, buyer, earlier)
    touch(later(work, minutes=1), buyer, sharer)
    sharer.state = state
    work.session.flush()

    assert promoter_of(later(work, minutes=2), buyer) == inviter

    inviter.state = state
    assert promoter_of(later(work, minutes=2), buyer) is None


def test_inside_a_live_it_is_by_whose_share_the_buyer_entered_it(work: Work):
    host, sharer, before, buyer = star(work), star(work), star(work), visitor(work)
    touch(work, buyer, before)
    evening = live(later(work, hours=1), host)
    touch(work, buyer, sharer, live_id=evening.id)

    assert promoter_of(later(work, hours=2), buyer, evening) == sharer


def test_a_product_link_opened_while_the_live_is_on_is_an_entry_too(work: Work):
    host, sharer, buyer = star(work), star(work), visitor(work)
    goods, evening = product(work), live(work, host)
    during = later(work, minutes=5)
    touch(during, buyer, sharer, product_id=goods.id)

    assert promoter_of(during, buyer, evening) == sharer
    assert live_of(during, buyer) == evening


def test_a_touch_of_another_live_is_no_entry(work: Work):
    host, sharer, buyer = star(work), star(work), visitor(work)
    yesterdays, tonights = live(work, host), live(work, host)
    touch(work, buyer, sharer, live_id=yesterdays.id)

    assert promoter_of(work, buyer, tonights) == host


def test_inside_a_live_without_an_entry_it_is_the_host_not_the_inviter(work: Work):
    host, inviter = star(work), star(work)
    buyer = star(work, "买家", inviter)

    assert promoter_of(work, buyer, live(work, host)) == host


def test_a_host_who_may_not_promote_makes_room_for_the_rules_outside(work: Work):
    host, inviter = star(work), star(work)
    buyer = star(work, "买家", inviter)
    evening = live(work, host)
    members.lock(work, host.id).state = State.SUSPENDED

    assert promoter_of(work, buyer, evening) == inviter


def test_a_host_buys_in_the_own_live_as_its_promoter(work: Work):
    host = star(work)
    evening = live(work, host)

    assert live_of(work, host) == evening
    assert promoter_of(work, host, evening) == host


def test_who_came_by_a_star_before_the_live_did_not_enter_it(work: Work):
    host, sharer, buyer = star(work), star(work), visitor(work)
    touch(work, buyer, sharer)
    evening = later(work, hours=1)
    live(evening, host)

    assert live_of(evening, buyer) is None


def test_who_came_by_nobody_buys_in_the_only_live_there_is(work: Work):
    host, buyer = star(work), visitor(work)
    evening = live(work, host)

    assert live_of(work, buyer) == evening
    live(work, star(work))
    assert live_of(work, buyer) is None


def test_nobody_buys_in_a_live_that_is_over(work: Work):
    host, sharer, buyer = star(work), star(work), visitor(work)
    evening = live(work, host)
    touch(work, buyer, sharer, live_id=evening.id)
    assert live_of(work, buyer) == evening

    evening.state, evening.ended_at = LiveState.ENDED, work.now
    work.session.flush()

    assert live_of(work, buyer) is None
