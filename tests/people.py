"""The cast of the dialogues: amy invited bo, bo invited chen; dan is a stranger; eve cheats."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.context import Bot
from bot.dispatch import dispatch
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Ask, Picture, Reply, Text
from commerce import outbox
from commerce.outbox import Outgoing
from commerce.people import identities
from commerce.people.members import Member
from commerce.work import Office, Work

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # A Monday, 12:00 in Shanghai.


@dataclass
class Clock:
    """The time in the tests: it stands still until somebody moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Person:
    """Somebody chatting. `says`, `taps`, `scans`, then `hears`: the whole vocabulary."""

    name: str
    office: Office
    bot: Bot
    ids: Iterator[int]
    aloud: Reply | None = None
    route: str = ""
    work: Work | None = field(default=None, repr=False)

    def says(self, text: str, *, id: str | None = None, room: str | None = None) -> "Person":
        channel = Channel.GROUP if room else Channel.OFFICIAL
        return self._send(Kind.TEXT, text, id=id, room=room, channel=channel)

    def taps(self, key: str) -> "Person":
        return self._send(Kind.TAP, key)

    def scans(self, scene: str) -> "Person":
        return self._send(Kind.SCAN, scene)

    def follows(self, scene: str = "") -> "Person":
        return self._send(Kind.HAPPENING, Happening.FOLLOWED, scene=scene)

    def unfollows(self) -> "Person":
        return self._send(Kind.HAPPENING, Happening.LEFT)

    def withdraws_consent(self) -> "Person":
        return self._send(Kind.HAPPENING, Happening.WITHDREW_CONSENT)

    def sends_video(self, media_id: str = "MEDIA-1") -> "Person":
        return self._send(Kind.VIDEO, media_id)

    def sends_picture(self) -> "Person":
        return self._send(Kind.OTHER, "")

    def joins(self, scene: str = "") -> "Person":
        """Follows by a scan, says 加入, gives a name."""
        return self.follows(scene).says("加入").says(self.name)

    @property
    def heard(self) -> str:
        """The words of the answer."""
        return self.aloud.text if isinstance(self.aloud, Text | Ask) else ""

    def hears(self, expected: str) -> "Person":
        assert self.heard == expected
        return self

    def hears_of(self, *parts: str) -> "Person":
        for part in parts:
            assert part in self.heard, f"{part!r} is not in:\n{self.heard}"
        return self

    def hears_nothing(self) -> "Person":
        assert self.heard == ""
        return self

    def is_offered(self, *choices: str) -> "Person":
        assert isinstance(self.aloud, Text | Ask)
        assert set(choices) <= set(self.aloud.choices)
        return self

    def is_told(self, *parts: str) -> "Person":
        """A notice with these words waits for them, or was said."""
        told = "\n".join(self.notices)
        for part in parts:
            assert part in told, f"{part!r} was not told:\n{told}"
        return self

    @property
    def notices(self) -> list[str]:
        """All notices to this person, in words."""
        rows = [row.said for row in self._outgoing()]
        return [
            self.bot.tell(said["notice"], said["facts"]).text for said in rows if "notice" in said
        ]

    @property
    def follow_ups(self) -> list[dict[str, Any]]:
        """What follows an answer: pictures, and words after them."""
        return [row.said["reply"] for row in self._outgoing() if "reply" in row.said]

    @property
    def member(self) -> Member:
        with self._working() as work:
            return identities.recognise(work, Channel.OFFICIAL, self.openid)[1]

    @property
    def openid(self) -> str:
        return f"o-{self.name}"

    @property
    def card(self) -> str:
        """The scene of this person's invitation card."""
        self.says("海报")
        token = next(
            reply["text"].split("「邀请码 ")[1][:8]
            for reply in reversed(self.follow_ups)
            if "邀请码" in reply.get("text", "")
        )
        return f"inv_{token}"

    def _outgoing(self) -> list[Outgoing]:
        member_id = self.member.id
        with self._working() as work:
            rows = select(Outgoing).where(Outgoing.member_id == member_id).order_by(Outgoing.id)
            return list(work.session.scalars(rows))

    def _send(self, kind: Kind, text: str, *, id: str | None = None, **fields: Any) -> "Person":
        message = Message(
            channel=fields.pop("channel", Channel.OFFICIAL),
            id=id or f"{self.name}-{next(self.ids)}",
            sender=self.openid,
            kind=kind,
            text=text,
            sent_at=self.office.clock(),
            **fields,
        )
        with self._working() as work:
            self.aloud, self.route = dispatch(work, message, self.bot, waits=lambda: True)
        return self

    @contextmanager
    def _working(self) -> Iterator[Work]:
        with self.office.work() as work:
            yield work


Cast = Callable[[str], Person]


def picture_of(reply: dict[str, Any]) -> Picture:
    assert reply["kind"] == "Picture"
    return Picture(reply["name"], reply["facts"])


def cast(office: Office, bot: Bot) -> Cast:
    """Everybody by name; the same name is the same person."""
    people: dict[str, Person] = {}
    ids = count(1)
    return lambda name: people.setdefault(name, Person(name, office, bot, ids))


def delivered(office: Office) -> None:
    """Whatever waits to be said counts as said: for tests that look at the next visit."""
    with office.work() as work:
        for row in work.session.scalars(select(Outgoing)):
            row.state = outbox.State.SENT
