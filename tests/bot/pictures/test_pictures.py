import base64
import io
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.pictures import beidou, draw
from bot.pictures.colours import CARD, NIGHT

from .samples import AWKWARD_NAMES, BOARD, FULL_TEAM, INVITATION, PROGRESS, SHARED, seat, team

LIMIT = 150_000


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "JPEG"
        return picture.convert("RGB")


def differing(one: bytes, other: bytes) -> tuple[int, int, int, int] | None:
    """The box outside which two pictures are the same, JPEG noise apart."""
    difference = ImageChops.difference(opened(one), opened(other)).convert("L")
    return difference.point(lambda value: 255 if value > 40 else 0).getbbox()


@pytest.mark.parametrize(
    ("name", "facts", "size"),
    [
        ("invite_poster", INVITATION, (1080, 1920)),
        ("team_tree", FULL_TEAM, (1080, 1240)),
        ("progress_card", PROGRESS, (1080, 720)),
        ("live_board", BOARD, (1080, 2144)),
    ],
)
def test_every_picture_has_its_size_and_the_same_bytes_each_time(
    name: str, facts: dict[str, Any], size: tuple[int, int]
) -> None:
    first, second = draw(name, facts), draw(name, facts)

    assert opened(first).size == size
    assert first == second
    assert len(first) <= LIMIT


