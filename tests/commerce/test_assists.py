"""Cards that friends unlock: who counts, once; the price, for one piece; what is kept, and until
when."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from commerce.errors import (
    AssistsOff,
    BelowCost,
    NoAssist,
    NotActive,
    OfferStands,
    OneEach,
    SoldOut,
)
from commerce.goods import (
    attribution,
    buying,
    flash,
    offers,
    quotes,
    stock,
    touches,
)
from commerce.goods.offers import Kind, LiveOffer
from commerce.goods.orders import Offer, Order, State
from commerce.goods.products import Product, StarPrice
from commerce.lives import assist_tasks, assists, hosting, room
from commerce.lives.assists import Assist, Help, Step
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money.paying_in import Came
from commerce.people import binding
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.work import Work
from tests.commerce.sales import live, product
from tests.commerce.stars import later, star, visitor
from tests.commerce.test_offers import buys, first_n, pays, richly
from tests.commerce.told import planned, told


@pytest.fixture
def evening(work: Work) -> Live:
    return live(work, star(work, "主播"))


@pytest.fixture
def goods(work: Work) -> Product:
    return product(work, pieces=5)


@pytest.fixture
def offer(work: Work, evening: Live, goods: Product) -> LiveOffer:
    """69.00 instead of 99.00."""
    return priced(work, evening, goods)


def priced(work: Work, evening: Live, goods: Product) -> LiveOffer:
    return offers.publish(richly(work), evening, goods, Kind.ASSIST, subsidy_fen=100_000_00)


def card(work: Work, evening: Live, friends: int = 0) -> tuple[Member, Assist]:
    """Somebody's, with so many friends who came by it."""
    owner = visitor(work)
    made = assists.share(work, owner, evening)
    for _ in range(friends):
        assert comes(work, visitor(work), made) is Step.COUNTED
    return owner, made


def comes(work: Work, friend: Member, card: Assist) -> Step:
    """By the card; what follows by itself follows at once."""
    step = assists.help(work, friend, card).step
    if step is Step.COUNTED and card.unlocked_at is not None:
        assist_tasks.unlock(work, card.id)
    return step


def priced_at(work: Work, buyer: Member, goods: Product, evening: Live) -> tuple[str, int]:
    wanted = quotes.quote(work, buyer, goods.id, live=evening)
    return wanted.offer, wanted.unit_fen


# The price of a live.


def test_the_price_is_that_of_the_rules_unless_it_is_said(work: Work, offer: LiveOffer):
    assert (offer.kind, offer.unit_fen, offer.floor_fen) == ("assist", 69_00, 69_00)
    assert offers.now_fen(work, offer) == 69_00
    assert offers.left(work, offer) == 5


def test_a_live_has_one(work: Work, evening: Live, offer: LiveOffer):
    with pytest.raises(OfferStands):
        priced(work, evening, product(work))


def test_below_cost_is_refused_like_any_offer(work: Work, evening: Live, goods: Product):
    with pytest.raises(BelowCost):
        offers.publish(work, evening, goods, Kind.ASSIST, unit_fen=45_00)


def test_where_the_rules_say_so_there_are_none(work: Work, evening: Live, goods: Product):
    made = priced(work, evening, goods)
    off = work.rules.assist.model_copy(update={"enabled": False})
    strict = replace(richly(work), rules=work.rules.model_copy(update={"assist": off}))

    with pytest.raises(AssistsOff):
        offers.publish(strict, evening, product(work), Kind.ASSIST)
    with pytest.raises(AssistsOff):
        assists.share(strict, visitor(work), evening)
    assert assists.offer_of(work, evening) == made


# The card.


def test_a_person_has_one_card_in_a_live_and_is_in_its_room(work: Work, evening: Live, offer):
    owner, made = card(work, evening)

    assert assists.share(work, owner, evening) is made
    assert (made.unit_fen, made.friends, made.helped, made.missing) == (69_00, 3, 0, 3)
    assert room.has_entered(work, owner, evening)


