"""Words for what the host is told while a live is on."""

from datetime import datetime, timedelta
from typing import Any

from bot.reply import Text
from commerce.outbox import SHANGHAI
from handlers.words import lasting, show_percent

Facts = dict[str, Any]


def board_hint(facts: Facts) -> Text:
    number = facts["live_id"]
    more = detail(facts)
    return Text(
        f"「{facts['live']}」：{headline(facts)}。\n"
        + (f"{more}。\n" if more else "")
        + f"看现在的数字，回复「看板 {number}」。",
        (f"看板 {number}",),
    )


def headline(facts: Facts) -> str:
    """What to do, in one line."""
    hint = facts["hint"]
    if hint == "low_conversion":
        return "当前转化率低，建议上架福利品"
    if hint == "closing":
        return f"剩余 {lasting(timedelta(seconds=facts['closes_s']))}上架福利品"
    left = facts["left"]
    return f"{facts['product']}只剩 {left:,} 份" if left else f"{facts['product']}卖完了"


def detail(facts: Facts) -> str:
    """The number behind it, and what there is enough of."""
    bought = facts.get("recent_bp")
    parts = [] if bought is None else [f"现在买的人占 {show_percent(bought)}%"]
    if facts["hint"] != "low_stock" and facts.get("left"):
        parts.append(f"{facts['product']}还有 {facts['left']:,} 份")
    return "，".join(parts)


def clock(at: datetime) -> str:
    """「20:31」"""
    return f"{at.astimezone(SHANGHAI):%H:%M}"


BOARD_NOTICES = (board_hint,)
