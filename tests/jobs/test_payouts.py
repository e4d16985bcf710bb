"""Payouts against a platform that times out, forgets to answer, and says things twice (T14)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.context import Bot
from bot.links import read_token
from bot.pictures.template import SHIPPED
from bot.platforms.pay import Scene, TransferBill, WeChatPay
from bot.platforms.wechat import WeChat
from commerce.agenda import DueTask
from commerce.money import ledger, pauses, payouts
from commerce.money.withdrawals import FINAL, State, Withdrawal, find
from commerce.outbox import Outgoing
from commerce.rules import Rules, overlay
from commerce.rules.trade import Transfer
from commerce.work import Office, Work
from jobs.payouts import pay_out, remind_payout
from jobs.shop import Shop
from tests.closing_lines import Counted
from tests.commerce.purses import cashier, earner, purse, withdraws
from tests.databases import SEAL
from tests.jobs.provider import REASONS, Provider, by_chance
from tests.people import Clock

FREE = {"withdrawal": {"per_day": 50_000, "per_month": "50000万元"}}


class Killed(BaseException):
    """The worker is gone between the platform's answer and our note of it."""


@dataclass
class Street:
    """An office, a platform, and whoever carries messages between them."""

    office: Office
    clock: Clock
    provider: Provider = field(init=False)
    shop: Shop = field(init=False)
    told: list[TransferBill] = field(default_factory=list)
    at_once: bool = True

    def hears(self, bill: TransferBill) -> None:
        self.told.append(bill)
        if self.at_once:
            self.deliver(bill)

    def deliver(self, bill: TransferBill) -> None:
        """A notification arrives."""
        heard = partial(
            payouts.heard_transfer,
            bill_no=bill.bill_no,
            state=bill.state,
            amount_fen=bill.amount_fen,
            payee=bill.openid,
            fail_reason=bill.fail_reason,
        )
        self.office.do(lambda work: heard(work))

    def works(self) -> int:
        """Everything that is due is done once. How much it was."""
        with self.office.reading() as work:
            rows = select(DueTask).where(
                DueTask.done_at.is_(None),
                DueTask.due_at <= work.now,
                DueTask.task.in_(("pay_out", "remind_payout")),
            )
            due = list(work.session.scalars(rows.order_by(DueTask.due_at, DueTask.id)))
        for task in due:
            try:
                {"pay_out": pay_out, "remind_payout": remind_payout}[task.task](
                    self.shop, **task.args
                )
            except Killed:
                continue
            self.office.do(partial(done, task_id=task.id))
        return len(due)

    def passes(self, **span: float) -> "Street":
        self.clock.passes(**span)
        self.works()
        return self

    def row(self, number: int = 1) -> Withdrawal:
        with self.office.reading() as work:
            return find(work, number)

    def notices(self, kind: str) -> list[dict[str, Any]]:
        with self.office.reading() as work:
            said = [row.said for row in work.session.scalars(select(Outgoing))]
        return [one["facts"] for one in said if one.get("notice") == kind]


def done(work: Work, task_id: int) -> None:
    work.session.get_one(DueTask, task_id).done_at = work.now


@pytest.fixture
def street(engine, rules, clock: Clock, bot: Bot, tmp_path: Path) -> Street:
    office = Office(engine, overlay(rules, FREE), clock)
    street = Street(office, clock)
    street.provider = Provider(street.hears)
    pay = cast(WeChatPay, street.provider)
    street.shop = Shop(office, bot, cast(WeChat, None), tmp_path, SHIPPED, pay=pay)
    return street


@pytest.fixture
def amy_asked(street: Street) -> Street:
    """200.00 of 236.40, due tomorrow at 09:00."""
    with street.office.work() as work:
        withdraws(work, earner(work, 236_40), 200_00)
    street.clock.now = street.row().due_at
    return street


def held(street: Street) -> tuple[int, int, int]:
    with street.office.reading() as work:
        from commerce.people.members import get

        return purse(work, get(work, street.row().member_id))