@pytest.mark.parametrize("state", [LiveState.SCHEDULED, LiveState.ENDED])
def test_there_is_a_card_only_while_the_live_is_on(work: Work, evening: Live, offer, state: str):
    evening.state = state
    with pytest.raises(NoAssist):
        card(work, evening)


def test_without_such_a_price_there_is_no_card(work: Work, evening: Live, goods: Product):
    first_n(work, evening, goods)
    with pytest.raises(NoAssist):
        card(work, evening)


def test_the_suspended_get_none(work: Work, evening: Live, offer):
    owner = star(work)
    owner.state = MemberState.SUSPENDED
    with pytest.raises(NotActive):
        assists.share(work, owner, evening)


# Who counts: E53.


def test_a_friend_counts_once_in_a_live(work: Work, evening: Live, offer):
    _, one = card(work, evening)
    _, other = card(work, evening)
    friend = visitor(work)

    steps = [assists.help(work, friend, which).step for which in (one, one, other)]

    assert steps == [Step.COUNTED, Step.BEFORE, Step.BEFORE]
    assert (one.helped, other.helped) == (1, 0)


def test_in_another_live_the_friend_counts_again(work: Work, evening: Live, goods, offer):
    _, one = card(work, evening)
    tomorrow = live(work, star(work, "主播二"))
    priced(work, tomorrow, goods)
    _, other = card(work, tomorrow)
    friend = visitor(work)

    steps = [assists.help(work, friend, which).step for which in (one, other)]

    assert steps == [Step.COUNTED, Step.COUNTED]


def test_nobody_helps_themselves_by_whichever_door(work: Work, evening: Live, offer):
    """The card was made as another identity, which was merged since."""
    before, made = card(work, evening)
    owner = star(work)
    binding.merge(work, before, owner)

    assert assists.help(work, owner, made).step is Step.OWN
    assert made.helped == 0
    assert assists.share(work, owner, evening) is made


def test_two_identities_of_a_friend_are_one(work: Work, evening: Live, offer):
    _, made = card(work, evening)
    friend, before = star(work), visitor(work)
    assert assists.help(work, before, made).step is Step.COUNTED
    binding.merge(work, before, friend)

    assert assists.help(work, friend, made).step is Step.BEFORE
    assert made.helped == 1


def test_a_help_stays_when_the_friend_leaves(work: Work, evening: Live, offer):
    _, made = card(work, evening, friends=1)
    helper = work.session.scalars(select(Help.helper_id)).one()
    work.session.get_one(Member, helper).state = MemberState.LEFT

    assert work.session.get_one(Assist, made.id).helped == 1


@pytest.mark.parametrize("state", [LiveState.SCHEDULED, LiveState.ENDED])
def test_only_while_the_live_is_on(work: Work, evening: Live, offer, state: str):
    _, made = card(work, evening)
    evening.state = state
    work.session.flush()
    friend = visitor(work)

    assert assists.help(work, friend, made).step is Step.NOT_ON
    assert (made.helped, room.has_entered(work, friend, evening)) == (0, False)


def test_who_comes_by_a_card_is_in_the_room_and_credited_to_its_star(
    work: Work, evening: Live, offer
):
    owner, friend = star(work, "小红"), visitor(work)
    made = assists.share(work, owner, evening)

    assists.help(work, friend, made)

    assert room.has_entered(work, friend, evening)
    assert touches.star_of_live(work, friend, evening) == owner
    assert friend.reserved_inviter_id == owner.id


# Unlocked: E54.


