"""
Posts in groups: written from a template, looked at where the template asks for it, sent once.

    lacking ──→ waiting ──→ due ──→ sending ──→ sent
                   │          │         ├─────→ confirming ──→ sent | unsent   (customer groups)
                   ↓          ↓         └─────→ unsure
                refused     stopped

A post that was being sent when its process died is `unsure`: an advertisement that is missing does
less harm than one that comes twice. At most so many posts a day in one group, in daytime.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import NoSuchPost, PostDecided, PostLacks, PostRefused
from commerce.groups.rooms import Kind, Room
from commerce.outbox import SHANGHAI, notify, within
from commerce.people import audit, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.rules.people import Post as Template
from commerce.store.base import Base, Id, Key
from commerce.store.once import insert_once
from commerce.trust.review import forbidden_words
from commerce.work import Work

LATE = timedelta(hours=6)
"""After so long past its time a post says what is no longer so."""
LONGEST_BYTES = 2048
VARIABLE = re.compile(r"\{(\w+)\}")


class State(StrEnum):
    LACKING = "lacking"
    WAITING = "waiting"
    DUE = "due"
    SENDING = "sending"
    CONFIRMING = "confirming"
    SENT = "sent"
    UNSENT = "unsent"
    UNSURE = "unsure"
    REFUSED = "refused"
    STOPPED = "stopped"


class GroupPost(Base):
    """「P12」 is the post with id 12: one text for one room."""

    __tablename__ = "group_posts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    template: Mapped[str] = mapped_column(String(20))
    room_id: Mapped[int] = mapped_column(Id, ForeignKey("rooms.id"))
    facts: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    planned_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    sent_at: Mapped[datetime | None]
    outside_id: Mapped[str] = mapped_column(String(100), default="")
    """What the platform calls the task a colleague is to confirm."""
    why: Mapped[str] = mapped_column(String(60), default="")

    __table_args__ = (
        Index("group_posts_of_room", "room_id", "state", "sent_at"),
        Index("group_posts_by_state", "state", "planned_at"),
        Base.__table_args__,
    )


TAKES_PLACE = (State.SENDING, State.CONFIRMING, State.SENT, State.UNSURE)


def template(work: Work, name: str) -> Template | None:
    """What the rules call so. None: there is none any more."""
    return next((one for one in work.rules.posts if one.id == name), None)


def text_of(work: Work, post: GroupPost) -> str:
    """The post in words. PostLacks while a value is missing."""
    form = template(work, post.template)
    if form is None:
        raise NoSuchPost(post.id)
    missing = lacking(form, post.facts)
    if missing:
        raise PostLacks(post.id, missing)
    return VARIABLE.sub(lambda found: str(post.facts[found[1]]), form.text)


def lacking(form: Template, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of the template's variables have no value, in their order."""
    named = dict.fromkeys(VARIABLE.findall(form.text))
    return tuple(name for name in named if facts.get(name) in (None, ""))


def draft(
    work: Work, form: Template, room: Room, facts: dict[str, Any], *, key: str, planned_at: datetime
) -> GroupPost | None:
    """A post for one room, once per key. None: it is there already."""
    values = {name: facts[name] for name in form.variables if name in facts}
    new = insert_once(
        work.session,
        GroupPost,
        key=f"{key}:room:{room.id}",
        template=form.id,
        room_id=room.id,
        facts=values,
        state=State.LACKING,
        planned_at=planned_at,
    )
    if not new:
        return None
    post = work.session.scalars(
        select(GroupPost).where(GroupPost.key == f"{key}:room:{room.id}")
    ).one()
    _completed(work, post, form)
    return post


def supply(work: Work, post_id: int, name: str, value: str, *, by: Member) -> GroupPost:
    """A value an operator found. NotStaff, NoSuchPost, PostDecided, PostRefused."""
    post, form = _open(work, post_id, by)
    if name not in form.variables:
        raise PostLacks(post.id, lacking(form, post.facts))
    if words := forbidden_words(work.rules, value):
        raise PostRefused(words)
    post.facts = post.facts | {name: " ".join(value.split())}
    audit.record(work, by.id, "supply_post", f"post:{post.id}", name=name)
    _completed(work, post, form)
    return post


def approve(work: Work, post_id: int, *, by: Member) -> GroupPost:
    """It is sent at its time. NotStaff, NoSuchPost, PostDecided, PostLacks."""
    post, _ = _open(work, post_id, by)
    text_of(work, post)
    audit.record(work, by.id, "approve_post", f"post:{post.id}")
    post.decided_by = by.id
    _plan(work, post)
    return post


def refuse(work: Work, post_id: int, *, by: Member) -> GroupPost:
    """It is not sent. NotStaff, NoSuchPost, PostDecided."""
    post, _ = _open(work, post_id, by)
    audit.record(work, by.id, "refuse_post", f"post:{post.id}")
    post.decided_by, post.state = by.id, State.REFUSED
    return post


def find(work: Work, post_id: int, *, by: Member) -> GroupPost:
    """NotStaff, NoSuchPost."""
    staff.need_role(work, by, Role.HOST, Role.REVIEWER)
    post = work.session.get(GroupPost, post_id)
    if post is None:
        raise NoSuchPost(post_id)
    return post


