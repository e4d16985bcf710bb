"""
What is said to very many at once: written once, with each one's number and address put in.

Where the words turn out to differ in more than the number, each is written by itself.
"""

import json
from collections.abc import Callable
from typing import Any

SAMPLE = 987_654_321
"""Nobody's number."""
OTHERS = (7, 123_456, 12_345_678)
"""Numbers of every length: the words must be the same for all of them."""

Body = Callable[[int, str], bytes]
"""By a booking's number and its receiver."""


def for_all(render: Callable[[int], dict[str, Any]]) -> Body:
    """`render` gives what is said to a number, but for its receiver."""
    pieces = _json(render(SAMPLE)).split(f"{SAMPLE:06d}")

    def written(number: int) -> str:
        return f"{number:06d}".join(pieces)

    if any(written(number) != _json(render(number)) for number in OTHERS):
        return lambda number, openid: _addressed(_json(render(number)), openid)
    return lambda number, openid: _addressed(written(number), openid)


def _addressed(body: str, openid: str) -> bytes:
    return f'{{"touser": {json.dumps(openid)}, {body[1:]}'.encode()


def _json(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)
