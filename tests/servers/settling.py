"""A process that settles a place, to be killed: `python -m tests.servers.settling URL PLACE N`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from commerce.goods import suppliers  # noqa: F401  # Tables that others point at.
from commerce.money import payments, settlement  # noqa: F401
from commerce.people import identities  # noqa: F401
from commerce.rules import load_rules
from commerce.store.engine import connect
from commerce.work import Office
from tests.databases import SEAL

if __name__ == "__main__":
    url, place, limit = sys.argv[1:]
    rules = load_rules(Path(__file__).parents[2] / "config.yaml")
    office = Office(connect(url, SEAL), rules, lambda: datetime.now(UTC))
    print("settling", flush=True)  # noqa: T201  # Whoever kills it waits for this.
    settlement.settle(office, place, limit=int(limit))
