"""The team tree: one's own card, three seats below it, and three below each of those."""

from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image

from commerce.fen import show_yuan

from . import names, text
from .avatar import draw_avatar
from .beidou import RANKS, figure
from .colours import (
    BRANCH,
    CARD,
    EMPTY_SEAT,
    INK,
    INK2,
    INK3,
    LINE,
    NIGHT,
    ON_NIGHT,
    ON_NIGHT2,
    ON_NIGHT3,
    PAGE,
)
from .jpeg import encode
from .money import money_size, money_width, write_money
from .shapes import curve, dashed, framed, polyline, rounded

WIDTH, HEIGHT, MARGIN = 1080, 1240, 56
SELF = (316, 136, 764, 368)
COLUMNS = (56, 388, 720)
CARD_WIDTH = 304
TIER2_TOP, TIER2_HEIGHT = 448, 256
TIER3_TOPS, TIER3_HEIGHT = (736, 868, 1000), 112
RADIUS = 20
NAME_ROOM, SMALL_NAME_ROOM = 150, 92
ROOM_BESIDE_FIGURE = 82
"""A longer name in tier 2 moves the figures of all three down beside their ranks."""

Seat = Mapping[str, Any]


def draw_team_tree(facts: Mapping[str, Any]) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAGE)
    right = WIDTH - MARGIN
    text.write(image, (MARGIN, text.baseline(48, 52, 40)), "我的团队", 40, INK, bold=True)
    period = f"近 30 天业绩　{facts['period']}"
    text.write(image, (right, text.baseline(48, 52, 40)), period, 26, INK2, anchor="r")
    _draw_branches(image)
    _draw_self(image, facts["self"])
    beside_name = all(
        text.width(names.shown(seat["nickname"]), 34) <= ROOM_BESIDE_FIGURE
        for seat in facts["seats"]
    )
    for left, seat in _placed(COLUMNS, facts["seats"]):
        _draw_column(image, left, seat, 6 if beside_name else 44)
    total = f"团队 {facts['total_people']} 人，团队业绩合计 {show_yuan(facts['total_fen'])} 元"
    foot = text.baseline(1166, 36, 26)
    text.write(image, (MARGIN, foot), total, 26, INK2)
    text.write(image, (right, foot), "只有你能看到这张图", 26, INK2, anchor="r")
    return encode(image, sharp=True)


def _placed(places: tuple[int, ...], seats: Iterable[Seat]) -> Iterable[tuple[int, Seat | None]]:
    """Every place with who sits there; seats are filled from the first place on."""
    taken = list(seats)[: len(places)]
    return zip(places, [*taken, *[None] * (len(places) - len(taken))], strict=True)


