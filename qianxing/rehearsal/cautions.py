"""What a story is warned of: nothing is refused for it."""

from sqlalchemy import select

from commerce.fen import show_yuan
from commerce.goods.orders import Mode, Order
from commerce.goods.products import Product
from commerce.money import solvency
from commerce.money.solvency import Case, Way
from commerce.trust import after_sales
from commerce.trust.after_sales import AfterSale
from commerce.work import Work
from qianxing.rehearsal.playing import Play
from qianxing.solvency import WAYS, advice


def cautions(play: Play, work: Work) -> list[str]:
    """In words: what does not pay, and what the house would decide by itself."""
    return [*_insolvent(work), *_undecided(play, work)]


def _insolvent(work: Work) -> list[str]:
    """Products that lose money at their worst, by the ways they are sold in the story."""
    rows = work.session.execute(select(Order.product_id, Order.mode).distinct())
    modes: dict[int, set[str]] = {}
    for product_id, mode in rows:
        modes.setdefault(product_id, set()).add(mode)
    found = []
    for product in work.session.scalars(select(Product).order_by(Product.id)):
        sold = modes.get(product.id, {Mode.COMMISSION})
        cases = [
            case
            for case in solvency.check_product(work, product).cases
            if not case.is_solvent and _mode(case) in sold
        ]
        if cases:
            found.append(_loses(product.title, min(cases, key=lambda case: case.left_fen)))
    return found


def _mode(case: Case) -> Mode:
    return Mode.MARKUP if case.way is Way.MARKUP else Mode.COMMISSION


def _loses(title: str, case: Case) -> str:
    margin, costs = show_yuan(case.margin_fen), show_yuan(case.costs_fen)
    return (
        f"商品「{title}」{WAYS[case.way]}，算到头每件亏 {show_yuan(-case.left_fen)} 元："
        f"毛利 {margin} 元，最多付出 {costs} 元；{advice(case)}才够"
    )


def _undecided(play: Play, work: Work) -> list[str]:
    names = {id: name for name, id in play.stage.ids["order"].items()}
    rows = select(AfterSale).where(AfterSale.state == after_sales.State.OPENED)
    hours = work.rules.words("after_sales.approved_after")
    return [
        f"订单「{names[case.order_id]}」的售后一直没有结果；正式运行时 {hours}没人处理会自动同意"
        for case in work.session.scalars(rows.order_by(AfterSale.id))
        if case.decide_by <= work.now
    ]
