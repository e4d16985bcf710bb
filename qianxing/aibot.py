"""`qianxing aibot`: the AI bot's long connection, from its frames to the house's desk and back."""

import asyncio
import contextlib
import json
import logging
import signal
from typing import Any

from bot.channels import fields as reading
from bot.channels.counters import BotDoor
from bot.channels.fields import Malformed
from bot.intake import Intake
from bot.platforms.long_connection import BotAccount, LongConnection
from bot.reply import Silence
from bot.spool import Spool
from bot.webhooks import Callback, Refused
from jobs.queue import Known
from qianxing.app import House
from qianxing.serve import Heart
from qianxing.settings import GroupBot
from qianxing.wecom_doors import bot_door

log = logging.getLogger(__name__)

ANSWER_S = 20.0
"""The platform would wait for a day. What takes longer follows by itself."""


class Talk:
    """What is told over the long connection, heard at the desk."""

    def __init__(self, house: House, bot: GroupBot, intake: Intake) -> None:
        self._clock, self._intake = house.clock, intake
        self._door: BotDoor = bot_door(house, bot)
        self._desk = Callback(self._door, house.clock, intake, answer_s=ANSWER_S)

    async def answer(self, told: dict[str, Any]) -> dict[str, Any] | None:
        """The body to answer with; nothing for what is no message of our bot."""
        try:
            fields = reading.read(json.dumps(told).encode())
            message = self._door.parse(fields, self._clock())
        except Malformed:
            log.warning("a frame that is no message of this bot")
            return None
        if message is None:
            return None
        try:
            heard = await self._desk.hear(message)
        except Refused:
            return None
        if heard is None or isinstance(heard.reply, Silence):
            return None
        return self._door.render(fields, heard.reply)

    async def unsaid(self, told: dict[str, Any]) -> None:
        """Heard once more, as a copy that nobody waits for: the answer follows by the outbox."""
        message = self._door.parse(reading.read(json.dumps(told).encode()), self._clock())
        if message is not None:
            self._intake.put(message, has_door=False)


async def run(house: House, bot: GroupBot) -> None:
    """Until it is cancelled."""
    spool = Spool(house.settings.data / "spool", house.seal)
    known = Known()
    heart = Heart(lambda: house.tick(known))
    intake = Intake(house.office, house.bot, spool, heart.beat)
    talk = Talk(house, bot, intake)
    account = BotAccount(bot.id, bot.secret.get_secret_value(), bot.ws_url)
    heart.start()
    intake.start()
    try:
        await LongConnection(account, talk.answer, talk.unsaid).run()
    finally:
        for part in (intake, heart):
            await asyncio.to_thread(part.stop)


def serve(house: House, bot: GroupBot) -> None:
    """Until Ctrl-C or SIGTERM."""

    async def until_told() -> None:
        running = asyncio.create_task(run(house, bot))
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(until_told())
