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

from bot.channels.counters import OfficialDoor
from bot.channels.envelope import Keys
from bot.intake import Intake
from bot.spool import Spool
from bot.webhooks import ANSWER_S, Callback
from jobs.queue import Known
from qianxing import wecom_doors
from qianxing.app import House
from qianxing.settings import Settings
from web import health, pages, pay_notify
from web.api import described, flash_described, flash_orders, lives
from web.api.flash_desk import Desk
from web.pages import (
    avatar,
    coming,
    coupon,
    draws,
    here,
    own_board,
    own_earnings,
    paying,
    real_name,
    receiving,
    room,
    subscribe,
)

log = logging.getLogger(__name__)

PICTURE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn")


def web(house: House, *, answer_s: float = ANSWER_S) -> FastAPI:
    """The web process: callbacks, pages, health. Answers that take longer follow later."""
    queued_here = Known()
    heart = Heart(lambda: house.tick(queued_here))
    spool = Spool(house.settings.data / "spool", house.seal)
    intake = Intake(house.office, house.bot, spool, heart.beat)
    desk = Desk(house.office, heart.beat)
    wechat = house.settings.wechat
    official = OfficialDoor(_keys(house.settings), wechat.mode)
    callback = Callback(official, house.clock, intake, answer_s=answer_s)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for part in (intake, desk, heart):
            part.start()
        yield
        for part in (intake, desk, heart):
            part.stop()

    app = FastAPI(
        title="千星 Qianxing", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.router.routes.append(Route("/wechat/official", callback, methods=["GET", "POST"]))
    app.router.routes.extend(wecom_doors.routes(house, intake, heart.beat))
    flash = flash_orders.Door(house.office, house.seal, desk, takes_payment=house.bot.takes_payment)
    app.router.routes.append(Route(flash_orders.PATH, flash, methods=["POST"]))
    app.include_router(health.routes(house.office, house.redis, callback, spool))
    app.include_router(pay_notify.routes(house.office, house.pay, heart.beat))
    app.include_router(paying.routes(house.office, house.pay, house.seal))
    for own in _own_pages(house):
        app.include_router(own)
    app.include_router(
        subscribe.routes(house.office, house.wechat, house.seal, house.settings.public_url)
    )
    app.include_router(draws.routes(house.office))
    app.include_router(room.routes(house.office, house.seal, takes_payment=house.bot.takes_payment))
    app.include_router(
        coming.routes(house.office, house.wechat, house.seal, house.settings.public_url)
    )
    apis = _apis(house, heart)
    for api in (*apis, described(apis, house.office.rules, flash_described.PATHS)):
        app.include_router(api)
    app.include_router(_avatar(house))  # Before the pages by name.
    app.include_router(pages.routes(house.office.rules))
    return app


def _apis(house: House, heart: "Heart") -> tuple[APIRouter, ...]:
    """For machines: each with its own door, all described at /api/docs."""
    return (lives.routes(house.office, house.settings.api_token, heart.beat),)


def _own_pages(house: House) -> tuple[APIRouter, ...]:
    """Behind links made for one person."""
    return (
        own_earnings.routes(house.office, house.seal),
        own_board.routes(house.office, house.seal),
        here.routes(house.seal, house.clock, house.presence),
        receiving.routes(house.office, house.pay, house.seal),
        real_name.routes(house.office, house.seal),
        coupon.routes(house.office, house.seal),
    )


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
