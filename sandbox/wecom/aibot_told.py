"""What the AI bot was told, and where that stands."""

import sqlite3
from typing import Any

from sandbox.wecom import groups
from sandbox.wecom.home import corp_of
from sandbox.world import World

NAME = "千星助手"
Body = dict[str, Any]


def message_of(world: World, key: str, value: object) -> sqlite3.Row | None:
    """What the bot was told, by `msgid`, `req_id` or `code`."""
    row: sqlite3.Row | None = world.db.execute(
        f"SELECT * FROM aibot_messages WHERE {key} = ?", (value,)
    ).fetchone()
    return row


def told(world: World, row: sqlite3.Row, content: Body) -> Body:
    """What the bot reads of it."""
    chat = {"chatid": row["chat"], "chattype": "group"} if row["chat"] else {"chattype": "single"}
    url = f"{world.base_url}/wecom/cgi-bin/aibot/response?response_code={row['code']}"
    sent = {
        "msgid": row["msgid"],
        "aibotid": corp_of(world).bot.id,
        **chat,
        "from": {"userid": row["userid"]},
        **content,
    }
    return {**sent, "response_url": url} if row["kind"] != "enter_chat" else sent


def place(world: World, chat: str) -> Body:
    """Where a message of that chat stands on a phone; without a group, in the chat with the bot."""
    group = groups.by_id(world, chat) if chat else None
    return {"door": "group", "group": group.name if group else ""}


def finish(world: World, row: sqlite3.Row) -> None:
    """Nobody works on it any more."""
    world.db.execute("UPDATE aibot_messages SET done = 1 WHERE msgid = ?", (row["msgid"],))
