"""P16: the invite poster against the least that Pillow needs for such a picture.

Ours and the floor take turns, so that a slow moment of the machine meets both; a row's ratio is
the median of the ratios of the turns.
"""

import asyncio
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from starlette.responses import FileResponse

from bot.pictures import cached, draw

SIZE = (1080, 1920)
MODULE = 12
FLOOR_LINES = (
    ((88, 1000), "加入千星计划，", 96, "#FFFFFF"),
    ((216, 1380), "小明", 46, "#141B2D"),
    ((117, 1540), "长按识别二维码", 34, "#141B2D"),
    ((117, 1604), "关注后回复「加入」", 34, "#141B2D"),
    ((88, 1854), "有效到 4月1日", 28, "#4A556E"),
)

Turn = Callable[[int], object]


def facts(member_id: int) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "nickname": f"小明{member_id}",
        "avatar": None,
        "slogan": "加入千星计划，带货分佣",
        "brand": "千星计划",
        "qr": f"http://weixin.qq.com/q/02{member_id:010d}",
        "lines": ["长按识别二维码", "关注后回复「加入」", "免费参加，不用买东西"],
        "valid_until": "4月1日",
        "ad_mark": "广告",
    }


def run(quick: bool) -> list[dict[str, Any]]:
    """The rows of P16; rates are per second and core."""
    rounds, batch = (15, 6) if quick else (60, 20)
    with tempfile.TemporaryDirectory() as folder:
        return [
            _row("invite poster, cold", 0.7, _taken_in_turns(_ours, _floor, rounds, batch)),
            _row(
                "invite poster, cached, as an HTTP file response",
                0.8,
                _cached_response(Path(folder), rounds * 4, batch * 4),
            ),
        ]


def _ours(number: int) -> object:
    return draw("invite_poster", facts(number))


def _floor(number: int) -> object:
    """Copy the background, five lines of Chinese, a QR code, JPEG: nothing else."""
    image = _background().copy()
    pen = ImageDraw.Draw(image)
    for place, line, size, colour in FLOOR_LINES:
        pen.text(place, line, colour, _font(size), "ls")
    maker: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    maker.add_data(facts(number)["qr"])  # type: ignore[no-untyped-call]
    matrix = maker.get_matrix()  # type: ignore[no-untyped-call]
    count = len(matrix)
    dark = Image.new("1", (count, count))
    dark.putdata([cell for row in matrix for cell in row])
    side = count * MODULE
    enlarged = dark.resize((side, side), Image.Resampling.NEAREST)
    image.paste("#0F1833", (596, 1384), enlarged)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


@lru_cache(maxsize=1)
def _background() -> Image.Image:
    """Our own poster's background with nothing in the floor's places, decoded once."""
    with Image.open(io.BytesIO(draw("invite_poster", facts(0)))) as poster:
        image = poster.convert("RGB")
    image.paste("#0F1833", (0, 920, 1080, 1240))
    image.paste("#FAF9F5", (0, 1264, *SIZE))
    image.paste("#FFFFFF", (548, 1336, 992, 1780))
    return image


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(pylopdf_fonts_zh_cn.sans_path()), size)


def _cached_response(folder: Path, rounds: int, batch: int) -> tuple[float, float, float]:
    """Serving a poster that is there: finding it by its facts, against knowing its path."""
    known = cached(folder, "invite_poster", facts(1))
    with asyncio.Runner() as loop:
        return _taken_in_turns(
            lambda _: loop.run(_serve(cached(folder, "invite_poster", facts(1)))),
            lambda _: loop.run(_serve(known)),
            rounds,
            batch,
        )


async def _serve(path: Path) -> None:
    """The file response of the web framework in use, sent to nobody who never hangs up."""

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    scope = {"type": "http", "method": "GET", "headers": [], "extensions": {}}
    await FileResponse(path, media_type="image/jpeg")(scope, receive, send)


def _taken_in_turns(ours: Turn, floor: Turn, rounds: int, batch: int) -> tuple[float, float, float]:
    """(our rate, the floor's rate, ratio), medians over the rounds."""
    ours(0)
    floor(0)
    pairs = []
    for number in range(rounds):
        first, second = (ours, floor) if number % 2 else (floor, ours)
        rates = {turn: _rate(turn, batch, number) for turn in (first, second)}
        pairs.append((rates[ours], rates[floor]))
    return (
        statistics.median(mine for mine, _ in pairs),
        statistics.median(least for _, least in pairs),
        statistics.median(mine / least for mine, least in pairs),
    )


def _rate(turn: Turn, batch: int, number: int) -> float:
    started = time.perf_counter()
    for index in range(batch):
        turn(number * batch + index)
    return batch / (time.perf_counter() - started)


def _row(job: str, goal: float, rates: tuple[float, float, float]) -> dict[str, Any]:
    ours, floor, ratio = rates
    return {
        "id": "P16",
        "job": job,
        "ours": round(ours, 1),
        "floor": round(floor, 1),
        "ratio": round(ratio, 2),
        "goal": goal,
        "met": ratio >= goal,
    }


if __name__ == "__main__":
    for row in run(quick=False):
        print(row)
