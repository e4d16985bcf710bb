"""What a group post can say by itself: of a live, of a product, of how the shop works.

A variable that is not found here is for a colleague to fill in: nothing is made up.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from commerce.fen import show_yuan
from commerce.goods import offers, stock
from commerce.goods.offers import Kind, LiveOffer
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.lives import bookings, lotteries, shown
from commerce.lives.lives import Live
from commerce.outbox import SHANGHAI
from commerce.people import members
from commerce.rules import Rules
from commerce.work import Work
from handlers.live_words import drawn, offered, when
from handlers.words import day, moment, opening

NAMES = {
    "answer_1": "答案一",
    "answer_2": "答案二",
    "offer_1": "亮点一",
    "offer_2": "亮点二",
    "question_1": "问题一",
    "question_2": "问题二",
    "review_month": "购买月份",
    "review_text": "评价原话",
    "selling_point": "卖点",
    "step_1": "步骤一",
    "step_2": "步骤二",
    "step_3": "步骤三",
    "tip_title": "办法名字",
    "warehouse_city": "发货城市",
}
"""What a colleague calls a variable; the others by their own name."""


def named(variable: str) -> str:
    return NAMES.get(variable, variable)


def variable(name: str) -> str:
    """The variable a colleague means."""
    return next((one for one, said in NAMES.items() if said == name), name)


def of_shop(rules: Rules, base_url: str) -> dict[str, Any]:
    """What is so whatever the post is about."""
    after, account = rules.after_sales, rules.brand.official_account
    return {
        "organiser": rules.brand.organiser,
        "rules_link": f"{base_url}/pages/rules",
        "service_link": f"公众号「{account}」发「人工」",
        "service_hours": opening(rules.brand.service_hours),
        "answer_hours": _hours(after.answer_within),
        "return_days": after.return_days.days,
        "refund_days": after.refund_days.days,
        "excluded_goods": after.excluded_goods,
        "ship_hours": _hours(rules.orders.ship_within),
        "return_rule": f"签收 {after.return_days.days} 天内，未拆封可无理由退",
        "claim_hours": _hours(rules.lottery.claim_within),
    }


def of_product(work: Work, product: Product) -> dict[str, Any]:
    account = work.rules.brand.official_account
    return {
        "product_name": product.title,
        "spec": product.spec,
        "price": show_yuan(product.price_fen),
        "stock": stock.left(work, product.id),
        "warehouse_city": "、".join(stock.cities(work, product.id)),
        "link": f"公众号「{account}」发「下单 {product.id}」",
    }


def of_live(work: Work, live: Live) -> dict[str, Any]:
    account = work.rules.brand.official_account
    local = live.planned_at.astimezone(SHANGHAI)
    facts: dict[str, Any] = {
        "live_title": live.title,
        "live_at": when(live.planned_at),
        "live_time": f"{local:%H:%M}",
        "host_name": members.get(work, live.host_id).name,
        "booking_count": bookings.count(work, live.id),
        "lottery_state": "",
        "link": f"公众号「{account}」发「{'预约' if live.started_at is None else '直播间'}」",
    }
    if live.ends_at is not None:
        facts["live_end"] = moment(live.ends_at)
    for place, product in enumerate(shown.goods_of(work, live)[:3], start=1):
        facts[f"product_{place}"] = product.title
        facts[f"price_{place}"] = show_yuan(product.price_fen)
    return facts | _lottery(work, live) | _offers(work, live) | _shipped(work, live)


def _lottery(work: Work, live: Live) -> dict[str, Any]:
    lottery = lotteries.of_live(work, live.id)
    if lottery is None or lottery.state == lotteries.State.CANCELLED:
        return {"lottery_state": "这场没有抽奖。"}
    return {
        "threshold": lottery.threshold,
        "prize_name": lottery.terms["product"],
        "prize_count": lottery.winners_wanted,
        "prize_value": show_yuan(lottery.prize_fen),
        "lottery_state": f"{drawn(lottery)}。",
    }


def _offers(work: Work, live: Live) -> dict[str, Any]:
    found = offers.of_live(work, live.id)
    facts: dict[str, Any] = {
        f"offer_{place}": offered(work, live, one) for place, one in enumerate(found[:2], start=1)
    }
    first = next((one for one in found if _is_open_first(one)), None)
    if first is not None:
        facts |= {
            "first_n": first.pieces,
            "first_price": show_yuan(first.unit_fen),
            "offer_name": work.session.get_one(Product, first.product_id).title,
            "offer_price": show_yuan(first.unit_fen),
            "offer_left": offers.left(work, first),
        }
    return facts


def _is_open_first(offer: LiveOffer) -> bool:
    return offer.kind == Kind.FIRST_N and offer.closed_at is None


def _shipped(work: Work, live: Live) -> dict[str, Any]:
    if live.ended_at is None:
        return {}
    gone = select(func.count(Order.id)).where(
        Order.live_id == live.id, Order.shipped_at.is_not(None)
    )
    last = live.ended_at + work.rules.orders.ship_within
    return {"shipped_count": work.session.scalar(gone) or 0, "ship_deadline": day(last)}


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