def test_the_whole_way_of_a_withdrawal(amy_asked: Street):
    street = amy_asked
    assert street.works() == 1
    row = street.row()
    assert (row.state, row.package) == (State.WAITING_USER, f"package-{row.number}")
    assert row.confirm_until == street.clock.now + timedelta(hours=24)
    due = street.notices("withdrawal_due")
    assert [(one["arrives_fen"], one["again"]) for one in due] == [(198_00, False)]
    token = due[0]["page"].partition("?t=")[2]
    opened = read_token(SEAL, "transfer", token, street.clock.now + timedelta(hours=23))
    assert opened is not None
    assert (opened.member_id, opened.about) == (row.member_id, row.id)

    street.provider.ends(str(row.number), "SUCCESS")

    assert street.row().state == State.PAID
    assert held(street) == (36_40, 0, 0)
    assert [one["arrives_fen"] for one in street.notices("withdrawal_paid")] == [198_00]
    street.passes(days=2)
    assert street.works() == 0


@pytest.mark.parametrize("fate", ["lost_before", "lost_after"])
def test_what_nobody_knows_is_asked_under_the_same_number(amy_asked: Street, fate: str):
    street = amy_asked
    fates = iter([fate, "lost", "lost", "lost"])
    street.provider.fate = lambda call: next(fates, "ok")
    street.works()
    assert street.row().state == State.UNKNOWN

    for _ in range(4):
        street.passes(minutes=5)

    row = street.row()
    assert row.state == State.WAITING_USER
    assert row.package
    assert {number for _, number in street.provider.calls} == {row.number}
    assert len(street.provider.bills) == 1
    # Sent, asked four times, and sent once more: it was not there, or for its package.
    kinds = [kind for kind, _ in street.provider.calls]
    assert kinds == ["transfer", "query", "query", "query", "query", "transfer"]
    assert len(street.notices("withdrawal_unknown")) == 1


def test_never_an_answer_stays_honestly_unknown_and_is_asked_for_ever(amy_asked: Street):
    street = amy_asked
    with street.office.work() as work:
        cashier(work, "小周")
    street.provider.fate = lambda call: "lost_after" if call == "transfer" else "lost"

    for _ in range(40):
        street.passes(minutes=30)

    assert street.row().state == State.UNKNOWN
    assert held(street) == (36_40, 200_00, 0)
    assert len(street.provider.calls) == 40
    assert len(street.notices("payout_stuck")) == 1
    street.provider.fate = lambda call: "ok"
    street.passes(minutes=10)
    assert street.row().state == State.WAITING_USER


def test_no_such_bill_after_thirty_days_sends_nothing(amy_asked: Street):
    street = amy_asked
    street.provider.fate = lambda call: "lost_before" if call == "transfer" else "ok"
    street.works()
    street.provider.fate = lambda call: "ok"
    street.clock.passes(days=29)
    street.works()

    assert street.provider.bills == {}
    assert street.row().state == State.UNKNOWN


def test_a_dead_worker_sends_the_same_bill(amy_asked: Street):
    street = amy_asked
    real = street.provider.transfer

    def dies(*args: Any, **more: Any) -> TransferBill:
        real(*args, **more)
        raise Killed

    street.provider.transfer = dies  # type: ignore[method-assign]
    street.works()
    assert street.row().state == State.PAYING
    street.provider.transfer = real  # type: ignore[method-assign]
    street.works()

    assert street.row().state == State.WAITING_USER
    assert len(street.provider.bills) == 1


def test_who_never_confirms_is_reminded_by_day_and_has_it_all_back(amy_asked: Street):
    street = amy_asked
    for _ in range(24 * 2):
        street.passes(minutes=30)
    # Due at 09:00: 13 hours before the end is 20:00; 2 hours before is 07:00, moved to 09:00: over.
    with street.office.reading() as work:
        rows = select(Outgoing).where(Outgoing.key.like("withdrawal:1:due:%"))
        said = [(row.due_at.hour + 8) % 24 for row in work.session.scalars(rows)]
    assert said == [9, 20]

    street.provider.ends(str(street.row().number), "FAIL", "OVERDUE_CLOSE")

    assert (street.row().state, street.row().failure) == (State.FAILED, "OVERDUE_CLOSE")
    assert held(street) == (236_40, 0, 0)
    (told,) = street.notices("withdrawal_returned")
    assert (told["amount_fen"], told["fee_fen"], told["failure"]) == (
        200_00,
        2_00,
        "OVERDUE_CLOSE",
    )


