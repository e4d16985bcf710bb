"""The only place where the house is put together: which parts, with which settings."""

import importlib.resources
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

import handlers
from bot.channels.envelope import Keys
from bot.context import Bot
from bot.intake import Intake
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import Account, WeChat
from bot.router import Router
from bot.spool import Spool
from bot.understand import Listener, load_wordings
from bot.webhooks import ANSWER_S, OfficialCallback
from commerce.rules import Rules
from commerce.store.engine import connect
from commerce.store.sealing import Seal
from commerce.work import Office
from handlers import (
    binding,
    greeting,
    help,
    joining,
    later,
    notices,
    posters,
    progress,
    refusals,
    staff,
    team,
    videos,
)
from jobs import queue
from jobs.shop import Shop, real_now
from jobs.tick import tick
from qianxing.clock import clock
from qianxing.settings import Settings
from web import health, pages
from web.pages import avatar

log = logging.getLogger(__name__)

PICTURE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn")

ROUTERS = (
    binding.router,
    greeting.router,
    help.router,
    joining.router,
    later.router,
    posters.router,
    progress.router,
    staff.router,
    team.router,
    videos.router,
)


@dataclass(frozen=True)
class House:
    """Everything a process of the application holds."""

    settings: Settings
    clock: Callable[[], datetime]
    office: Office
    bot: Bot
    wechat: WeChat
    redis: Redis | None

    @property
    def seal(self) -> Seal:
        return Seal(self.settings.secret_key.get_secret_value())

    def tick(self, known: set[str] | None = None) -> int:
        """Queue what is due. RedisError or SQLAlchemyError when one of them is away.

        `known`: see `enqueue_due`."""
        if self.redis is None:
            return 0
        now_s = int(real_now().timestamp())
        enqueue = partial(queue.enqueue_due, self.redis, known=known)
        return tick(self.office, lambda task_id, tries: enqueue(task_id, tries, now_s))

    @property
    def shop(self) -> Shop:
        folder = self.settings.data / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        template = self.office.rules.brand.poster_template
        look = self.settings.config.parent / template if template else SHIPPED
        return Shop(self.office, self.bot, self.wechat, folder, look)


def build(settings: Settings, rules: Rules) -> House:
    """The house as these settings say. Nothing is connected to yet."""
    now = clock(settings.clock_file)
    seal = Seal(settings.secret_key.get_secret_value())
    office = Office(connect(settings.database_url.get_secret_value(), seal), rules, now)
    redis = queue.connect(settings.redis_url.get_secret_value()) if settings.redis_url else None
    account = Account(
        settings.wechat.app_id,
        settings.wechat.secret.get_secret_value(),
        settings.wechat.api_url,
        settings.wechat.open_url,
    )
    return House(
        settings,
        now,
        office,
        bot(rules, settings.public_url),
        WeChat(account, redis, now),
        redis,
    )


def bot(rules: Rules, base_url: str) -> Bot:
    """The house's manners: every route, every word."""
    return Bot(
        router=Router().include(*ROUTERS),
        hear=listener(rules).hear,
        explain=refusals.explain,
        tell=notices.tell,
        base_url=base_url.rstrip("/"),
    )


def listener(rules: Rules) -> Listener:
    """What understands free text, by the wordings of the handlers."""
    wordings = Path(str(importlib.resources.files(handlers))) / "wordings.yaml"
    chat = rules.chat
    return Listener(
        load_wordings(wordings),
        threshold=chat.understand_threshold / 100,
        margin=chat.understand_margin / 100,
    )


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
