"""
`qianxing import`: a table in a file becomes products, orders or plays, chunk by chunk.

A chunk is one transaction and a row is taken whole or refused, so that nothing is half there
wherever it stops; importing the same file again goes on, and changes nothing that was taken.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from commerce.errors import Refusal
from commerce.imports import dealing, orders, plays, products, rows
from commerce.imports.escaping import escaped
from commerce.imports.rows import BadCell, Came, Field, Outcome, Row, Why
from commerce.money import settlement  # noqa: F401  # Orders point at its table.
from commerce.store.bulk import count_new_tables
from commerce.work import Office, Work
from handlers.refusals import explain
from qianxing.sheets import BadFile, Cells, Sheet

HEADER_WITHIN = 10
"""Exports begin with a title or a note: the header is one of the first rows."""
SHOWN = 20
ADDED = ("行号", "列", "原因")
REASONS = {
    Why.EMPTY: "是空的",
    Why.TOO_LONG: "太长了",
    Why.UNREADABLE: "有存不下的字符",
    Why.NOT_AN_AMOUNT: "「{said}」不是金额，写成 99.00 这样，最小到分",
    Why.NEGATIVE: "「{said}」是负数，金额不能小于 0",
    Why.NOT_A_RATE: "「{said}」不是比例，写成 20% 这样",
    Why.NOT_A_NUMBER: "「{said}」不是这里能用的整数",
    Why.NOT_A_TIME: "「{said}」不是时间，写成 2026-03-06 20:08:00 这样",
    Why.NOT_A_DAY: "「{said}」不是日期，写成 2027-03-01 或「长期」",
    Why.NOT_YES_OR_NO: "「{said}」要写「是」或「否」",
    Why.NO_SUCH_RANK: "没有「{said}」这个星级",
    Why.LOST_DIGITS: "「{said}」是被表格改过的数字，后几位丢了；把这一列设成文本再导出",
    Why.TOO_MANY_CELLS: "比表头多出几格，多半是内容里的逗号没有加引号",
    Why.IN_THE_FUTURE: "在现在之后",
    Why.BEFORE_PAYMENT: "比支付时间还早",
    Why.NO_SUCH_PRODUCT: "没有编码是「{said}」的商品，先导入商品",
    Why.NO_SUCH_SHARER: "不认识分享员「{said}」，先在企业微信里发「分享员 {said} 成员编号」",
    Why.NO_SUCH_LIVE: "不认识直播「{said}」，先在企业微信里发「直播间 {said} 场次编号」",
    Why.NO_SUCH_STATUS: "不认识状态「{said}」，用「待付款、待发货、已发货、已完成、已取消」",
    Why.NO_SUCH_VIDEO: "没有编号是「{said}」的视频",
    Why.NOT_APPROVED: "视频 {said} 没有通过审核，播放量不算",
    Why.FREIGHT_ABOVE_PAID: "比实付金额还多；实付金额是含运费的",
    Why.REFUND_ABOVE_PAID: "比实付金额还多",
    Why.REFUND_TAKEN_BACK: "比之前导入的少；退过的款收不回来",
    Why.PRICE_CHANGED: "和之前导入的不一样；付过款的订单不改金额和数量",
}


@dataclass(frozen=True)
class Kind:
    """What a file can hold."""

    title: str
    fields: tuple[Field, ...]
    chunk: int
    parse: Callable[[Row], Any]
    take: Callable[[Work, Sequence[Any]], list[Outcome]]
    any_of: tuple[str, ...] = ()
    """One of these columns must be there."""


KINDS = {
    "products": Kind("商品", products.FIELDS, products.CHUNK, products.parse, products.take),
    "orders": Kind("订单", orders.FIELDS, orders.CHUNK, orders.parse, dealing.take, orders.AMOUNTS),
    "plays": Kind("播放量", plays.FIELDS, plays.CHUNK, plays.parse, plays.take),
}


@dataclass(frozen=True)
class Table:
    """A sheet whose columns are known."""

    sheet: Sheet
    header: Cells
    above: int
    """Rows up to and with the header."""
    places: dict[str, int]

    @property
    def length(self) -> int:
        return self.sheet.lines - self.above


@dataclass
class Report:
    came: Counter[Came] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)
    """Of the refused rows, in words."""

    @property
    def refused(self) -> int:
        return self.came[Came.REFUSED]


class _OnlyTried(Exception):
    """Takes back what a dry run did."""


def table(kind: Kind, sheet: Sheet) -> Table:
    """Which column is what. BadFile names the columns that are missing."""
    heads = [cells for _, cells in islice(sheet.rows(), HEADER_WITHIN)]
    if not heads:
        raise BadFile("文件里没有内容")
    found = [rows.places(kind.fields, cells) for cells in heads]
    at = max(range(len(heads)), key=lambda place: (len(found[place]), -place))
    lacking = [one.titles[0] for one in rows.missing(kind.fields, found[at])]
    if kind.any_of and not found[at].keys() & set(kind.any_of):
        titles = [one.titles[0] for one in kind.fields if one.name in kind.any_of]
        lacking.append("或".join(reversed(titles)))
    if lacking:
        columns = "、".join(f"「{title}」" for title in lacking)
        raise BadFile(f"这不是{kind.title}表：缺列{columns}。表头要写在前 {HEADER_WITHIN} 行里")
    return Table(sheet, _own(heads[at]), at + 1, found[at])


def run(
    office: Office,
    kind: Kind,
    known: Table,
    refused_path: Path,
    *,
    dry_run: bool = False,
    advance: Callable[[int], object] = lambda _: None,
) -> Report:
    """Take the file. Refused rows go to `refused_path`, which can be corrected and imported; there
    is no such file when all were taken."""
    report = Report()
    refused_path.unlink(missing_ok=True)
    lines = islice(known.sheet.rows(), known.above, None)
    with ExitStack() as files:
        refuse = _Refusing(known, refused_path, report, files)
        while chunk := list(islice(lines, kind.chunk)):
            for line, cells, outcome in _taken(office, kind, known, chunk, dry_run):
                report.came[outcome.came] += 1
                if outcome.came is Came.REFUSED:
                    refuse(line, cells, outcome)
            office.do(lambda work: count_new_tables(work.session))
            advance(len(chunk))
    return report


def render(kind: Kind, report: Report, refused_path: Path, *, dry_run: bool) -> str:
    """What became of it, and the first rows that were refused."""
    came = report.came
    opening = "试导，什么都没有写入：" if dry_run else ""
    left_out = f"没付款跳过 {came[Came.LEFT_OUT]:,}，" if came[Came.LEFT_OUT] else ""
    lines = [
        f"{opening}{kind.title} {came.total():,} 行：新增 {came[Came.NEW]:,}，"
        f"更新 {came[Came.CHANGED]:,}，没有变化 {came[Came.SAME]:,}，"
        f"{left_out}拒绝 {report.refused:,}。"
    ]
    if report.refused:
        lines += report.first
        more = report.refused - len(report.first)
        lines.append(
            f"{f'还有 {more:,} 行，' if more else ''}全部在 {refused_path}，改好直接导入。"
        )
    return "\n".join(lines)


def _taken(
    office: Office, kind: Kind, known: Table, chunk: list[tuple[int, Cells]], dry_run: bool
) -> Iterator[tuple[int, Cells, Outcome]]:
    """What became of each row of a chunk, in one transaction."""
    outcomes: dict[int, Outcome] = {}
    read: dict[int, Any] = {}
    for place, (_, cells) in enumerate(chunk):
        try:
            read[place] = _parsed(kind, known, cells)
        except BadCell as bad:
            outcomes[place] = Outcome(Came.REFUSED, bad=bad)
    taken = _in_one(office, kind, list(read.values()), dry_run)
    outcomes |= dict(zip(read, taken, strict=True))
    return ((line, cells, outcomes[place]) for place, (line, cells) in enumerate(chunk))


def _parsed(kind: Kind, known: Table, cells: Cells) -> Any:
    if any(cell.strip() for cell in cells[len(known.header) + len(ADDED) :]):
        raise BadCell("", Why.TOO_MANY_CELLS)
    return kind.parse(rows.row(cells, known.places))


def _in_one(office: Office, kind: Kind, read: list[Any], dry_run: bool) -> list[Outcome]:
    if not read:
        return []
    if not dry_run:
        return office.do(lambda work: kind.take(work, read))
    outcomes: list[Outcome] = []
    try:
        with office.work() as work:
            outcomes = kind.take(work, read)
            raise _OnlyTried
    except _OnlyTried:
        return outcomes


class _Refusing:
    """Writes refused rows as they were, with line, column and reason behind them."""

    def __init__(self, known: Table, path: Path, report: Report, files: ExitStack) -> None:
        self._known, self._path, self._report, self._files = known, path, report, files
        self._writer: Any = None

    def __call__(self, line: int, cells: Cells, outcome: Outcome) -> None:
        column, reason = _why(self._known, outcome)
        if len(self._report.first) < SHOWN:
            where = f"「{column}」" if column else "："
            self._report.first.append(f"第 {line} 行{where}{reason}")
        header = self._known.header
        own = [*cells, *[""] * len(header)][: max(len(header), 1)]
        self._write([*own, str(line), column, reason])

    def _write(self, cells: Cells) -> None:
        if self._writer is None:
            file = self._files.enter_context(self._path.open("w", encoding="utf-8-sig", newline=""))
            self._writer = csv.writer(file)
            self._writer.writerow([escaped(cell) for cell in (*self._known.header, *ADDED)])
        self._writer.writerow([escaped(cell) for cell in cells])


def _why(known: Table, outcome: Outcome) -> tuple[str, str]:
    if isinstance(outcome.refusal, Refusal):
        return "", " ".join(explain(outcome.refusal).text.split("\n"))
    assert outcome.bad is not None
    place = known.places.get(outcome.bad.field)
    column = "" if place is None else known.header[place].strip()
    return column, REASONS[outcome.bad.why].format(said=outcome.bad.said[:40])


def _own(header: Cells) -> Cells:
    """Without what an import added to it, and without empty columns at the end."""
    kept = list(header)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept[: -len(ADDED)] if tuple(kept[-len(ADDED) :]) == ADDED else kept
