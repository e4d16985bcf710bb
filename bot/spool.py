"""
Messages kept on disk while the database cannot take them.

What was verified and decrypted but could not be written is kept as one file a message (temporary
name, fsync, rename), acknowledged, and heard in order when the database is back. The inbox makes a
message that was heard after all harmless.
"""

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag

from bot.message import Channel, Kind, Message
from commerce.store.sealing import Seal

log = logging.getLogger(__name__)


class Spool:
    """A folder of sealed messages, named so that their names sort by the time they came."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self.folder, self._seal = folder, seal
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, message: Message, came_ns: int) -> None:
        """On disk when this returns. OSError when the disk cannot take it either."""
        name = f"{came_ns:020d}-{message.id.replace(':', '.')}"
        temporary = self.folder / f".{name}"
        with temporary.open("wb") as file:
            file.write(self._seal.close(json.dumps(_fields(message), ensure_ascii=False)))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self.folder / name)

    def kept(self) -> Iterator[tuple[Path, Message]]:
        """What is kept now, the oldest first. What cannot be read is set aside."""
        for name in sorted(self._names()):
            path = self.folder / name
            try:
                yield path, _message(json.loads(self._seal.open(path.read_bytes())))
            except FileNotFoundError:
                continue  # Another process of the house has heard it.
            except (ValueError, KeyError, TypeError, InvalidTag):
                self.set_aside(path)

    def forget(self, path: Path) -> None:
        """It was heard."""
        path.unlink(missing_ok=True)

    def set_aside(self, path: Path) -> None:
        """It cannot be heard, and must not keep the rest waiting: an operator looks at it."""
        log.error("a kept message cannot be heard: %s", path.name)
        with contextlib.suppress(FileNotFoundError):
            path.rename(self.folder / f".unheard-{path.name}")

    @property
    def is_empty(self) -> bool:
        return next(self._names(), None) is None

    def _names(self) -> Iterator[str]:
        return (name for name in os.listdir(self.folder) if name[0] != ".")


def _fields(message: Message) -> dict[str, Any]:
    fields = {name: getattr(message, name) for name in Message.__slots__}
    return fields | {"sent_at": message.sent_at.isoformat()}


def _message(fields: dict[str, Any]) -> Message:
    sent_at = datetime.fromisoformat(fields["sent_at"])
    channel, kind = Channel(fields["channel"]), Kind(fields["kind"])
    return Message(**(fields | {"channel": channel, "kind": kind, "sent_at": sent_at}))
