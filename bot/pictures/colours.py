"""The colours of the pictures, by their place in the design."""

NIGHT = "#0F1833"
NIGHT3 = "#2C3A68"
ON_NIGHT = "#FFFFFF"
ON_NIGHT2 = "#B3BDD8"
ON_NIGHT3 = "#8F9BBD"
PAGE = "#F4F5F8"
CARD = "#FFFFFF"
LINE = "#E2E6EE"
INK = "#141B2D"
INK2 = "#4A556E"
INK3 = "#656F86"
STAR = "#F2C764"
SKY = "#3450BE"
PENDING = "#D5DDF6"
TRACK = "#DDE2EC"
OK = "#15735A"
BRANCH = "#AEB8CC"
EMPTY_SEAT = "#CBD2DF"
AVATARS = ("#3B4F94", "#8A4B63", "#2F6F73", "#7A5C2E", "#5A4A8C", "#4B6B3C", "#59606E")


def mix(colour: str, ground: str, opacity: float) -> str:
    """The flat colour that shows when `colour` lies on `ground` with this opacity (0..1)."""
    over = bytes.fromhex(colour[1:])
    under = bytes.fromhex(ground[1:])
    parts = (round(o * opacity + u * (1 - opacity)) for o, u in zip(over, under, strict=True))
    return "#" + "".join(f"{part:02X}" for part in parts)
