"""
Quotes: what an order would cost this buyer now, and why. Nothing is written.

The best price is taken and never two together: the promoter's own price is a way of selling of its
own, and only what friends unlocked may beat it; else list, 千星专属折扣, an offer of the live or a
coupon. An offer is for one piece: see `baskets` for more.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from commerce.errors import (
    BadQuantity,
    InsufficientBalance,
    NeedsRank,
    NoSuchProduct,
    NotOnSale,
    NotYetOnSale,
    SoldOut,
)
from commerce.fen import share_floor
from commerce.goods import attribution, coupons, offers, seats, stock, suppliers, unlocked
from commerce.goods.offers import LiveOffer
from commerce.goods.orders import Mode, Offer, Order, State
from commerce.goods.products import Product, StarPrice
from commerce.lives.lives import Live
from commerce.money import ledger
from commerce.outbox import SHANGHAI
from commerce.people import members
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Work

MOST_PIECES = 99
ALL = -1
"""As `credit_fen`: as much credit as there is, up to the price of the goods."""


@dataclass(frozen=True)
class Agreed:
    """What is settled elsewhere: by a scenario, or by the shop an order is imported from. Neither
    touches nor offers are asked then."""

    promoter: Member | None = None
    mode: Mode = Mode.COMMISSION
    unit_fen: int | None = None
    """None: the list price."""
    freight_fen: int = 0
    paid_elsewhere: bool = False
    """No payment of ours is asked for, and nothing expires."""
    takes_stock: bool = True


@dataclass(frozen=True)
class Quote:
    """All numbers of one order, in fen. `base_fen` is for the goods, `cash_fen` what is paid."""

    product: Product
    quantity: int
    mode: Mode
    offer: Offer
    unit_fen: int
    coupon_fen: int
    freight_fen: int
    credit_fen: int
    promoter_id: int | None
    live_id: int | None
    is_own_link: bool
    """The buyer is the promoter: nobody earns by it. Said before payment."""
    coupon_id: int | None = None
    paid_elsewhere: bool = False
    takes_stock: bool = True
    live_offer_id: int | None = None
    from_hold: str = ""
    """The name under which its pieces are kept already: of a prize, of an assist."""

    @property
    def product_id(self) -> int:
        return self.product.id

    @property
    def list_fen(self) -> int:
        return self.product.price_fen * self.quantity

    @property
    def base_fen(self) -> int:
        return self.unit_fen * self.quantity - self.coupon_fen

    @property
    def off_fen(self) -> int:
        """How much below list price, the coupon not counted."""
        return self.list_fen - self.unit_fen * self.quantity

    @property
    def cash_fen(self) -> int:
        return self.base_fen - self.credit_fen + self.freight_fen


@dataclass(frozen=True)
class Price:
    """One way to price the order."""

    offer: Offer
    unit_fen: int
    coupon: coupons.Coupon | None = None
    live_offer: LiveOffer | None = None
    from_hold: str = ""

    def total_fen(self, quantity: int) -> int:
        return self.unit_fen * quantity - (self.coupon.off_fen if self.coupon else 0)


def quote(
    work: Work,
    buyer: Member,
    product_id: int,
    quantity: int = 1,
    *,
    live: Live | None = None,
    credit_fen: int = 0,
    agreed: Agreed | None = None,
) -> Quote:
    """What it would cost now. `live`: which the order is made in; `credit_fen`: earnings to pay
    with, or ALL. Raises NoSuchProduct, NotOnSale, NeedsRank, NotYetOnSale, BadQuantity, SoldOut,
    InsufficientBalance."""
    product = work.session.get(Product, product_id)
    if product is None:
        raise NoSuchProduct(str(product_id))
    if not 1 <= quantity <= MOST_PIECES and not (agreed and quantity >= 1):
        raise BadQuantity(MOST_PIECES)
    if agreed is not None:
        return _agreed(work, buyer, product, quantity, live, credit_fen, agreed)
    promoter = attribution.promoter_of(work, buyer, live)
    check_on_sale(work, product, buyer, promoter)
    left = stock.left(work, product.id)
    if left >= quantity:
        price = _best_price(work, buyer, product, quantity, promoter, live)
    else:
        kept = _unlocked(work, buyer, product, quantity, live)
        if kept is None or not kept.from_hold:
            raise SoldOut(product.id, left)
        price = kept
    taken_fen = credit(work, buyer, credit_fen, price.total_fen(quantity))
    return _priced(product, quantity, price, buyer, promoter, live, taken_fen)


def plain(work: Work, buyer: Member, first: Quote, quantity: int) -> Quote:
    """More pieces of what was quoted, by the same promoter, without coupon or offer of the live;
    freight is paid with the first."""
    promoter = None if first.promoter_id is None else members.get(work, first.promoter_id)
    price = min(
        _shop_prices(work, first.product, quantity, promoter),
        key=lambda price: price.total_fen(quantity),
    )
    live = None if first.live_id is None else work.session.get_one(Live, first.live_id)
    more = _priced(first.product, quantity, price, buyer, promoter, live, 0)
    return replace(more, freight_fen=0)


def _priced(
    product: Product,
    quantity: int,
    price: Price,
    buyer: Member,
    promoter: Member | None,
    live: Live | None,
    credit_fen: int,
) -> Quote:
    return Quote(
        product=product,
        quantity=quantity,
        mode=Mode.MARKUP if price.offer is Offer.STAR_PRICE else Mode.COMMISSION,
        offer=price.offer,
        unit_fen=price.unit_fen,
        coupon_fen=price.coupon.off_fen if price.coupon else 0,
        freight_fen=product.freight_fen,
        credit_fen=credit_fen,
        promoter_id=promoter.id if promoter else None,
        live_id=live.id if live else None,
        is_own_link=promoter is not None and promoter.id == buyer.id,
        coupon_id=price.coupon.id if price.coupon else None,
        live_offer_id=price.live_offer.id if price.live_offer else None,
        from_hold=price.from_hold,
    )


def check_on_sale(work: Work, product: Product, buyer: Member, promoter: Member | None) -> None:
    """May this buyer buy it now, by this promoter? NotOnSale, NeedsRank, NotYetOnSale."""
    supplier_id = product.supplier_id
    lacks_papers = supplier_id is not None and suppliers.missing_papers(
        work, supplier_id, product.category
    )
    published_at = product.published_at
    if published_at is None or published_at > work.now or product.hidden_at or lacks_papers:
        raise NotOnSale(product.title)
    rank = rank_of(buyer, promoter)
    if rank < product.min_rank:
        raise NeedsRank(product.title, product.min_rank)
    opens_at = _opens_at(work, product, published_at, rank)
    if opens_at is not None and work.now < opens_at:
        raise NotYetOnSale(product.title, opens_at)


def rank_of(buyer: Member, promoter: Member | None) -> int:
    """The rank that decides what may be bought: one's own, or that of the star one buys through."""
    return max(_rank(buyer), _rank(promoter))


