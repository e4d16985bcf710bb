"""The bell of customer service: what rings at the same moment is noted down in one transaction."""

import threading
from collections.abc import Callable

from commerce.work import Office
from jobs import kf_accounts


class Rings:
    """Safe to share between threads. `beat` is called once something is noted."""

    def __init__(self, office: Office, beat: Callable[[], None]) -> None:
        self._office, self._beat = office, beat
        self._waiting: dict[str, str] = {}
        self._adding, self._noting = threading.Lock(), threading.Lock()

    def ring(self, rung: dict[str, str]) -> None:
        """Returns once it is noted, by this thread or by another one that came for both."""
        with self._adding:
            self._waiting[rung["account"]] = rung["token"]
        with self._noting:
            with self._adding:
                tokens, self._waiting = self._waiting, {}
            if tokens:
                self._office.do(lambda work: kf_accounts.ring(work, tokens))
        self._beat()
