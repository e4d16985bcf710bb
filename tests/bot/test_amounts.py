from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.amounts import LARGEST_FEN, BadAmount, parse_amount, parse_integer
from commerce.fen import show_yuan

DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        ("200", 200_00),
        ("200元", 200_00),
        ("200 块钱", 200_00),
        ("２００", 200_00),
        ("¥88.8", 88_80),
        ("人民币 100 元整", 100_00),
        ("100元整", 100_00),
        ("1,000", 1_000_00),
        ("12,345,678.90", 12_345_678_90),
        ("100.5", 100_50),
        ("100.500", 100_50),
        ("0.01", 1),
        ("100块5", 100_50),
        ("100块50", 100_50),
        ("100块05", 100_05),
        ("12元3角4分", 12_34),
        ("100元零5分", 100_05),
        ("5毛", 50),
        ("三毛五", 35),
        ("两块半", 2_50),
        ("两块五", 2_50),
        ("一百", 100_00),
        ("一百二", 120_00),
        ("一百零二", 102_00),
        ("一百二十", 120_00),
        ("两百块", 200_00),
        ("一百二十五块五毛", 125_50),
        ("一千五", 1_500_00),
        ("一千零五", 1_005_00),
        ("三千二百五", 3_250_00),
        ("两万", 20_000_00),
        ("一万二", 12_000_00),
        ("一万零五十", 10_050_00),
        ("3百", 300_00),
        ("3百5", 350_00),
        ("1千500", 1_500_00),
        ("1万2", 12_000_00),
        ("1.5万", 15_000_00),
        ("三点五万", 35_000_00),
        ("一百点五", 100_50),
        ("1w", 10_000_00),
        ("2k", 2_000_00),
        ("二零零", 200_00),
        ("贰佰元整", 200_00),
        ("兩萬塊", 20_000_00),
        ("99999999.99", LARGEST_FEN),
    ],
)
def test_an_amount_is_read_as_people_mean_it(said, fen):
    assert parse_amount(said) == fen


@pytest.mark.parametrize(
    ("said", "reason", "nearest"),
    [
        ("100.005", "too_fine", (100_00, 100_01)),
        ("0.001", "too_fine", (1,)),
        ("99999999.999", "too_fine", (LARGEST_FEN,)),
        ("-5", "negative", (5_00,)),
        ("−５", "negative", (5_00,)),
        ("负五块", "negative", (5_00,)),
        ("0", "zero", ()),
        ("0.00", "zero", ()),
        ("零元", "zero", ()),
        ("1e2", "exponent", (100_00,)),
        ("999999999999", "too_large", ()),
        ("100000000", "too_large", ()),
        ("9" * 5_000, "too_large", ()),
        ("一亿", "too_large", ()),
        ("一百多", "vague", (100_00,)),
        ("100左右", "vague", (100_00,)),
        ("两三百", "vague", ()),
        ("几百块", "vague", ()),
        ("1,00", "grouping", (100_00,)),
        ("1,0000", "grouping", (10_000_00,)),
        ("", "not_an_amount", ()),
        ("abc", "not_an_amount", ()),
        ("一二三", "not_an_amount", ()),
        ("一百零二十", "not_an_amount", ()),
        ("100块555", "not_an_amount", ()),
        ("1.2.3", "not_an_amount", ()),
        ("٣٠", "not_an_amount", ()),
        ("一" * 20_000, "not_an_amount", ()),
    ],
)
def test_an_amount_that_is_not_exact_is_refused_with_what_may_be_meant(said, reason, nearest):
    with pytest.raises(BadAmount) as refused:
        parse_amount(said)

    assert (refused.value.reason, refused.value.nearest) == (reason, nearest)
    assert refused.value.text == said


@given(st.integers(1, LARGEST_FEN))
@example(LARGEST_FEN)
def test_what_is_shown_is_read_back_exactly(fen):
    assert parse_amount(show_yuan(fen)) == fen
    assert parse_amount(f"{show_yuan(fen)} 元") == fen


@given(st.integers(0, 10**9), st.integers(0, 6), st.text("0123456789", max_size=6))
def test_a_decimal_is_exact_or_refused_and_never_rounded(whole, leading_zeros, decimals):
    said = f"{whole}.{'0' * leading_zeros}{decimals}".rstrip(".")
    exact = Fraction(said) * 100

    fen, refused = read(said)

    if refused is None:
        assert fen == exact
    else:
        assert refused.reason in {"too_fine", "zero", "too_large"}
        assert all(abs(near - exact) < 1 for near in refused.nearest)


@given(st.integers(1, 99_999))
def test_chinese_numerals_are_read_back(number):
    assert parse_amount(spoken(number)) == number * 100
    assert parse_amount(spoken(number).replace("二百", "两百") + "块钱") == number * 100
    assert parse_integer(spoken(number)) == number


@given(st.integers(1, 9), st.integers(1, 9))
def test_the_last_unit_may_be_left_unsaid(high, low):
    for unit, size in (("百", 100), ("千", 1_000), ("万", 10_000)):
        said = f"{DIGITS[high]}{unit}{DIGITS[low]}"

        assert parse_amount(said) == (high * size + low * size // 10) * 100


@given(
    st.text(max_size=60)
    | st.text("0123456789零一二两三十百千万亿元块角毛分半点.,-多几e+ ", max_size=20)
)
def test_whatever_is_typed_is_an_amount_or_refused(said):
    fen, refused = read(said)

    amounts = [fen] if refused is None else list(refused.nearest)
    assert all(0 < amount <= LARGEST_FEN for amount in amounts)
    assert amounts == sorted(amounts)


def read(said):
    try:
        return parse_amount(said), None
    except BadAmount as refused:
        return None, refused


def spoken(number):
    """Written independently of the parser: figure by figure, one 零 for any run of noughts."""
    figures = f"{number:05d}"
    said = "".join(
        DIGITS[int(figure)] + ("" if figure == "0" else unit)
        for figure, unit in zip(figures, ["万", "千", "百", "十", ""], strict=True)
    )
    while "零零" in said:
        said = said.replace("零零", "零")
    said = said.strip("零")
    return said.removeprefix("一") if said.startswith("一十") else said
