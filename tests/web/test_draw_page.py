"""The page of a draw: what it says before, between and after, and that it knows nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commerce.lives import draw
from commerce.lives.lotteries import State
from web.pages.draw import Draw, render

SECRET = "5e" * 32
PEOPLE = 128
TICKETS = [draw.ticket(number, 1) for number in range(1, PEOPLE + 1)]
RECORD = draw.build("LT2026-demo", SECRET, "", 10, TICKETS)
PLANNED = datetime(2026, 3, 6, 12, tzinfo=UTC)
OPEN = Draw(
    brand="千星",
    number="LT2026-demo",
    live="春日好物专场",
    state=State.OPEN,
    planned_at=PLANNED,
    prize="藕粉 10 袋装",
    prize_fen=99_00,
    winners_wanted=10,
    threshold=100,
    claim_within=timedelta(hours=72),
    latest_after=timedelta(minutes=30),
    organiser="千星商贸有限公司",
    commit=RECORD["commit"],
    created_at=PLANNED - timedelta(days=3, hours=8),
    booked=86,
    as_of=PLANNED - timedelta(days=1),
)
REACHED = replace(OPEN, booked=107, reached_at=PLANNED - timedelta(hours=9))
FROZEN = replace(
    REACHED,
    state=State.FROZEN,
    frozen_at=PLANNED + timedelta(minutes=2),
    people=PEOPLE,
    tickets=PEOPLE,
    digest=RECORD["digest"],
)
DRAWN = replace(
    FROZEN,
    state=State.DRAWN,
    drawn_at=PLANNED + timedelta(minutes=4),
    claim_until=PLANNED + timedelta(days=3, minutes=4),
    beacon_note="公开的随机数没有等到，这次没有混入。",
    winners=tuple(draw.booking(ticket) for ticket in RECORD["winners"]),
)


def test_before_the_draw_everybody_sees_the_promise_and_the_count() -> None:
    page = render(OPEN)

    assert "已预约 86 人，还差 14 人锁定" in page
    assert RECORD["commit"] in page
    assert "3月3日 12:00，第一个人预约以前" in page
    assert "计划 3月6日 20:00，最晚再过 30 分钟" in page
    assert "每份价值" in page
    assert "转发不增加机会" in page
    assert "千星商贸有限公司" in page
    assert "广告" in page
    assert "<script>" not in page


def test_once_reached_it_says_so_though_people_cancel() -> None:
    page = render(replace(REACHED, booked=97))

    assert "锁定了，抽 10 份" in page
    assert "已预约 97 人" in page
    assert "还差" not in page


def test_between_freeze_and_draw_the_list_and_its_fingerprint_stand_there() -> None:
    page = render(FROZEN)

    assert RECORD["digest"] in page
    assert 'href="/pages/draws/LT2026-demo.json"' in page
    assert "在你的浏览器里验证" not in page


def test_after_the_draw_the_numbers_stand_in_the_order_of_their_scores() -> None:
    page = render(DRAWN)

    places = [page.index(f"<li>{number}</li>") for number in DRAWN.winners]
    assert len(places) == 10
    assert places == sorted(places)
    assert "128 人参与，3月9日 20:04 前领取" in page
    assert "公开的随机数没有等到，这次没有混入。</p>" in page
    assert "在你的浏览器里验证" in page


def test_spare_prizes_are_told() -> None:
    page = render(replace(DRAWN, winners=DRAWN.winners[:7], threshold=5))

    assert "抽出 7 份" in page
    assert "人数不够，3 份没有抽出。" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.NOT_REACHED, "预约 86 人，没到 100 人，按规则这次不抽"),
        (State.CANCELLED, "这场直播取消了，没有开奖"),
    ],
)
def test_what_is_not_drawn_is_said(state: State, words: str) -> None:
    page = render(replace(OPEN, state=state))

    assert words in page
    assert "开播时冻结名单" not in page
    assert "<script>" not in page


def test_what_people_wrote_is_text() -> None:
    page = render(replace(DRAWN, live="<b>大</b>促", prize="<i>粉</i>"))

    assert "<b>" not in page
    assert "<i>" not in page


def test_while_claims_are_paused_it_says_so_kindly() -> None:
    paused = replace(DRAWN, paused_at=PLANNED + timedelta(minutes=30))

    page = render(paused)

    # Noon of the next day in Shanghai.
    assert "3月6日 20:30 起有一处记录对不上，负责人在查，3月7日 12:00 前答复。" in page
    assert "查清后领取时间顺延" in page
    assert "前领取</div>" not in page  # That moment is not the one that holds any more.
    assert "前领取</div>" in render(DRAWN)
    assert "暂停领奖" not in render(DRAWN)
