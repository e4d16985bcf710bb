from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.web.reader import HOSTILE, Reader
from web.pages import earnings
from web.pages.earnings import Day, Earnings, Kind, Line, Live, Withdrawal, render

LARGEST = 9_999_999_999


def at(day: int, hour: int = 4, minute: int = 0) -> datetime:
    """A moment of March 2026, in UTC: eight hours before Shanghai."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


PLAIN = Earnings(
    brand="千星计划",
    as_of=at(7),
    rank=2,
    available_fen=23_640,
    pending_fen=15_855,
    withdrawing_fen=0,
    paid_fen=10_000,
    minimum_fen=10_000,
    period="3月到今天",
    kinds=(Kind("带货佣金", 7_120), Kind("团队奖励", 3_571), Kind("流量奖励", 0)),
    days=(Day(at(6, 15), 4_431), Day(at(6, 17), 1_450)),
    lives=(Live("春日好物专场", at(6, 12), 4_431, 5, "待到账"),),
    lines=(
        Line(
            "带货佣金",
            2_068,
            "待到账",
            "94.00 × 22% = 20.68 元",
            goods="藕粉 10 袋装",
            order_tail="0073",
            held_until=at(17),
        ),
        Line("流量奖励", 10_000, "可提现", "V12 到 100,000 次这一档"),
    ),
    older_lines=1_280,
    withdrawals=(
        Withdrawal("W1024", at(7, 1), 20_000, 19_800, "提现中", "/pages/transfer?n=1&s=2"),
        Withdrawal("W1001", at(1, 1), 10_000, 9_900, "已提现"),
    ),
    next_release=(at(9), 1_260),
)
NOTHING = Earnings("千星计划", at(7), 0, 0, 0, 0, 0, 10_000, "3月到今天")


def words(facts: Earnings) -> str:
    return Reader(render(facts)).words


def test_the_page_shows_every_number_to_the_fen() -> None:
    seen = words(PLAIN)

    for line in (
        "可提现236.40元",
        "待到账158.55元",
        "提现中0.00元",
        "已提现100.00元",
        "3月到今天+106.91 元",  # 71.20 + 35.71
        "带货佣金71.20 元",
        "团队奖励35.71 元",
        "春日好物专场3月6日 20:00　5 笔，待到账+44.31",
        "藕粉 10 袋装带货佣金 · 订单尾号 0073+20.68待到账，3月17日 可提现",
        "94.00 × 22% = 20.68 元",
        "流量奖励+100.00可提现",
        "更早的 1,280 笔：回到对话，回复「明细」。",
        "提现 W10243月7日 09:00　到手 198.00 元200.00确认收款",
        "提现 W10013月1日 09:00　到手 99.00 元100.00已提现",
        "最近一笔到账 3月9日，12.60 元",
        "截至 3月7日 12:00，只有你能看到这一页",
    ):
        assert line in seen, line
    assert "流量奖励0.00" not in seen


def test_a_day_is_a_day_in_shanghai() -> None:
    page = Reader(render(PLAIN))

    # 15:00 UTC is still the 6th in Shanghai, 17:00 is the 7th.
    assert ("aria-label", "每天收益：6日 44.31 元，7日 14.50 元") in page.attributes


@pytest.mark.parametrize("amount_fen", [0, 1, 99, 100, 123_456, LARGEST])
def test_no_amount_is_rounded_or_cut(amount_fen: int) -> None:
    shown = f"{amount_fen // 100:,}.{amount_fen % 100:02d}"

    seen = words(
        replace(
            PLAIN,
            available_fen=amount_fen,
            pending_fen=amount_fen,
            paid_fen=amount_fen,
            lines=(Line("带货佣金", amount_fen, "待到账", ""),),
        )
    )

    for line in (f"可提现{shown}元", f"待到账{shown}元", f"已提现{shown}元"):
        assert line in seen
    assert f"{'+' if amount_fen else ''}{shown}待到账" in seen


def test_a_hostile_text_is_only_text() -> None:
    lines = (Line(HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE),)
    hostile = replace(
        PLAIN,
        brand=HOSTILE,
        period=HOSTILE,
        kinds=(Kind(HOSTILE, 7),),
        lives=(Live(HOSTILE, at(6), 1, 1, HOSTILE),),
        lines=lines,
        withdrawals=(Withdrawal(HOSTILE, at(7), 1, 1, HOSTILE, '"onclick="x'),),
        withdraw_href='/"onclick="x',
        spend_href='/"onclick="x',
    )

    plain, page = Reader(render(PLAIN)), Reader(render(hostile))

    assert set(page.tags) == set(plain.tags)
    assert {name for name, _ in page.attributes} == {name for name, _ in plain.attributes}
    assert page.words.count(HOSTILE) == 10


def test_a_debt_is_a_fourth_number_and_says_that_nobody_asks_for_cash() -> None:
    seen = words(replace(PLAIN, available_fen=0, debt_fen=4_720))

    assert "待抵扣47.20元" in seen
    assert "待抵扣不用付现金，没有利息；以后到账先抵它，抵完照常提现。" in seen
    assert "待抵扣" not in words(PLAIN)


def test_below_the_minimum_the_page_says_how_much_is_missing() -> None:
    assert "满 100.00 元可以提现，还差 13.60 元" in words(replace(PLAIN, available_fen=8_640))
    assert "还差" not in words(replace(PLAIN, available_fen=10_000))


def test_without_addresses_the_page_says_what_to_say_in_the_chat() -> None:
    with_addresses = render(replace(PLAIN, withdraw_href="/w?a=1&b=2", spend_href="/s"))

    assert "回到对话，回复「提现」或「用收益抵扣」。" in words(PLAIN)
    assert ("href", "/w?a=1&b=2") in Reader(with_addresses).attributes
    assert "用收益抵扣" not in Reader(with_addresses).words


def test_who_has_nothing_yet_is_told_the_next_step() -> None:
    seen = words(NOTHING)

    assert "3月到今天还没有收益" in seen
    assert "下一步：回到对话，回复「商品」，挑一件来推广。" in seen
    assert "还没有提过。满 100.00 元以后，回到对话，回复「提现」。" in seen
    for heading in ("按种类", "按场次", "明细", "不算在余额里", "最近一笔到账"):
        assert heading not in seen


def test_after_a_months_end_what_came_before_is_not_denied() -> None:
    april = words(replace(PLAIN, period="4月到今天", kinds=(), days=()))

    assert "4月到今天还没有新的收益" in april
    assert "之前的在下面，一笔不少。" in april
    assert "4月到今天还没有收益" not in april


def test_an_estimate_is_said_to_be_outside_the_balance() -> None:
    seen = words(replace(PLAIN, estimated_fen=2_945))

    assert "预估29.45 元买家已付款，还没结算，不算在余额里。" in seen


@pytest.mark.parametrize(("rank", "lit"), list(enumerate((0, 1, 2, 3, 7, 9, 10))))
def test_the_figure_lights_the_stars_of_the_rank_and_its_name_stands_beside(
    rank: int, lit: int
) -> None:
    page = Reader(render(replace(NOTHING, rank=rank)))

    assert page.attributes.count(("fill", "var(--star)")) == lit
    name = ("见习", "一星", "二星", "三星", "十星", "百星", "千星")[rank]
    assert ("aria-label", name) in page.attributes
    assert name in page.words


def test_the_page_asks_nobody_else_for_anything_and_is_kept_by_nobody() -> None:
    page = Reader(render(PLAIN))

    assert "script" not in page.tags
    assert not [value for name, value in page.attributes if name == "src"]
    assert "http" not in render(PLAIN).replace("http-equiv", "")
    assert earnings.HEADERS["Cache-Control"] == "private, no-store"
    assert "script" not in earnings.HEADERS["Content-Security-Policy"]
