"""收益, 明细, 「1 怎么算的」: what one earned, line by line, and how each came about."""

from datetime import date, datetime
from typing import Any

from bot import shown
from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.lives.lives import Live
from commerce.money import earning_lists, earnings_view, estimates, explaining, ledger
from commerce.money.earning_lists import Line, Page
from commerce.money.earnings import Earning, Kind, State
from commerce.money.earnings_view import LiveSum, Overview
from commerce.money.estimates import Estimate
from commerce.money.explaining import Explanation
from commerce.outbox import SHANGHAI
from commerce.people import members
from handlers import help
from handlers.explanations import KINDS, STATES, words
from handlers.words import day, lasting, moment

router = Router()

LIST = "earnings"
EVENING = 18  # o'clock in Shanghai
ORDINAL = 3  # digits at most: 「73」 is a place in the list, 「0073」 the tail of an order's number
NOTHING_YET = Text(
    "还没有收益。\n推广的商品卖出后先记「预估」，结算后一笔一笔记在这里。\n"
    "挑一件来推广，回复「商品」。",
    ("商品", "规则"),
)


@router.says("收益", "收益中心", "我的收益", "我赚了多少", "我赚了多少钱")
@router.taps("earnings")
def earnings(ctx: Context) -> Said:
    members.need_star(ctx.member)
    live = earnings_view.on_air(ctx.work, ctx.member)
    if live is not None:
        return Text(_so_far(ctx, *live), ("明细", "提现"))
    found = earnings_view.overview(ctx.work, ctx.member)
    usual = ("明细", "提现", "用收益抵扣")
    return Picture("earnings_card", card(ctx, found)), Text(_standing(ctx, found), usual)


def _so_far(ctx: Context, live: Live, found: Estimate) -> str:
    held = ledger.balances(ctx.work, ctx.member.id)
    team = ""
    if found.team_orders:
        team = f"；团队卖出 {found.team_orders:,} 单，预估 {show_yuan(found.team_fen)} 元"
    since = "今晚" if _hour(live.started_at or ctx.work.now) >= EVENING else "今天"
    after = lasting(ctx.work.rules.settlement.starts_after)
    return (
        f"{since}到现在：卖出 {found.own_orders:,} 单，预估 {show_yuan(found.own_fen)} 元{team}。\n"
        f"下播 {after}后开始结算，结算好告诉你。\n"
        f"可提现 {show_yuan(held.available_fen)} 元，待到账 {show_yuan(held.pending_fen)} 元。"
    )


def _standing(ctx: Context, found: Overview) -> str:
    held = found.balances
    lines = [
        f"可提现 {show_yuan(held.available_fen)} 元",
        f"待到账 {show_yuan(held.pending_fen)} 元",
        f"提现中 {show_yuan(found.withdrawing_fen)} 元",
        f"已提现 {show_yuan(found.paid_fen)} 元",
    ]
    if held.debt_fen:
        lines.append(f"待抵扣 {show_yuan(held.debt_fen)} 元，以后到账的先抵它")
    if found.estimated_fen:
        lines.append(f"预估 {show_yuan(found.estimated_fen)} 元，已付款，还没结算")
    if found.lives:
        lines.append(_last_live(ctx, found.lives[0]))
    return "\n".join((*lines, _last_release(ctx, found)))


def _last_live(ctx: Context, live: LiveSum) -> str:
    state = "已全部结算" if live.is_settled else "还在结算"
    when = _when(ctx, live.started_at)
    return f"{when}「{live.title}」{signed(live.amount_fen)} 元，{live.lines:,} 笔，{state}。"


def _last_release(ctx: Context, found: Overview) -> str:
    link = f"[[全部收益|{ctx.own_page('earnings')}]]"
    if found.last_release is None:
        return link
    amount = show_yuan(found.last_release.amount_fen)
    return f"最近一笔到账：{day(found.last_release.at)}，{amount} 元。{link}"


def _when(ctx: Context, at: datetime) -> str:
    """「昨晚」, 「今天」, 「3月6日」"""
    ago = (ctx.work.now.astimezone(SHANGHAI).date() - at.astimezone(SHANGHAI).date()).days
    if ago > 1:
        return day(at)
    return ("今昨"[ago]) + ("晚" if _hour(at) >= EVENING else "天")


def _hour(at: datetime) -> int:
    return at.astimezone(SHANGHAI).hour


def signed(amount_fen: int) -> str:
    """「+44.31」, 「0.00」"""
    return f"{'+' if amount_fen > 0 else ''}{show_yuan(amount_fen)}"