# The lengths give QR symbols of 29, 33 and 37 modules.
@pytest.mark.parametrize(("length", "module"), [(35, 12), (55, 10), (75, 9)])
@pytest.mark.parametrize("width", [1080, 360])
def test_a_poster_is_read_by_an_independent_decoder(length: int, module: int, width: int) -> None:
    address = "http://weixin.qq.com/q/".ljust(length, "x")

    poster = opened(draw("invite_poster", INVITATION | {"qr": address}))
    seen = poster.resize((width, width * 1920 // 1080), Image.Resampling.LANCZOS)
    (found,) = zxingcpp.read_barcodes(seen)

    assert found.text == address
    corners = found.position
    across = (corners.top_right.x - corners.top_left.x) * 1080 / width
    assert across == pytest.approx({12: 29, 10: 33, 9: 37}[module] * module, abs=8)


@pytest.mark.parametrize("nickname", AWKWARD_NAMES.values(), ids=AWKWARD_NAMES.keys())
def test_no_name_breaks_a_picture(nickname: str) -> None:
    invitation = draw("invite_poster", INVITATION | {"nickname": nickname})
    tree = draw("team_tree", team(seat(1, nickname, seat(2, nickname)), nickname=nickname))

    assert len(invitation) <= LIMIT
    assert len(tree) <= LIMIT
    assert zxingcpp.read_barcodes(opened(invitation))[0].text == INVITATION["qr"]


@settings(max_examples=60, deadline=None)
@given(nickname=st.text())
def test_whatever_the_name_only_its_place_on_the_poster_changes(nickname: str) -> None:
    plain = draw("invite_poster", INVITATION)

    named = draw("invite_poster", INVITATION | {"nickname": nickname})

    changed = differing(plain, named)
    assert changed is None or (changed[0] >= 80 and changed[2] <= 524)
    assert changed is None or (changed[1] >= 1328 and changed[3] <= 1448)


@pytest.mark.parametrize(("rank", "lit"), list(enumerate((0, 1, 2, 3, 7, 9, 10))))
@pytest.mark.parametrize(("ground", "gold"), [(NIGHT, "f2c764"), (CARD, "b97b0a")])
def test_a_rank_lights_its_stars(rank: int, lit: int, ground: str, gold: str) -> None:
    figure = beidou.figure(rank, 384, ground)

    places = [(round(x * 4), round(y * 4)) for x, y, _ in beidou.STARS]
    seen = [figure.crop((x, y, x + 1, y + 1)).tobytes().hex() for x, y in places]

    assert [colour == gold for colour in seen] == [star < lit for star in range(10)]


@pytest.mark.parametrize("rank", range(7))
def test_every_rank_is_drawn(rank: int) -> None:
    tree = draw("team_tree", team(rank=rank))
    next_rank = rank + 1 if rank < 6 else None
    card = draw("progress_card", PROGRESS | {"rank": rank, "next_rank": next_rank})

    assert max(len(tree), len(card)) <= LIMIT


def test_an_empty_seat_leaves_the_seats_below_it_undrawn() -> None:
    nobody = opened(draw("team_tree", team()))
    alone = opened(draw("team_tree", team(seat(1, "小红"))))

    below_first_seat = (40, 720, 372, 1130)
    assert len(nobody.crop(below_first_seat).getcolors(200_000) or ()) == 1
    assert len(alone.crop(below_first_seat).getcolors(200_000) or ()) > 1


def test_each_seat_of_a_full_team_is_drawn_in_its_own_place() -> None:
    full = draw("team_tree", FULL_TEAM)

    for column, left in enumerate((56, 388, 720)):
        for row, top in enumerate((736, 868, 1000)):
            changed = team(*(dict(s, seats=list(s["seats"])) for s in FULL_TEAM["seats"]))
            changed["seats"][column]["seats"][row] = seat(99, "阿强")
            changed |= {key: FULL_TEAM[key] for key in ("total_people", "total_fen")}

            box = differing(full, draw("team_tree", changed))

            assert box is not None
            assert left <= box[0] < box[2] <= left + 304
            assert top <= box[1] < box[3] <= top + 112


@pytest.mark.parametrize("amount_fen", [0, 1, 99_999, 123_456_789, 99_999_999_999, -5])
def test_no_amount_leaves_its_card(amount_fen: int) -> None:
    person = seat(1, "欧阳小明", seat(2, "欧阳小明") | {"gmv_fen": amount_fen})
    person |= {"gmv_fen": amount_fen}

    box = differing(
        draw("team_tree", team(person)),
        draw("team_tree", team(seat(1, "欧阳小明", seat(2, "欧阳小明") | {"gmv_fen": 7}))),
    )

    assert box is not None
    assert 56 <= box[0] < box[2] <= 360


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_progress_card_holds_up_to_three_conditions(count: int) -> None:
    condition = {"name": "短视频播放", "unit": "次播放", "have": 1, "need": 100_000, "pending": 9}

    card = draw("progress_card", PROGRESS | {"conditions": [condition] * count})

    assert len(card) <= LIMIT


def test_what_is_on_its_way_is_hatched_and_said() -> None:
    done, waiting = PROGRESS["conditions"]
    card = draw("progress_card", PROGRESS)

    without = draw("progress_card", PROGRESS | {"conditions": [done, waiting | {"pending": 0}]})

    box = differing(card, without)
    assert box is not None
    assert box[1] < 420 < 460 < box[3]


def test_a_poster_carries_the_photograph_or_in_its_place_the_letter() -> None:
    photograph = io.BytesIO()
    Image.new("RGB", (300, 200), "#FF0000").save(photograph, "PNG")
    encoded = base64.b64encode(photograph.getvalue()).decode()

    shown = opened(draw("invite_poster", INVITATION | {"avatar": encoded}))
    red, green, blue = shown.crop((140, 1350, 141, 1351)).tobytes()
    assert red > 200
    assert green < 60
    assert blue < 60
    for broken in ("", "not base64", "AAAA", encoded[: len(encoded) // 2]):
        letter = draw("invite_poster", INVITATION | {"avatar": broken})
        assert letter == draw("invite_poster", INVITATION)


def test_an_unknown_picture_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="no_such_picture"):
        draw("no_such_picture", {})


def test_a_long_line_of_a_poster_ends_before_the_code() -> None:
    short = draw("share_poster", SHARED | {"lines": ["3月6日 周五 20:00"]})
    long = draw("share_poster", SHARED | {"lines": ["3月6日 周五 20:00" + "很长的名字" * 9]})

    box = differing(short, long)
    assert box is not None
    assert box[2] < 548
    assert zxingcpp.read_barcodes(opened(long))[0].text == SHARED["qr"]


def test_a_share_poster_says_what_it_invites_to() -> None:
    usual, own = draw("share_poster", SHARED), draw("share_poster", SHARED | {"invitation": "来看"})

    box = differing(usual, own)
    assert box is not None
    assert 1390 < box[1] < box[3] < 1440  # The line below the name, and nothing else.


QUIET = BOARD | {
    "online": None,
    "peak": None,
    "conversion_bp": None,
    "recent_bp": None,
    "times": [],
    "online_each": [],
    "orders_each": [],
    "goods": [],
    "offers": [],
    "hint": None,
    "flash": 0,
    "sold_out": "",
}
FIRST = {"times": ["20:00"], "online_each": [0], "orders_each": [0]}
GAPS = {"times": [f"20:0{n}" for n in range(5)], "online_each": [None, 3, None, 5, 6]}


@pytest.mark.parametrize(
    "facts",
    [
        QUIET,
        QUIET | FIRST,
        QUIET | GAPS | {"orders_each": [0, 1, 0, 0, 0]},
        BOARD | {"gmv_fen": 99_999_999_99, "title": "很长的标题" * 12, "host": "很长的名字" * 12},
        BOARD | {"goods": BOARD["goods"] * 10, "title": "", "host": "👨‍👩‍👧‍👦"},
    ],
)
def test_a_board_is_drawn_whatever_the_evening_brought(facts: dict[str, Any]) -> None:
    board = draw("live_board", facts)

    assert opened(board).width == 1080
    assert len(board) <= LIMIT


def test_the_minutes_of_the_first_price_are_in_the_colour_of_the_stars() -> None:
    plain, starred = draw("live_board", BOARD | {"flash": 0}), draw("live_board", BOARD)

    box = differing(plain, starred)
    assert box is not None
    assert box[0] > 88
    assert box[2] < 500  # Eleven of thirty-one bars, from the left.
