"""Tables in files: CSV in any encoding people save it in, and XLSX. Cells come out as text."""

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from commerce.imports.escaping import QUOTE, unescaped

ENCODINGS = ("utf-8-sig", "gb18030")
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
DELIMITERS = (",", "\t", ";")
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LARGEST_XLSX = 1_000_000_000
"""Bytes unpacked: a small file may hold a very large one."""
PIECE = 1 << 20

Cells = list[str]


class BadFile(Exception):
    """It is no table we can read: why, in words, and at which line."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words if line is None else f"第 {line} 行：{words}")


@dataclass(frozen=True)
class Sheet:
    """A file that was found readable to its end. Rows may be read again and again."""

    path: Path
    encoding: str | None
    """None: XLSX."""
    delimiter: str = ","
    lines: int = 0
    """Rows with anything in them."""

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """The line on which a row starts, and its cells. Rows with nothing in them are left out."""
        found = _xlsx(self.path) if self.encoding is None else self._csv()
        return ((line, _unescaped(cells)) for line, cells in found if any(map(str.strip, cells)))

    def _csv(self) -> Iterator[tuple[int, Cells]]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            line = 1
            try:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1
            except csv.Error:
                raise BadFile("引号没有成对，或者一格太长，后面的读不下去", line) from None


def read(path: Path) -> Sheet:
    """What kind of table it is, read once to its end: nothing is taken from a file that breaks off.
    BadFile when it is none."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == OLD_EXCEL:
        raise BadFile("这是旧版 Excel（.xls），请另存为 .xlsx 或 CSV")
    if start == ZIP:
        return _counted(Sheet(path, None))
    if not start.strip():
        raise BadFile("文件是空的")
    encoding = _encoding(path, start)
    return _counted(Sheet(path, encoding, _delimiter(path, encoding)))


def _unescaped(cells: Cells) -> Cells:
    return [unescaped(cell) if cell[:1] == QUOTE else cell for cell in cells]


def _counted(sheet: Sheet) -> Sheet:
    lines = sum(1 for _ in sheet.rows())
    return Sheet(sheet.path, sheet.encoding, sheet.delimiter, lines)


def _encoding(path: Path, start: bytes) -> str:
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    found = next((encoding for encoding in ENCODINGS if _reads(path, encoding)), None)
    if found is None:
        raise BadFile("认不出编码，请另存为 UTF-8 的 CSV")
    return found


def _reads(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(PIECE):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(path: Path, encoding: str) -> str:
    """Whatever parts the first line into most cells."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            first = next((line for line in file if line.strip()), "")
    except UnicodeDecodeError:
        raise BadFile("认不出编码，请另存为 UTF-8 的 CSV") from None
    return max(DELIMITERS, key=first.count)


def _xlsx(path: Path) -> Iterator[tuple[int, Cells]]:
    """The first sheet, as it is shown."""
    _refuse_a_bomb(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise BadFile("这个 .xlsx 打不开，请重新另存一份") from None
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(), 1):
            yield line, [_shown(cell) for cell in cells]
    finally:
        book.close()


def _refuse_a_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except zipfile.BadZipFile:
        raise BadFile("这个 .xlsx 打不开，请重新另存一份") from None
    if size > LARGEST_XLSX:
        raise BadFile("这个 .xlsx 太大了，请另存为 CSV，或者拆成几份")


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        return str(value)
    if isinstance(value, float):
        return _number(value, cell.number_format or "")
    return str(value)


def _number(value: float, shown_as: str) -> str:
    """With the fifteen digits a spreadsheet is sure of: no 59.900000000000006."""
    if "%" in shown_as:
        return f"{value * 100:.10g}%"
    return f"{value:.15g}"
