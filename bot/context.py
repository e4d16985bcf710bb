"""What a handler is given, and what the bot is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.knowledge import Entry
from bot.links import VALID, token_for
from bot.message import Message
from bot.reply import Reply, Said, Text
from bot.router import Router
from bot.understand import Understanding
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.store.base import seal_of
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
    takes_payment: bool = True

    def page(self, name: str) -> str:
        """The address of one of our pages, for a link in a text."""
        return f"{self.base_url}/pages/{name}"

    def own_page(self, name: str, about: int = 0) -> str:
        """The address of a page for this member only, good for some hours; `about` is the id of
        the row it shows. Said privately, never in a group."""
        seal = seal_of(self.work.session.get_bind().dialect)
        token = token_for(seal, name, self.member.id, self.work.now + VALID, about=about)
        return f"{self.page(name)}?t={token}"


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
    know: Callable[[Context, Understanding], Said | None] = lambda ctx, heard: None
    """The answer to a common question, if it is nearer than the wish that was heard."""
    wonder: Callable[[Context, Understanding], Said | None] = lambda ctx, heard: None
    """What is said to a question nobody knows the answer to; it is passed on."""
    facts: Callable[[Work, str], list[Entry]] = lambda work, text: []
    """What a model may answer from."""
    takes_payment: bool = True
    """False: no merchant is set up yet, so nothing can be bought."""
