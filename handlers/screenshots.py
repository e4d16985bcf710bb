"""A picture that somebody sends while a colleague waits for one: it is noted where it belongs."""

from sqlalchemy import select

from bot.context import Context
from bot.reply import Text
from commerce.goods.orders import Order
from commerce.people import members
from commerce.trust import after_sales, cases
from commerce.trust.after_sales import AfterSale
from handlers.words import moment


def noted(ctx: Context) -> Text | None:
    """Beside the person's open report of plays, or open after-sales case; None without either. The
    picture itself stays in the conversation, where colleagues look at it."""
    case = cases.open_of(ctx.work, "plays", ctx.member.id)
    if case is not None:
        cases.add_words(ctx.work, case, f"{moment(ctx.work.now)} 发来 1 张截图。")
        return Text(f"截图收到，放在 C{case.id} 里了，同事核对后告诉你。", ("进度",))
    row = _open_after_sale(ctx)
    if row is None:
        return None
    row.photos += 1
    ctx.work.session.flush()
    return Text(f"照片收到，和售后 S{row.id} 放在一起了，有结果发到这里。", (f"售后 S{row.id}",))


def _open_after_sale(ctx: Context) -> AfterSale | None:
    mine = members.with_former_ids(ctx.work, ctx.member)
    rows = (
        select(AfterSale)
        .join(Order, Order.id == AfterSale.order_id)
        .where(Order.buyer_id.in_(mine), AfterSale.state == after_sales.State.OPENED)
    )
    return ctx.work.session.scalar(rows.order_by(AfterSale.id.desc()).limit(1))
