"""A small shop and everything that can happen to its money, on the real core and on paper."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import ColumnElement, func, select, true

from commerce.errors import Refusal
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.money import chain, ledger, payouts, quotes, refunds, releases, requests, settlement
from commerce.money.audit import prove
from commerce.money.ledger import Posting
from commerce.money.withdrawals import Withdrawal
from commerce.people import members, staff
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.trust import after_sales, fraud
from commerce.trust.fraud import Verdict
from commerce.work import Office, Work
from tests.commerce.sales import live, paid_order, product
from tests.commerce.stars import star, visitor
from tests.laws.money_model import Paper, Sale
from tests.people import Clock

ACTS = {
    "sell": 30,
    "refund": 12,
    "settle": 8,
    "release": 6,
    "open_case": 4,
    "reject_case": 4,
    "guilty": 1,
    "withdraw": 8,
    "crash": 5,
    "again": 5,
    "set_back": 3,
}
"""How often each act comes, relative to the others."""

AUDITED_EVERY = 10
"""Acts. Every balance is compared after each of them."""

BASES = (1, 2, 3, 9, 99, 101, 199_99, 399_90, 94_00, 99_00, 1_000_01, 9_999_99)


class Crash(Exception):
    """The power goes off before the commit."""


@dataclass
class Shop:
    """amy invited bo, bo invited chen; they promote, dan buys, and they buy too."""

    office: Office
    clock: Clock
    random: Random
    paper: Paper = field(default_factory=Paper)
    people: list[int] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    refused: int = 0
    snapshots: list[tuple[datetime, dict[str, int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.office.work() as work:
            amy = star(work, "amy")
            bo = star(work, "bo", amy)
            chen = star(work, "chen", bo)
            for member, rank in (
                (amy, Rank.THREE_STAR),
                (bo, Rank.TWO_STAR),
                (chen, Rank.ONE_STAR),
            ):
                member.rank = rank
            boss = star(work, "boss")
            staff.redeem(work, boss, staff.invite(work, staff.Role.ADMIN))
            self.people = [amy.id, bo.id, chen.id, visitor(work).id]
            self.boss, self.goods = boss.id, product(work, pieces=10**6).id
            self.live = live(work, amy).id

    def act(self, name: str) -> None:
        self.done.append(name)
        try:
            getattr(self, name)()
        except Refusal:
            self.refused += 1
        self.check(name)

    def sell(self) -> None:
        buyer, base, promoter = self._wish()
        with self.office.work() as work:
            credit = (
                min(base, self.paper.of(buyer, "available")) if self.random.random() < 0.3 else 0
            )
            order = self._sold(work, buyer, base, promoter, credit)
            place, shares = order.escrow or "", self._shares(work, buyer, promoter)
            sale = Sale(buyer, base, credit, place, work.now, shares)
        self.paper.sell(order.id, sale)

    def refund(self) -> None:
        number = self._some(lambda sale: sale.refunded < sale.base)
        left = self.paper.sales[number].base - self.paper.sales[number].refunded
        amount = self.random.choice((1, left, self.random.randint(1, left)))
        key = f"refund-{len(self.done)}"
        for _ in range(2):  # Asked twice, refunded once.
            self.office.do(lambda work: refunds.refund(work, number, amount, key=key))
        self.paper.refund(number, amount, self.clock.now)

    def settle(self) -> None:
        self._settle(Order.settlement_id.is_(None))

    def release(self) -> None:
        self.clock.passes(days=15 + 1)  # The hold, and whatever the clock was set back.
        while self.office.do(
            lambda work: releases.release(work, limit=self.random.choice((1, 3, 500)))
        ):
            pass
        self.paper.release(self.clock.now)

    def open_case(self) -> None:
        number = self._some(lambda sale: not sale.done and not sale.cases)
        with self.office.work() as work:
            after_sales.open_case(work, work.session.get_one(Order, number), 1, "破损")
        self.paper.sales[number].cases = 1

    def reject_case(self) -> None:
        number = self._some(lambda sale: sale.cases > 0)
        with self.office.work() as work:
            assert after_sales.reject(work, work.session.get_one(Order, number), "没有破损")
        self.paper.sales[number].cases = 0

    def guilty(self) -> None:
        number = self._some(lambda sale: not sale.void)
        with self.office.work() as work:
            fraud.judge(work, work.session.get_one(Order, number), Verdict.GUILTY)
        self.paper.void(number)

    def withdraw(self) -> None:
        who = self.random.choice(self.people[:3])
        amount = self.random.choice((100_00, 100_01, 250_50, self.paper.of(who, "available")))
        ends = self.random.choice(("SUCCESS", "FAIL"))
        with self.office.work() as work:
            member = members.get(work, who)
            row = requests.request(
                work, member, quotes.quote(work, member, amount), key=f"w-{len(self.done)}"
            )
            if row.approvals_needed:  # Nobody looks today.
                requests.cancel(work, member, row.id)
                return
            number, fee = row.id, row.fee_fen
            assert fee == max(1, (amount * 100 + 5_000) // 10_000)
        self.paper.reserve(who, amount)
        self.clock.passes(days=1)
        self._paid_out(number, ends)
        if ends == "SUCCESS":
            self.paper.paid(who, amount, fee)
        else:
            self.paper.returned(who, amount)

    def crash(self) -> None:
        """Everything of an act is undone, whatever it was."""
        buyer, base, promoter = self._wish()
        try:
            with self.office.work() as work:
                order = self._sold(work, buyer, base, promoter, 0)
                refunds.refund(work, order.id, 1, key="never")
                raise Crash
        except Crash:
            return

    def again(self) -> None:
        """A settlement of all that was ever settled changes nothing more than one."""
        self.settle()
        self._settle(true())

    def set_back(self) -> None:
        """The clock was ahead and is put right: what was paid just now is paid later than now."""
        self.clock.passes(seconds=-self.random.choice((1, 90, 7_200)))

    def check(self, name: str) -> None:
        with self.office.work() as work:
            if len(self.done) % AUDITED_EVERY == 0:
                chain.extend(work)
                report = prove(work)
                assert report.is_whole, (name, report.findings)
            found = self._found(work)
        expected = {account: fen for account, fen in self.paper.money.items() if fen}
        assert found == expected, name
        self.clock.passes(seconds=1)

    def remember(self) -> None:
        """What everybody has now, to be asked for again when it is long past."""
        held = {account: fen for account, fen in self.paper.money.items() if account != "escrow"}
        self.snapshots.append((self.clock.now, held))
        self.clock.passes(seconds=1)

    def recall(self) -> int:
        """Every balance at every remembered moment, from the postings alone. How many."""
        with self.office.reading() as work:
            for at, held in self.snapshots:
                for account, fen in held.items():
                    assert ledger.posted_fen(work, account, until=at) == fen, (at, account)
        return sum(len(held) for _, held in self.snapshots)

    def _settle(self, what: ColumnElement[bool]) -> None:
        with self.office.reading() as work:
            places = set(work.session.scalars(select(Order.escrow).where(what).distinct()))
        for place in sorted(filter(None, places)):
            watermark = self.clock.now
            if self.random.random() < 0.2 and self._begins_and_dies(place):
                watermark = self.clock.now
            settlement.settle(self.office, place, limit=self.random.choice((1, 2, 7, 500)))
            self.paper.settle(place, watermark)

    def _begins_and_dies(self, place: str) -> bool:
        """A worker that is killed after one batch and before the commit of the next; another one
        goes on, some time later. Whether its run was finished: then that is another run."""
        run_id = self.office.do(lambda work: settlement.start(work, place))
        if run_id is None:
            return False
        run = self.office.do(lambda work: settlement.settle_batch(work, run_id, limit=1))
        try:
            with self.office.work() as work:
                settlement.settle_batch(work, run_id, limit=2)
                raise Crash
        except Crash:
            self.clock.passes(minutes=self.random.choice((0, 3, 600)))
        return run.finished_at is not None

    def _wish(self) -> tuple[int, int, int]:
        buyer, promoter = self.random.choice(self.people), self.random.choice(self.people[:3])
        return buyer, self.random.choice(BASES), promoter

    def _sold(self, work: Work, buyer: int, base: int, promoter: int, credit: int) -> Order:
        if credit:
            move = ledger.Move(ledger.available(buyer), ledger.reserved(buyer), credit)
            ledger.post(work, f"credit-{len(self.done)}", move)
        goods = work.session.get_one(Product, self.goods)
        inside = self.random.random() < 0.5
        evening = work.session.get_one(settlement.Live, self.live) if inside else None
        return paid_order(
            work,
            members.get(work, buyer),
            members.get(work, promoter),
            base,
            goods=goods,
            live=evening,
            credit_fen=credit,
        )

    def _shares(self, work: Work, buyer: int, promoter: int) -> tuple[tuple[int, int], ...]:
        """Read from the plan on paper: 20 % and the uplift of the rank, 30 % at most."""
        rows = select(Member).where(Member.id.in_(self.people))
        known = {member.id: member for member in work.session.scalars(rows)}
        if buyer == promoter or not known[promoter].is_joined:
            return ()
        uplift = (0, 0, 200, 400, 700, 1100, 1500)
        second = (0, 500, 500, 600, 650, 700, 800)
        third = (0, 300, 300, 350, 400, 450, 500)
        place = self.people.index(promoter)
        above = self.people[:place][::-1]
        rank = {who: known[who].rank if known[who].is_joined else 0 for who in self.people}
        shares = [(promoter, min(3000, 2000 + uplift[rank[promoter]]))]
        shares += [(who, second[rank[who]]) for who in above[:1] if who != buyer]
        shares += [(who, third[rank[who]]) for who in above[1:2] if who != buyer]
        return tuple(shares)

    def _some(self, fits: object) -> int:
        numbers = [number for number, sale in self.paper.sales.items() if fits(sale)]  # type: ignore[operator]
        if not numbers:
            raise Refusal
        return self.random.choice(numbers)

    def _paid_out(self, number: int, ends: str) -> None:
        bill = None
        while bill is None:  # Payouts start in the daytime only.
            bill = self.office.do(lambda work: payouts.start(work, number))
            if bill is None:
                self.clock.passes(hours=1)
        told = [("WAIT_USER_CONFIRM", 1), (ends, 2)]
        self.random.shuffle(told)
        for state, times in told:
            for _ in range(times):
                with self.office.work() as work:
                    row = work.session.get_one(Withdrawal, number)
                    payouts.heard_transfer(
                        work, bill.number, state, row.arrives_fen, row.payee, package="p"
                    )

    def _found(self, work: Work) -> dict[str, int]:
        """Escrows of all places are one on paper."""
        rows = select(Posting.account, func.sum(Posting.amount_fen)).group_by(Posting.account)
        found: dict[str, int] = {}
        for account, fen in work.session.execute(rows):
            name = "escrow" if account.startswith("escrow:") else account
            found[name] = found.get(name, 0) + int(fen)
        return {account: fen for account, fen in found.items() if fen}
