"""What the picture and the page of a live board show: numbers, and the few words beside them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from commerce.fen import show_yuan
from commerce.goods import offers
from commerce.goods.offers import Kind, LiveOffer
from commerce.goods.orders import Order
from commerce.lives import board, bookings, hints, lotteries
from commerce.lives.assists import Assist
from commerce.lives.board import Figures, Minute
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import State as LotteryState
from commerce.lives.prizes import Prize
from commerce.people import members
from commerce.work import Work
from handlers.board_notices import clock, detail, headline
from handlers.live_words import drawn, when

STATES = {
    State.SCHEDULED: "还没开播",
    State.LIVE: "正在播",
    State.ENDED: "播完了",
    State.SETTLED: "已结算",
    State.CANCELLED: "已取消",
}
STEPS = (1, 2, 5, 10, 15)
MOST_POINTS = 120
"""So many bars can be told apart; a longer live is shown in steps of several minutes."""


def facts(work: Work, live: Live, found: Figures) -> dict[str, Any]:
    """As JSON: the same numbers give the same picture."""
    watched = [one for one in found.minutes if live.ended_at is None or one.minute <= live.ended_at]
    step = next((step for step in STEPS if len(watched) <= step * MOST_POINTS), STEPS[-1])
    parts = [watched[start : start + step] for start in range(0, len(watched), step)]
    flash, sold_out = _flash(work, live, watched)
    return {
        "title": live.title,
        "host": members.get(work, live.host_id).name,
        "state": STATES[State(live.state)],
        "is_on": live.state == State.LIVE,
        "at": clock(work.now),
        "lasted": lasted(work, live),
        "online": found.online,
        "peak": found.peak,
        "viewers": found.viewers,
        "buyers": found.buyers,
        "orders": found.orders,
        "gmv_fen": found.gmv_fen,
        "conversion_bp": found.conversion_bp,
        "recent_minutes": int(work.rules.board.hint_every / timedelta(minutes=1)),
        "recent_orders": found.recent_orders,
        "recent_bp": found.recent_bp,
        "step": step,
        "times": [clock(part[0].minute) for part in parts],
        "online_each": [_most(part) for part in parts],
        "orders_each": [sum(one.orders for one in part) for part in parts],
        "flash": -(-flash // step),
        "sold_out": sold_out,
        "goods": [
            {"title": one.title, "sold": one.sold, "left": one.left, "fen": one.gmv_fen}
            for one in found.goods
        ],
        "offers": [list(one) for one in _offers(work, live)],
        "hint": _hint(work, live),
    }


def _most(part: Sequence[Minute]) -> int | None:
    return max((one.online for one in part if one.online is not None), default=None)


def lasted(work: Work, live: Live) -> str:
    """「已播 31 分钟」, or when it is planned."""
    if live.started_at is None:
        return f"{when(live.planned_at)} 开播"
    said = span((live.ended_at or work.now) - live.started_at)
    return f"已播{said}" if live.ended_at is None else f"播了{said}"


def span(length: timedelta) -> str:
    """「 31 分钟」, 「 2 小时 5 分钟」: with the space that stands before a number."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours:
        return f" {minutes} 分钟" if minutes else "不到 1 分钟"
    return f" {hours} 小时 {minutes} 分钟" if minutes else f" {hours} 小时"


def _hint(work: Work, live: Live) -> dict[str, str] | None:
    """The one given last, as long as it is news."""
    given = hints.last(work, live) if live.state == State.LIVE else None
    if given is None or given.given_at + work.rules.board.hint_every <= work.now:
        return None
    known = hints.facts_of(work, live, given.kind)
    more = detail(known)
    next_at = clock(given.given_at + work.rules.board.hint_every)
    following = f"下一条最早 {next_at}"
    return {
        "at": clock(given.given_at),
        "headline": headline(known),
        "detail": f"{more}，{following}" if more else following,
    }


def _offers(work: Work, live: Live) -> list[tuple[str, str]]:
    lines = [_offer(work, one) for one in offers.of_live(work, live.id)]
    lottery = lotteries.of_live(work, live.id)
    if lottery is not None and lottery.state != LotteryState.CANCELLED:
        booked = bookings.count(work, live.id)
        claimed = select(func.count(Prize.order_id)).where(Prize.lottery_id == lottery.id)
        said = drawn(lottery)
        if lottery.state == LotteryState.DRAWN:
            said = f"已开奖，领取 {work.session.scalar(claimed) or 0:,} 份"
        lines.append((f"预约 {booked:,} 人，抽 {lottery.winners_wanted:,} 份", said))
    return lines


def _offer(work: Work, offer: LiveOffer) -> tuple[str, str]:
    if offer.kind == Kind.FIRST_N:
        left = offers.left(work, offer)
        state = f"还剩 {left:,} 单" if left else "已售完"
        return f"前 {offer.pieces:,} 单 {show_yuan(offer.unit_fen)} 元", state
    if offer.kind == Kind.ASSIST:
        unlocked = select(func.count(Assist.unlocked_at)).where(Assist.live_id == offer.live_id)
        said = f"解锁 {work.session.scalar(unlocked) or 0:,} 份"
        return f"助力 {show_yuan(offer.unit_fen)} 元", said
    steps = f"每满 {offer.every_buyers:,} 人降 {show_yuan(offer.off_fen)} 元"
    at = "最后" if offer.closed_at else "现在"
    return steps, f"{at} {show_yuan(offers.now_fen(work, offer))} 元"


def _flash(work: Work, live: Live, minutes: Sequence[Minute]) -> tuple[int, str]:
    """How many of the minutes, from the first, 前 N 单 was on; and what to say of its end."""
    first_n = [one for one in offers.of_live(work, live.id) if one.kind == Kind.FIRST_N]
    if not first_n:
        return 0, ""
    offer = first_n[0]
    if offers.has_left(work, offer):
        return len(minutes), ""
    gone_at = _last_sold_at(work, live, offer)
    if gone_at is None:
        return 0, ""
    until = sum(one.minute <= board.minute_of(gone_at) for one in minutes)
    return until, f"{clock(gone_at)} 前 {offer.pieces:,} 单售完"


def _last_sold_at(work: Work, live: Live, offer: LiveOffer) -> datetime | None:
    last = select(func.max(Order.created_at)).where(
        Order.escrow == str(live.id), Order.offer_id == offer.id, Order.seat_no.is_not(None)
    )
    return work.session.scalar(last)
