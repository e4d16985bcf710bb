"""What the staff do with after-sales in chat: 待审售后, 看 S7, 同意 S7, 拒绝 S7 理由."""

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.people import members, staff
from commerce.people.staff import Role
from commerce.trust import after_sales, returns
from commerce.trust.after_sales import AfterSale, Kind, State
from handlers.after_sales import KINDS, STATES
from handlers.words import day, moment

router = Router()

SHOWN = 4


@router.says("待审售后", "售后待审")
@router.staff
def after_sales_queue(ctx: Context) -> Said:
    rows, total = after_sales.queue(ctx.work, ctx.member, limit=SHOWN)
    if not total:
        return Text("现在没有待处理的售后。", ("待审",))
    lines = [f"待处理售后 {total} 件："]
    lines += [
        f"S{row.id} {_buyer(ctx, row)} {show_yuan(row.wanted_fen)} 元，"
        f"{KINDS[Kind(row.kind)]}，最晚 {moment(row.decide_by)}"
        for row in rows
    ]
    return Text("\n".join(lines), tuple(f"看 S{row.id}" for row in rows))


@router.says("看 S{number:number}")
@router.staff
def look_at_after_sale(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    row = after_sales.find(ctx.work, number)
    order = ctx.work.session.get_one(Order, row.order_id)
    lines = [
        f"S{number} {_buyer(ctx, row)}，{KINDS[Kind(row.kind)]}：{row.reason}",
        f"订单尾号 {order.tail}，{_goods(ctx, order)}，"
        f"实付 {show_yuan(order.base_fen + order.freight_fen)} 元，{_delivery(order)}",
        f"要退 {show_yuan(row.wanted_fen)} 元，之前已退 {_before(order)} 元",
    ]
    if row.photos:
        lines.append(f"发来 {row.photos} 张照片，在公众号后台和他的对话里")
    if row.state != State.OPENED:
        assert row.decided_at is not None
        who = members.get(ctx.work, row.decided_by).name if row.decided_by else "到时自动"
        lines.append(f"{who} {moment(row.decided_at)} 处理：{STATES[State(row.state)]}")
        return Text("\n".join(lines), ("待审售后",))
    lines.append(f"最晚 {moment(row.decide_by)}，到时没处理就自动同意")
    return Text("\n".join(lines), (f"同意 S{number}", f"拒绝 S{number}", "待审售后"))


@router.says("同意 S{number:number}", "批准 S{number:number}")
@router.staff
def approve_after_sale(ctx: Context, number: int) -> Said:
    before_fen = _returned_fen(ctx, after_sales.find(ctx.work, number))
    row = returns.approve(ctx.work, number, by=ctx.member)
    given_fen = _returned_fen(ctx, row) - before_fen
    record = f"已记录：{ctx.member.name}，{moment(ctx.work.now)}。"
    if not given_fen:
        return Text(f"S{number} 的钱之前已经退过了，这次没有再退。\n{record}", ("待审售后",))
    return Text(
        f"已同意 S{number}，退给{_buyer(ctx, row)} {show_yuan(given_fen)} 元。\n{record}",
        ("待审售后",),
    )


@router.says("拒绝 S{number:number} {reason:text}", "拒绝 S{number:number}")
@router.staff
def reject_after_sale(ctx: Context, number: int, reason: str = "") -> Said:
    if reason:
        row = returns.reject(ctx.work, number, reason, by=ctx.member)
        return Text(
            f"已拒绝 S{number}，理由会原样发给{_buyer(ctx, row)}，这单的收益照常到期。",
            ("待审售后",),
        )
    row = returns.need_undecided(ctx.work, number, by=ctx.member)
    return Ask(
        f"写一句理由，{_buyer(ctx, row)}会原样看到：",
        then=reject_after_sale,
        expects="{reason:text}",
        data={"number": number},
        choices=("取消",),
    )


def _buyer(ctx: Context, row: AfterSale) -> str:
    order = ctx.work.session.get_one(Order, row.order_id)
    return members.get(ctx.work, order.buyer_id).name


def _goods(ctx: Context, order: Order) -> str:
    title = ctx.work.session.get_one(Product, order.product_id).title
    return f"{title} × {order.quantity}"


def _delivery(order: Order) -> str:
    if order.received_at is not None:
        return f"{day(order.received_at)} 签收"
    return f"{day(order.shipped_at)} 发货" if order.shipped_at else "没有物流"


def _before(order: Order) -> str:
    return show_yuan(order.refunded_fen + order.freight_back_fen)


def _returned_fen(ctx: Context, row: AfterSale) -> int:
    order = ctx.work.session.get_one(Order, row.order_id)
    return order.refunded_fen + order.freight_back_fen
