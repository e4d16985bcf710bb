"""
Signed links: pages that show one person's money open from the chat, and for that person only.

A token says who, about which row and until when, under a MAC for the page's name, so it is good
for that page and no other. It is made where the answer is made and read where the page is served.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from commerce.store.sealing import Seal

VALID = timedelta(hours=2)
MAC_LENGTH = 32
_TOKEN = re.compile(rf"([0-9]{{1,18}})-([0-9]{{1,18}})-([0-9]{{1,12}})-([0-9a-f]{{{MAC_LENGTH}}})")


@dataclass(frozen=True)
class Opened:
    """Who the link was made for, and about which row (0: about nothing but the person)."""

    member_id: int
    about: int


def token_for(seal: Seal, page: str, member_id: int, until: datetime, *, about: int = 0) -> str:
    """What stands behind `?t=`. Made twice for the same moment it is the same."""
    said = f"{member_id}-{about}-{int(until.timestamp())}"
    return f"{said}-{_mac(seal, page, said)}"


def read_token(seal: Seal, page: str, token: str, now: datetime) -> Opened | None:
    """None when it was not made by us for this page, or its time is over."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    member_id, about, until_s, mac = found.groups()
    if not seal.is_trace(mac, _signed(page, f"{member_id}-{about}-{until_s}")):
        return None
    if now > datetime.fromtimestamp(int(until_s), UTC):
        return None
    return Opened(int(member_id), int(about))


def _mac(seal: Seal, page: str, said: str) -> str:
    return seal.trace(_signed(page, said))[:MAC_LENGTH]


def _signed(page: str, said: str) -> str:
    return f"link:{page}:{said}"
