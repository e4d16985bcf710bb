"""Which tests hold which money code, and which changes of it change nothing."""

COMMERCE, HANDLERS = "tests/commerce/test_", "tests/handlers/test_"


def _of(*own: str, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What catches most comes first."""
    return (*(f"{COMMERCE}{name}.py" for name in own), *more)


DIALOGUES = (f"{HANDLERS}withdrawals.py", f"{HANDLERS}approvals.py")

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "formulas": {
        "commerce/fen.py": _of("fen", "earning_lines"),
        "commerce/money/tax.py": _of("tax"),
        "commerce/money/earnings.py": _of("earning_lines", "settlement_runs", "reversals"),
    },
    "books": {
        "commerce/money/ledger.py": _of("ledger", "merged_money", "audit", "refunds"),
    },
    "settlement": {
        "commerce/money/settlement.py": _of(
            "settlement_runs", "settlement", "merged_money", "fraud"
        ),
    },
    "withdrawals": {
        "commerce/money/withdrawals.py": _of(
            "withdrawal_edges", "payout_edges", "withdrawals", more=DIALOGUES
        ),
        "commerce/money/requests.py": _of(
            "withdrawal_edges", "withdrawals", "merged_money", more=DIALOGUES
        ),
        "commerce/money/quotes.py": _of("quote_edges", "withdrawals", more=DIALOGUES),
        "commerce/money/approvals.py": _of("withdrawal_edges", "withdrawals", more=DIALOGUES),
        "commerce/money/payouts.py": _of("payout_edges", "withdrawals", more=DIALOGUES),
    },
    "refunds": {
        "commerce/money/releases.py": _of("releases", "settlement", "rewards", "fraud"),
        "commerce/money/reversals.py": _of("reversals", "refunds", "fraud"),
        "commerce/money/refunds.py": _of("refunds", "reversals", "fraud"),
    },
    "draw": {
        "commerce/lives/draw.py": _of("draw", more=("tests/laws/test_draw_laws.py",)),
    },
}

SETTLEMENT, RELEASES = "commerce/money/settlement.py", "commerce/money/releases.py"
LEDGER, TAX = "commerce/money/ledger.py", "commerce/money/tax.py"
DRAW = "commerce/lives/draw.py"
WITHDRAWALS = "commerce/money/withdrawals.py"
QUOTES, APPROVALS = "commerce/money/quotes.py", "commerce/money/approvals.py"
SHARE = "max(0, share_half_up(taxable_fen, bracket.rate_bp) - bracket.quick_fen)"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    **{
        (path, place, f"{number} → {number + by} in {around}"): "How much is done at once."
        for path, place, number, around in (
            (SETTLEMENT, "", 5000, "BATCH = 5000"),
            (SETTLEMENT, "unsettled_places", 1000, "work: Work, *, limit: int=1000"),
            (RELEASES, "", 500, "BATCH = 500"),
        )
        for by in (1, -1)
    },
    **{
        (SETTLEMENT, f"Settlement.{name}", f"0 → {number} in default=0"): "start writes it itself."
        for name in ("upto_id", "batches", "orders", "lines", "earned_fen")
        for number in (1, -1)
    },
    (QUOTES, "paid_before", "4 → 5 in :4"): "「2026--01」 lies between 2025-12 and 2026-01, too.",
    **{
        (SETTLEMENT, "_book_the_rest", f"0 → {number} in func.coalesce(func.sum(held), 0)"): (
            "A batch has an order."
        )
        for number in (1, -1)
    },
    **{
        (path, place, f"0 → {number} in {around}"): "A count is never without a value."
        for path, place, around in (
            (QUOTES, "_need_fewer_requests", "work.session.scalar(since) or 0"),
            (APPROVALS, "yes_count", "work.session.scalar(rows) or 0"),
        )
        for number in (1, -1)
    },
    **{
        (LEDGER, "_goes_up", what): "No change is of nothing, and one fen goes either way."
        for what in (
            "change_fen > 0 → change_fen >= 0",
            "0 → 1 in change_fen > 0",
            "0 → -1 in change_fen > 0",
        )
    },
    **{
        (WITHDRAWALS, "Withdrawal.approvals_needed", f"0 → {number} in default=0"): (
            "Every row is written with it."
        )
        for number in (1, -1)
    },
    **{
        (DRAW, place, what): "How many scores are kept at a time, or how small a record is."
        for place, what in (
            ("", "1000 → 1001 in ROOM = 1000"),
            ("", "1000 → 999 in ROOM = 1000"),
            ("", "1 → 2 in FAST = 1"),
            ("", "1 → 0 in FAST = 1"),
            ("winners", "2 * winners_wanted + ROOM → 2 * winners_wanted - ROOM"),
            ("winners", "2 * winners_wanted → 2 // winners_wanted"),
            ("winners", "2 → 3 in 2 * winners_wanted"),
            ("winners", "2 → 1 in 2 * winners_wanted"),
            ("winners", "len(kept) >= room → len(kept) > room"),
            ("winners", "len(kept) >= room → len(kept) < room"),
            ("winners", "continue → pass"),
        )
    },
    **{
        (DRAW, place, "True → False in strict=True"): "Both are as long by what stands above."
        for place in ("build", "_number")
    },
    **{
        (SETTLEMENT, place, what): "Asked again further down, or of no id there is."
        for place, what in (
            ("start", "0 → -1 in _last_of_batch(work, place, work.now, 0, 1)"),
            ("unsettled_places", "where without Order.escrow.is_not(None)"),
            ("start", "1 → 2 in _last_of_batch(work, place, work.now, 0, 1)"),
            ("_write_reversed_lines", "where without Order.earns"),
        )
    },
    (
        "commerce/money/earnings.py",
        "_promoters_line",
        "0 → -1 in max(0, base_fen - order.supply_fen * order.quantity)",
    ): "Lines of nothing, or less, are left out.",
    (LEDGER, "_open", "False → True in return False"): "It is tried once more, as in vain.",
    (LEDGER, "Balance.balance_fen", "0 → 1 in default=0"): "Every row is written with it.",
    (LEDGER, "Balance.balance_fen", "0 → -1 in default=0"): "Every row is written with it.",
    (LEDGER, "Balance.is_debt", "False → True in default=False"): "Every row is written with it.",
    (TAX, "_by_bracket", "taxable_fen <= 0 → taxable_fen < 0"): "The tax on nothing is nothing.",
    (TAX, "_by_bracket", "0 → -1 in taxable_fen <= 0"): "The tax on nothing is nothing.",
    (TAX, "_by_bracket", "0 → 1 in taxable_fen <= 0"): "Of one fen no rate takes half.",
    (
        TAX,
        "_by_bracket",
        "taxable_fen <= one.up_to_fen → taxable_fen < one.up_to_fen",
    ): "Where brackets meet, both give the same tax: that is what the quick deduction is for.",
    (TAX, "_by_bracket", f"0 → -1 in {SHARE}"): "In its own bracket a share is never less.",
}
"""File, place and change → why no test can see it."""
