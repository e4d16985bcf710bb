"""WeCom's doors: customer service and group replies beside the bare exchange, and how soon a
hundred new contacts at once are greeted."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from bench.wecom import (
    ACCOUNT,
    APP_KEYS,
    BOT,
    BOT_KEYS,
    CORP,
    KF_KEYS,
    SECRETS,
    SEND,
    SYNC,
    WELCOME,
    Flood,
    Line,
    Remote,
    flood,
    floor,
    opened,
    platform,
    posted,
    read,
    sealed,
)
from bot.channels.envelope import open_envelope
from bot.message import Channel
from commerce.people.identities import Identity
from commerce.people.members import Member, State
from commerce.work import Work
from jobs.tick import AT_A_TIME
from qianxing.run import SHANGHAI, until_morning
from tests.databases import empty_database
from tests.door.house import House, Valkey
from tests.waiting import eventually

DATABASE = "sqlite"
PEOPLE = 1000
IN_A_ROOM = 10  # A group is answered twenty times a minute at most.
CONNECTIONS = 32
CONTACTS = 100
GOAL, WELCOME_S = 0.3, 2
PATIENCE_S = 60
AS_LONG = 10
"""So many times as much is asked of the floor, lest it be over before anybody else has a turn."""
RING = "k" * 40
"""The key that comes with a bell."""


def run(quick: bool) -> list[dict[str, Any]]:
    services, groups, rounds = (150, 600, 3) if quick else (1000, 2000, 5)
    with tempfile.TemporaryDirectory() as folder, _open(Path(folder)) as doors:
        doors.serve(50)
        served = [(doors.serve(services), doors.bare_serve(services)) for _ in range(rounds)]
        doors.greet()
        reply, welcome = _first_reply(doors), doors.platform.ask("request", WELCOME)
        with floor(reply, welcome, doors.platform.port) as port:
            replied = [
                (doors.reply(groups), doors.reply(AS_LONG * groups, port)) for _ in range(rounds)
            ]
            greeted = [(doors.greet(), doors.greet(port)) for _ in range(rounds)]
    return [
        _row("W1", "customer service, ring → answer accepted, messages/s; wanted 0.5", served),
        _row("W2", "group replies/s, against a bare server; wanted 0.5", replied),
        _greeted(greeted),
    ]


def _row(number: str, job: str, found: list[tuple[float, float]]) -> dict[str, Any]:
    ours, bare = (statistics.median(side) for side in zip(*found, strict=True))
    return {
        "id": number,
        "job": job,
        "ours": round(ours),
        "floor": round(bare),
        "ratio": round(ours / bare, 2),
        "goal": GOAL,
        "met": ours / bare >= GOAL,
    }


def _greeted(found: list[tuple[float, float]]) -> dict[str, Any]:
    """The slowest round counts."""
    ours, bare = (max(side) for side in zip(*found, strict=True))
    return {
        "id": "W3",
        "job": f"welcome of {CONTACTS} contacts added at once, p99 in s; floor beside it",
        "ours": round(ours, 2),
        "floor": round(bare, 2),
        "ratio": round(ours / bare, 1),
        "goal": f"≤ {WELCOME_S} s",
        "met": ours <= WELCOME_S,
    }


@dataclass
class WeComHouse(House):
    @property
    def environment(self) -> dict[str, str]:
        return super().environment | SECRETS | {"WECOM_API_URL": self.api_url}


@contextmanager
def _open(folder: Path) -> Iterator["Doors"]:
    """A web process and a worker, at an hour at which groups hear the bot."""
    (folder / "clock").write_text(str(until_morning(datetime.now(SHANGHAI))))
    with empty_database(DATABASE, folder) as url, platform() as stub:
        valkey = Valkey(folder)
        valkey.start()
        house = WeComHouse(folder, url, valkey.url, stub.url).migrated()
        try:
            house.office.do(_meet)
            port = house.serves()
            house.works()
            yield Doors(house, stub, port)
        finally:
            house.close()
            valkey.kill()


def _meet(work: Work) -> None:
    """All of them have joined, and are known in customer service and in the app."""
    at = {"created_at": work.now}
    members = [
        Member(state=State.JOINED, nickname=f"星友{number}", joined_at=work.now, **at)
        for number in range(PEOPLE)
    ]
    work.session.add_all(members)
    work.session.flush()
    for number, member in enumerate(members):
        for channel, name in (
            (Channel.CUSTOMER_SERVICE, f"wmBench{number}"),
            (Channel.WECOM_APP, f"Ubench{number}"),
        ):
            work.session.add(Identity(member_id=member.id, channel=channel, external_id=name, **at))


@dataclass
class Doors:
    house: House
    platform: Remote
    port: int

    def __post_init__(self) -> None:
        self._numbers = count(1)

    @property
    def now_s(self) -> int:
        return int(self.house.office.clock().timestamp())

    def serve(self, size: int) -> float:
        """Messages a second, from the ring until the last answer is accepted."""
        self.platform.ask("put", [self._said(next(self._numbers)) for _ in range(size)])
        self.platform.ask("forget")
        began = time.monotonic()
        asyncio.run(flood(self.port, [self._ring()], 1))
        return size / (self._last(SEND, size) - began)

    def bare_serve(self, size: int) -> float:
        """What was served last, again and again: the same requests to the same platform over as
        many connections, and nothing else."""
        request = self.platform.ask("request", SEND)
        self.platform.ask("forget")
        began = time.monotonic()
        for _ in range(AS_LONG):
            asyncio.run(self._bare_serve(self._ring(), request, size))
        return AS_LONG * size / (self._last(SEND, AS_LONG * size) - began)

    async def _bare_serve(self, ring: bytes, request: bytes, size: int) -> None:
        now, (query, body) = self.house.office.clock(), read(ring)
        fields = open_envelope(query, body, (KF_KEYS,), now=now, mode="safe").fields
        line = await Line.to(self.platform.port)
        cursor = str(self.platform.ask("size") - size)
        asked = {"open_kfid": fields["OpenKfId"], "token": fields["Token"], "limit": 1000}
        while True:
            told = json.dumps({**asked, "cursor": cursor}).encode()
            page = json.loads(await line.ask(posted(f"/cgi-bin/{SYNC}", told)))
            await flood(self.platform.port, [request] * len(page["msg_list"]), AT_A_TIME)
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
        line.close()

    def _ring(self) -> bytes:
        xml = (
            f"<xml><ToUserName>{CORP}</ToUserName><CreateTime>{self.now_s}</CreateTime>"
            "<MsgType>event</MsgType><Event>kf_msg_or_event</Event>"
            f"<Token>{RING}</Token><OpenKfId>{ACCOUNT}</OpenKfId></xml>"
        )
        return sealed("/wecom/kf", KF_KEYS, xml, self.now_s)

    def _said(self, number: int) -> bytes:
        item = {
            "msgid": f"kf{number}",
            "open_kfid": ACCOUNT,
            "external_userid": f"wmBench{number % PEOPLE}",
            "send_time": self.now_s,
            "origin": 3,
            "msgtype": "text",
            "text": {"content": "进度"},
        }
        return json.dumps(item).encode()

    def _told(self, number: int) -> bytes:
        told = {
            "msgid": f"bot{number}",
            "aibotid": BOT,
            "chatid": f"wrBench{number // IN_A_ROOM}",
            "chattype": "group",
            "from": {"userid": f"Ubench{number % PEOPLE}"},
            "msgtype": "text",
            "text": {"content": "@千星助手 规则"},
        }
        return sealed("/wecom/aibot", BOT_KEYS, json.dumps(told), self.now_s)

    def reply(self, size: int, port: int | None = None) -> float:
        """Replies a second."""
        return size / self.replies(size, port).seconds

    def replies(self, size: int, port: int | None = None) -> Flood:
        told = [self._told(next(self._numbers)) for _ in range(size)]
        found = asyncio.run(flood(port or self.port, told, CONNECTIONS))
        assert all(b'"encrypt"' in answer for answer in found.answers), found.answers[:3]
        return found

    def greet(self, port: int | None = None) -> float:
        """The 99th percentile from the callback to the welcome, in seconds."""
        numbers = [next(self._numbers) for _ in range(CONTACTS)]
        self.platform.ask("forget")
        events = [self._added(number) for number in numbers]
        began = asyncio.run(flood(port or self.port, events, CONTACTS)).began
        self._last(WELCOME, CONTACTS)
        at = self.platform.ask("welcomed")
        took = sorted(at[_code(number)] - sent for number, sent in zip(numbers, began, strict=True))
        return float(took[int(len(took) * 0.99)])

    def _added(self, number: int) -> bytes:
        xml = (
            f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>sys</FromUserName>"
            f"<CreateTime>{self.now_s}</CreateTime><MsgType>event</MsgType>"
            "<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType>"
            f"<UserID>li</UserID><ExternalUserID>wmNew{number}</ExternalUserID>"
            f"<WelcomeCode>{_code(number)}</WelcomeCode></xml>"
        )
        return sealed("/wecom/app", APP_KEYS, xml, self.now_s)

    def _last(self, name: str, size: int) -> float:
        """When as many had come."""
        came = lambda: self.platform.ask("count", name) >= size  # noqa: E731
        assert eventually(came, PATIENCE_S), self.house.logs()
        return float(self.platform.ask("times", name)[size - 1])


def _first_reply(doors: Doors) -> str:
    return opened(doors.replies(100).answers[0])


def _code(number: int) -> str:
    return f"WELCOME{number:020d}"


if __name__ == "__main__":
    print(*run(quick=True), sep="\n")
