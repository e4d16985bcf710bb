"""
The shelf as one person sees it: what they may buy or recommend now, and what sells around them.

Who buys through a star sees what that star may sell: goods for a rank, and early goods.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from commerce.errors import NoSuchProduct, Refusal
from commerce.fen import rate_of
from commerce.goods import attribution, quotes
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.goods.stock import Stock
from commerce.goods.suppliers import BUSINESS_LICENCE, FOOD, FOOD_LICENCE, SupplierPaper
from commerce.outbox import SHANGHAI
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Work

MOST_LOOKED_AT = 2_000
"""Products a search goes through; more than any shop of this kind lists."""
ALIKE_BP = 3_000
"""So much of what was asked must be found in a product's words."""


@dataclass(frozen=True)
class Listed:
    """A product on the shelf, with how many pieces are left and how it sells in the team."""

    product: Product
    left: int
    sold_fen: int = 0
    """Sold by the member's team within the days the plan looks at, net of refunds."""
    place: int | None = None
    """1 for what the team sold most of; None for what it did not sell."""

    @property
    def is_sold_out(self) -> bool:
        return self.left < 1


def visible(work: Work, member: Member, query: str = "") -> list[Listed]:
    """What this person may buy or recommend now: the newest first, or what fits `query` best. What
    is sold out comes last."""
    rank = _eyes(work, member)
    goods = [product for product in _on_sale(work, rank) if _is_open(work, product, rank)]
    if query:
        goods = _fitting(goods, query)
    left = _left(work)
    sold = sold_in_team(work, member) if member.is_joined else {}
    places = {product_id: number for number, product_id in enumerate(sold, 1)}
    listed = [
        Listed(one, left.get(one.id, 0), sold.get(one.id, 0), places.get(one.id)) for one in goods
    ]
    return sorted(listed, key=lambda one: one.is_sold_out)


def sold_in_team(work: Work, member: Member) -> dict[int, int]:
    """What the member's team (three tiers) sold within the days the plan looks at: fen by product,
    the most first. Refunds and what a verdict made void do not count."""
    local = work.now.astimezone(SHANGHAI)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - work.rules.views.product_ranking + timedelta(days=1)
    sold_fen = func.sum(Order.base_fen - Order.refunded_fen)
    rows = select(Order.product_id, sold_fen.label("sold_fen")).where(
        Order.promoter_id.in_(_team(work, member)),
        Order.paid_at >= since,
        Order.earns,
        Order.voided_at.is_(None),
    )
    grouped = rows.group_by(Order.product_id).having(sold_fen > 0)
    found = work.session.execute(grouped.order_by(sold_fen.desc(), Order.product_id))
    return {row.product_id: int(row.sold_fen) for row in found}


def find(work: Work, member: Member, said: str) -> list[Product]:
    """What is meant by 「3」 or 「藕粉」: one by its number, or all that are called so and that the
    person may see. NoSuchProduct when there is none."""
    said = said.strip()
    if said.isascii() and said.isdecimal() and len(said) < 16:
        product = work.session.get(Product, int(said))
        if product is None or product.published_at is None:
            raise NoSuchProduct(said)
        return [product]
    found = [one.product for one in visible(work, member, said)]
    exact = [product for product in found if said in product.title]
    if not found:
        raise NoSuchProduct(said[:20])
    return exact or found


def price_for(work: Work, buyer: Member, product: Product) -> int | None:
    """What one piece would cost this buyer now, in fen; None when they cannot buy it."""
    live = attribution.live_of(work, buyer)
    try:
        return quotes.quote(work, buyer, product.id, live=live).base_fen
    except Refusal:
        return None


def _eyes(work: Work, member: Member) -> int:
    """The rank that decides what is seen: one's own, or that of the star one would buy through."""
    ranks = [member.rank if member.is_joined else int(Rank.TRAINEE)]
    promoter = attribution.promoter_of(work, member)
    if promoter is not None:
        ranks.append(promoter.rank)
    return max(ranks)


def _on_sale(work: Work, rank: int) -> list[Product]:
    rows = select(Product).where(
        Product.published_at <= work.now,
        Product.hidden_at.is_(None),
        Product.min_rank <= rank,
        or_(Product.supplier_id.is_(None), _has_paper(work, BUSINESS_LICENCE)),
        or_(
            Product.supplier_id.is_(None),
            Product.category != FOOD,
            _has_paper(work, FOOD_LICENCE),
        ),
    )
    newest = rows.order_by(Product.published_at.desc(), Product.id)
    return list(work.session.scalars(newest.limit(MOST_LOOKED_AT)))


def _has_paper(work: Work, kind: str) -> ColumnElement[bool]:
    today = work.now.astimezone(SHANGHAI).date()
    return exists().where(
        SupplierPaper.supplier_id == Product.supplier_id,
        SupplierPaper.kind == kind,
        or_(SupplierPaper.expires_on.is_(None), SupplierPaper.expires_on >= today),
    )


def _is_open(work: Work, product: Product, rank: int) -> bool:
    """Early goods are for higher ranks until their hours are over."""
    if not product.early_hours or rank >= Rank.of(work.rules.perks.early_goods_rank):
        return True
    assert product.published_at is not None
    return product.published_at + timedelta(hours=product.early_hours) <= work.now


def _left(work: Work) -> dict[int, int]:
    free = func.sum(Stock.on_hand - Stock.reserved)
    rows = work.session.execute(select(Stock.product_id, free).group_by(Stock.product_id))
    return {product_id: int(left) for product_id, left in rows}


def _team(work: Work, member: Member) -> list[int]:
    """Ids of the member and of who sits at tiers 2 and 3."""
    child = aliased(Member)
    own = select(child.id).where(child.parent_id == member.id)
    seated = or_(
        Member.id == member.id,
        Member.merged_into == member.id,
        Member.parent_id == member.id,
        Member.parent_id.in_(own),
    )
    return list(work.session.scalars(select(Member.id).where(seated)))


def _fitting(goods: list[Product], query: str) -> list[Product]:
    """What has the words, else what shares most of their letters, best first."""
    wanted = _plain(query)
    if not wanted:
        return []
    having = [product for product in goods if wanted in _words(product)]
    if having:
        return having
    likeness = {product.id: _likeness(wanted, _words(product)) for product in goods}
    near = [product for product in goods if likeness[product.id] >= ALIKE_BP]
    return sorted(near, key=lambda product: -likeness[product.id])


def _likeness(wanted: str, words: str) -> int:
    """How many of the neighbouring pairs of letters are found, in basis points."""
    pairs = [wanted[place : place + 2] for place in range(max(1, len(wanted) - 1))]
    return rate_of(sum(pair in words for pair in pairs), len(pairs))


def _words(product: Product) -> str:
    return _plain(f"{product.title}{product.spec}{product.category}{product.code}")


def _plain(text: str) -> str:
    return "".join(_kept(text.casefold()))


def _kept(text: str) -> Iterable[str]:
    return (sign for sign in text if sign.isalnum())
