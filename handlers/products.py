"""商品, 选品: what there is to buy and to recommend, and what one of them earns."""

from collections.abc import Callable
from typing import Any

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.goods import attribution, pricing, quotes, shelf, stock
from commerce.goods.products import Product
from commerce.goods.shelf import Listed
from commerce.rules import Rank
from handlers import receipts
from handlers.choosing import one_of
from handlers.words import show_percent

router = Router()

SHOWN = 5
BY_COMMISSION, BY_SALES = ("佣金",), ("好卖", "卖得好", "热卖", "爆款", "畅销")


@router.says("商品", "精选好物", "选品", "商品列表", "有没有 {query:text}", "找商品 {query:text}")
@router.taps("products")
@router.public
def products(ctx: Context, query: str = "") -> Said:
    found = shelf.visible(ctx.work, ctx.member, query.rstrip("吗么的？?"))
    if not found:
        about = f"没找到「{query[:20]}」。" if query else "现在没有上架的商品。"
        way_on = "看看都有什么，回复「商品」。" if query else "上新了在这里就能看到。"
        return Text(f"{about}\n{way_on}", ("商品",) if query else ("直播",))
    ranked = sorted(found, key=_by(ctx))
    lines = ["广告", *(_line(ctx, one) for one in ranked[:SHOWN])]
    if len(ranked) > SHOWN:
        lines.append(f"还有 {len(ranked) - SHOWN} 件，说名字就能找，比如「有没有毛巾」。")
    first = ranked[0].product.id
    if _is_star(ctx):
        lines.append(f"细看回复「商品 {first}」，推荐回复「推广 {first}」。")
        return Text("\n".join(lines), (f"商品 {first}", f"推广 {first}", "定价"))
    lines.append(f"细看回复「商品 {first}」，想买回复「下单 {first}」。")
    return Text("\n".join(lines), (f"商品 {first}", f"下单 {first}"))


@router.says("商品 {product:number}", "看商品 {product:number}", "商品 {product:number} 怎么样")
def product(ctx: Context, product: str | int) -> Said:
    goods = one_of(ctx, str(product), "商品")
    if isinstance(goods, Text):
        return goods
    promoter = attribution.promoter_of(ctx.work, ctx.member)
    quotes.check_on_sale(ctx.work, goods, ctx.member, promoter)
    left = stock.left(ctx.work, goods.id)
    spec = f"，{goods.spec}" if goods.spec else ""
    lines = [
        "广告 · 含推广链接" if promoter else "广告",
        f"商品 {goods.id}：{goods.title}{spec}",
        f"{_price(ctx, goods)}，运费 {show_yuan(goods.freight_fen)} 元，{_stock(left)}",
        receipts.promise(ctx.work.rules, goods),
    ]
    if not _is_star(ctx):
        choices = (f"下单 {goods.id}", "商品") if left else ("商品",)
        return Text("\n".join(lines), choices)
    lines += _for_stars(ctx, goods)
    return Text("\n".join(lines), (f"推广 {goods.id}", f"定价 {goods.id}", f"下单 {goods.id}"))


def _by(ctx: Context) -> Callable[[Listed], Any]:
    """The order that was asked for in words; else the shelf's own."""
    said = ctx.message.text
    if _is_star(ctx) and any(word in said for word in BY_COMMISSION):
        return lambda one: (one.is_sold_out, -pricing.sales_bp(ctx.work, ctx.member, one.product))
    if _is_star(ctx) and any(word in said for word in BY_SALES):
        return lambda one: (one.is_sold_out, -one.sold_fen)
    return lambda one: 0


def _line(ctx: Context, one: Listed) -> str:
    """「3 藕粉 10 袋装，99.00 元，佣金 22%，近 7 天团队里排 1」; in a group only the price."""
    goods = one.product
    parts = [f"{goods.id} {goods.title}", f"{show_yuan(goods.price_fen)} 元"]
    if one.is_sold_out:
        parts.append("卖完了")
    elif _is_star(ctx):
        parts.append(f"佣金 {show_percent(pricing.sales_bp(ctx.work, ctx.member, goods))}%")
        if one.place is not None:
            parts.append(f"近 {_days(ctx)} 天团队里排 {one.place}")
    return "，".join(parts)


def _for_stars(ctx: Context, goods: Product) -> list[str]:
    """What it earns, at which own prices, and how it sells in the team."""
    ways = pricing.choice(ctx.work, ctx.member, goods)
    uplift_bp = ways.sales_bp - goods.commission_bp
    rank = Rank(ctx.member.rank).label
    parts = f"（商品 {show_percent(goods.commission_bp)}% + {rank} {show_percent(uplift_bp)}%）"
    lines = [
        f"佣金 {show_percent(ways.sales_bp)}%{parts if uplift_bp > 0 else ''}，"
        f"标价卖 1 件得 {show_yuan(ways.commission_fen)} 元。"
    ]
    if goods.markup_allowed:
        own = f"，你现在定 {show_yuan(ways.own_fen)} 元" if ways.own_fen is not None else ""
        lines.append(
            f"自己定价：{show_yuan(goods.supply_fen)} 到 {show_yuan(goods.price_fen)} 元{own}，"
            "得差价，不再有佣金。"
        )
    sold = shelf.sold_in_team(ctx.work, ctx.member)
    if goods.id in sold:
        place = list(sold).index(goods.id) + 1
        lines.append(f"近 {_days(ctx)} 天团队里排 {place}，卖了 {show_yuan(sold[goods.id])} 元。")
    return lines


def _price(ctx: Context, goods: Product) -> str:
    """The list price, and this buyer's own where it is another."""
    listed = f"标价 {show_yuan(goods.price_fen)} 元"
    own_fen = shelf.price_for(ctx.work, ctx.member, goods)
    if own_fen is None or own_fen == goods.price_fen:
        return listed
    return f"{listed}，你买 {show_yuan(own_fen)} 元"


def _stock(left: int) -> str:
    if left < 1:
        return "卖完了"
    return f"还剩 {left} 件" if left < 20 else "有货"


def _days(ctx: Context) -> int:
    return ctx.work.rules.views.product_ranking.days


def _is_star(ctx: Context) -> bool:
    """Whom earnings are shown to, and never in a room."""
    return ctx.member.is_joined and ctx.message.room is None
