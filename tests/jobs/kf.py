"""Customer service's side of the wire: accounts, pages in any order, and who said what."""

import json
import random
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.platforms.stub import Asked, Stub

OK = {"errcode": 0, "errmsg": "ok"}
TOKEN = "ENC-GOOD"

Item = dict[str, Any]


def said(msgid: str, sender: str, account: str, words: str, at: datetime) -> Item:
    head = {"msgid": msgid, "open_kfid": account, "external_userid": sender}
    what = {"origin": 3, "msgtype": "text", "text": {"content": words}}
    return {**head, "send_time": int(at.timestamp()), **what}


def happened(msgid: str, sender: str, account: str, kind: str, at: datetime, **more: Any) -> Item:
    event = {"event_type": kind, "open_kfid": account, "external_userid": sender, **more}
    head = {"msgid": msgid, "send_time": int(at.timestamp()), "origin": 4, "msgtype": "event"}
    return {**head, "event": event}


@dataclass
class Platform:
    """Answers calls of `Stub`. Pages hold `size` items; `shuffle`: what nobody has fetched changes
    places, but for a person's items of one second; `doubles`: every third page comes twice."""

    stub: Stub
    size: int = 40
    shuffle: bool = False
    doubles: bool = False
    kept: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    sent: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    """Calls that answer an error code."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.stub.answers = {
            "/cgi-bin/gettoken": {**OK, "access_token": "T", "expires_in": 7200},
            "/cgi-bin/kf/sync_msg": self._page,
            "/cgi-bin/kf/account/list": self._accounts,
            "/cgi-bin/kf/add_contact_way": {**OK, "url": "https://work.weixin.qq.com/kf/kfc1?e=1"},
            "/cgi-bin/kf/send_msg": self._send,
            "/cgi-bin/kf/send_msg_on_event": self._send,
            "/cgi-bin/kf/customer/batchget": {**OK, "customer_list": []},
            "/cgi-bin/kf/service_state/get": {**OK, "service_state": 1},
            "/cgi-bin/kf/service_state/trans": {**OK, "msg_code": "C"},
        }

    def put(self, *items: Item) -> None:
        with self.lock:
            for item in items:
                account = item.get("open_kfid") or item["event"]["open_kfid"]
                self.kept[account].append(item)

    def _accounts(self, asked: Asked) -> dict[str, Any]:
        body = json.loads(asked.body)
        with self.lock:
            names = sorted(self.kept)[body["offset"] : body["offset"] + body["limit"]]
        return {**OK, "account_list": [{"open_kfid": name, "name": name} for name in names]}

    def _page(self, asked: Asked) -> dict[str, Any]:
        body = json.loads(asked.body)
        if body.get("token", TOKEN) != TOKEN:
            return {"errcode": 95007, "errmsg": "invalid msg token"}
        if code := self.refused.get(asked.path):
            return {"errcode": code, "errmsg": "refused"}
        account, after = body["open_kfid"], int(body["cursor"] or 0)
        with self.lock:
            if account not in self.kept:
                return {"errcode": 95004, "errmsg": "no such account"}
            if self.shuffle:
                self._mix(self.kept[account], after)
            page = self.kept[account][after : after + self.size]
            end = len(self.kept[account])
        upto = after + len(page)
        if self.doubles and self.dice.random() < 1 / 3:
            page = [*page, *page[: len(page) // 2]]
        if self.dice.random() < 1 / 8:  # Empty, and there is more: it says so itself.
            return {**OK, "next_cursor": str(after), "has_more": 1, "msg_list": []}
        return {**OK, "next_cursor": str(upto), "has_more": int(upto < end), "msg_list": page}

    def _mix(self, items: list[Item], after: int) -> None:
        rest = items[after:]
        turns: dict[tuple[str, int], list[Item]] = defaultdict(list)
        for item in rest:
            turns[_who(item), item["send_time"]].append(item)
        mixed = self.dice.sample(rest, len(rest))
        items[after:] = [turns[_who(item), item["send_time"]].pop(0) for item in mixed]

    def _send(self, asked: Asked) -> dict[str, Any]:
        if code := self.refused.get(asked.path):
            return {"errcode": code, "errmsg": "refused"}
        with self.lock:
            self.sent.append(json.loads(asked.body))
            return {**OK, "msgid": f"k{len(self.sent)}"}


def _who(item: Item) -> str:
    return str(item.get("external_userid") or item["event"]["external_userid"])


def utc() -> datetime:
    return datetime.now(UTC)
