"""
Income tax on what people are paid, in the ways the law knows. Pure: what was paid before is given.

`platform_cumulative` withholds over the months of a year; `ordinary` takes the payments of one
month together; `none_with_reason`, or nothing chosen yet, withholds nothing.
"""

from dataclasses import dataclass

from commerce.fen import share_half_up
from commerce.rules.tax import Bracket, Cumulative, Ordinary, Tax


@dataclass(frozen=True)
class Before:
    """What the member was paid before, gross in fen, and what was withheld of it.

    `months` runs from the first month of this year with a payment to the month reckoned now.
    """

    month_fen: int = 0
    month_tax_fen: int = 0
    year_fen: int = 0
    year_tax_fen: int = 0
    months: int = 1


def withhold(rules: Tax, amount_fen: int, before: Before) -> int:
    """What is withheld, in fen, of one more payment: the tax on everything of the period so far
    less what was withheld, never below 0."""
    if rules.mode == "platform_cumulative":
        income_fen = before.year_fen + amount_fen
        owed_fen = cumulative(rules.cumulative, income_fen, before.months)
        return max(0, owed_fen - before.year_tax_fen)
    if rules.mode == "ordinary":
        owed_fen = ordinary(rules.ordinary, before.month_fen + amount_fen)
        return max(0, owed_fen - before.month_tax_fen)
    return 0


def cumulative(rules: Cumulative, income_fen: int, months: int) -> int:
    """The tax on a year's income so far: less its costs, less the deduction of each month."""
    costs_fen = share_half_up(income_fen, rules.cost_bp)
    deduction_fen = rules.monthly_deduction_fen * months
    return _by_bracket(rules.brackets, income_fen - costs_fen - deduction_fen)


def ordinary(rules: Ordinary, income_fen: int) -> int:
    """The tax on a month's income: nothing when it is little, a fixed sum off when it is small, a
    share off above."""
    if income_fen <= rules.free_up_to_fen:
        return 0
    if income_fen <= rules.small_up_to_fen:
        return _by_bracket(rules.brackets, income_fen - rules.small_deduction_fen)
    costs_fen = share_half_up(income_fen, rules.cost_bp)
    return _by_bracket(rules.brackets, income_fen - costs_fen)


def _by_bracket(brackets: tuple[Bracket, ...], taxable_fen: int) -> int:
    if taxable_fen <= 0:
        return 0
    bracket = next(one for one in brackets if one.up_to_fen is None or taxable_fen <= one.up_to_fen)
    return max(0, share_half_up(taxable_fen, bracket.rate_bp) - bracket.quick_fen)
