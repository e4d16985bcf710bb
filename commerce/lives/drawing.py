"""
The draw, in two tasks. Killed anywhere and run again, it is the same draw.

First the list is frozen and published with its fingerprint; only when that is committed, a second
task opens the secret, computes the winners and publishes the whole record. What is drawn is a
function of what was committed before the first booking and frozen before the secret was opened
(docs/algorithms/draw.md).
"""

from datetime import timedelta
from typing import Any

from commerce import agenda
from commerce.goods import offers
from commerce.lives import awarding, broadcasting, counting, draw, lotteries, reminders
from commerce.lives.draw_shape import VERSION
from commerce.lives.entrants import entrants
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.work import Work

BEACON_WAIT = timedelta(minutes=2)
"""So long it is waited for the public beacon; then it is drawn without."""

BEACON_OFF = "这次没有混入公开的随机数。"
BEACON_AWAY = "公开的随机数没有等到，这次没有混入。"


def freeze(work: Work, lottery_id: int) -> None:
    """The task: the list is final, and its fingerprint is published. Below the threshold, or when
    the live will not be, nothing is drawn. Safe to run again; too early, it waits for the time."""
    live_id = work.session.get_one(Lottery, lottery_id).live_id
    counting.hold(work, live_id)  # From here on nobody gets on the list.
    lottery = lotteries.lock(work, lottery_id)
    live = work.session.get_one(Live, live_id, populate_existing=True)
    if lottery.state != State.OPEN:
        return
    if live.state == LiveState.CANCELLED:
        lotteries.call_off(work, lottery, State.CANCELLED)
    elif live.started_at is None and work.now < live.planned_at + lottery.latest_after:
        lotteries.plan_latest(work, lottery, live)
    elif lottery.reached_at is None:
        _not_reached(work, lottery, live)
    else:
        _freeze(work, lottery, live)


def mix_in(work: Work, lottery_id: int, beacon: str) -> None:
    """The public beacon of a moment after the freeze has come: drawn now, with it. Nothing when it
    was drawn without, or another one came first."""
    lottery = lotteries.lock(work, lottery_id)
    if lottery.state == State.FROZEN and not lottery.beacon:
        lottery.beacon = beacon
        agenda.plan(work, "draw", key=f"lottery:{lottery.id}:draw:beacon", lottery_id=lottery.id)


def run(work: Work, lottery_id: int) -> None:
    """The task: the secret is opened, and whoever has the lowest scores has won. Safe to run
    again: a lottery is drawn once."""
    lottery = lotteries.lock(work, lottery_id)
    if lottery.state != State.FROZEN:
        return
    kept = work.session.get_one(DrawRecord, lottery.id)
    tickets: list[str] = draw.unpack(kept.body)["tickets"]
    secret = lotteries.reveal(work, lottery, why="draw")
    record = draw.build(lottery.number, secret, lottery.beacon, lottery.winners_wanted, tickets)
    assert (record["commit"], record["digest"]) == (lottery.commit, lottery.digest), lottery.number
    kept.body, kept.published_at = draw.pack(record), work.now
    lottery.state, lottery.drawn_at = State.DRAWN, work.now
    lottery.claim_until = work.now + lottery.claim_within
    if not lottery.beacon:
        lottery.beacon_note = BEACON_AWAY if lottery.terms["beacon"] else BEACON_OFF
    work.session.flush()
    winning = awarding.award(work, lottery, record)
    live = work.session.get_one(Live, lottery.live_id)
    facts = {**_facts(work, lottery, live), "but": winning, "prizes": len(winning)}
    key = f"lottery:{lottery.id}:drawn"
    broadcasting.begin(work, live, "lottery_drawn", key=key, facts=facts)


def _freeze(work: Work, lottery: Lottery, live: Live) -> None:
    found = entrants(work, lottery, live)
    lottery.state, lottery.frozen_at = State.FROZEN, work.now
    lottery.people, lottery.tickets = found.people, len(found.tickets)
    lottery.digest = draw.digest(found.tickets)
    wanted = lottery.winners_wanted
    fields = (VERSION, lottery.number, lottery.commit, "", "", wanted, found.tickets)
    listed = dict(zip(draw.KEYS, (*fields, lottery.digest, []), strict=True))
    body = draw.pack(listed)
    work.session.add(DrawRecord(lottery_id=lottery.id, body=body, published_at=work.now))
    work.session.flush()
    wait = timedelta()
    if lottery.terms["beacon"]:
        key, wait = f"lottery:{lottery.id}:beacon", BEACON_WAIT
        agenda.plan(work, "hear_beacon", key=key, lottery_id=lottery.id)
    key, due_at = f"lottery:{lottery.id}:draw", work.now + wait
    agenda.plan(work, "draw", key=key, due_at=due_at, lottery_id=lottery.id)


def _not_reached(work: Work, lottery: Lottery, live: Live) -> None:
    lotteries.call_off(work, lottery, State.NOT_REACHED)
    facts = _facts(work, lottery, live)
    key = f"lottery:{lottery.id}:not_reached"
    broadcasting.begin(work, live, "lottery_not_reached", key=key, facts=facts)


def _facts(work: Work, lottery: Lottery, live: Live) -> dict[str, Any]:
    """The same for everybody who booked."""
    next_at = reminders.next_at(work, live.id)
    first_n = (one for one in offers.of_live(work, live.id) if one.kind == offers.Kind.FIRST_N)
    shown = next((one for one in first_n if one.closed_at is None), None)
    return {
        **reminders.about(work, live),
        "on_air": live.state == LiveState.LIVE,
        "lottery": lottery.number,
        "people": lottery.people,
        "threshold": lottery.threshold,
        "left": offers.left(work, shown) if shown else None,
        "next_at": next_at.isoformat() if next_at else None,
    }
