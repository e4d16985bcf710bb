"""Who may do what, found by trying: every endpoint and every chat route, by everybody.

`python -m tests.hygiene.access` writes docs/access.md anew; look at the difference before you keep
it.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import requests

from bot.context import Bot
from bot.dispatch import dispatch
from bot.message import Channel, Kind, Message
from bot.phrases import SLOT
from bot.reply import Reply, Silence
from bot.router import Route
from commerce.people import joining, members, staff
from commerce.people.members import State
from commerce.people.staff import Role
from commerce.rules import Rules, load_rules
from commerce.work import Office
from qianxing import app, serve
from tests.channels.wire import NEW, Posted, sign
from tests.databases import in_memory
from tests.door.house import House
from tests.door.wire import posted
from tests.door.wire import text as text_message
from tests.people import Clock, Person, cast

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "access.md"

CALLERS = ("nobody", "forged", "platform")
OUTSIDERS = ("visitor", "star", "suspended", "left")
STAFF = tuple(role.value for role in Role)
REFUSED = {"NotJoined": "join first", "NotActive": "suspended", "NotStaff": "no role"}
SAMPLES = {
    "number": "1",
    "line": "0073",
    "place": "2",
    "video_number": "V1",
    "code": "ABCD2345",
    "text": "随便写写",
    "word": "word",
    "url": "https://weixin.qq.com/sph/Z9",
    "yuan": "100 元",
    "sum": "100 元",
    "yes": "是",
    "all": "全部",
}

Row = tuple[str, Mapping[str, str]]
Sample = tuple[Kind, str]


class Undone(Exception):
    """What was tried is rolled back."""


# ----------------------------------------------------------------------------- over HTTP


def endpoints() -> list[Row]:
    """What each caller gets at each endpoint of the web process."""
    with tempfile.TemporaryDirectory() as folder, requests.Session() as session:
        session.trust_env = False
        house = House(Path(folder), f"sqlite:///{folder}/access.db").migrated()
        names = sorted(_names(serve.web(house.build()).routes))
        with house.served_here() as port:
            url = f"http://127.0.0.1:{port}"
            return [
                (name, {caller: _answer(session, url, name, caller) for caller in CALLERS})
                for name in names
            ]


def _names(routes: Iterable[Any]) -> Iterator[str]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _names(included.routes)
        else:
            yield from (f"{method} {route.path}" for method in route.methods - {"HEAD"})


def _answer(session: requests.Session, url: str, name: str, caller: str) -> str:
    method, _, path = name.partition(" ")
    callback = _callback(method, caller)
    address = url + path.replace("{name}", "rules").replace("{provider}", "wechat")
    answer = session.request(
        method,
        address,
        params=callback.query,
        data=callback.body,
        timeout=10,
        allow_redirects=False,
    )
    return "refused" if answer.status_code in (401, 403) else "answered"


def _callback(method: str, caller: str) -> Posted:
    if caller == "nobody":
        return Posted({}, b"")
    sealed = posted(text_message("o-access", "帮助", 1))
    now = str(int(time.time()))
    if method == "GET":
        signed = {"timestamp": now, "nonce": "n", "signature": sign(NEW.token, now, "n")}
        sealed = Posted(signed | {"echostr": "echo"}, b"")
    names = ("signature", "msg_signature")
    forged = {name: "0" * 40 for name in names if name in sealed.query}
    return sealed.asking(**forged) if caller == "forged" else sealed


@dataclass
class Town:
    """One of each kind of person; the star's video is V1, the star's case is C1."""

    office: Office
    bot: Bot
    people: dict[str, Person]
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def tries(self, who: str, kind: Kind, text: str) -> tuple[Reply, str]:
        """What this person hears, and the name of who answered. Nothing of it stays."""
        message = Message(
            channel=Channel.OFFICIAL,
            id=f"try-{next(self.ids)}",
            sender=self.people[who].openid,
            kind=kind,
            text=text,
            sent_at=self.office.clock(),
        )
        heard: tuple[Reply, str] = (Silence(), "")
        try:
            with self.office.work() as work:
                heard = dispatch(work, message, self.bot, waits=lambda: True)
                raise Undone
        except Undone:
            return heard


def town(rules: Rules) -> Town:
    office = Office(in_memory(), rules, Clock())
    bot = app.bot(rules, "https://star.example")
    make = cast(office, bot)
    people = {name: make(name) for name in ("visitor", "maker", *OUTSIDERS[1:], *STAFF)}
    people["visitor"].follows()
    for name in people.keys() - {"visitor"}:
        people[name].joins()
    people["maker"].says("https://weixin.qq.com/sph/A1").hears_of("V1")
    people["maker"].says("人工").says("只说给同事听的话").hears_of("C1")
    for role in Role:
        with office.work() as work:
            code = staff.invite(work, role)
        people[role.value].says(code).hears_of("你现在是")
    suspended, left = people["suspended"].member, people["left"].member
    with office.work() as work:
        members.get(work, suspended.id).state = State.SUSPENDED
        joining.leave(work, members.get(work, left.id))
    return Town(office, bot, people)


def chat(town: Town) -> list[Row]:
    """What each person gets by each route: reached as it is reached, with sound words."""
    routes = sorted(town.bot.router.routes.values(), key=lambda route: _title(route))
    return [(_title(route), _outcomes(town, route)) for route in routes]


def _title(route: Route) -> str:
    return f"{route.handler.__module__.removeprefix('handlers.')}.{route.name}"


def _outcomes(town: Town, route: Route) -> dict[str, str]:
    sample = _sample(route)
    everybody = (*OUTSIDERS, *STAFF)
    if sample is None:
        assert route.is_step, f"nothing leads to {_title(route)}"
        return dict.fromkeys(everybody, "step")
    return {who: _outcome(town, route, who, sample) for who in everybody}


def _outcome(town: Town, route: Route, who: str, sample: Sample) -> str:
    _, name = town.tries(who, *sample)
    if route.for_staff and name == "none":
        return "hidden"
    return "yes" if name == route.name else REFUSED.get(name, name)


def _sample(route: Route) -> Sample | None:
    """The first words, scene or act that leads to the route; None: nothing said outright does."""
    if route.phrases:
        return Kind.TEXT, said(max(route.phrases, key=lambda phrase: len(phrase.slots)).pattern)
    if route.scans:
        return Kind.SCAN, said(route.scans[0].pattern)
    return next(iter(sorted(route.keys)), None)


def said(pattern: str) -> str:
    """A phrase with something sound in its slots."""
    return SLOT.sub(lambda slot: SAMPLES[slot[2]], pattern)


def written(http: list[Row], talk: list[Row]) -> str:
    return f"""# Access

Who may do what. The tables are found by trying and held to behaviour by
`tests/hygiene/test_access.py`; `python -m tests.hygiene.access` writes them anew.

## Endpoints

`nobody` calls without a signature, `forged` with a wrong one, `platform` with the right one.
What the platform says on behalf of a person is in the second table.

{_table("endpoint", CALLERS, http)}

## Chat

* **yes**: it is done, or told what is missing. A name like `NoSuchCode`: heard, and refused for
  that reason.
* **join first**, **suspended**, **no role**: refused for who they are, before anything is looked
  up.
* **hidden**: answered as if the words meant nothing; whether the number exists cannot be told.
* **step**: only the answer to a question leads there, and the question was put to that person.

A suspended member of staff has no role. Nobody decides their own case, whatever the role.

{_table("route", (*OUTSIDERS, *STAFF), talk)}
"""


def _table(title: str, columns: tuple[str, ...], rows: list[Row]) -> str:
    lines = [f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| `{name}` | {' | '.join(row[column] for column in columns)} |" for name, row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    rules = load_rules(ROOT / "config.yaml")
    DOCUMENT.write_text(written(endpoints(), chat(town(rules))), encoding="utf-8")