def by_kind(found: Overview) -> dict[str, int]:
    """The kinds people know and what they brought this month, in their order."""
    sums = dict.fromkeys(KINDS.values(), 0)
    for kind, name in KINDS.items():
        sums[name] += found.kinds[kind]
    return sums


def period(today: date) -> str:
    """「3月到今天」"""
    return f"{today.month}月到今天"


def card(ctx: Context, found: Overview) -> dict[str, Any]:
    """What the earnings card is drawn from. Only its owner gets to see it."""
    held, live = found.balances, found.lives[0] if found.lives else None
    return {
        "as_of": moment(ctx.work.now),
        "rank": int(ctx.member.rank),
        "available_fen": held.available_fen,
        "pending_fen": held.pending_fen,
        "withdrawing_fen": found.withdrawing_fen,
        "paid_fen": found.paid_fen,
        "debt_fen": held.debt_fen,
        "minimum_fen": ctx.work.rules.plan.withdrawal.minimum_fen,
        "period": period(max(found.days)),
        "kinds": [{"name": name, "fen": fen} for name, fen in by_kind(found).items()],
        "days": [{"label": f"{one.day}日", "fen": fen} for one, fen in sorted(found.days.items())],
        "last_live": live and {"title": live.title, "fen": live.amount_fen, "lines": live.lines},
    }


@router.says("本月收益", "这个月收益", "我这个月收益多少", "这个月赚了多少")
def month_earnings(ctx: Context) -> Said:
    members.need_star(ctx.member)
    found = earnings_view.overview(ctx.work, ctx.member)
    lines = [f"{period(max(found.days))} {signed(found.month_fen)} 元："]
    lines += [f"{name} {show_yuan(fen)} 元" for name, fen in by_kind(found).items() if fen]
    available = show_yuan(found.balances.available_fen)
    return Text("\n".join((*lines, f"可提现 {available} 元。")), ("明细", "提现"))


@router.says("明细", "收益明细")
@router.taps("earning_lines")
def earning_lines(ctx: Context) -> Said:
    members.need_star(ctx.member)
    return _show(ctx)


@router.says("更早的", "更早的明细", "更早的收益")
def older_lines(ctx: Context) -> Said:
    members.need_star(ctx.member)
    seen = shown.recall(ctx.work, ctx.member.id, LIST)
    if seen is None:
        return _show(ctx)
    if seen.data["before_id"] is None:
        return Text("没有更早的了，这已经是最早的一页。", ("明细", "收益"))
    return _show(ctx, seen.data["before_id"], only_available=seen.data["only_available"])


@router.says("只看可提现", "可提现明细")
def available_lines(ctx: Context) -> Said:
    members.need_star(ctx.member)
    return _show(ctx, only_available=True)


def _show(ctx: Context, before_id: int | None = None, *, only_available: bool = False) -> Said:
    page = earning_lists.lines_page(
        ctx.work, ctx.member, before_id=before_id, only_available=only_available
    )
    if not page.lines:
        return _nothing(ctx, only_available=only_available)
    ids = [line.id for line in page.lines]
    data = {"ids": ids, "before_id": page.before_id, "only_available": only_available}
    shown.remember(ctx.work, ctx.member.id, LIST, data)
    older = ("更早的",) if page.before_id is not None else ()
    other = ("明细",) if only_available else ("只看可提现",)
    return Text(_listed(ctx, page), ("1 怎么算的", *older, *other))


def _nothing(ctx: Context, *, only_available: bool) -> Said:
    if only_available:
        return Text("现在没有可提现的明细。\n看全部，回复「明细」。", ("明细", "收益"))
    estimate = estimates.estimate(ctx.work, ctx.member)
    if not estimate.amount_fen:
        return NOTHING_YET
    return Text(
        f"还没有结算的明细。\n预估 {show_yuan(estimate.amount_fen)} 元，已付款，结算好就记在这里。",
        ("收益",),
    )


def _listed(ctx: Context, page: Page) -> str:
    states = {line.state for line in page.lines}
    lines = [_heading(page)]
    for number, line in enumerate(page.lines, start=1):
        state = f"，{STATES[line.state]}" if len(states) > 1 else ""
        lines.append(f"{number} {_line(line)}{state}")
    if states == {State.PENDING}:
        held = lasting(ctx.work.rules.plan.hold.received_days)
        waits = f"都是待到账：买家收货满 {held}后可提现。"
        is_order = all(line.order_tail for line in page.lines)
        lines.append(waits if is_order else "都是待到账，到期转为可提现。")
    elif len(states) == 1:
        lines.append(f"都是{STATES[states.pop()]}。")
    return "\n".join((*lines, "想看哪笔，回复「1 怎么算的」。"))


