"""Random histories of twelve people: every law of the team holds after every act."""

import os
from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest
from sqlalchemy import Engine, select

from commerce.people import members, ranks
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.rules import Rules, overlay
from commerce.trust.cases import Case
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.databases import emptied
from tests.laws.team_history import ACTS, BOSS, IDLE, WEIGHTS, Village, history
from tests.laws.team_laws import Act, broken, look
from tests.people import Clock

SEED = int(os.environ.get("QIANXING_TEST_SEED", "20260302"))
REFUSED, HISTORIES = "refused", "histories"
TREES = {
    "relative": {"tree": "relative"},
    "absolute": {"tree": "absolute", "root_rank": "one_star"},
    "absolute, later roots": {"tree": "absolute", "root_rank": "three_star"},
    "absolute, idle seats": {"tree": "absolute", "seats": 1, "idle_seat_days": "5天"},
}


@dataclass(frozen=True)
class Run:
    """So many histories of so many acts, each from a seed of its own."""

    tree: str
    histories: int
    acts: int
    first: int = 0

    @property
    def weighed(self) -> dict[str, int]:
        return WEIGHTS | IDLE if "idle_seat_days" in TREES[self.tree] else WEIGHTS

    @property
    def seeds(self) -> list[str]:
        numbers = range(self.first, self.first + self.histories)
        return [f"{SEED}-{self.tree}-{self.acts}-{number}" for number in numbers]

    def said(self, done: Counter[str], violations: int) -> str:
        operations = sum(done[name] for name in (*ACTS, REFUSED))
        return (
            f"{done[HISTORIES]} histories, {operations} operations ({done[REFUSED]} refused), "
            f"seeds {self.seeds[0]} to {self.seeds[-1]}, {violations} violations"
        )


@pytest.mark.parametrize("tree", TREES)
def test_every_history_keeps_the_laws_of_the_team(tree, engine, rules, counted: Counted):
    number = 25 if engine.dialect.name == "sqlite" else 8

    live(Run(tree, number, acts=20), engine, rules, counted)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_histories_keep_the_laws(part, engine, rules, counted: Counted):
    tree = list(TREES)[part % len(TREES)]

    live(Run(tree, 1_000, acts=24, first=1_000 * part), engine, rules, counted)


def live(run: Run, engine: Engine, rules: Rules, counted: Counted) -> None:
    """Live every history; one that breaks a law is told by its seed and its fewest acts."""
    under = overlay(rules, {"team": TREES[run.tree]})
    done: Counter[str] = Counter()
    for seed in run.seeds:
        acts = history(Random(seed), run.acts, run.weighed)
        found = outcome(engine, under, acts, done)
        if found:
            counted(run.said(done, len(found)))
            fewest = without_idle_acts(engine, under, acts)
            pytest.fail(f"seed {seed}: {outcome(engine, under, fewest, Counter())} by {fewest}")
        done[HISTORIES] += 1
    counted(run.said(done, 0))
    assert done[HISTORIES] == run.histories
    assert run.histories < 50 or all(done[name] for name in run.weighed), done


def outcome(engine: Engine, rules: Rules, acts: list[Act], done: Counter[str]) -> list[str]:
    """What a history broke. Empty: it kept every law."""
    emptied(engine)
    clock = Clock()
    office = Office(engine, rules, clock)
    village = Village(office, clock)
    before = look(engine)
    for act in acts:
        happened = village.happens(act)
        now = look(engine)
        done[act.name if happened else REFUSED] += 1
        if happened is None and now != before:
            return [f"{act} was refused and yet changed something"]
        found = broken(before, now, happened, rules) if happened else []
        if found:
            return found
        before = now
    with office.work() as work:
        return [*unpromoted(work), *strangers_by_one_unionid(work)]


def without_idle_acts(engine: Engine, rules: Rules, acts: list[Act]) -> list[Act]:
    """The history without every act that it breaks a law without."""
    for number in reversed(range(len(acts))):
        fewer = acts[:number] + acts[number + 1 :]
        if outcome(engine, rules, fewer, Counter()):
            acts = fewer
    return acts


def unpromoted(work: Work) -> list[str]:
    """Who meets every condition of the next rank and was not promoted."""
    people = work.session.scalars(select(Member).where(Member.merged_into.is_(None)))
    return [
        f"{member.id} waits for a promotion"
        for member in people
        if member.is_joined and member.id != BOSS and not ranks.progress(work, member).missing
    ]


def strangers_by_one_unionid(work: Work) -> list[str]:
    """Who is two people though the platform says one, and no operator was asked."""
    doors = list(work.session.scalars(select(Identity).where(Identity.unionid.is_not(None))))
    keys = [key.split(":") for key in work.session.scalars(select(Case.key))]
    asked = {_pair(work, int(one), int(other)) for _, one, other in keys}
    pairs = {
        _pair(work, one.member_id, other.member_id)
        for one in doors
        for other in doors
        if one.unionid == other.unionid
    }
    return [f"{a} and {b} are one" for a, b in pairs - asked if a != b]


def _pair(work: Work, one: int, other: int) -> tuple[int, int]:
    """Two people, whoever they are now."""
    now = members.get(work, one).id, members.get(work, other).id
    return min(now), max(now)
