"""A platform that pays people and is hard to talk to. It remembers its bills, whatever it says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bot.platforms.pay import PayRefused, ResultUnknown, Scene, TransferBill
from commerce.errors import PlatformUnavailable, RateLimited

Hears = Callable[[TransferBill], None]

NEVER_CAME = {
    "not_sent": PlatformUnavailable(-1, "ConnectTimeout"),
    "busy": RateLimited(429, "frequency limited"),
    "lost_before": ResultUnknown(-1, "ReadTimeout"),
}


@dataclass
class Made:
    """A bill as it was asked for, and where it is."""

    asked: tuple[object, ...]
    state: str
    fail_reason: str = ""


@dataclass
class Provider:
    """Two questions of the pay port. `fate` says what happens to a call; `hears` is told of every
    end, perhaps before the answer."""

    hears: Hears
    fate: Callable[[str], str] = lambda call: "ok"
    bills: dict[str, Made] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    balance_fen: int | None = None
    """None: enough for everything."""

    def transfer(
        self,
        bill_no: str,
        openid: str,
        amount_fen: int,
        *,
        scene: Scene,
        remark: str,
        real_name: str | None = None,
    ) -> TransferBill:
        self.calls.append(("transfer", bill_no))
        fate = self.fate("transfer")
        if fate in NEVER_CAME:
            raise NEVER_CAME[fate]
        asked = (openid, amount_fen, scene, remark, real_name)
        if bill_no not in self.bills:
            self._accept(bill_no, asked, fate)
        elif self.bills[bill_no].asked != asked:
            raise PayRefused(400, "INVALID_REQUEST", "INVALID_REQUEST")
        if fate.startswith("ends_first"):
            self.ends(bill_no, "SUCCESS")
        if fate in ("lost_after", "ends_first_and_lost"):
            raise ResultUnknown(500, "SYSTEM_ERROR")
        return self.shown(bill_no)

    def query_transfer(self, bill_no: str) -> TransferBill | None:
        self.calls.append(("query", bill_no))
        fate = self.fate("query")
        if fate == "lost":
            raise PlatformUnavailable(-1, "ReadTimeout")
        if fate == "unseen" or bill_no not in self.bills:
            return None
        found = self.shown(bill_no)
        return TransferBill(found.bill_no, found.state, found.amount_fen, found.openid)

    def ends(self, bill_no: str, state: str, fail_reason: str = "") -> None:
        """The person says yes, a day passes, or the platform says no. An end stays."""
        bill = self.bills[bill_no]
        if bill.state == "WAIT_USER_CONFIRM":
            bill.state, bill.fail_reason = state, fail_reason
            self.hears(self.shown(bill_no))

    def shown(self, bill_no: str) -> TransferBill:
        bill = self.bills[bill_no]
        package = f"package-{bill_no}" if bill.state == "WAIT_USER_CONFIRM" else ""
        openid, amount_fen, *_ = bill.asked
        assert isinstance(amount_fen, int)
        return TransferBill(
            bill_no,
            bill.state,
            amount_fen,
            str(openid),
            package_info=package,
            fail_reason=bill.fail_reason,
        )

    @property
    def paid_fen(self) -> int:
        paid = [bill.asked[1] for bill in self.bills.values() if bill.state == "SUCCESS"]
        return sum(amount_fen for amount_fen in paid if isinstance(amount_fen, int))

    def _accept(self, bill_no: str, asked: tuple[object, ...], fate: str) -> None:
        if fate.startswith("refused:"):
            reason = fate.removeprefix("refused:")
            raise PayRefused(403, reason, reason)
        amount_fen = asked[1]
        assert isinstance(amount_fen, int)
        if self.balance_fen is not None:
            if amount_fen > self.balance_fen:
                raise PayRefused(403, "NOT_ENOUGH", "NOT_ENOUGH")
            self.balance_fen -= amount_fen
        self.bills[bill_no] = Made(asked, "WAIT_USER_CONFIRM")


FATES = ("ok",) * 4 + (
    "not_sent",
    "busy",
    "lost_before",
    "lost_after",
    "ends_first",
    "ends_first_and_lost",
    "refused:USER_ACCOUNT_ABNORMAL",
)
REASONS = ("OVERDUE_CLOSE", "NAME_NOT_CORRECT", "ACCOUNT_FROZEN", "DAY_RECEIVED_QUOTA_EXCEED")


def by_chance(chance: Random) -> Callable[[str], str]:
    """A third of the questions is lost; of the transfers every way there is."""

    def fate(call: str) -> str:
        if call == "query":
            return chance.choice(("ok", "ok", "lost"))
        return chance.choice(FATES)

    return fate
