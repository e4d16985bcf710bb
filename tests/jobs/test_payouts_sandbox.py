"""Payouts through the real client against the sandbox's WeChat Pay: signed both ways, over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.pay import Merchant, WeChatPay
from bot.platforms.wechat import WeChat
from commerce.money import pauses, payouts
from commerce.money.withdrawals import State, Withdrawal, find
from commerce.people import identities, joining, members
from commerce.work import Office
from jobs import notifications
from jobs.payouts import pay_out
from jobs.shop import Shop
from tests.commerce.purses import cashier, earns, purse, withdraws
from tests.platforms.test_pay import _pair, app, desk, merchant
from tests.sandbox.conftest import Desk, until
from tests.sandbox.pay_desk import TillApp

__all__ = ["_pair", "app", "desk", "merchant"]

CONFIRM = "people/小红/confirm-transfer"


@dataclass
class House:
    """An office whose clock is the sandbox's, and 小红 with 236.40 of which 200.00 are asked."""

    office: Office
    shop: Shop
    desk: Desk
    app: TillApp
    member_id: int

    @property
    def row(self) -> Withdrawal:
        with self.office.reading() as work:
            return find(work, 1)

    @property
    def bill(self) -> str:
        return str(self.row.number)

    @property
    def purse(self) -> tuple[int, int, int]:
        with self.office.reading() as work:
            return purse(work, members.get(work, self.member_id))

    def pays_out(self) -> State:
        pay_out(self.shop, 1)
        return State(self.row.state)

    def hears(self, count: int = 1) -> State:
        """The next notification arrives, twice."""
        told = until(lambda: len(self.app.heard) >= count and self.app.heard)[count - 1]
        assert self.shop.pay is not None
        heard = self.shop.pay.verified(told.headers, told.body)
        hear = partial(notifications.hear, provider="wechat", heard=heard)
        assert self.office.do(lambda work: hear(work))
        assert not self.office.do(lambda work: hear(work))
        return State(self.row.state)


@pytest.fixture
def house(
    engine, rules, bot: Bot, desk: Desk, app: TillApp, merchant: Merchant, tmp_path: Path
) -> Iterator[House]:
    clock: Callable[[], datetime] = lambda: datetime.fromtimestamp(desk.world.now(), UTC)  # noqa: E731
    office = Office(engine, rules, clock)
    openid = desk.openid("小红")
    with office.work() as work:
        member = identities.recognise(work, "official", openid)[1]
        joining.join(work, member, "小红")
        earns(work, member, 236_40)
        cashier(work, "老陈")
        row = withdraws(work, member, 200_00)
    desk.advance((row.due_at - clock() + timedelta(seconds=1)).total_seconds())
    pay = WeChatPay(merchant, clock)
    shop = Shop(office, bot, cast(WeChat, None), tmp_path, SHIPPED, pay=pay)
    yield House(office, shop, desk, app, member.id)
    desk.lever("pay/merchant", {"balance_fen": 1_000_000_00})


def test_from_the_bill_to_the_purse(house: House):
    assert house.pays_out() == State.WAITING_USER
    assert house.row.package
    assert house.shop.pay is not None
    params = house.shop.pay.confirm_params(str(house.row.package))
    call = {"call": "requestMerchantTransfer", "params": params, "sure": True}
    answer = house.desk.lever("people/小红/bridge", call)
    assert answer["err_msg"] == "requestMerchantTransfer:ok"

    assert house.hears() == State.PAID
    assert house.purse == (36_40, 0, 0)
    assert house.desk.read("pay/totals")["transferred_fen"] == 198_00


@pytest.mark.parametrize("fault", ["timeout_accepted", "timeout_refused", "lost_answer"])
def test_an_answer_that_never_came(house: House, fault: str):
    house.desk.fault(fault, api="transfer-bills")
    assert house.pays_out() == State.UNKNOWN

    assert house.pays_out() == State.WAITING_USER
    assert house.row.package
    bills = house.desk.read("pay/bills")["bills"]
    assert [bill["out_bill_no"] for bill in bills] == [house.bill]
    house.desk.lever(CONFIRM, {"bill": house.bill})
    assert house.hears() == State.PAID


def test_a_bill_that_fails(house: House):
    house.desk.fault("fail", api="transfer-bills", reason="ACCOUNT_FROZEN")
    house.pays_out()

    assert house.hears() == State.FAILED
    assert house.row.failure == "ACCOUNT_FROZEN"
    assert house.purse == (236_40, 0, 0)


def test_nobody_confirms_for_a_day(house: House):
    house.pays_out()
    house.desk.advance(86_401)

    assert house.hears() == State.FAILED
    assert house.row.failure == "OVERDUE_CLOSE"
    assert house.purse == (236_40, 0, 0)


def test_an_empty_account_pauses_payouts_and_the_same_bill_goes_on(house: House):
    house.desk.lever("pay/merchant", {"balance_fen": 100})
    for _ in range(payouts.STUCK_AFTER + 1):
        house.pays_out()
    with house.office.reading() as work:
        assert [one.reason for one in pauses.open_pauses(work)] == ["NOT_ENOUGH"]
    assert house.row.state in (State.PAYING, State.UNKNOWN)

    house.desk.lever("pay/merchant", {"balance_fen": 1_000_000_00})
    with house.office.work() as work:
        boss = members.named(work, "老陈")[0]
        assert payouts.resume(work, boss) == 1
    until(lambda: house.pays_out() == State.WAITING_USER)
    house.desk.lever(CONFIRM, {"bill": house.bill})

    assert house.hears() == State.PAID
    assert len(house.desk.read("pay/bills")["bills"]) == 1


def test_the_platforms_refusal_gives_everything_back(house: House):
    house.desk.fault("refuse", api="transfer-bills", reason="USER_ACCOUNT_ABNORMAL")

    assert house.pays_out() == State.FAILED
    assert house.purse == (236_40, 0, 0)
