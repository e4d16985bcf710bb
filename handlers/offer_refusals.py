"""Words for what a live's offers refuse: a price that cannot be, and who comes too late."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan

KINDS = {"first_n": "限时价", "stair": "阶梯价", "assist": "助力价"}


def offer_stands(refusal: errors.OfferStands) -> Text:
    kind = KINDS.get(refusal.kind, refusal.kind)
    return Text(
        f"这场的{refusal.title}已经有{kind}，公布了就不改。\n要另一种价，放到下一场。", ("直播",)
    )


def offer_prices_out_of_order(refusal: errors.OfferPricesOutOfOrder) -> Text:
    return Text(
        f"{refusal.title}的价格要这样：0 < 封底价 ≤ 直播价 ≤ 标价，阶梯价每次还要降一点。\n"
        f"现在是封底价 {show_yuan(refusal.floor_fen)}、直播价 {show_yuan(refusal.unit_fen)}、"
        f"标价 {show_yuan(refusal.price_fen)} 元。"
    )


def too_few_pieces(refusal: errors.TooFewPieces) -> Text:
    return Text(
        f"{refusal.title}还能卖 {refusal.left} 件，限时价写的是 {refusal.pieces} 件。\n"
        "要 1 件以上，不多于能卖的。少写几件，或先补货。"
    )


def below_cost(refusal: errors.BelowCost) -> Text:
    needed_fen = refusal.lost_fen * refusal.pieces
    given = f"，写的是 {show_yuan(refusal.subsidy_fen)} 元" if refusal.subsidy_fen else ""
    lines = [
        f"{refusal.title}卖 {show_yuan(refusal.unit_fen)} 元会亏："
        f"最坏时 1 件亏 {show_yuan(refusal.lost_fen)} 元。",
        f"{refusal.pieces:,} 件要补贴 {show_yuan(needed_fen)} 元{given}。",
    ]
    if refusal.least_fen is not None:
        lines.append(f"不补贴的话，不低于 {show_yuan(refusal.least_fen)} 元就可以。")
    lines.append("或者写明补贴多少，少放几件。")
    return Text("\n".join(lines))


def subsidy_used_up(refusal: errors.SubsidyUsedUp) -> Text:
    return Text(
        f"这个月的限时价补贴还剩 {show_yuan(refusal.left_fen)} 元，"
        f"这次要 {show_yuan(refusal.asked_fen)} 元。\n少放几件，或请管理员加预算。"
    )


def seat_gone(refusal: errors.SeatGone) -> Text:
    again = f"下单 {refusal.product}"
    return Text(
        f"{show_yuan(refusal.unit_fen)} 元的 {refusal.pieces:,} 单刚被抢完，没有下单，没有扣钱。\n"
        f"{refusal.title}标价 {show_yuan(refusal.price_fen)} 元，还要就回复「{again}」。\n"
        "有人没付款会空出来，也可以过一会儿再试。",
        (again, "商品"),
    )


def one_each(refusal: errors.OneEach) -> Text:
    return Text(
        f"{refusal.title}的直播价每人 1 件，你已经有了。\n再买按标价，付没付款看「我的订单」。",
        ("我的订单", "去付款"),
    )


def offer_closed(refusal: errors.OfferClosed) -> Text:
    return Text(
        f"{refusal.title}的直播价只在直播时有，现在不在直播。\n看看什么时候播，回复「直播」。",
        ("直播", "商品"),
    )


def not_for_you(refusal: errors.NotForYou) -> Text:
    return Text(
        f"{refusal.title}的直播价这次你用不了：主播和工作人员不占名额，星主专属价不和它一起用。\n"
        "照常买，回复「商品」。",
        ("商品",),
    )


def price_not_kept(refusal: errors.PriceNotKept) -> Text:
    return Text(
        f"订单尾号 {refusal.tail} 的直播价，现在重新下单就没有了，所以没有改。\n"
        "原来那单还给你留着，回复「去付款」。",
        ("去付款", "我的订单"),
    )


OFFER_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.OfferStands: offer_stands,
    errors.OfferPricesOutOfOrder: offer_prices_out_of_order,
    errors.TooFewPieces: too_few_pieces,
    errors.BelowCost: below_cost,
    errors.SubsidyUsedUp: subsidy_used_up,
    errors.SeatGone: seat_gone,
    errors.OneEach: one_each,
    errors.OfferClosed: offer_closed,
    errors.NotForYou: not_for_you,
    errors.PriceNotKept: price_not_kept,
}
