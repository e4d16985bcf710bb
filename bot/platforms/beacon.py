"""
A public beacon: random numbers that everybody can look up and nobody knows beforehand (drand).

Mixed into a draw, they make even whoever keeps the secret unable to choose the winners.
"""

import re
from datetime import datetime
from typing import Protocol

import requests

from commerce.errors import PlatformUnavailable, Rejected

ADDRESS = "https://api.drand.sh"
CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
NAME = "drand:quicknet"
GENESIS_S, PERIOD_S = 1_692_803_367, 3
"""When the chain's first number came, and how often one comes."""

CONNECT_S, ANSWER_S = 3, 5
RANDOMNESS = re.compile("[0-9a-f]{64}")


class Beacon(Protocol):
    """Where public random numbers come from."""

    def after(self, at: datetime) -> str:
        """The first one of a moment after `at`, with its source and number, as one word.
        PlatformUnavailable while it is not there; Rejected when the answer is none."""


class Drand:
    """The chain 「quicknet」 of the League of Entropy."""

    def __init__(self, address: str = ADDRESS) -> None:
        self._address = address.rstrip("/")

    def after(self, at: datetime) -> str:
        number = round_after(at)
        try:
            answer = requests.get(
                f"{self._address}/{CHAIN}/public/{number}", timeout=(CONNECT_S, ANSWER_S)
            )
            found = answer.json() if answer.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            raise PlatformUnavailable(-1, type(error).__name__) from None
        if found is None:
            raise PlatformUnavailable(answer.status_code)
        randomness = str(found.get("randomness")) if isinstance(found, dict) else ""
        if not RANDOMNESS.fullmatch(randomness) or found.get("round") != number:
            raise Rejected(-1, "not this round")
        return f"{NAME}:{number}:{randomness}"


def round_after(at: datetime) -> int:
    """The number of the first round that comes after this moment: it is fixed by the moment, so
    nobody can choose among rounds."""
    return (int(at.timestamp()) - GENESIS_S) // PERIOD_S + 2
