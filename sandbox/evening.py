"""The button 「一场直播之夜」: a command that plays an evening here, started by whoever runs us."""

import asyncio
import contextlib
import os
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.refused import Refused

MOST_LINES = 200


@dataclass(slots=True)
class Evening:
    """One at a time. The command is a matter of the start, never of a request."""

    command: tuple[str, ...] = ()
    address: str = ""
    """Ours, which the command is told in `QIANXING_SANDBOX_URL`."""
    lines: list[str] = field(default_factory=list)
    code: int | None = None
    process: asyncio.subprocess.Process | None = None
    reading: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        return self.process is not None and self.code is None

    async def begin(self) -> None:
        """Refused without a command, and while one is on."""
        if not self.command:
            raise Refused(
                "这个沙盒不会演：用 qianxing run 起它，或另开终端运行 qianxing demo evening"
            )
        if self.is_on:
            raise Refused("正在演，看完这一场再来")
        self.lines, self.code = [], None
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            env=os.environ | {"QIANXING_SANDBOX_URL": self.address},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.reading = asyncio.create_task(self._read(self.process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.lines.append(line.decode("utf-8", "replace").rstrip())
            del self.lines[:-MOST_LINES]
        self.code = await process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.code is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
        if self.reading is not None:
            await self.reading


def _of(request: Request) -> Evening:
    evening: Evening = request.app.state.evening
    return evening


def _shown(evening: Evening) -> Response:
    """`code` is that of the command once it has ended, null before."""
    return JSONResponse({"on": evening.is_on, "lines": evening.lines, "code": evening.code})


async def begin(request: Request) -> Response:
    await _of(request).begin()
    return _shown(_of(request))


async def show(request: Request) -> Response:
    return _shown(_of(request))


ROUTES = [
    Route("/evening", begin, methods=["POST"]),
    Route("/evening", show, methods=["GET"]),
]
