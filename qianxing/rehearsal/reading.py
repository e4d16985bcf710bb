"""A scenario file read whole: every mistake with its line, what it is, and what to write."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from commerce.rules import ConfigError, Document, Problem, Rules, overlay
from commerce.rules.document import Key, parse_document
from qianxing.rehearsal import values
from qianxing.rehearsal.grammar import EVENTS, MEMBER, PRODUCT, WORDS, Field, Schema
from qianxing.rehearsal.scenario import Event, Member, Product, Scenario
from qianxing.rehearsal.values import BadValue

MAX_MB = 16
PARTS = ("plan", "members", "products", "events", "until")
PLENTY = 1_000_000
"""Pieces of a product that says nothing of its stock."""


def read_scenario(path: Path) -> Scenario:
    """ConfigError names every problem with its line."""
    document = read_file(path)
    reader = _Reader(document)
    scenario = reader.scenario()
    if reader.problems:
        reader.problems.sort(key=lambda problem: problem.line or 0)
        raise ConfigError(reader.problems)
    return scenario


def read_file(path: Path) -> Document:
    """A YAML file that is a mapping. ConfigError when it cannot be one."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        why = "找不到这个文件" if isinstance(error, FileNotFoundError) else "读不了"
        raise _refused(path, None, why, "检查路径和权限") from None
    if len(raw) > MAX_MB * 1024 * 1024:
        raise _refused(path, None, f"超过 {MAX_MB} MB", "分成几个场景")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _refused(path, line, "不是 UTF-8 编码", "用 UTF-8 另存一次") from None
    if not any(line.split("#")[0].strip() for line in text.splitlines()):
        raise _refused(path, None, "是空的", "从 examples 里的场景改起")
    return parse_document(path.name, text)


def under(rules: Rules, document: Document) -> Rules:
    """The rules with what the document says under `plan`. ConfigError when that cannot be."""
    plan = document.data.get("plan")
    if plan is None:
        return rules
    if not isinstance(plan, Mapping):
        raise ConfigError([document.problem(("plan",), "不是一组「键: 值」", "缩进写成一组")])
    return overlay(rules, plan, document)


def check_products(scenario: Scenario, rules: Rules) -> None:
    """ConfigError when a commission is outside the plan's span."""
    span, document = rules.plan.commission, scenario.document
    problems = [
        document.problem(
            ("products", number, "commission"),
            f"「{document.data['products'][number]['commission']}」不在佣金范围里",
            f"写 {rules.words('plan.commission.min')} 到 {rules.words('plan.commission.max')}",
        )
        for number, product in enumerate(scenario.products)
        if not span.min_bp <= product.commission_bp <= span.max_bp
    ]
    if problems:
        raise ConfigError(problems)


def _refused(path: Path, line: int | None, why: str, instead: str) -> ConfigError:
    return ConfigError([Problem(path.name, line, "", why, instead)])


