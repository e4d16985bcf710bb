"""Handing a conversation to the colleagues behind it, once our last words are said."""

from datetime import timedelta

from sqlalchemy import exists, select

from commerce import agenda
from commerce.outbox import Outgoing, State, within
from commerce.people import identities
from commerce.people.identities import Identity
from commerce.work import Work
from jobs.doors import wecom_of
from jobs.shop import Shop

UNHANDLED, ASSISTANT, POOL, HUMAN = range(4)
AGAIN = timedelta(seconds=1)
PATIENCE = 10
"""So often our own words are waited for: while colleagues have it, nothing may be said."""


def hand_over(shop: Shop, identity_id: int, about: str, turn: int = 0) -> None:
    """From then on the house is silent there, until the platform tells that it ended. Out of hours
    nobody would come: then it stays with the house. Safe to run again."""
    with shop.office.reading() as work:
        door = work.session.get_one(Identity, identity_id)
        unsaid, waits = _unsaid(work, door), not _is_open(work)
    if door.account is None or door.is_erased or waits:
        return
    if unsaid and turn < PATIENCE:
        shop.office.do(lambda work: _later(work, identity_id, about, turn + 1))
        return
    ends = {"open_kfid": door.account, "external_userid": door.external_id}
    state = wecom_of(shop).post("kf/service_state/get", ends, "service_state")["service_state"]
    if state in (UNHANDLED, ASSISTANT):
        wecom_of(shop).post("kf/service_state/trans", {**ends, "service_state": POOL})
    if state in (UNHANDLED, ASSISTANT, POOL, HUMAN):
        shop.office.do(lambda work: identities.hand_over(work, identity_id))


def _is_open(work: Work) -> bool:
    return within(work.rules.brand.service_hours, work.now) <= work.now


def _unsaid(work: Work, door: Identity) -> bool:
    waiting = Outgoing.state.in_((State.WAITING, State.SENDING)) & (Outgoing.due_at <= work.now)
    rows = exists().where(Outgoing.member_id == door.member_id, waiting)
    return bool(work.session.scalar(select(rows)))


def _later(work: Work, identity_id: int, about: str, turn: int) -> None:
    agenda.plan(
        work,
        "hand_over",
        key=f"hand_over:{about}:{turn}",
        due_at=work.now + AGAIN,
        identity_id=identity_id,
        about=about,
        turn=turn,
    )
