"""All rules together, and the strict preset."""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import PrivateAttr, field_validator

from commerce.fen import show_yuan
from commerce.rules import people, trade
from commerce.rules.groups import Groups
from commerce.rules.plan import Plan, Rank
from commerce.rules.tax import Tax
from commerce.rules.units import TEN_THOUSAND, Part, fen, wrong

STRICT = {
    "plan": {"team": {"paid_tiers": 1, "reward_needs_own_sale_days": "90天"}},
    "assist": {"enabled": False},
    "lottery": {"extra_tickets_per_friend": 0},
}
"""What `plan.compliance: strict` means, whatever else is written."""

UNWRITTEN = {
    **dict.fromkeys(("videos", "invited", "team", "plays"), 0),
    **dict.fromkeys(("gmv", "bonus"), "0元"),
    **dict.fromkeys(("uplift", "tier2", "tier3"), "0%"),
}
"""What a rank asks and gives where the file says nothing."""

SPOKEN = {None: "尚未填写", True: "启用", False: "未启用"}
MONEY = re.compile(r"[0-9,.]+ ?万?元")
MANY = re.compile(r"([0-9]+) ?万")
HOURS = re.compile(r"0?([0-9]+:[0-9]{2})-([0-9]{2}:[0-9]{2})")


def spoken(value: Any) -> str:
    """A single value as people read it: 「2万元」 → 「20,000.00 元」, 「5万」 → 「50,000」."""
    if value is None or isinstance(value, bool):
        return SPOKEN[value]
    if isinstance(value, int):
        return f"{value:,}"
    if MONEY.fullmatch(value):
        return f"{show_yuan(fen(value))} 元"
    if many := MANY.fullmatch(value):
        return f"{int(many[1]) * TEN_THOUSAND:,}"
    value = HOURS.sub(r"\1–\2", value)
    return re.sub(r"(?<=[0-9])(?=[\u4e00-\u9fff])", " ", value)


class Rules(Part):
    """The effective rules: what is written, with the strict preset applied if it is chosen."""

    timezone: Literal["Asia/Shanghai"]
    compliance_acknowledged: str | None
    brand: people.Brand
    qualifications: people.Qualifications
    plan: Plan
    promotion: trade.Promotion
    perks: trade.Perks
    joining: people.Joining
    bind_code: people.BindCode
    staff: people.Staff
    orders: trade.Orders
    offers: trade.Offers
    coupons: trade.Coupons
    lives: trade.Lives
    lottery: trade.Lottery
    broadcast: trade.Broadcast
    templates: trade.Templates
    assist: trade.Assist
    board: trade.Board
    settlement: trade.Settlement
    payouts: trade.Payouts
    tax: Tax
    budgets: trade.Budgets
    after_sales: trade.AfterSales
    fraud: trade.Fraud
    views: trade.Views
    review: people.Review
    chat: people.Chat
    customer_service: people.CustomerService
    groups: Groups
    menu: people.Menu
    posts: people.Posts

    _written: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _effective: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def written(self) -> Mapping[str, Any]:
        """As the file says it, before any preset."""
        return self._written

    def words(self, key: str) -> str:
        """An effective value as people read it: `plan.ranks.two_star.gmv` → 「5,000.00 元」.

        KeyError when there is no such key, or it is not a single value.
        """
        value: Any = self._effective
        for name in key.split("."):
            value = value[name]
        if isinstance(value, (Mapping, list)):
            raise KeyError(key)
        return spoken(value)

    def fill(self, text: str) -> str:
        """The text with every `{key}` replaced by its words. KeyError when one is not a key."""
        return re.sub(r"\{([a-z0-9_.]+)\}", lambda match: self.words(match[1]), text)

    @cached_property
    def version(self) -> str:
        """Names these rules among all rules: the same rules, the same twelve letters."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @property
    def slogan(self) -> str:
        """What posters say under the chosen preset."""
        strict = self.plan.compliance == "strict"
        return self.brand.strict_slogan if strict else self.brand.slogan

    @field_validator("compliance_acknowledged")
    @classmethod
    def a_name_and_a_date(cls, text: str | None) -> str | None:
        if text and not re.fullmatch(r"\S.{0,40} [0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            wrong("要写姓名和日期", "写成 王芳 2026-11-20 这样")
        return text or None


def effective(written: Mapping[str, Any]) -> Rules:
    """The rules that are really used. pydantic's ValidationError when they can't be.

    A tier that is not paid has no rate: nobody has to remember `paid_tiers` when settling.
    """
    chosen = Rules.model_validate(written)
    strict = chosen.plan.compliance == "strict"
    asked = merged(written, STRICT) if strict else written
    paid_tiers = 1 if strict else chosen.plan.team.paid_tiers
    used = merged(every_rank(UNWRITTEN), asked)
    used = merged(used, every_rank(unpaid_above(paid_tiers)))
    rules = Rules.model_validate(used)
    rules._written, rules._effective = written, used
    return rules


def every_rank(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {"plan": {"ranks": {rank.key: keys for rank in Rank}}}


def unpaid_above(paid_tiers: int) -> dict[str, str]:
    return {f"tier{tier}": "0%" for tier in (2, 3) if tier > paid_tiers}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both mappings, level by level; where both speak, the one above. Lists are replaced."""
    result = dict(below)
    for name, value in above.items():
        both = isinstance(value, Mapping) and isinstance(result.get(name), Mapping)
        result[name] = merged(result[name], value) if both else value
    return result
