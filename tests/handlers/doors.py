"""What the dialogues need besides people: other doors, and the tasks that come due."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.dispatch import dispatch
from bot.message import Channel, Kind, Message
from bot.reply import Ask, Reply, Text
from commerce import agenda
from commerce.agenda import DueTask
from commerce.lives import batches, broadcasting, hosting
from commerce.lives.batches import Told
from commerce.lives.broadcasts import Part
from commerce.outbox import State as Said
from commerce.people import invitations, members
from commerce.people.members import Member, State
from commerce.work import Office
from jobs.addressing import addressed
from jobs.tasks import TASKS
from tests.commerce.stars import approved_live
from tests.people import Person


@dataclass
class Door:
    """A person at another door than the official account."""

    person: Person
    channel: Channel
    room: str | None = None
    aloud: Reply | None = None
    route: str = ""
    waits: bool = True
    """For the answer; otherwise that goes out later."""

    def says(self, text: str) -> "Door":
        return self.send(Kind.TEXT, text)

    def send(self, kind: Kind, text: str) -> "Door":
        person = self.person
        sender, id = f"{self.channel}-{person.name}", f"{self.channel}-{next(person.ids)}"
        now = person.office.clock()
        message = Message(self.channel, id, sender, kind, text, now, room=self.room)
        with person.office.work() as work:
            self.aloud, self.route = dispatch(work, message, person.bot, waits=lambda: self.waits)
        return self

    @property
    def heard(self) -> str:
        return self.aloud.text if isinstance(self.aloud, Text | Ask) else ""

    def hears(self, expected: str) -> "Door":
        assert self.heard == expected
        return self


def tasks_run(office: Office) -> None:
    """Whatever changes the database and is due is done."""
    with office.work() as work:
        rows = select(DueTask).where(DueTask.due_at <= work.now, DueTask.task.in_(TASKS))
        for row in list(work.session.scalars(rows)):
            task = agenda.claim(work, row.id)
            if task is not None:
                TASKS[task.task](work, **task.args)


def crowd_told(office: Office) -> None:
    """Whatever is said to those who booked has reached everybody, whichever door they have."""
    with office.work() as work:
        for part_id in list(
            work.session.scalars(select(Part.id).where(Part.finished_at.is_(None)))
        ):
            batch = batches.take(work, part_id, size=broadcasting.PART)
            if batch is None:
                continue
            live_id, but = batch.broadcast.live_id, batch.broadcast.facts.get("but", ())
            heard = [one.number for one in batch.waiting if one.number not in but]
            rules = {"template": None, "part_id": part_id, "to_muted": True}
            people = addressed(work, live_id, heard, named=batch.is_for_named, **rules)
            told = [Told(one.number, one.member_id, Said.SENT) for one in people]
            batches.put_down(work, batch, told, [], pause=False, go_on=True)
            assert batches.take(work, part_id, size=1) is None


def suspended(person: Person) -> Person:
    number = person.member.id
    with person.office.work() as work:
        members.lock(work, number).state = State.SUSPENDED
    return person


def live_approved(office: Office, number: int) -> None:
    """As if somebody of the staff had looked at it."""
    with office.work() as work:
        approved_live(work, hosting.find(work, number))


def token_of(person: Person) -> str:
    return person.card.removeprefix(invitations.SCENE)


def column(person: Person, name: str) -> object:
    """What the members table says of this person."""
    number = person.member.id
    with person.office.work() as work:
        return getattr(work.session.get_one(Member, number), name)


def last_words(person: Person) -> str:
    """The words that follow a picture."""
    return str(person.follow_ups[-1]["text"])
