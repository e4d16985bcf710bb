"""直播间: opened by one's own link. Whoever opens it while the live is on is in its room."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot.links import Opened
from commerce.errors import Refusal
from commerce.goods import offers, quotes
from commerce.goods.products import Product
from commerce.lives import lotteries, room, shown
from commerce.lives.lives import Live, State
from commerce.people import identities, members
from commerce.people.members import Member
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.assists import THANKS
from handlers.live_words import drawn
from handlers.offer_words import offer_words
from handlers.rooms import PAGE
from web.pages import links
from web.pages import live as page

SAID = {step.value: words for step, words in THANKS.items()}


def routes(office: Office, seal: Seal) -> APIRouter:
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
        price_fen = quotes.quote(work, member, product.id, live=live).base_fen
    except Refusal:
        price_fen = None
    told = [
        offer_words(work, one)
        for one in offers.of_live(work, live.id)
        if one.product_id == product.id and one.closed_at is None
    ]
    return page.Goods(product.id, product.title, product.price_fen, price_fen, tuple(told))


def _opened(work: Work, opened: Opened) -> tuple[Live, Member]:
    return work.session.get_one(Live, opened.about), members.get(work, opened.member_id)


def _enter(work: Work, opened: Opened) -> None:
    live, member = _opened(work, opened)
    room.enter(work, member, live)
