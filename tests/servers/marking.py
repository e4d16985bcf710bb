"""A worker with one task more, to be killed: `python -m tests.servers.marking BEGUN`."""

import os
import sys
import time
from pathlib import Path

from sqlalchemy import text

from commerce.work import Work
from jobs import tasks
from qianxing.cli import main

TAKES_S = 0.02


def mark(work: Work, number: int) -> None:
    """A row that nothing but the claim keeps from being there twice. It takes a moment, so that
    many are killed between the row and its commit; whoever begins leaves a line in a file."""
    with Path(sys.argv[1]).open("a") as begun:
        begun.write(f"{os.getpid()} {number}\n")
    work.session.execute(text("INSERT INTO marks VALUES (:number)"), {"number": number})
    time.sleep(TAKES_S)


if __name__ == "__main__":
    tasks.TASKS["mark"] = mark
    main(["worker"])
