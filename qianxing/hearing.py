"""What `qianxing understand` prints."""

import json
from collections.abc import Callable

from bot.understand import Understanding
from commerce.rules import Rules
from qianxing.app import listener


def hearing(rules: Rules, *, as_json: bool) -> Callable[[str], str]:
    """A text in, one line out."""
    hear = listener(rules).hear
    show = _json if as_json else _line
    return lambda text: show(hear(text))


def _json(heard: Understanding) -> str:
    found = {
        "intent": heard.intent,
        "arguments": heard.arguments,
        "confidence": round(heard.confidence, 3),
    }
    if heard.intent == "none":
        found["candidates"] = list(heard.candidates)
    return json.dumps(found, ensure_ascii=False)


def _line(heard: Understanding) -> str:
    arguments = " ".join(f"{name}={value}" for name, value in heard.arguments.items())
    candidates = f"（像 {'、'.join(heard.candidates)}）" if heard.candidates else ""
    return f"{heard.intent} {arguments} {heard.confidence:.2f} {candidates}".replace(
        "  ", " "
    ).strip()
