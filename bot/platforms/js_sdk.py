"""What a page must say so that WeChat lets it use the JS-SDK on this very address."""

from hashlib import sha1
from typing import Any


def page_config(
    app_id: str, ticket: str, url: str, *, nonce: str, timestamp: int
) -> dict[str, Any]:
    """The fields of `wx.config`. `url` is the page's address as the browser has it."""
    url = url.partition("#")[0]
    said = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    signed = sha1(said.encode()).hexdigest()
    return {"appId": app_id, "timestamp": timestamp, "nonceStr": nonce, "signature": signed}
