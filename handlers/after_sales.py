"""售后: a buyer asks for money back, says why and how much, and sees where it is."""

import re

from bot.amounts import parse_amount
from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchOrder
from commerce.fen import show_yuan
from commerce.goods import buying
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.people import members
from commerce.trust import after_sales as book
from commerce.trust import returns
from commerce.trust.after_sales import AfterSale, Kind, State
from handlers.words import day, moment

router = Router()

SHOWN = 4
LOOKED_AT = 20
KINDS = {Kind.FAULTY: "质量问题", Kind.INCOMPLETE: "少件或发错", Kind.UNWANTED: "不想要了"}
STATES = {State.REFUNDED: "已退款", State.REJECTED: "没有同意"}
UNWANTED = re.compile("不想要|不要了|不喜欢|不合适|不需要|用不上|拍错|买错|买多|无理由")
INCOMPLETE = re.compile("少|缺|漏|发错|错发|不是我")
UNOPENED, OPENED = re.compile("[没未]拆"), re.compile("拆")
WHOLE = re.compile("(?:全退|全部退|都退|退全款|全额退?款?|全部)[,，。 ]*")
AMOUNT = re.compile(r"退?款? ?([0-9]+(?:\.[0-9]+)?) ?(?:元|块)?(?:钱)?[,，。 ]*")
NUMBERS = re.compile("[0-9]{7,}")


@router.says("售后", "退换售后", "退款", "退货", "我要退款", "我要退货", "退换货", "申请售后")
@router.says("售后 {order:word}", "退款 {order:word}", "退货 {order:word}")
@router.taps("after_sales")
def after_sales(ctx: Context, order: str | None = None) -> Said:
    """Which order, then why. What is not shipped goes back at once."""
    if order is not None and (number := re.fullmatch("[Ss]([0-9]{1,12})", order)):
        return _where(ctx, _own_case(ctx, int(number[1])))
    if order is not None:
        return _about(ctx, buying.own(ctx.work, ctx.member, order))
    found = [
        one
        for one in buying.of_buyer(ctx.work, ctx.member, limit=LOOKED_AT)
        if one.state not in returns.CLOSED
    ]
    if not found:
        return Text(
            "现在没有可以退换的订单。\n要看全部，回复「我的订单」；别的事，回复「人工」。",
            ("我的订单", "人工"),
        )
    return _about(ctx, found[0]) if len(found) == 1 else _which(ctx, found[:SHOWN])


@router.says("售后 {order:word} {words:text}")
def after_sales_because(ctx: Context, order: str, words: str, because: str = "") -> Said:
    """Why, and perhaps how much: 「2 袋破损」, 「全退 质量问题」, 「30 元 少了 1 袋」. Where
    it was said before why (`because`), the words are how much."""
    found = buying.own(ctx.work, ctx.member, order)
    if book.open_of(ctx.work, found.id) is not None or returns.is_unshipped(found):
        return _about(ctx, found)
    amount_fen, reason = _amount_and_reason(found, f"{words} {because}".strip())
    if because:
        amount_fen, reason = amount_fen or parse_amount(words), because
    kind = _kind(reason)
    returns.need_returnable(ctx.work, found, kind, is_opened=_is_opened(reason))
    if _must_say_if_opened(ctx, found, kind, reason):
        return _ask_if_opened(found, reason)
    if amount_fen is None and (kind is not Kind.UNWANTED or found.quantity > 1):
        return _ask_how_much(found, kind, reason)
    return _open(ctx, found, kind, reason, amount_fen)


@router.step
def after_sales_now(ctx: Context, order: str) -> Said:
    """Not shipped yet, and the buyer confirmed."""
    found = buying.own(ctx.work, ctx.member, order)
    return _open(ctx, found, Kind.UNWANTED, "还没发货，不想要了", None)


def _which(ctx: Context, found: list[Order]) -> Text:
    lines = [f"{one.tail} {_goods(ctx, one)}，{_paid(one)} 元" for one in found]
    choices = tuple(f"售后 {one.tail}" for one in found)
    return Text("哪一单要退换？前面是订单尾号：\n" + "\n".join(lines), choices)


def _about(ctx: Context, order: Order) -> Said:
    """Where its case is; or, with none, what can be done about this order."""
    row = book.latest_of(ctx.work, order.id)
    if row is not None and (row.state == State.OPENED or order.state in returns.CLOSED):
        return _where(ctx, row)
    returns.need_returnable(ctx.work, order, Kind.FAULTY)
    goods = f"订单尾号 {order.tail}，{_goods(ctx, order)}，实付 {_paid(order)} 元"
    days = ctx.work.rules.after_sales.refund_days.days
    if returns.is_unshipped(order):
        amount = show_yuan(returns.whole(order, Kind.UNWANTED))
        return Ask(
            f"{goods}，还没发货。\n现在退，{amount} 元马上原路退回，{days} 天内到。\n"
            "要退就回复「确认」。",
            then=after_sales_now,
            data={"order": order.tail},
            choices=("确认", "取消"),
        )
    return Ask(
        f"{goods}{_received(order)}。\n"
        "哪里不合适？点一个，或者用一句话说说，比如「2 袋破损」。\n"
        "质量问题、少件、发错，退换运费平台承担，不用找推荐你的人。",
        then=after_sales_because,
        expects="{words:text}",
        data={"order": order.tail},
        choices=tuple(f"售后 {order.tail} {label}" for label in KINDS.values()),
    )


