"""The only place where the house is put together: which parts, with which settings."""

import importlib.resources
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from redis import Redis

import handlers
from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import WeChat
from bot.router import Router
from bot.understand import Listener, load_wordings
from commerce.rules import Rules
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
from qianxing import parts
from qianxing.clock import clock
from qianxing.settings import Settings

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
        if self.redis is None or queue.is_busy(self.redis):
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
    redis = parts.redis(settings)
    return House(
        settings,
        clock(settings.clock_file),
        parts.office(settings, rules),
        bot(rules, settings.public_url),
        parts.wechat(settings, redis),
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
