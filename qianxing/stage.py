"""The sandbox as a stage: people who speak and listen, the crowd, the clock. Levers only."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

ANSWER_S = 15.0
LISTEN_S = 1.0
CROWD_S = 120.0
FURNISHED_S = 20.0
ASKS_EVERY_S = 2.0  # Who asks more often than once a second is told to slow down.
AWAY = "你不在时有"
"""How a message begins that first tells what has happened since the last visit."""
NOT_THE_ACCOUNT = ("me", "微信", "微信支付")


class NoStage(RuntimeError):
    """No sandbox answers there, or it has no application behind it."""


@dataclass
class Stage:
    url: str
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def opened(self) -> "Stage":
        """NoStage unless everything runs that is needed."""
        try:
            online = self.state()["app_online"]
        except (requests.RequestException, RuntimeError, ValueError, KeyError):
            raise NoStage(
                f"{self.url} 没有沙盒应答：先在另一个终端运行 make run，再来一次"
            ) from None
        if not online:
            raise NoStage(f"{self.url} 的沙盒在，应用不在：重新运行 make run，再来一次")
        return self

    def state(self) -> dict[str, Any]:
        return self.get("/state")

    @property
    def now(self) -> datetime:
        """In Shanghai, by the sandbox's clock."""
        return datetime.fromisoformat(self.state()["clock_at"])

    def forward_to(self, at: datetime) -> None:
        """The clock never runs back: nothing when it is later already."""
        self.forward(at - self.now)

    def forward(self, span: timedelta) -> None:
        if span > timedelta(0):
            self.post("/clock", advance_s=span.total_seconds())

    def crowd(self, people: int, does: str, **how: Any) -> dict[str, Any]:
        return self.post("/crowd", people=people, does=does, **how)

    def unread(self) -> dict[str, int]:
        """How many messages wait on everybody's phone."""
        return {one["name"]: one["unread"] for one in self.get("/people")["people"]}

    def person(self, name: str) -> "Person":
        self.post("/people", name=name)
        return Person(name, self)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = self.session.get(f"{self.url}/sandbox/v1{path}", params=params, timeout=CROWD_S)
        return _read(path, answer)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.session.post(f"{self.url}/sandbox/v1{path}", json=body, timeout=CROWD_S)
        return _read(path, answer)

    def page(self, address: str) -> requests.Response:
        return self.session.get(address, timeout=ANSWER_S)


def _read(path: str, answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise RuntimeError(f"沙盒拒绝了 {path}：{answer.status_code} {answer.text[:200]}")
    found: dict[str, Any] = answer.json()
    return found


@dataclass
class Person:
    """Somebody with a phone. They read one answer before they say the next."""

    name: str
    stage: Stage
    since: int = 0

    def says(self, text: str) -> str:
        """What is answered. RuntimeError when nothing is."""
        self._act("say", door="official", text=text)
        return self.hears("", what=text)

    def says_when_known(self, text: str) -> str:
        """As `says`, once they have joined: a world that just opened is still being furnished."""
        until = time.monotonic() + FURNISHED_S
        while "加入" in (answer := self.says(text)) and time.monotonic() < until:
            time.sleep(ASKS_EVERY_S)
        return answer

    def hears(self, *parts: str, what: str = "", within_s: float = ANSWER_S) -> str:
        """The first message since the last act with one of these parts. RuntimeError without."""
        until, since = time.monotonic() + within_s, self.since
        while time.monotonic() < until:
            for message in self._shown(since, wait=LISTEN_S):
                since = message["n"]
                text = _said(message)
                if text is not None and any(part in text for part in parts):
                    return text
        raise RuntimeError(f"{self.name}没有等到回复：{what or '、'.join(parts)}")

    def heard(self) -> list[str]:
        """What the account has said since the last act."""
        texts = map(_said, self._shown(self.since))
        return [text for text in texts if text is not None]

    def links(self) -> list[str]:
        """Where the messages since the last act lead."""
        found = self._shown(self.since)
        return [link["url"] for one in found for link in one.get("links", ())]

    def _shown(self, since: int, wait: float = 0.0) -> list[dict[str, Any]]:
        found = self.stage.get(self._path("phone"), since=since, wait=wait)["messages"]
        return list(found)

    def _act(self, act: str, **body: Any) -> None:
        self.since = self.stage.post(self._path(act), **body)["n"]

    def _path(self, act: str) -> str:
        return f"/people/{quote(self.name, safe='')}/{act}"


def _said(message: dict[str, Any]) -> str | None:
    """What the account says in it; of a message that begins with old news what stands below."""
    if message["from"] in NOT_THE_ACCOUNT:
        return None
    text = str(message.get("text", ""))
    if not text.startswith(AWAY):
        return text
    _, found, answer = text.rpartition("\n\n")
    return answer if found else None
