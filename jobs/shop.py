"""What tasks work with. Put together in app.py; a worker holds one for its life."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.context import Bot
from bot.platforms.beacon import Beacon
from bot.platforms.model import Model
from bot.platforms.pay import WeChatPay
from bot.platforms.wechat import WeChat
from bot.platforms.wecom import WeCom
from commerce.work import Office
from jobs.presence import Presence


@dataclass(frozen=True)
class Shop:
    office: Office
    bot: Bot
    wechat: WeChat
    pictures: Path
    """The folder of finished pictures."""
    poster_template: Path
    pay: WeChatPay | None = None
    """None: the house cannot take or send money yet."""
    beacon: Beacon | None = None
    """Where public random numbers come from; None: draws do without."""
    presence: Presence = field(default_factory=Presence)
    """Who watches a live right now."""
    wecom: WeCom | None = None
    """None: only the official account is open."""
    model: Model | None = None
    """Who is asked what nobody understood; None: a colleague."""
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The keys of internal groups that get posts, by their names."""


def real_now() -> datetime:
    """Leases run in real time, whatever the clock of the house says."""
    return datetime.now(UTC)
