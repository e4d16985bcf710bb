"""What must hold of everybody's place after every act, whatever the history."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, select

from commerce.people.members import Member
from commerce.people.ranks import RankReached
from commerce.people.teams import SeatOffer
from commerce.rules import Rank, Rules

MOST_SEATS = 3
MOST_TIERS = 3

PLACES = select(
    Member.id,
    Member.state,
    Member.rank,
    Member.inviter_id,
    Member.parent_id,
    Member.seat,
    Member.merged_into,
    Member.joined_at.is_not(None),
)
REACHED = select(RankReached.member_id, RankReached.rank)
HELD = select(SeatOffer.parent_id, SeatOffer.seat)


@dataclass(frozen=True)
class Place:
    """One row of members, as it is stored."""

    id: int
    state: str
    rank: int
    inviter_id: int | None
    parent_id: int | None
    seat: int | None
    merged_into: int | None
    has_joined: bool


People = dict[int, Place]


@dataclass(frozen=True)
class House:
    """Everybody's place, every rank reached and every seat held, at one moment."""

    people: People
    reached: list[tuple[int, int]]
    held: list[tuple[int, int]]


@dataclass(frozen=True)
class Act:
    """What was done between two moments, to whom."""

    name: str
    who: int
    whom: int


def look(engine: Engine) -> House:
    with engine.connect() as connection:
        people = {row[0]: Place(*row) for row in connection.execute(PLACES)}
        reached = [(row[0], row[1]) for row in connection.execute(REACHED)]
        held = [(row[0], row[1]) for row in connection.execute(HELD)]
        return House(people, reached, held)


def broken(before: House, now: House, act: Act, rules: Rules) -> list[str]:
    """The laws that do not hold, in words. Empty: all is well."""
    found = [words for law in STANDING for words in law(now.people, rules)]
    found += [words for law in CHANGING for words in law(before, now, act)]
    return found


def nobody_is_their_own_ancestor(people: People, _: Rules) -> Iterator[str]:
    above: dict[str, Callable[[Place], int | None]] = {
        "seats": lambda place: place.parent_id,
        "invitations": lambda place: place.inviter_id,
    }
    for kind, step in above.items():
        for start in people.values():
            seen, place = set(), start
            while (following := step(place)) is not None and following not in seen:
                seen.add(following)
                place = people[following]
            if start.id in seen:
                yield f"{start.id} is above themselves by {kind}"


def three_distinct_seats_at_most(people: People, _: Rules) -> Iterator[str]:
    seats = defaultdict(list)
    for place in people.values():
        if place.parent_id is not None:
            seats[place.parent_id].append(place.seat)
        elif place.seat is not None:
            yield f"{place.id} has a seat of nobody"
    for parent, taken in seats.items():
        if len(taken) > MOST_SEATS or len(set(taken)) < len(taken):
            yield f"seats of {parent}: {taken}"
        if not set(taken) <= {1, 2, 3}:
            yield f"a seat of {parent} that there is not: {taken}"


def a_seat_is_given_by_the_inviter(people: People, _: Rules) -> Iterator[str]:
    for place in people.values():
        if place.parent_id is not None and place.parent_id != place.inviter_id:
            yield f"{place.id} sits at {place.parent_id}, invited by {place.inviter_id}"


def only_who_joined_has_a_place(people: People, _: Rules) -> Iterator[str]:
    for place in people.values():
        above = {place.inviter_id, place.parent_id} - {None}
        if not place.has_joined and (above or place.rank):
            yield f"{place.id} never joined and has a place"
        if any(not people[id].has_joined for id in above if id is not None):
            yield f"{place.id} is below somebody who never joined"


def the_merged_lie_flat_and_hold_nothing(people: People, _: Rules) -> Iterator[str]:
    for place in people.values():
        if place.merged_into is not None:
            if people[place.merged_into].merged_into is not None:
                yield f"{place.id} is merged into somebody merged"
            if place.parent_id is not None or place.seat is not None:
                yield f"{place.id} is merged and holds a seat"
        elif any(id is not None and people[id].merged_into is not None for id in _above(place)):
            yield f"{place.id} is below somebody merged"


def the_stricter_tree_ends_at_the_third_tier(people: People, rules: Rules) -> Iterator[str]:
    if rules.plan.team.tree == "relative":
        return
    root = Rank.of(rules.plan.team.root_rank)
    for start in people.values():
        tier, place = 1, start
        while place.parent_id is not None and place.rank < root and tier <= len(people):
            tier, place = tier + 1, people[place.parent_id]
        if tier > MOST_TIERS:
            yield f"{start.id} sits at tier {tier}"


def an_inviter_is_final(before: House, now: House, act: Act) -> Iterator[str]:
    for place in now.people.values():
        was = before.people[place.id]
        if place.inviter_id == was.inviter_id:
            continue
        if was.inviter_id is not None and act.name not in ("correct", "merge"):
            yield f"the inviter of {place.id} changed by {act.name}"
        if place.id != act.who:
            yield f"the inviter of {place.id} changed, though it was about {act.who}"


def nobody_is_moved_unasked(before: House, now: House, act: Act) -> Iterator[str]:
    for place in now.people.values():
        was = before.people[place.id]
        moved = was.parent_id is not None and (place.parent_id, place.seat) != (
            was.parent_id,
            was.seat,
        )
        asked = act.name == "correct" or (act.name == "idle" and place.parent_id is None)
        if moved and place.merged_into is None and not asked:
            yield f"{place.id} lost a seat by {act.name}"


def a_held_seat_is_nobodys(_: House, now: House, __: Act) -> Iterator[str]:
    for place in now.people.values():
        if (place.parent_id, place.seat) in now.held:
            yield f"{place.id} sits at a seat that is held for somebody"


def ranks_never_fall(before: House, now: House, _: Act) -> Iterator[str]:
    for place in now.people.values():
        if place.rank < before.people[place.id].rank:
            yield f"the rank of {place.id} fell to {place.rank}"
        if place.merged_into is not None and now.people[place.merged_into].rank < place.rank:
            yield f"the rank of {place.id} was lost when they were merged"


def each_step_is_noted_once(before: House, now: House, act: Act) -> Iterator[str]:
    if len(set(now.reached)) < len(now.reached):
        yield "a rank was reached twice"
    if not set(before.reached) <= set(now.reached):
        yield "a reached rank was forgotten"
    for place in now.people.values():
        was = before.people[place.id].rank
        steps = {(place.id, rank) for rank in range(was + 1, place.rank + 1)}
        if act.name != "merge" and not steps <= set(now.reached):
            yield f"{place.id} climbed to {place.rank} and it was not noted"


def _above(place: Place) -> tuple[int | None, int | None]:
    return place.inviter_id, place.parent_id


STANDING = (
    nobody_is_their_own_ancestor,
    three_distinct_seats_at_most,
    a_seat_is_given_by_the_inviter,
    only_who_joined_has_a_place,
    the_merged_lie_flat_and_hold_nothing,
    the_stricter_tree_ends_at_the_third_tier,
)
CHANGING = (
    an_inviter_is_final,
    nobody_is_moved_unasked,
    a_held_seat_is_nobodys,
    ranks_never_fall,
    each_step_is_noted_once,
)
