"""A YAML file read with the line of every key, so that a mistake can be shown where it stands.

Deliberately less than YAML: no anchors, no tags, no second document, no key twice, and no
guessing of dates, floats or base 60 (「18:00」 stays the text 「18:00」).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

MAX_KB = 256
MAX_BYTES = MAX_KB * 1024
MAX_DEPTH = 12

Key = tuple[str | int, ...]
"""Where a value stands: ("plan", "traffic", "tiers", 0, "plays")."""

CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None}
CONSTANTS |= dict.fromkeys(("true", "yes", "on"), True)
CONSTANTS |= dict.fromkeys(("false", "no", "off"), False)
INTEGER = re.compile(r"-?(0|[1-9][0-9]*(_[0-9]+)*)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration: where, why, and what to write instead."""

    file: str
    line: int | None
    key: str
    why: str
    instead: str = ""

    def __str__(self) -> str:
        """One line, whatever was in the file."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        what = f"{self.key}: {self.why}" if self.key else self.why
        text = f"{place} {what} · {self.instead}" if self.instead else f"{place} {what}"
        return "".join(sign if sign.isprintable() else " " for sign in text)


class ConfigError(Exception):
    """A configuration that must not be started with. `problems` is never empty."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says (mappings, lists, str, int, bool, None) and where it says it."""

    file: str
    data: dict[str, Any]
    lines: dict[Key, int] = field(default_factory=dict)

    def line(self, key: Key) -> int | None:
        """The line of the key, or of the nearest thing around it that is in the file."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return None

    def problem(self, key: Key, why: str, instead: str = "") -> Problem:
        return Problem(self.file, self.line(key), dotted(key), why, instead)


def dotted(key: Key) -> str:
    """「plan.traffic.tiers[0].plays」"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return "".join(parts).removeprefix(".")


def read_document(path: Path) -> Document:
    """The file as a mapping. ConfigError with one problem when it cannot be one."""
    return parse_document(path.name, read_text(path))


def read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise refused(path.name, None, "找不到这个文件", "检查 QIANXING_CONFIG 的路径") from None
    except OSError as error:
        raise refused(path.name, None, f"读不了（{error.strerror}）", "检查路径和权限") from None
    if len(raw) > MAX_BYTES:
        raise refused(path.name, None, f"超过 {MAX_KB} KB", "配置文件只放规则")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise refused(path.name, line, "不是 UTF-8 编码", "用 UTF-8 另存一次") from None


def parse_document(file: str, text: str) -> Document:
    reader = Reader(file)
    try:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        data = reader.document(events)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise refused(
            file, line, f"不是合法的 YAML（{error.problem}）", "检查缩进、冒号和引号"
        ) from None
    except yaml.YAMLError:
        raise refused(file, None, "含有 YAML 不允许的字符", "删掉看不见的控制字符") from None
    if not data:
        raise refused(file, None, "是空的", "从随附的 config.yaml 改起")
    if not isinstance(data, dict):
        raise refused(file, 1, "最外层要是「键: 值」", "从随附的 config.yaml 改起")
    return Document(file, data, reader.lines)


def refused(file: str, line: int | None, why: str, instead: str) -> ConfigError:
    return ConfigError([Problem(file, line, "", why, instead)])


class Reader:
    """Turns parser events into plain values, noting the line of every key."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Key, int] = {}

    def document(self, events: Iterator[yaml.Event]) -> Any:
        data = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(event, (), "一个文件里有两份文档", "删掉多出来的「---」")
                data = self.value(next(events), events, ())
        return data

    def value(self, event: yaml.Event, events: Iterator[yaml.Event], key: Key) -> Any:
        self.refuse_cleverness(event, key)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, key)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, key)
        assert isinstance(event, yaml.ScalarEvent)
        return scalar(event.value) if event.implicit[0] else event.value

    def mapping(self, events: Iterator[yaml.Event], key: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            self.refuse_cleverness(event, key)
            if not isinstance(event, yaml.ScalarEvent):
                self.refuse(event, key, "键要是一个词", "检查缩进和冒号")
            name = event.value
            if name in values:
                self.refuse(event, (*key, name), "写了两次", "只留一处")
            self.lines[(*key, name)] = line_of(event)
            values[name] = self.value(next(events), events, (*key, name))
        return values

    def sequence(self, events: Iterator[yaml.Event], key: Key) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*key, len(values))
            self.lines[here] = line_of(event)
            values.append(self.value(event, events, here))
        return values

    def refuse_cleverness(self, event: yaml.Event, key: Key) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.refuse(event, key, "不支持锚点和引用（& *）", "把值直接写出来")
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            self.refuse(event, key, "不支持类型标记（!）", "把值直接写出来")
        if len(key) > MAX_DEPTH:
            self.refuse(event, key[:3], f"嵌套超过 {MAX_DEPTH} 层", "检查括号和缩进")

    def refuse(self, event: yaml.Event, key: Key, why: str, instead: str) -> NoReturn:
        problem = Problem(self.file, line_of(event), dotted(key), why, instead)
        raise ConfigError([problem])


def line_of(event: yaml.Event) -> int:
    assert event.start_mark is not None  # The parser marks every event.
    return int(event.start_mark.line) + 1


def scalar(text: str) -> Any:
    """An unquoted word: nothing, yes or no, a whole number, else the text itself.

    A decimal stays text: 9.90 is exact there and a float would not be.
    """
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    return int(text) if INTEGER.fullmatch(text) else text
