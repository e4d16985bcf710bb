"""People with money to withdraw, and what became of it."""

from dataclasses import replace
from itertools import count

from commerce.money import ledger, quotes, real_names, requests
from commerce.money.ledger import Move
from commerce.money.withdrawals import Withdrawal
from commerce.people import staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.work import Work
from tests.commerce.stars import star

_numbers = count(1)


def earner(work: Work, available_fen: int, name: str = "小明") -> Member:
    """Joined long ago; so much is available."""
    member = star(work, name)
    assert member.joined_at is not None
    member.joined_at = member.joined_at.replace(year=member.joined_at.year - 1)
    earns(work, member, available_fen)
    return member


def earns(work: Work, member: Member, amount_fen: int) -> None:
    move = Move(ledger.WORLD, ledger.available(member.id), amount_fen)
    ledger.post(work, f"test:purse:{next(_numbers)}", move)


def named(work: Work, member: Member, name: str = "王小明") -> None:
    real_names.keep(work, member, name, consents=True)


def withdraws(work: Work, member: Member, amount_fen: int | None, key: str = "") -> Withdrawal:
    """Asked and confirmed."""
    quoted = quotes.quote(work, member, amount_fen)
    return requests.request(work, member, quoted, key=key or f"test:{next(_numbers)}")


def cashier(work: Work, name: str) -> Member:
    """A colleague of finance."""
    member = star(work, name)
    staff.redeem(work, member, staff.invite(work, Role.FINANCE))
    return member


def taxed(work: Work, mode: str) -> Work:
    """The same unit of work where tax is withheld that way."""
    tax = work.rules.tax.model_copy(update={"mode": mode})
    return replace(work, rules=work.rules.model_copy(update={"tax": tax}))


def purse(work: Work, member: Member) -> tuple[int, int, int]:
    """Available, reserved, debt."""
    held = ledger.balances(work, member.id)
    return held.available_fen, held.reserved_fen, held.debt_fen
