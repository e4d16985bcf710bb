"""
Orders of the WeChat shop: one a row, by order number and SKU, always the same one.

A row is read here. What is new is dealt in `commerce.imports.dealing`, what is known already goes
on in `commerce.imports.following`.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from commerce.imports.rows import BadCell, Field, Row, Why

CHUNK = 5_000
LONGEST_NUMBER = 32
MOST_PIECES = 10_000
FIELDS = (
    Field("number", ("订单号", "订单编号", "订单ID", "小店订单号"), is_required=True),
    Field(
        "sku",
        ("商品编码", "SKU", "SKU编码", "商家编码", "商品编码(自定义)", "SKU编码(自定义)", "商品ID"),
        is_required=True,
    ),
    Field("quantity", ("数量", "商品数量", "购买数量", "件数")),
    Field("goods_paid", ("商品实付", "商品实付金额", "商品实际支付", "货款")),
    Field("paid", ("实付金额", "订单实付金额", "订单实际支付金额", "实付", "实付款", "支付金额")),
    Field("freight", ("运费", "邮费", "订单运费")),
    Field("status", ("订单状态", "状态")),
    Field("refunded", ("退款金额", "已退款金额", "累计退款", "售后退款金额")),
    Field("live", ("直播间", "场次", "直播", "直播间名称", "直播场次")),
    Field("sharer", ("分享员", "推广员", "带货人", "分享员昵称", "推广者")),
    Field("created_at", ("下单时间", "订单创建时间", "创建时间", "订单下单时间")),
    Field("paid_at", ("支付时间", "付款时间", "订单支付时间"), is_required=True),
    Field("shipped_at", ("发货时间", "订单发货时间")),
    Field("received_at", ("收货时间", "签收时间", "完成时间", "订单完成时间", "确认收货时间")),
    Field("carrier", ("快递公司", "物流公司")),
    Field("tracking_no", ("快递单号", "物流单号", "运单号")),
    Field("buyer", ("买家ID", "买家openid", "买家", "用户ID", "下单用户ID")),
    Field("name", ("收货人", "收件人", "收货人姓名", "收件人姓名")),
    Field("phone", ("收货手机", "收货人手机", "收件人手机", "手机号", "联系电话", "收货电话")),
    Field("address", ("收货地址", "收件地址", "地址", "详细地址")),
)
AMOUNTS = ("goods_paid", "paid")
"""One of the two must be there."""


class Status(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CLOSED = "closed"


STATUSES = {
    Status.UNPAID: ("待付款", "未付款", "待支付", "未支付"),
    Status.PAID: ("待发货", "已付款", "已支付", "备货中", "部分发货", "付款成功"),
    Status.SHIPPED: ("待收货", "已发货", "运输中", "派送中"),
    Status.RECEIVED: ("已完成", "交易成功", "交易完成", "完成", "已收货", "已签收", "确认收货"),
    Status.CLOSED: ("已取消", "已关闭", "交易关闭", "订单取消", "已退款", "全额退款"),
}
KNOWN = {title: status for status, titles in STATUSES.items() for title in titles}


class Incoming(NamedTuple):
    """What a row says, in fen and instants. `base_fen` is for the goods, freight apart."""

    key: str
    """Names the order: the same key is the same one."""
    number: str
    sku: str
    quantity: int
    base_fen: int
    freight_fen: int
    status: Status
    refunded_fen: int
    """All that was given back so far, freight included."""
    live: str
    sharer: str
    created_at: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    carrier: str
    tracking_no: str
    buyer: str
    name: str
    phone: str
    address: str

    @property
    def was_paid(self) -> bool:
        return self.status is not Status.UNPAID and self.paid_at is not None


def parse(row: Row) -> Incoming:
    """BadCell for a cell that cannot be taken. What was paid is with freight, as the shop says it,
    unless a column says what was paid for the goods alone."""
    freight_fen = row.fen("freight", default=0)
    base_fen = _base_fen(row, freight_fen)
    status = _status(row)
    refunded_fen = row.fen("refunded", default=0)
    if status is Status.CLOSED and refunded_fen == 0:
        refunded_fen = base_fen + freight_fen
    if refunded_fen > base_fen + freight_fen:
        raise BadCell("refunded", Why.REFUND_ABOVE_PAID)
    number, sku = row.code("number", LONGEST_NUMBER), row.code("sku", 60)
    made = Incoming(
        key=f"shop:{number}:{sku}",
        number=number,
        sku=sku,
        quantity=row.number("quantity", least=1, most=MOST_PIECES, default=1),
        base_fen=base_fen,
        freight_fen=freight_fen,
        status=status,
        refunded_fen=refunded_fen,
        live=row.code("live", 60, default=""),
        sharer=row.code("sharer", 60, default=""),
        created_at=row.moment("created_at"),
        paid_at=row.moment("paid_at"),
        shipped_at=row.moment("shipped_at"),
        received_at=row.moment("received_at"),
        carrier=row.text("carrier", 20, default=""),
        tracking_no=row.code("tracking_no", 40, default=""),
        buyer=row.code("buyer", 90, default=""),
        name=row.text("name", 40, default=""),
        phone=row.code("phone", 20, default=""),
        address=row.text("address", 200, default=""),
    )
    _check_times(made)
    return made


def _base_fen(row: Row, freight_fen: int) -> int:
    if row.has("goods_paid"):
        return row.fen("goods_paid")
    paid_fen = row.fen("paid")
    if paid_fen < freight_fen:
        raise BadCell("freight", Why.FREIGHT_ABOVE_PAID)
    return paid_fen - freight_fen


def _status(row: Row) -> Status:
    said = row.text("status", 40, default="已付款")
    if said not in KNOWN:
        raise BadCell("status", Why.NO_SUCH_STATUS, said)
    return KNOWN[said]


def _check_times(row: Incoming) -> None:
    if row.status in (Status.UNPAID, Status.CLOSED) and row.paid_at is None:
        return
    if row.paid_at is None:
        raise BadCell("paid_at", Why.EMPTY)
    for field, at in (("shipped_at", row.shipped_at), ("received_at", row.received_at)):
        if at is not None and at < row.paid_at:
            raise BadCell(field, Why.BEFORE_PAYMENT)
