"""Words for what happens to an order: paid, sold, run out, sent back, shipped."""

from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan


def order_paid(facts: dict[str, Any]) -> Text:
    credit_fen = facts["credit_fen"]
    credit = f"（收益抵扣 {show_yuan(credit_fen)} 元）" if credit_fen else ""
    return Text(
        f"付款成功，{show_yuan(facts['paid_fen'])} 元{credit}，订单尾号 {facts['order']}。\n"
        f"{facts['ship_s'] // 3600} 小时内发货，发货后告诉你单号。\n"
        "查物流回复「我的订单」，退换回复「售后」。",
        ("我的订单", "售后"),
    )


def order_sold(facts: dict[str, Any]) -> Text:
    pieces = f" × {facts['quantity']}" if facts["quantity"] > 1 else ""
    what = "差价" if facts["is_markup"] else "佣金"
    when = "下播后结算" if facts["in_live"] else "今晚结算"
    return Text(
        f"你推荐的{facts['product']}{pieces}卖出 1 单，实付 {show_yuan(facts['base_fen'])} 元。\n"
        f"预估{what} {show_yuan(facts['estimate_fen'])} 元，{when}。",
        ("收益", f"推广 {facts['number']}"),
    )


def order_expired(facts: dict[str, Any]) -> Text:
    return Text(
        f"订单尾号 {facts['order']} 没等到付款，{facts['product']}不再给你留，没有扣钱。\n"
        f"还想要，回复「下单 {facts['number']}」。",
        (f"下单 {facts['number']}", "商品"),
    )


def late_payment_returned(facts: dict[str, Any]) -> Text:
    amount = show_yuan(facts["amount_fen"])
    if facts["twice"]:
        why = f"同一单你付了两次，多付的 {amount} 元正在原路退回。"
    else:
        why = f"抱歉，你的 {amount} 元到的时候，这一单已经过期，货也没有了，正在原路退回。"
    return Text(
        f"{why}\n最晚 {facts['refund_days']} 天到账，不用你做什么。\n没收到，回复「人工」。",
        ("我的订单", "人工"),
    )


def order_shipped(facts: dict[str, Any]) -> Text:
    number = f"{facts['carrier']} {facts['number']}".strip()
    return Text(
        f"订单尾号 {facts['order']} 发货了：{facts['product']}，{number}。\n"
        f"收到后回复「确认收货」；{facts['receive_days']} 天后没说也算签收。",
        ("我的订单", "确认收货"),
    )


def parcel_corrected(facts: dict[str, Any]) -> Text:
    number = f"{facts['carrier']} {facts['number']}".strip()
    return Text(
        f"订单尾号 {facts['order']} 的单号更正了：{facts['product']}，{number}。\n"
        "之前发的单号作废，查物流按这个；收到后回复「确认收货」。",
        ("我的订单", "确认收货"),
    )


ORDER_NOTICES = (
    order_paid,
    order_sold,
    order_expired,
    late_payment_returned,
    order_shipped,
    parcel_corrected,
)
