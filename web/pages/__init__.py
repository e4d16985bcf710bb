"""Pages opened from the menu and from links in messages. The public ones tell what binds people."""

import re

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt

from commerce.rules import Rules
from web.pages.shell import HEADERS, TITLES, read, shell

ZERO = re.compile(r"<td>(?=(?:0|0%|0\.00.元)</td>)")
UNIT = re.compile(r"(?<=[0-9]) (?=[\u4e00-\u9fff])")


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
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = markdown.render(rules.fill(read(f"texts/{name}.md")))
    body = body.replace("<table>", '<div class="wide"><table>')
    body = body.replace("</table>", "</table></div>")
    body = ZERO.sub('<td class="zero">', UNIT.sub("\u00a0", body))  # A number keeps its unit.
    return shell(TITLES[name], body, rules, here=name)