def test_an_end_nobody_told_us_of_is_found_by_looking(amy_asked: Street):
    street = amy_asked
    street.at_once = False
    street.works()
    street.provider.ends(str(street.row().number), "FAIL", "OVERDUE_CLOSE")

    street.passes(hours=1)

    assert street.row().state == State.FAILED


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_to_fail_gives_everything_back(amy_asked: Street, reason: str):
    street = amy_asked
    street.works()

    street.provider.ends(str(street.row().number), "FAIL", reason)

    assert (street.row().failure, held(street)) == (reason, (236_40, 0, 0))


def test_the_scene_is_the_one_the_house_agreed_on_with_the_platform(amy_asked: Street):
    street = amy_asked
    street.shop = replace(street.shop, office=replace(street.office, rules=other_scene(street)))

    street.works()

    [bill] = street.provider.bills.values()
    assert bill.asked[2] == Scene("1000", (("活动名称", "春日分享"), ("奖励说明", "商品推广佣金")))


def other_scene(street: Street) -> Rules:
    rules = street.office.rules
    report = (
        {"type": "活动名称", "content": "春日分享"},
        {"type": "奖励说明", "content": "商品推广佣金"},
    )
    transfer = Transfer.model_validate({"scene": 1000, "report": report})
    payouts = rules.payouts.model_copy(update={"transfer": transfer})
    return rules.model_copy(update={"payouts": payouts})


def test_a_refusal_gives_back_only_when_there_is_no_such_bill(amy_asked: Street):
    street = amy_asked
    fates = iter(["lost_after"])
    street.provider.fate = lambda call: next(fates, "ok")
    street.works()
    bill = street.provider.bills[str(street.row().number)]
    asked = bill.asked
    bill.asked = (*asked[:2], "another scene", *asked[3:])  # As if we had sent something else.

    street.passes(seconds=10)

    row = street.row()
    assert (row.state, row.package) == (State.WAITING_USER, None)
    assert held(street) == (36_40, 200_00, 0)


def test_a_refusal_is_not_believed_while_there_is_such_a_bill(amy_asked: Street):
    street = amy_asked
    fates = iter(["lost_after", "unseen"])  # Accepted, and at first not to be seen.
    street.provider.fate = lambda call: next(fates, "ok")
    street.works()
    bill = street.provider.bills[str(street.row().number)]
    bill.asked = (*bill.asked[:2], "another scene", *bill.asked[3:])

    street.passes(seconds=10)

    assert [kind for kind, _ in street.provider.calls][1:4] == ["query", "transfer", "query"]
    assert street.row().state == State.WAITING_USER
    assert held(street) == (36_40, 200_00, 0)


def test_a_refusal_of_what_is_not_there_gives_everything_back(amy_asked: Street):
    street = amy_asked
    street.provider.fate = lambda call: (
        "refused:USER_ACCOUNT_ABNORMAL" if call == "transfer" else "ok"
    )

    street.works()

    assert (street.row().state, street.row().failure) == (State.FAILED, "USER_ACCOUNT_ABNORMAL")
    assert held(street) == (236_40, 0, 0)


def test_an_empty_account_pauses_all_payouts_until_a_colleague_says_so(street: Street):
    with street.office.work() as work:
        amy, boss = earner(work, 1_000_00), cashier(work, "老陈")
        for _ in range(3):
            withdraws(work, amy, 300_00)
    street.provider.balance_fen = 300_00  # Enough for the first: 297.00.
    street.clock.now = street.row().due_at
    street.works()

    states = [street.row(number).state for number in (1, 2, 3)]
    assert states == [State.WAITING_USER, State.PAYING, State.APPROVED]
    (told,) = street.notices("payouts_paused")
    assert (told["reason"], told["about"]) == ("NOT_ENOUGH", "W2")
    street.passes(hours=1)
    sent = [number for kind, number in street.provider.calls if kind == "transfer"]
    assert sent == [street.row(1).number, street.row(2).number]

    street.provider.balance_fen = 10_000_00
    street.office.do(lambda work: payouts.resume(work, boss))
    street.works()

    states = [street.row(number).state for number in (1, 2, 3)]
    assert states == [State.WAITING_USER] * 3


