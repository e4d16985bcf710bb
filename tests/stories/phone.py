"""A person with a phone, over the sandbox's levers: what the stories are told with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

PATIENCE_S = 20.0
MOST_TRIES = 20
PLATFORM = "微信"

Told = TypeVar("Told")


class GaveUp(AssertionError):
    """The platform says on the phone that it could not deliver what the person just did."""


@dataclass
class Sandbox:
    """The levers of a running sandbox."""

    url: str
    stormy: bool = False
    """Things are being killed: what the platform gives up is done again, and waited for longer."""
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.session.post(f"{self.url}/sandbox/v1{path}", json=body, timeout=60)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = self.session.get(f"{self.url}/sandbox/v1{path}", params=params, timeout=60)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def media(self, media: str) -> bytes:
        answer = self.session.get(f"{self.url}/sandbox/v1/media/{media}", timeout=60)
        answer.raise_for_status()
        return answer.content

    def person(self, name: str) -> "Phone":
        self.post("/people", name=name)
        return Phone(name, self)


@dataclass
class Phone:
    """One person's phone. What was heard is remembered; `hears` waits for what has yet to come."""

    name: str
    sandbox: Sandbox
    seen: int = 0
    acts: int = 0
    given_up: int = 0

    def insists(self, story: Callable[[bool], Told]) -> Told:
        """In a storm, tells it again when the platform gave up: `story(True)`, because it may have
        arrived all the same."""
        for tries in range(MOST_TRIES if self.sandbox.stormy else 1):
            try:
                return story(tries > 0)
            except GaveUp:
                self.given_up += 1
        raise GaveUp(f"{self.name} has tried it {self.given_up} times")

    def comes(self, again: bool) -> "Phone":
        """Follows; who follows already has to leave for it."""
        return self.unfollows().follows() if again else self.follows()

    def unfollows(self) -> "Phone":
        return self._act("unfollow")

    def follows(self, scene: str | None = None) -> "Phone":
        return self._act("follow", **({"scene": scene} if scene else {}))

    def says(self, text: str) -> "Phone":
        return self._act("say", door="official", text=text)

    def taps(self, key: str) -> "Phone":
        return self._act("tap", key=key)

    def scans(self, picture: bytes) -> "Phone":
        """Decoded for real by the sandbox."""
        files = {"image": ("poster.jpg", picture, "image/jpeg")}
        url = f"{self.sandbox.url}/sandbox/v1/people/{self.name}/scan"
        answer = self.sandbox.session.post(url, files=files, timeout=60)
        answer.raise_for_status()
        self.seen, self.acts = answer.json()["n"], self.acts + 1
        return self

    def hears(self, *parts: str, or_else: tuple[str, ...] = ()) -> dict[str, Any]:
        """The first message since the last act that has all these words, or all of `or_else`."""
        wanted = [words for words in (parts, or_else) if words]

        def is_it(message: dict[str, Any]) -> bool:
            text = message.get("text", "")
            return any(all(part in text for part in words) for words in wanted)

        return self._wait(is_it, parts)

    def is_told(self, *parts: str) -> dict[str, Any]:
        """A notice with these words comes; in a storm perhaps only at the next visit."""
        since = self.seen
        try:
            return self.hears(*parts)
        except AssertionError:
            if not self.sandbox.stormy:
                raise
        self.insists(lambda again: self.says("进度").hears("你是「"))
        self.seen = since
        return self.hears(*parts)

    def sees_picture(self) -> bytes:
        message = self._wait(lambda message: message["type"] == "image", ("a picture",))
        return self.sandbox.media(message["media"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.get(f"/people/{self.name}/phone", since=0)[
            "messages"
        ]
        return found

    def _act(self, act: str, **body: Any) -> "Phone":
        self.seen = self.sandbox.post(f"/people/{self.name}/{act}", **body)["n"]
        self.acts += 1
        return self

    def _wait(self, is_it: Any, what: tuple[str, ...]) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S * (3 if self.sandbox.stormy else 1)
        heard: list[dict[str, Any]] = []
        while time.monotonic() < until:
            path = f"/people/{self.name}/phone"
            heard = self.sandbox.get(path, since=self.seen, wait=1)["messages"]
            for message in heard:
                if message["from"] != "me" and is_it(message):
                    return message
            if any(_gave_up(message) for message in heard):
                raise GaveUp(f"{self.name} waits for {what}")
            time.sleep(0.02)
        words = [message.get("text") or message["type"] for message in heard]
        raise AssertionError(f"{self.name} did not hear {what}, but {words}")


def _gave_up(message: dict[str, Any]) -> bool:
    is_note = message["from"] == PLATFORM and "故障" in message.get("text", "")
    return is_note or message.get("state") == "failed"
