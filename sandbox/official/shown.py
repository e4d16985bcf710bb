"""Messages of the account in the form the phone shows them."""

from typing import Any

from sandbox.markup import shown
from sandbox.official import media
from sandbox.world import World

Body = dict[str, Any]


def text(content: str) -> Body:
    found = shown(content)
    body: Body = {"type": "text", "text": found.text}
    if found.links:
        body["links"] = found.links
    if found.buttons:
        body["buttons"] = found.buttons
    return body


def medium(world: World, kind: str, media_id: object, words: str = "") -> Body:
    """A picture, voice or video. ApiError 40007 when the platform no longer has it."""
    media.find(world, media_id, kind)
    body: Body = {"type": kind, "media": media_id}
    if words:
        body["text"] = words
    return body


def card(title: str, description: str, url: str, picture: str = "") -> Body:
    """An article or mini program: title and description as text, one link, `media` = address."""
    words = "\n".join(part for part in (title, description) if part)
    body: Body = {"type": "card", "title": title, "description": description, "text": words}
    body["links"] = [{"text": title, "url": url}]
    if picture:
        body["media"] = picture
    return body
