"""How the house writes a live in short: when it is, what is offered, how its lottery stands."""

from datetime import datetime

from commerce.fen import show_yuan
from commerce.goods import offers
from commerce.goods.offers import Kind, LiveOffer
from commerce.goods.products import Product
from commerce.lives import bookings, lotteries
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.lives.lotteries import Lottery, State
from commerce.outbox import SHANGHAI
from commerce.work import Work

WEEKDAYS = "一二三四五六日"
INVITES = "扫码看规则、预约"


def when(at: datetime) -> str:
    """「3月6日 周五 20:00」"""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 周{WEEKDAYS[local.weekday()]} {local:%H:%M}"


def span(live: Live) -> str:
    """「3月6日 周五 20:00–22:00」"""
    if live.ends_at is None:
        return when(live.planned_at)
    return f"{when(live.planned_at)}–{live.ends_at.astimezone(SHANGHAI):%H:%M}"


def standing(work: Work, live: Live) -> str:
    """「已预约 86 人，满 100 人抽 10 份免单；前 100 单 9.90 元」: whatever of it there is."""
    found = lotteries.of_live(work, live.id)
    parts = []
    if live.state == LiveState.SCHEDULED:
        parts.append(f"已预约 {bookings.count(work, live.id)} 人")
    if found is not None and found.state != State.CANCELLED:
        parts.append(drawn(found))
    said = ["，".join(parts)] if parts else []
    said += [offered(work, live, one) for one in offers.of_live(work, live.id)]
    return "；".join(said)


def drawn(lottery: Lottery) -> str:
    """How far the lottery is, in half a sentence."""
    prizes = f"抽 {lottery.winners_wanted} 份免单"
    if lottery.state == State.FROZEN:
        return "正在开奖"
    if lottery.state == State.DRAWN:
        return f"已开奖，{prizes}"
    if lottery.state == State.NOT_REACHED:
        return f"没满 {lottery.threshold} 人，不抽奖"
    if lottery.reached_at is not None:
        return f"已锁定，开播{prizes}"
    return f"满 {lottery.threshold} 人{prizes}"


def offered(work: Work, live: Live, offer: LiveOffer) -> str:
    """「前 100 单 9.90 元」, while it is on with what is left of it."""
    title = work.session.get_one(Product, offer.product_id).title
    if offer.kind == Kind.FIRST_N:
        said = f"{title} 前 {offer.pieces} 单 {show_yuan(offer.unit_fen)} 元"
        on_air = live.state == LiveState.LIVE
        return f"{said}，还剩 {offers.left(work, offer)} 单" if on_air else said
    if offer.kind == Kind.ASSIST:
        return f"{title} 助力价 {show_yuan(offer.unit_fen)} 元"
    steps = f"每满 {offer.every_buyers} 人降 {show_yuan(offer.off_fen)} 元"
    if live.state == LiveState.LIVE:
        return f"{title} 现在 {show_yuan(offers.now_fen(work, offer))} 元，{steps}"
    floor = f"降到 {show_yuan(offer.floor_fen)} 元为止"
    return f"{title} {show_yuan(offer.unit_fen)} 元，{steps}，{floor}"


def on_poster(work: Work, live: Live) -> list[str]:
    """At most five short lines: when, what is drawn and by which rule, the first price."""
    lines = [when(live.planned_at)]
    lottery = lotteries.of_live(work, live.id)
    drawn_here = lottery is not None and lottery.state == State.OPEN
    if lottery is not None and drawn_here:
        lines.append(f"满 {lottery.threshold} 人抽 {lottery.winners_wanted} 份免单")
        lines.append(f"每份 {show_yuan(lottery.prize_fen)} 元：{lottery.terms['product']}")
    flash = [one for one in offers.of_live(work, live.id) if _is_flash(one)]
    lines += [f"前 {one.pieces} 单 {show_yuan(one.unit_fen)} 元" for one in flash[:1]]
    if drawn_here:
        return [*lines, "每人 1 号，转发不加机会"]
    return [*lines, "长按识别二维码", "进来看直播"]


def _is_flash(offer: LiveOffer) -> bool:
    return offer.kind == Kind.FIRST_N and offer.closed_at is None
