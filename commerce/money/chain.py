"""
The hash chain: who changed an old row in the database is found, wherever it was.

It goes through all entries in the order they were first seen here. Each link is the SHA-256 of the
link before and the entry's own words: its key, its moment and its postings.
"""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Select, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from commerce.money.ledger import JournalEntry, Posting
from commerce.store.base import Base, Id
from commerce.store.bulk import among
from commerce.store.once import lock_by_name
from commerce.work import Work

TOGETHER = 5_000
FIRST = "0" * 64


class ChainLink(Base):
    """Where an entry stands in the chain. `chain_no` has no gaps. Never changed."""

    __tablename__ = "chain_links"

    chain_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(Id, ForeignKey("journal_entries.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))


Linked = tuple[int, str, str, str]
"""Where an entry stands, its digest, its key and its words. Plain, for there are millions."""


class Misfit(NamedTuple):
    """The first link that does not fit: everything after it hangs on it."""

    law: str
    key: str
    expected: str
    found: str


def extend(work: Work, *, after_id: int = 0, limit: int = TOGETHER) -> int | None:
    """Link the next entries, of those with a higher id. The last one's id; None: all are linked."""
    lock_by_name(work.session, "audit-chain")
    ids = list(work.session.scalars(_unlinked(after_id).limit(limit)))
    if not ids:
        return None
    last = select(ChainLink.chain_no, ChainLink.digest).order_by(ChainLink.chain_no.desc())
    number, digest = work.session.execute(last.limit(1)).one_or_none() or (0, FIRST)
    rows = _rows().where(among(work.session, JournalEntry.id, ids))
    links = []
    for first, words in _by_entry(work.session.execute(rows.order_by(JournalEntry.id, Posting.id))):
        number, digest = number + 1, link(digest, words)
        links.append({"chain_no": number, "entry_id": first.id, "digest": digest})
    work.session.execute(insert(ChainLink), links)
    return ids[-1]


def link(before: str, words: str) -> str:
    """The digest of an entry in the chain, in hex."""
    return hashlib.sha256(f"{before}\n{words}".encode()).hexdigest()


def first_misfit(work: Work) -> Misfit | None:
    """Reckons the whole chain again. None when it is whole."""
    digest, wrong = FIRST, None
    for number, (chain_no, found, key, words) in enumerate(_linked(work.session), 1):
        if wrong is not None:  # Read to its end nevertheless: a COPY cannot be left in the middle.
            continue
        digest = link(digest, words)
        if chain_no != number:
            wrong = Misfit("the chain has no gap", key, str(number), str(chain_no))
        elif found != digest:
            wrong = Misfit("the chain is whole", key, digest[:16], found[:16])
    return wrong


def _unlinked(after_id: int) -> Select[int]:
    links = (ChainLink.entry_id == JournalEntry.id) & (ChainLink.entry_id > after_id)
    unlinked = select(JournalEntry.id).outerjoin(ChainLink, links)
    return unlinked.where(JournalEntry.id > after_id, ChainLink.entry_id.is_(None)).order_by(
        JournalEntry.id
    )


def _linked(session: Session) -> Iterator[Linked]:
    """All of the chain, in its order."""
    if session.get_bind().dialect.name == "postgresql":
        yield from _copied(session)
        return
    rows = _rows().add_columns(ChainLink.chain_no, ChainLink.digest)
    rows = rows.join(ChainLink, ChainLink.entry_id == JournalEntry.id)
    ordered = rows.order_by(ChainLink.chain_no, Posting.id)
    with session.execute(ordered.execution_options(yield_per=10_000)) as found:
        for first, words in _by_entry(found):
            yield first.chain_no, first.digest, first.key, words


COPY_OUT = r"""
COPY (
  SELECT chain_no, digest, key, posted_at, array_to_string(ARRAY(
    SELECT account || ' ' || amount_fen FROM postings WHERE entry_id = entry.id ORDER BY id
  ), E'\n')
  FROM (
    SELECT chain_no, digest, e.id, key, posted_at
    FROM chain_links JOIN journal_entries e ON e.id = entry_id ORDER BY chain_no OFFSET 0
  ) entry
) TO STDOUT (FORMAT BINARY)
"""


def _copied(session: Session) -> Iterator[Linked]:
    """The server puts the words together while the chain is reckoned here: several times as quick
    as row by row. OFFSET has it sort before, so that the words come while they are made."""
    cursor: Any = session.connection().connection.cursor()
    with cursor, cursor.copy(COPY_OUT) as copy:
        copy.set_types(("int8", "text", "text", "timestamp", "text"))
        for number, digest, key, at, lines in copy.rows():
            moment = f"{key}\n{at.isoformat()}+00:00"
            yield number, digest, key, f"{moment}\n{lines}" if lines else moment


def _rows() -> Any:
    return select(
        JournalEntry.id,
        JournalEntry.key,
        JournalEntry.posted_at,
        Posting.account,
        Posting.amount_fen,
    ).outerjoin(Posting, Posting.entry_id == JournalEntry.id)


def _by_entry(rows: Any) -> Iterator[tuple[Any, str]]:
    """Rows of one entry stand together: the first of them, and the entry's words."""
    for _, group in groupby(rows, key=attrgetter("id")):
        postings = list(group)
        first = postings[0]
        lines = [f"{row.account} {row.amount_fen}" for row in postings if row.account is not None]
        yield first, "\n".join((first.key, first.posted_at.isoformat(), *lines))
