"""What every page stands in: head, colours, foot."""

import importlib.resources
from functools import cache
from html import escape

from commerce.rules import Rules

TITLES = {"rules": "计划规则", "privacy": "隐私说明", "qualifications": "资质公示"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def shell(title: str, body: str, rules: Rules, *, here: str = "") -> str:
    """A whole page. `body` is HTML of our own; `here` is the name of the page itself."""
    links = "".join(
        f'<a href="/pages/{name}">{escape(other)}</a>'
        for name, other in TITLES.items()
        if name != here
    )
    parts = {"title": escape(title), "brand": escape(rules.brand.name), "body": body}
    parts |= {"links": links, "organiser": escape(rules.brand.organiser)}
    page = read("page.html")
    for slot, part in parts.items():
        page = page.replace(f"<!--{slot}-->", part)
    return page


@cache
def read(path: str) -> str:
    """A file beside this one."""
    return importlib.resources.files(__package__).joinpath(path).read_text()
