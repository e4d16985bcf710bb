"""Customer-service accounts and who of the corp serves at them."""

import base64
import hashlib
import json
import sqlite3
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, text_of
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of
from sandbox.world import World

NAME = "千星客服"
LONGEST_NAME = 16
MOST = 5_000


def ensure(world: World) -> None:
    """The corp has one account before it makes any."""
    if not world.db.execute("SELECT 1 FROM kf_accounts LIMIT 1").fetchone():
        make(world, NAME)


def make(world: World, name: str) -> str:
    """The open_kfid of the account of that name, made when new."""
    digest = hashlib.sha512(f"{corp_of(world).corpid}\0kf\0{name}".encode()).digest()
    open_kfid = "wk" + base64.urlsafe_b64encode(digest).decode()[:30]
    world.db.execute(
        "INSERT OR IGNORE INTO kf_accounts (open_kfid, name) VALUES (?, ?)", (open_kfid, name)
    )
    return open_kfid


def first(world: World) -> str:
    """The open_kfid people talk to unless another is named."""
    ensure(world)
    row = world.db.execute("SELECT open_kfid FROM kf_accounts ORDER BY rowid LIMIT 1").fetchone()
    return str(row["open_kfid"])


def named(world: World, name: str) -> str:
    """The open_kfid of the account of that name, "" when there is none."""
    row = world.db.execute("SELECT open_kfid FROM kf_accounts WHERE name = ?", (name,)).fetchone()
    return str(row["open_kfid"]) if row else ""


def find(world: World, open_kfid: object) -> sqlite3.Row:
    """The account. ApiError 95000 when the id is none, 95004 when nobody has it."""
    if not isinstance(open_kfid, str) or not open_kfid:
        raise ApiError(95000)
    ensure(world)
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM kf_accounts WHERE open_kfid = ?", (open_kfid,)
    ).fetchone()
    if row is None:
        raise ApiError(95004)
    return row


def every(call: Call) -> dict[str, Any]:
    ensure(call.world)
    offset, limit = call.body.get("offset", 0), call.body.get("limit", 100)
    if not (isinstance(offset, int) and isinstance(limit, int) and 1 <= limit <= 100):
        raise ApiError(40058)
    rows = call.world.db.execute(
        "SELECT * FROM kf_accounts ORDER BY rowid LIMIT ? OFFSET ?", (limit, max(offset, 0))
    )
    found = [{"open_kfid": row["open_kfid"], "name": row["name"], "avatar": ""} for row in rows]
    return {**OK, "account_list": found}


def add(call: Call) -> dict[str, Any]:
    name = text_of(call.body, "name")
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ApiError(40058, f"name: 1 to {LONGEST_NAME} characters")
    ensure(call.world)
    if call.world.db.execute("SELECT count(*) FROM kf_accounts").fetchone()[0] >= MOST:
        raise ApiError(40058, f"at most {MOST} accounts")
    return {**OK, "open_kfid": make(call.world, name)}


def delete(call: Call) -> dict[str, Any]:
    row = find(call.world, call.body.get("open_kfid"))
    call.world.db.execute("DELETE FROM kf_accounts WHERE open_kfid = ?", (row["open_kfid"],))
    return OK


def servicers(world: World, row: sqlite3.Row) -> list[str]:
    """Userids of who serves there; everyone of the corp until somebody is named."""
    named: list[str] = json.loads(row["servicers"])
    return named or [str(person.userid) for person in people.members(world)]


def list_servicers(call: Call) -> dict[str, Any]:
    row = find(call.world, call.query.get("open_kfid"))
    found = [{"userid": userid, "status": 0} for userid in servicers(call.world, row)]
    return {**OK, "servicer_list": found}


def add_servicers(call: Call) -> dict[str, Any]:
    return _change_servicers(call, lambda old, new: [*old, *(u for u in new if u not in old)])


def delete_servicers(call: Call) -> dict[str, Any]:
    return _change_servicers(call, lambda old, new: [userid for userid in old if userid not in new])


def _change_servicers(call: Call, change: Any) -> dict[str, Any]:
    world, row = call.world, find(call.world, call.body.get("open_kfid"))
    wanted = call.body.get("userid_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
        raise ApiError(40058, "userid_list: 1 to 100")
    known = [userid for userid in wanted if people.by_userid(world, userid)]
    world.db.execute(
        "UPDATE kf_accounts SET servicers = ? WHERE open_kfid = ?",
        (json.dumps(change(json.loads(row["servicers"]), known)), row["open_kfid"]),
    )
    codes = {userid: 0 if userid in known else 60111 for userid in map(str, wanted)}
    results = [{"userid": userid, "errcode": code} for userid, code in codes.items()]
    return {**OK, "result_list": results}
