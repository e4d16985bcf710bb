"""
A second verifier, written from docs/algorithms/draw.md alone. It shares no code with the house and
takes another way: no heap and no bound, it sorts everything; HMAC is written out from RFC 2104.

`python tests/laws/independent_draw.py RECORD.json` says what is wrong, or nothing.
"""

import hashlib
import json
import sys


def sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    block = key.ljust(64, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in block) + message)
    return sha256(bytes(byte ^ 0x5C for byte in block) + inner)


def as_numbers(ticket: str) -> tuple[int, int]:
    booking, index = ticket.split("-")
    assert len(booking) >= 6
    assert len(index) == 2
    assert ticket == f"{int(booking):06d}-{int(index):02d}"
    return int(booking), int(index)


def redraw(record: dict) -> list[str]:
    secret = bytes.fromhex(record["secret"])
    ranked = sorted(
        record["tickets"],
        key=lambda ticket: hmac_sha256(
            secret, (record["digest"] + ":" + record["beacon"] + ":" + ticket).encode()
        ),
    )
    chosen: dict[int, str] = {}
    for ticket in ranked:
        if len(chosen) < record["winners_wanted"]:
            chosen.setdefault(as_numbers(ticket)[0], ticket)
    return list(chosen.values())


def wrong(record: dict) -> list[str]:
    """The names of what does not hold."""
    numbers = [as_numbers(ticket) for ticket in record["tickets"]]
    joined = "\n".join(record["tickets"]).encode()
    held = {
        "version": record["version"] == 1,
        "commit": sha256(bytes.fromhex(record["secret"])).hex() == record["commit"],
        "digest": sha256(joined).hex() == record["digest"],
        "order": numbers == sorted(set(numbers)),
        "winners": redraw(record) == record["winners"],
    }
    return [name for name, holds in held.items() if not holds]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.exit(", ".join(wrong(json.load(file))) or 0)
