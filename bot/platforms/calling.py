"""What calls of WeChat and of WeCom have in common. wechatpy carries them; the token, the time
limits and the words for failures are ours: it would fetch one token per thread, wait for ever and
retry without end.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from wechatpy.client.base import BaseWeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.platforms.tokens import SharedToken
from commerce.errors import PlatformError, PlatformUnavailable, Rejected

CONNECT_S, ANSWER_S = 3, 8

Kinds = Mapping[int, type[PlatformError]]

# At DEBUG it writes every address it asks, and the platform's addresses carry the token.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Api:
    """Calls with a shared token, which is renewed once when the platform refuses it."""

    def __init__(
        self, client: BaseWeChatClient, token: SharedToken, kinds: Kinds, bad_token: Collection[int]
    ) -> None:
        self._client, self._token, self._kinds = client, token, kinds
        self._bad_token = bad_token

    def call(self, method: str, path: str, *needs: str, **kwargs: Any) -> dict[str, Any]:
        """The answer, which has `needs`."""
        token = self._token.get()
        try:
            return self._ask(method, path, token, *needs, **kwargs)
        except PlatformError as error:
            if error.code not in self._bad_token:
                raise
        return self._ask(method, path, self._token.renew(token), *needs, **kwargs)

    def _ask(
        self, method: str, path: str, token: str, *needs: str, **kwargs: Any
    ) -> dict[str, Any]:
        params = {**kwargs.pop("params", {}), "access_token": token}
        ask = getattr(self._client, method)
        return checked(lambda: ask(path, params=params, **kwargs), *needs, kinds=self._kinds)


class Redirect(HTTPAdapter):
    """Sends to `base_url` what wechatpy wants to send to one of the hosts it has built in, and
    never waits longer than agreed.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(pool_maxsize=32)
        self._base_url = base_url.rstrip("/")

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        address = urlsplit(request.url or "")
        query = f"?{address.query}" if address.query else ""
        request.url = f"{self._base_url}{address.path}{query}"
        return super().send(request, **{**kwargs, "timeout": (CONNECT_S, ANSWER_S)})


def session(base_url: str) -> requests.Session:
    """A connection pool that knows one host only."""
    pool = requests.Session()
    pool.trust_env = False
    pool.max_redirects = 0  # The platform's API never does; a token must not follow one.
    pool.mount("https://", Redirect(base_url))
    return pool


def checked(ask: Callable[[], Any], *keys: str, kinds: Kinds) -> dict[str, Any]:
    """The answer as a dict that has `keys`; every failure as a `PlatformError`, by its code one of
    `kinds`, else `Rejected`.

    Errors of wechatpy and requests hold the address with its secrets: they are dropped here.
    """
    try:
        answer = ask()
    except WeChatClientException as error:
        raise _platform_error(error, kinds) from None
    except (requests.RequestException, ValueError, KeyError) as error:
        raise PlatformUnavailable(-1, type(error).__name__) from None
    if not isinstance(answer, dict) or any(key not in answer for key in keys):
        raise PlatformUnavailable(-1, "not an answer")
    return answer


def _platform_error(error: WeChatClientException, kinds: Kinds) -> PlatformError:
    code, text = error.errcode, str(error.errmsg)
    if code is None:
        code = getattr(error.response, "status_code", -1)
        text = "HTTP status"
        if code >= 500:
            return PlatformUnavailable(code, text)
    return kinds.get(code, Rejected)(code, text)
