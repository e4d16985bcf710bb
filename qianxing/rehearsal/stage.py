"""The house a story is played in: the real core on a database of its own, and who is who there."""

import atexit
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.context import Bot
from bot.router import Router
from bot.understand import Understanding
from commerce.errors import BadNickname
from commerce.goods.products import Product
from commerce.goods.stock import Stock, Warehouse
from commerce.money import real_names
from commerce.people import identities, invitations, joining, members, staff
from commerce.people.members import Member
from commerce.people.ranks import RankReached
from commerce.people.staff import Role
from commerce.rules import Rank, Rules
from commerce.store import migrate
from commerce.store.engine import connect
from commerce.store.once import insert_once
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers import notices, refusals
from jobs import money
from jobs.shop import Shop
from jobs.tasks import plan_daily
from qianxing.rehearsal.scenario import Scenario
from qianxing.rehearsal.wallet import Wallet

DOOR = "official"
STAFF = "运营 "
"""Begins the name of everybody who decides; with a space, which no name of a story has."""
SEAL = Seal(b"a rehearsal keeps nothing at all.")
"""Nothing here outlives the process."""


@dataclass
class Clock:
    """The time of the story: set, never running."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Stage:
    """`ids` is the row of everything the story names, by kind and name."""

    scenario: Scenario
    office: Office
    clock: Clock
    shop: Shop
    wallet: Wallet
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of what a rule refused: nothing further happens to it."""

    def id(self, about: str, name: str) -> int:
        """KeyError when there is no such thing, or not yet."""
        return self.ids[about][name]

    def person(self, work: Work, name: str) -> Member:
        """A member, or a visitor of that name."""
        known = self.ids["member"].get(name)
        if known is not None:
            return members.get(work, known)
        member = identities.recognise(work, DOOR, name)[1]
        if member.state == members.State.VISITOR and not member.nickname:
            member.nickname = name[:60]
        return member

    def colleague(self, work: Work, name: str) -> Member:
        """Somebody of the staff who may decide everything."""
        member = identities.recognise(work, DOOR, STAFF + name)[1]
        if not staff.roles(work, member):
            member.nickname = name[:60]
            staff.redeem(work, member, staff.invite(work, Role.ADMIN))
        return member


def build(scenario: Scenario, rules: Rules) -> Stage:
    """Everything is there, everybody has joined, and nothing has happened yet."""
    clock = Clock(scenario.starts_at)
    office = Office(_fresh_database(), rules, clock)
    wallet = Wallet(scenario.awaited, scenario.unanswered)
    stage = Stage(scenario, office, clock, _shop(office, wallet), wallet)
    office.do(lambda work: _furnish(stage, work))
    return stage


def _furnish(stage: Stage, work: Work) -> None:
    products = {one.id: _list_product(work, one) for one in stage.scenario.products}
    kinds = ("member", "order", "live", "video", "withdrawal")
    stage.ids = {"product": products} | {kind: {} for kind in kinds}
    for one in stage.scenario.members:
        stage.ids["member"][one.id] = _join(stage, work, one)
    if work.rules.plan.team.idle_seat_days is None:
        money.plan_night(work)
    else:
        plan_daily(work)


def _list_product(work: Work, said: Any) -> int:
    product = Product(
        code=said.id,
        title=said.id,
        cost_fen=said.cost_fen,
        supply_fen=said.supply_fen,
        price_fen=said.price_fen,
        commission_bp=said.commission_bp,
        published_at=work.now,
    )
    warehouse = Warehouse(name=said.id)
    work.session.add_all((product, warehouse))
    work.session.flush()
    shelf = Stock(product_id=product.id, warehouse_id=warehouse.id, on_hand=said.stock)
    work.session.add(shelf)
    work.session.flush()
    return product.id


def _join(stage: Stage, work: Work, said: Any) -> int:
    """With the rank the story gives, whose bonus was paid long ago; named, so that payouts of every
    size are possible."""
    member = identities.recognise(work, DOOR, said.id)[1]
    member.rank = said.rank
    for rank in range(Rank.ONE_STAR, said.rank + 1):
        insert_once(work.session, RankReached, member_id=member.id, rank=rank, reached_at=work.now)
    if said.invited_by is not None:
        invitations.reserve(work, member, stage.person(work, said.invited_by))
    joining.join(work, member, _nickname(work, said.id))
    real_names.keep(work, member, "星主", consents=True)
    return member.id


def _nickname(work: Work, name: str) -> str:
    """The story's name, where the house lets somebody be called so."""
    try:
        return members.checked_nickname(work, name)
    except BadNickname:
        return f"星友{name[-4:]}" if name[-4:].isalnum() else "星友"


def _shop(office: Office, wallet: Wallet) -> Shop:
    bot = Bot(
        router=Router(),
        hear=lambda _: Understanding("none"),
        explain=refusals.explain,
        tell=notices.tell,
        base_url="",
    )
    nobody: Any = SimpleNamespace()  # Nothing is said to anybody: see `playing.QUIET`.
    return Shop(office, bot, nobody, Path(), Path(), cast(Any, wallet))


def _fresh_database() -> Any:
    """In memory; copied from one that was migrated once, which takes a blink."""
    engine = connect("sqlite://", SEAL)
    with closing(engine.raw_connection()) as ours:
        assert isinstance(ours.driver_connection, sqlite3.Connection)
        _template().backup(ours.driver_connection)
    return engine


@cache
def _template() -> sqlite3.Connection:
    engine = connect("sqlite://", SEAL)
    migrate.upgrade(engine)
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(engine.raw_connection()) as theirs:
        assert isinstance(theirs.driver_connection, sqlite3.Connection)
        theirs.driver_connection.backup(connection)
    engine.dispose()
    atexit.register(connection.close)
    return connection
