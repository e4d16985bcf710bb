"""P1, P2, P20: encrypted callbacks over HTTP, beside the floor and beside WeRoBot's own servers."""

import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from bench import load, servers

PEERS = ("werobot-default", "werobot-wsgiref", "werobot-waitress")
P2_GOALS_MS = {"p50": 5, "p99": 25, "max": 500}


def run(quick: bool) -> list[dict[str, Any]]:
    """Messages per second in turns, the same messages for all; then latencies at a fixed rate."""
    messages, rounds = (600, 3) if quick else (2500, 5)
    numbers = count(10_000_000, messages)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder)
        servers.prepare(data)
        names = ("ours", "floor", "unsafe", *PEERS)
        ports = {name: stack.enter_context(servers.serving(name, data)) for name in names}
        rates = {name: [_rate(ports[name], 200, numbers)] for name in names}
        rates = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                rates[name].append(_rate(ports[name], messages, numbers))
        latencies = _latencies(ports["ours"], ports["floor"], 3 if quick else 10, numbers)
    found = {name: statistics.median(measured) for name, measured in rates.items()}
    return [*_p1(found), *latencies, _p20(found)]


def _rate(port: int, messages: int, numbers: Iterator[int]) -> float:
    measured = asyncio.run(load.flood(port, load.requests(next(numbers), messages)))
    assert not measured.wrong, f"{measured.wrong} answers were not answers"
    return measured.rate


def _p1(found: dict[str, float]) -> list[dict[str, Any]]:
    stateless = max("werobot-wsgiref", "werobot-waitress", key=lambda name: found[name])
    against = (
        ("floor", "bare ASGI + dedupe row; wanted 0.30", 0.15),
        ("werobot-default", "WeRoBot with its default session; wanted 2.0", 1.0),
        (stateless, f"{stateless} without state (moonshot)", 1.0),
    )
    return [
        _row("P1", f"callback → reply, against {about}", found["ours"], found[peer], goal)
        for peer, about, goal in against
    ]


def _latencies(ours: int, floor: int, seconds: int, numbers: Iterator[int]) -> list[dict[str, Any]]:
    rows = []
    for rate in (500, 1000):
        waiting = load.requests(next(numbers), rate * seconds)
        mine = asyncio.run(load.steady(ours, waiting, rate))
        least = asyncio.run(load.steady(floor, load.requests(next(numbers), rate * seconds), rate))
        for name, value, under in (
            ("p50", mine.median, least.median),
            ("p99", mine.percentile(0.99), least.percentile(0.99)),
            ("max", max(mine.latencies_ms), max(least.latencies_ms)),
        ):
            rows.append(_latency_row(rate, name, value, under))
    return rows


def _latency_row(rate: int, name: str, value: float, under: float) -> dict[str, Any]:
    goal = P2_GOALS_MS[name]
    about = "" if rate == 500 else " (moonshot)"
    return {
        "id": "P2",
        "job": f"{name} in ms at {rate} messages/s{about}; floor beside it",
        "ours": round(value, 1),
        "floor": round(under, 1),
        "ratio": round(value / under, 1),
        "goal": f"≤ {goal} ms",
        "met": value <= goal,
    }


def _p20(found: dict[str, float]) -> dict[str, Any]:
    return _row(
        "P20",
        "with inbox, savepoint and pace, against without",
        found["ours"],
        found["unsafe"],
        0.65,
    )


def _row(number: str, job: str, ours: float, floor: float, goal: float) -> dict[str, Any]:
    return {
        "id": number,
        "job": job,
        "ours": round(ours),
        "floor": round(floor),
        "ratio": round(ours / floor, 2),
        "goal": goal,
        "met": ours / floor >= goal,
    }
