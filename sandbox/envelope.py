"""XML as the platform writes and reads it."""

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

Fields = Iterable[tuple[str, Any]]

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text without characters XML 1.0 cannot carry."""
    return _FORBIDDEN.sub("", text)


def _element(name: str, value: Any) -> str:
    if isinstance(value, int):
        inner = str(value)
    elif isinstance(value, str):
        inner = "<![CDATA[" + printable(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"
    else:
        inner = "".join(_element(*child) for child in value)
    return f"<{name}>{inner}</{name}>"


def write(fields: Fields) -> str:
    """`<xml>` with the fields in order: texts as CDATA, integers bare, lists nested."""
    return _element("xml", list(fields))


def read(text: bytes) -> ElementTree.Element:
    """The parsed document. ValueError when it is not XML; entities are never expanded."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError("a document type in the XML")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise ValueError(f"not XML: {error}") from error


def value(root: ElementTree.Element, path: str) -> str:
    """Text of the element at the path, empty when absent."""
    return root.findtext(path) or ""
