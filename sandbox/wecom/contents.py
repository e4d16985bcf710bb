"""Kinds of message that several doors of WeCom share, checked and as the phone shows them."""

import re
from typing import Any

from sandbox.official import shown
from sandbox.official.call import list_of, text_of
from sandbox.wecom import media
from sandbox.wecom.errors import ApiError
from sandbox.world import World

Content = dict[str, Any]
Body = dict[str, Any]
MOST_ARTICLES = 8
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_MARKS = re.compile(r"</?font[^>]*>|\*\*|`|^#{1,6} +|^> ?", re.M)


def sized(content: Content, key: str, most: int, least: int = 0, code: int = 45002) -> str:
    """The text, of so many bytes. ApiError otherwise; 44004 when it must not be empty."""
    words = text_of(content, key)
    size = len(words.encode())
    if size < least:
        raise ApiError(44004, key)
    if size > most:
        raise ApiError(code, f"{key}: {size} bytes, at most {most}")
    return words


def text(_world: World, content: Content) -> dict[str, Any]:
    return shown.text(sized(content, "content", 2_048, 1))


def image(world: World, content: Content) -> dict[str, Any]:
    return medium(world, "image", content)


def voice(world: World, content: Content) -> dict[str, Any]:
    return medium(world, "voice", content)


def video(world: World, content: Content) -> dict[str, Any]:
    return medium(world, "video", content)


def file(world: World, content: Content) -> dict[str, Any]:
    return medium(world, "file", content)


def medium(world: World, kind: str, content: Content) -> dict[str, Any]:
    found = media.find(world, content.get("media_id"), kind)
    return {"type": kind, "media": found.id}


def markdown(content: Content, most: int) -> Body:
    """`text` is what remains without the marks; `markdown` is all of it."""
    raw = sized(content, "content", most, 1)
    links = [{"text": words, "url": url} for words, url in _LINK.findall(raw)]
    body = shown.text(_MARKS.sub("", _LINK.sub(r"\1", raw)))
    if links:
        body["links"] = [*links, *body.get("links", [])]
    return {**body, "markdown": raw}


def news(content: Content) -> Body:
    articles = list_of(content, "articles")
    if not 1 <= len(articles) <= MOST_ARTICLES:
        raise ApiError(45008, f"articles: 1 to {MOST_ARTICLES}")
    bodies = [_article(article) for article in articles]
    bodies[0]["links"] += [link for body in bodies[1:] for link in body["links"]]
    return bodies[0]


def _article(article: Content) -> Body:
    title, words = sized(article, "title", 128, 1, 45003), sized(article, "description", 512)
    return shown.card(title, words, text_of(article, "url"), text_of(article, "picurl"))


def text_card(content: Content) -> Body:
    title, words = sized(content, "title", 128, 1, 45003), sized(content, "description", 512, 1)
    return shown.card(title, re.sub(r"<[^>]*>", "", words), sized(content, "url", 2_048, 1))
