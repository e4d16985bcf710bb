"""One request to the API, signed and read: what every function of it is handed."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import SHANGHAI
from sandbox.pay.errors import PayError
from sandbox.pay.merchant import Merchant
from sandbox.world import World

LONGEST_URL = 256


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    merchant: Merchant
    path: dict[str, str]
    """What stands at the placeholders of the path."""
    query: dict[str, str]
    body: dict[str, Any]
    """The JSON object posted, or {}."""
    base_url: str = ""
    """Where this API is: for addresses in answers."""


def text(values: dict[str, Any], key: str, most: int, pattern: str = "") -> str:
    """The text under the key, 1 to `most` characters. PARAM_ERROR names what is wrong."""
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise PayError("PARAM_ERROR", f"输入源“/body/{key}”缺少必填字段", f"/{key}")
    if len(value) > most:
        raise PayError("PARAM_ERROR", f"{key} 的长度超过 {most}", f"/{key}")
    if pattern and not re.fullmatch(pattern, value):
        raise PayError("PARAM_ERROR", f"{key} 的格式不对", f"/{key}")
    return value


def optional(values: dict[str, Any], key: str, most: int) -> str:
    return text(values, key, most) if values.get(key) is not None else ""


def fen(values: dict[str, Any], key: str) -> int:
    """A whole number of fen, at least 1."""
    value = values.get(key)
    if type(value) is not int or value < 1:
        raise PayError("PARAM_ERROR", f"{key} 要是不小于 1 的整数，单位分", f"/{key}")
    return value


def part(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    if not isinstance(value, dict):
        raise PayError("PARAM_ERROR", f"输入源“/body/{key}”缺少必填字段", f"/{key}")
    return value


def notify_url(values: dict[str, Any]) -> str:
    """An address without a query; plain http is for the desk only."""
    url = text(values, "notify_url", LONGEST_URL)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise PayError("PARAM_ERROR", "notify_url 要是不带参数的 URL", "/notify_url")
    return url


def ours(call: Call, values: dict[str, Any], *keys: str) -> None:
    """PARAM_ERROR unless appid and mchid are those of this merchant and this account."""
    known = {"appid": call.world.account.appid, "mchid": call.merchant.mchid}
    for key in keys:
        if values.get(key) != known[key]:
            code = "APPID_MCHID_NOT_MATCH" if values.get(key) else "PARAM_ERROR"
            raise PayError(code, f"{key} 不对", f"/{key}")


def canonical(values: dict[str, Any]) -> str:
    """The same for the same request, whatever the order of its fields."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def rfc3339(at: float | None) -> str:
    """Seconds of Shanghai time; empty for None."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at, SHANGHAI).isoformat(timespec="seconds")


def day_number(at: float) -> str:
    return datetime.fromtimestamp(at, SHANGHAI).strftime("%Y%m%d")


def instant(value: str, field: str) -> float:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise PayError("PARAM_ERROR", f"{field} 不是 RFC3339 时间", f"/{field}") from None
    if at.tzinfo is None:
        raise PayError("PARAM_ERROR", f"{field} 缺少时区", f"/{field}")
    return at.timestamp()
