"""The merchant as registered with the platform: made at the first start and kept for good.

`python -m sandbox.pay.merchant --data DIR` makes it without a server and prints it as JSON.
"""

import argparse
import json
import secrets
import sqlite3
import string
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.pay import crypto
from sandbox.store import open_store
from sandbox.world import World

ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Merchant:
    mchid: str
    serial: str
    """Of the merchant's API certificate."""
    private_key: str
    merchant_public_key: str
    public_key_id: str
    public_key: str
    """The platform's; answers and notifications are signed with its other half."""
    platform_private_key: str
    apiv3_key: str


def of(world: World) -> Merchant:
    if world.merchant is None:
        world.merchant = kept(world.db)
    found = world.merchant
    assert isinstance(found, Merchant)
    return found


def kept(db: sqlite3.Connection) -> Merchant:
    """The merchant of this sandbox; a reset changes nothing about it."""
    row = db.execute("SELECT keys FROM merchant").fetchone()
    if row is None:
        # Of two processes at once the first decides.
        db.execute("INSERT OR IGNORE INTO merchant VALUES (1, ?)", (json.dumps(asdict(_new())),))
        row = db.execute("SELECT keys FROM merchant").fetchone()
    return Merchant(**json.loads(row["keys"]))


def _new() -> Merchant:
    private_key, merchant_public_key = crypto.new_pair()
    platform_private_key, public_key = crypto.new_pair()
    return Merchant(
        mchid=f"19{secrets.randbelow(10**8):08d}",
        serial=secrets.token_hex(20).upper(),
        private_key=private_key,
        merchant_public_key=merchant_public_key,
        public_key_id=f"PUB_KEY_ID_01{secrets.randbelow(10**26):026d}",
        public_key=public_key,
        platform_private_key=platform_private_key,
        apiv3_key="".join(secrets.choice(ALPHANUMERIC) for _ in range(32)),
    )


def told(merchant: Merchant) -> dict[str, Any]:
    """What the application is told: everything but the platform's own half."""
    found = asdict(merchant)
    del found["platform_private_key"], found["merchant_public_key"]
    return found


def main() -> int:
    parser = argparse.ArgumentParser("sandbox.pay.merchant", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the sandbox's directory")
    db = open_store(parser.parse_args().data / "sandbox.sqlite3")
    sys.stdout.write(json.dumps(told(kept(db))) + "\n")
    db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
