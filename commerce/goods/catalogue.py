"""
The catalogue: suppliers, papers, warehouses, products, stock, and what may be listed.

Nothing is listed whose supplier's papers are missing or out of date, whose prices are out of order
or whose commission is outside its span, and nothing the plan cannot pay for.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from commerce.errors import (
    CommissionOutside,
    DiscountOutside,
    NoSuchProduct,
    PapersMissing,
    PricesOutOfOrder,
    StockBelowReserved,
)
from commerce.goods import stock, suppliers
from commerce.goods.products import Product
from commerce.goods.stock import Stock, Warehouse
from commerce.goods.suppliers import Supplier, SupplierPaper
from commerce.groups import occasions
from commerce.money import solvency
from commerce.outbox import SHANGHAI, notify
from commerce.people import staff
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.work import Work


@dataclass(frozen=True)
class Facts:
    """What a product is. Prices are fen for one piece, rates basis points."""

    code: str
    title: str
    cost_fen: int
    supply_fen: int
    price_fen: int
    commission_bp: int
    supplier_id: int | None = None
    spec: str = ""
    category: str = ""
    freight_fen: int = 0
    min_rank: int = Rank.TRAINEE
    early_hours: int = 0
    markup_allowed: bool = True
    dropship: bool = True
    discount_bp: int = 0
    discount_quota: int = 0
    subsidy_fen: int = 0


def save_supplier(work: Work, name: str) -> Supplier:
    """The supplier of that name, new if there is none."""
    found = work.session.scalar(select(Supplier).where(Supplier.name == name))
    if found is None:
        found = Supplier(name=name)
        work.session.add(found)
        work.session.flush()
    return found


def save_paper(
    work: Work, supplier: Supplier, kind: str, number: str, expires_on: date | None
) -> bool:
    """The supplier's paper of that kind from now on. False if it is the same as before."""
    rows = select(SupplierPaper).where(
        SupplierPaper.supplier_id == supplier.id, SupplierPaper.kind == kind
    )
    paper = work.session.scalar(rows)
    if paper is None:
        paper = SupplierPaper(supplier_id=supplier.id, kind=kind, number="")
        work.session.add(paper)
    return _changes(work, paper, {"number": number, "expires_on": expires_on})


def save_warehouse(work: Work, name: str, city: str = "") -> Warehouse:
    """The warehouse of that name, new if there is none; without a city it keeps its own."""
    found = work.session.scalar(select(Warehouse).where(Warehouse.name == name))
    if found is None:
        found = Warehouse(name=name, city=city)
        work.session.add(found)
    found.city = city or found.city
    work.session.flush()
    return found


def count_stock(work: Work, product: Product, warehouse: Warehouse, pieces: int) -> bool:
    """So many pieces lie there now. What was said last, said again, changes nothing, whatever was
    sold since: False then. StockBelowReserved when unpaid orders have taken more."""
    shelf = work.session.get(Stock, (product.id, warehouse.id), with_for_update=True)
    if shelf is None:
        shelf = Stock(product_id=product.id, warehouse_id=warehouse.id, on_hand=0, reserved=0)
        work.session.add(shelf)
    if shelf.counted == pieces:
        return False
    if pieces < shelf.reserved:
        raise StockBelowReserved(product.title, shelf.reserved)
    was_sold_out = not stock.left(work, product.id)
    shelf.on_hand = shelf.counted = pieces
    work.session.flush()
    if was_sold_out:
        occasions.goods_back(work, product)
    return True


def save_product(work: Work, facts: Facts) -> tuple[Product, bool]:
    """The product of that code, made or changed, and whether anything is other than before. What is
    listed must stay fit to be: PricesOutOfOrder and CommissionOutside for all, and as `publish`."""
    check_numbers(work, facts)
    product = work.session.scalar(select(Product).where(Product.code == facts.code))
    if product is None:
        product = Product()
        work.session.add(product)
    changed = _changes(work, product, asdict(facts))
    if changed and is_listed(product):
        check(work, product)
    return product, changed


