"""助力: a card for one's friends, what they hear who come by it, and the price it unlocks."""

from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.errors import NoSuchLive
from commerce.fen import show_yuan
from commerce.goods.products import Product
from commerce.lives import assists, hosting, room
from commerce.lives.assists import Assist, Came, Step
from commerce.lives.lives import Live, State
from commerce.outbox import SHANGHAI
from handlers import shopping
from handlers.live_words import when

router = Router()

LOOKED_AT = 5  # lives
EVENING = 18  # o'clock
THANKS = {
    Step.COUNTED: "谢谢你来帮忙，这一格亮了。",
    Step.BEFORE: "这场你已经帮过了，一场一次，心意收到。",
    Step.FULL: "人数已经够了，谢谢你来；这次没用掉，还可以帮别的朋友。",
    Step.OWN: "自己点不算，发给朋友就行。",
}
COUNTED = "零一两三四五六七八九"


@router.says("助力", "我要助力", "发起助力", "助力卡", "助力进度", "助力 {live:number}")
@router.taps("assist")
def assist(ctx: Context, live: str | int | None = None) -> Said:
    found = _live(ctx, live)
    if found is None or found.state != State.LIVE:
        return _not_now(ctx, found)
    card = assists.share(ctx.work, ctx.member, found)
    if card.unlocked_at is not None:
        return _unlocked(ctx, card)
    return (
        Text(_rules(ctx, found, card), ("进直播间", "商品")),
        Picture("assist_poster", {"assist_id": card.id}),
        Text(
            f"广告 · {found.title}，正在直播，来看看：\n{link(ctx, card)}\n"
            "上面的图或这个链接，发给朋友都行；点链接不用关注。\n"
            "每来 1 位都告诉你。",
            ("助力", "进直播间"),
        ),
    )


@router.says("{price_fen:yuan}下单", "助力价下单")
def buy_unlocked(ctx: Context, price_fen: int | None = None) -> Said:
    """What one's friends unlocked; without that, one says which product."""
    for live in hosting.upcoming(ctx.work, limit=LOOKED_AT):
        card = assists.of(ctx.work, ctx.member, live) if live.state == State.LIVE else None
        if card is not None and card.unlocked_at is not None:
            room.enter(ctx.work, ctx.member, live)
            return shopping.buy(ctx, card.product_id)
    return shopping.buy(ctx)


@router.scans("ast_{token:code}")
def scan_assist(ctx: Context, token: str) -> Said:
    """Somebody who follows already scans a friend's card."""
    found = assists.of_token(ctx.work, token)
    if found is None:
        return Text("这张卡没对上。\n看看有什么直播，回复「直播」。", ("直播", "商品"))
    return come(ctx, found)


def come(ctx: Context, card: Assist) -> Text:
    """Somebody comes by a card, be it their own."""
    return answer(assists.help(ctx.work, ctx.member, card))


def answer(came: Came) -> Text:
    """What the one who came hears."""
    step, card = came.step, came.assist
    if step is Step.OWN:
        return Text(f"{THANKS[step]}现在 {_so_far(card)}。", ("助力", "进直播间"))
    if step is Step.NOT_ON:
        if came.live.state == State.SCHEDULED:
            return Text(f"广告\n「{came.live.title}」还没开播，开播后再来。", ("直播", "商品"))
        return Text(
            f"广告\n「{came.live.title}」播完了，助力到此为止，谢谢你来。\n下一场回复「直播」。",
            ("直播", "商品"),
        )
    if step is Step.BEFORE:
        return Text(THANKS[step], ("进直播间",))
    return Text(f"广告\n直播正在进行，{THANKS[step]}", ("进直播间", "商品"))


def link(ctx: Context, card: Assist) -> str:
    """The address a friend opens: no following, no buying."""
    return f"{ctx.page(f'live/{card.live_id}')}?a={card.token}"


def _rules(ctx: Context, live: Live, card: Assist) -> str:
    product = ctx.work.session.get_one(Product, card.product_id)
    friends = COUNTED[card.friends] if card.friends < len(COUNTED) else str(card.friends)
    return (
        "广告\n"
        f"{product.title}，标价 {show_yuan(product.price_fen)} 元。\n"
        f"{card.friends} 位朋友通过你的卡片进直播间，"
        f"你可以 {show_yuan(card.unit_fen)} 元买 1 份。\n"
        f"现在 {_so_far(card)}，{_tonight(ctx)}下播截止。\n"
        f"{friends}位要不同；每人每场 1 次；不用下单，不用关注。"
    )


def _unlocked(ctx: Context, card: Assist) -> Text:
    if card.order_id is not None:
        return Text(
            "这场的助力价你已经用了，一场 1 份。\n付没付款看「我的订单」，再买照直播间的价。",
            ("我的订单", "商品"),
        )
    product = ctx.work.session.get_one(Product, card.product_id)
    price = f"{show_yuan(card.unit_fen)} 元"
    return Text(
        f"{_so_far(card)}，解锁了。{product.title} {price}，限 1 份，到下播为止。",
        (f"{price}下单", "商品"),
    )


def _not_now(ctx: Context, live: Live | None) -> Text:
    offer = assists.promised(ctx.work, live) if live is not None else None
    if live is None or offer is None or live.state != State.SCHEDULED:
        return Text("现在没有可以助力的直播。\n看看下一场，回复「直播」。", ("直播", "商品"))
    product = ctx.work.session.get_one(Product, offer.product_id)
    return Text(
        "广告\n"
        f"「{live.title}」{when(live.planned_at)} 开播，"
        f"{product.title}助力价 {show_yuan(offer.unit_fen)} 元。\n"
        "开播后回复「助力」拿卡片。",
        ("预约", "直播"),
    )


def _live(ctx: Context, said: str | int | None) -> Live | None:
    """By its number; else one on the air with such a price, one's own card first; else the next."""
    text = str(said or "")
    if text.isascii() and text.isdecimal() and len(text) < 16:
        found = hosting.find(ctx.work, int(text))
        if found.approved_at is None:
            raise NoSuchLive(found.id)
        return found
    coming = hosting.upcoming(ctx.work, limit=LOOKED_AT)
    with_price = [one for one in coming if assists.promised(ctx.work, one)]
    mine = (one for one in with_price if assists.of(ctx.work, ctx.member, one))
    return next(mine, next(iter(with_price), None))


def _so_far(card: Assist) -> str:
    return f"{card.helped} / {card.friends}"


def _tonight(ctx: Context) -> str:
    return "今晚" if ctx.work.now.astimezone(SHANGHAI).hour >= EVENING else ""
