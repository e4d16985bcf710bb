"""A client of another WeChat library drives the callback, in every mode the console knows."""

import asyncio
from typing import Any

import pytest

from tests.channels.wire import NEW, Posted, sign
from tests.closing_lines import Counted
from tests.door.house import House
from tests.door.wire import Answer, Line, event, posted, text


def ask(port: int, *callbacks: Posted, method: str = "POST") -> list[Answer]:
    async def in_turn() -> list[Answer]:
        line = Line(port)
        answers = [await line.ask(callback, method) for callback in callbacks]
        line.close()
        return answers

    return asyncio.run(in_turn())


@pytest.mark.parametrize("mode", ["plaintext", "compatible", "safe"])
def test_a_wechatpy_client_joins_in_every_mode(house: House, mode: Any, counted: Counted) -> None:
    house.mode = mode
    callbacks = (
        posted(event("oUser1", "subscribe", EventKey=""), mode),
        posted(text("oUser1", "加入", 1), mode),
        posted(text("oUser1", "小明", 2), mode),
        posted(text("oUser1", "进度", 3), mode),
    )

    with house.served_here() as port:
        answers = ask(port, *callbacks)

    assert {answer.status for answer in answers} == {200}
    heard = [answer.said for answer in answers]
    assert "欢迎来到千星计划" in heard[0]
    assert "三句话" in heard[1]
    assert "欢迎，小明！" in heard[2]
    assert "你是「见习」" in heard[3]
    assert all((b"<Encrypt>" in answer.body) == (mode != "plaintext") for answer in answers)
    counted(f"{len(answers)} callbacks by wechatpy in {mode} mode, 0 violations")


def test_the_console_s_check_of_the_address_is_answered_with_its_echo(house: House) -> None:
    """The vector of the platform's guide: token, timestamp and nonce, sorted, in SHA-1."""
    genuine = posted(event("o", "subscribe"), "plaintext").asking(echostr="4375120948345356249")
    genuine = Posted({k: v for k, v in genuine.query.items() if k != "openid"}, b"")
    by_hand = sign(NEW.token, genuine.query["timestamp"], genuine.query["nonce"])
    assert genuine.query["signature"] == by_hand

    with house.served_here() as port:
        good, forged = ask(port, genuine, genuine.asking(signature="0" * 40), method="GET")

    assert (good.status, good.body) == (200, b"4375120948345356249")
    assert (forged.status, forged.body) == (403, b"forbidden")
