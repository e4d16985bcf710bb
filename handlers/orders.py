"""我的订单, 优惠券: what the person has bought, where it is, and what they may still use."""

from sqlalchemy import select

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.goods import buying, fulfilment
from commerce.goods import coupons as vouchers
from commerce.goods.orders import Order, State
from commerce.goods.products import Product
from handlers.words import day, lasting, moment

router = Router()

SHOWN = 5
SHOWN_UNDER_WAY = 4
STATES = {
    State.CREATED: "待付款",
    State.PAID: "已付款，待发货",
    State.SHIPPED: "已发货",
    State.RECEIVED: "已签收",
    State.COMPLETED: "已完成",
    State.CANCELLED: "已取消",
    State.REFUNDED: "已退款",
}


@router.says("我的订单", "订单物流", "订单", "查物流", "订单 {order:word}")
@router.taps("orders")
def orders(ctx: Context, order: str | None = None) -> Said:
    if order is not None:
        return _one(ctx, buying.own(ctx.work, ctx.member, order))
    found = buying.of_buyer(ctx.work, ctx.member, limit=SHOWN)
    if not found:
        return Text("你还没有订单。\n看看有什么，回复「商品」。", ("商品", "直播"))
    titles = _titles(ctx, found)
    lines = [
        f"{one.tail} {titles[one.product_id]} × {one.quantity}，{_paid(one)}，{_where(one)}"
        for one in found
    ]
    unpaid = [one for one in found if one.state == State.CREATED]
    choices = ("去付款", "取消订单") if unpaid else ("售后", "商品")
    return Text(f"最近 {len(found)} 单，前面是订单尾号：\n" + "\n".join(lines), choices)


@router.says("确认收货", "收到货了", "确认收货 {order:word}")
def confirm_receipt(ctx: Context, order: str | None = None) -> Said:
    if order is None:
        under_way = buying.under_way(ctx.work, ctx.member, limit=SHOWN_UNDER_WAY)
        if len(under_way) > 1:
            return _which_arrived(ctx, under_way)
        found = under_way[0] if under_way else None
    else:
        found = buying.own(ctx.work, ctx.member, order)
    if found is None:
        return Text("现在没有在路上的订单。\n要看全部，回复「我的订单」。", ("我的订单",))
    fulfilment.receive(ctx.work, found)
    days = ctx.work.rules.after_sales.return_days.days
    return Text(
        f"订单尾号 {found.tail} 签收了，{day(ctx.work.now)}。\n{days} 天内要退换，回复「售后」。",
        ("售后", "我的订单"),
    )


@router.says("优惠券", "我的优惠券", "我的券", "新人券")
@router.taps("coupons")
def coupons(ctx: Context) -> Said:
    coupon = vouchers.of_member(ctx.work, ctx.member)
    if coupon is None:
        return Text(_how_to_get_one(ctx), ("商品", "规则"))
    worth = f"{vouchers.NAME} {show_yuan(coupon.off_fen)} 元，满 {show_yuan(coupon.minimum_fen)} 元"
    if coupon.order_id is not None:
        used = ctx.work.session.get_one(Order, coupon.order_id)
        return Text(f"{worth}，用在订单尾号 {used.tail} 了。\n每人 1 张。", ("我的订单", "商品"))
    if coupon.expires_at <= ctx.work.now:
        return Text(f"{worth}，{moment(coupon.expires_at)} 过期了。\n每人 1 张。", ("商品",))
    return Text(
        f"{worth}可用，{moment(coupon.expires_at)} 前有效。\n"
        "下单时自动用上；有更低的价就用更低的，券给你留着。",
        ("商品", "我的订单"),
    )


def _which_arrived(ctx: Context, under_way: list[Order]) -> Text:
    titles = _titles(ctx, under_way)
    lines = [
        f"{one.tail} {titles[one.product_id]} × {one.quantity}，{_where(one)}" for one in under_way
    ]
    choices = tuple(f"确认收货 {one.tail}" for one in under_way)
    return Text("在路上的不止 1 单，收到的是哪一单？\n" + "\n".join(lines), choices)


def _how_to_get_one(ctx: Context) -> str:
    rule = ctx.work.rules.coupons
    if not rule.enabled or vouchers.left_this_month(ctx.work) == 0:
        return "你现在没有券，这个月的也发完了。\n不用券也能买，回复「商品」。"
    return (
        f"你现在没有券。\n进群送 1 张：{show_yuan(rule.off_fen)} 元，"
        f"满 {show_yuan(rule.minimum_fen)} 元可用，{lasting(rule.valid)}有效，每人 1 张。\n"
        "不用券也能买，回复「商品」。"
    )


def _one(ctx: Context, order: Order) -> Text:
    product = ctx.work.session.get_one(Product, order.product_id)
    lines = [
        f"订单尾号 {order.tail}，{product.title} × {order.quantity}，{_paid(order)}",
        f"{moment(order.created_at)} 下单，{_where(order)}。",
    ]
    if order.refunded_fen:
        lines.append(f"已退 {show_yuan(order.refunded_fen)} 元。")
    if order.state == State.CREATED:
        return Text("\n".join(lines), ("去付款", f"取消订单 {order.tail}"))
    return Text("\n".join(lines), ("售后", "我的订单"))


def _paid(order: Order) -> str:
    return f"{show_yuan(order.base_fen + order.freight_fen)} 元"


def _where(order: Order) -> str:
    words = STATES[State(order.state)]
    if order.state == State.CREATED and order.expires_at is not None:
        return f"{words}，留到 {moment(order.expires_at)}"
    if order.state == State.SHIPPED and order.shipped_at is not None:
        return f"{day(order.shipped_at)} {words}，{order.carrier} {order.tracking_no}".rstrip()
    if order.state == State.RECEIVED and order.received_at is not None:
        return f"{day(order.received_at)} {words}"
    return words


def _titles(ctx: Context, found: list[Order]) -> dict[int, str]:
    ids = {order.product_id for order in found}
    rows = ctx.work.session.execute(select(Product.id, Product.title).where(Product.id.in_(ids)))
    return {row.id: row.title for row in rows}
