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
from bot.platforms.pay import WeChatPay
from bot.platforms.wechat import WeChat
from bot.router import Router
from bot.understand import Listener, load_wordings
from commerce.rules import Rules
from commerce.store.sealing import Seal
from commerce.work import Office
from handlers import (
    after_sales,
    after_sales_staff,
    appeals,
    approvals,
    binding,
    earnings,
    fraud,
    goods_staff,
    greeting,
    help,
    joining,
    later,
    lives,
    notices,
    orders,
    plays,
    posters,
    pricing,
    products,
    progress,
    refusals,
    seats,
    share,
    shipping,
    shopping,
    staff,
    statements,
    team,
    videos,
    withdrawals,
)
from jobs import queue
from jobs.shop import Shop, real_now
from jobs.tick import tick
from qianxing import parts
from qianxing.clock import clock
from qianxing.settings import Settings

ROUTERS = (
    after_sales.router,
    after_sales_staff.router,
    appeals.router,
    approvals.router,
    binding.router,
    earnings.router,
    fraud.router,
    goods_staff.router,
    greeting.router,
    help.router,
    joining.router,
    later.router,
    lives.router,
    orders.router,
    plays.router,
    posters.router,
    pricing.router,
    products.router,
    progress.router,
    seats.router,
    share.router,
    shipping.router,
    shopping.router,
    staff.router,
    statements.router,
    team.router,
    videos.router,
    withdrawals.router,
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
    pay: WeChatPay | None = None

    @property
    def seal(self) -> Seal:
        return Seal(self.settings.secret_key.get_secret_value())

    def tick(self, known: set[str] | None = None) -> int:
        """Queue what is due. RedisError or SQLAlchemyError when one of them is away.

        `known`: see `enqueue_due`."""
        if self.redis is None:
            return 0
        now_s, queued = int(real_now().timestamp()), 0
        for crowd in (False, True):  # Ten thousand notices never keep one settlement waiting.
            if not queue.is_busy(self.redis, crowd=crowd):
                enqueue = partial(
                    queue.enqueue_due, self.redis, now_s=now_s, crowd=crowd, known=known
                )
                queued += tick(self.office, enqueue, crowd=crowd)
        return queued

    @property
    def shop(self) -> Shop:
        folder = self.settings.data / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        template = self.office.rules.brand.poster_template
        look = self.settings.config.parent / template if template else SHIPPED
        return Shop(self.office, self.bot, self.wechat, folder, look, self.pay)


def build(settings: Settings, rules: Rules) -> House:
    """The house as these settings say. Nothing is connected to yet."""
    redis = parts.redis(settings)
    return House(
        settings,
        clock(settings.clock_file),
        parts.office(settings, rules),
        bot(rules, settings.public_url, takes_payment=settings.pay is not None),
        parts.wechat(settings, redis),
        redis,
        parts.pay(settings),
    )


def bot(rules: Rules, base_url: str, *, takes_payment: bool = True) -> Bot:
    """The house's manners: every route, every word."""
    return Bot(
        router=Router().include(*ROUTERS),
        hear=listener(rules).hear,
        explain=refusals.explain,
        tell=notices.tell,
        base_url=base_url.rstrip("/"),
        takes_payment=takes_payment,
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