def _heading(page: Page) -> str:
    """「3月6日「春日好物专场」5 笔，共 44.31 元：」"""
    if page.live is not None:
        place = f"{day(page.live.started_at)}「{page.live.title}」"
    elif page.day is not None:
        place = f"{page.day.month}月{page.day.day}日 直播外的订单 "
    else:
        return "不按订单算的："
    part = f"，这里是 {len(page.lines)} 笔" if page.total > len(page.lines) else ""
    return f"{place}{page.total:,} 笔，共 {show_yuan(page.total_fen)} 元{part}："


def _line(line: Line) -> str:
    """「藕粉 10 袋装 × 2，团队奖励 · 小红 +9.90」"""
    goods = f"{line.product}" + (f" × {line.quantity}" if line.quantity > 1 else "")
    goods = f"{goods}，" if line.product else ""
    seller = f" · {line.seller}" if line.seller and line.kind is Kind.TEAM_REWARD else ""
    back_fen = line.amount_fen - line.stands_fen
    back = f"（退回 {show_yuan(back_fen)}）" if back_fen and line.stands_fen else ""
    return f"{goods}{KINDS[line.kind]}{seller} {signed(line.stands_fen)}{back}"


@router.says(
    "这笔怎么算的",
    "怎么算的",
    "{order:line} 怎么算的",
    "{order:line} 是怎么算的",
    "{order:line} 怎么来的",
)
def explain(ctx: Context, order: str | None = None) -> Said:
    members.need_star(ctx.member)
    if order is None:
        return _explain_newest(ctx)
    if len(order) <= ORDINAL:
        return _explain_place(ctx, int(order))
    found = earning_lists.of_order(ctx.work, ctx.member, order)
    explained = explaining.explain_all(ctx.work, found) or _estimated(ctx, order)
    if not explained:
        return Text(
            f"没找到尾号 {order} 的收益，看看号码对不对。\n"
            "自己买的、没有归到你名下的订单，不算你的收益。",
            ("明细", "人工"),
        )
    return _told(explained)


@router.says("{order:place}")
def explain_place(ctx: Context, order: str) -> Said:
    """「2 呢」, right after a list."""
    seen = shown.recall(ctx.work, ctx.member.id, LIST)
    return help.none(ctx, ()) if seen is None else _explain_place(ctx, int(order))


def _explain_newest(ctx: Context) -> Said:
    """The one line that was shown alone, else the newest."""
    seen = shown.recall(ctx.work, ctx.member.id, LIST)
    if seen is not None and shown.is_fresh(ctx.work, seen) and len(seen.data["ids"]) == 1:
        return _explain_place(ctx, 1)
    newest = earning_lists.latest(ctx.work, ctx.member, limit=1)
    return _told(explaining.explain_all(ctx.work, newest)) if newest else NOTHING_YET


def _explain_place(ctx: Context, number: int) -> Said:
    seen = shown.recall(ctx.work, ctx.member.id, LIST)
    if seen is None:
        return Text(
            "先回复「明细」，再说第几笔。\n记得订单尾号的话，直接说「0073 怎么算的」。", ("明细",)
        )
    if not shown.is_fresh(ctx.work, seen):
        return Text(
            f"那份明细是 {moment(seen.shown_at)} 的，号码可能对不上了。\n"
            "再发一次「明细」，照新的号码说。",
            ("明细",),
        )
    ids: list[int] = seen.data["ids"]
    if not 1 <= number <= len(ids):
        return Text(f"刚才那页只有 {len(ids)} 笔，没有第 {number} 笔。", ("1 怎么算的", "明细"))
    found: list[Earning] = earning_lists.find(ctx.work, ctx.member, [ids[number - 1]])
    return _told(explaining.explain_all(ctx.work, found))


def _estimated(ctx: Context, tail: str) -> list[Explanation]:
    order = estimates.find(ctx.work, ctx.member, tail)
    if order is None:
        return []
    return explaining.estimate(ctx.work, order, members.with_former_ids(ctx.work, ctx.member))


def _told(explained: list[Explanation]) -> Said:
    """One message a line: somebody may have two in one order."""
    return tuple(Text(words(one), ("明细", "收益", "人工")) for one in explained)
