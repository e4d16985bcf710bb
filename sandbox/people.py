"""The people of the sandbox and the ids the platforms know them by."""

import base64
import hashlib
import sqlite3
from dataclasses import dataclass

from sandbox.refused import Refused
from sandbox.store import together
from sandbox.world import World

COLOURS = ("#3B4F94", "#8A4B63", "#2F6F73", "#7A5C2E", "#5A4A8C", "#4B6B3C", "#59606E")


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    openid: str
    unionid: str
    external_userid: str
    userid: str | None
    following: bool
    subscribed_at: float | None
    subscribe_scene: str
    scene: str
    """Scene of the QR code last followed through."""
    read_n: int

    @property
    def colour(self) -> str:
        return COLOURS[hashlib.sha256(self.openid.encode()).digest()[0] % len(COLOURS)]


def _person(row: sqlite3.Row) -> Person:
    return Person(
        row["name"],
        row["openid"],
        row["unionid"],
        row["external_userid"],
        row["userid"],
        bool(row["following"]),
        row["subscribed_at"],
        row["subscribe_scene"],
        row["scene"],
        row["read_n"],
    )


def _id(prefix: str, length: int, *parts: str) -> str:
    """The same person has the same ids in every sandbox of the same account."""
    digest = hashlib.sha512("\0".join(parts).encode()).digest()
    return prefix + base64.urlsafe_b64encode(digest).decode()[:length]


def check_name(name: object) -> str:
    """The name if a person may have it. Refused says why not."""
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        raise Refused("名字要有 1 到 64 个字")
    if "/" in name or not name.isprintable() or name != name.strip() or name in (".", ".."):
        raise Refused("名字里不能有斜杠、控制字符和首尾空白")
    return name


def create(world: World, name: str, corp_member: bool = False) -> Person:
    """The person of that name, made when new; `corp_member` gives a userid also later."""
    appid = world.account.appid
    world.db.execute(
        "INSERT OR IGNORE INTO people (name, openid, unionid, external_userid) VALUES (?, ?, ?, ?)",
        (
            name,
            _id("o", 27, appid, "openid", name),
            _id("o", 27, appid, "unionid", name),
            _id("wm", 30, appid, "external", name),
        ),
    )
    if corp_member:
        userid = _id("U", 11, appid, "userid", name)
        world.db.execute("UPDATE people SET userid = ? WHERE name = ?", (userid, name))
    person = by_name(world, name)
    assert person is not None
    return person


def by_name(world: World, name: str) -> Person | None:
    row = world.db.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()
    return _person(row) if row else None


def by_openid(world: World, openid: object) -> Person | None:
    if not isinstance(openid, str):
        return None
    row = world.db.execute("SELECT * FROM people WHERE openid = ?", (openid,)).fetchone()
    return _person(row) if row else None


def by_external_userid(world: World, external_userid: object) -> Person | None:
    """Whom the corp knows as that customer."""
    if not isinstance(external_userid, str):
        return None
    row = world.db.execute(
        "SELECT * FROM people WHERE external_userid = ?", (external_userid,)
    ).fetchone()
    return _person(row) if row else None


def by_userid(world: World, userid: object) -> Person | None:
    """The member of the corp with that userid."""
    if not isinstance(userid, str):
        return None
    row = world.db.execute("SELECT * FROM people WHERE userid = ?", (userid,)).fetchone()
    return _person(row) if row else None


def members(world: World) -> list[Person]:
    """Who works at the corp, first come first."""
    return [person for person in everyone(world) if person.userid]


def everyone(world: World) -> list[Person]:
    rows = world.db.execute("SELECT * FROM people ORDER BY rowid").fetchall()
    return [_person(row) for row in rows]


def set_following(world: World, person: Person, how: str, scene: str) -> None:
    """Follows; `how` is a subscribe_scene such as ADD_SCENE_QR_CODE."""
    world.db.execute(
        "UPDATE people SET following = 1, subscribed_at = ?, subscribe_scene = ?, scene = ?"
        " WHERE name = ?",
        (world.now(), how, scene, person.name),
    )


def set_unfollowed(world: World, person: Person) -> None:
    with together(world.db):
        world.db.execute("UPDATE people SET following = 0 WHERE name = ?", (person.name,))
        world.db.execute("DELETE FROM windows WHERE openid = ?", (person.openid,))
