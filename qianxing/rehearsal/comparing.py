"""What if: one story under two plans, side by side."""

from collections.abc import Iterator
from typing import Any

from commerce.fen import show_yuan
from commerce.rules import Rank
from handlers.words import moment
from qianxing.rehearsal.page import KINDS
from qianxing.rehearsal.playing import Play
from qianxing.rehearsal.sums import Report, by_kind, sums
from qianxing.tables import table

Side = tuple[str, Play, Report]
"""How the plan is called, and what came of it."""


def compared(left: Side, right: Side) -> str:
    """One table: each number under both plans, and what the second changes."""
    scenario = left[1].stage.scenario
    heads = ("", left[0], right[0], "差")
    rows = [
        [name, show_yuan(one), show_yuan(other), _difference(other - one)]
        for name, one, other in zip(_names(left), *map(_numbers, (left, right)), strict=True)
    ]
    lines = [
        f"比一比 {scenario.file}：{moment(scenario.starts_at)} 到 {moment(scenario.until)}（元）",
        *table(heads, rows, right=".rrr"),
    ]
    changed = list(_changes(left, right))
    return "\n".join([*lines, *(["", *changed] if changed else [])])


def as_json(left: Side, right: Side) -> dict[str, Any]:
    """Both reports, and the difference of every sum in fen."""
    one, other = _numbers(left), _numbers(right)
    names = _names(left)
    difference = {name: b - a for name, a, b in zip(names, one, other, strict=True)}
    return {
        "plans": [left[0], right[0]],
        "reports": [left[2], right[2]],
        "difference_fen": difference,
    }


def _names(side: Side) -> list[str]:
    shop = ("买家实付", "退给买家", *KINDS.values(), "分给大家一共", "留在店里", "最后剩下")
    people = [f"{name} 一共挣" for name in side[2]["members"]]
    return [*shop, *people]


def _numbers(side: Side) -> list[int]:
    _, play, report = side
    found = sums(report, play.stage.scenario, play.rules)
    kinds = by_kind(report["earnings"])
    return [
        found.paid_fen,
        found.refunded_fen,
        *(kinds[kind] for kind in KINDS),
        found.given_fen,
        found.kept_fen,
        found.left_fen,
        *(member["lifetime_fen"] for member in report["members"].values()),
    ]


def _difference(fen: int) -> str:
    return f"+{show_yuan(fen)}" if fen > 0 else show_yuan(fen)


def _changes(left: Side, right: Side) -> Iterator[str]:
    """What is no amount: ranks, refusals, warnings."""
    for name, member in left[2]["members"].items():
        one, other = (Rank.of(rank) for rank in (member["rank"], right[2]["members"][name]["rank"]))
        if one is not other:
            yield f"{name} 的星级：{one.label} → {other.label}"
    for title, key in (("没有做成的", "refused"), ("提醒", "warnings")):
        counts = [len(side[2][key]) for side in (left, right)]
        if counts[0] != counts[1]:
            yield f"{title}：{counts[0]} 条 → {counts[1]} 条"
