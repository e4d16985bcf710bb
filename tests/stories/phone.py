"""A person with a phone, over the sandbox's levers: what the stories are told with."""

import time
from dataclasses import dataclass, field
from typing import Any

import requests

PATIENCE_S = 20.0


@dataclass
class Sandbox:
    """The levers of a running sandbox."""

    url: str
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
        self.seen = answer.json()["n"]
        return self

    def hears(self, *parts: str) -> dict[str, Any]:
        """The first message since the last act that has all these words."""
        return self._wait(
            lambda message: all(part in message.get("text", "") for part in parts), parts
        )

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
        return self

    def _wait(self, is_it: Any, what: tuple[str, ...]) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        heard: list[dict[str, Any]] = []
        while time.monotonic() < until:
            path = f"/people/{self.name}/phone"
            heard = self.sandbox.get(path, since=self.seen, wait=1)["messages"]
            for message in heard:
                if message["from"] != "me" and is_it(message):
                    return message
            time.sleep(0.02)
        words = [message.get("text") or message["type"] for message in heard]
        raise AssertionError(f"{self.name} did not hear {what}, but {words}")
