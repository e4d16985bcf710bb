"""
The way to WeChat and back (OAuth): `state` is ours, lives ten minutes and is good in the browser
that asked only: nobody can send a person back with a code of their own.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi.responses import RedirectResponse

from bot.platforms.wechat import WeChat
from commerce.store.sealing import Seal

STATE_LIVES = timedelta(minutes=10)
TRACE_LENGTH = 32


@dataclass(frozen=True)
class RoundTrip:
    """Of one page: its name is that of the cookie, and its path /pages/{name}."""

    wechat: WeChat
    seal: Seal
    base_url: str
    name: str

    def away(self, back: str, *, scope: str, now: datetime) -> RedirectResponse:
        """To WeChat, which sends the browser on to `back`, a path of ours."""
        browser = secrets.token_hex(16)
        state = self._state(now, browser)
        url = self.wechat.oauth_url(f"{self.base_url}{back}", scope=scope, state=state)
        answer = RedirectResponse(url)
        # Lax: it comes along when WeChat sends the browser back, and with no form of another site.
        answer.set_cookie(
            self.name,
            browser,
            int(STATE_LIVES.total_seconds()),
            path=f"/pages/{self.name}",
            secure=self.base_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return answer

    def is_ours(self, state: str, browser: str, now: datetime) -> bool:
        """Whether this browser, by its cookie, was sent away with this state, not long ago."""
        found = re.fullmatch(rf"([0-9]{{1,12}})-([0-9a-f]{{{TRACE_LENGTH}}})", state)
        if found is None or not self.seal.is_trace(found[2], self._said(found[1], browser)):
            return False
        return 0 <= now.timestamp() - int(found[1]) <= STATE_LIVES.total_seconds()

    def _state(self, now: datetime, browser: str) -> str:
        """When, signed with the browser's cookie: neither is worth anything by itself."""
        issued = str(int(now.timestamp()))
        return f"{issued}-{self.seal.trace(self._said(issued, browser))[:TRACE_LENGTH]}"

    def _said(self, issued: str, browser: str) -> str:
        return f"{self.name}:{issued}:{browser}"
