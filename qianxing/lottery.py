"""`qianxing lottery verify`: recomputes a draw from its published record and nothing else."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from commerce.lives import draw
from commerce.lives.draw_shape import Finding, Kind, parse
from handlers.draw_findings import fingerprint, words

LARGEST = 1 << 30
SHOWN = 100


def verify(file: Path, noted: dict[str, str]) -> tuple[str, bool]:
    """What to print, and whether the record holds. OSError when there is nothing to read.

    `noted`: what was published before the draw, as far as somebody kept it."""
    if file.stat().st_size > LARGEST:
        return _refused([Finding(Kind.SHAPE, "", f"{file.name} > 1 GB")]), False
    try:
        record = parse(file.read_bytes())
    except ValueError as error:
        return _refused([Finding(Kind.SHAPE, "", str(error)[:SHOWN])]), False
    findings = draw.verify(record)
    others = [] if findings else _others(record, noted)
    if findings or others:
        return _refused(findings, others), False
    return _holds(record), True


def _others(record: dict[str, Any], noted: dict[str, str]) -> list[str]:
    """A record may be sound and yet not the one that was announced."""
    return [
        f"记录里的 {name} 和你记下的不一样：{fingerprint(record[name])}"
        for name, told in noted.items()
        if told.strip().lower() != record[name]
    ]


def _refused(findings: list[Finding], others: Iterable[str] = ()) -> str:
    found = [*(words(one) for one in findings[:SHOWN]), *others]
    return "\n".join(["这份记录对不上：", *(f"· {one}" for one in found)])


def _holds(record: dict[str, Any]) -> str:
    chosen, tickets = record["winners"], record["tickets"]
    rest = f" 等 {len(chosen):,} 个" if len(chosen) > SHOWN else ""
    lines = [
        f"{record['lottery']} 对得上，刚重算了一遍：",
        f"1 预约前公布的指纹 {record['commit']}，和公开的密钥对得上",
        f"2 名单 {len(tickets):,} 个号，指纹 {fingerprint(record['digest'])}，对得上",
        f"3 每个号用密钥算分，从小到大取 {record['winners_wanted']:,} 个，和公布的中奖号一致",
        f"中奖号：{'、'.join(chosen[:SHOWN]) or '没有'}{rest}",
        f"外部的随机数：{record['beacon'] or '没有混入'}",
        "再看一眼：1 里的指纹，应当和你预约时看到的一样。",
    ]
    return "\n".join(lines)
