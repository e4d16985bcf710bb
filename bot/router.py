"""Which handler answers which message. Matching is pure: it finds one route and runs nothing."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.message import Happening, Kind, Message
from bot.phrases import Phrase, normalise
from bot.reply import Said

BARE, STRICT = (False, True), (False, True, 0, 5)  # No literal; from a link on, it is strict.

Handler = TypeVar("Handler", bound=Callable[..., Said])


@dataclass
class Route:
    """One handler and everything that leads to it. Private and for everybody unless marked."""

    handler: Callable[..., Said]
    phrases: list[Phrase] = field(default_factory=list)
    scans: list[Phrase] = field(default_factory=list)
    keys: set[tuple[Kind, str]] = field(default_factory=set)
    is_public: bool = False
    is_step: bool = False
    for_staff: bool = False

    @property
    def name(self) -> str:
        """The intent's name: the handler is called as the contract calls it."""
        return self.handler.__name__

    def accepts(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Those of the arguments that the handler has a parameter for."""
        known = inspect.signature(self.handler).parameters
        return {name: value for name, value in arguments.items() if name in known}


@dataclass(frozen=True)
class Match:
    route: Route
    slots: dict[str, Any]
    phrase: Phrase | None = None
    """The one with slots that fitted, if it was one."""

    @property
    def is_free(self) -> bool:
        """It took words of any kind: 「我叫…」."""
        return self.phrase is not None and self.phrase.is_free

    @property
    def is_bare(self) -> bool:
        """A lone code: many a word looks like one, so everything else goes before it."""
        return self.phrase is not None and BARE < self.phrase.specificity < STRICT


class Router:
    """Handlers are registered with decorators that return them unchanged."""

    def __init__(self) -> None:
        self.routes: dict[Callable[..., Said], Route] = {}
        self._plain: dict[str, Route] = {}
        self._slotted: list[tuple[Phrase, Route]] = []
        self._keys: dict[tuple[Kind, str], Route] = {}

    def says(self, *patterns: str) -> Callable[[Handler], Handler]:
        """A phrase with typed slots: 「退回 {number:video_number} {reason:text}」."""

        def register(handler: Handler) -> Handler:
            for pattern in patterns:
                self._route(handler).phrases.append(_fitting(Phrase(pattern), handler))
            return handler

        return register

    def scans(self, *patterns: str) -> Callable[[Handler], Handler]:
        """A QR code's scene is a phrase too."""

        def register(handler: Handler) -> Handler:
            for pattern in patterns:
                self._route(handler).scans.append(_fitting(Phrase(pattern), handler))
            return handler

        return register

    def taps(self, *keys: str) -> Callable[[Handler], Handler]:
        return self._on(Kind.TAP, keys)

    def happens(self, *happenings: Happening) -> Callable[[Handler], Handler]:
        return self._on(Kind.HAPPENING, happenings)

    def sends(self, *kinds: Kind) -> Callable[[Handler], Handler]:
        """A video, a picture: something that is not words."""

        def register(handler: Handler) -> Handler:
            self._route(handler).keys.update((kind, "") for kind in kinds)
            return handler

        return register

    def public(self, handler: Handler) -> Handler:
        """It may answer aloud in a group. Forgetting the mark is safe."""
        self._route(handler).is_public = True
        return handler

    def staff(self, handler: Handler) -> Handler:
        """Only the staff find this route; nobody is told that it exists."""
        self._route(handler).for_staff = True
        return handler

    def step(self, handler: Handler) -> Handler:
        """It is reached by answering a question, never by words alone."""
        self._route(handler).is_step = True
        return handler

    def include(self, *others: "Router") -> "Router":
        """Take over their routes. AssertionError when two handlers claim the same words."""
        for other in others:
            for route in other.routes.values():
                self.routes[route.handler] = route
                self._index(route)
        self._slotted.sort(key=lambda found: found[0].specificity, reverse=True)
        return self

    def match(self, message: Message) -> Match | None:
        """The one route for these words, this tap, scan or happening. Raises BadAmount when it is
        a route's phrase with an amount that cannot be taken exactly."""
        if message.kind is Kind.TEXT:
            return self._said(message.text)
        if message.kind is Kind.SCAN:
            return _first(message.text, self._scanned())
        key = message.text if message.kind in (Kind.TAP, Kind.HAPPENING) else ""
        route = self._keys.get((message.kind, key))
        return Match(route, {}) if route else None

    def named(self, name: str) -> Route | None:
        """The route of an intent. Steps and staff routes have no name a model could say."""
        found = (route for route in self.routes.values() if route.name == name)
        return next((r for r in found if not r.is_step and not r.for_staff), None)

    def step_named(self, name: str) -> Callable[..., Said]:
        """The handler a question leads to."""
        return next(handler for handler in self.routes if name_of(handler) == name)

    def _said(self, text: str) -> Match | None:
        plain = self._plain.get(normalise(text))
        return Match(plain, {}) if plain else _first(text, self._slotted)

    def _scanned(self) -> Iterable[tuple[Phrase, Route]]:
        return ((phrase, route) for route in self.routes.values() for phrase in route.scans)

    def _index(self, route: Route) -> None:
        for phrase in route.phrases:
            if phrase.slots:
                self._slotted.append((phrase, route))
            else:
                words = normalise(phrase.pattern)
                assert self._plain.setdefault(words, route) is route, f"two routes say {words}"
        for key in route.keys:
            assert self._keys.setdefault(key, route) is route, f"two routes for {key}"

    def _on(self, kind: Kind, keys: Iterable[str]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self._route(handler).keys.update((kind, key) for key in keys)
            return handler

        return register

    def _route(self, handler: Callable[..., Said]) -> Route:
        return self.routes.setdefault(handler, Route(handler))


def name_of(handler: Callable[..., Said]) -> str:
    """What a question remembers of its step."""
    return f"{handler.__module__}.{handler.__name__}"


def _fitting(phrase: Phrase, handler: Callable[..., Said]) -> Phrase:
    missing = phrase.slots.keys() - inspect.signature(handler).parameters.keys()
    if missing:
        raise TypeError(f"{name_of(handler)} has no parameter for {sorted(missing)}")
    return phrase


def _first(text: str, phrases: Iterable[tuple[Phrase, Route]]) -> Match | None:
    for phrase, route in phrases:
        if (slots := phrase.match(text)) is not None:
            return Match(route, slots, phrase)
    return None
