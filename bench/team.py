"""P19 and P22: the team page and the progress of one member, among ten thousand and a million."""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from bench import servers
from commerce.people.members import Member
from commerce.people.ranks import SalesDay, progress
from commerce.people.team_view import team_view
from commerce.rules import load_rules
from commerce.store import migrate
from commerce.work import Office, Work
from qianxing import app
from qianxing.settings import load_settings

BARE = """
SELECT m.id, m.parent_id, m.seat, m.nickname, m.rank, m.joined_at, coalesce(sum(s.gmv_fen), 0)
FROM members m LEFT JOIN sales_days s ON s.member_id = m.id AND s.day >= :first
WHERE m.id = :me OR m.parent_id = :me
   OR m.parent_id IN (SELECT id FROM members WHERE parent_id = :me)
GROUP BY m.id
"""
CHUNK = 20_000


def run(quick: bool) -> list[dict[str, Any]]:
    sizes = (10_000, 100_000) if quick else (10_000, 1_000_000)
    views, steps, bare, p99 = {}, {}, {}, 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            office = _office(Path(folder), size)
            views[size] = _each(office, size, lambda work, member: team_view(work, member))
            steps[size] = _each(office, size, lambda work, member: progress(work, member))
            bare[size] = _bare(office, size)
            p99 = sorted(_times(office, size, lambda work, member: team_view(work, member)))[-4]
            office.engine.dispose()
    small, large = sizes
    return [
        _row("P19", f"team page among {large:,}, p99 in ms", p99 * 1000, 0, "≤ 20 ms", p99 <= 0.02),
        _ratio(
            "P19", f"team view among {large:,}, against bare SQL", bare[large], views[large], 0.5
        ),
        _growth("team view", views, small, large),
        _growth("progress", steps, small, large),
    ]


def _office(folder: Path, size: int) -> Office:
    settings = load_settings(servers.environment(folder))
    office = app.build(settings, load_rules(Path("config.yaml"))).office
    migrate.upgrade(office.engine)
    _fill(office.engine, size)
    return office


def _fill(engine: Engine, size: int) -> None:
    """A complete tree of three: member n sits below member (n - 2) // 3 + 1."""
    now, today = datetime.now(UTC), datetime.now(UTC).date()
    with engine.begin() as connection:
        for first in range(1, size + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, size + 1))
            connection.execute(insert(Member), [_member(number, now) for number in numbers])
            sales = [_sale(number, today) for number in numbers if number % 2]
            connection.execute(insert(SalesDay), sales)
        connection.execute(text("ANALYZE"))


def _member(number: int, now: datetime) -> dict[str, Any]:
    parent = (number - 2) // 3 + 1 if number > 1 else None
    return {
        "id": number,
        "state": "joined",
        "nickname": f"星友{number}",
        "rank": 1,
        "created_at": now,
        "joined_at": now,
        "inviter_id": parent,
        "parent_id": parent,
        "seat": (number - 2) % 3 + 1 if number > 1 else None,
        "gmv_fen": 0,
        "pending_gmv_fen": 0,
    }


def _sale(number: int, today: date) -> dict[str, Any]:
    return {"member_id": number, "day": today - timedelta(days=number % 40), "gmv_fen": number}


def _times(office: Office, size: int, look: Callable[[Work, Member], object]) -> list[float]:
    """Seconds of 400 looks at members spread over the tree that have a whole team below them."""
    found = []
    for step in range(400):
        with office.reading() as work:
            member = work.session.get_one(Member, 1 + step * (size // 13) // 400)
            began = time.perf_counter()
            look(work, member)
            found.append(time.perf_counter() - began)
    return found


def _each(office: Office, size: int, look: Callable[[Work, Member], object]) -> float:
    return statistics.median(_times(office, size, look))


def _bare(office: Office, size: int) -> float:
    first = datetime.now(UTC).date() - timedelta(days=29)
    statement = text(BARE)

    def look(work: Work, member: Member) -> object:
        sought = {"me": member.id, "first": str(first)}
        return work.session.connection().execute(statement, sought).all()

    return _each(office, size, look)


def _growth(job: str, found: dict[int, float], small: int, large: int) -> dict[str, Any]:
    ratio = found[large] / found[small]
    about = f"{job}: time at {large:,} against {small:,}, ms"
    row = _row("P22", about, found[large] * 1000, found[small] * 1000, "≤ 1.3", ratio <= 1.3)
    return row | {"ratio": round(ratio, 2)}


def _ratio(number: str, job: str, floor: float, ours: float, goal: float) -> dict[str, Any]:
    row = _row(number, job, 1 / ours, 1 / floor, goal, floor / ours >= goal)
    return row | {"ratio": round(floor / ours, 2)}


def _row(number: str, job: str, ours: float, floor: float, goal: Any, met: bool) -> dict[str, Any]:
    shown = {"ours": round(ours, 2), "floor": round(floor, 2), "ratio": ""}
    return {"id": number, "job": job, **shown, "goal": goal, "met": met}
