"""What the desk of the flash offers says without asking the database, and when it asks."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from commerce.errors import SeatGone
from commerce.goods import buying
from commerce.goods.flash import Decision, Placed, Wish
from commerce.goods.orders import Order
from commerce.people import members
from commerce.work import Office, Work
from tests.flash_crowd import Evening, opens
from web.api import flash_desk
from web.api.flash_desk import Desk


@pytest.fixture
def evening(office: Office) -> Evening:
    return opens(office, buyers=5, seats=1)


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    desk = Desk(office)
    desk.start()
    yield desk
    desk.stop()


def asked(desk: Desk, evening: Evening, member_id: int) -> Decision:
    return desk.ask(evening.offer_id, Wish(member_id, f"flash:{member_id}:k")).result(10)


def test_while_one_asks_anew_the_others_go_on_being_told(
    desk: Desk, evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flash_desk, "BELIEVED_S", 0.2)
    first, second, third, fourth, _ = evening.buyers
    assert isinstance(asked(desk, evening, first), Placed)
    assert desk.too_late(evening.offer_id, second) is None  # Nobody came late yet.
    assert isinstance(asked(desk, evening, second), SeatGone)

    assert isinstance(desk.too_late(evening.offer_id, third), SeatGone)
    assert desk.too_late(evening.offer_id, first) is None
    time.sleep(0.3)
    assert desk.too_late(evening.offer_id, third) is None
    assert isinstance(desk.too_late(evening.offer_id, fourth), SeatGone)


def test_once_a_seat_came_back_nobody_is_told_otherwise(
    office: Office, desk: Desk, evening: Evening
) -> None:
    first, second, third, *_ = evening.buyers
    asked(desk, evening, first)
    asked(desk, evening, second)

    def gives_up(work: Work) -> None:
        order = work.session.scalars(select(Order)).one()
        buying.cancel(work, members.get(work, order.buyer_id), order)

    office.do(gives_up)
    assert isinstance(asked(desk, evening, first), Placed)  # What became of it: cancelled.
    assert desk.too_late(evening.offer_id, third) is None
    assert isinstance(asked(desk, evening, third), Placed)