def discounted_fen(product: Product) -> int:
    """千星专属折扣: one piece; what rounding leaves is the buyer's to pay."""
    return product.price_fen - share_floor(product.price_fen, product.discount_bp)


def sells_discounted(work: Work, product: Product, promoter: Member | None) -> bool:
    """Whether this promoter sells it at the discount, while its quota lasts."""
    rule = work.rules.perks.discount
    if promoter is None or promoter.rank < Rank.of(rule.rank) or not product.discount_bp:
        return False
    return rule.min_bp <= product.discount_bp <= rule.max_bp


def discount_left(work: Work, product: Product) -> int:
    """How many pieces this month's quota still has, unpaid orders counted as taken."""
    local = work.now.astimezone(SHANGHAI)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    taken = select(func.sum(Order.quantity)).where(
        Order.product_id == product.id,
        Order.offer == Offer.DISCOUNT,
        Order.state != State.CANCELLED,
        Order.created_at >= month,
    )
    return max(0, product.discount_quota - int(work.session.scalar(taken) or 0))


def _opens_at(work: Work, product: Product, published_at: datetime, rank: int) -> datetime | None:
    if not product.early_hours or rank >= Rank.of(work.rules.perks.early_goods_rank):
        return None
    return published_at + timedelta(hours=product.early_hours)


def _rank(member: Member | None) -> int:
    return member.rank if member is not None and member.is_joined else Rank.TRAINEE


