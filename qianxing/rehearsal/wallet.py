"""The purse of a rehearsal: takes payments back and pays people, as the story says it ends."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from bot.platforms.pay import Refund, ResultUnknown, TransferBill

RESULTS = {"paid": "SUCCESS", "failed": "FAIL"}
NOT_CONFIRMED = "OVERDUE_CLOSE"
"""Why a payout fails where the story only says that it does: its owner did not confirm in time."""


@dataclass
class Wallet:
    """The part of WeChat Pay that payouts and refunds talk to.

    A withdrawal in `awaited` waits for its owner, one in `unanswered` leaves everybody in the dark,
    every other one is paid at once."""

    awaited: Collection[str] = ()
    unanswered: Collection[str] = ()
    withdrawals: dict[int, str] = field(default_factory=dict)
    """The story's id by the row's."""
    bills: dict[str, TransferBill] = field(default_factory=dict)

    def transfer(self, bill_no: str, openid: str, amount_fen: int, **_: Any) -> TransferBill:
        """ResultUnknown where the story leaves it open: then the bill is there all the same."""
        if bill_no in self.bills:
            return self.bills[bill_no]
        id = self.withdrawals.get(int(bill_no[-8:]), "")
        state = "WAIT_USER_CONFIRM" if id in self.awaited else "SUCCESS"
        state = "ACCEPTED" if id in self.unanswered else state
        package = "rehearsal" if state == "WAIT_USER_CONFIRM" else ""
        bill = TransferBill(bill_no, state, amount_fen, openid, package_info=package)
        self.bills[bill_no] = bill
        if state == "ACCEPTED":
            raise ResultUnknown(-1, "no answer")
        return bill

    def query_transfer(self, bill_no: str) -> TransferBill | None:
        return self.bills.get(bill_no)

    def ends(self, bill_no: str, result: str) -> TransferBill:
        """What the platform notifies of when the bill has come to its end."""
        reason = NOT_CONFIRMED if result == "failed" else ""
        bill = replace(
            self.bills[bill_no], state=RESULTS[result], fail_reason=reason, package_info=""
        )
        self.bills[bill_no] = bill
        return bill

    def is_open(self, withdrawal_id: int) -> bool:
        """Whether only the story can bring it on: asking again brings nothing new."""
        id = self.withdrawals.get(withdrawal_id)
        ended = any(
            int(no[-8:]) == withdrawal_id and bill.state in RESULTS.values()
            for no, bill in self.bills.items()
        )
        return id in self.awaited and not ended

    def refund(
        self, order_no: str, refund_no: str, amount_fen: int, total_fen: int, reason: str
    ) -> Refund:
        """Done at once."""
        return Refund(refund_no, order_no, "SUCCESS", amount_fen, total_fen)