class _Reader:
    """Goes through the file once, from top to bottom, and knows what was declared so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.known: dict[str, set[str]] = {about: set() for about in WORDS}

    def scenario(self) -> Scenario:
        data = self.document.data
        self._only(data, PARTS, ())
        members = tuple(filter(None, map(self._member, *self._list("members"))))
        products = tuple(filter(None, map(self._product, *self._list("products"))))
        events = self._events()
        last = events[-1].at if events else None
        until = self._until(data.get("until"), last)
        plan = data.get("plan") or {}
        return Scenario(self.document, plan, members, products, events, until)

    def _member(self, place: Key, said: Any) -> Member | None:
        found = self._fields(place, said, MEMBER)
        if not self._declared(place, "member", said) or found is None:
            return None
        return Member(**found)

    def _product(self, place: Key, said: Any) -> Product | None:
        found = self._fields(place, said, PRODUCT)
        if not self._declared(place, "product", said) or found is None:
            return None
        price_fen, supply_fen = found["price"], found["supply"]
        cost_fen = found.get("cost", supply_fen)
        if not cost_fen <= supply_fen <= price_fen:
            self._wrong(place, "价格顺序不对", "cost 不大于 supply，supply 不大于 price")
            return None
        stock = found.get("stock", PLENTY)
        return Product(found["id"], price_fen, supply_fen, cost_fen, found["commission"], stock)

    def _events(self) -> tuple[Event, ...]:
        events: list[Event] = []
        for place, said in zip(*self._list("events"), strict=True):
            event = self._event(place, said)
            if event is None:
                continue
            if events and event.at < events[-1].at:
                self._wrong((*place, "at"), "比上一件事还早", "事件按时间先后写")
            events.append(event)
        return tuple(events)

    def _event(self, place: Key, said: Any) -> Event | None:
        if not isinstance(said, dict) or not said:
            self._wrong(place, "不是一件事", '写成 - {at: "2026-03-01 20:06", pay: O1}')
            return None
        if "at" not in said:
            self._wrong(place, "没有写时间", '加上 at: "2026-03-01 20:00"')
            return None
        kind = self._kind(place, said)
        at = self._value((*place, "at"), Field(values.moment), said["at"])
        if kind is None or at is None:
            return None
        schema = EVENTS[kind]
        rest = {key: value for key, value in said.items() if key not in ("at", kind)}
        id = self._value((*place, kind), Field(values.name), said[kind])
        facts = self._fields(place, rest, schema.fields)
        if id is None or not self._about(place, kind, schema, id) or facts is None:
            return None
        return Event(at, kind, id, place, facts)

    def _kind(self, place: Key, said: dict[str, Any]) -> str | None:
        """The first key after `at` names the event; of several that could, the one that fits."""
        named = [key for key in said if key in EVENTS]
        for kind in named:
            if EVENTS[kind].fits(said.keys() - {"at", kind}):
                return kind
        if named:
            return named[0]
        first = next((key for key in said if key != "at"), "")
        self._unknown((*place, first) if first else place, first, EVENTS)
        return None

    def _about(self, place: Key, kind: str, schema: Schema, id: str) -> bool:
        if schema.makes:
            return self._declare((*place, kind), schema.about, id)
        known = any(id in self.known[about] for about in schema.about.split(" or "))
        if not known:
            what = WORDS[schema.about]
            self._wrong(
                (*place, kind), f"前面没有{what}「{id}」", f"先写这个{what}，再写它后来的事"
            )
        return known

    def _declared(self, place: Key, about: str, said: Any) -> bool:
        """Known from now on, whatever else is wrong with it: one mistake is told once."""
        try:
            return self._declare(place, about, values.name(said["id"]))
        except (BadValue, LookupError, TypeError):
            return False

    def _declare(self, place: Key, about: str, id: str) -> bool:
        if id in self.known[about]:
            self._wrong(place, f"{WORDS[about]}「{id}」写了两次", "换一个编号")
            return False
        self.known[about].add(id)
        return True

    def _fields(self, place: Key, said: Any, schema: Mapping[str, Field]) -> dict[str, Any] | None:
        """The values of a mapping, read. None when something is wrong with one."""
        if not isinstance(said, dict):
            self._wrong(place, "不是一组「键: 值」", "写成 {id: A, …}")
            return None
        before = len(self.problems)
        self._only(said, schema, place)
        for key in (key for key, field in schema.items() if field.needed and key not in said):
            self._wrong(place, f"没有写 {key}", "补上这一项")
        found = {
            key: self._value((*place, key), field, said[key])
            for key, field in schema.items()
            if key in said
        }
        return found if len(self.problems) == before else None

    def _value(self, place: Key, field: Field, said: Any) -> Any:
        if said is None and field.may_be_empty:
            return None
        try:
            found = field.read(said)
        except BadValue as bad:
            self._wrong(place, bad.why, bad.instead)
            return None
        if field.names and found not in self.known[field.names]:
            what = WORDS[field.names]
            near = difflib.get_close_matches(found, sorted(self.known[field.names]), n=1)
            instead = f"是不是 {near[0]}" if near else f"先写这个{what}，写在前面"
            self._wrong(place, f"没有{what}「{found}」", instead)
            return None
        return found

    def _until(self, said: Any, last: datetime | None) -> datetime:
        if said is None and last is not None:
            return last
        if said is None:
            if not self.problems:
                self._wrong(("events",), "一件事也没有", "写几件事，或写上 until")
            return values.moment("2026-01-01")
        until: datetime | None = self._value(("until",), Field(values.moment), said)
        if until is not None and last is not None and until < last:
            self._wrong(("until",), "比最后一件事还早", "写最后一件事之后的时间，或不写")
        return until or values.moment("2026-01-01")

    def _list(self, part: str) -> tuple[list[Key], list[Any]]:
        """Where each entry stands, and what it says."""
        said = self.document.data.get(part)
        if said is not None and not isinstance(said, list):
            self._wrong((part,), "不是列表", "每行以「- 」开头")
            said = []
        return [(part, number) for number in range(len(said or ()))], said or []

    def _only(self, said: dict[str, Any], known: Iterable[str], place: Key) -> None:
        for key in said:
            if key not in known:
                self._unknown((*place, key), key, known)

    def _unknown(self, place: Key, key: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
        instead = f"是不是 {near[0]}" if near else f"这里可以写 {'、'.join(known) or '别的都不写'}"
        self._wrong(place, "没有这个键" if key else "没有写是什么事", instead)

    def _wrong(self, place: Key, why: str, instead: str) -> None:
        self.problems.append(self.document.problem(place, why, instead))
