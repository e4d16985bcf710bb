"""How the house writes days, moments, people and what a rank asks for."""

from datetime import datetime, timedelta

from commerce.fen import show_yuan
from commerce.outbox import SHANGHAI
from commerce.people.ranks import Condition
from commerce.rules import Hours

UNITS = {
    "videos": ("短视频", "条", "条带货短视频"),
    "invited": ("邀请", "人", "人"),
    "team": ("团队", "人", "人进团队"),
    "gmv": ("直播业绩", "元", "元直播业绩"),
    "best_plays": ("单条最高播放", "次", "次单条播放"),
    "plays": ("播放合计", "次", "次播放"),
}


def day(at: datetime) -> str:
    """「3月6日」"""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日"


def moment(at: datetime) -> str:
    """「3月6日 20:00」"""
    return f"{day(at)} {at.astimezone(SHANGHAI):%H:%M}"


def lasting(span: timedelta) -> str:
    """「10 分钟」, 「24 小时」, 「7 天」: in the largest unit that is exact; a day is 24 hours."""
    minutes = int(span.total_seconds() // 60)
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes // 1440} 天"
    return f"{minutes // 60} 小时" if minutes % 60 == 0 else f"{minutes} 分钟"


def hours(span: timedelta) -> str:
    """「72 小时」: what is promised in hours is said in hours."""
    return f"{int(span.total_seconds() // 3600)} 小时"


def opening(hours: Hours) -> str:
    """「9:00–21:00」"""
    start, end = hours.start, hours.end
    return f"{start.hour}:{start:%M}–{end.hour}:{end:%M}"


def count(name: str, number: int) -> str:
    """「1,740.00」 for what is counted in fen, 「12,000」 for the rest."""
    return show_yuan(number) if name == "gmv" else f"{number:,}"


def show_percent(rate_bp: int) -> str:
    """Basis points as per cent: 200 → 「2」, 350 → 「3.5」."""
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def lacking(condition: Condition) -> str:
    """「1 条短视频」, 「2 人」"""
    return f"{count(condition.name, condition.missing)} {UNITS[condition.name][2]}"


def standing(condition: Condition, *, met: str = "已够", detail: str = "") -> str:
    """「邀请 1 / 2 人，还差 1 人」"""
    title, unit, _ = UNITS[condition.name]
    have, need = count(condition.name, condition.have), count(condition.name, condition.need)
    line = f"{title} {have} / {need} {unit}"
    if condition.is_met:
        reason = "业绩翻倍，人数不用等了" if condition.replaced else met
        return f"{line}，{reason}"
    return f"{line}{detail or f'，还差 {count(condition.name, condition.missing)} {unit}'}"
