"""What may stand in a scenario: every key of every event, and what it must name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qianxing.rehearsal import values
from qianxing.rehearsal.values import BadValue


@dataclass(frozen=True)
class Field:
    """One key. `names`: the kind of thing its value must name, declared or told of before."""

    read: Callable[[Any], Any]
    names: str = ""
    needed: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True)
class Schema:
    """One kind of event. Its id names a thing of the kind `about`, which it `makes` or needs."""

    about: str
    makes: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)

    def fits(self, keys: set[str]) -> bool:
        """Whether exactly these keys could be told of it."""
        needed = {name for name, one in self.fields.items() if one.needed}
        return needed <= keys <= self.fields.keys()


def one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise BadValue(f"「{value}」不在可选的值里", f"写 {'、'.join(choices)} 之一")
        return str(value)

    return read


STAR = Field(values.name, names="member", needed=True)

MEMBER = {
    "id": Field(values.name, needed=True),
    "rank": Field(values.rank),
    "invited_by": Field(values.name, names="member", may_be_empty=True),
}

PRODUCT = {
    "id": Field(values.name, needed=True),
    "price": Field(values.money, needed=True),
    "supply": Field(values.money_or_nothing, needed=True),
    "cost": Field(values.money_or_nothing),
    "commission": Field(values.share, needed=True),
    "stock": Field(values.count),
}

EVENTS: dict[str, Schema] = {
    "live_start": Schema("live", makes=True, fields={"host": STAR}),
    "live_end": Schema("live"),
    "order": Schema(
        "order",
        makes=True,
        fields={
            "buyer": Field(values.name, needed=True),
            "product": Field(values.name, names="product", needed=True),
            "quantity": Field(values.pieces),
            "promoter": Field(values.name, names="member", may_be_empty=True),
            "live": Field(values.name, names="live", may_be_empty=True),
            "mode": Field(one_of("commission", "markup")),
            "unit_price": Field(values.money),
            "credit": Field(values.money),
        },
    ),
    "pay": Schema("order"),
    "cancel": Schema("order or withdrawal"),
    "shipped": Schema("order"),
    "received": Schema("order"),
    "refund": Schema(
        "order", fields={"amount": Field(values.money_or_all), "reason": Field(values.words)}
    ),
    "after_sales": Schema(
        "order",
        fields={
            "state": Field(one_of("opened", "rejected"), needed=True),
            "amount": Field(values.money),
            "reason": Field(values.words),
        },
    ),
    "fraud": Schema("order", fields={"verdict": Field(one_of("guilty", "innocent"), needed=True)}),
    "video_approved": Schema(
        "video", makes=True, fields={"member": STAR, "plays": Field(values.count)}
    ),
    "plays": Schema("video", fields={"count": Field(values.count, needed=True)}),
    "withdraw": Schema(
        "withdrawal",
        makes=True,
        fields={"member": STAR, "amount": Field(values.money_or_all, needed=True)},
    ),
    "approve": Schema("withdrawal", fields={"by": Field(values.name)}),
    "reject": Schema(
        "withdrawal", fields={"by": Field(values.name), "reason": Field(values.words)}
    ),
    "payout_result": Schema(
        "withdrawal", fields={"result": Field(one_of("paid", "failed", "unknown"), needed=True)}
    ),
}

WORDS = {
    "member": "成员",
    "product": "商品",
    "live": "直播",
    "order": "订单",
    "video": "视频",
    "withdrawal": "提现",
    "order or withdrawal": "订单或提现",
}
