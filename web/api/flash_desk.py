"""
The desk of the flash offers: one thread that turns waiting wishes into transactions.

Wishes that wait at the same moment are decided together, because a commit costs as much as a wish.
Once every seat is taken it says so without asking the database: for a blink, after which the truth
is asked again, because a seat that is not paid comes back; for good, once all of them are paid or
the live is over. Nothing is kept that a restart could lose.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from commerce import agenda
from commerce.errors import OfferClosed, Refusal, SeatGone
from commerce.goods import flash
from commerce.goods.flash import Decision, Full, Wish
from commerce.work import Office, Work

log = logging.getLogger(__name__)

TOGETHER = 64
BELIEVED_S = 0.5
"""So long a seat that came back may be unknown here."""
MOST_KNOWN = 1_000


@dataclass(frozen=True)
class Ticket:
    offer_id: int
    wish: Wish
    decided: Future[Decision] = field(default_factory=Future)


class Desk:
    """Starts with `start`, ends with `stop`: what waits then is still decided."""

    def __init__(self, office: Office, hurry: Callable[[], None] = lambda: None) -> None:
        """`hurry` is called after a commit in which something became due."""
        self._office, self._hurry = office, hurry
        self._tickets: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._full: dict[int, tuple[float, Full]] = {}
        self._thread = threading.Thread(target=self._run, daemon=True, name="flash-desk")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._tickets.put(None)
        self._thread.join(timeout=10)

    def too_late(self, offer_id: int, member_id: int) -> Refusal | None:
        """Known without asking. Who has a seat may ask: they are told what became of it. When it
        has been believed for long enough one asks for all, who go on believing it meanwhile."""
        until, full = self._full.get(offer_id, (0.0, None))
        if full is None or member_id in full.holders:
            return None
        if time.monotonic() > until:
            self._full[offer_id] = (time.monotonic() + BELIEVED_S, full)
            return None
        return full.refusal

    def ask(self, offer_id: int, wish: Wish) -> Future[Decision]:
        """The decision, once it is committed; SQLAlchemyError when the database is away."""
        ticket = Ticket(offer_id, wish)
        self._tickets.put(ticket)
        return ticket.decided

    def _run(self) -> None:
        while (ticket := self._tickets.get()) is not None:
            waiting = [ticket]
            while len(waiting) < TOGETHER and not self._tickets.empty():
                following = self._tickets.get()
                if following is None:
                    self._tickets.put(None)
                    break
                waiting.append(following)
            by_offer: dict[int, list[Ticket]] = {}
            for one in waiting:
                by_offer.setdefault(one.offer_id, []).append(one)
            for offer_id, together in by_offer.items():
                self._decide(offer_id, together)

    def _decide(self, offer_id: int, tickets: Sequence[Ticket]) -> None:
        wishes = [ticket.wish for ticket in tickets]

        def act(work: Work) -> tuple[list[Decision], Full | None, bool]:
            decisions = flash.decide(work, offer_id, wishes)
            came_late = any(isinstance(one, SeatGone | OfferClosed) for one in decisions)
            looks = came_late or offer_id in self._full
            full = flash.full(work, offer_id) if looks else None
            return decisions, full, bool(work.session.info.get(agenda.DUE_NOW))

        try:
            decisions, full, due = self._office.do(act)
        except Exception as error:
            if not isinstance(error, SQLAlchemyError):
                log.exception("wishes for offer %s could not be decided", offer_id)
            self._full.pop(offer_id, None)
            for ticket in tickets:
                ticket.decided.set_exception(error)
            return
        self._remember(offer_id, full)
        for ticket, decision in zip(tickets, decisions, strict=True):
            ticket.decided.set_result(decision)
        if due:
            self._hurry()

    def _remember(self, offer_id: int, full: Full | None) -> None:
        if full is None:
            self._full.pop(offer_id, None)
            return
        if len(self._full) >= MOST_KNOWN:
            self._full.clear()
        until = float("inf") if full.for_good else time.monotonic() + BELIEVED_S
        self._full[offer_id] = (until, full)
