"""The log: one line a record, whatever was said to us, and nobody's words in it.

What a person wrote may stand in an exception's message, and a line break in it would forge a line.
So of an exception the log tells its type and where it went wrong; `--debug` tells everything.
"""

import logging
import traceback
from types import TracebackType

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
FRAMES = 12
"""Of each exception the innermost places are told; what called them is always the same."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class OneLine(logging.Formatter):
    def formatException(self, ei: ExcInfo) -> str:
        """「KeyError in handlers/team.py:31 team < bot/attention.py:80 _run」, then its causes."""
        told = []
        error = ei[1]
        while error is not None and error not in told:
            told.append(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return " from ".join(_told(one) for one in told)

    def format(self, record: logging.LogRecord) -> str:
        """Also without what a terminal would obey."""
        line = super().format(record).replace("\n", " | ")
        return "".join(sign if sign.isprintable() else " " for sign in line)


def start(*, debug: bool) -> None:
    """To stderr, for the whole process."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT) if debug else OneLine(FORMAT))
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _told(error: BaseException) -> str:
    places = [
        f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-FRAMES:])
    ]
    return f"{type(error).__name__} in {' < '.join(places)}" if places else type(error).__name__
