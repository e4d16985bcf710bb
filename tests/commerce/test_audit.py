"""The audit finds what was changed behind the back of the books, and nothing else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from commerce.money import chain, ledger, refunds, releases, settlement
from commerce.money.audit import audit
from commerce.money.ledger import Move
from commerce.work import Office
from tests.commerce.sales import paid_order, tampering
from tests.commerce.stars import star, visitor


@pytest.fixture
def books(office: Office, clock) -> Office:
    """Three sales, one partly refunded, one released."""
    with office.work() as work:
        amy = star(work, "amy")
        dan = visitor(work)
        orders = [paid_order(work, dan, amy, base) for base in (99_00, 39_90, 1_01)]
    settlement.settle(office, orders[0].escrow)
    office.do(lambda work: refunds.refund(work, orders[0].id, 33_33, key="r"))
    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:
        later = [paid_order(work, dan, amy, base) for base in (59_00, 12_00)]
    office.do(lambda work: refunds.refund(work, later[0].id, 10_00, key="early"))
    settlement.settle(office, later[0].escrow)
    return office


def laws(office: Office) -> set[str]:
    return {finding.law for finding in audit(office).findings}


def test_books_that_nobody_touched_are_whole(books):
    report = audit(books)

    assert report.findings == ()
    # Five payments, two batches, two refunds of which one reversed a line after it, one release.
    assert (report.entries, report.chained) == (11, 11)


@pytest.mark.parametrize("table", ["journal_entries", "postings", "reversals", "chain_links"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_books(books, table, act):
    audit(books)
    column = {"chain_links": "digest = ''", "journal_entries": "key = 'x'"}
    change = act.format(table, column.get(table, "amount_fen = 1"))
    if books.engine.dialect.name in ("mysql", "mariadb"):
        change = change.replace("key =", "`key` =")

    with pytest.raises(DBAPIError, match="only added to"), books.engine.begin() as connection:
        connection.execute(text(change))


def test_a_changed_posting_is_found_at_its_entry(books):
    before = audit(books)
    with tampering(books) as connection:
        connection.execute(text("UPDATE postings SET amount_fen = amount_fen + 1 WHERE id = 3"))

    report = audit(books)

    assert before.is_whole
    assert "an entry balances" in {finding.law for finding in report.findings}
    [broken] = [one for one in report.findings if one.law == "the chain is whole"]
    assert broken.place == "order:2:paid"


def test_two_changes_that_cancel_out_break_the_chain(books):
    audit(books)
    with tampering(books) as connection:  # World and escrow of one order, by the same amount.
        connection.execute(
            text("UPDATE postings SET amount_fen = amount_fen * 2 WHERE entry_id = 3")
        )

    assert "the chain is whole" in laws(books)


def test_a_deleted_entry_leaves_a_gap(books):
    audit(books)
    with tampering(books) as connection:
        for table, column in (("chain_links", "entry_id"), ("postings", "entry_id")):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = 2"))
        connection.execute(text("DELETE FROM journal_entries WHERE id = 2"))

    assert "the chain has no gap" in laws(books)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        (
            "UPDATE balances SET balance_fen = balance_fen + 1 WHERE NOT is_debt",
            "a balance is the sum of its postings",
        ),
        ("DELETE FROM balances", "a balance is the sum of its postings"),
        ("UPDATE earnings SET reversed_fen = 2 WHERE id = 4", "pending is the lines that stand"),
        ("UPDATE orders SET settlement_id = NULL", "escrow is what waits to be settled"),
        ("UPDATE earnings SET settlement_id = NULL", "every line has its entry"),
    ],
)
def test_what_was_changed_beside_the_books_is_found(books, change, law):
    with books.engine.begin() as connection:
        connection.execute(text(change))

    assert law in laws(books)


def test_an_entry_is_linked_once_however_often_it_is_audited(books):
    first, second = audit(books), audit(books)
    with books.work() as work:
        ledger.post(work, "more", Move(ledger.WORLD, ledger.FEES, 1))
    third = audit(books)

    assert (second.chained, third.chained) == (first.chained, first.chained + 1)
    assert third.is_whole


def test_entries_that_were_committed_late_or_hold_nothing_have_their_place_too(books, clock):
    clock.passes(microseconds=1200)
    with books.work() as work:
        ledger.post(work, "nothing", Move(ledger.WORLD, ledger.FEES, 0))

    books.do(lambda work: chain.extend(work, after_id=6, limit=2))  # 1 to 6 are not seen yet.
    report = audit(books)

    assert report.is_whole
    assert (report.entries, report.chained) == (12, 12)
