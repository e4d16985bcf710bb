"""All state of the sandbox, in one SQLite file. Times are epoch seconds of the sandbox clock."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS memory (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS people (
    name TEXT PRIMARY KEY, openid TEXT UNIQUE NOT NULL, unionid TEXT NOT NULL,
    external_userid TEXT NOT NULL, userid TEXT, following INTEGER NOT NULL DEFAULT 0,
    subscribed_at REAL, subscribe_scene TEXT NOT NULL DEFAULT '', scene TEXT NOT NULL DEFAULT '',
    read_n INTEGER NOT NULL DEFAULT 0, typing_until REAL NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS people_external ON people (external_userid);
CREATE INDEX IF NOT EXISTS people_userid ON people (userid);
CREATE TABLE IF NOT EXISTS phone (
    person TEXT NOT NULL, n INTEGER NOT NULL, sender TEXT NOT NULL, state TEXT,
    body TEXT NOT NULL, PRIMARY KEY (person, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chats_read (
    person TEXT NOT NULL, chat TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (person, chat)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, n INTEGER, xml TEXT NOT NULL,
    answerable INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    door TEXT NOT NULL DEFAULT 'official');
CREATE INDEX IF NOT EXISTS outbox_person ON outbox (person, id);
CREATE TABLE IF NOT EXISTS windows (openid TEXT PRIMARY KEY, remaining INTEGER NOT NULL,
    until REAL NOT NULL, spoke_at REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, kind TEXT NOT NULL,
    valid_until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS tokens_kind ON tokens (kind, valid_until);
CREATE TABLE IF NOT EXISTS media (id TEXT PRIMARY KEY, kind TEXT NOT NULL, mime TEXT NOT NULL,
    created_at REAL NOT NULL, expires_at REAL NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS qrcodes (ticket TEXT PRIMARY KEY, code TEXT UNIQUE NOT NULL,
    action TEXT NOT NULL, scene TEXT NOT NULL, created_at REAL NOT NULL, expires_at REAL);
CREATE INDEX IF NOT EXISTS qrcodes_scene ON qrcodes (scene);
CREATE TABLE IF NOT EXISTS grants (openid TEXT NOT NULL, template TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (openid, template));
CREATE TABLE IF NOT EXISTS oauth_codes (code TEXT PRIMARY KEY, openid TEXT NOT NULL,
    scope TEXT NOT NULL, expires_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS oauth_tokens (token TEXT PRIMARY KEY, openid TEXT NOT NULL,
    scope TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,
    api TEXT, remaining INTEGER NOT NULL, ms INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS wire (n INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wire_person ON wire (person, n);
CREATE TABLE IF NOT EXISTS pay_nonces (nonce TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS pay_nonces_at ON pay_nonces (at);
CREATE TABLE IF NOT EXISTS pay_orders (
    out_trade_no TEXT PRIMARY KEY, kind TEXT NOT NULL, code TEXT UNIQUE NOT NULL,
    code_until REAL NOT NULL, asked TEXT NOT NULL, description TEXT NOT NULL,
    attach TEXT NOT NULL, openid TEXT NOT NULL, total INTEGER NOT NULL,
    notify_url TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL,
    expires_at REAL NOT NULL, transaction_id TEXT UNIQUE, paid_at REAL);
CREATE TABLE IF NOT EXISTS pay_refunds (
    out_refund_no TEXT PRIMARY KEY, refund_id TEXT NOT NULL, out_trade_no TEXT NOT NULL,
    asked TEXT NOT NULL, amount INTEGER NOT NULL, reason TEXT NOT NULL,
    notify_url TEXT NOT NULL, status TEXT NOT NULL, ends_as TEXT NOT NULL,
    created_at REAL NOT NULL, moves_at REAL, success_at REAL);
CREATE INDEX IF NOT EXISTS pay_refunds_order ON pay_refunds (out_trade_no);
CREATE INDEX IF NOT EXISTS pay_refunds_move ON pay_refunds (moves_at);
CREATE TABLE IF NOT EXISTS pay_bills (
    out_bill_no TEXT PRIMARY KEY, transfer_bill_no TEXT UNIQUE NOT NULL, asked TEXT NOT NULL,
    openid TEXT NOT NULL, user_name TEXT NOT NULL, amount INTEGER NOT NULL,
    remark TEXT NOT NULL, notify_url TEXT NOT NULL, package TEXT NOT NULL,
    state TEXT NOT NULL, fail_reason TEXT NOT NULL DEFAULT '',
    will_fail TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL, updated_at REAL NOT NULL,
    moves_at REAL);
CREATE INDEX IF NOT EXISTS pay_bills_move ON pay_bills (moves_at);
CREATE TABLE IF NOT EXISTS pay_flows (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, what TEXT NOT NULL,
    number TEXT NOT NULL, platform_number TEXT NOT NULL, amount INTEGER NOT NULL,
    balance INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS pay_flows_at ON pay_flows (at);
CREATE INDEX IF NOT EXISTS pay_flows_number ON pay_flows (number);
CREATE TABLE IF NOT EXISTS pay_notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, target TEXT NOT NULL,
    openid TEXT NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at REAL,
    delivered_at REAL);
CREATE INDEX IF NOT EXISTS pay_notices_due ON pay_notices (due_at);
CREATE TABLE IF NOT EXISTS aibot_messages (
    msgid TEXT PRIMARY KEY, req_id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, person TEXT NOT NULL,
    userid TEXT NOT NULL, chat TEXT NOT NULL, at REAL NOT NULL, code TEXT UNIQUE NOT NULL,
    code_used INTEGER NOT NULL DEFAULT 0,
    task TEXT NOT NULL, stream TEXT NOT NULL DEFAULT '', shown TEXT NOT NULL DEFAULT '{}',
    done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS aibot_messages_person ON aibot_messages (person, at);
CREATE INDEX IF NOT EXISTS aibot_messages_chat ON aibot_messages (chat, at);
CREATE TABLE IF NOT EXISTS aibot_cards (
    task TEXT PRIMARY KEY, chat TEXT NOT NULL, shown TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_counted (key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_counted_key ON wecom_counted (key, at);
CREATE TABLE IF NOT EXISTS wecom_codes (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, external_userid TEXT NOT NULL,
    expires_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS kf_accounts (
    open_kfid TEXT PRIMARY KEY, name TEXT NOT NULL, servicers TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS kf_links (
    code TEXT PRIMARY KEY, open_kfid TEXT NOT NULL, scene TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kf_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, open_kfid TEXT NOT NULL, external_userid TEXT NOT NULL,
    at REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS kf_messages_account ON kf_messages (open_kfid, seq);
CREATE TABLE IF NOT EXISTS kf_sent (
    msgid TEXT PRIMARY KEY, open_kfid TEXT NOT NULL, external_userid TEXT NOT NULL,
    at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS kf_sent_to ON kf_sent (open_kfid, external_userid, at);
CREATE TABLE IF NOT EXISTS kf_sessions (
    open_kfid TEXT NOT NULL, external_userid TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 4,
    servicer TEXT NOT NULL DEFAULT '', remaining INTEGER NOT NULL DEFAULT 0,
    spoke_at REAL NOT NULL DEFAULT 0, welcomed_at REAL NOT NULL DEFAULT 0,
    entered_at REAL NOT NULL DEFAULT 0, PRIMARY KEY (open_kfid, external_userid)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kf_sessions_customer ON kf_sessions (external_userid, entered_at);
CREATE TABLE IF NOT EXISTS app_cards (task TEXT NOT NULL, person TEXT NOT NULL, n INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS app_cards_task ON app_cards (task);
CREATE TABLE IF NOT EXISTS app_codes (
    code TEXT PRIMARY KEY, task TEXT NOT NULL, expires_at REAL NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_ways (
    config_id TEXT PRIMARY KEY, kind TEXT NOT NULL, code TEXT UNIQUE NOT NULL, body TEXT NOT NULL,
    created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_ways_created ON wecom_ways (kind, created_at);
CREATE TABLE IF NOT EXISTS wecom_contacts (
    userid TEXT NOT NULL, external_userid TEXT NOT NULL, state TEXT NOT NULL,
    add_way INTEGER NOT NULL, created_at REAL NOT NULL, remark TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (userid, external_userid));
CREATE INDEX IF NOT EXISTS wecom_contacts_customer ON wecom_contacts (external_userid);
CREATE TABLE IF NOT EXISTS wecom_tags (
    id TEXT PRIMARY KEY, group_id TEXT NOT NULL, group_name TEXT NOT NULL, name TEXT NOT NULL,
    place INTEGER NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_groups (
    chat_id TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL,
    created_at REAL NOT NULL, notice TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 1,
    auto_reply TEXT NOT NULL DEFAULT '[]', default_reply TEXT NOT NULL DEFAULT '',
    welcome TEXT NOT NULL DEFAULT '', of_app INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS wecom_group_members (
    chat_id TEXT NOT NULL, person TEXT NOT NULL, joined_at REAL NOT NULL, scene INTEGER NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (chat_id, person));
CREATE TABLE IF NOT EXISTS wecom_welcomes (
    template_id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_mass (
    msgid TEXT PRIMARY KEY, chat_type TEXT NOT NULL, body TEXT NOT NULL, created_at REAL NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS wecom_mass_targets (
    msgid TEXT NOT NULL, userid TEXT NOT NULL, target TEXT NOT NULL,
    status INTEGER NOT NULL DEFAULT 0, sent_at REAL, PRIMARY KEY (msgid, target));
"""

