"""Customer-service messages: what the account says outside a passive reply, and the typing sign."""

from typing import Any

from sandbox import screen
from sandbox.official import media, shown, windows
from sandbox.official.call import OK, Call, follower_of, list_of, object_of, text_of
from sandbox.official.errors import ApiError
from sandbox.store import together
from sandbox.world import World

LONGEST_TEXT = 2_048
TYPING_S = 15
TYPING_AFTER_S = 30

Content = dict[str, Any]


def send(call: Call) -> dict[str, Any]:
    world, kind = call.world, text_of(call.body, "msgtype")
    person = follower_of(world, call.body.get("touser"))
    if kind not in KINDS:
        raise ApiError(40008)
    body = KINDS[kind](world, object_of(call.body, kind))
    with together(world.db):
        windows.spend(world, person.openid)
        screen.received(world, person, body)
    return OK


def _text(_world: World, content: Content) -> dict[str, Any]:
    words = text_of(content, "content")
    if not words:
        raise ApiError(44004)
    if len(words.encode()) > LONGEST_TEXT:
        raise ApiError(45002)
    return shown.text(words)


def _image(world: World, content: Content) -> dict[str, Any]:
    return shown.medium(world, "image", content.get("media_id"))


def _voice(world: World, content: Content) -> dict[str, Any]:
    return shown.medium(world, "voice", content.get("media_id"))


def _video(world: World, content: Content) -> dict[str, Any]:
    media.find(world, content.get("thumb_media_id"))
    return shown.medium(world, "video", content.get("media_id"), text_of(content, "title"))


def _music(_world: World, content: Content) -> dict[str, Any]:
    url = text_of(content, "musicurl")
    return shown.card(text_of(content, "title"), text_of(content, "description"), url)


def _news(_world: World, content: Content) -> dict[str, Any]:
    articles = list_of(content, "articles")
    if not articles:
        raise ApiError(44003)
    if len(articles) > 1:
        raise ApiError(45008, "one article only")
    title, url, picture = (text_of(articles[0], key) for key in ("title", "url", "picurl"))
    return shown.card(title, text_of(articles[0], "description"), url, picture)


def _menu(_world: World, content: Content) -> dict[str, Any]:
    items = [
        (str(item.get("id", "")), text_of(item, "content")) for item in list_of(content, "list")
    ]
    if not items or not all(id_ and words for id_, words in items):
        raise ApiError(40035, "msgmenu.list needs id and content")
    ends = (text_of(content, "head_content"), text_of(content, "tail_content"))
    body = shown.text("\n".join(end for end in ends if end))
    return {**body, "type": "menu", "buttons": [{"id": id_, "text": words} for id_, words in items]}


def _mini_program(world: World, content: Content) -> dict[str, Any]:
    for key in ("title", "appid", "pagepath"):
        if not text_of(content, key):
            raise ApiError(40035, f"miniprogrampage.{key} missing")
    thumb = media.find(world, content.get("thumb_media_id"))
    body = shown.card(content["title"], "", f"miniprogram:{content['appid']}/{content['pagepath']}")
    return {**body, "media": thumb.id}


def _article(_world: World, content: Content) -> dict[str, Any]:
    if not text_of(content, "article_id"):
        raise ApiError(40035, "article_id missing")
    return shown.card("图文消息", "", f"article:{content['article_id']}")


KINDS = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "news": _news,
    "msgmenu": _menu,
    "miniprogrampage": _mini_program,
    "mpnewsarticle": _article,
}


def typing(call: Call) -> dict[str, Any]:
    world, command = call.world, call.body.get("command")
    person = follower_of(world, call.body.get("touser"))
    if command not in ("Typing", "CancelTyping"):
        raise ApiError(45072)
    now = world.now()
    if command == "Typing":
        if windows.spoke_at(world, person.openid) < now - TYPING_AFTER_S:
            raise ApiError(45080)
        if is_typing(world, person.name):
            raise ApiError(45081)
    until = now + TYPING_S if command == "Typing" else 0
    world.db.execute("UPDATE people SET typing_until = ? WHERE name = ?", (until, person.name))
    world.changed(person.name)
    return OK


def is_typing(world: World, name: str) -> bool:
    row = world.db.execute("SELECT typing_until FROM people WHERE name = ?", (name,)).fetchone()
    return bool(row and row["typing_until"] > world.now())
