"""What the pages about one person's money stand in, and how they write an amount."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from commerce.fen import show_yuan
from web.pages.shell import HEADERS as HOUSE_HEADERS
from web.pages.shell import read

# Up to how many characters of 「99,999.99」, and the class that makes them fit a hero.
MAIN_SIZES = ((9, ""), (12, " long"), (99, " longest"))
HEADERS = HOUSE_HEADERS | {"Cache-Control": "private, no-store"}


@dataclass(frozen=True)
class NotYours:
    """Somebody opened the page of another person: nothing about it is shown."""

    brand: str


def sheet(titles: tuple[str, str], style: str, body: str, script: str = "") -> str:
    """A whole page. `titles` are the page's and the brand's; the rest is HTML of our own."""
    title, brand = titles
    parts = {"title": escape(title), "brand": escape(brand), "style": style}
    parts |= {"body": body, "script": f"<script>{script}</script>" if script else ""}
    return fill("sheet.html", parts)


def fill(template: str, parts: Mapping[str, str]) -> str:
    """A file beside this one with `<!--name-->` replaced. Parts are HTML already."""
    page = read(template)
    for slot, part in parts.items():
        page = page.replace(f"<!--{slot}-->", part)
    return page


def headers(script: str) -> dict[str, str]:
    """The headers of a page on which this script, and no other, may run."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"{HEADERS['Content-Security-Policy']}; script-src 'sha256-{digest}'"
    return HEADERS | {"Content-Security-Policy": policy}


def not_yours(facts: NotYours, title: str, opener: str) -> str:
    """`opener` says who may open the page: 「下单的人」."""
    words = f"这一页只有{opener}能打开。"
    body = (
        f'<section class="card"><h1>{escape(title)}</h1><p class="gap">{escape(words)}</p>'
        '<p class="small gap">请用当时的微信，从对话里的链接打开。</p></section>'
    )
    return sheet((title, facts.brand), "", body)


def amount(amount_fen: int) -> str:
    """The large way: yuan, smaller fen, a quiet 「元」; nothing is quieter than something."""
    whole = show_yuan(amount_fen)
    quiet = "" if amount_fen else " zero"
    return (
        f'<span class="n{quiet}">{whole[:-3]}<span class="f">{whole[-3:]}</span>'
        '<span class="y">元</span></span>'
    )


def yuan(amount_fen: int) -> str:
    """「1,740.00 元」 in running text, never split."""
    return f'<span class="n">{show_yuan(amount_fen)}&nbsp;元</span>'


def signed(amount_fen: int) -> str:
    """「+44.31」, 「−5.00」, 「0.00」."""
    return f"{'+' if amount_fen > 0 else ''}{show_yuan(amount_fen)}"


def main_number(amount_fen: int) -> str:
    """The one number of a hero; a longer one is written smaller, never cut."""
    length = len(show_yuan(amount_fen))
    size = next((name for most, name in MAIN_SIZES if length <= most), MAIN_SIZES[-1][1])
    return f'<div class="main{size}">{amount(amount_fen)}</div>'
