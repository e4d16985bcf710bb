"""The same money asked for by many at the same moment (E16, E22; T12, T13), on each database."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from commerce.errors import (
    AlreadyDecided,
    KeyTaken,
    PayoutStarted,
    Refusal,
)
from commerce.goods.orders import Order
from commerce.money import (
    approvals,
    ledger,
    payouts,
    quotes,
    refunds,
    releases,
    requests,
    settlement,
)
from commerce.money.ledger import Balance
from commerce.money.withdrawals import State, Withdrawal, find
from commerce.people.members import get
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.commerce.purses import cashier, earner, purse, withdraws
from tests.commerce.sales import paid_order
from tests.commerce.stars import visitor
from tests.people import Clock
from tests.servers.at_once import at_once
from tests.servers.test_last_seat import hosts

pytestmark = pytest.mark.servers

FULL_FEN = 400_00


def tries(office: Office, member_id: int, key: str, amount_fen: int | None = None) -> str:
    """「done」, or the name of the refusal."""

    def act(work: Work) -> str:
        withdraws(work, get(work, member_id), amount_fen, key)
        return "done"

    try:
        return office.do(act)
    except Refusal as refusal:
        return type(refusal).__name__


def an_earner(office: Office, available_fen: int = FULL_FEN) -> int:
    with office.work() as work:
        return earner(work, available_fen).id


@pytest.mark.parametrize(
    ("clients", "times"), [(16, 12), pytest.param(32, 200, marks=pytest.mark.long)]
)
def test_the_full_balance_leaves_once(office: Office, counted: Counted, clients: int, times: int):
    amy = an_earner(office)
    with hosts(office) as offices:

        def client(number: int) -> Callable[[], list[str]]:
            own = offices[number % len(offices)]
            return lambda: [tries(own, amy, f"{number}:{time}") for time in range(times)]

        results = at_once([client(number) for number in range(clients)])

    heard = [one for result in results for one in result]
    assert heard.count("done") == 1
    assert set(heard) == {"done", "BelowMinimum"}
    with office.reading() as work:
        assert purse(work, get(work, amy)) == (0, FULL_FEN, 0)
        below = select(func.count()).where(Balance.balance_fen < 0, ~Balance.is_debt)
        assert work.session.scalar(below) == 0
    counted(
        f"{office.engine.dialect.name}: {clients} × {times} withdrawals of everything, "
        "1 done, never below 0"
    )


@pytest.mark.parametrize(
    # PostgreSQL takes a hundred clients in all, some of them its own.
    ("copies", "together"),
    [(100, 20), pytest.param(1_000, 80, marks=pytest.mark.long)],
)
def test_the_same_request_many_times_is_one(
    office: Office, counted: Counted, copies: int, together: int
):
    amy = an_earner(office)
    with office.reading() as work:
        quoted = quotes.quote(work, get(work, amy), 100_00)

    def ask(work: Work) -> int:
        return requests.request(work, get(work, amy), quoted, key="same").id

    with hosts(office) as offices:

        def client(number: int) -> Callable[[], list[int]]:
            own = offices[number % len(offices)]
            return lambda: [own.do(ask) for _ in range(copies // together)]

        acts = [client(number) for number in range(together)]
        answers = {one for result in at_once(acts) for one in result}

    assert answers == {1}
    with office.work() as work:
        other = quotes.quote(work, get(work, amy), 150_00)
        with pytest.raises(KeyTaken):
            requests.request(work, get(work, amy), other, key="same")
        assert purse(work, get(work, amy)) == (FULL_FEN - 100_00, 100_00, 0)
        assert work.session.scalar(select(func.count()).select_from(Withdrawal)) == 1
    counted(f"{office.engine.dialect.name}: 1 request × {copies}, 1 withdrawal, 0 others")


def attempt(act: Callable[[], object]) -> str:
    try:
        act()
    except Refusal as refusal:
        return type(refusal).__name__
    return "done"


@pytest.mark.parametrize("round", range(5))
def test_approved_and_rejected_together_one_wins(office: Office, round: int):
    with office.work() as work:
        amy, zhou, chen = earner(work, 600_00), cashier(work, "小周"), cashier(work, "老陈")
        row = withdraws(work, amy, 600_00)

    def yes() -> object:
        return office.do(lambda work: approvals.approve(work, row.id, by=get(work, zhou.id)))

    def no() -> object:
        return office.do(lambda work: approvals.reject(work, row.id, "不", by=get(work, chen.id)))

    heard = at_once([lambda: attempt(yes), lambda: attempt(no)])

    assert sorted(heard) == [AlreadyDecided.__name__, "done"]
    with office.reading() as work:
        back = find(work, row.id).state == State.REJECTED
        assert purse(work, amy) == ((600_00, 0, 0) if back else (0, 600_00, 0))


@pytest.mark.parametrize("round", range(5))
def test_cancelled_while_the_payout_starts_one_wins(office: Office, clock: Clock, round: int):
    with office.work() as work:
        amy = earner(work, 200_00)
        row = withdraws(work, amy, 200_00)
    clock.now = row.due_at
    bills: list[object] = []

    def starts() -> str:
        bills.append(office.do(lambda work: payouts.start(work, row.id)))
        return "started" if bills[0] else "nothing"

    def cancels() -> str:
        return attempt(
            lambda: office.do(lambda work: requests.cancel(work, get(work, amy.id), row.id))
        )

    heard = set(at_once([starts, cancels]))

    assert heard in ({"started", PayoutStarted.__name__}, {"nothing", "done"})
    with office.reading() as work:
        cancelled = find(work, row.id).state == State.CANCELLED
        assert purse(work, amy) == ((200_00, 0, 0) if cancelled else (0, 200_00, 0))


def test_a_withdrawal_a_refund_and_a_release_at_once(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = earner(work, 0), visitor(work)
        old = paid_order(work, dan, amy, 1_000_00)  # 200.00
    settlement.settle(office, str(old.escrow))
    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:
        new = paid_order(work, get(work, dan.id), get(work, amy.id), 500_00)  # 100.00
    settlement.settle(office, str(new.escrow))
    clock.passes(days=15)

    heard = at_once(
        [
            lambda: tries(office, amy.id, "k1", 200_00),
            lambda: str(office.do(lambda work: refunds.refund(work, old.id, 400_00, key="r")).id),
            lambda: str(office.do(releases.release)),
        ]
    )

    # 200 + 100 earned, 80 taken back; 200 are on their way if the withdrawal came in time.
    assert heard[1:] == ["1", "1"]
    with office.reading() as work:
        available_fen, reserved_fen, debt_fen = purse(work, get(work, amy.id))
        assert work.session.get_one(Order, old.id).refunded_fen == 400_00
    assert available_fen + reserved_fen - debt_fen == 220_00
    assert reserved_fen == (200_00 if heard[0] == "done" else 0)
    assert debt_fen == 0 or available_fen == 0


@pytest.mark.parametrize("threads", [8])
def test_the_same_notification_at_once_pays_once(office: Office, clock: Clock, threads: int):
    with office.work() as work:
        amy = earner(work, 200_00)
        row = withdraws(work, amy, 200_00)
    clock.now = row.due_at
    bill = office.do(lambda work: payouts.start(work, row.id))
    assert bill is not None

    def hears(work: Work) -> None:
        payouts.heard_transfer(work, bill.number, "SUCCESS", bill.amount_fen, bill.payee)

    at_once([lambda: office.do(hears) for _ in range(threads)])

    with office.reading() as work:
        assert purse(work, get(work, amy.id)) == (0, 0, 0)
        assert ledger.balance_fen(work, ledger.FEES) == 2_00
        later = replace(work, now=clock.now)
        assert find(later, row.id).state == State.PAID
