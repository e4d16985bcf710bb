"""The rules of internal groups, where the AI bot answers: what aloud, when, how often."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

from commerce.rules.units import Part, Some, Span, Switch, Words, wrong

MOST_A_MINUTE, MOST_AN_HOUR = 30, 1000  # The platform's own, for one chat.


def within(most: int) -> Callable[[int], int]:
    def checked(value: int) -> int:
        if value > most:
            wrong(f"企业微信一个群最多 {most} 条", f"写 {most} 或更小")
        return value

    return checked


class Manners(Part):
    """How the bot behaves in a group. `answers`: the intents it answers aloud, of those that may
    be; all others are answered in private. Outside `hours`, and beyond so many answers, the group
    hears nothing."""

    answers: tuple[Words, ...]
    only_when_called: Switch
    hours: Span
    per_minute: Annotated[Some, AfterValidator(within(MOST_A_MINUTE))]
    per_hour: Annotated[Some, AfterValidator(within(MOST_AN_HOUR))]


class Group(Part):
    """A group with manners of its own, where it differs from every other."""

    chat: Words
    answers: tuple[Words, ...] | None = None
    only_when_called: Switch | None = None
    hours: Span | None = None
    per_minute: Annotated[Some, AfterValidator(within(MOST_A_MINUTE))] | None = None
    per_hour: Annotated[Some, AfterValidator(within(MOST_AN_HOUR))] | None = None


def each_once(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    chats = [group.chat for group in groups]
    if len(set(chats)) < len(chats):
        wrong("同一个 chat 出现了两次", "每个群写一次")
    return groups


class Groups(Part):
    every: Manners
    some: Annotated[tuple[Group, ...], AfterValidator(each_once)]

    def of(self, chat: str) -> Manners:
        """How the bot behaves in that group."""
        found = next((group for group in self.some if group.chat == chat), None)
        if found is None:
            return self.every
        own = {name: value for name, value in found if name != "chat" and value is not None}
        return self.every.model_copy(update=own)
