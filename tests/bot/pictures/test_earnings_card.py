import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.pictures import content_key, draw
from bot.pictures.day_chart import round_step
from bot.pictures.earnings_card import nothing_yet

from .samples import AWKWARD_NAMES

Box = tuple[int, int, int, int]

LARGEST = 9_999_999_999  # 99,999,999.99 yuan
HERO, COLUMNS, CARD, LIVE = (
    (0, 0, 1080, 392),
    (64, 416, 1016, 566),
    (72, 592, 1008, 1016),
    (100, 936, 980, 1010),
)

EARNINGS: dict[str, Any] = {
    "as_of": "3月7日 12:00",
    "rank": 2,
    "available_fen": 23_640,
    "pending_fen": 15_855,
    "withdrawing_fen": 0,
    "paid_fen": 10_000,
    "debt_fen": 0,
    "minimum_fen": 10_000,
    "period": "3月到今天",
    "kinds": [{"name": "带货佣金", "fen": 7_120}, {"name": "团队奖励", "fen": 3_571}],
    "days": [
        {"label": f"{day}日", "fen": fen}
        for day, fen in enumerate((820, 1_260, 2_136, 594, 0, 4_431, 1_450), start=1)
    ],
    "last_live": {"title": "春日好物专场", "fen": 4_431, "lines": 5},
}
ALL_KINDS = ("带货佣金", "团队奖励", "流量奖励", "升级奖金")


def test_who_earned_before_this_month_is_not_told_that_there_is_nothing() -> None:
    nothing = {name: 0 for name in EARNINGS if name.endswith("_fen")} | {"last_live": None}
    fresh = EARNINGS | nothing | {"period": "4月到今天", "kinds": []}

    assert nothing_yet(fresh)[0] == "4月到今天还没有收益"
    for earlier in ({"paid_fen": 1}, {"pending_fen": 1}, {"last_live": EARNINGS["last_live"]}):
        assert nothing_yet(fresh | earlier) == (
            "4月到今天还没有新的收益",
            "之前的都在，回复「明细」",
        )


def opened(**changed: Any) -> Image.Image:
    data = draw("earnings_card", EARNINGS | changed)
    assert len(data) <= 150_000
    return Image.open(io.BytesIO(data)).convert("RGB")


def changed_box(one: Image.Image, other: Image.Image) -> Box | None:
    """The box outside which two cards are the same, JPEG noise apart."""
    difference = ImageChops.difference(one, other).convert("L")
    return difference.point(lambda value: 255 if value > 40 else 0).getbbox()


def darkest(card: Image.Image, box: Box) -> int:
    return min(card.crop(box).convert("L").tobytes())


def assert_within(inner: Box | None, outer: Box) -> None:
    assert inner is not None
    assert outer[0] <= inner[0] < inner[2] <= outer[2], inner
    assert outer[1] <= inner[1] < inner[3] <= outer[3], inner


def test_the_card_is_square_and_the_same_each_time() -> None:
    assert opened().size == (1080, 1080)
    assert draw("earnings_card", EARNINGS) == draw("earnings_card", EARNINGS)


@pytest.mark.parametrize(
    ("fact", "value", "place"),
    [
        ("as_of", "3月8日 09:12", HERO),
        ("rank", 5, HERO),
        ("available_fen", 23_641, HERO),
        ("minimum_fen", 20_000, HERO),
        ("pending_fen", 15_955, (64, 416, 362, 566)),
        ("withdrawing_fen", 700, (387, 416, 685, 566)),
        ("paid_fen", 90_000, (711, 416, 1016, 566)),
        ("period", "2月", CARD),
        ("kinds", [{"name": "流量奖励", "fen": 10_000}], CARD),
        ("days", [{"label": "9日", "fen": 3}], CARD),
        ("last_live", {"title": "春日好物专场", "fen": 9_999, "lines": 7}, LIVE),
    ],
)
def test_each_fact_is_seen_in_its_own_place(fact: str, value: Any, place: Box) -> None:
    assert_within(changed_box(opened(), opened(**{fact: value})), place)
    assert content_key("earnings_card", EARNINGS | {fact: value}) != content_key(
        "earnings_card", EARNINGS
    )


@pytest.mark.parametrize("amount_fen", [0, 1, 9_999_999, 123_456_789, LARGEST])
def test_no_main_number_reaches_the_figure(amount_fen: int) -> None:
    # 千星 lights every star; the leftmost is at 708 + (9.6 - 3.2) / 96 × 300 = 728.
    one = opened(rank=6, available_fen=amount_fen, minimum_fen=0)

    box = changed_box(one, opened(rank=6, available_fen=200, minimum_fen=0))

    assert_within(box, (64, 124, 724, 298))


