"""
The writer's desk: one thread that turns waiting messages into transactions.

Up to 32 messages that wait at the same moment share one transaction, each behind savepoints of
its own, because a commit costs as much as a message. What the database does not take is not lost:
the door keeps it in the spool and acknowledges it. What is in the spool waits in the same line as
everybody else, so that catching up never keeps those at the door waiting.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as SQLTimeoutError

from bot.context import Bot
from bot.message import Message
from bot.reply import Reply
from bot.spool import Spool
from bot.together import dispatch_together
from commerce import agenda
from commerce.store.engine import asks_again, is_away
from commerce.work import Office, Work

log = logging.getLogger(__name__)

TOGETHER = 32
AHEAD = 2 * TOGETHER  # Of the spool, in the line at most: one transaction, and the next.
LOOK_AT_SPOOL_S = 1.0
HEARD_WITHIN_S = 60.0


class DatabaseAwayError(Exception):
    """Nothing was written; the message is still the door's."""


@dataclass(frozen=True)
class Heard:
    reply: Reply
    name: str
    took_ms: float
    """With the messages it shared the transaction with."""


@dataclass
class Ticket:
    """One message at the desk. Door and desk agree here, once, whether the door still waits."""

    message: Message
    has_door: bool = True
    """False: it comes from the spool, and its answer goes to the outbox."""
    heard: Future[Heard] = field(default_factory=Future)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _taken: bool = False
    _given_up: bool = False

    def waits(self) -> bool:
        """The desk asks. Once it was told yes, the door waits until the transaction has ended."""
        with self._lock:
            self._taken = self.has_door and not self._given_up
            return self._taken

    def is_left(self) -> bool:
        """The door has gone to the spool with it: it is heard from there."""
        with self._lock:
            return self._given_up

    def give_up(self) -> bool:
        """The door asks. False: the answer is known and is about to come."""
        with self._lock:
            self._given_up = not self._taken
            return self._given_up


class Intake:
    """Starts with `start`, ends with `stop`: what waits at the desk then is still heard."""

    def __init__(
        self, office: Office, bot: Bot, spool: Spool, hurry: Callable[[], None] = lambda: None
    ) -> None:
        """`hurry` is called after a commit in which something became due."""
        self._office, self._bot, self._hurry = office, bot, hurry
        self.spool = spool
        self._tickets: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=target, daemon=True, name=f"intake-{target.__name__}")
            for target in (self._write, self._look_at_spool)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._tickets.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def put(self, message: Message, *, has_door: bool = True) -> Ticket:
        ticket = Ticket(message, has_door)
        self._tickets.put(ticket)
        return ticket

    def _write(self) -> None:
        while (ticket := self._tickets.get()) is not None:
            tickets = [ticket]
            while len(tickets) < TOGETHER and not self._tickets.empty():
                following = self._tickets.get()
                if following is None:
                    self._tickets.put(None)
                    break
                tickets.append(following)
            self._hear_together([ticket for ticket in tickets if not ticket.is_left()])

    def _hear_together(self, tickets: list[Ticket]) -> None:
        started = time.perf_counter()
        try:
            answers, due = self._office.do(lambda work: self._answers(work, tickets))
        except Exception as error:
            if len(tickets) == 1 or _nobody_there(error):
                for ticket in tickets:
                    self._refuse(ticket, error)
                return
            for ticket in tickets:  # One of them spoils it: each for itself then.
                self._hear_together([ticket])
            return
        took_ms = (time.perf_counter() - started) * 1000
        for ticket, (reply, name) in zip(tickets, answers, strict=True):
            ticket.heard.set_result(Heard(reply, name, took_ms))
        if due:
            self._hurry()

    def _answers(self, work: Work, tickets: list[Ticket]) -> tuple[list[tuple[Reply, str]], bool]:
        """And whether something became due."""
        answers = dispatch_together(work, tickets, self._bot)
        return answers, bool(work.session.info.get(agenda.DUE_NOW))

    def _refuse(self, ticket: Ticket, error: Exception) -> None:
        if not isinstance(error, SQLAlchemyError):
            log.error("message %s could not be heard", ticket.message.id, exc_info=error)
        away = DatabaseAwayError()
        away.__cause__ = error
        ticket.heard.set_exception(away)

    def _look_at_spool(self) -> None:
        while not self._stopped.wait(LOOK_AT_SPOOL_S):
            try:
                self._hear_kept()
            except Exception:
                log.exception("the spool could not be heard")

    def _hear_kept(self) -> None:
        """What is in the spool, in order: the desk hears some while the next are being read. Ends
        early when the database is away, or the house closes."""
        ahead: deque[tuple[Path, Ticket]] = deque()
        for path, message in self.spool.kept():
            ahead.append((path, self.put(message, has_door=False)))
            is_there = len(ahead) < AHEAD or self._settled(*ahead.popleft())
            if not is_there or self._stopped.is_set():
                break
        for path, ticket in ahead:
            self._settled(path, ticket)

    def _settled(self, path: Path, ticket: Ticket) -> bool:
        """Heard or set aside. False: the database is away, and the message stays where it is."""
        away = ticket.heard.exception(HEARD_WITHIN_S)
        if away is None:
            self.spool.forget(path)
        elif _will_pass(away.__cause__):
            return False
        else:
            self.spool.set_aside(path)
        return True


def _will_pass(error: BaseException | None) -> bool:
    """The database was away. Anything else would keep the messages behind it waiting for ever."""
    about_data = isinstance(error, DataError | IntegrityError)
    return isinstance(error, SQLAlchemyError) and not about_data


def _nobody_there(error: Exception) -> bool:
    """The database cannot be reached: asking for one message after the other would only wait."""
    if isinstance(error, DBAPIError):
        return is_away(error) and not asks_again(error)
    return isinstance(error, SQLTimeoutError)
