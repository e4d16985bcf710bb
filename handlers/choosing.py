"""Which product is meant: 「3」, 「藕粉」, or a choice where several are called so."""

from bot.context import Context
from bot.reply import Text
from commerce.fen import show_yuan
from commerce.goods import shelf
from commerce.goods.products import Product

SHOWN = 3


def one_of(ctx: Context, said: str, verb: str) -> Product | Text:
    """The product, or the question which one: `verb` is what is said before its number."""
    found = shelf.find(ctx.work, ctx.member, said)
    if len(found) == 1:
        return found[0]
    lines = [f"{one.id} {one.title}，{show_yuan(one.price_fen)} 元" for one in found[:SHOWN]]
    choices = tuple(f"{verb} {one.id}" for one in found[:SHOWN])
    return Text("\n".join(("有好几件对得上，要哪件？", *lines)), choices)
