"""看板: how a live goes, for its host and the staff that looks after lives; afterwards its sum."""

from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.errors import NoSuchLive
from commerce.fen import show_yuan
from commerce.lives import board, hosting, summaries
from commerce.lives.board import Figures, Shown
from commerce.lives.lives import Live, State
from commerce.people import members
from commerce.work import Work
from handlers.board_facts import facts, lasted, span
from handlers.live_words import standing, when
from handlers.lives import settling
from handlers.words import show_percent

router = Router()

PAGE = "board"
SHOWN = 3


@router.says(
    "看板", "看板 {number:number}", "直播看板", "直播看板 {number:number}", "直播数据", "实时数据"
)
def live_board(ctx: Context, number: int | None = None) -> Said:
    members.need_star(ctx.member)
    if number is None:
        return _own(ctx)
    live = hosting.find(ctx.work, number)
    if not hosting.may_direct(ctx.work, live, ctx.member):
        raise NoSuchLive(number)
    return _board(ctx, live)


def _own(ctx: Context) -> Said:
    """The one that is on; else the one that was on last."""
    on = hosting.of_host(ctx.work, ctx.member, State.LIVE)
    if len(on) > 1:
        lines = [f"{live.id} 「{live.title}」{when(live.planned_at)}" for live in on]
        choices = tuple(f"看板 {live.id}" for live in on[:4])
        return Text("\n".join(("要看哪一场？", *lines)), choices)
    last = on[0] if on else summaries.last_over(ctx.work, ctx.member)
    if last is None:
        return Text("你还没有播过直播，开播以后这里有数字。", ("建直播", "我的直播"))
    return _board(ctx, last)


def _board(ctx: Context, live: Live) -> Said:
    if live.state == State.CANCELLED:
        return Text(f"「{live.title}」取消了，没有数字可看。", ("我的直播",))
    if live.started_at is None:
        stands = standing(ctx.work, live)
        text = f"「{live.title}」还没开播，{when(live.planned_at)} 开始。\n{stands}。"
        return Text(text, (f"开播 {live.id}", "我的直播"))
    found = board.figures(ctx.work, live)
    lines = summed_up(ctx.work, live) if live.ended_at else _now(ctx.work, found)
    renews = "" if live.ended_at else "，自己会更新"
    lines.append(f"[[打开看板|{ctx.own_page(PAGE, live.id)}]]{renews}。")
    words = "\n".join(lines)
    choices = (f"结算 {live.id}",) if live.ended_at else (f"看板 {live.id}", f"下播 {live.id}")
    return Text(words, choices), Picture("live_board", facts(ctx.work, live, found))


def _now(work: Work, found: Figures) -> list[str]:
    live, minutes = found.live, int(work.rules.board.hint_every.total_seconds()) // 60
    here = "在线人数还没数到" if found.online is None else f"在线 {found.online:,} 人"
    lines = [
        f"「{live.title}」正在播，{lasted(work, live)}。",
        f"{here}，看过 {found.viewers:,} 人。",
        f"{found.orders:,} 单，成交 {show_yuan(found.gmv_fen)} 元；"
        f"近 {minutes} 分钟 {found.recent_orders:,} 单。",
    ]
    if found.conversion_bp is not None:
        lately = ""
        if found.recent_bp is not None:
            lately = f"，近 {minutes} 分钟 {show_percent(found.recent_bp)}%"
        lines.append(f"转化率 {show_percent(found.conversion_bp)}%{lately}。")
    shown = found.goods[:SHOWN] if len(found.goods) <= SHOWN else found.goods[: SHOWN - 1]
    lines += [_product(one) for one in shown]
    if len(found.goods) > len(shown):
        lines.append(f"……共 {len(found.goods)} 件，都在看板上。")
    return lines


def _product(one: Shown) -> str:
    left = f"还剩 {one.left:,} 份" if one.left else "卖完了"
    return f"{one.title}：卖出 {one.sold:,} 份，{left}。"


def summed_up(work: Work, live: Live) -> list[str]:
    """A live that is over, in a line each."""
    found = summaries.summary(work, live)
    sums = found.figures
    back = "没有退款"
    if found.refunds:
        back = f"退款 {found.refunds:,} 单，{show_yuan(found.refunded_fen)} 元"
    lines = [
        f"「{live.title}」播完了，播了{span(found.lasted)}。",
        settling(found.progress, work),
        f"成交 {show_yuan(sums.gmv_fen)} 元，{back}。",
        _watched(sums),
    ]
    best = sorted((one for one in sums.goods if one.sold), key=lambda one: -one.gmv_fen)[:SHOWN]
    if best:
        named = "，".join(f"{one.title} {one.sold:,} 份" for one in best)
        lines.append(f"卖得多的：{named}。")
    if found.earners:
        lines.append(f"算给 {found.earners:,} 人的收益 {show_yuan(found.earned_fen)} 元。")
    return lines


def _watched(sums: Figures) -> str:
    said = f"看过 {sums.viewers:,} 人"
    if sums.peak is not None:
        said += f"，同时最多 {sums.peak:,} 人"
    said += f"，{sums.buyers:,} 人下单"
    if sums.conversion_bp is not None:
        said += f"，转化率 {show_percent(sums.conversion_bp)}%"
    return f"{said}。"