def test_a_drift_the_audit_found_stops_payouts(amy_asked: Street):
    street = amy_asked
    street.office.do(lambda work: pauses.pause(work, pauses.DRIFT))

    street.works()

    assert (street.row().state, street.provider.calls) == (State.APPROVED, [])


def test_without_a_merchant_nothing_is_lost(amy_asked: Street):
    street = amy_asked
    shop = street.shop
    street.shop = Shop(shop.office, shop.bot, shop.wechat, shop.pictures, shop.poster_template)
    street.works()
    street.shop = shop

    street.passes(minutes=10)

    assert street.row().state == State.WAITING_USER


@pytest.mark.parametrize(
    "mixes", [150, pytest.param(10_000, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_whatever_happens_nobody_is_paid_twice_and_nothing_is_lost(
    street: Street, mixes: int, counted: Counted
):
    chance = Random(20260302)
    with street.office.work() as work:
        amy = earner(work, mixes * 400_00)
        for _ in range(mixes):
            withdraws(work, amy, chance.randrange(100_00, 400_00))
    street.provider.fate = by_chance(chance)
    street.at_once = False
    street.clock.now = street.row().due_at

    for _ in range(12):
        street.works()
        somebody_acts(street, chance)
        notifications(street, chance)
        street.clock.passes(minutes=chance.choice((1, 5, 20)))
    everything_ends(street, chance)

    with street.office.reading() as work:
        rows = list(work.session.scalars(select(Withdrawal)))
        assert {row.state for row in rows} == {State.PAID, State.FAILED}
        paid = [row for row in rows if row.state == State.PAID]
        world_fen = ledger.balance_fen(work, ledger.WORLD) + mixes * 400_00
        assert sum(row.arrives_fen for row in paid) == world_fen == street.provider.paid_fen
        assert ledger.balance_fen(work, ledger.FEES) == sum(row.fee_fen for row in paid)
        assert purse(work, amy) == (mixes * 400_00 - sum(row.amount_fen for row in paid), 0, 0)
        assert not pauses.is_paused(work)
    numbers = {number for _, number in street.provider.calls}
    assert numbers == {row.number for row in rows}
    counted(
        f"{mixes} payouts in {len(street.provider.calls)} calls, {len(paid)} paid, "
        f"{len(rows) - len(paid)} given back, 0 twice, 0 lost"
    )


def somebody_acts(street: Street, chance: Random) -> None:
    for number, bill in street.provider.bills.items():
        if bill.state == "WAIT_USER_CONFIRM" and chance.random() < 0.3:
            state = chance.choice(("SUCCESS", "SUCCESS", "FAIL", "CANCELLED"))
            reason = chance.choice(REASONS) if state == "FAIL" else ""
            street.provider.ends(number, state, reason)


def notifications(street: Street, chance: Random) -> None:
    """Some come now, some later, some never, many twice, in any order."""
    chance.shuffle(street.told)
    for _ in range(len(street.told) // 2):
        bill = street.told.pop()
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            street.deliver(bill)


def everything_ends(street: Street, chance: Random) -> None:
    healthy: Callable[[str], str] = lambda call: "ok"  # noqa: E731
    street.provider.fate = healthy
    for _ in range(40):
        street.clock.passes(minutes=61)
        street.works()
        somebody_acts(street, chance)
        with street.office.reading() as work:
            ended = Withdrawal.state.in_(FINAL)
            if work.session.scalar(select(Withdrawal.id).where(~ended).limit(1)) is None:
                return
    raise AssertionError("something never ended")