def publish(work: Work, product: Product) -> bool:
    """List it from now on; False if it was. PapersMissing, CommissionOutside, PricesOutOfOrder,
    DiscountOutside, Insolvent when it may not be."""
    check(work, product)
    if is_listed(product):
        return False
    product.published_at, product.hidden_at = product.published_at or work.now, None
    work.session.flush()
    return True


def hide(work: Work, product: Product) -> bool:
    """Take it off the shelf; False if it was not there. Orders stay as they are."""
    if not is_listed(product):
        return False
    product.hidden_at = work.now
    work.session.flush()
    return True


def is_listed(product: Product) -> bool:
    return product.published_at is not None and product.hidden_at is None


def get(work: Work, product_id: int) -> Product:
    """NoSuchProduct if there is none."""
    product = work.session.get(Product, product_id)
    if product is None:
        raise NoSuchProduct(str(product_id))
    return product


def check(work: Work, product: Product) -> None:
    """May it be listed? Raises as `publish`."""
    check_numbers(work, product)
    check_discount(work, product)
    check_papers(work, product)
    solvency.need_solvent(work, product)


def check_numbers(work: Work, product: Product | Facts) -> None:
    """Prices and commission. PricesOutOfOrder, CommissionOutside."""
    prices = product.cost_fen, product.supply_fen, product.price_fen
    if not 0 <= prices[0] <= prices[1] <= prices[2] or not prices[2]:
        raise PricesOutOfOrder(product.title, *prices)
    span = work.rules.plan.commission
    if not span.min_bp <= product.commission_bp <= span.max_bp:
        raise CommissionOutside(product.title, product.commission_bp, span.min_bp, span.max_bp)


def check_discount(work: Work, product: Product) -> None:
    """千星专属折扣: none, or within its span and for so many pieces a month. DiscountOutside."""
    off, rule = product.discount_bp, work.rules.perks.discount
    if off and (not rule.min_bp <= off <= rule.max_bp or product.discount_quota < 1):
        raise DiscountOutside(product.title, off, product.discount_quota, rule.min_bp, rule.max_bp)


def check_papers(work: Work, product: Product) -> None:
    """The supplier has every paper this category needs, all of them in date. PapersMissing."""
    if product.supplier_id is None:
        raise PapersMissing(product.title, "", (suppliers.BUSINESS_LICENCE,), ())
    lacking = suppliers.missing_papers(work, product.supplier_id, product.category)
    if lacking:
        raise PapersMissing(
            product.title,
            work.session.get_one(Supplier, product.supplier_id).name,
            tuple(paper.kind for paper in lacking if paper.expired_on is None),
            tuple(paper.kind for paper in lacking if paper.expired_on is not None),
        )


def hide_expired(work: Work) -> int:
    """Take off the shelf what no longer has its papers, and tell who looks after the goods. How
    many products it were. Safe to run again."""
    rows = select(Product).where(Product.published_at.is_not(None), Product.hidden_at.is_(None))
    hidden: dict[int, list[Product]] = {}
    for product in work.session.scalars(rows.order_by(Product.id)):
        supplier_id = product.supplier_id
        if supplier_id and suppliers.missing_papers(work, supplier_id, product.category):
            hide(work, product)
            hidden.setdefault(supplier_id, []).append(product)
    for supplier_id, goods in hidden.items():
        _tell(work, work.session.get_one(Supplier, supplier_id), goods)
    return sum(len(goods) for goods in hidden.values())


def _tell(work: Work, supplier: Supplier, goods: list[Product]) -> None:
    today = work.now.astimezone(SHANGHAI).date()
    for colleague in staff.colleagues(work, Role.HOST):
        notify(
            work,
            colleague,
            "goods_hidden",
            key=f"goods_hidden:{supplier.id}:{today}:{goods[0].id}:{colleague}",
            supplier=supplier.name,
            titles=[product.title for product in goods[:3]],
            count=len(goods),
            number=goods[0].id,
        )


def _changes(work: Work, row: Any, values: dict[str, Any]) -> bool:
    """Write what is other than before; whether anything was."""
    other = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in other.items():
        setattr(row, name, value)
    work.session.flush()
    return bool(other)
