"""The rules of selling: orders, offers, lives, lotteries, assists, after-sales, fraud."""

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from commerce.rules.plan import RankKey
from commerce.rules.units import (
    Bp,
    Clock,
    Count,
    Days,
    Duration,
    Fen,
    Part,
    Some,
    Span,
    Switch,
    Words,
    quoted,
    wrong,
)

LARGEST_PRIZE_FEN = 50_000_00
LEAST_RETURN_DAYS = 7
LEAST_PRIZE_RECORD_YEARS = 2
LEAST_LIVE_RECORD_YEARS = 3
YEAR_DAYS = 365


class Promotion(Part):
    """How ranks are climbed beyond the table of `plan.ranks`."""

    gmv_instead_of_people: Some
    gmv_instead_from: RankKey
    best_video_for: RankKey


class Discount(Part):
    """千星专属折扣: off the list price of chosen products."""

    rank: RankKey
    min_bp: Bp
    max_bp: Bp

    @model_validator(mode="after")
    def a_span(self) -> Self:
        if self.min_bp > self.max_bp:
            wrong("下限高于上限", "min 不大于 max", "min")
        return self


class Perks(Part):
    early_goods_rank: RankKey
    exclusive_goods_rank: RankKey
    discount: Discount
    supplier_introduction_working_days: Some


class Orders(Part):
    unpaid_valid: Duration
    ship_within: Duration
    unshipped_case_after: Duration
    received_after: Duration
    default_markup_bp: Bp


class FirstN(Part):
    pieces: Some
    price_fen: Fen


class Stair(Part):
    every_buyers: Some
    off_fen: Fen
    price_protection: Switch


class Offers(Part):
    """What a new offer starts from; each live may say otherwise."""

    first_n: FirstN
    stair: Stair


class Coupons(Part):
    enabled: Switch
    minimum_fen: Fen
    off_fen: Fen
    valid: Duration
    per_month: Some

    @model_validator(mode="after")
    def never_more_than_the_price(self) -> Self:
        if self.off_fen >= self.minimum_fen:
            wrong("减的不少于门槛", "off 要小于 minimum", "off")
        return self


class Lives(Part):
    announce_ahead: Duration
    remind_before: Duration
    lasts: Duration
    latest_end: Duration
    records_kept: Duration

    @model_validator(mode="after")
    def the_law_on_records(self) -> Self:
        if self.records_kept.days < LEAST_LIVE_RECORD_YEARS * YEAR_DAYS:
            wrong("直播记录至少保存 3 年", "写 3年 或更久", "records_kept")
        return self


class Lottery(Part):
    """The booking lottery; `prize_limit_fen` is the most that one prize may be worth."""

    enabled: Switch
    threshold: Some
    winners: Some
    claim_within: Duration
    latest_draw: Duration
    prize_limit_fen: Fen
    publish_winners_above_fen: Fen
    extra_tickets_per_friend: Count
    beacon: Switch
    records_kept: Duration

    @model_validator(mode="after")
    def the_law_on_prizes(self) -> Self:
        if self.prize_limit_fen > LARGEST_PRIZE_FEN:
            wrong("奖品价值不能超过 5 万元", "写 50000元 或更少", "prize_limit")
        if self.records_kept.days < LEAST_PRIZE_RECORD_YEARS * YEAR_DAYS:
            wrong("抽奖记录至少保存 2 年", "写 2年 或更久", "records_kept")
        if self.winners > self.threshold:
            wrong("名额比锁定人数还多", "写不大于 threshold 的数", "winners")
        return self


class Broadcast(Part):
    """What is said to very many: `per_second` counts all processes together."""

    per_second: Some


class Template(Part):
    """A one-time subscription message as it was chosen at the platform: `id` None: there is none.
    The others are the names of its keywords there."""

    id: Words | None
    title: Words
    time: Words
    number: Words
    note: Words


class Templates(Part):
    live_reminder: Template
    draw_result: Template

    @property
    def ids(self) -> tuple[str, ...]:
        """Of those there are."""
        return tuple(one.id for one in (self.live_reminder, self.draw_result) if one.id)


class Assist(Part):
    enabled: Switch
    friends: Some
    price_fen: Fen
    stock_held: Duration


class Board(Part):
    every: Duration
    hint_every: Duration
    low_conversion_bp: Bp
    closing_hint_before: Duration
    low_stock_bp: Bp
    low_stock_pieces: Count
    least_viewers: Some


class AfterSales(Part):
    return_days: Days
    answer_within: Duration
    approved_after: Duration
    refund_days: Days
    excluded_goods: Words

    @model_validator(mode="after")
    def the_law_on_returns(self) -> Self:
        if self.return_days.days < LEAST_RETURN_DAYS:
            wrong("无理由退货至少 7 天", "写 7天 或更久", "return_days")
        return self


class SameAddress(Part):
    orders: Some
    within: Duration


class ManyRefunds(Part):
    rate_bp: Bp
    orders: Some
    within: Duration


class YoungBuyers(Part):
    """Fewer orders than `orders` say nothing: everybody begins with new buyers."""

    rate_bp: Bp
    orders: Some
    within: Duration
    younger_than: Duration


class Fraud(Part):
    """What holds a line until an operator has looked."""

    same_address: SameAddress
    many_refunds: ManyRefunds
    young_buyers: YoungBuyers
    decided_within: Duration
    appeal_within: Duration


class Settlement(Part):
    starts_after: Duration
    done_within: Duration
    nightly_at: Clock
    follow_up_after: Duration


def scene_id(value: object) -> str:
    if not re.fullmatch("[0-9]{4}", str(value)):
        wrong(f"{quoted(value)}不是转账场景", "写商户平台上的四位编号，比如 1005")
    return str(value)


class Reported(Part):
    """One thing a scene wants told: 「岗位类型」 and what it is."""

    type: Words
    content: Words

    @model_validator(mode="after")
    def short_enough(self) -> Self:
        for at, words, most in (("type", self.type, 15), ("content", self.content, 32)):
            if not 1 <= len(words) <= most:
                wrong(f"{quoted(words)}有 {len(words)} 个字", f"写 1 到 {most} 个字", at)
        return self


class Transfer(Part):
    """What the platform is told transfers are for, as agreed with it."""

    scene: Annotated[str, BeforeValidator(scene_id)]
    report: tuple[Reported, ...]


class Payouts(Part):
    """The course of a withdrawal; its amounts are in `plan.withdrawal`."""

    quote_valid: Duration
    from_clock: Clock
    decided_by: Clock
    after_approval: Duration
    hours: Span
    user_confirms_within: Duration
    first_week: Duration
    without_real_name_fen: Fen
    with_real_name_fen: Fen
    transfer: Transfer

    @model_validator(mode="after")
    def a_real_name_allows_more(self) -> Self:
        if self.with_real_name_fen < self.without_real_name_fen:
            wrong("实名后的额度更低", "不小于 without_real_name", "with_real_name")
        return self


class Views(Part):
    """The spans people see numbers over."""

    team_gmv: Duration
    product_ranking: Duration
    traffic_window: Duration


class Budgets(Part):
    """What new promises may cost a month; old ones are always kept."""

    prizes_fen: Fen
    flash_subsidy_fen: Fen
    rank_bonus_fen: Fen
    coupons_fen: Fen
