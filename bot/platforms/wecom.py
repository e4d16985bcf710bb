"""WeCom's API as the corporation's own app calls it, customer contact and service included."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from redis import Redis
from wechatpy.work.client import WeChatClient

from bot.platforms.calling import Api, checked, session
from bot.platforms.tokens import SharedToken
from commerce.errors import PlatformError, PlatformUnavailable, RateLimited, WindowClosed
from commerce.store.sealing import Seal

BAD_TOKEN = {40014, 42001}
KINDS: dict[int, type[PlatformError]] = {
    **dict.fromkeys((-1, *BAD_TOKEN), PlatformUnavailable),
    **dict.fromkeys((429, 45009, 45033), RateLimited),
    **dict.fromkeys((95001, 95002, 95013, 95018, 41051), WindowClosed),
}
"""Of the last: five messages said, 48 hours over, ended, with a colleague, already welcomed."""


@dataclass(frozen=True, slots=True)
class Corporation:
    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    api_url: str = "https://qyapi.weixin.qq.com"


class WeCom:
    """Safe to share between threads. Every call may raise what those of `WeChat` may."""

    def __init__(
        self, corporation: Corporation, redis: Redis | None, clock: Callable[[], datetime]
    ) -> None:
        self.corporation = corporation
        self._client = _client(corporation)
        seal = Seal(sha256(corporation.secret.encode()).digest())
        name = f"wecom:{corporation.corp_id}:{corporation.agent_id}"
        token = SharedToken(name, self._fetch_token, redis, clock, seal)
        self._api = Api(self._client, token, KINDS, BAD_TOKEN)

    def get(self, path: str, *needs: str, **params: str) -> dict[str, Any]:
        """A call below /cgi-bin/; the answer has `needs`."""
        return self._api.call("get", path, *needs, params=params)

    def post(self, path: str, body: dict[str, Any], *needs: str) -> dict[str, Any]:
        """The same with a JSON body."""
        return self._api.call("post", path, *needs, data=body)

    def webhook(self, key: str, body: dict[str, Any]) -> None:
        """Post to the group whose webhook has this key: 20 a minute."""
        with_key = [("key", key)]  # To a dict wechatpy would add a token.
        checked(lambda: self._client.post("webhook/send", params=with_key, data=body), kinds=KINDS)

    def respond(self, response_code: str, body: dict[str, Any]) -> None:
        """The one answer that may follow within the hour to what an AI bot was told. The code is
        the only key it needs."""
        asked = [("response_code", response_code)]
        checked(lambda: self._client.post("aibot/response", params=asked, data=body), kinds=KINDS)

    def upload_image(self, jpeg: bytes) -> str:
        """The media id of a picture; it lives for 3 days."""
        files = {"media": ("picture.jpg", jpeg, "image/jpeg")}
        kind = {"type": "image"}
        uploaded = self._api.call("post", "media/upload", "media_id", params=kind, files=files)
        return str(uploaded["media_id"])

    def _fetch_token(self) -> tuple[str, int]:
        """Asking again gives the same one while it is good."""
        ours = self.corporation
        credentials = [("corpid", ours.corp_id), ("corpsecret", ours.secret)]
        answer = checked(
            lambda: self._client.get("gettoken", params=credentials), "access_token", kinds=KINDS
        )
        return str(answer["access_token"]), int(answer.get("expires_in", 7200))


def _client(corporation: Corporation) -> Any:
    client: Any = WeChatClient(corporation.corp_id, corporation.secret, auto_retry=False)  # type: ignore[no-untyped-call]
    client._http = session(corporation.api_url)
    return client