def _ask_if_opened(order: Order, reason: str) -> Ask:
    return Ask(
        "食品拆封后不支持无理由退货，质量问题照退。\n这单拆封了吗？",
        then=after_sales_because,
        expects="{words:text}",
        data={"order": order.tail},
        choices=(f"售后 {order.tail} {reason}，没拆封", f"售后 {order.tail} {reason}，拆封了"),
    )


def _ask_how_much(order: Order, kind: Kind, reason: str) -> Ask:
    return Ask(
        f"订单尾号 {order.tail}，还能退 {show_yuan(returns.whole(order, kind))} 元。\n"
        "退多少？回复金额，比如「30」，或者「全退」。",
        then=after_sales_because,
        expects="{words:text}",
        data={"order": order.tail, "because": reason},
        choices=(f"售后 {order.tail} 全退 {reason}", "取消"),
    )


def _open(ctx: Context, order: Order, kind: Kind, reason: str, amount_fen: int | None) -> Text:
    said = NUMBERS.sub("****", reason)[:100]
    row = returns.ask(
        ctx.work, order, kind, said, amount_fen=amount_fen, is_opened=_is_opened(reason)
    )
    amount, days = show_yuan(row.wanted_fen), ctx.work.rules.after_sales.refund_days.days
    if row.state == State.REFUNDED:
        return Text(
            f"退款办好了：订单尾号 {order.tail}，{amount} 元。\n原路退回，{days} 天内到。",
            ("我的订单",),
        )
    return Text(
        f"收到，售后编号 S{row.id}：订单尾号 {order.tail}，退 {amount} 元，原因：{row.reason}。\n"
        f"最晚 {moment(row.decide_by)} 有结果；到时没人处理，就自动同意。\n"
        "售后平台处理，有结果发到这里。",
        (f"售后 S{row.id}", "我的订单"),
    )


def _own_case(ctx: Context, number: int) -> AfterSale:
    row = book.find(ctx.work, number)
    order = ctx.work.session.get_one(Order, row.order_id)
    if members.get(ctx.work, order.buyer_id).id != ctx.member.id:
        raise NoSuchOrder(f"S{number}")
    return row


def _where(ctx: Context, row: AfterSale) -> Text:
    order = ctx.work.session.get_one(Order, row.order_id)
    first = f"S{row.id}：订单尾号 {order.tail}，退 {show_yuan(row.wanted_fen)} 元"
    if row.state == State.OPENED:
        return Text(
            f"{first}，在处理。\n最晚 {moment(row.decide_by)} 有结果；到时没人处理，就自动同意。",
            ("我的订单", "人工"),
        )
    assert row.decided_at is not None
    why = f"\n理由：{row.answer}" if row.answer else ""
    return Text(
        f"{first}，{day(row.decided_at)} {STATES[State(row.state)]}。{why}\n"
        "还有问题，回复「人工」。",
        ("我的订单", "人工"),
    )


def _amount_and_reason(order: Order, words: str) -> tuple[int | None, str]:
    """「全退 质量问题」, 「30 元 2 袋破损」: an amount at the beginning, and what is left of it."""
    words = words.strip()
    if found := WHOLE.match(words):
        reason = words[found.end() :]
        return returns.whole(order, _kind(reason)), reason or KINDS[Kind.FAULTY]
    found = AMOUNT.match(words)
    if found is None or re.match("[袋件个盒包瓶条箱份天次]", words[found.end() :]):
        return None, words
    return parse_amount(found[1]), words[found.end() :] or KINDS[Kind.FAULTY]


def _kind(reason: str) -> Kind:
    if UNWANTED.search(reason):
        return Kind.UNWANTED
    return Kind.INCOMPLETE if INCOMPLETE.search(reason) else Kind.FAULTY


def _is_opened(reason: str) -> bool | None:
    """None: it was not said."""
    if UNOPENED.search(reason):
        return False
    return True if OPENED.search(reason) else None


def _must_say_if_opened(ctx: Context, order: Order, kind: Kind, reason: str) -> bool:
    if kind is not Kind.UNWANTED or _is_opened(reason) is not None:
        return False
    return returns.is_food(ctx.work, order)


def _goods(ctx: Context, order: Order) -> str:
    title = ctx.work.session.get_one(Product, order.product_id).title
    return f"{title} × {order.quantity}"


def _paid(order: Order) -> str:
    return show_yuan(order.base_fen + order.freight_fen)


def _received(order: Order) -> str:
    return f"，{day(order.received_at)} 签收" if order.received_at else ""
