"""Pictures: facts in, JPEG out. No network, no database, no clock; same facts, same bytes."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import template as templates
from .earnings_card import draw_earnings_card
from .invite_poster import draw_invite_poster
from .live_board import draw_live_board
from .progress_card import draw_progress_card
from .share_poster import draw_share_poster
from .team_tree import draw_team_tree

STYLE = 1
"""Part of every key: raised when the drawing changes, so that no old picture is served."""

Facts = Mapping[str, Any]

_DRAWN: dict[str, Callable[[Facts, Path], bytes]] = {
    "invite_poster": lambda facts, path: draw_invite_poster(facts, templates.load(path)),
    "contact_poster": lambda facts, path: draw_invite_poster(facts, templates.load(path)),
    "group_poster": lambda facts, path: draw_invite_poster(facts, templates.load(path)),
    "share_poster": lambda facts, path: draw_share_poster(facts, templates.load(path)),
    "assist_poster": lambda facts, path: draw_share_poster(facts, templates.load(path)),
    "team_tree": lambda facts, _: draw_team_tree(facts),
    "progress_card": lambda facts, _: draw_progress_card(facts),
    "earnings_card": lambda facts, _: draw_earnings_card(facts),
    "live_board": lambda facts, _: draw_live_board(facts),
}

POSTERS = ("invite_poster", "contact_poster", "group_poster", "share_poster", "assist_poster")
"""Drawn by the operator's template."""


def draw(name: str, facts: Facts, template: Path = templates.SHIPPED) -> bytes:
    """A JPEG of at most 150 kB. KeyError for an unknown picture or a fact left out.

    `template` is the look of the posters, a file like the shipped one; ValueError names
    what is wrong in it. The other pictures have one look.
    """
    return _DRAWN[name](facts, template)


def content_key(name: str, facts: Facts, template: Path = templates.SHIPPED) -> str:
    """Sixty-four hex digits, the same exactly as long as the picture is the same."""
    look = templates.load(template).digest if name in POSTERS else ""
    content = json.dumps([STYLE, look, name, facts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def cached(
    folder: Path,
    name: str,
    facts: Facts,
    *,
    template: Path = templates.SHIPPED,
    keep: int = 2_000,
) -> Path:
    """The finished picture's file; drawn the first time, whole or not there at all.

    The folder keeps the `keep` files used last. Safe to call from several processes at once.
    """
    path = folder / f"{content_key(name, facts, template)}.jpg"
    try:
        os.utime(path)  # Says whether it is there and that it was used, in one call.
    except FileNotFoundError:
        _write(path, draw(name, facts, template))
        _forget_oldest(folder, keep)
    return path


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        file.write(data)
    os.replace(file.name, path)


def _forget_oldest(folder: Path, keep: int) -> None:
    """Half-written files of a process that was killed grow old and go the same way."""
    with os.scandir(folder) as entries:
        files = list(entries)
    if len(files) <= keep:
        return
    by_age = sorted(files, key=_used_at)
    for entry in by_age[: len(files) - keep]:
        Path(entry).unlink(missing_ok=True)


def _used_at(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mtime_ns
    except FileNotFoundError:  # Another process was faster.
        return 0
