"""定价: a star's own price of a product."""

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.goods import catalogue, pricing
from commerce.goods.pricing import Choice
from commerce.people import members
from handlers.choosing import one_of
from handlers.words import show_percent

router = Router()

SHOWN = 5


@router.says(
    "定价",
    "我的定价",
    "定价 {product:number}",
    "定价 {product:number} {amount_fen:yuan}",
    "商品 {product:number} 定价 {amount_fen:yuan}",
)
@router.taps("set_price")
def set_price(
    ctx: Context, product: str | int | None = None, amount_fen: int | None = None
) -> Said:
    members.need_joined(ctx.member)
    if product is None:
        return _own_prices(ctx)
    goods = one_of(ctx, str(product), "定价")
    if isinstance(goods, Text):
        return goods
    if amount_fen is None:
        return _ask(pricing.choice(ctx.work, ctx.member, goods))
    return _done(pricing.set_price(ctx.work, ctx.member, goods, amount_fen))


@router.step
def give_price(ctx: Context, amount_fen: int, product: int) -> Said:
    return set_price(ctx, product, amount_fen)


@router.says("取消定价 {product:number}", "不定价 {product:number}")
def give_up_price(ctx: Context, product: int) -> Said:
    goods = catalogue.get(ctx.work, product)
    was = pricing.give_up_price(ctx.work, ctx.member, goods)
    opening = "取消了" if was else "本来就没有定价"
    return Text(
        f"{opening}：{goods.title}按标价 {show_yuan(goods.price_fen)} 元卖，有佣金。\n"
        "从下一笔订单起算，之前的不变。",
        (f"推广 {goods.id}", "定价"),
    )


def _own_prices(ctx: Context) -> Text:
    found = pricing.own_prices(ctx.work, ctx.member, limit=SHOWN)
    if not found:
        return Text(
            "你还没有自己定价的商品，都按标价卖、有佣金。\n"
            "要定价，写上商品号和价格，比如「定价 3 60」。",
            ("商品",),
        )
    lines = [
        f"{goods.id} {goods.title}，你定 {show_yuan(unit_fen)} 元"
        f"，标价 {show_yuan(goods.price_fen)} 元"
        for goods, unit_fen in found
    ]
    first = found[0][0].id
    lines.append(f"改价回复「定价 {first} 60」，不定了回复「取消定价 {first}」。")
    return Text("\n".join(("你自己定价的商品：", *lines)), (f"取消定价 {first}", "商品"))


def _ask(ways: Choice) -> Said:
    goods = ways.product
    if not goods.markup_allowed:
        return Text(
            f"{goods.title}只按标价 {show_yuan(goods.price_fen)} 元卖，不能自己定价；"
            f"佣金 {show_percent(ways.sales_bp)}%。",
            (f"推广 {goods.id}", "商品"),
        )
    usual = show_yuan(ways.usual_fen)
    return Ask(
        f"{goods.title}可以定 {show_yuan(goods.supply_fen)} 到 {show_yuan(goods.price_fen)} 元。\n"
        f"{_compared(ways, ways.usual_fen)}\n"
        f"定多少元？一般定 {usual}。",
        then=give_price,
        expects="{amount_fen:yuan}",
        data={"product": goods.id},
        choices=(f"定价 {goods.id} {usual}", "取消"),
    )


def _done(ways: Choice) -> Text:
    goods = ways.product
    assert ways.own_fen is not None
    return Text(
        f"定好了：{goods.title}，你的朋友买 {show_yuan(ways.own_fen)} 元。\n"
        f"{_compared(ways, ways.own_fen)}\n"
        f"从下一笔订单起算；改回标价，回复「取消定价 {goods.id}」。",
        (f"推广 {goods.id}", f"取消定价 {goods.id}"),
    )


def _compared(ways: Choice, unit_fen: int) -> str:
    """Both ways of selling one piece, beside each other."""
    return (
        f"卖 {show_yuan(unit_fen)} 元，1 件得差价 {show_yuan(ways.above_fen(unit_fen))} 元，"
        f"没有佣金；按标价卖，佣金 {show_yuan(ways.commission_fen)} 元。"
    )