def _best_price(
    work: Work,
    buyer: Member,
    product: Product,
    quantity: int,
    promoter: Member | None,
    live: Live | None,
) -> Price:
    """The lowest total. Of two equal ones the first: no coupon and no seat is spent for nothing,
    and a stair counts its buyers also where it begins at the list price."""
    own_fen = _star_price(work, product, promoter)
    if own_fen is not None:
        own = Price(Offer.STAR_PRICE, own_fen)
        card = _unlocked(work, buyer, product, quantity, live)
        return own if card is None or own_fen <= card.unit_fen else card
    prices = _shop_prices(work, product, quantity, promoter)
    if quantity == 1:
        of_live = _offers(work, buyer, product, live)
        stairs = [price for price in of_live if price.offer is Offer.STAIR]
        prices = [*stairs, *prices, *of_live]
    coupon = coupons.usable(work, buyer, product.price_fen * quantity)
    if coupon is not None:
        prices.append(Price(Offer.COUPON, product.price_fen, coupon))
    return min(prices, key=lambda price: price.total_fen(quantity))


def _shop_prices(
    work: Work, product: Product, quantity: int, promoter: Member | None
) -> list[Price]:
    """What everybody pays, and the discount of the highest star."""
    prices = [Price(Offer.LIST, product.price_fen)]
    if _has_discount(work, product, quantity, promoter):
        prices.append(Price(Offer.DISCOUNT, discounted_fen(product)))
    return prices


def _offers(work: Work, buyer: Member, product: Product, live: Live | None) -> list[Price]:
    """What the live has for this buyer, while there is a seat."""
    found = []
    for one in offers.open_for(work, live, product.id):
        assert live is not None
        if one.kind == offers.Kind.FIRST_N and seats.free_seat(work, one) is None:
            continue
        if one.kind == offers.Kind.ASSIST:
            card = _of_card(work, buyer, one)
            found += [card] if card else []
            continue
        if seats.may_have(work, buyer, one, live):
            found.append(Price(Offer(one.kind), offers.now_fen(work, one), live_offer=one))
    return found


def _unlocked(
    work: Work, buyer: Member, product: Product, quantity: int, live: Live | None
) -> Price | None:
    """What friends unlocked for this buyer in the live, if that is this product."""
    if quantity > 1:
        return None
    open_now = offers.open_for(work, live, product.id)
    offer = next((one for one in open_now if one.kind == offers.Kind.ASSIST), None)
    return _of_card(work, buyer, offer) if offer else None


def _of_card(work: Work, buyer: Member, offer: LiveOffer) -> Price | None:
    card = unlocked.usable(work, offer, members.with_former_ids(work, buyer))
    if card is None:
        return None
    return Price(Offer.ASSIST, card.unit_fen, None, offer, unlocked.hold(work, card))


def _star_price(work: Work, product: Product, promoter: Member | None) -> int | None:
    """The promoter's own price, while it is still between supply and list."""
    if promoter is None or not product.markup_allowed:
        return None
    own = work.session.get(StarPrice, (promoter.id, product.id))
    if own is None or not product.supply_fen <= own.unit_fen <= product.price_fen:
        return None
    return own.unit_fen


def _has_discount(work: Work, product: Product, quantity: int, promoter: Member | None) -> bool:
    if not sells_discounted(work, product, promoter):
        return False
    return discount_left(work, product) >= quantity


def credit(work: Work, buyer: Member, wanted_fen: int, most_fen: int) -> int:
    """How much of their earnings the buyer spends of it. InsufficientBalance; NotJoined."""
    if wanted_fen == 0:
        return 0
    members.need_joined(buyer)
    available_fen = ledger.balances(work, buyer.id).available_fen
    if wanted_fen == ALL:
        return min(available_fen, most_fen)
    if wanted_fen > available_fen:
        raise InsufficientBalance(wanted_fen, available_fen)
    return min(wanted_fen, most_fen)


def _agreed(
    work: Work,
    buyer: Member,
    product: Product,
    quantity: int,
    live: Live | None,
    credit_fen: int,
    agreed: Agreed,
) -> Quote:
    unit_fen = product.price_fen if agreed.unit_fen is None else agreed.unit_fen
    if agreed.takes_stock and stock.left(work, product.id) < quantity:
        raise SoldOut(product.id, stock.left(work, product.id))
    promoter = agreed.promoter
    return Quote(
        product=product,
        quantity=quantity,
        mode=agreed.mode,
        offer=Offer.AGREED,
        unit_fen=unit_fen,
        coupon_fen=0,
        freight_fen=agreed.freight_fen,
        credit_fen=credit(work, buyer, credit_fen, unit_fen * quantity),
        promoter_id=promoter.id if promoter else None,
        live_id=live.id if live else None,
        is_own_link=promoter is not None and promoter.id == buyer.id,
        paid_elsewhere=agreed.paid_elsewhere,
        takes_stock=agreed.takes_stock,
    )
