"""推广: a picture of a product or a live whose code remembers who recommended it."""

from bot.arguments import NEXT_LIVE
from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.errors import NoSuchLive
from commerce.fen import show_yuan
from commerce.goods import pricing, shares, shelf
from commerce.goods.products import Product
from commerce.goods.shares import Share
from commerce.lives import hosting
from commerce.lives.lives import Live, State
from commerce.people import members
from commerce.people.members import Member
from handlers import receipts
from handlers.choosing import one_of
from handlers.live_words import when
from handlers.words import day

router = Router()


@router.says(
    "推广",
    "推广 {product:number}",
    "推广商品 {product:number}",
    "推广直播",
    "推广直播 {live:number}",
    "推广链接",
)
@router.taps("share")
def share(ctx: Context, product: str | int | None = None, live: str | int | None = None) -> Said:
    members.need_joined(ctx.member)
    if live is None and "直播" in ctx.message.text and product is None:
        live = NEXT_LIVE
    if live is not None:
        return _share_live(ctx, str(live))
    if product is None:
        return Text(
            "想推荐哪件？写上商品号或名字，比如「推广 3」；推荐直播，回复「推广直播」。",
            ("商品", "推广直播"),
        )
    goods = one_of(ctx, str(product), "推广")
    return goods if isinstance(goods, Text) else _share_product(ctx, goods)


def _share_product(ctx: Context, goods: Product) -> Said:
    ways = pricing.choice(ctx.work, ctx.member, goods)
    made = shares.current(ctx.work, ctx.member, product_id=goods.id)
    if ways.own_fen is not None:
        earns = f"按你定的 {show_yuan(ways.own_fen)} 元，卖 1 件得 " + show_yuan(
            ways.above_fen(ways.own_fen)
        )
    else:
        earns = f"标价卖 1 件，佣金 {show_yuan(ways.commission_fen)}"
    return (
        Text(f"正在画「{goods.title}」的推广卡，几秒就好。"),
        Picture("share_poster", {"share_id": made.id}),
        Text(
            f"有效到 {day(made.expires_at)}，过期回复「推广 {goods.id}」换新的。\n"
            f"朋友扫码就能买，{_touch_days(ctx)} 天内在这里买的都算你推荐。\n"
            f"{earns} 元。",
            ("商品", f"定价 {goods.id}"),
        ),
    )


def _share_live(ctx: Context, said: str) -> Said:
    found = _live(ctx, said)
    if found is None:
        return Text("现在没有排好的直播，排好了回复「推广直播」就行。", ("直播", "商品"))
    made = shares.current(ctx.work, ctx.member, live_id=found.id)
    return (
        Text(f"正在画「{found.title}」的推广卡，几秒就好。"),
        Picture("share_poster", {"share_id": made.id}),
        Text(
            f"有效到 {day(made.expires_at)}。\n朋友从这张卡进来，这场里买的算你推荐。"
            f"{_link(ctx, found, made)}",
            ("直播", "商品"),
        ),
    )


def _link(ctx: Context, live: Live, made: Share) -> str:
    """While it is on, a way in for who does not follow us."""
    if live.state != State.LIVE:
        return ""
    return f"\n不方便扫码，发这个链接：{ctx.page(f'live/{live.id}')}?s={made.token}"


def _live(ctx: Context, said: str) -> Live | None:
    """By its number, or the nearest one. NoSuchLive for one that is over or never was."""
    if said == NEXT_LIVE:
        return next(iter(hosting.upcoming(ctx.work, limit=1)), None)
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else 0
    found = hosting.find(ctx.work, number)
    if not found.is_announced:
        raise NoSuchLive(number)
    return found


@router.scans("shr_{token:code}")
def scan_share(ctx: Context, token: str) -> Said:
    """Somebody who follows already scans a card."""
    found = shares.of_scene(ctx.work, shares.SCENE + token)
    if found is None:
        return Text("你扫的推广卡过期了。\n看看有什么，回复「商品」。", ("商品", "直播"))
    return welcome(ctx, found)


def welcome(ctx: Context, found: Share) -> Text:
    """What the card promised; who comes by it is credited to whoever recommended it."""
    sharer = shares.arrive(ctx.work, ctx.member, found)
    if found.member_id == ctx.member.id:
        return Text("这是你自己的推广卡，发给朋友，让朋友扫。", ("商品", "海报"))
    if found.product_id is not None:
        goods = ctx.work.session.get_one(Product, found.product_id)
        return _recommended(ctx, goods, sharer)
    assert found.live_id is not None
    return _invited(ctx, hosting.find(ctx.work, found.live_id), sharer)


def _recommended(ctx: Context, goods: Product, sharer: Member | None) -> Text:
    by = f"{sharer.name}推荐：" if sharer else ""
    price_fen = shelf.price_for(ctx.work, ctx.member, goods)
    if price_fen is None:
        lines = ["广告", f"{by}{goods.title}，现在买不了。", "看看别的，回复「商品」。"]
        return Text("\n".join(lines), ("商品", *_usual(ctx)))
    lines = [
        "广告 · 含推广链接" if sharer else "广告",
        f"{by}{goods.title}，{show_yuan(price_fen)} 元。",
        receipts.promise(ctx.work.rules, goods),
        f"想买，回复「下单 {goods.id}」；细看，回复「商品 {goods.id}」。",
    ]
    return Text("\n".join(lines), (f"下单 {goods.id}", f"商品 {goods.id}", *_usual(ctx)))


def _invited(ctx: Context, live: Live, sharer: Member | None) -> Text:
    lines = ["广告 · 含推广链接" if sharer else "广告"]
    lines += [f"{sharer.name}邀请你看直播。"] if sharer else []
    if live.state == State.SCHEDULED and live.is_announced:
        lines.append(f"「{live.title}」{when(live.planned_at)} 开播。")
        is_next = hosting.upcoming(ctx.work, limit=1) == [live]
        book = "预约" if is_next else f"预约 {live.id}"
        lines.append(f"看规则、拿预约号，回复「{book}」。")
        return Text("\n".join(lines), (book, "直播"))
    now = {State.LIVE: "正在播", State.CANCELLED: "取消了", State.SCHEDULED: "时间还没定"}
    lines.append(f"「{live.title}」{now.get(State(live.state), '已经播完')}。")
    lines.append("看看有什么，回复「商品」。")
    return Text("\n".join(lines), ("直播", "商品"))


def _usual(ctx: Context) -> tuple[str, ...]:
    return () if ctx.member.is_joined else ("加入",)


def _touch_days(ctx: Context) -> int:
    return ctx.work.rules.plan.touch_days.days
