"""下单, 去付款, 改地址, 用收益抵扣: from a wish to an order that waits for its payment."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.amounts import BadAmount
from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchProduct, PaymentClosed, PriceNotKept
from commerce.fen import show_yuan
from commerce.goods import attribution, baskets, buying, recipients
from commerce.goods.orders import Offer, Order, State
from commerce.goods.products import Product
from commerce.goods.quotes import ALL, Quote
from commerce.lives import prizes
from commerce.lives.lives import Live
from commerce.money import ledger, paying_in
from commerce.outbox import SHANGHAI
from commerce.people import members
from handlers import receipts
from handlers.offer_words import difference
from handlers.words import lasting

router = Router()

MOST_CHOICES = 3
ADDRESS = "阿芳 13800006688 杭州市西湖区文三路 1 号 2 幢 301"


@router.says(
    "下单",
    "我要下单",
    "下单 {product:number}",
    "下单 {product:number} {quantity:number}",
    "购买 {product:number}",
)
@router.taps("buy")
def buy(ctx: Context, product: str | int | None = None, quantity: int = 1) -> Said:
    _need_payment(ctx)
    if product is None:
        return Text("想买哪件？写上商品号或名字，比如「下单 3」。", ("商品", "我的订单"))
    found = _products(ctx, str(product))
    if len(found) > 1:
        listed = "\n".join(
            f"{one.id} {one.title}，{show_yuan(one.price_fen)} 元" for one in found[:MOST_CHOICES]
        )
        choices = tuple(f"下单 {one.id}" for one in found[:MOST_CHOICES])
        return Text(f"有好几件对得上，要哪件？\n{listed}", choices)
    wanted = _quote(ctx, found[0].id, quantity)
    if wanted[0].is_own_link:
        return _own_link(wanted)
    return _order(ctx, wanted)


@router.step
def buy_anyway(ctx: Context, product: int, quantity: int) -> Said:
    _need_payment(ctx)
    return _order(ctx, _quote(ctx, product, quantity))


@router.step
def give_address(ctx: Context, address: str, product: int, quantity: int) -> Said:
    _need_payment(ctx)
    recipients.save(ctx.work, ctx.member.id, recipients.parse(address))
    return _order(ctx, _quote(ctx, product, quantity))


@router.says("去付款", "付款", "怎么付款")
def pay(ctx: Context) -> Said:
    _need_payment(ctx)
    order = buying.unpaid(ctx.work, ctx.member)
    if order is None or order.payment_id is None:
        return Text("现在没有等你付款的订单。\n想买东西，回复「商品」。", ("商品", "我的订单"))
    return _to_pay(ctx, _together(ctx, order))


@router.says("改地址", "换地址", "修改地址", "改收货地址")
def change_address(ctx: Context) -> Said:
    known = recipients.saved(ctx.work, ctx.member.id)
    now = f"现在寄到：{known.masked}。\n" if known else ""
    return Ask(
        f"{now}新的姓名、手机号和地址，写在一条里发来，比如：\n{ADDRESS}",
        then=give_new_address,
        expects="{address:text}",
        choices=("取消",),
    )


@router.step
def give_new_address(ctx: Context, address: str) -> Said:
    recipient = recipients.parse(address)
    recipients.save(ctx.work, ctx.member.id, recipient)
    order = buying.unpaid(ctx.work, ctx.member)
    prize = prizes.to_ship(ctx.work, ctx.member) if order is None else None
    if prize is not None:
        buying.readdress(ctx.work, prize, recipient)
        return Text(f"改好了，奖品寄到：{recipient.masked}。\n发货后告诉你单号。", ("我的订单",))
    if order is None:
        return Text(
            f"改好了，以后寄到：{recipient.masked}。\n已经付款的订单要改，回复「人工」。",
            ("我的订单", "人工"),
        )
    orders = _together(ctx, order)
    for one in orders:
        buying.readdress(ctx.work, one, recipient)
    return (Text(f"改好了，寄到：{recipient.masked}。"), _to_pay(ctx, orders))


@router.says(
    "用收益抵扣", "用收益抵扣 {amount_fen:yuan}", "抵扣 {amount_fen:yuan}", "抵扣 {amount_fen:all}"
)
@router.taps("credit")
def credit(ctx: Context, amount_fen: int | str | None = None) -> Said:
    """Earnings pay for the order that waits; without one: how much there is."""
    members.need_joined(ctx.member)
    order = buying.unpaid(ctx.work, ctx.member)
    available_fen = ledger.balances(ctx.work, ctx.member.id).available_fen
    if order is not None:
        available_fen += sum(one.credit_fen for one in _together(ctx, order))
    standing = f"可提现 {show_yuan(available_fen)} 元，都能抵扣，没有门槛。"
    if order is None:
        return Text(f"{standing}\n先下单，再回复「抵扣 50」或「全部抵扣」。", ("商品", "收益"))
    if amount_fen is None:
        return Text(f"{standing}\n抵多少？回复「抵扣 50」或「全部抵扣」。", ("全部抵扣", "去付款"))
    if amount_fen == 0:
        raise BadAmount("0", "zero")
    wanted_fen = ALL if amount_fen == "all" else int(amount_fen)
    return _anew(ctx, order, wanted_fen)


@router.says("全部抵扣", "全抵", "都抵扣")
def credit_all(ctx: Context) -> Said:
    return credit(ctx, "all")


@router.says("取消订单", "取消下单", "不买了", "取消订单 {order:word}")
def cancel_order(ctx: Context, order: str | None = None) -> Said:
    found = (
        buying.unpaid(ctx.work, ctx.member)
        if order is None
        else buying.own(ctx.work, ctx.member, order)
    )
    if found is None:
        return Text("现在没有等你付款的订单，不用取消。\n已经付款的，回复「售后」。", ("我的订单",))
    credit_fen = sum(one.credit_fen for one in _together(ctx, found))
    buying.cancel(ctx.work, ctx.member, found)
    back = f"\n抵扣的 {show_yuan(credit_fen)} 元退回可提现。" if credit_fen else ""
    return Text(f"订单尾号 {found.tail} 取消了，没有扣钱。{back}", ("商品", "我的订单"))


def _need_payment(ctx: Context) -> None:
    if not ctx.takes_payment:
        raise PaymentClosed


def _products(ctx: Context, said: str) -> list[Product]:
    """One by its number, or all on sale that are called so. NoSuchProduct when there is none."""
    if said.isascii() and said.isdecimal():
        found = ctx.work.session.get(Product, int(said)) if len(said) < 16 else None
        if found is None:
            raise NoSuchProduct(said[:20])
        return [found]
    rows = select(Product).where(
        Product.title.contains(said, autoescape=True),
        Product.published_at <= ctx.work.now,
        Product.hidden_at.is_(None),
    )
    named = list(ctx.work.session.scalars(rows.order_by(Product.id).limit(MOST_CHOICES + 1)))
    if not named:
        raise NoSuchProduct(said[:20])
    return named


def _quote(ctx: Context, product_id: int, quantity: int) -> list[Quote]:
    live = attribution.live_of(ctx.work, ctx.member)
    return baskets.quote(ctx.work, ctx.member, product_id, quantity, live=live)


def _own_link(wanted: list[Quote]) -> Ask:
    what = "场次" if wanted[0].live_id else "推广链接"
    return Ask(
        f"这是你自己的{what}。\n"
        f"可以买，价格一样，{show_yuan(_cash_fen(wanted))} 元；但不算佣金，也不算业绩。",
        then=buy_anyway,
        expects="照常下单",
        data=_wish(wanted),
        choices=("照常下单", "取消"),
    )


def _cash_fen(wanted: Sequence[Quote] | Sequence[Order]) -> int:
    return sum(one.cash_fen for one in wanted)


def _wish(wanted: list[Quote]) -> dict[str, int]:
    return {"product": wanted[0].product_id, "quantity": sum(one.quantity for one in wanted)}


def _order(ctx: Context, wanted: list[Quote]) -> Said:
    recipient = recipients.saved(ctx.work, ctx.member.id)
    if recipient is None:
        return Ask(
            "寄到哪里？姓名、手机号和地址写在一条里发来，比如：\n"
            f"{ADDRESS}\n"
            "只用来发货，加密保存。",
            then=give_address,
            expects="{address:text}",
            data=_wish(wanted),
            choices=("取消",),
        )
    key = f"buy:{ctx.message.id}"[:110]
    note = _missed(ctx, wanted[0])
    made = buying.place_together(ctx.work, ctx.member, wanted, key=key, recipient=recipient)
    return _to_pay(ctx, made, note)


def _missed(ctx: Context, wanted: Quote) -> str:
    """Said beside the list price, so that nobody pays it believing it was the other."""
    if wanted.live_id is None or wanted.live_offer_id is not None:
        return ""
    live = ctx.work.session.get_one(Live, wanted.live_id)
    missed = baskets.missed(ctx.work, ctx.member, wanted.product_id, live)
    if missed is None:
        return ""
    return f"（前 {missed.pieces:,} 单 {show_yuan(missed.unit_fen)} 元已抢完）"


def _anew(ctx: Context, order: Order, credit_fen: int) -> Said:
    """The same order with earnings in it: the amount of a payment never changes. PriceNotKept when
    its price could not be had again."""
    live = ctx.work.session.get(Live, order.live_id) if order.live_id else None
    kept = recipients.from_json(order.recipient) if order.recipient else None
    before = _together(ctx, order)
    quantity = sum(one.quantity for one in before)
    buying.cancel(ctx.work, ctx.member, order)
    wanted = baskets.quote(
        ctx.work, ctx.member, order.product_id, quantity, live=live, credit_fen=credit_fen
    )
    if sum(one.base_fen for one in wanted) > sum(one.base_fen for one in before):
        raise PriceNotKept(order.tail)
    key = f"credit:{ctx.message.id}"[:110]
    made = buying.place_together(ctx.work, ctx.member, wanted, key=key, recipient=kept)
    return _to_pay(ctx, made)


def _together(ctx: Context, order: Order) -> list[Order]:
    """The order, and what is paid with it."""
    if order.payment_id is None:
        return [order]
    return paying_in.orders_paid_by(ctx.work, order.payment_id)


def _to_pay(ctx: Context, orders: Sequence[Order], note: str = "") -> Text:
    """What it costs and why, how long it is kept, and the way to pay. Eight lines at most."""
    order, product = orders[0], ctx.work.session.get_one(Product, orders[0].product_id)
    credit_fen = sum(one.credit_fen for one in orders)
    credit = f"，收益已抵 {show_yuan(credit_fen)} 元" if credit_fen else ""
    lines = [
        *(["广告 · 含推广链接"] if order.promoter_id else []),
        f"{product.title} × {sum(one.quantity for one in orders)}",
        *_prices(ctx, orders, note),
        f"运费 {show_yuan(sum(one.freight_fen for one in orders))} 元",
        f"应付 {show_yuan(_cash_fen(orders))} 元{credit}",
    ]
    if order.state != State.CREATED:
        lines.append(f"不用再付钱，订单尾号 {'、'.join(one.tail for one in orders)}。")
        return Text("\n".join(lines), ("我的订单", "收益"))
    to = f"寄到：{recipients.from_json(order.recipient).masked}；" if order.recipient else ""
    lines.append(f"{to}{receipts.promise(ctx.work.rules, product)}")
    assert order.expires_at is not None
    held = lasting(ctx.work.rules.orders.unpaid_valid)
    until = f"{order.expires_at.astimezone(SHANGHAI):%H:%M}"
    link = ctx.own_page("cashier", about=order.payment_id or 0)
    kept = "货"
    if order.seat_no is not None:
        kept = f"你是第 {order.seat_no} 单，{show_yuan(order.unit_fen)} 元，"
    lines.append(f"{kept}给你留 {held}，到 {until}。[[去付款|{link}]]")
    earnings = ("用收益抵扣",) if ctx.member.is_joined else ()
    return Text("\n".join(lines), ("改地址", *earnings, "取消订单"))


def _prices(ctx: Context, orders: Sequence[Order], note: str) -> list[str]:
    """How the price of the goods comes about. Where an offer is for one piece, each is named."""
    order, promised = orders[0], difference(ctx.work, orders[0])
    promise = f"；{promised}" if promised else ""
    if len(orders) > 1:
        rest, name = orders[1], receipts.OFFERS[Offer(order.offer)]
        return [
            f"{name}每人 1 件：{show_yuan(order.unit_fen)} 元{promise}",
            f"另外 {rest.quantity} 件，每件 {show_yuan(rest.unit_fen)} 元",
        ]
    off = [(name, fen) for name, fen in receipts.taken_off(orders) if name != receipts.CREDIT]
    lines = [
        f"标价 {show_yuan(order.list_fen)} 元{note}",
        *(f"{name} {show_yuan(fen)} 元" for name, fen in off),
    ]
    return [*lines[:-1], f"{lines[-1]}{promise}"]
