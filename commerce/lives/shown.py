"""What is shown in a live, in its order; and what a live still lacks before it can be looked at."""

from sqlalchemy import delete, select

from commerce.goods.products import Product
from commerce.lives.lives import Live, LiveGoods
from commerce.work import Work

GOODS, SCRIPT = "goods", "script"


def goods_of(work: Work, live: Live) -> list[Product]:
    """In the order they are shown."""
    rows = (
        select(Product)
        .join(LiveGoods, LiveGoods.product_id == Product.id)
        .where(LiveGoods.live_id == live.id)
        .order_by(LiveGoods.position)
    )
    return list(work.session.scalars(rows))


def goods_ids(work: Work, live: Live) -> list[int]:
    """As `goods_of`, by their numbers."""
    rows = select(LiveGoods.product_id).where(LiveGoods.live_id == live.id)
    return list(work.session.scalars(rows.order_by(LiveGoods.position)))


def put(work: Work, live: Live, product_ids: list[int]) -> None:
    """These and no others, in this order."""
    work.session.execute(delete(LiveGoods).where(LiveGoods.live_id == live.id))
    for position, product_id in enumerate(product_ids):
        work.session.add(LiveGoods(live_id=live.id, product_id=product_id, position=position))
    work.session.flush()


def missing(work: Work, live: Live) -> tuple[str, ...]:
    """Which of goods and script are still to come."""
    has = {GOODS: bool(goods_ids(work, live)), SCRIPT: bool(live.script)}
    return tuple(what for what, there in has.items() if not there)
