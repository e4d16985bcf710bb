"""The official account's API."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from redis import Redis
from wechatpy.client import WeChatClient
from wechatpy.oauth import WeChatOAuth

from bot.platforms.calling import Api, checked, session
from bot.platforms.tokens import SharedToken
from commerce.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    WindowClosed,
)
from commerce.store.sealing import Seal

LONGEST_QR_S = 2_592_000

BAD_TOKEN = {40001, 40014, 42001}
KINDS: dict[int, type[PlatformError]] = {
    **dict.fromkeys((-1, *BAD_TOKEN), PlatformUnavailable),
    **dict.fromkeys((429, 45009, 45011), RateLimited),
    **dict.fromkeys((45015, 45047), WindowClosed),
}


@dataclass(frozen=True, slots=True)
class Account:
    app_id: str
    secret: str = field(repr=False)
    api_url: str = "https://api.weixin.qq.com"
    open_url: str = "https://open.weixin.qq.com"


class WeChat:
    """One account's API, safe to share between threads.

    Every call may raise `Rejected` (`WindowClosed` when the person has been silent too long) and,
    retryable, `RateLimited` and `PlatformUnavailable`; the last also when nobody knows whether
    the platform did it. A call takes at most 3 s to connect and 8 s to answer, and the same once
    more for a new token and once more for the second try.
    """

    def __init__(
        self, account: Account, redis: Redis | None, clock: Callable[[], datetime]
    ) -> None:
        self._account = account
        self._client = _client(account)
        seal = Seal(
            sha256(account.secret.encode()).digest()
        )  # Who has it may fetch a token anyway.
        name = f"wechat:{account.app_id}"
        self._token = SharedToken(name, self._fetch_token, redis, clock, seal)
        self._api = Api(self._client, self._token, KINDS, BAD_TOKEN)
        self._ticket = SharedToken(f"{name}:jsapi", self._fetch_ticket, redis, clock, seal)

    @property
    def app_id(self) -> str:
        return self._account.app_id

    @property
    def api_url(self) -> str:
        return self._account.api_url

    @property
    def token(self) -> SharedToken:
        """For who calls the same account in another way."""
        return self._token

    def send_custom(self, payload: dict[str, Any]) -> None:
        """Say something outside of a callback's answer; see `official_account.render_custom`."""
        self._api.call("post", "message/custom/send", data=payload)

    def upload_image(self, jpeg: bytes) -> str:
        """The media id of a picture; it lives for 3 days."""
        files = {"media": ("picture.jpg", jpeg, "image/jpeg")}
        kind = {"type": "image"}
        uploaded = self._api.call("post", "media/upload", "media_id", params=kind, files=files)
        return str(uploaded["media_id"])

    def create_qr(self, scene: str, expire_s: int) -> str:
        """The address to draw as a QR code, good for `expire_s` (30 days at most)."""
        if not (1 <= len(scene) <= 64 and 1 <= expire_s <= LONGEST_QR_S):
            raise ValueError("a scene has 1 to 64 characters and lives for 30 days at most")
        data = {
            "expire_seconds": expire_s,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        return str(self._api.call("post", "qrcode/create", "url", data=data)["url"])

    def user_info(self, openid: str) -> dict[str, Any]:
        """`subscribe`, and of followers `unionid` and where they came from; never a name."""
        return self._api.call("get", "user/info", params={"openid": openid, "lang": "zh_CN"})

    def js_ticket(self) -> str:
        """What pages sign their use of the JS-SDK with."""
        return self._ticket.get()

    def create_menu(self, menu: dict[str, Any]) -> None:
        self._api.call("post", "menu/create", data=menu)

    def oauth_url(self, redirect_uri: str, *, scope: str = "snsapi_base", state: str = "") -> str:
        """Where to send a browser so that it comes back to `redirect_uri` with a code."""
        oauth = self._oauth(redirect_uri, scope, quote(state, safe=""))
        oauth.OAUTH_BASE_URL = f"{self._account.open_url.rstrip('/')}/connect/"
        return str(oauth.authorize_url)

    def oauth_exchange(self, code: str) -> dict[str, Any]:
        """`openid` and the person's own `access_token`; with `is_snapshotuser` 1 it is nobody."""
        oauth = self._oauth()
        return checked(
            lambda: oauth.fetch_access_token(code), "openid", "access_token", kinds=KINDS
        )

    def oauth_userinfo(self, openid: str, access_token: str) -> dict[str, Any]:
        """Nickname, picture and unionid of a person who agreed to it."""
        oauth = self._oauth()
        return checked(lambda: oauth.get_user_info(openid, access_token), "openid", kinds=KINDS)

    def _oauth(self, redirect_uri: str = "", scope: str = "", state: str = "") -> Any:
        account = self._account
        oauth: Any = WeChatOAuth(account.app_id, account.secret, redirect_uri, scope, state)  # type: ignore[no-untyped-call]
        oauth._http = self._client._http
        return oauth

    def _fetch_token(self) -> tuple[str, int]:
        """The stable token: asking again gives the same one, so two fetches do no harm."""
        data = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.secret,
            "force_refresh": False,
        }
        without_token: list[tuple[str, str]] = []  # Only to a dict does wechatpy add its own.
        answer = checked(
            lambda: self._client.post("stable_token", params=without_token, data=data),
            "access_token",
            kinds=KINDS,
        )
        return str(answer["access_token"]), int(answer.get("expires_in", 7200))

    def _fetch_ticket(self) -> tuple[str, int]:
        kind = {"type": "jsapi"}
        answer = self._api.call("get", "ticket/getticket", "ticket", params=kind)
        return str(answer["ticket"]), int(answer.get("expires_in", 7200))


def _client(account: Account) -> Any:
    client: Any = WeChatClient(account.app_id, account.secret, auto_retry=False)  # type: ignore[no-untyped-call]
    client._http = session(account.api_url)
    return client
