"""A catalogue: one product a row, with its supplier, its papers, and its pieces in a warehouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from commerce.errors import Refusal
from commerce.goods import catalogue
from commerce.goods.catalogue import Facts
from commerce.goods.products import Product
from commerce.goods.suppliers import BUSINESS_LICENCE, FOOD_LICENCE, Supplier
from commerce.imports.rows import BadCell, Came, Field, Outcome, Row
from commerce.work import Work

CHUNK = 200
FIELDS = (
    Field("code", ("商品编码", "SKU", "SKU编码", "商家编码", "货号", "商品ID"), is_required=True),
    Field("title", ("商品名称", "商品标题", "品名", "名称", "标题"), is_required=True),
    Field("spec", ("规格", "商品规格", "SKU名称")),
    Field("category", ("类目", "分类", "品类", "商品类目")),
    Field("supplier", ("供应商", "供货商", "供应商名称"), is_required=True),
    Field("cost", ("成本价", "成本", "进货价"), is_required=True),
    Field("supply", ("供货价", "批发价", "结算价"), is_required=True),
    Field("price", ("标价", "售价", "商品价格", "价格", "零售价"), is_required=True),
    Field("commission", ("佣金比例", "佣金", "佣金率"), is_required=True),
    Field("freight", ("运费", "邮费")),
    Field("min_rank", ("最低星级", "专属星级", "星级")),
    Field("early_hours", ("优先小时", "优先选品小时", "提前小时")),
    Field("markup", ("可定价", "允许定价", "可加价")),
    Field("dropship", ("代发", "一件代发")),
    Field("discount", ("千星折扣", "千星专属折扣")),
    Field("quota", ("千星折扣每月件数", "每月件数", "月限量")),
    Field("subsidy", ("每件补贴", "补贴")),
    Field("warehouse", ("仓库", "发货仓", "仓库名称")),
    Field("city", ("发货地", "仓库城市", "城市")),
    Field("stock", ("库存", "库存数量", "现货")),
    Field("licence", ("营业执照", "营业执照编号", "营业执照号")),
    Field("licence_until", ("营业执照有效期", "营业执照到期", "营业执照到期日")),
    Field("food_licence", ("食品经营许可证", "食品经营许可证编号", "食品许可证")),
    Field("food_licence_until", ("食品经营许可证有效期", "食品许可证有效期", "食品许可证到期")),
    Field("listed", ("上架", "是否上架")),
)
PAPERS = ((BUSINESS_LICENCE, "licence"), (FOOD_LICENCE, "food_licence"))
DEFAULT_WAREHOUSE = "主仓"


@dataclass(frozen=True)
class Incoming:
    facts: Facts
    supplier: str
    papers: tuple[tuple[str, str, date | None], ...]
    """Kind, number, last day."""
    warehouse: str
    city: str
    stock: int | None
    """None: the file says nothing about it."""
    listed: bool | None


def parse(row: Row) -> Incoming:
    """What the row says. BadCell for a cell that cannot be taken."""
    facts = Facts(
        code=row.code("code", 60),
        title=row.text("title", 80),
        spec=row.text("spec", 60, default=""),
        category=row.text("category", 20, default=""),
        cost_fen=row.fen("cost"),
        supply_fen=row.fen("supply"),
        price_fen=row.fen("price"),
        commission_bp=row.rate_bp("commission"),
        freight_fen=row.fen("freight", default=0),
        min_rank=int(row.rank("min_rank")),
        early_hours=row.number("early_hours", default=0),
        markup_allowed=row.yes("markup", default=True),
        dropship=row.yes("dropship", default=True),
        discount_bp=row.rate_bp("discount", default=0),
        discount_quota=row.number("quota", default=0),
        subsidy_fen=row.fen("subsidy", default=0),
    )
    return Incoming(
        facts=facts,
        supplier=row.text("supplier", 80),
        papers=tuple(
            (kind, row.code(field, 60), row.day(f"{field}_until"))
            for kind, field in PAPERS
            if row.has(field)
        ),
        warehouse=row.text("warehouse", 60, default=DEFAULT_WAREHOUSE),
        city=row.text("city", 20, default=""),
        stock=row.number("stock") if row.has("stock") else None,
        listed=row.yes("listed", default=True) if row.has("listed") else None,
    )


def take(work: Work, rows: Sequence[Incoming]) -> list[Outcome]:
    """Each row whole, in one transaction of the caller's: the products they name are as they say.
    Taking them again changes nothing."""
    return [_take(work, row) for row in rows]


def _take(work: Work, row: Incoming) -> Outcome:
    try:
        with work.session.begin_nested():
            return Outcome(_taken(work, row))
    except BadCell as bad:
        return Outcome(Came.REFUSED, bad=bad)
    except Refusal as refusal:
        return Outcome(Came.REFUSED, refusal=refusal)


def _taken(work: Work, row: Incoming) -> Came:
    code = row.facts.code
    is_new = work.session.scalar(select(Product.id).where(Product.code == code)) is None
    supplier = catalogue.save_supplier(work, row.supplier)
    changes = [
        catalogue.save_paper(work, supplier, kind, number, until)
        for kind, number, until in row.papers
    ]
    product, changed = catalogue.save_product(work, _with_supplier(row.facts, supplier))
    changes.append(changed)
    if row.stock is not None:
        warehouse = catalogue.save_warehouse(work, row.warehouse, row.city)
        changes.append(catalogue.count_stock(work, product, warehouse, row.stock))
    if row.listed is not None:
        change = catalogue.publish if row.listed else catalogue.hide
        changes.append(change(work, product))
    if is_new:
        return Came.NEW
    return Came.CHANGED if any(changes) else Came.SAME


def _with_supplier(facts: Facts, supplier: Supplier) -> Facts:
    return Facts(**{**vars(facts), "supplier_id": supplier.id})
