"""What a text message really shows: plain words, links, and words one may tap."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

_ANCHOR = re.compile(r"<a\b[^>]*?\bhref\s*=\s*([\"'])(.*?)\1[^>]*>(.*?)</a>", re.S | re.I)
_BARE = re.compile(r"https?://[^\s<>\"'，。；、）】」]+")
_MENU = "weixin://bizmsgmenu?"


@dataclass(slots=True)
class Shown:
    text: str
    links: list[dict[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)


def _button(href: str, words: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in href[len(_MENU) :].split("&"))
    values = {key: unquote(value) for key, _, value in pairs}
    return {"id": values.get("msgmenuid", ""), "text": values.get("msgmenucontent") or words}


def shown(content: str) -> Shown:
    """The content without its `<a>` markup; bare addresses become links as on a phone."""
    result = Shown("")

    def replace(match: re.Match[str]) -> str:
        href, words = match[2].replace("&amp;", "&"), match[3]
        if href.startswith(_MENU):
            result.buttons.append(_button(href, words))
        else:
            result.links.append({"text": words, "url": href})
        return words

    result.text = _ANCHOR.sub(replace, content)
    named = {link["text"] for link in result.links}
    for url in _BARE.findall(result.text):
        if url not in named:
            result.links.append({"text": url, "url": url})
    return result
