"""A body, XML or JSON, as a dict of texts. Reading never recurses and never resolves anything."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from xml.parsers import expat

DEPTH = 8
"""xml/SubscribeMsgPopupEvent/List/TemplateId is the deepest the platforms go."""

SECONDS = re.compile("[0-9]{1,10}")
OPENED_AT = datetime(2012, 8, 23, tzinfo=UTC)  # The platform's first day: nothing is older.
UNSAID = r"\]\x00-\x08\x0b-\x1f\ufffe\uffff"  # What XML forbids or reads as something else.
FLAT_FIELD = re.compile(
    rf"<([A-Za-z]\w*)>(?:<!\[CDATA\[([^{UNSAID}]*)\]\]>|([^<&{UNSAID}]*))</\1>\n?", re.ASCII
)


class Malformed(Exception):
    """From the platform, but not a message."""


def read(body: bytes) -> dict[str, Any]:
    """The fields of a body: a text, a dict, or a list of them for an element that is repeated.

    Raises `Malformed`. The size is for the caller to limit.
    """
    try:
        if body.lstrip()[:1] == b"{":
            return _read_json(body)
        return _read_flat(body.decode()) or _read_xml(body)
    except (expat.ExpatError, ValueError, RecursionError):
        raise Malformed from None


def text_of(fields: dict[str, Any], key: str) -> str:
    """The text of a field, empty if it is absent. A field sent twice, or nested, is `Malformed`."""
    value = fields.get(key) or ""
    if not isinstance(value, str):
        raise Malformed
    return value


def needed(fields: dict[str, Any], key: str) -> str:
    """The same where it cannot be absent."""
    value = text_of(fields, key)
    if not value:
        raise Malformed
    return value


def sent_at(fields: dict[str, Any], now: datetime) -> datetime:
    """When it was sent; `now` for a time that no clock of the platform can have shown."""
    seconds = text_of(fields, "CreateTime")
    if not SECONDS.fullmatch(seconds):
        return now
    at = datetime.fromtimestamp(int(seconds), UTC)
    return at if OPENED_AT < at < now + timedelta(days=1) else now


class _Refused(ValueError):
    """Well-formed XML of a kind no platform sends."""


def _read_flat(text: str) -> dict[str, Any]:
    """The form nearly every message has: one level, no attributes, entities or repetitions.

    Empty for anything else, sound or not: that is for the real parser, at three times the time.
    """
    fields: dict[str, Any] = {}
    position = len("<xml>") if text.startswith("<xml>") else len(text)
    while found := FLAT_FIELD.match(text, position):
        name, cdata, words = found.groups()
        if name in fields:
            return {}
        fields[name] = words if cdata is None else cdata
        position = found.end()
    return fields if text.startswith("</xml>", position) and len(text) == position + 6 else {}


def _read_xml(body: bytes) -> dict[str, Any]:
    parser = expat.ParserCreate("utf-8")  # Whatever encoding the body says it has.
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse  # Without a document type there are no entities.
    document: dict[str, Any] = {}
    open_elements: list[dict[str, Any]] = [document]
    texts: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if len(open_elements) > DEPTH:
            _refuse()
        open_elements.append({})
        texts.clear()

    def end(name: str) -> None:
        children = open_elements.pop()
        _put(open_elements[-1], name, children or "".join(texts))
        texts.clear()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    parser.Parse(body, True)
    fields = document.get("xml")
    return fields if isinstance(fields, dict) else _refuse()


def _put(parent: dict[str, Any], name: str, value: Any) -> None:
    there = parent.setdefault(name, value)
    if there is value:
        return
    if isinstance(there, list):
        there.append(value)
    else:
        parent[name] = [there, value]


def _refuse(*_: object) -> NoReturn:
    raise _Refused


def _read_json(body: bytes) -> dict[str, Any]:
    fields = json.loads(body.decode(), parse_int=str, parse_float=str, parse_constant=_refuse)
    json.dumps(fields, ensure_ascii=False).encode()  # A lone surrogate is not text: refused here.
    if not isinstance(fields, dict):
        _refuse()
    return fields