def test_a_debt_has_its_own_column_and_says_that_nobody_asks_for_cash() -> None:
    without, owing = opened(available_fen=0), opened(available_fen=0, debt_fen=4_720)

    assert changed_box(without.crop(CARD), owing.crop(CARD)) is None
    assert_within(changed_box(without.crop(HERO), owing.crop(HERO)), (64, 300, 880, 340))
    columns = changed_box(without.crop(COLUMNS), owing.crop(COLUMNS))
    assert columns is not None
    assert columns[2] > 64 + 736  # The fourth column begins at 72 + 3 × 240 = 792.


@pytest.mark.parametrize("debt_fen", [0, LARGEST])
def test_the_largest_amounts_stay_between_their_hairlines(debt_fen: int) -> None:
    sums = dict.fromkeys(("pending_fen", "withdrawing_fen", "paid_fen"), LARGEST)
    card = opened(**sums, debt_fen=debt_fen)

    # Hairlines: 72 + 290 = 362, then every 323; with a fourth 72 + 215 = 287, then every 240.
    lines = (287, 527, 767) if debt_fen else (362, 685)
    for x in lines:
        assert darkest(card, (x - 7, 470, x - 2, 540)) > 225, f"something reaches {x}"
    assert darkest(card, (1010, 416, 1080, 566)) > 225


def test_four_kinds_and_the_largest_sums_stay_on_the_card() -> None:
    full = opened(
        kinds=[{"name": name, "fen": LARGEST} for name in ALL_KINDS],
        days=[{"label": f"{day}日", "fen": LARGEST - day} for day in range(1, 8)],
        last_live={"title": "很长的名字" * 12, "fen": LARGEST, "lines": 12_480},
    )

    assert_within(changed_box(opened(), full), (104, 612, 976, 1000))


@pytest.mark.parametrize("count", [1, 2, 9, 10, 31, 62])
def test_any_span_of_days_is_drawn_inside_the_card(count: int) -> None:
    days = [{"label": f"{day % 31 + 1}日", "fen": 7_919 * day % 5_000} for day in range(count)]

    assert_within(changed_box(opened(days=[{"label": "", "fen": 0}]), opened(days=days)), CARD)


def test_the_best_day_is_the_only_highlighted_one_and_the_highest() -> None:
    card = opened()

    dark = [x for x in range(110, 970) if card.getpixel((x, 870)) == card.getpixel((785, 870))]

    # Seven days share 109 to 971, 123 each; the sixth is around 786 and half as wide.
    assert min(dark) in range(750, 765)
    assert max(dark) in range(805, 820)


def test_a_day_below_zero_has_no_bar() -> None:
    # The first of two days is around 324, its bar would begin at 219; the axis is at 884.
    beside_number = (225, 862, 285, 884)
    for fen, is_white in ((-500, True), (500, False)):
        card = opened(days=[{"label": "1日", "fen": fen}, {"label": "2日", "fen": 1_000}])
        assert (darkest(card, beside_number) > 240) is is_white


def test_nothing_earned_yet_says_what_to_do_next() -> None:
    nothing = {"available_fen": 0, "pending_fen": 0, "paid_fen": 0, "rank": 0}
    empty = opened(**nothing, kinds=[], days=[], last_live=None)
    zeros = [{"name": name, "fen": 0} for name in ALL_KINDS]

    same = opened(**nothing, kinds=zeros, days=[{"label": "1日", "fen": 0}], last_live=None)

    assert changed_box(empty, same) is None
    words = empty.crop((100, 700, 980, 920)).convert("L").point(lambda v: 255 if v < 200 else 0)
    assert words.getbbox() is not None


@pytest.mark.parametrize("title", AWKWARD_NAMES.values(), ids=AWKWARD_NAMES.keys())
def test_no_title_leaves_its_row(title: str) -> None:
    live = {"title": title, "fen": LARGEST, "lines": 12_480}

    box = changed_box(opened(), opened(last_live=live))

    assert_within(box, LIVE)


@settings(max_examples=25, deadline=None)
@given(title=st.text(), fen=st.integers(-LARGEST, LARGEST))
def test_whatever_the_live_only_its_row_changes(title: str, fen: int) -> None:
    box = changed_box(opened(), opened(last_live={"title": title, "fen": fen, "lines": 1}))

    assert box is None or box[1] >= LIVE[1]


@pytest.mark.parametrize(
    ("peak_fen", "step"), [(1, 1), (4, 1), (5, 2), (9, 5), (4_651, 2_000), (LARGEST, 5 * 10**9)]
)
def test_the_scale_has_at_most_four_round_steps(peak_fen: int, step: int) -> None:
    assert round_step(peak_fen) == step
