"""直播间: opened by one's own link. Whoever opens it while the live is on is in its room."""

from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot.links import VALID, Opened, token_for
from commerce.errors import Refusal
from commerce.goods import buying, offers, quotes, recipients
from commerce.goods.orders import Offer
from commerce.goods.products import Product
from commerce.goods.quotes import Quote
from commerce.lives import lotteries, room, shown
from commerce.lives.lives import Live, State
from commerce.money.payments import Payment
from commerce.people import identities, members
from commerce.people.members import Member
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.assists import THANKS
from handlers.live_words import drawn
from handlers.offer_words import offer_words
from handlers.rooms import PAGE
from web.api import flash_orders
from web.pages import links
from web.pages import live as page

FLASH = (Offer.FIRST_N, Offer.STAIR)
"""What `flash_orders` sells."""
SAID = {step.value: words for step, words in THANKS.items()}


def routes(office: Office, seal: Seal, *, takes_payment: bool) -> APIRouter:
    """`t` is the token of the link: 403 without a good one. `came`: what became of a help."""
    router = APIRouter()

    @router.get(f"/pages/{PAGE}", response_class=HTMLResponse)
    def own_room(t: str = "", came: str = "") -> HTMLResponse:
        opened = links.opened(office, seal, PAGE, t)
        if opened is None:
            return links.closed(office)
        with office.reading() as work:
            live, member = _opened(work, opened)
            is_in = live.state != State.LIVE or room.has_entered(work, member, live)
            here = f"/pages/{PAGE}/{live.id}/here?t={t}"
            facts = found(work, live, member, here=here, said=SAID.get(came, ""))
            if takes_payment:
                facts = _with_buttons(work, seal, facts, member)
        if not is_in:
            office.do(lambda work: _enter(work, opened))
        return HTMLResponse(page.render(facts), headers=page.HEADERS)

    return router


def found(work: Work, live: Live, member: Member, *, here: str, said: str = "") -> page.Room:
    """What this person sees of the live now."""
    lottery = lotteries.of_live(work, live.id)
    goods = shown.goods_of(work, live)
    return page.Room(
        brand=work.rules.brand.name,
        title=live.title,
        host=members.get(work, live.host_id).name,
        state=State(live.state),
        planned_at=live.planned_at,
        as_of=work.now,
        goods=tuple(_goods(work, live, member, product) for product in goods),
        lottery=f"预约抽奖：{drawn(lottery)}。" if lottery else "",
        said=said,
        follows=any(door.is_open for door in identities.of_member(work, member.id)),
        here=here,
    )


def _goods(work: Work, live: Live, member: Member, product: Product) -> page.Goods:
    try:
        wanted = quotes.quote(work, member, product.id, live=live)
    except Refusal:
        wanted = None
    told = [
        offer_words(work, one)
        for one in offers.of_live(work, live.id)
        if one.product_id == product.id and one.closed_at is None
    ]
    return page.Goods(
        product.id,
        product.title,
        product.price_fen,
        wanted.base_fen if wanted else None,
        tuple(told),
        offer_id=wanted.live_offer_id if wanted and _is_sold_here(wanted) else None,
    )


def _is_sold_here(wanted: Quote) -> bool:
    """Who would earn nothing by their own link hears of it in the chat first."""
    return wanted.offer in FLASH and not wanted.is_own_link


def _with_buttons(work: Work, seal: Seal, facts: page.Room, member: Member) -> page.Room:
    """Where one's price is a seat or a step of this live, and one's address is known, one piece is
    bought here: by a token for this person and this offer."""
    waiting = _waiting(work, seal, member)
    knows_where = recipients.saved(work, member.id) is not None
    until = work.now + VALID

    def button(one: page.Goods) -> page.Goods:
        if one.number in waiting or one.offer_id is None or not knows_where:
            return replace(one, waiting=waiting.get(one.number))
        token = token_for(seal, flash_orders.PAGE, member.id, until, about=one.offer_id)
        return replace(one, grab=page.Grab(flash_orders.PATH.format(offer=one.offer_id), token))

    return replace(facts, goods=tuple(button(one) for one in facts.goods))


def _waiting(work: Work, seal: Seal, member: Member) -> dict[int, page.Waiting]:
    """By its product the order that waits for its payment, and the way there."""
    order = buying.unpaid(work, member)
    if order is None or order.payment_id is None:
        return {}
    payment = work.session.get_one(Payment, order.payment_id)
    token = token_for(seal, "cashier", member.id, work.now + VALID, about=payment.id)
    return {order.product_id: page.Waiting(payment.amount_fen, f"/pages/cashier?t={token}")}


def _opened(work: Work, opened: Opened) -> tuple[Live, Member]:
    return work.session.get_one(Live, opened.about), members.get(work, opened.member_id)


def _enter(work: Work, opened: Opened) -> None:
    live, member = _opened(work, opened)
    room.enter(work, member, live)
