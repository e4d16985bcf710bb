"""Bodies made to eat the door: refused within a second, and nothing is fetched or read for them."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from tests.channels.wire import Posted
from tests.closing_lines import Counted
from tests.door.house import House, is_alive
from tests.door.wire import PATH, posted, shared_out, text

LONGEST_S = 2.0
"""One second is ours, the other one the busy machine's."""
MOST_MB = 20
CUT = 0
"""Who goes on sending to somebody who has refused may find the line cut before the answer."""
WORDS = text("oBomb", "进度", 1)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
NESTED = "<a>" * 9_000 + "</a>" * 9_000


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where an outgoing connection would arrive."""
    with socket.create_server(("127.0.0.1", 0)) as open_port:
        open_port.settimeout(0.2)
        yield open_port


def bombs(listener: socket.socket) -> dict[str, tuple[str, set[int]]]:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    inside = WORDS.replace("进度", "&x;").replace("<![CDATA[&x;]]>", "&x;")
    return {
        "a file": (f'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>{inside}', {400}),
        "an address": (f'<!DOCTYPE xml [<!ENTITY x SYSTEM "{address}">]>{inside}', {400}),
        "a document type": (f'<!DOCTYPE xml SYSTEM "{address}">{WORDS}', {400}),
        "a parameter": (f'<!DOCTYPE xml [<!ENTITY % x SYSTEM "{address}">%x;]>{WORDS}', {400}),
        "laughs": (
            f'<!DOCTYPE xml [<!ENTITY l0 "lol">{LAUGHS}]>{inside.replace("&x;", "&l9;")}',
            {400},
        ),
        "nested tags": (f"<xml>{NESTED}</xml>"[:45_000], {400}),
        "nested lists": ("[" * 40_000, {400}),
        "nested objects": ('{"a":' * 8_000 + "1" + "}" * 8_000, {400}),
        "100 000 nested tags": ("<a>" * 100_000 + "</a>" * 100_000, {413}),
    }


def test_bombs_are_refused_at_once_and_fetch_nothing(
    door: tuple[House, int], listener: socket.socket, counted: Counted
) -> None:
    house, port = door
    asyncio.run(shared_out([port], [posted(WORDS)], 1))
    before_mb = house.rss_mb(port)
    sealed = {name: (posted(xml), status) for name, (xml, status) in bombs(listener).items()}
    bare = {
        f"bare {name}": (Posted(posted("").query, xml.encode()), {403, 413})
        for name, (xml, _) in bombs(listener).items()
    }

    all_of_them = sealed | bare
    sent = [callback for callback, _ in all_of_them.values()]
    answers = asyncio.run(shared_out([port], sent, 1))

    for (name, (_, allowed)), answer in zip(all_of_them.items(), answers, strict=True):
        assert answer.status in allowed, name
        assert answer.took_s <= LONGEST_S, name
        assert b"root:" not in answer.body
    with pytest.raises(TimeoutError):
        listener.accept()
    assert house.rss_mb(port) - before_mb <= MOST_MB
    assert is_alive(port)
    slowest_s = max(answer.took_s for answer in answers)
    counted(f"{len(answers)} bombs, slowest {slowest_s:.2f} s, 0 fetches")


def head(length: int | None) -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    query = "&".join(f"{k}={v}" for k, v in posted(WORDS).query.items())
    return f"POST {PATH}?{query} HTTP/1.1\r\nHost: app\r\n{size}\r\n\r\n".encode()


@pytest.mark.parametrize("length", [50 << 20, None], ids=["announced", "chunked"])
def test_50_mb_are_refused_without_being_taken_in(
    door: tuple[House, int], length: int | None, counted: Counted
) -> None:
    house, port = door
    before_mb = house.rss_mb(port)
    part = b"x" * 65_536 if length else b"10000\r\n" + b"x" * 65_536 + b"\r\n"

    answer, taken, took_s = asyncio.run(poured(port, head(length), part, 800))

    assert b" 413 " in answer or not answer  # Who goes on sending may find the line cut instead.
    assert took_s <= LONGEST_S
    assert taken < 25_000
    assert house.rss_mb(port) - before_mb <= MOST_MB
    counted(f"50 MB, refused after {took_s:.2f} s and {taken} kB: {answer[:30]!r}")


async def poured(port: int, start: bytes, part: bytes, times: int) -> tuple[bytes, int, float]:
    """As much of it as is taken, until there is an answer. Answer, kB sent, seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, sent = time.perf_counter(), 0
    writer.write(start)
    answer = asyncio.create_task(reader.read(65_536))
    with contextlib.suppress(OSError):
        for _ in range(times):
            if answer.done():
                break
            writer.write(part)
            await writer.drain()
            sent += 64
    whole = b""
    with contextlib.suppress(OSError):
        whole = await answer
    writer.transport.abort()
    return whole, sent, time.perf_counter() - began


def test_a_dawdling_body_is_not_waited_for(door: tuple[House, int], counted: Counted) -> None:
    _, port = door

    async def dawdle() -> tuple[int, float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = time.perf_counter()
        writer.write(head(10_000))
        answer = asyncio.create_task(reader.read(65_536))
        while not answer.done():
            with contextlib.suppress(OSError):
                writer.write(b"x")
            await asyncio.sleep(0.05)
        writer.transport.abort()
        took_s = time.perf_counter() - began
        with contextlib.suppress(OSError):
            return int((await answer).split()[1]), took_s
        return CUT, took_s

    async def many() -> list[tuple[int, float]]:
        return await asyncio.gather(*(dawdle() for _ in range(50)))

    answers = asyncio.run(many())

    assert 408 in {status for status, _ in answers} <= {408, CUT}
    assert max(took_s for _, took_s in answers) <= LONGEST_S
    counted(f"50 slow bodies, slowest refused after {max(t for _, t in answers):.2f} s")
