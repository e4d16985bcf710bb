"""「这笔怎么算的」 in words: one text for the chat, the page, the console and the API."""

from collections.abc import Iterable, Iterator

from commerce.fen import share_floor, show_part, show_share, show_yuan
from commerce.goods.orders import Mode
from commerce.money.earnings import Kind, Part, State
from commerce.money.explaining import ESTIMATED, Explanation, Rate, Sale
from commerce.money.holds import Hold, Waits
from commerce.money.taken_back import TakenBack
from commerce.rules import Rank
from handlers.words import day, lasting, moment, show_percent

KINDS = {
    Kind.SALES_COMMISSION: "带货佣金",
    Kind.HOST_MARKUP: "带货佣金",
    Kind.TEAM_REWARD: "团队奖励",
    Kind.TRAFFIC_REWARD: "流量奖励",
    Kind.RANK_BONUS: "升级奖金",
}
"""The four kinds people know: who sells at a price of their own earns by selling too."""

STATES = {
    ESTIMATED: "预估",
    State.PENDING: "待到账",
    State.AVAILABLE: "可提现",
    State.REVERSED: "已退回",
    State.VOID: "已作废",
}
CHECKS = {
    "same_person": "付款人、手机号或地址和推荐人的一样",
    "same_address": "一天里同一个地址下了很多单",
    "many_refunds": "近 30 天退款偏多",
    "young_buyers": "买家大多是刚注册的账号",
    "staff": "同事核查订单",
}


def words(explanation: Explanation) -> str:
    """Several lines: what it is, what was paid, the rate and its parts, the sum to the fen, what
    was taken back, what it waits for. Whoever reckons it again comes to the same fen."""
    sale = explanation.sale
    about = _of_sale(explanation, sale) if sale else _of_reward(explanation)
    return "\n".join((*about, *_taken_back(explanation), *_standing(explanation)))


def goods(sale: Sale) -> str:
    """「藕粉 10 袋装 × 2」"""
    return sale.product + (f" × {sale.quantity}" if sale.quantity > 1 else "")


def _of_sale(explanation: Explanation, sale: Sale) -> Iterator[str]:
    kind = KINDS[explanation.kind]
    kind = f"预估{kind}" if explanation.state == ESTIMATED else kind
    amount = show_yuan(explanation.amount_fen)
    yield f"订单尾号 {sale.tail}，{goods(sale)}，{kind} {amount} 元："
    yield _base(sale)
    if explanation.rate is None:
        yield _markup(explanation, sale)
        return
    yield _rate(explanation.rate, explanation.part, sale)
    yield _formula(sale.base_fen, explanation.rate.rate_bp)
    yield f"星级按 {moment(sale.paid_at)} 付款时算。"


def _base(sale: Sale) -> str:
    credit = f"，其中收益抵扣 {show_yuan(sale.credit_fen)} 元，一样算" if sale.credit_fen else ""
    return f"实付 {show_yuan(sale.base_fen)} 元{_parts(sale)}，不含运费{credit}"


def _parts(sale: Sale) -> str:
    """「 = 标价 99.00 − 券 5.00」; nothing where it was sold above the list price."""
    coupon = f" − 券 {show_yuan(sale.coupon_fen)}" if sale.coupon_fen else ""
    pieces = sale.quantity
    if sale.mode is Mode.MARKUP:
        is_whole = sale.unit_fen * pieces - sale.coupon_fen == sale.base_fen
        own = f" = 自定价 {show_yuan(sale.unit_fen)}{_times(pieces)}{coupon}"
        return own if is_whole else ""
    if sale.offer_fen < 0:
        return ""
    several = f"（{pieces} 件）" if pieces > 1 else ""
    offer = f" − 优惠 {show_yuan(sale.offer_fen)}" if sale.offer_fen else ""
    return f" = 标价 {show_yuan(sale.list_fen)}{several}{offer}{coupon}"