TABLES = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", SCHEMA)

LASTING = """
CREATE TABLE IF NOT EXISTS merchant (one INTEGER PRIMARY KEY CHECK (one = 1), keys TEXT NOT NULL);
"""
"""What a reset leaves alone: the application has been told of it."""


LATER = (
    ("faults", "reason", "TEXT NOT NULL DEFAULT ''"),
    ("outbox", "door", "TEXT NOT NULL DEFAULT 'official'"),
)


def open_store(file: Path) -> sqlite3.Connection:
    """The database, created when missing. Written data survives a killed process."""
    file.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")
    db.executescript(SCHEMA + LASTING)
    _grow(db)
    return db


def _grow(db: sqlite3.Connection) -> None:
    """A file of an older sandbox gets the columns that came later."""
    for table, column, kind in LATER:
        columns = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
        if column not in columns:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


@contextmanager
def together(db: sqlite3.Connection) -> Iterator[None]:
    """What is written inside is written as one; inside another `together` it joins that one."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def recall(db: sqlite3.Connection, key: str, default: Any = None) -> Any:
    row = db.execute("SELECT value FROM memory WHERE key = ?", (key,)).fetchone()
    return json.loads(row["value"]) if row else default


def remember(db: sqlite3.Connection, key: str, value: Any) -> None:
    db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (key, json.dumps(value)))


def next_number(db: sqlite3.Connection, key: str, first: int) -> int:
    """The next of a counter that never gives the same number twice."""
    number = int(recall(db, key, first - 1)) + 1
    remember(db, key, number)
    return number


def forget_everything(db: sqlite3.Connection) -> None:
    with together(db):
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")