def _draw_branches(image: Image.Image) -> None:
    """From one's own card to the three seats; the outer two turn with a round corner."""
    middle = WIDTH // 2
    height, top, bottom = 408, SELF[3], TIER2_TOP
    left, right = (COLUMNS[side] + CARD_WIDTH // 2 for side in (0, 2))
    path = [
        (left, bottom),
        *curve((left, height + RADIUS), (left, height), (left + RADIUS, height)),
        *curve((right - RADIUS, height), (right, height), (right, height + RADIUS)),
        (right, bottom),
    ]
    polyline(image, path, 2, BRANCH)
    polyline(image, [(middle, top), (middle, bottom)], 2, BRANCH)


def _draw_self(image: Image.Image, person: Seat) -> None:
    rounded(image, SELF, RADIUS, NIGHT)
    left, top = SELF[0] + 32, SELF[1] + 32
    draw_avatar(image, (left, top), 84, (person["member_id"], person["nickname"]))
    x = left + 84 + 18
    _write_name(image, (x, text.baseline(top + 2, 48, 38)), person, (38, NAME_ROOM), ON_NIGHT)
    text.write(image, (x, text.baseline(top + 50, 32, 26)), RANKS[person["rank"]], 26, ON_NIGHT2)
    image.paste(figure(person["rank"], 120, NIGHT), (SELF[2] - 32 - 120, SELF[1] + 40))
    amount = person["gmv_fen"]
    size = money_size(amount, SELF[2] - SELF[0] - 64, (52, 44, 38))
    colour = ON_NIGHT if amount else ON_NIGHT3
    place = (left, text.baseline(SELF[1] + 140, 64, size))
    write_money(image, place, amount, size, (colour, NIGHT))


def _draw_column(image: Image.Image, left: int, seat: Seat | None, figure_at: int) -> None:
    if seat is None:
        _draw_empty(image, (left, TIER2_TOP), TIER2_HEIGHT)
        return
    _draw_tier2(image, left, seat, figure_at)
    middle = left + CARD_WIDTH // 2
    bottom = TIER2_TOP + TIER2_HEIGHT
    polyline(image, [(middle, bottom), (middle, TIER3_TOPS[0])], 2, BRANCH)
    for top, below in _placed(TIER3_TOPS, seat["seats"]):
        if below is None:
            _draw_empty(image, (left, top), TIER3_HEIGHT)
        else:
            _draw_tier3(image, (left, top), below)


def _draw_empty(image: Image.Image, place: tuple[int, int], height: int) -> None:
    left, top = place
    dashed(image, (left, top, left + CARD_WIDTH, top + height), RADIUS, (EMPTY_SEAT, 2))
    middle = left + CARD_WIDTH / 2, text.baseline(top, height, 26)
    text.write(image, middle, "空席位", 26, INK3, anchor="m")


def _draw_tier2(image: Image.Image, left: int, person: Seat, figure_at: int) -> None:
    top = TIER2_TOP
    _draw_card(image, (left, top), TIER2_HEIGHT)
    x, y = left + 29, top + 29
    draw_avatar(image, (x, y + 2), 72, (person["member_id"], person["nickname"]))
    beside = x + 72 + 18
    _write_name(image, (beside, text.baseline(y, 44, 34)), person, (34, NAME_ROOM), INK)
    rank = text.baseline(y + 44, 32, 24)
    text.write(image, (beside, rank), RANKS[person["rank"]], 24, INK2)
    image.paste(figure(person["rank"], 72, CARD), (left + CARD_WIDTH - 21 - 72, y + figure_at))
    amount = person["gmv_fen"]
    size = money_size(amount, CARD_WIDTH - 58, (44, 38, 34, 28))
    place = (x, text.baseline(y + 98, 52, size))
    write_money(image, place, amount, size, (INK if amount else INK3, CARD))
    text.write(image, (x, text.baseline(y + 160, 30, 22)), _remark(person), 22, INK3)


def _draw_tier3(image: Image.Image, place: tuple[int, int], person: Seat) -> None:
    left, top = place
    _draw_card(image, place, TIER3_HEIGHT)
    x, right = left + 23, left + CARD_WIDTH - 23
    draw_avatar(image, (x, top + 28), 56, (person["member_id"], person["nickname"]))
    beside = x + 56 + 16
    name = text.baseline(top + 24, 36, 28), text.baseline(top + 60, 28, 22)
    _write_name(image, (beside, name[0]), person, (28, SMALL_NAME_ROOM), INK)
    text.write(image, (beside, name[1]), RANKS[person["rank"]], 22, INK2)
    amount = person["gmv_fen"]
    size, line = _small_money(person, (beside, right), text.baseline(top, TIER3_HEIGHT, 30))
    at = (right - money_width(amount, size), line or name[1])
    write_money(image, at, amount, size, (INK if amount else INK3, CARD))


def _small_money(person: Seat, span: tuple[int, int], middle: float) -> tuple[float, float | None]:
    """Size and baseline: half-way up beside the name, or None: in the row of the rank."""
    left, right = span
    name = names.fitted(names.shown(person["nickname"]), SMALL_NAME_ROOM, 28, bold=True)
    beside_name = right - left - 14 - max(text.width(name, 28), text.width(RANKS[0], 22))
    for size in (30, 28):
        if money_width(person["gmv_fen"], size) <= beside_name:
            return size, middle
    beside_rank = right - left - 10 - text.width(RANKS[0], 22)
    return money_size(person["gmv_fen"], beside_rank, (28, 26, 24, 22, 20, 18)), None


def _draw_card(image: Image.Image, place: tuple[int, int], height: int) -> None:
    left, top = place
    framed(image, (left, top, left + CARD_WIDTH, top + height), RADIUS, CARD, (LINE, 1))


def _write_name(
    image: Image.Image,
    at: tuple[float, float],
    person: Seat,
    fit: tuple[float, float],
    colour: str,
) -> None:
    """`fit` is (size, room in pixels)."""
    size, room = fit
    line = names.fitted(names.shown(person["nickname"]), room, size, bold=True)
    text.write(image, at, line, size, colour, bold=True)


def _remark(person: Seat) -> str:
    if person["place"] is not None:
        return f"团队第 {person['place']}"
    days = person["joined_days"]
    since = f"加入 {days} 天" if days else "今天加入"
    return since if person["gmv_fen"] else since + "，还没开张"
