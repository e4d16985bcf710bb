"""Pages opened from the menu and from links in messages. The public ones tell what binds people."""

import importlib.resources
from functools import cache
from html import escape

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt

from commerce.rules import Rules

TITLES = {"rules": "计划规则", "privacy": "隐私说明", "qualifications": "资质公示"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def routes(rules: Rules) -> APIRouter:
    router = APIRouter()

    @router.get("/pages/{name}", response_class=HTMLResponse)
    def page(name: str) -> HTMLResponse:
        if name not in TITLES:
            raise HTTPException(404)
        return HTMLResponse(render(name, rules), headers=HEADERS)

    return router


def render(name: str, rules: Rules) -> str:
    """A text of `texts/` with the numbers of the rules in force, as a page."""
    body = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .render(rules.fill(_read(f"texts/{name}.md")))
    )
    links = "".join(
        f'<a href="/pages/{escape(other)}">{escape(title)}</a>'
        for other, title in TITLES.items()
        if other != name
    )
    body = body.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )
    page = _read("page.html")
    parts = {"title": escape(TITLES[name]), "brand": escape(rules.brand.name), "body": body}
    parts |= {"links": links, "organiser": escape(rules.brand.organiser)}
    for slot, part in parts.items():
        page = page.replace(f"<!--{slot}-->", part)
    return page


@cache
def _read(path: str) -> str:
    return importlib.resources.files(__name__).joinpath(path).read_text()
