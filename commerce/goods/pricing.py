"""
星主专属定价: a star's own price of a product, between supply price and list price.

Who has one earns what is paid above the supply price, and no commission, until it is given up.
"""

from dataclasses import dataclass

from sqlalchemy import select

from commerce.errors import NoMarkup, OwnPriceOutside
from commerce.fen import share_floor
from commerce.goods import quotes
from commerce.goods.products import Product, StarPrice
from commerce.people import members
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Work


@dataclass(frozen=True)
class Choice:
    """Both ways to sell one piece, for one star. In fen."""

    product: Product
    own_fen: int | None
    """The star's own price; None: list price and commission."""
    usual_fen: int
    """What the plan would set."""
    sales_bp: int
    """Commission and uplift together, cut at the cap."""

    @property
    def commission_fen(self) -> int:
        """Earned by a piece sold at list price."""
        return share_floor(self.product.price_fen, self.sales_bp)

    def above_fen(self, unit_fen: int) -> int:
        """Earned by a piece sold at an own price."""
        return unit_fen - self.product.supply_fen


def choice(work: Work, member: Member, product: Product) -> Choice:
    """What this star may choose between. NotJoined, NotActive; as `quotes.check_on_sale` when they
    may not sell it."""
    members.need_joined(member)
    quotes.check_on_sale(work, product, member, None)
    own = work.session.get(StarPrice, (member.id, product.id))
    usual_fen = product.supply_fen + share_floor(
        product.supply_fen, work.rules.orders.default_markup_bp
    )
    return Choice(
        product=product,
        own_fen=own.unit_fen if own and product.markup_allowed else None,
        usual_fen=min(usual_fen, product.price_fen),
        sales_bp=sales_bp(work, member, product),
    )


def sales_bp(work: Work, member: Member, product: Product) -> int:
    """What this star's commission of it would be now, uplift and cap included."""
    uplift_bp = work.rules.plan.ranks[Rank(member.rank)].uplift_bp
    return min(product.commission_bp + uplift_bp, work.rules.plan.commission.max_bp)


def set_price(work: Work, member: Member, product: Product, unit_fen: int) -> Choice:
    """The star's own price for orders made from now on. NoMarkup, OwnPriceOutside; as `choice`."""
    choice(work, member, product)
    if not product.markup_allowed:
        raise NoMarkup(product.title)
    if not product.supply_fen <= unit_fen <= product.price_fen:
        raise OwnPriceOutside(product.title, unit_fen, product.supply_fen, product.price_fen)
    own = StarPrice(member_id=member.id, product_id=product.id, unit_fen=unit_fen, set_at=work.now)
    work.session.merge(own)
    work.session.flush()
    return choice(work, member, product)


def give_up_price(work: Work, member: Member, product: Product) -> bool:
    """List price and commission again, from the next order on. False if it was so already."""
    members.need_joined(member)
    own = work.session.get(StarPrice, (member.id, product.id))
    if own is None:
        return False
    work.session.delete(own)
    work.session.flush()
    return True


def own_prices(work: Work, member: Member, *, limit: int) -> list[tuple[Product, int]]:
    """The star's own prices, the newest first."""
    rows = select(Product, StarPrice.unit_fen).join(StarPrice, StarPrice.product_id == Product.id)
    mine = rows.where(StarPrice.member_id == member.id)
    found = work.session.execute(mine.order_by(StarPrice.set_at.desc(), Product.id).limit(limit))
    return [(row[0], row[1]) for row in found]
