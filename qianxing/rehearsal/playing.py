"""
Playing a story: event after event, and between them everything that falls due, at its exact instant
and before an event of the same instant.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from commerce import agenda
from commerce.agenda import DueTask
from commerce.errors import Refusal
from commerce.money import releases
from commerce.rules import ConfigError, Rules
from commerce.work import Work
from jobs import tick
from qianxing.rehearsal import acts, reading
from qianxing.rehearsal.acts import Misplaced
from qianxing.rehearsal.grammar import EVENTS
from qianxing.rehearsal.scenario import Event, Scenario
from qianxing.rehearsal.stage import Stage, build

QUIET = (
    "tell",
    "deliver",  # What is said is read from the outbox; there is nobody to say it to.
    "tell",
    "look_up",
    "prepare_payment",  # The story pays, not a person with a code.
    "close_payment",
    "reconcile_bill",
    "release",  # A sweep a minute: here a release happens when its hold ends.
    "check_shipped",  # An order that says nothing of its delivery is not tracked.
    "score_order",  # Nobody is suspected: the story tells the verdicts.
    "score_promoter",
    "decide_after_sale",  # The story says who decides, and when.
    "score_order",  # Nobody is suspected: the story says who cheats.
    "score_promoter",
)
MOST_LOOKS = 12
"""So often a payout that only the story can bring on is looked at."""

OPEN = DueTask.done_at.is_(None) & DueTask.failed_at.is_(None)
DO_QUIET = update(DueTask).where(OPEN, DueTask.task.in_(QUIET)).values(done_at=bindparam("now"))
NEXT = select(DueTask).where(OPEN).order_by(DueTask.due_at, DueTask.id).limit(1)

BRINGS_TO_LIFE = ("order", "pay", "live_start", "video_approved", "withdraw")
"""Where a refusal means that there is nothing for later events to happen to."""


@dataclass(frozen=True)
class Refused:
    event: Event
    refusal: Refusal

    @property
    def code(self) -> str:
        """「more_than_available」"""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.refusal).__name__).lower()


@dataclass
class Play:
    """A story that was played: the stage as it stands in the end, and what rules refused."""

    stage: Stage
    refused: list[Refused] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        return self.stage.office.rules


def play(scenario: Scenario, rules: Rules) -> Play:
    """All of it, under these rules (the scenario's own `plan` not added). ConfigError when the
    story cannot go on somewhere, with the line."""
    reading.check_products(scenario, rules)
    player = _Player(Play(build(scenario, rules)))
    try:
        for event in scenario.events:
            player.lets_pass(event.at)
            player.does(event)
        player.lets_pass(scenario.until)
    except Misplaced as wrong:
        place = (*wrong.event.place, wrong.event.kind)
        raise ConfigError([scenario.document.problem(place, wrong.why, wrong.instead)]) from None
    return player.play


class _Player:
    """`ahead` is what falls due next: found at the end of whatever may have changed it."""

    def __init__(self, play: Play) -> None:
        self.play, self.stage = play, play.stage
        self.looks: Counter[int] = Counter()
        self.ahead = self._do(lambda _: None)

    def does(self, event: Event) -> None:
        """One event; a rule's refusal is part of the story, and nothing moves."""
        if self._is_gone(event):
            return
        try:
            self.ahead = self._do(lambda work: acts.act(self.stage, work, event))
        except Refusal as refusal:
            self.play.refused.append(Refused(event, refusal))
            if event.kind in BRINGS_TO_LIFE:
                self.stage.gone.add((_about(event), event.id))

    def lets_pass(self, until: datetime) -> None:
        """Everything that is due by then, in order, each at its instant."""
        while self.ahead is not None and self.ahead.at <= until:
            self.stage.clock.now = max(self.stage.clock.now, self.ahead.at)
            self.ahead = self._runs(self.ahead.task)
        self.stage.clock.now = until

    def _runs(self, task: DueTask | None) -> "Ahead | None":
        if task is None:
            return self._do(_release)
        if self._is_pointless(task):
            return self._do(lambda work: agenda.claim(work, task.id))
        done = tick.run(self.stage.shop, task.id)
        assert done, f"{task.task} failed"
        return self._do(lambda _: None)

    def _do(self, act: Callable[[Work], object]) -> "Ahead | None":
        """One unit of work, and what falls due after it."""

        def whole(work: Work) -> Ahead | None:
            act(work)
            return _ahead(work)

        return self.stage.office.do(whole)

    def _is_pointless(self, task: DueTask) -> bool:
        """Asking once more about a payout that only the story can bring on."""
        if task.task != "pay_out":
            return False
        withdrawal_id: int = task.args["withdrawal_id"]
        self.looks[withdrawal_id] += 1
        return self.looks[withdrawal_id] > MOST_LOOKS and self.stage.wallet.is_open(withdrawal_id)

    def _is_gone(self, event: Event) -> bool:
        """Whether a rule refused what this event is about."""
        live: Any = event.facts.get("live")
        if live is not None and ("live", live) in self.stage.gone:
            self.stage.gone.add(("order", event.id))
        about = _about(event).split(" or ")
        return any((kind, event.id) in self.stage.gone for kind in about)


def _about(event: Event) -> str:
    return EVENTS[event.kind].about


@dataclass(frozen=True)
class Ahead:
    """What falls due next, and when. No task: a release."""

    at: datetime
    task: DueTask | None


def _ahead(work: Work) -> Ahead | None:
    work.session.flush()
    work.session.connection().execute(DO_QUIET, {"now": work.now})
    task = work.session.scalar(NEXT)
    release_at = releases.next_due(work)
    if task is not None and (release_at is None or task.due_at <= release_at):
        return Ahead(task.due_at, task)
    return None if release_at is None else Ahead(release_at, None)


def _release(work: Work) -> None:
    released = releases.release(work)
    assert released, "what is due is released"
