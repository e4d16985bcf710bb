"""Tax withheld from people's income. The tables are configuration because laws have dates."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import model_validator

from commerce.rules.units import Bp, Fen, Part, wrong


class Bracket(Part):
    """Income up to `up_to_fen` (none: without end) × rate − quick deduction."""

    up_to_fen: Fen | None
    rate_bp: Bp
    quick_fen: Fen


class Brackets(Part):
    brackets: tuple[Bracket, ...]

    @model_validator(mode="after")
    def brackets_climb_to_no_end(self) -> Self:
        ends = [bracket.up_to_fen for bracket in self.brackets]
        if not ends or ends[-1] is not None:
            wrong("最后一档要没有上限", "最后一档写 up_to: null", "brackets")
        for number, (lower, higher) in enumerate(pairwise(self.brackets), start=1):
            if lower.up_to_fen is None or lower.rate_bp >= higher.rate_bp:
                wrong("不比上一档高", "金额和税率逐档增加", f"brackets.{number}")
            if higher.up_to_fen is not None and higher.up_to_fen <= lower.up_to_fen:
                wrong("不比上一档高", "金额和税率逐档增加", f"brackets.{number}")
        return self


class Cumulative(Brackets):
    """Platforms: over the months of a year (SAT Announcement 2025 No. 16)."""

    cost_bp: Bp
    monthly_deduction_fen: Fen


class Ordinary(Brackets):
    """Other payers: each payment by itself."""

    free_up_to_fen: Fen
    small_up_to_fen: Fen
    small_deduction_fen: Fen
    cost_bp: Bp


class Tax(Part):
    """`mode` is None until somebody chose; production does not start before."""

    mode: Literal["platform_cumulative", "ordinary", "none_with_reason"] | None
    reason: str | None
    prize_rate_bp: Bp
    cumulative: Cumulative
    ordinary: Ordinary

    @model_validator(mode="after")
    def none_needs_its_reason(self) -> Self:
        if self.mode == "none_with_reason" and not (self.reason or "").strip():
            wrong("不扣税要写明理由", "写上依据，例如由灵活用工平台代扣", "reason")
        return self
