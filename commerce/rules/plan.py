"""The plan: ranks, team, commission, holds, withdrawals, what an operator may promise.

What no configuration can change is checked here and nowhere switchable: at most 3 seats and
3 paid tiers, commission between 10 % and 30 %, a ladder that never goes down, rates that leave
something of every sale.
"""

from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise
from typing import Literal, Self

from pydantic import model_validator

from commerce.fen import BP_WHOLE
from commerce.rules.units import (
    Bp,
    Count,
    Days,
    DaysOrOff,
    Fen,
    Part,
    Some,
    wrong,
)

MOST_SEATS = 3
MOST_PAID_TIERS = 3
LEAST_COMMISSION_BP = 1000
MOST_COMMISSION_BP = 3000
GIFTS = ("uplift", "tier2", "tier3", "bonus")


class Rank(IntEnum):
    """星级. Comparable: a higher rank is greater."""

    TRAINEE = 0
    ONE_STAR = 1
    TWO_STAR = 2
    THREE_STAR = 3
    TEN_STAR = 4
    HUNDRED_STAR = 5
    THOUSAND_STAR = 6

    @property
    def key(self) -> str:
        """The name in files: 「two_star」."""
        return self.name.lower()

    @property
    def label(self) -> str:
        """The name people hear: 「二星」."""
        return ("见习", "一星", "二星", "三星", "十星", "百星", "千星")[self]

    @classmethod
    def of(cls, key: str) -> "Rank":
        """The rank of that key. KeyError when there is none."""
        return cls[key.upper()]


RankKey = Literal[
    "trainee", "one_star", "two_star", "three_star", "ten_star", "hundred_star", "thousand_star"
]


class RankRule(Part):
    """What a rank asks (all of it; 0, or not written, asks nothing) and what it gives."""

    videos: Count = 0
    invited: Count = 0
    team: Count = 0
    gmv_fen: Fen = 0
    plays: Count = 0
    uplift_bp: Bp = 0
    tier2_bp: Bp = 0
    tier3_bp: Bp = 0
    bonus_fen: Fen = 0

    @property
    def people(self) -> int:
        """The seats that must be filled, at whichever tiers they count."""
        return max(self.invited, self.team)


class Ranks(Part):
    """`ranks[Rank.TWO_STAR]` is the rule of 二星."""

    trainee: RankRule
    one_star: RankRule
    two_star: RankRule
    three_star: RankRule
    ten_star: RankRule
    hundred_star: RankRule
    thousand_star: RankRule

    def __getitem__(self, rank: Rank) -> RankRule:
        rule: RankRule = getattr(self, rank.key)
        return rule

    def items(self) -> Iterator[tuple[Rank, RankRule]]:
        """All ranks, the lowest first."""
        return ((rank, self[rank]) for rank in Rank)

    @model_validator(mode="after")
    def the_ladder_never_goes_down(self) -> Self:
        for (lower, below), (higher, above) in pairwise(self.items()):
            before, after = below.model_dump(by_alias=True), above.model_dump(by_alias=True)
            for name in GIFTS:
                if after[name] < before[name]:
                    at = f"{higher.key}.{name}"
                    wrong(f"比{lower.label}的还低", "星级越高，奖励不能更低", at)
        for name in ("videos", "people", "gmv_fen", "plays"):
            self.asks_no_less(name)
        return self

    def asks_no_less(self, name: str) -> None:
        """0 asks nothing anew: whoever climbs has met what the ranks below asked."""
        most = 0
        for rank, rule in self.items():
            asked = getattr(rule, name)
            if 0 < asked < most:
                key = {"people": "team", "gmv_fen": "gmv"}.get(name, name)
                wrong("比低一级要求的还少", "星级越高，条件不能更低", f"{rank.key}.{key}")
            most = max(most, asked)

    @model_validator(mode="after")
    def trainees_have_no_conditions(self) -> Self:
        for name, value in self.trainee.model_dump(by_alias=True).items():
            if value:
                wrong("见习是加入时的星级，没有条件也没有奖励", "写 0", f"trainee.{name}")
        return self