def undecided(work: Work, by: Member, *, limit: int) -> tuple[list[GroupPost], int]:
    """What lacks something or waits for a yes, the next first; and how many in all. NotStaff."""
    staff.need_role(work, by, Role.HOST, Role.REVIEWER)
    waiting = GroupPost.state.in_((State.LACKING, State.WAITING))
    total = work.session.scalar(select(func.count(GroupPost.id)).where(waiting)) or 0
    rows = select(GroupPost).where(waiting).order_by(GroupPost.planned_at, GroupPost.id)
    return list(work.session.scalars(rows.limit(limit))), total


def begin(work: Work, post_id: int) -> tuple[Room, str] | None:
    """It is being sent from now on: where, and what. None: it is not to be sent, now or at all."""
    post = work.session.get_one(GroupPost, post_id, with_for_update=True, populate_existing=True)
    if post.state == State.SENDING:
        post.state, post.why = State.UNSURE, "不知道发出了没有"
        for colleague in _colleagues(work):
            notify(work, colleague, "post_unsure", **_about(post, colleague, "unsure"))
    if post.state != State.DUE:
        return None
    room = work.session.get_one(Room, post.room_id, with_for_update=True)
    why = _against(work, post, room)
    if why:
        post.state, post.why = State.STOPPED, why
        return None
    post.state = State.SENDING
    return room, text_of(work, post)


def sent(work: Work, post_id: int) -> None:
    """It stands in the group."""
    post = work.session.get_one(GroupPost, post_id)
    post.state, post.sent_at = State.SENT, work.now


def handed_over(work: Work, post_id: int, outside_id: str) -> None:
    """A colleague has it on the phone and is to confirm it."""
    post = work.session.get_one(GroupPost, post_id)
    post.state, post.sent_at, post.outside_id = State.CONFIRMING, work.now, outside_id


def not_sent(work: Work, post_id: int, why: str, *, again: bool = False) -> None:
    """The platform did not take it; `again`: it is tried once more."""
    post = work.session.get_one(GroupPost, post_id)
    post.state, post.why = (State.DUE if again else State.UNSENT), why[:60]


def sent_today(work: Work, room_id: int) -> int:
    """By the Shanghai day."""
    local = work.now.astimezone(SHANGHAI)
    return _count(work, room_id, local.replace(hour=0, minute=0, second=0, microsecond=0))


def sent_this_month(work: Work, room_id: int) -> int:
    """By the Shanghai month."""
    local = work.now.astimezone(SHANGHAI)
    return _count(work, room_id, local.replace(day=1, hour=0, minute=0, second=0, microsecond=0))


def _count(work: Work, room_id: int, since: datetime) -> int:
    taken = select(func.count(GroupPost.id)).where(
        GroupPost.room_id == room_id,
        GroupPost.state.in_(TAKES_PLACE),
        GroupPost.planned_at >= since - LATE,
        func.coalesce(GroupPost.sent_at, work.now) >= since,
    )
    return work.session.scalar(taken) or 0


def _against(work: Work, post: GroupPost, room: Room) -> str:
    """Why it is not sent after all; empty: nothing is against it."""
    if room.gone_at is not None or not room.is_posted:
        return "这个群不发了"
    if work.now > post.planned_at + LATE:
        return "过了时间"
    if sent_today(work, room.id) >= work.rules.chat.group_posts_per_day:
        return f"今天已发 {work.rules.chat.group_posts_per_day} 条"
    days = (work.now.astimezone(SHANGHAI).replace(day=28) + timedelta(days=4)).replace(
        day=1
    ) - timedelta(days=1)
    if room.kind == Kind.EXTERNAL and sent_this_month(work, room.id) >= days.day:
        return "本月次数用完了"
    return ""


def _completed(work: Work, post: GroupPost, form: Template) -> None:
    """What follows from having all values, or not."""
    if lacking(form, post.facts):
        post.state = State.LACKING
        for colleague in _colleagues(work):
            notify(work, colleague, "post_lacks", **_about(post, colleague, "lacks"))
    elif len(text_of(work, post).encode()) > LONGEST_BYTES:
        post.state, post.why = State.STOPPED, "太长了"
    elif form.review or forbidden_words(work.rules, text_of(work, post)):
        post.state = State.WAITING
        for colleague in _colleagues(work):
            notify(work, colleague, "post_waits", **_about(post, colleague, "waits"))
    else:
        _plan(work, post)


def _plan(work: Work, post: GroupPost) -> None:
    post.state = State.DUE
    work.session.flush()
    due_at = within(work.rules.chat.marketing_hours, max(post.planned_at, work.now))
    agenda.plan(work, "post_to_group", key=f"post:{post.id}", due_at=due_at, post_id=post.id)


def _open(work: Work, post_id: int, by: Member) -> tuple[GroupPost, Template]:
    post = find(work, post_id, by=by)
    form = template(work, post.template)
    if form is None:
        raise NoSuchPost(post_id)
    if post.state not in (State.LACKING, State.WAITING):
        raise PostDecided(post_id, post.state)
    return post, form


def _colleagues(work: Work) -> list[int]:
    work.session.flush()
    return staff.colleagues(work, Role.HOST)


def _about(post: GroupPost, colleague: int, what: str) -> dict[str, Any]:
    """A notice's key and facts: once for all the rooms it is for."""
    which = f"{post.template}:{post.planned_at:%Y%m%d%H%M}"
    return {"key": f"post_{what}:{which}:{colleague}", "number": post.id}
