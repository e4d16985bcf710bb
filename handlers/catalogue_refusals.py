"""Words for what the catalogue refuses: goods that may not be listed, prices that cannot be."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan
from commerce.goods.suppliers import BUSINESS_LICENCE, FOOD_LICENCE
from handlers.words import show_percent

WAYS = {"list": "按标价", "coupon": "用新人券", "discount": "千星专属折扣", "markup": "星主定价"}
PAPERS = {BUSINESS_LICENCE: "营业执照", FOOD_LICENCE: "食品经营许可证"}


def papers_missing(refusal: errors.PapersMissing) -> Text:
    if not refusal.supplier:
        return Text(f"{refusal.title}还没有供应商，不能上架。\n先在商品表里填上「供应商」再导入。")
    lacks = [f"缺{named(refusal.missing)}"] if refusal.missing else []
    lacks += [f"{named(refusal.expired)}过期了"] if refusal.expired else []
    return Text(
        f"{refusal.title}不能上架：供应商{refusal.supplier}{'，'.join(lacks)}。\n资质补齐后再上架。"
    )


def named(kinds: tuple[str, ...]) -> str:
    """「营业执照、食品经营许可证」"""
    return "、".join(PAPERS.get(kind, kind) for kind in kinds)


def prices_out_of_order(refusal: errors.PricesOutOfOrder) -> Text:
    return Text(
        f"{refusal.title}的价格要从低到高：成本 ≤ 供货价 ≤ 标价，标价大于 0。\n"
        f"现在是成本 {show_yuan(refusal.cost_fen)}、供货价 {show_yuan(refusal.supply_fen)}、"
        f"标价 {show_yuan(refusal.price_fen)} 元。"
    )


def commission_outside(refusal: errors.CommissionOutside) -> Text:
    return Text(
        f"{refusal.title}的佣金是 {show_percent(refusal.commission_bp)}%，"
        f"要在 {show_percent(refusal.min_bp)}% 到 {show_percent(refusal.max_bp)}% 之间。"
    )


def discount_outside(refusal: errors.DiscountOutside) -> Text:
    if refusal.min_bp <= refusal.discount_bp <= refusal.max_bp:
        return Text(f"{refusal.title}的千星专属折扣要写每月多少件，现在是 {refusal.quota} 件。")
    return Text(
        f"{refusal.title}的千星专属折扣是 {show_percent(refusal.discount_bp)}%，"
        f"要在 {show_percent(refusal.min_bp)}% 到 {show_percent(refusal.max_bp)}% 之间。"
    )


def stock_below_reserved(refusal: errors.StockBelowReserved) -> Text:
    return Text(
        f"{refusal.title}有 {refusal.reserved} 件已经下单、等付款，库存不能比这还少。\n"
        "等这些订单付款或过期后再改。"
    )


def no_markup(refusal: errors.NoMarkup) -> Text:
    return Text(
        f"{refusal.title}只按标价卖，不能自己定价；推荐卖出照样有佣金。\n看看别的，回复「商品」。",
        ("商品",),
    )


def own_price_outside(refusal: errors.OwnPriceOutside) -> Text:
    supply, price = show_yuan(refusal.supply_fen), show_yuan(refusal.price_fen)
    return Text(
        f"{refusal.title}可以定 {supply} 到 {price} 元：不低于供货价，不高于标价。\n"
        f"你定的是 {show_yuan(refusal.asked_fen)} 元，没有改动。",
        ("定价", "商品"),
    )


def insolvent(refusal: errors.Insolvent) -> Text:
    lines = [
        f"{refusal.title}这样卖会亏：{WAYS.get(refusal.way, refusal.way)}，最坏时 1 件"
        f"毛利 {show_yuan(refusal.margin_fen)} 元，各项支出 {show_yuan(refusal.costs_fen)} 元，"
        f"差 {show_yuan(-refusal.left_fen)} 元。"
    ]
    if refusal.least_supply_fen is not None:
        lines.append(f"供货价不低于 {show_yuan(refusal.least_supply_fen)} 元就可以上架。")
    if refusal.least_price_fen is not None:
        lines.append(f"标价不低于 {show_yuan(refusal.least_price_fen)} 元就可以上架。")
    lines.append("或者写明每件补贴多少。")
    return Text("\n".join(lines))


CATALOGUE_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.PapersMissing: papers_missing,
    errors.PricesOutOfOrder: prices_out_of_order,
    errors.CommissionOutside: commission_outside,
    errors.DiscountOutside: discount_outside,
    errors.StockBelowReserved: stock_below_reserved,
    errors.NoMarkup: no_markup,
    errors.Insolvent: insolvent,
    errors.OwnPriceOutside: own_price_outside,
}