class Team(Part):
    """Who sits where. `tree`: relative, or the stricter absolute (product §3)."""

    seats: Some
    tree: Literal["relative", "absolute"]
    paid_tiers: Some
    root_rank: RankKey
    idle_seat_days: DaysOrOff
    reward_needs_own_sale_days: DaysOrOff

    @model_validator(mode="after")
    def three_seats_and_three_tiers_at_most(self) -> Self:
        if self.seats > MOST_SEATS:
            wrong(f"最多 {MOST_SEATS} 个席位，不能改多", "写 1、2 或 3", "seats")
        if self.paid_tiers > MOST_PAID_TIERS:
            wrong(f"奖励最多到第 {MOST_PAID_TIERS} 层，没有第四层", "写 1、2 或 3", "paid_tiers")
        return self


class Commission(Part):
    """The span of a product's commission; `max_bp` also caps commission plus uplift."""

    min_bp: Bp
    max_bp: Bp

    @model_validator(mode="after")
    def within_ten_and_thirty_per_cent(self) -> Self:
        if self.min_bp < LEAST_COMMISSION_BP:
            wrong("佣金不能低于 10%", "写 10% 到 30%", "min")
        if self.max_bp > MOST_COMMISSION_BP:
            wrong("佣金不能高于 30%", "写 10% 到 30%", "max")
        if self.min_bp > self.max_bp:
            wrong("下限高于上限", "min 不大于 max", "min")
        return self


class Hold(Part):
    """How long a line stays pending: after receipt, after an untracked payment, ..."""

    received_days: Days
    untracked_days: Days
    traffic_days: Days
    bonus_days: Days


class WithdrawalRule(Part):
    """`auto_fen`: paid without a person up to it; above `two_person_fen` two must agree."""

    minimum_fen: Fen
    fee_bp: Bp
    auto_fen: Fen
    two_person_fen: Fen
    per_day: Some
    per_month_fen: Fen
    first_week_review_fen: Fen

    @model_validator(mode="after")
    def limits_in_their_order(self) -> Self:
        if self.minimum_fen < 1_00:
            wrong("起提不能低于 1 元", "写 1元 或更多", "minimum")
        if self.fee_bp > 10_00:
            wrong("手续费超过 10%", "写 0% 到 10%", "fee")
        if self.auto_fen < self.minimum_fen:
            wrong("自动额度低于起提金额", "写不小于 minimum 的金额", "auto")
        if self.two_person_fen < self.auto_fen:
            wrong("双人审批的门槛低于自动额度", "写不小于 auto 的金额", "two_person")
        if self.per_month_fen < self.minimum_fen:
            wrong("每月限额低于起提金额", "写不小于 minimum 的金额", "per_month")
        return self


class TrafficTier(Part):
    plays: Some
    reward_fen: Fen


class Traffic(Part):
    """Cash for a video's plays: the best tier reached; the budget stops new tiers only."""

    tiers: tuple[TrafficTier, ...]
    monthly_cap_fen: Fen
    budget_fen: Fen

    @model_validator(mode="after")
    def tiers_climb(self) -> Self:
        for number, (lower, higher) in enumerate(pairwise(self.tiers), start=1):
            if higher.plays <= lower.plays or higher.reward_fen <= lower.reward_fen:
                wrong("不比上一档高", "播放量和奖励都要逐档增加", f"tiers.{number}")
        return self


class Debt(Part):
    pause_above_fen: Fen
    platform_after_days: Days


class LiveShare(Part):
    host_share_bp: Bp


class Plan(Part):
    """Every `_fen` is int fen, every `_bp` int basis points, every `_days` a timedelta."""

    compliance: Literal["as_designed", "strict"]
    ranks: Ranks
    team: Team
    commission: Commission
    hold: Hold
    withdrawal: WithdrawalRule
    traffic: Traffic
    debt: Debt
    live: LiveShare
    fan_credit_days: Days
    touch_days: Days
    payment_fee_bp: Bp
    overhead_bp: Bp

    @model_validator(mode="after")
    def something_is_left_of_every_sale(self) -> Self:
        rules = [rule for _, rule in self.ranks.items()]
        tier2_bp = max(rule.tier2_bp for rule in rules)
        tier3_bp = max(rule.tier3_bp for rule in rules)
        costs_bp = self.payment_fee_bp + self.overhead_bp + self.live.host_share_bp
        total_bp = self.commission.max_bp + tier2_bp + tier3_bp + costs_bp
        if total_bp > BP_WHOLE:
            wrong(
                "佣金、两层团队奖励、主播分成、手续费和杂费加起来超过 100%",
                "调低其中一项",
                "ranks" if tier2_bp + tier3_bp > costs_bp else "overhead",
            )
        return self
