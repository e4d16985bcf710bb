"""`qianxing rehearse`: a file in, a page or JSON out."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from commerce.rules import Rules
from qianxing.rehearsal import comparing, page, reading
from qianxing.rehearsal.playing import play
from qianxing.rehearsal.report import report
from qianxing.rehearsal.scenario import Scenario

OWN = "现在的计划"


def rehearse(
    path: Path,
    rules: Rules,
    plans: Sequence[Path] = (),
    *,
    compare: bool = False,
    as_json: bool = False,
) -> str:
    """The story under the rules and its own `plan`; under what a file of `plans` says on top of
    them; under two files side by side, or, to `compare`, under none and under one. ConfigError when
    a file cannot be played."""
    logging.getLogger("jobs").setLevel(logging.ERROR)  # A payout without answer is part of a story.
    scenario = reading.read_scenario(path)
    own = reading.under(rules, scenario.document)
    sides: list[Path | None] = [None, *plans] if compare and len(plans) == 1 else [*plans]
    if len(sides) < 2:
        played = play(scenario, _under(own, plans[0] if plans else None))
        found = report(played)
        return _json(found) if as_json else page.page(played, found)
    left, right = (_side(scenario, own, plan) for plan in sides)
    if as_json:
        return _json(comparing.as_json(left, right))
    return comparing.compared(left, right)


def _side(scenario: Scenario, own: Rules, plan: Path | None) -> comparing.Side:
    played = play(scenario, _under(own, plan))
    return (OWN if plan is None else plan.stem, played, report(played))


def _under(rules: Rules, plan: Path | None) -> Rules:
    return rules if plan is None else reading.under(rules, reading.read_file(plan))


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False)
