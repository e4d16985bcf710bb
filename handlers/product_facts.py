"""What the catalogue says about a product somebody asks after: price, freight, stock, delivery."""

import re

from bot.context import Context
from bot.phrases import normalise
from bot.reply import Said, Text
from commerce.fen import show_yuan
from commerce.goods import shelf
from handlers import receipts

SOURCE = "来自：商品资料"
_ASKED = re.compile(
    r"(?:是|要|卖)?(?:多少钱|什么价格?|什么价钱|几块钱?|几元)|(?:的)?(?:价格|价钱|售价|运费|邮费)(?:是)?(?:多少|几块)?"
    r"|包邮|还?有没有货|还?有货|库存|缺货|(?:是)?什么规格|(?:的)?规格|(?:几天|多久|什么时候)(?:能)?发货"
)
_AROUND = re.compile(
    r"^(?:那个|这个|你们的?|请问|现在|商品)+|(?:了|的|吗|么|呢|现在|一[件份袋条])+$"
)
NAME_LENGTH = range(2, 21)


def product_facts(ctx: Context) -> Said | None:
    """None unless one product on the shelf is named and a fact of it is asked for. It says
    nothing about commission: it may be said aloud."""
    plain = normalise(ctx.message.text[:60])
    if _ASKED.search(plain) is None:
        return None
    name = _AROUND.sub("", _ASKED.sub("", plain))
    if len(name) not in NAME_LENGTH:
        return None
    fitting = shelf.visible(ctx.work, ctx.member, name)
    named = [one for one in fitting if name in normalise(one.product.title)]
    if len(named) != 1:
        return None
    goods, left = named[0].product, named[0].left
    spec = f"，{goods.spec}" if goods.spec else ""
    freight = f"运费 {show_yuan(goods.freight_fen)} 元" if goods.freight_fen else "包邮"
    return Text(
        f"广告\n{goods.title}{spec}：标价 {show_yuan(goods.price_fen)} 元，{freight}，"
        f"{'有货' if left > 0 else '卖完了'}。\n"
        f"{receipts.promise(ctx.work.rules, goods)}\n{SOURCE}",
        (f"商品 {goods.id}", f"下单 {goods.id}") if left > 0 else ("商品",),
    )
