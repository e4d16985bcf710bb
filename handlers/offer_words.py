"""How an offer of a live is said: what it costs, how many are left, what is promised."""

from commerce.fen import show_yuan
from commerce.goods import offers
from commerce.goods.offers import Kind, LiveOffer
from commerce.goods.orders import Order
from commerce.work import Work


def offer_words(work: Work, offer: LiveOffer) -> str:
    """「前 100 单 9.90 元，还剩 63 单」; 「现在 89.00 元，每满 100 人付款降 10.00 元，…」"""
    if offer.kind == Kind.FIRST_N:
        left = offers.left(work, offer) if offer.closed_at is None else 0
        standing = f"还剩 {left:,} 单" if left else "已抢完"
        return f"前 {offer.pieces:,} 单 {show_yuan(offer.unit_fen)} 元，{standing}"
    if offer.kind == Kind.ASSIST:
        return f"助力价 {show_yuan(offer.unit_fen)} 元，每人 1 份，回复「助力」"
    return (
        f"现在 {show_yuan(offers.now_fen(work, offer))} 元，"
        f"每满 {offer.every_buyers:,} 人付款降 {show_yuan(offer.off_fen)} 元，"
        f"到 {show_yuan(offer.floor_fen)} 元为止{protection(offer)}"
    )


def protection(offer: LiveOffer) -> str:
    """What is said before anybody buys."""
    return "；下播后补差价" if offer.price_protection else ""


def difference(work: Work, order: Order) -> str:
    """「下播时价更低，差价自动退回，最多 20.00 元」: what comes back of what this order pays for
    its one piece. Nothing where nothing is promised, or the price cannot fall any more."""
    offer = work.session.get_one(LiveOffer, order.offer_id) if order.offer_id else None
    if offer is None or not offer.price_protection:
        return ""
    least_fen = offer.floor_fen if offer.last_fen is None else offer.last_fen
    most = show_yuan(order.unit_fen - least_fen)
    if order.unit_fen <= least_fen:
        return ""
    if offer.last_fen is None:
        return f"下播时价更低，差价自动退回，最多 {most} 元"
    return f"下播时降到 {show_yuan(least_fen)} 元，差价 {most} 元付款后自动退回"
