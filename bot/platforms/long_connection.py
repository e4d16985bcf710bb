"""The AI bot's long connection, by WeCom's own SDK: it carries frames, the rest is ours.

The SDK gives up after some attempts, does not notice a connection that ends politely, and shouts
into the terminal; so every connection gets a client of its own here, is looked after, and is
opened again for as long as the house is open.
"""

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # It asks websockets for an old name.
    import aibot.ws  # type: ignore[import-untyped]
    from aibot import WSClient, WSClientOptions

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
ASIDE_S = 300.0
"""After another connection of the same bot took over: two of them would only chase each other."""
LOOKED_AFTER_S = 1.0
ALL_SAID_S = 5.0
WELCOME, UPDATE = "aibot_respond_welcome_msg", "aibot_respond_update_msg"
COMMANDS = {"enter_chat": WELCOME, "template_card_event": UPDATE}

Frame = dict[str, Any]
Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]
"""What is said to a message or event, as its body; None: nothing."""
Unsaid = Callable[[dict[str, Any]], Awaitable[None]]
"""The answer did not arrive."""


@dataclass(frozen=True, slots=True)
class BotAccount:
    id: str
    secret: str = field(repr=False)
    url: str = "wss://openws.work.weixin.qq.com"


class _Quiet:
    """What the SDK tells goes into our log, and never what people wrote."""

    def debug(self, message: str, *rest: object) -> None:
        """It repeats whole messages here."""

    def info(self, message: str, *rest: object) -> None:
        log.debug("%s", message)

    def warn(self, message: str, *rest: object) -> None:
        log.info("%s", message.partition("{")[0])

    error = warn


class LongConnection:
    """`run` keeps it open until it is cancelled; what was being answered then is still said."""

    def __init__(
        self, account: BotAccount, answer: Answer, unsaid: Unsaid, *, aside_s: float = ASIDE_S
    ) -> None:
        self._account, self._answer, self._unsaid, self._aside_s = account, answer, unsaid, aside_s
        self._answering: set[asyncio.Task[None]] = set()
        self._pause_s = FIRST_PAUSE_S
        self.is_open = False
        """The platform has let us in."""
        if account.url.startswith("ws://"):  # The sandbox's; the SDK wants TLS wherever it calls.
            aibot.ws._SSL_CONTEXT = None

    async def run(self) -> None:
        while True:
            pause_s = await self._talk()
            self.is_open = False
            log.info("the long connection is opened again in %d s", pause_s)
            await asyncio.sleep(pause_s)

    async def _talk(self) -> float:
        """One connection, until it is over; how long to wait before the next."""
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        client = self._client(ended)
        try:
            await client.connect()
            while not ended.done() and client.is_connected:
                await asyncio.wait([ended], timeout=LOOKED_AFTER_S)
        finally:
            if self._answering:
                await asyncio.wait(self._answering, timeout=ALL_SAID_S)
            client.disconnect()
        if ended.done() and ended.result():
            log.warning("another connection of this bot took over; this one stands aside")
            return self._aside_s
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        return self._pause_s / 2

    def _client(self, ended: "asyncio.Future[bool]") -> Any:
        """True in `ended`: another connection took over."""
        ours = self._account
        client: Any = WSClient(
            WSClientOptions(
                bot_id=ours.id,
                secret=ours.secret,
                ws_url=ours.url,
                max_reconnect_attempts=0,
                logger=_Quiet(),
            )
        )

        def end(taken_over: bool) -> None:
            if not ended.done():
                ended.set_result(taken_over)

        client.on("authenticated", self._let_in)
        client.on("error", lambda error: end(False))
        client.on("disconnected", lambda reason: end(False))
        client.on("event.disconnected_event", lambda frame: end(True))
        client.on("message", lambda frame: self._begin(client, frame, ""))
        for event in COMMANDS:
            client.on(
                f"event.{event}", lambda frame, event=event: self._begin(client, frame, event)
            )
        return client

    def _let_in(self) -> None:
        self.is_open, self._pause_s = True, FIRST_PAUSE_S
        log.info("the long connection is open")

    def _begin(self, client: Any, frame: Frame, event: str) -> None:
        task = asyncio.get_running_loop().create_task(self._say(client, frame, event))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _say(self, client: Any, frame: Frame, event: str) -> None:
        """Answered in its own time; the SDK waits for the platform's yes."""
        told = frame.get("body") or {}
        body = await self._answer(told)
        if body is None:
            return
        try:
            await client.reply(frame, body, COMMANDS.get(event))
        except (RuntimeError, TimeoutError, OSError) as error:
            log.warning("not said in the long connection: %s", str(error)[:200])
            await self._unsaid(told)
