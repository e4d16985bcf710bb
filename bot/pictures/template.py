"""The look of the invite poster, read from a YAML file that an operator may replace."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

SHIPPED = Path(__file__).parent / "templates" / "invite_poster.yaml"

Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Pixels = Annotated[int, Field(ge=0, le=4096)]
Size = Annotated[int, Field(ge=8, le=512)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """One line of text in a line box whose left upper corner is (x, y)."""

    x: Pixels
    y: Pixels
    size: Size
    line: Size
    colour: Colour
    bold: bool = False


class Brand(Line):
    mark: Size
    mark_colour: Colour


class Slogan(Line):
    per_line: Annotated[int, Field(ge=1, le=20)]


class Name(Line):
    width: Annotated[int, Field(ge=60, le=4096)]


class Wording(Line):
    text: str


class Lines(Line):
    bullet: Colour
    indent: Pixels


class Panel(_Strict):
    y: Pixels
    colour: Colour


class Avatar(_Strict):
    x: Pixels
    y: Pixels
    size: Size


class Qr(_Strict):
    x: Pixels
    y: Pixels
    size: Annotated[int, Field(ge=200, le=2048)]
    colour: Colour
    ground: Colour


class AdMark(_Strict):
    right: Pixels
    y: Pixels
    size: Size
    line: Size
    colour: Colour
    border: Colour


class Template(_Strict):
    width: Annotated[int, Field(ge=360, le=2160)]
    height: Annotated[int, Field(ge=360, le=3840)]
    ground: Colour
    panel: Panel
    sky: bool
    picture: Path | None
    brand: Brand
    slogan: Slogan
    avatar: Avatar
    name: Name
    invitation: Wording
    lines: Lines
    qr: Qr
    validity: Wording
    ad_mark: AdMark


class Look(Template):
    """A template that was read, with the digest of its file and background picture."""

    digest: str


def load(path: Path = SHIPPED) -> Look:
    """The template in this file; ValueError names the file and every key that is wrong.

    An edited file is read again, so a look changes without a restart.
    """
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, _changed_at: int) -> Look:
    content = path.read_bytes()
    try:
        template = Template.model_validate(yaml.safe_load(content))
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{path}: " + "; ".join(wrong)) from error
    digest = hashlib.sha256(content)
    picture = template.picture and path.parent / template.picture
    if picture:
        digest.update(_checked(path, picture))
    known = template.model_dump() | {"picture": picture, "digest": digest.hexdigest()}
    return Look.model_validate(known)


def _checked(path: Path, picture: Path) -> bytes:
    try:
        with Image.open(picture, formats=("JPEG", "PNG")) as image:
            image.verify()
        return picture.read_bytes()
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: picture: {error}") from error