def _times(pieces: int) -> str:
    return f" × {pieces}" if pieces > 1 else ""


def _markup(explanation: Explanation, sale: Sale) -> str:
    supply = f"供货价 {show_yuan(sale.supply_fen)}{_times(sale.quantity)}"
    amount = show_yuan(explanation.amount_fen)
    return f"{show_yuan(sale.base_fen)} − {supply} = {amount} 元，卖高的部分都是你的"


def _rate(rate: Rate, part: Part | None, sale: Sale) -> str:
    percent = f"{show_percent(rate.rate_bp)}%"
    if part is Part.PROMOTER:
        return _rate_of_sales(rate, percent)
    if part is Part.HOST:
        return f"比例 {percent}：{sale.seller}推荐，在你的直播里卖出，这是主播的一份"
    who = "你邀请的人" if part is Part.PARENT else "你邀请的人再邀请的人"
    return f"比例 {percent}：{sale.seller}卖出，是{who}，你当时是{rate.rank.label}"


def _rate_of_sales(rate: Rate, percent: str) -> str:
    goods_part = f"商品 {show_percent(rate.goods_bp)}%"
    if not rate.uplift_bp:
        return f"比例 {percent} = {goods_part}，{rate.rank.label}不加点"
    parts = f"{goods_part} + {rate.rank.label} {show_percent(rate.uplift_bp)}%"
    if rate.is_capped:
        whole = show_percent(rate.goods_bp + rate.uplift_bp)
        return f"比例：{parts} = {whole}%，按单品上限 {percent} 算"
    return f"比例 {percent} = {parts}"


def _formula(base_fen: int, rate_bp: int) -> str:
    """「39.90 × 22% = 8.778，不满 1 分舍去，得 8.77 元」"""
    exact, amount = show_share(base_fen, rate_bp), show_yuan(share_floor(base_fen, rate_bp))
    floored = "" if exact == amount else f"，不满 1 分舍去，得 {amount}"
    return f"{show_yuan(base_fen)} × {show_percent(rate_bp)}% = {exact}{floored} 元"


def _of_reward(explanation: Explanation) -> Iterator[str]:
    amount = show_yuan(explanation.amount_fen)
    _, *about = (explanation.key or "").split(":")
    if explanation.kind is Kind.RANK_BONUS:
        rank = Rank(int(about[-1])).label if about and about[-1].isdecimal() else "新的星级"
        yield f"升到「{rank}」，升级奖金 {amount} 元："
        yield "每个星级只发一次。"
        return
    video = f"视频 V{about[0]}" if about else "视频"
    yield f"{video}，流量奖励 {amount} 元："
    plays = (
        f"播放到 {int(about[1]):,} 次" if len(about) > 1 and about[1].isdecimal() else "播放达标"
    )
    whole_fen = explanation.amount_fen + explanation.earlier_fen
    tier_fen = max(explanation.tier_fen, whole_fen)
    yield f"{plays}，这一档 {show_yuan(tier_fen)} 元"
    if explanation.earlier_fen:
        left = show_yuan(tier_fen - explanation.earlier_fen)
        earlier = show_yuan(explanation.earlier_fen)
        yield f"{show_yuan(tier_fen)} − 这条视频之前给过的 {earlier} = {left} 元"
    if tier_fen > whole_fen:
        yield f"到了每人每月的上限，这次给 {amount} 元。"


def _taken_back(explanation: Explanation) -> Iterator[str]:
    """What refunds took, what a verdict took, and where it was taken from."""
    if explanation.sale is not None:
        yield from _refunds(explanation, explanation.sale)
    for one in explanation.taken_back:
        if one.refunded_fen is None and one.amount_fen < 0:
            repaid = f"，先抵扣欠款 {show_yuan(-one.to_debt_fen)} 元" if one.to_debt_fen else ""
            yield f"{day(one.at)} 重看后撤销判定，恢复 {show_yuan(-one.amount_fen)} 元{repaid}。"
        elif one.refunded_fen is None:
            source = _from_where((one,))
            yield f"{day(one.at)} 核查后作废，退回 {show_yuan(one.amount_fen)} 元{source}。"
    if explanation.borne_fen:
        yield f"到账很久以后的退款由平台承担，{show_yuan(explanation.borne_fen)} 元不用你退。"


