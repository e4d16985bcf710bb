"""What the money of a small shop should be: reckoned on paper, without the shop's own code."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

BP = 10_000
LASTING = timedelta(days=90)
"""So long after its release a refund takes nothing back from a line."""


@dataclass
class Line:
    who: int
    amount: int
    back: int = 0
    state: str = "pending"
    released: datetime | None = None


@dataclass
class Sale:
    buyer: int
    base: int
    credit: int
    place: str
    paid: datetime
    shares: tuple[tuple[int, int], ...]
    """(who, basis points) of promoter, parent, grandparent."""
    refunded: int = 0
    credit_back: int = 0
    lines: list[Line] = field(default_factory=list)
    settled: bool = False
    done: bool = False
    void: bool = False
    cases: int = 0


@dataclass
class Paper:
    """Everybody's pending, available, reserved and debt, and what the rest of the world has."""

    money: Counter[str] = field(default_factory=Counter)
    sales: dict[int, Sale] = field(default_factory=dict)

    def of(self, who: int, what: str) -> int:
        return self.money[f"member:{who}:{what}"]

    def _move(self, source: str, target: str, amount: int) -> None:
        self.money[source] -= amount
        self.money[target] += amount

    def _credit(self, source: str, who: int, amount: int) -> None:
        """Whatever comes in pays the debt first."""
        owed = min(amount, -self.of(who, "debt"))
        self._move(source, f"member:{who}:debt", owed)
        self._move(source, f"member:{who}:available", amount - owed)

    def sell(self, number: int, sale: Sale) -> None:
        self.sales[number] = sale
        self._move("world", "escrow", sale.base - sale.credit)
        self._move(f"member:{sale.buyer}:available", "escrow", sale.credit)

    def settle(self, place: str, watermark: datetime) -> None:
        """What was paid later waits for the next time."""
        for sale in self.sales.values():
            if sale.settled or sale.place != place or sale.paid > watermark:
                continue
            sale.settled = True
            self._move("escrow", "platform:sales", sale.base - sale.refunded)
            for who, rate in sale.shares:
                amount = sale.base * rate // BP
                if not amount:
                    continue
                back = amount if sale.void else amount * sale.refunded // sale.base
                line = Line(who, amount, back, "pending" if back < amount else "gone")
                sale.lines.append(line)
                self._move("platform:sales", f"member:{who}:pending", amount - back)

    def refund(self, number: int, amount: int, at: datetime) -> None:
        sale = self.sales[number]
        sale.refunded += amount
        sale.cases = 0
        credit = sale.credit * sale.refunded // sale.base - sale.credit_back
        sale.credit_back += credit
        source = "platform:sales" if sale.settled else "escrow"
        self._move(source, "world", amount - credit)
        self._credit(source, sale.buyer, credit)
        for line in sale.lines:
            if line.released is None or at <= line.released + LASTING:
                self._take(line, line.amount * sale.refunded // sale.base - line.back)
        sale.done = sale.done or sale.refunded == sale.base

    def void(self, number: int) -> None:
        sale = self.sales[number]
        sale.void = True
        for line in sale.lines:
            self._take(line, line.amount - line.back)

    def _take(self, line: Line, amount: int) -> None:
        if amount <= 0:
            return
        account = f"member:{line.who}"
        if line.state == "pending":
            self._move(f"{account}:pending", "platform:sales", amount)
        else:
            there = min(amount, self.of(line.who, "available"))
            self._move(f"{account}:available", "platform:sales", there)
            self._move(f"{account}:debt", "platform:sales", amount - there)
        line.back += amount
        if line.back == line.amount and line.state == "pending":
            line.state = "gone"

    def release(self, at: datetime) -> None:
        """All that is settled and kept by no case: the history lets the whole hold pass."""
        for sale in self.sales.values():
            if not sale.settled or sale.cases or sale.done:
                continue
            sale.done = True
            for line in sale.lines:
                if line.state == "pending":
                    line.state, line.released = "available", at
                    account = f"member:{line.who}:pending"
                    self._credit(account, line.who, line.amount - line.back)

    def reserve(self, who: int, amount: int) -> None:
        self._move(f"member:{who}:available", f"member:{who}:reserved", amount)

    def paid(self, who: int, amount: int, fee: int) -> None:
        self._move(f"member:{who}:reserved", "world", amount - fee)
        self._move(f"member:{who}:reserved", "platform:fees", fee)

    def returned(self, who: int, amount: int) -> None:
        self._credit(f"member:{who}:reserved", who, amount)
