"""The law of groups: over every route and every door, no amount, balance, team member or name of
anybody is said where others hear it, whatever the groups' own rules allow."""

import re
from collections.abc import Iterator
from itertools import count

import pytest
import yaml
from sqlalchemy import Engine

from bot.context import Bot
from bot.message import Channel, Happening, Kind
from bot.router import Route
from commerce.people.members import get
from commerce.rules import Rules
from commerce.work import Office
from tests.commerce.purses import earns
from tests.conftest import ROOT
from tests.handlers.doors import Door
from tests.handlers.samples import said
from tests.handlers.test_groups import MAY_SPEAK, ROUTES
from tests.people import Clock, Person, cast

OWN, SISTER, BELOW = "钱多多", "孙小美", "李阿土"
BALANCE_FEN, SOLD = 4711_37, "8,822.46"
PRIVATE = re.compile(
    f"{OWN}|{SISTER}|{BELOW}|老板娘|4,?711|{SOLD}|「邀请码 |绑定码 [0-9A-Z]|[VC][0-9]+\\b"
)
WORDINGS = yaml.safe_load((ROOT / "handlers" / "wordings.yaml").read_text())

Said = tuple[Kind, str]


@pytest.fixture
def loose(rules: Rules) -> Rules:
    """As if somebody had allowed every group everything."""
    names = tuple(sorted({route.name for route in ROUTES}))
    every = rules.groups.every.model_copy(update={"answers": names, "only_when_called": False})
    return rules.model_copy(update={"groups": rules.groups.model_copy(update={"every": every})})


@pytest.fixture
def askers(engine: Engine, loose: Rules, clock: Clock, bot: Bot) -> list[Person]:
    """Somebody with money and a team, and the boss."""
    from commerce.people import ranks, staff

    office = Office(engine, loose, clock)
    people = cast(office, bot)
    own = people(OWN).joins()
    people(BELOW).joins(people(SISTER).joins(own.card).card)
    own_id, sister_id = own.member.id, people(SISTER).member.id
    with office.work() as work:
        earns(work, get(work, own_id), BALANCE_FEN)
        ranks.count_sale(work, sister_id, 8822_46, work.now)
        code = staff.invite(work, staff.Role.ADMIN)
    boss = people("老板娘").joins(own.card).says(code)
    own.says("https://weixin.qq.com/sph/A1")
    return [own, boss]


def things_said(route: Route) -> Iterator[Said]:
    """Whatever leads there: phrases, wordings of people's own, taps, scans, happenings."""
    for phrase in route.phrases:
        yield Kind.TEXT, said(phrase.pattern)
    for wording in WORDINGS.get(route.name, [])[:1]:
        yield Kind.TEXT, str(wording)
    for phrase in route.scans:
        yield Kind.SCAN, said(phrase.pattern)
    for kind, key in route.keys:
        if (kind, key) != (Kind.HAPPENING, Happening.LEFT):
            yield kind, key


def at_door(person: Person, channel: Channel) -> Door:
    """The same person there: told by a code of theirs."""
    person.says("绑定")
    door = Door(person, channel, room="room-0" if channel is Channel.GROUP else None)
    return door.says(f"绑定 {person.heard.split('，')[0].removeprefix('绑定码 ')}")


@pytest.mark.parametrize("channel", list(Channel))
def test_nothing_private_is_said_in_a_group(channel: Channel, askers: list[Person], clock: Clock):
    rooms = count(1)
    heard = 0
    for person in askers:
        door = at_door(person, channel)
        for route in ROUTES:
            for kind, text in things_said(route):
                clock.passes(seconds=2)  # Slowly enough for everything to be answered.
                door.room = f"room-{next(rooms)}"
                door.send(kind, text)
                heard += bool(door.heard)
                assert not PRIVATE.search(door.heard), (route.name, text, door.heard)
                if route.name not in MAY_SPEAK and door.route == route.name:
                    assert door.heard in ("已私信你。", ""), (route.name, text, door.heard)
    assert heard > 300
