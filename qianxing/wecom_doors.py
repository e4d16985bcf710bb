"""The addresses WeCom calls, where the settings name a corporation."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

from bot.channels.counters import AppDoor, BotDoor, KfDoor
from bot.channels.customer_contact import WELCOME, changed_group
from bot.channels.envelope import Keys, Opened
from bot.intake import Heard, Intake
from bot.message import Message
from bot.webhooks import BellCallback, Callback
from jobs import tick
from jobs.customer_groups import note_change
from jobs.kf_rings import Rings
from qianxing.app import House
from qianxing.settings import GroupBot

AT_ONCE = 16
METHODS = ["GET", "POST"]
LARGEST_TO_BOT = 256 * 1024
"""A long question, sealed as JSON."""


def routes(house: House, intake: Intake, beat: Callable[[], None]) -> list[Route]:
    """Empty where only the official account is open."""
    wecom = house.settings.wecom
    if wecom is None:
        return []
    keys = Keys(wecom.token.get_secret_value(), wecom.aes_key.get_secret_value(), wecom.corp_id)
    app = AppCallback(AppDoor((keys,)), house, intake, beat)
    kf_keys = Keys(
        wecom.kf_token.get_secret_value(), wecom.kf_aes_key.get_secret_value(), wecom.corp_id
    )
    bell = BellCallback(KfDoor((kf_keys,)), house.clock, Rings(house.office, beat).ring)
    found = [
        Route("/wecom/app", app, methods=METHODS),
        Route("/wecom/kf", bell, methods=METHODS),
    ]
    if wecom.bot is not None:
        door = bot_door(house, wecom.bot)
        called = Callback(door, house.clock, intake, largest=LARGEST_TO_BOT)
        found.append(Route("/wecom/aibot", called, methods=METHODS))
    return found


class AppCallback(Callback):
    """What is to be said within seconds is said from here at once, past everything that is queued;
    what does not succeed waits in the outbox like everything else."""

    def __init__(
        self, door: AppDoor, house: House, intake: Intake, beat: Callable[[], None]
    ) -> None:
        super().__init__(door, house.clock, intake)
        self._shop, self._office, self._beat = house.shop, house.office, beat
        self._lane = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="welcome")

    async def told(self, opened: Opened) -> None:
        """A group of customers has changed: somebody looks what is new in it."""
        change = self._checked(lambda: changed_group(opened.fields))
        if change is not None:
            with contextlib.suppress(SQLAlchemyError):  # It is looked at from time to time anyway.
                await asyncio.to_thread(self._office.do, partial(note_change, change=change))
            self._beat()

    async def hear(self, message: Message) -> Heard | None:
        heard = await super().hear(message)
        if message.answer_code.startswith(WELCOME):
            self._lane.submit(tick.run_key, self._shop, f"deliver:{message.id}:0")
        return heard


def bot_door(house: House, bot: GroupBot) -> BotDoor:
    """The AI bot's door, whichever way its messages come."""
    keys = Keys(bot.token.get_secret_value(), bot.aes_key.get_secret_value(), "")
    name, base_url = house.office.rules.brand.group_assistant, house.bot.base_url
    return BotDoor((keys,), bot.id, name, f"{base_url}/pages/rules")
