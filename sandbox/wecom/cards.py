"""Template cards, of the app, the AI bot and webhooks alike: what one must have, how it looks."""

import re
from typing import Any

from sandbox.official.call import list_of, object_of, text_of
from sandbox.wecom.errors import ApiError

Card = dict[str, Any]
NOTICES = ("text_notice", "news_notice")
INTERACTIVE = ("button_interaction", "vote_interaction", "multiple_interaction")
TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
MOST_BUTTONS = 6
LONGEST_KEY = 1_024


def check(card: Card, kinds: tuple[str, ...] = NOTICES + INTERACTIVE) -> None:
    """ApiError 40058 says what the card lacks or has too much of."""
    kind = text_of(card, "card_type")
    if kind not in kinds:
        raise ApiError(40058, f"card_type: {', '.join(kinds)}")
    if not (text_of(object_of(card, "main_title"), "title") or text_of(card, "sub_title_text")):
        raise ApiError(40058, "main_title.title or sub_title_text")
    if kind in NOTICES:
        if object_of(card, "card_action").get("type") not in (1, 2):
            raise ApiError(40058, "card_action")
    else:
        _check_interactive(card)


def _check_interactive(card: Card) -> None:
    task_id = card.get("task_id")
    if not isinstance(task_id, str) or not TASK_ID.fullmatch(task_id):
        raise ApiError(40058, "task_id: 1 to 128 of 0-9A-Za-z_-@")
    most = MOST_BUTTONS if card["card_type"] == "button_interaction" else 1
    found = _buttons(card)
    if not 1 <= len(found) <= most:
        raise ApiError(40058, f"buttons: 1 to {most}")
    for button in found:
        key = text_of(button, "key")
        if not text_of(button, "text") or not 1 <= len(key.encode()) <= LONGEST_KEY:
            raise ApiError(40058, "a button needs text and a key")


def _buttons(card: Card) -> list[Card]:
    if card.get("card_type") == "button_interaction":
        return list_of(card, "button_list")
    return [object_of(card, "submit_button")]


def shown(card: Card) -> dict[str, Any]:
    """The checked card as the phone shows it, with its task and its buttons."""
    title = object_of(card, "main_title")
    emphasis = object_of(card, "emphasis_content")
    lines = [text_of(title, "title"), text_of(title, "desc")]
    lines += [text_of(emphasis, "title"), text_of(emphasis, "desc")]
    lines.append(text_of(object_of(card, "quote_area"), "quote_text"))
    lines.append(text_of(card, "sub_title_text"))
    lines += [
        f"{text_of(item, 'keyname')} {text_of(item, 'value')}".strip()
        for item in list_of(card, "horizontal_content_list")
    ]
    body: dict[str, Any] = {"type": "card", "title": lines[0]}
    body["text"] = "\n".join(line for line in lines if line)
    links = [
        {"text": text_of(item, "title") or lines[0], "url": text_of(item, "url")}
        for item in [*list_of(card, "jump_list"), object_of(card, "card_action")]
        if text_of(item, "url")
    ]
    if links:
        body["links"] = links
    if picture := text_of(object_of(card, "card_image"), "url"):
        body["media"] = picture
    if card["card_type"] in INTERACTIVE:
        body["task"], body["card"] = card["task_id"], card["card_type"]
        body["buttons"] = [{"id": b["key"], "text": b["text"]} for b in _buttons(card)]
    return body