def test_the_third_unlocks_once_and_a_fourth_keeps_their_help(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=2)
    assert made.unlocked_at is None
    third, fourth = visitor(work), visitor(work)
    _, elsewhere = card(work, evening)

    steps = [comes(work, who, made) for who in (third, fourth)]

    assert steps == [Step.COUNTED, Step.FULL]
    assert (made.helped, made.unlocked_at) == (3, work.now)
    assert comes(work, fourth, elsewhere) is Step.COUNTED
    assert stock.held(work, made.hold) == 1
    assert stock.left(work, goods.id) == 4
    assert [facts["helped"] for _, facts in told(work, "assist_helped")][:2] == [1, 2]
    ((whom, facts),) = told(work, "assist_unlocked")
    assert (whom, facts["helped"], facts["unit_fen"]) == (owner.id, 3, 69_00)


def test_a_piece_is_kept_for_fifteen_minutes_and_the_price_longer(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    (task,) = planned(work, "release_assist")
    assert task.due_at == later(work, minutes=15).now

    assist_tasks.release(later(work, minutes=14, seconds=59), made.id)
    assert stock.held(work, made.hold) == 1
    assist_tasks.release(later(work, minutes=15), made.id)

    assert stock.held(work, made.hold) == 0
    assert stock.left(work, goods.id) == 5
    assert priced_at(later(work, minutes=16), owner, goods, evening) == (Offer.ASSIST, 69_00)


def test_unlocked_without_a_piece_to_keep(work: Work, evening: Live, goods: Product, offer):
    for _ in range(5):
        buys(work, visitor(work), goods, evening)
    owner, made = card(work, evening, friends=3)

    assert (made.helped, made.held_until) == (3, None)
    ((_, facts),) = told(work, "assist_unlocked")
    assert facts["until"] is None
    with pytest.raises(SoldOut):
        quotes.quote(work, owner, goods.id, live=evening)


def test_nothing_is_kept_twice_nor_for_who_has_bought(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    assist_tasks.unlock(later(work, minutes=5), made.id)
    assert made.held_until == later(work, minutes=15).now
    buys(work, owner, goods, evening)

    made.held_until = None
    assist_tasks.unlock(work, made.id)

    assert (stock.held(work, made.hold), made.held_until) == (0, None)
    assert len(told(work, "assist_unlocked")) == 1


def test_nothing_is_kept_for_a_card_whose_live_ended_in_that_moment(
    work: Work, evening: Live, goods: Product, offer
):
    _, made = card(work, evening, friends=2)
    assists.help(work, visitor(work), made)
    (task,) = planned(work, "unlock_assist")
    hosting.end(work, evening.id, by=None)

    assist_tasks.unlock(work, **task.args)

    assert stock.left(work, goods.id) == 5
    assert told(work, "assist_unlocked") == []


def test_a_live_that_ends_in_that_moment_counts_nobody_any_more(
    work: Work, evening: Live, offer, monkeypatch: pytest.MonkeyPatch
):
    _, made = card(work, evening)

    def ends(*_: object) -> bool:
        evening.state = LiveState.ENDED
        work.session.flush()
        return False

    monkeypatch.setattr(assists, "_has_helped", ends)

    assert assists.help(work, visitor(work), made).step is Step.NOT_ON
    assert work.session.scalars(select(Help)).all() == []


# Bought with it.


def test_nobody_has_the_price_before_and_the_owner_alone_after(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=2)
    assert priced_at(work, owner, goods, evening) == (Offer.LIST, 99_00)
    comes(work, visitor(work), made)

    assert priced_at(work, owner, goods, evening) == (Offer.ASSIST, 69_00)
    assert priced_at(work, visitor(work), goods, evening) == (Offer.LIST, 99_00)


def test_the_kept_piece_is_the_one_that_is_bought(work: Work, evening: Live, goods: Product, offer):
    owner, made = card(work, evening, friends=3)
    for _ in range(4):
        buys(work, visitor(work), goods, evening)
    assert stock.left(work, goods.id) == 0

    (order,) = buys(work, owner, goods, evening)

    assert (order.offer, order.unit_fen, order.offer_id) == (Offer.ASSIST, 69_00, offer.id)
    assert made.order_id == order.id
    assert (stock.held(work, made.hold), stock.left(work, goods.id)) == (0, 0)
    assert pays(work, order) is Came.PAID
    assert (order.base_fen, order.state) == (69_00, State.PAID)


def test_further_pieces_have_the_next_best_price(work: Work, evening: Live, goods: Product, offer):
    """69.00 + 2 × 99.00."""
    owner, _ = card(work, evening, friends=3)

    first, rest = buys(work, owner, goods, evening, 3)

    assert (first.unit_fen, first.quantity, rest.unit_fen, rest.quantity) == (69_00, 1, 99_00, 2)
    assert stock.left(work, goods.id) == 2


def test_it_is_one_piece_also_after_it_was_paid(work: Work, evening: Live, goods: Product, offer):
    owner, _ = card(work, evening, friends=3)
    (order,) = buys(work, owner, goods, evening)
    assert priced_at(work, owner, goods, evening) == (Offer.LIST, 99_00)
    pays(work, order)

    assert priced_at(work, owner, goods, evening) == (Offer.LIST, 99_00)


def test_cancelled_within_the_time_the_piece_is_kept_on(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    (order,) = buys(work, owner, goods, evening)

    buying.cancel(later(work, minutes=5), owner, order)

    assert made.order_id is None
    assert (stock.held(work, made.hold), stock.left(work, goods.id)) == (1, 4)
    (again,) = buys(later(work, minutes=6), owner, goods, evening)
    assert again.offer == Offer.ASSIST
    assert (stock.held(work, made.hold), stock.left(work, goods.id)) == (0, 4)


def test_run_out_of_time_the_card_may_be_used_again_and_keeps_nothing(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    (order,) = buys(later(work, minutes=10), owner, goods, evening)

    buying.expire(later(work, minutes=25), order.payment_id)

    assert made.order_id is None
    assert (stock.held(work, made.hold), stock.left(work, goods.id)) == (0, 5)
    assert priced_at(later(work, minutes=26), owner, goods, evening)[0] == Offer.ASSIST


def test_a_late_payment_has_the_price_if_nothing_else_was_bought_with_the_card(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    (order,) = buys(work, owner, goods, evening)
    buying.expire(later(work, minutes=15), order.payment_id)

    assert pays(later(work, minutes=16), order) is Came.PAID
    assert made.order_id == order.id
    assert stock.left(work, goods.id) == 4


def test_a_late_payment_goes_back_when_the_card_was_used_meanwhile(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    (order,) = buys(work, owner, goods, evening)
    buying.expire(later(work, minutes=15), order.payment_id)
    (again,) = buys(later(work, minutes=16), owner, goods, evening)

    assert pays(later(work, minutes=17), order) is Came.RETURNED
    assert (order.state, made.order_id) == (State.CANCELLED, again.id)
    assert stock.left(work, goods.id) == 4


def test_a_quote_that_another_order_overtook_is_refused(
    work: Work, evening: Live, goods: Product, offer
):
    owner, _ = card(work, evening, friends=3)
    wanted = quotes.quote(work, owner, goods.id, live=evening)
    buying.place(work, owner, wanted, key="first")

    with pytest.raises(OneEach), work.session.begin_nested():
        buying.place(work, owner, wanted, key="second")
    assert stock.left(work, goods.id) == 4


def test_a_piece_that_is_kept_no_longer_comes_from_the_shelf(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    wanted = quotes.quote(work, owner, goods.id, live=evening)
    assert wanted.from_hold == made.hold
    stock.release_hold(work, made.hold)

    order = buying.place(work, owner, wanted, key="k")

    assert order.offer == Offer.ASSIST
    assert stock.left(work, goods.id) == 4


def test_the_best_price_wins_and_leaves_the_card_unused(
    work: Work, evening: Live, goods: Product, offer
):
    first_n(work, evening, goods, 1)
    owner, made = card(work, evening, friends=3)

    (cheap,) = buys(work, owner, goods, evening)
    (next_,) = buys(work, owner, goods, evening)

    assert (cheap.unit_fen, next_.unit_fen) == (9_90, 69_00)
    assert made.order_id == next_.id


def test_what_was_promised_stands_beside_a_stars_own_price(
    work: Work, evening: Live, goods: Product, offer
):
    """The promoter sells at 89.00; the card says 69.00."""
    seller = star(work, "小红")
    goods.markup_allowed = True
    work.session.add(
        StarPrice(member_id=seller.id, product_id=goods.id, unit_fen=89_00, set_at=work.now)
    )
    owner, made = card(work, evening, friends=2)
    touches.touch(work, owner, seller, live_id=evening.id)
    assert priced_at(work, owner, goods, evening) == (Offer.STAR_PRICE, 89_00)

    comes(work, visitor(work), made)

    assert priced_at(work, owner, goods, evening) == (Offer.ASSIST, 69_00)


def test_of_two_cards_of_one_person_one_may_be_used(
    work: Work, evening: Live, goods: Product, offer
):
    before, _ = card(work, evening, friends=3)
    owner = star(work)
    other = assists.share(work, owner, evening)
    for _ in range(3):
        comes(work, visitor(work), other)
    binding.merge(work, before, owner)

    (order,) = buys(work, owner, goods, evening)

    assert order.offer == Offer.ASSIST
    assert priced_at(work, owner, goods, evening) == (Offer.LIST, 99_00)


def test_it_is_not_for_flash_orders(work: Work, offer: LiveOffer, evening: Live):
    owner, _ = card(work, evening, friends=3)

    (decided,) = flash.decide(work, offer.id, [flash.Wish(owner.id, "k")])

    assert type(decided).__name__ == "OfferClosed"
    assert work.session.scalars(select(Order)).all() == []


# The end of the live.


def test_the_price_ends_with_the_live_and_who_was_short_is_told(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    short, other = card(work, evening, friends=2)
    hosting.end(work, evening.id, by=None)
    (task,) = planned(work, "end_assists")

    for _ in range(2):
        assist_tasks.end_all(work, **task.args)

    assert stock.held(work, made.hold) == 0
    assert stock.left(work, goods.id) == 5
    assert priced_at(work, owner, goods, evening) == (Offer.LIST, 99_00)
    ((whom, facts),) = told(work, "assist_over")
    assert (whom, facts["helped"], facts["price_fen"], facts["next_at"]) == (
        short.id,
        2,
        99_00,
        None,
    )
    assert other.unlocked_at is None


def test_many_cards_are_told_in_parts(
    work: Work, evening: Live, offer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(assist_tasks, "AT_ONCE", 2)
    for _ in range(3):
        card(work, evening)

    assist_tasks.end_all(work, evening.id)
    (rest,) = planned(work, "end_assists")
    assist_tasks.end_all(work, **rest.args)

    assert len(told(work, "assist_over")) == 3


def test_an_order_of_the_live_is_paid_after_its_end_at_its_price(
    work: Work, evening: Live, goods: Product, offer
):
    owner, made = card(work, evening, friends=3)
    (order,) = buys(work, owner, goods, evening)
    hosting.end(work, evening.id, by=None)
    assist_tasks.end_all(work, evening.id)

    assert pays(later(work, minutes=5), order) is Came.PAID
    assert (order.unit_fen, made.order_id) == (69_00, order.id)


# The room.


def test_entering_twice_is_entering_once_and_decides_where_one_buys(work: Work, evening: Live):
    """Whoever has an inviter buys in a live only after entering it."""
    buyer = star(work, "小红", star(work, "小明"))
    assert attribution.live_of(work, buyer) is None

    assert [room.enter(work, buyer, evening) for _ in range(2)] == [True, False]

    assert attribution.live_of(work, buyer) == evening


def test_nobody_enters_what_is_not_on(work: Work, evening: Live):
    evening.state = LiveState.ENDED
    buyer = visitor(work)

    assert not room.enter(work, buyer, evening)
    assert not room.has_entered(work, buyer, evening)
