"""What a host plans: 直播商品, 直播话术, 改直播, 取消直播, 我的直播."""

import re
from collections.abc import Callable
from datetime import datetime

from bot.context import Context
from bot.moments import find_moment
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchProduct
from commerce.fen import show_yuan
from commerce.lives import bookings, hosting, programme, shown
from commerce.lives.lives import Live, State
from commerce.people import members
from handlers.bookings import unbook
from handlers.live_words import span, when

router = Router()

SHOWN = 5
BETWEEN = re.compile(r"[\s,，、;；.。]+")
UNTIL = re.compile(r"\s*(?:到|至|[-–—~～])\s*(?=(?:晚上|下午|上午|凌晨)?[0-9]{1,2}[:：点时])")
RETITLES = re.compile(r"^(?:标题|名字|名称|改名)(?:改成|改为|换成|叫|是)?[:： ]*")
RETIMES = re.compile(r"^(?:开播)?时间(?:改成|改为|换成|改到|是)?[:： ]*")


def times_in(words: str, now: datetime) -> tuple[datetime, datetime | None, str] | None:
    """Start, end if one is said, and the rest: 「春日好物专场 3月6日 20:00-22:30」."""
    begun, _, ending = _parted(words)
    found = find_moment(begun, now)
    if found is None:
        return None
    at, rest = found
    ends = find_moment(ending, at) if ending else None
    return at, ends[0] if ends else None, f"{rest} {ends[1] if ends else ''}".strip()


def _parted(words: str) -> tuple[str, str, str]:
    found = UNTIL.search(words)
    if found is None or not re.search(r"[:：点时]", words[: found.start()]):
        return words, "", ""
    return words[: found.start()], found[0], words[found.end() :]


@router.says("我的直播", "我的场次")
def my_lives(ctx: Context) -> Said:
    members.need_star(ctx.member)
    found = hosting.of_host(ctx.work, ctx.member, State.SCHEDULED)
    found = hosting.of_host(ctx.work, ctx.member, State.LIVE) + found
    if not found:
        return Text("你没有排好的直播。\n要建一场，回复「建直播」。", ("建直播", "直播"))
    lines = [
        f"{live.id} 「{live.title}」{when(live.planned_at)}，{_state(ctx, live)}"
        for live in found[:SHOWN]
    ]
    return Text("\n".join(lines), tuple(_act(live) for live in found[:3]))


def _state(ctx: Context, live: Live) -> str:
    if live.state == State.LIVE:
        return "正在播"
    if live.approved_at is not None:
        return "可以开播"
    if live.sent_back:
        return f"退回：{live.sent_back}"
    missing = lacking(shown.missing(ctx.work, live))
    return f"还差{missing}" if missing else "同事在看"


def _act(live: Live) -> str:
    if live.state == State.LIVE:
        return f"下播 {live.id}"
    return f"开播 {live.id}" if live.approved_at else f"直播商品 {live.id}"


def lacking(missing: tuple[str, ...]) -> str:
    """「商品和话术」"""
    names = {shown.GOODS: "商品", shown.SCRIPT: "话术"}
    return "和".join(names[what] for what in missing)


@router.says("直播商品 {number:number} {goods:text}", "直播商品 {number:number}")
def live_goods(ctx: Context, number: int, goods: str = "") -> Said:
    members.need_joined(ctx.member)
    live = directed(ctx, number)
    if not goods:
        return _goods(ctx, live)
    wanted = [_product(said) for said in BETWEEN.split(goods) if said]
    programme.show(ctx.work, number, wanted, by=ctx.member)
    return _goods(ctx, live)


def _product(said: str) -> int:
    digits = re.sub(r"^商品|号$", "", said)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise NoSuchProduct(said[:20])
    return int(digits)


def _goods(ctx: Context, live: Live) -> Said:
    found = shown.goods_of(ctx.work, live)
    lines = [f"{one.id} {one.title}，{show_yuan(one.price_fen)} 元" for one in found[:SHOWN]]
    if not found:
        opening = (
            f"场次 {live.id} 还没有商品。\n写上商品号，按播的顺序，比如「直播商品 {live.id} 3 5」。"
        )
        return Text(opening, ("商品",))
    more = f"……共 {len(found)} 件" if len(found) > SHOWN else ""
    whole = [f"场次 {live.id} 的商品，按这个顺序：", *lines, *([more] if more else [])]
    return _with_next(ctx, live, "\n".join(whole))


@router.says("直播话术 {number:number} {words:text}", "直播话术 {number:number}", "直播话术")
def live_script(ctx: Context, number: int | None = None, words: str = "") -> Said:
    members.need_joined(ctx.member)
    if number is None:
        return _which(ctx, live_script, "直播话术")
    live = directed(ctx, number)
    if not words:
        now = f"现在的话术：\n{live.script}\n要换，" if live.script else ""
        return Ask(
            f"{now}写下这场打算怎么说，{programme.LONGEST_SCRIPT} 个字以内，同事开播前会看：",
            then=live_script,
            expects="{words:text}",
            data={"number": number},
            choices=("取消",),
        )
    programme.write_script(ctx.work, number, words, by=ctx.member)
    return _with_next(ctx, live, f"记下了，场次 {number} 的话术 {len(words)} 个字。")