def _refunds(explanation: Explanation, sale: Sale) -> Iterator[str]:
    """Refunds add up, so one sum explains all of them."""
    refunds = [one for one in explanation.taken_back if one.refunded_fen is not None]
    if not refunds:
        return
    refunded_fen = refunds[-1].refunded_fen or 0
    back_fen = refunds[-1].before_fen + refunds[-1].amount_fen
    together = "共" if len(refunds) > 1 else ""
    back = f"退回{together} {show_yuan(back_fen)} 元{_from_where(refunds)}"
    yield f"退款{together} {show_yuan(refunded_fen)} 元，{back}："
    exact = show_part(explanation.amount_fen, refunded_fen, sale.base_fen)
    floored = "" if exact == show_yuan(back_fen) else "，不满 1 分舍去"
    each = "、".join(show_yuan(one.amount_fen) for one in refunds)
    yield (
        f"{show_yuan(explanation.amount_fen)} × {show_yuan(refunded_fen)} ÷ "
        f"{show_yuan(sale.base_fen)} = {exact}{floored}" + (f"，分别是 {each}" if together else "")
    )


def _from_where(taken: Iterable[TakenBack]) -> str:
    """「（可提现里扣 36.40 元，记为待抵扣 47.20 元）」; nothing where it was still pending."""
    taken = list(taken)
    available_fen = sum(one.from_available_fen for one in taken)
    debt_fen = sum(one.to_debt_fen for one in taken)
    parts = [f"可提现里扣 {show_yuan(available_fen)} 元"] if available_fen else []
    parts += [f"记为待抵扣 {show_yuan(debt_fen)} 元"] if debt_fen else []
    return f"（{'，'.join(parts)}）" if parts else ""


def _standing(explanation: Explanation) -> Iterator[str]:
    left = ""
    if explanation.reversed_fen and explanation.stands_fen:
        left = f"还剩 {show_yuan(explanation.stands_fen)} 元，"
    if explanation.hold is not None and explanation.state in (State.PENDING, ESTIMATED):
        yield f"{left}{waiting(explanation.hold)}"
    elif explanation.state == State.AVAILABLE:
        since = f"{day(explanation.released_at)} 已转为" if explanation.released_at else ""
        yield f"{left}{since}可提现。"
    elif explanation.state == State.REVERSED:
        yield "这笔已全部退回。"


def waiting(hold: Hold) -> str:
    """What a line waits for, and until when."""
    until = day(hold.until) if hold.until else ""
    at = moment(hold.until) if hold.until else ""
    if hold.waits is Waits.DATE and hold.received_at:
        return f"{day(hold.received_at)} 签收，{until} 转为可提现。"
    if hold.waits is Waits.DELIVERY:
        latest = f"最晚 {until}" if hold.shipped_at else f"没有物流的按 {until}"
        return f"待到账，买家收货满 {lasting(hold.span)}后可提现，{latest}。"
    checked = CHECKS.get(hold.reason, "订单异常")
    sentences = {
        Waits.DATE: f"待到账，{until} 转为可提现。",
        Waits.AFTER_SALE: f"待到账，这单有售后在处理，最晚 {at} 有结果。",
        Waits.CHECK: f"待到账，这单在核查：{checked}，最晚 {at} 有结果。",
        Waits.OPERATOR: f"待到账，{until} 后由运营放行。",
        Waits.LIVE: f"预估，下播 {lasting(hold.span)}后开始结算。",
        Waits.SETTLEMENT: f"预估，{at} 结算。",
        Waits.RUNNING: "预估，正在结算，马上就好。",
    }
    return sentences[hold.waits]
