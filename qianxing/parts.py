"""The parts of the house that some commands use alone, without its manners and its door."""

from redis import Redis

from bot.platforms.model import Endpoint, OpenAICompatible
from bot.platforms.pay import Merchant, WeChatPay
from bot.platforms.wechat import Account, WeChat
from bot.platforms.wecom import Corporation, WeCom
from commerce.rules import Rules
from commerce.store.engine import connect
from commerce.store.sealing import Seal
from commerce.work import Office
from jobs import queue
from qianxing.clock import clock
from qianxing.settings import Settings


def office(settings: Settings, rules: Rules) -> Office:
    """Database, rules and clock. Nothing is connected to yet."""
    seal = Seal(settings.secret_key.get_secret_value())
    engine = connect(settings.database_url.get_secret_value(), seal)
    return Office(engine, rules, clock(settings.clock_file))


def redis(settings: Settings) -> Redis | None:
    return queue.connect(settings.redis_url.get_secret_value()) if settings.redis_url else None


def wechat(settings: Settings, redis: Redis | None) -> WeChat:
    """The platform's door; `redis` keeps its token where every process finds it."""
    account = Account(
        settings.wechat.app_id,
        settings.wechat.secret.get_secret_value(),
        settings.wechat.api_url,
        settings.wechat.open_url,
    )
    return WeChat(account, redis, clock(settings.clock_file))


def wecom(settings: Settings, redis: Redis | None) -> WeCom | None:
    """The corporation's app; None where the settings name none."""
    known = settings.wecom
    if known is None:
        return None
    corporation = Corporation(
        known.corp_id, known.agent_id, known.secret.get_secret_value(), known.api_url
    )
    return WeCom(corporation, redis, clock(settings.clock_file))


def model(settings: Settings) -> OpenAICompatible | None:
    """None where the settings name none."""
    known = settings.model
    if known is None:
        return None
    return OpenAICompatible(Endpoint(known.url, known.key.get_secret_value(), known.name))


def webhooks(settings: Settings) -> dict[str, str]:
    """The keys of groups that are posted to, by the groups' names."""
    known = settings.wecom.webhooks if settings.wecom is not None else {}
    return {name: key.get_secret_value() for name, key in known.items()}


def pay(settings: Settings) -> WeChatPay | None:
    """The merchant's account; None where the settings name none. ValueError when a key is none."""
    known = settings.pay
    if known is None:
        return None
    merchant = Merchant(
        app_id=settings.wechat.app_id,
        mchid=known.mchid,
        serial=known.serial,
        private_key=known.private_key.get_secret_value(),
        public_key_id=known.public_key_id,
        public_key=known.public_key,
        apiv3_key=known.apiv3_key.get_secret_value(),
        notify_url=f"{settings.public_url.rstrip('/')}/pay/wechat/notify",
        api_url=known.api_url,
    )
    return WeChatPay(merchant, clock(settings.clock_file))