@router.says("改直播 {number:number} {words:text}", "改直播 {number:number}", "改直播")
def change_live(ctx: Context, number: int | None = None, words: str = "") -> Said:
    members.need_joined(ctx.member)
    if number is None:
        return _which(ctx, change_live, "改直播")
    live = directed(ctx, number)
    if not words:
        return Ask(
            f"场次 {number}：「{live.title}」{span(live)}。\n"
            "新的标题或时间写给我，比如「夏日专场」或「3月7日 20:00」。",
            then=change_live,
            expects="{words:text}",
            data={"number": number},
            choices=("取消",),
        )
    before = live.planned_at
    found = None if RETITLES.match(words) else times_in(RETIMES.sub("", words), ctx.work.now)
    title = RETITLES.sub("", words) if found is None else found[2]
    if found is not None:
        programme.move(ctx.work, number, found[0], ends_at=found[1], by=ctx.member)
    if title:
        programme.retitle(ctx.work, number, title, by=ctx.member)
    said = f"改好了，场次 {number}：「{live.title}」{span(live)}。"
    booked = bookings.count(ctx.work, number)
    if booked and live.planned_at != before and live.is_announced:
        said += f"\n约了的 {booked} 人会收到通知。"
    return _with_next(ctx, live, said)


@router.says("取消直播 {number:number} {reason:text}", "取消直播 {number:number}", "取消直播")
def cancel_live(ctx: Context, number: int | None = None, reason: str = "") -> Said:
    """Who hosts nothing means their booking."""
    if number is None and not hosting.of_host(ctx.work, ctx.member, State.SCHEDULED):
        return unbook(ctx)
    members.need_joined(ctx.member)
    if number is None:
        return _which(ctx, cancel_live, "取消直播")
    live = directed(ctx, number)
    if live.state == State.CANCELLED:
        return Text(f"场次 {number}「{live.title}」之前已经取消了。", ("直播",))
    if not reason:
        return Ask(
            "为什么取消？写一句，约了的人会原样看到：",
            then=cancel_live,
            expects="{reason:text}",
            data={"number": number},
            choices=("不取消了",),
        )
    reason = hosting.checked_text(ctx.work, reason, hosting.LONGEST_REASON)
    booked = bookings.count(ctx.work, number)
    return Ask(
        f"要取消场次 {number}：「{live.title}」{when(live.planned_at)}。\n"
        f"预约的 {booked} 人会收到通知，理由是「{reason}」；预约抽奖也不再抽。\n"
        "取消后不能恢复，确定吗？",
        then=confirm_cancelling,
        expects="确认取消",
        data={"number": number, "reason": reason},
        choices=("确认取消", "算了"),
    )


@router.step
def confirm_cancelling(ctx: Context, number: int, reason: str) -> Said:
    hosting.cancel(ctx.work, number, reason, by=ctx.member)
    live = hosting.find(ctx.work, number)
    return Text(
        f"取消了，场次 {number}「{live.title}」。\n再播一场，回复「建直播」。", ("建直播", "直播")
    )


def _which(ctx: Context, act: Callable[..., Said], verb: str) -> Said:
    """The only one that is planned, or a choice."""
    found = hosting.of_host(ctx.work, ctx.member, State.SCHEDULED)
    if len(found) == 1:
        return act(ctx, found[0].id)
    if not found:
        return my_lives(ctx)
    lines = [f"{live.id} 「{live.title}」{when(live.planned_at)}" for live in found]
    return Text("\n".join(("是哪一场？", *lines)), tuple(f"{verb} {live.id}" for live in found[:4]))


def directed(ctx: Context, number: int) -> Live:
    """NoSuchLive for somebody else's."""
    return hosting.directed(ctx.work, number, ctx.member)


def next_step(ctx: Context, live: Live) -> tuple[str, tuple[str, ...]]:
    """What the host does now, and the words for it."""
    number = live.id
    if live.state != State.SCHEDULED:
        return f"播完回复「下播 {number}」。", (f"下播 {number}",)
    if live.approved_at is not None:
        return f"到时回复「开播 {number}」。", (f"开播 {number}", "直播")
    missing = shown.missing(ctx.work, live)
    ways = {
        shown.GOODS: f"选商品回复「直播商品 {number} 3 5」",
        shown.SCRIPT: f"写话术回复「直播话术 {number}」",
    }
    if missing:
        said = "，".join(ways[what] for what in missing)
        words = {shown.GOODS: f"直播商品 {number}", shown.SCRIPT: f"直播话术 {number}"}
        return f"还差{lacking(missing)}：{said}。", tuple(words[what] for what in missing)
    if live.sent_back:
        return f"上次退回：{live.sent_back}\n改好标题、商品或话术，会再交给同事看。", ("我的直播",)
    return "都齐了，同事看过就能开播，通过了告诉你。", ("我的直播",)


def _with_next(ctx: Context, live: Live, said: str) -> Text:
    words, choices = next_step(ctx, live)
    return Text(f"{said}\n{words}", choices)
