"""The web process: callbacks, pages, health, and the heart that queues what a commit made due."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

from bot.channels.envelope import Keys
from bot.intake import Intake
from bot.spool import Spool
from bot.webhooks import ANSWER_S, OfficialCallback
from qianxing.app import House
from qianxing.settings import Settings
from web import health, pages, pay_notify
from web.pages import avatar, own_earnings, paying, real_name, receiving

log = logging.getLogger(__name__)

PICTURE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn")


def web(house: House, *, answer_s: float = ANSWER_S) -> FastAPI:
    """The web process: callbacks, pages, health. Answers that take longer follow later."""
    queued_here: set[str] = set()
    heart = Heart(lambda: house.tick(queued_here))
    spool = Spool(house.settings.data / "spool", house.seal)
    intake = Intake(house.office, house.bot, spool, heart.beat)
    wechat = house.settings.wechat
    callback = OfficialCallback(
        _keys(house.settings), wechat.mode, house.clock, intake, answer_s=answer_s
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        intake.start()
        heart.start()
        yield
        intake.stop()
        heart.stop()

    app = FastAPI(
        title="千星 Qianxing", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.router.routes.append(Route("/wechat/official", callback, methods=["GET", "POST"]))
    app.include_router(health.routes(house.office, house.redis, callback, spool))
    app.include_router(pay_notify.routes(house.office, house.pay, heart.beat))
    app.include_router(paying.routes(house.office, house.pay, house.seal))
    app.include_router(own_earnings.routes(house.office, house.seal))
    app.include_router(receiving.routes(house.office, house.pay, house.seal))
    app.include_router(real_name.routes(house.office, house.seal))
    app.include_router(_avatar(house))  # Before the pages by name.
    app.include_router(pages.routes(house.office.rules))
    return app


def _avatar(house: House) -> APIRouter:
    """People's pictures are fetched from WeChat's own hosts, as the settings name them."""
    hosts = (*PICTURE_HOSTS, urlsplit(house.settings.wechat.mp_url).netloc)
    base_url = house.settings.public_url.rstrip("/")
    return avatar.routes(house.office, house.wechat, house.seal, base_url, hosts)


class Heart:
    """Beats after a commit: what became due is queued now, not at the worker's next tick."""

    def __init__(self, tick: Callable[[], int]) -> None:
        self._tick = tick
        self._event = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="heart")

    def beat(self) -> None:
        self._event.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._event.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        waits = False
        while self._event.wait() and not self._stopped:
            self._event.clear()
            try:
                self._tick()
                waits = False
            except (RedisError, SQLAlchemyError):
                if not waits:
                    log.warning("queueing what is due waits for the worker's tick")
                waits = True


def _keys(settings: Settings) -> tuple[Keys, ...]:
    """The new pair first; during a rotation the old pair, and both mixed, are good too."""
    wechat = settings.wechat
    tokens = [secret.get_secret_value() for secret in (wechat.token, wechat.token_old) if secret]
    aes_keys = [
        secret.get_secret_value() for secret in (wechat.aes_key, wechat.aes_key_old) if secret
    ]
    return tuple(Keys(token, key, wechat.app_id) for token in tokens for key in aes_keys)
