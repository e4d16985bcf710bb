"""
Words for what everybody who booked a live is told: it comes, moves, is off, is on, was drawn.

`late`: it is heard at a later visit, or when the live is over; then nothing is said to go on now.
What goes by a one-time permit has the fields of a template instead of free words.
"""

from datetime import datetime, timedelta
from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan
from commerce.outbox import SHANGHAI
from commerce.rules import Rules
from commerce.rules.trade import Template
from handlers.live_words import when
from handlers.words import lasting, moment

AD = "广告"
LONGEST_FIELD = 20  # characters of a 「thing」


def live_tomorrow(facts: dict[str, Any]) -> Text:
    return Text(_lines(AD, _comes(facts), _draw(facts), _offer(facts)), ("直播", "取消预约"))


def live_soon(facts: dict[str, Any]) -> Text:
    left = "" if facts.get("late") else f"还有 {lasting(_rounded(facts['before_s']))}。"
    return Text(_lines(AD, _comes(facts) + left, _draw(facts), _offer(facts)), ("直播",))


def live_started(facts: dict[str, Any]) -> Text:
    opening = f"「{facts['live']}」开播了，你的预约号 {_number(facts)}。"
    return Text(_lines(AD, opening, _offer(facts), "来看，回复「进直播间」。"), ("进直播间",))


def live_moved(facts: dict[str, Any]) -> Text:
    return Text(
        f"「{facts['live']}」改时间了：{when(_at(facts))} 开播。\n"
        f"你的预约号 {_number(facts)} 照旧有效，不用再约。\n"
        "来不了，回复「取消预约」。",
        ("直播", "取消预约"),
    )


def live_cancelled(facts: dict[str, Any]) -> Text:
    reason = f"原因：{facts['reason']}。" if facts.get("reason") else ""
    draw = "这次不抽奖了，奖品没有发出。" if facts.get("drawn") else ""
    return Text(
        _lines(
            f"抱歉，「{facts['live']}」取消了，原定 {when(_at(facts))}。",
            reason,
            f"你的预约号 {_number(facts)} 不再有效，不用你做什么。{draw}",
            "下一场回复「直播」就能看到。",
        ),
        ("直播",),
    )


def lottery_drawn(facts: dict[str, Any]) -> Text:
    """To who did not win."""
    return Text(
        _lines(
            AD,
            f"「{facts['live']}」开奖了。" if facts.get("late") else "",
            f"这次没中。你的预约号 {_number(facts)}，"
            f"{facts['people']:,} 人里抽出 {facts['prizes']:,} 份。",
            "中奖号都公开，谁都可以验证。",
            _running(facts),
        ),
        ("进直播间", "验证抽奖"),
    )


def lottery_not_reached(facts: dict[str, Any]) -> Text:
    on_air = facts["on_air"] and not facts.get("late")
    offer = _price(facts)
    following = facts.get("next_at")
    following = f"下一场 {moment(datetime.fromisoformat(following))}，" if following else ""
    return Text(
        _lines(
            AD,
            f"「{facts['live']}」开播了。" if on_air else f"「{facts['live']}」的抽奖有结果了。",
            f"预约 {facts['booked']:,} 人，没到 {facts['threshold']:,} 人，按规则这次不抽奖。",
            f"直播间价格照旧：{offer}。" if offer and on_air else "",
            f"{following}回复「预约」。" if following else "",
        ),
        ("进直播间", "预约"),
    )


LIVE_NOTICES = (
    live_tomorrow,
    live_soon,
    live_started,
    live_moved,
    live_cancelled,
    lottery_drawn,
    lottery_not_reached,
)

NOTES = {  # Which template, and the note in it: at most twenty characters.
    "live_soon": ("live_reminder", "快开播了，到时回复「直播」"),
    "live_started": ("live_reminder", "开播了，回复「直播」来看"),
    "live_moved": ("live_reminder", "改到这个时间，预约号照旧有效"),
    "live_cancelled": ("live_reminder", "取消了，预约不再有效"),
    "lottery_drawn": ("draw_result", "这次没中，回复「验证抽奖」核对"),
    "lottery_not_reached": ("draw_result", "预约人数没满，按规则不抽奖"),
    "lottery_won": ("draw_result", "中奖了，回复「领取」"),
}


def template_of(rules: Rules, notice: str) -> Template | None:
    """By which template the platform lets this notice through once, if there is one."""
    name, _ = NOTES.get(notice, ("", ""))
    template: Template | None = getattr(rules.templates, name) if name else None
    return template if template is not None and template.id else None


def permitted(rules: Rules, notice: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The body of a subscription message, but for its receiver."""
    template = template_of(rules, notice)
    assert template is not None, notice
    _, note = NOTES[notice]
    fields = {
        template.title: facts["live"],
        template.time: f"{_at(facts).astimezone(SHANGHAI):%Y年%m月%d日 %H:%M}",
        template.number: _number(facts),
        template.note: note,
    }
    data = {name: {"value": _short(words)} for name, words in fields.items()}
    return {"template_id": template.id, "data": data}


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _comes(facts: dict[str, Any]) -> str:
    return f"「{facts['live']}」{when(_at(facts))} 开播，你的预约号 {_number(facts)}。"


def _draw(facts: dict[str, Any]) -> str:
    """How the draw stands. Nothing where there is none."""
    if "threshold" not in facts:
        return ""
    prizes = f"开播抽 {facts['winners']:,} 份免单：{facts['prize']}"
    booked = f"已预约 {facts['booked']:,} 人"
    if facts["locked"]:
        return f"{booked}，抽奖已锁定，{prizes}。"
    return f"{booked}，满 {facts['threshold']:,} 人锁定抽奖，{prizes}。"


def _offer(facts: dict[str, Any]) -> str:
    price = _price(facts)
    return f"{facts['product']}{price}，每人限 1 份。" if price else ""


def _price(facts: dict[str, Any]) -> str:
    if "unit_fen" not in facts:
        return ""
    return f"前 {facts['pieces']:,} 单 {show_yuan(facts['unit_fen'])} 元"


def _running(facts: dict[str, Any]) -> str:
    if facts.get("late") or not facts["on_air"]:
        return ""
    price, left = _price(facts), facts.get("left")
    if not price or left is None:
        return "直播正在进行。"
    return f"直播正在进行，{price}，{f'还剩 {left:,} 单' if left else '已抢完'}。"


def _number(facts: dict[str, Any]) -> str:
    return f"{facts['number']:06d}"


def _at(facts: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(facts["at"])


def _rounded(seconds: int) -> timedelta:
    """To whole minutes: a worker may be some seconds late."""
    return timedelta(minutes=max(round(seconds / 60), 1))


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_FIELD else words[: LONGEST_FIELD - 1] + "…"
