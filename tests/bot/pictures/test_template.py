import io
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot.pictures import content_key, draw, template

from .samples import INVITATION


def edited(folder: Path, old: str, new: str) -> Path:
    shipped = template.SHIPPED.read_text(encoding="utf-8")
    assert old in shipped
    path = folder / "poster.yaml"
    path.write_text(shipped.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("sky: true", "skye: true", "skye"),
        ("spacing", "spacing", "brand.shadow"),
        ('"#0F1833"\npanel', "night\npanel", "ground"),
        ("size: 444", "size: big", "qr.size"),
        ("width: 1080", "width: 9999999", "width"),
        ("sky: true", 'sky: true\ndigest: "0"', "digest"),
        ("picture: null", "picture: nowhere.jpg", "picture"),
    ],
)
def test_a_wrong_template_is_refused_with_its_file_and_key(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    if key == "brand.shadow":
        old, new = "brand: {", "brand: {shadow: 1, "
    path = edited(tmp_path, old, new)

    with pytest.raises(ValueError, match=r"poster\.yaml") as refused:
        draw("invite_poster", INVITATION, path)

    assert f" {key}: " in str(refused.value)


@pytest.mark.parametrize("content", ["", "[1, 2]", "a: b: c", "{"])
def test_a_file_that_is_no_template_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "poster.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r"poster\.yaml"):
        template.load(path)


def test_an_edited_template_changes_the_picture_and_its_key(tmp_path: Path) -> None:
    path = edited(tmp_path, "邀请你参加", "请你一起来")

    assert draw("invite_poster", INVITATION, path) != draw("invite_poster", INVITATION)
    shipped = content_key("invite_poster", INVITATION)
    assert content_key("invite_poster", INVITATION, path) != shipped


def test_a_background_picture_replaces_the_sky(tmp_path: Path) -> None:
    Image.new("RGB", (1080, 1920), "#00AA00").save(tmp_path / "green.png")
    path = edited(tmp_path, "picture: null", "picture: green.png")

    with Image.open(io.BytesIO(draw("invite_poster", INVITATION, path))) as poster:
        red, green, blue = poster.convert("RGB").crop((900, 500, 901, 501)).tobytes()

    assert red < 30
    assert abs(green - 0xAA) < 20
    assert blue < 30


def test_a_busy_background_still_gives_a_file_within_the_limit(tmp_path: Path) -> None:
    busy = Image.effect_noise((216, 384), 15).resize((1080, 1920)).convert("RGB")
    busy.save(tmp_path / "busy.png")
    path = edited(tmp_path, "picture: null", "picture: busy.png")

    poster = draw("invite_poster", INVITATION, path)

    assert len(poster) <= 150_000
    with Image.open(io.BytesIO(poster)) as picture:
        assert zxingcpp.read_barcodes(picture)[0].text == INVITATION["qr"]


def test_a_background_that_cannot_fit_the_limit_is_refused(tmp_path: Path) -> None:
    Image.effect_noise((1080, 1920), 90).convert("RGB").save(tmp_path / "noise.png")
    path = edited(tmp_path, "picture: null", "picture: noise.png")

    with pytest.raises(ValueError, match="150000"):
        draw("invite_poster", INVITATION, path)
