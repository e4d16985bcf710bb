import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures import names, text

from .samples import AWKWARD_NAMES


@pytest.mark.parametrize(
    ("sample", "drawn"),
    [
        ("empty", "一位朋友"),
        ("family", "1"),
        ("name among emoji", "阿丽"),
        ("rare", "□野家"),
        ("right to left", "□□□□"),
        ("zero width", "小明"),
        ("direction marks", "小明"),
        ("half a pair", "小明"),
        ("blank", "一位朋友"),
    ],
)
def test_a_name_is_drawn_in_what_the_font_has(sample: str, drawn: str) -> None:
    assert names.shown(AWKWARD_NAMES[sample]) == drawn


@given(st.text())
def test_a_drawn_name_has_only_visible_characters_with_a_glyph(name: str) -> None:
    drawn = names.shown(name)

    assert drawn.strip()
    assert all(text.has_glyph(c) for c in drawn)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in drawn)


@given(st.text(), st.integers(40, 400), st.sampled_from((28, 34, 46)))
def test_a_cut_name_fits_its_room(name: str, room: int, size: int) -> None:
    line = names.fitted(names.shown(name), room, size, bold=True)

    assert text.width(line, size) + 2 * text.stroke(size) <= room or line == "…"


@given(st.text())
def test_graphemes_put_together_are_the_line_again(line: str) -> None:
    clusters = list(names.graphemes(line))

    assert "".join(clusters) == line
    assert not any(unicodedata.category(c[0]).startswith("M") for c in clusters[1:])


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("小明", "明"),
        ("欧阳小明", "欧"),
        ("A小", "小"),
        ("Ali", "A"),
        ("2号", "号"),
        ("123", "1"),
        ("🌸", ""),
        ("مريم", ""),
        ("", ""),
        ("一位朋友", "一"),
    ],
)
def test_an_avatar_shows_the_letter_people_know_somebody_by(name: str, letter: str) -> None:
    assert names.initial(name) == letter
