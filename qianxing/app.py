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
from bot.knowledge import Knowledge
from bot.knowledge_files import load
from bot.pictures.template import SHIPPED
from bot.platforms.beacon import Drand
from bot.platforms.pay import WeChatPay
from bot.platforms.wechat import WeChat
from bot.platforms.wecom import WeCom
from bot.router import Router
from bot.understand import Listener
from bot.wordings import load_wordings
from commerce.rules import Rules
from commerce.store.sealing import Seal
from commerce.work import Office
from handlers import (
    after_sales,
    after_sales_staff,
    appeals,
    approvals,
    assists,
    binding,
    board,
    bookings,
    contact_words,
    contacts,
    due,
    earnings,
    fraud,
    goods_staff,
    greeting,
    group_posts,
    help,
    hosting,
    joining,
    knowledge,
    known_facts,
    live_offers,
    live_staff,
    lives,
    lotteries,
    notices,
    orders,
    permits,
    plays,
    posters,
    pricing,
    prizes,
    products,
    progress,
    refusals,
    rooms,
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
from jobs import kf_sweeps, queue
from jobs.presence import Presence
from jobs.shop import Shop, real_now
from jobs.tick import begin, tick
from qianxing import parts
from qianxing.clock import clock
from qianxing.settings import Settings

ROUTERS = (
    after_sales.router,
    after_sales_staff.router,
    appeals.router,
    approvals.router,
    assists.router,
    binding.router,
    board.router,
    bookings.router,
    contact_words.router,
    contacts.router,
    due.router,
    earnings.router,
    fraud.router,
    goods_staff.router,
    greeting.router,
    group_posts.router,
    help.router,
    hosting.router,
    joining.router,
    knowledge.router,
    live_offers.router,
    live_staff.router,
    lives.router,
    lotteries.router,
    orders.router,
    permits.router,
    plays.router,
    posters.router,
    pricing.router,
    prizes.router,
    products.router,
    progress.router,
    rooms.router,
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
    wecom: WeCom | None = None

    @property
    def presence(self) -> Presence:
        return Presence(self.redis)

    @property
    def seal(self) -> Seal:
        return Seal(self.settings.secret_key.get_secret_value())

    def begin(self) -> None:
        """What comes round by itself is planned, once the database is there."""
        begin(self.office)
        if self.wecom is not None:
            self.office.do(kf_sweeps.plan_sweep)

    def tick(self, known: queue.Known | None = None) -> int:
        """Queue what is due. RedisError or SQLAlchemyError when one of them is away."""
        if self.redis is None:
            return 0
        now_s, queued = int(real_now().timestamp()), 0
        for crowd in (False, True):  # Ten thousand notices never keep one settlement waiting.
            if not queue.is_busy(self.redis, crowd=crowd):
                fresh = (known or queue.Known()).at(now_s)
                enqueue = partial(_enqueue, self.redis, now_s, crowd)
                queued += tick(self.office, enqueue, crowd=crowd, fresh=fresh)
        return queued

    @property
    def shop(self) -> Shop:
        folder = self.settings.data / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        template = self.office.rules.brand.poster_template
        look = self.settings.config.parent / template if template else SHIPPED
        beacon = Drand() if self.office.rules.lottery.beacon else None
        there = self.presence
        return Shop(
            self.office,
            self.bot,
            self.wechat,
            folder,
            look,
            self.pay,
            beacon,
            there,
            self.wecom,
            parts.model(self.settings),
            parts.webhooks(self.settings),
        )


def _enqueue(redis: Redis, now_s: int, crowd: bool, first: int, attempts: int, *more: int) -> None:
    queue.enqueue_due(redis, first, attempts, now_s, *more, crowd=crowd)


def build(settings: Settings, rules: Rules) -> House:
    """The house as these settings say. Nothing is connected to yet."""
    redis = parts.redis(settings)
    return House(
        settings,
        clock(settings.clock_file),
        parts.office(settings, rules),
        bot(
            rules,
            settings.public_url,
            takes_payment=settings.pay is not None,
            known=reference(rules, settings.config.parent, thinks=settings.model is not None),
        ),
        parts.wechat(settings, redis),
        redis,
        parts.pay(settings),
        parts.wecom(settings, redis),
    )


def bot(
    rules: Rules,
    base_url: str,
    *,
    takes_payment: bool = True,
    known: knowledge.Reference | None = None,
) -> Bot:
    """The house's manners: every route, every word. `known`: what it can look up, else what comes
    with the house."""
    known = known or reference(rules)
    return Bot(
        router=Router().include(*ROUTERS),
        hear=listener(rules).hear,
        explain=refusals.explain,
        tell=notices.tell,
        base_url=base_url.rstrip("/"),
        know=known.know,
        wonder=known.wonder,
        facts=known.facts,
        takes_payment=takes_payment,
    )


def reference(rules: Rules, beside: Path = Path(), *, thinks: bool = False) -> knowledge.Reference:
    """Common questions: of the house, or in the folder that the rules name. BadKnowledge."""
    own = rules.chat.knowledge
    folder = beside / own if own else Path(str(importlib.resources.files(handlers))) / "faq"
    entries = load(folder, known_facts.known_facts(rules), known_facts.switched_off(rules))
    return knowledge.Reference(Knowledge(entries), thinks)


def listener(rules: Rules) -> Listener:
    """What understands free text, by the wordings of the handlers."""
    wordings = Path(str(importlib.resources.files(handlers))) / "wordings.yaml"
    chat = rules.chat
    return Listener(
        load_wordings(wordings),
        threshold=chat.understand_threshold / 100,
        margin=chat.understand_margin / 100,
    )
