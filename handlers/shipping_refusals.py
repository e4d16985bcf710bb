"""Words for what cannot be shipped: for the staff."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from commerce.goods import shipping
from commerce.goods.orders import State

WHY = {
    State.CREATED: "还没付款，付款后再发",
    State.SHIPPED: "已经发货了",
    State.RECEIVED: "已经签收了",
    State.COMPLETED: "已经完成了",
    State.CANCELLED: "已经取消了",
    State.REFUNDED: "已经退款了，不用发",
    "after_sale": "有售后在处理，先看售后，处理完再发",
    "not_sent": "还没发货，没有单号可改，先「发货」",
    "elsewhere": "是小店的订单，在小店发货，导入后自动更新",
}


def unknown_order(refusal: errors.UnknownOrder) -> Text:
    return Text(f"没找到订单 {refusal.said}。\n看要发哪些，回复「待发货」。", ("待发货",))


def several_orders(refusal: errors.SeveralOrders) -> Text:
    return Text(
        f"尾号 {refusal.tail} 不止 1 单，没有改动。\n选一单看，发货用全号。",
        tuple(f"看订单 {shipping.number(order_id)}" for order_id in refusal.ids),
    )


def cannot_ship(refusal: errors.CannotShip) -> Text:
    why = WHY.get(refusal.why, "现在不能发")
    choices = ("待审售后", "待发货") if refusal.why == "after_sale" else ("待发货",)
    return Text(f"订单尾号 {refusal.tail} {why}。你这次没有生效。", choices)


def bad_parcel(refusal: errors.BadParcel) -> Text:
    return Text(
        "快递和单号没看懂，没有改动。\n"
        f"快递名最多 {refusal.longest} 个字，单号连着写，比如：\n"
        "发货 73 顺丰 SF1234567890",
        ("待发货",),
    )


SHIPPING_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.UnknownOrder: unknown_order,
    errors.SeveralOrders: several_orders,
    errors.CannotShip: cannot_ship,
    errors.BadParcel: bad_parcel,
}
