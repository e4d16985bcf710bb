"""Sentences understood per second, beside the bare scoring of the same sentences on one core.

The floor scores each sentence as a whole, by its letters, and picks the nearest. Ours spells it,
puts slips right, hears clauses and sounds, weighs the runner-up and takes the arguments along.
"""

import time
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from bot.likeness import Likeness
from bot.wordings import load_wordings, masked
from commerce.rules import load_rules
from qianxing.app import listener

ROOT = Path(__file__).parent.parent
GOAL = 0.3
SLOWEST_MS = 5.0


def run(quick: bool) -> list[dict[str, Any]]:
    """The middle of several rounds, ours and the floor in turns."""
    texts = sentences()
    ear = listener(load_rules(ROOT / "config.yaml"))
    wordings = load_wordings(ROOT / "handlers" / "wordings.yaml")
    pairs = [(intent, masked(said)) for intent, many in wordings.items() for said in many]
    bare, plain = Likeness(pairs), [masked(text) for text in texts]

    ours, floor = [], []
    for _ in range(3 if quick else 9):
        ours.append(seconds(ear.hear, texts))
        floor.append(seconds(lambda text: nearest(bare, text), plain))
    each_ms = median(ours) / len(texts) * 1000
    ratio = median(floor) / median(ours)
    return [
        {
            "id": "U1",
            "job": f"sentences understood a second, against bare scoring; {each_ms:.2f} ms each",
            "ours": round(len(texts) / median(ours)),
            "floor": round(len(texts) / median(floor)),
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "met": ratio >= GOAL and each_ms < SLOWEST_MS,
        }
    ]


def nearest(bare: Likeness, text: str) -> str | None:
    near = bare.near(text)
    return max(near, key=lambda intent: near[intent], default=None)


def sentences() -> list[str]:
    """What the tests are told, all of it."""
    path = ROOT / "tests" / "understanding" / "utterances.yaml"
    halves = yaml.safe_load(path.read_text("utf-8"))
    rows = [row for half in halves.values() for said in half.values() for row in said]
    return [row[0] if isinstance(row, list) else row for row in rows]


def seconds(act: Any, texts: list[str]) -> float:
    started = time.perf_counter()
    for text in texts:
        act(text)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(run(quick=True))
