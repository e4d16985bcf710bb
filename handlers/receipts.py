"""How an order's price comes about, line by line: the same in the chat and at the cashier."""

from collections.abc import Sequence

from commerce.goods.coupons import NAME as COUPON
from commerce.goods.orders import Offer, Order
from commerce.goods.products import Product
from commerce.goods.suppliers import FOOD
from commerce.rules import Rules

OFFERS = {
    Offer.LIST: "优惠",
    Offer.STAR_PRICE: "星主专属价",
    Offer.DISCOUNT: "千星专属折扣",
    Offer.COUPON: COUPON,
    Offer.FIRST_N: "限时价",
    Offer.STAIR: "阶梯价",
    Offer.ASSIST: "助力价",
    Offer.PRIZE: "免单券",
    Offer.AGREED: "优惠",
}
CREDIT = "收益抵扣"


def list_fen(orders: Sequence[Order]) -> int:
    return sum(order.list_fen for order in orders)


def taken_off(orders: Sequence[Order]) -> list[tuple[str, int]]:
    """What makes them cost less than list price and freight, each a negative number of fen.
    Together with those it is what is paid in money."""
    off: dict[str, int] = {}
    for order in orders:
        name = OFFERS[Offer(order.offer)]
        off[name] = off.get(name, 0) + order.base_fen - order.list_fen
        off[CREDIT] = off.get(CREDIT, 0) - order.credit_fen
    return [(name, amount_fen) for name, amount_fen in off.items() if amount_fen]


def promise(rules: Rules, product: Product) -> str:
    """「48 小时内发货；未拆封 7 天无理由退货。」"""
    hours = int(rules.orders.ship_within.total_seconds() // 3600)
    unopened = "未拆封 " if product.category == FOOD else ""
    return f"{hours} 小时内发货；{unopened}{rules.after_sales.return_days.days} 天无理由退货。"
