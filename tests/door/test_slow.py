"""A handler that takes too long: the platform is answered in time, the person a little later."""

import asyncio
import json
import time
from collections import Counter

import pytest

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from bot.webhooks import ANSWER_S
from tests.closing_lines import Counted
from tests.door.house import House, Valkey
from tests.door.wire import at_a_pace, posted, text
from tests.platforms.stub import Stub
from tests.waiting import eventually

SEND = "/cgi-bin/message/custom/send"
LONGEST_S = 4.5


def thinking(seconds: float, thought: list[str]) -> Router:
    router = Router()

    @router.says("想一想")
    def think(ctx: Context) -> Said:
        thought.append(ctx.message.id)
        time.sleep(seconds)
        return Text("想好了。")

    return router


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((2.0, 0.7, 40, 4), id="short"),
        pytest.param((10.0, ANSWER_S, 200, 20), id="whole", marks=pytest.mark.long),
    ],
)
def test_a_slow_handler_runs_once_and_is_answered_once(
    house: House,
    valkey: Valkey,
    stub: Stub,
    counted: Counted,
    size: tuple[float, float, int, int],
) -> None:
    takes_s, answer_s, per_s, lasts_s = size
    house.redis_url, house.api_url = valkey.url, stub.url
    house.works()
    thought: list[str] = []
    number = per_s * lasts_s
    house.knows(f"oFast{n}" for n in range(number))
    callbacks = [posted(text(f"oFast{n}", "规则", n)) for n in range(number)]
    slow = posted(text("oSlow", "想一想", 10**9))
    tries = [int(second * per_s) for second in (0.5, 1.0, 1.5, takes_s + 1.0)]
    for place in tries:
        callbacks[place] = slow

    with house.served_here(thinking(takes_s, thought), answer_s=answer_s) as port:
        answers = asyncio.run(at_a_pace([port], callbacks, per_s))
        aloud = sum(bool(answer.said) for answer in answers)
        due_later = number - len(tries) + 1 - aloud
        assert eventually(lambda: stub.count(SEND) >= due_later, 120), (stub.count(SEND), due_later)
        time.sleep(1)  # One more would come now.

    assert {answer.status for answer in answers} == {200}
    slowest_s = max(answer.took_s for answer in answers)
    assert slowest_s <= LONGEST_S
    assert thought == ["official:m:1000000000"]
    assert [answers[place].said for place in tries] == [""] * len(tries)
    sent = Counter(told_by_api(stub))
    assert sent["oSlow"] == 1
    assert len(sent) == stub.count(SEND) == due_later
    assert not any(answers[n].said and sent[f"oFast{n}"] for n in range(number) if n not in tries)
    assert len(house.heard()) == number - len(tries) + 1
    counted(
        f"{number} callbacks at {per_s}/s around a handler of {takes_s:g} s: "
        f"slowest answer {slowest_s:.2f} s, {due_later} answered later, 1 execution, 0 violations"
    )


def told_by_api(stub: Stub) -> list[str]:
    """To whom something was sent."""
    return [json.loads(one.body)["touser"] for one in stub.asked if one.path == SEND]
