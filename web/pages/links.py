"""The door of pages that are opened by a signed link from the chat (made by `Context.own_page`)."""

from fastapi.responses import HTMLResponse

from bot.links import Opened, read_token
from commerce.store.sealing import Seal
from commerce.work import Office
from web.pages.shell import HEADERS, shell

NOT_KEPT = HEADERS | {"Cache-Control": "private, no-store"}


def opened(office: Office, seal: Seal, page: str, token: str) -> Opened | None:
    """Whom this link was made for. None when it is not ours, is another page's, or is too old:
    then the answer is `closed`."""
    return read_token(seal, page, token, office.clock())


def closed(office: Office) -> HTMLResponse:
    """403, and the way back to the chat. It says nothing about anybody."""
    words = "这个链接过期了，或不完整。回到公众号，再发一次同样的话，会有新的链接。"
    body = shell("打不开这一页", f"<h1>打不开这一页</h1><p>{words}</p>", office.rules)
    return HTMLResponse(body, 403, headers=NOT_KEPT)
