"""What the staff do with parcels in chat: 待发货, 看订单 73, 发货 73 顺丰 SF123, 改单号 73."""

import re
import unicodedata

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import BadParcel
from commerce.fen import show_yuan
from commerce.goods import shipping
from commerce.goods.orders import Order, State
from commerce.goods.products import Product
from commerce.people import staff
from handlers.orders import STATES
from handlers.orders import orders as own_orders
from handlers.words import moment

router = Router()

SHOWN = 4
LONGEST_CARRIER = 20
LABELS = re.compile(r"(?:快递|运单|物流)?单号|(?:快递公司|快递|物流)[:：]|[,:;、。]")
NUMBER = re.compile(r"([^0-9A-Za-z]*)((?=[A-Za-z-]*[0-9])[0-9A-Za-z-]{6,40})")


@router.says("待发货", "待发货订单")
def to_be_shipped(ctx: Context) -> Said:
    """The staff's queue; to everybody else it means their own orders."""
    if not staff.roles(ctx.work, ctx.member):
        return own_orders(ctx)
    rows, total = shipping.queue(ctx.work, ctx.member, limit=SHOWN)
    if not total:
        return Text("现在没有待发货的订单，都发完了。", ("待审",))
    lines = [f"待发货 {total} 单，先付款的在前，前面是订单尾号："]
    lines += [f"{order.tail} {_goods(ctx, order)}，{_paid_and_due(ctx, order)}" for order in rows]
    return Text("\n".join(lines), tuple(f"看订单 {shipping.number(order.id)}" for order in rows))


@router.says("看订单 {order:line}")
def look_at_order(ctx: Context, order: str) -> Said:
    """To the staff anybody's; to everybody else one of their own."""
    if not staff.roles(ctx.work, ctx.member):
        return own_orders(ctx, order)
    found = shipping.find(ctx.work, ctx.member, order)
    recipient = shipping.look_at_recipient(ctx.work, ctx.member, found)
    lines = [
        f"订单 {shipping.number(found.id)}，尾号 {found.tail}，{_state(ctx, found)}",
        f"{_goods(ctx, found)}，{_amount(found)}",
    ]
    if found.paid_at is not None:
        lines.append(_paid_and_due(ctx, found))
    if recipient is None:
        lines.append("没有收件信息，先问买家。")
    else:
        lines += [f"收件人：{recipient.name} {recipient.phone}", f"地址：{recipient.address}"]
    if shipping.why_not(ctx.work, found) is None:
        return Text("\n".join(lines), (f"发货 {shipping.number(found.id)}", "待发货"))
    correcting = (f"改单号 {shipping.number(found.id)}",) if shipping.is_sent(found) else ()
    return Text("\n".join(lines), (*correcting, "待发货"))


@router.says("发货 {order:line} {parcel:text}", "发货 {order:line}")
@router.staff
def ship_order(ctx: Context, order: str, parcel: str = "") -> Said:
    if not parcel:
        return _ask_parcel(ctx, order)
    waiting = shipping.need_waiting(ctx.work, ctx.member, order)
    carrier, tracking_no = parcel_of(parcel)
    sent = shipping.send(
        ctx.work, ctx.member, shipping.number(waiting.id), carrier=carrier, tracking_no=tracking_no
    )
    _, left = shipping.queue(ctx.work, ctx.member, limit=0)
    return Text(
        f"已发货：订单尾号 {sent.tail}，{_goods(ctx, sent)}，{sent.carrier} {sent.tracking_no}。\n"
        f"买家会收到通知。已记录：{ctx.member.name}，{moment(ctx.work.now)}。\n"
        f"还有 {left} 单待发货。",
        ("待发货",),
    )


@router.says("改单号 {order:line} {parcel:text}", "改单号 {order:line}")
@router.staff
def correct_parcel(ctx: Context, order: str, parcel: str = "") -> Said:
    sent = shipping.need_sent(ctx.work, ctx.member, order)
    number = shipping.number(sent.id)
    if not parcel:
        return Ask(
            f"订单尾号 {sent.tail}，{_goods(ctx, sent)}，现在是 {_parcel(sent)}。\n"
            "写对的快递和单号，比如：顺丰 SF1234567890",
            then=correct_parcel,
            expects="{parcel:text}",
            data={"order": number},
            choices=("取消",),
        )
    carrier, tracking_no = parcel_of(parcel)
    before = _parcel(sent)
    if before == f"{carrier} {tracking_no}":
        return Text(f"订单尾号 {sent.tail} 本来就是 {before}，没有改动。", ("待发货",))
    shipping.correct(ctx.work, ctx.member, number, carrier=carrier, tracking_no=tracking_no)
    return Text(
        f"已改：订单尾号 {sent.tail}，{before} 改成 {_parcel(sent)}。\n"
        f"买家会收到通知。已记录：{ctx.member.name}，{moment(ctx.work.now)}。",
        ("待发货",),
    )


def parcel_of(said: str) -> tuple[str, str]:
    """「顺丰 SF1234567890」: carrier and tracking number, which may stand together. BadParcel when
    one of them is not there, or the number is in pieces."""
    *names, last = LABELS.sub(" ", unicodedata.normalize("NFKC", said)).split() or [""]
    found = NUMBER.fullmatch(last)
    carrier = "" if found is None else " ".join([*names, *filter(None, [found[1]])])
    is_in_pieces = any(re.fullmatch(r"[A-Za-z]{0,2}[0-9-]+", name) for name in names)
    if found is None or is_in_pieces or not 0 < len(carrier) <= LONGEST_CARRIER:
        raise BadParcel(LONGEST_CARRIER)
    return carrier, found[2].upper()


def _ask_parcel(ctx: Context, order: str) -> Said:
    """Only where it may leave: a question nobody can answer would stay open."""
    waiting = shipping.need_waiting(ctx.work, ctx.member, order)
    return Ask(
        f"订单尾号 {waiting.tail}，{_goods(ctx, waiting)}。\n写快递和单号，比如：顺丰 SF1234567890",
        then=ship_order,
        expects="{parcel:text}",
        data={"order": shipping.number(waiting.id)},
        choices=("取消",),
    )


def _parcel(order: Order) -> str:
    return f"{order.carrier} {order.tracking_no}".strip()


def _state(ctx: Context, order: Order) -> str:
    if order.state == State.PAID and shipping.why_not(ctx.work, order) == "after_sale":
        return "已付款，售后处理中"
    words = STATES[State(order.state)]
    return f"{words}，{order.carrier} {order.tracking_no}".rstrip() if order.shipped_at else words


def _paid_and_due(ctx: Context, order: Order) -> str:
    ship_by = shipping.ship_by(ctx.work, order)
    if order.paid_at is None or ship_by is None:
        return "还没付款"
    paid = f"{moment(order.paid_at)} 付款"
    if order.state != State.PAID:
        return paid
    late = "，已经超时" if ship_by < ctx.work.now else ""
    return f"{paid}，{moment(ship_by)} 前发{late}"


def _amount(order: Order) -> str:
    sum_fen = order.base_fen + order.freight_fen
    back_fen = order.refunded_fen + order.freight_back_fen
    word = "应付" if order.paid_at is None else "实付"
    back = f"，已退 {show_yuan(back_fen)} 元" if back_fen else ""
    return f"{word} {show_yuan(sum_fen)} 元{back}"


def _goods(ctx: Context, order: Order) -> str:
    title = ctx.work.session.get_one(Product, order.product_id).title
    return f"{title} × {order.quantity}"
