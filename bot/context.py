"""What a handler is given, and what the bot is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.message import Message
from bot.reply import Reply, Text
from bot.router import Router
from bot.understand import Understanding
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Work


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a handler may use. Frozen: a handler answers, it does not reconfigure."""

    work: Work
    message: Message
    member: Member
    identity: Identity
    answer_key: str = ""
    """Names the question being answered: one answer, one effect."""
    base_url: str = ""

    def page(self, name: str) -> str:
        """The address of one of our pages, for a link in a text."""
        return f"{self.base_url}/pages/{name}"


@dataclass(frozen=True)
class Bot:
    """The house's manners, put together in app.py."""

    router: Router
    hear: Callable[[str], Understanding]
    explain: Callable[[Exception], Reply]
    """Words for a refusal."""
    tell: Callable[[str, dict[str, Any]], Text]
    """Words for a notice."""
    base_url: str
    """Where our pages are, without a slash at the end."""
