"""Random histories of twelve people: every law of the team holds after every act."""

import os
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, seed, settings
from sqlalchemy import Engine, select

from commerce.people import members, ranks
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.rules import Rules, overlay
from commerce.trust.cases import Case
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.databases import emptied
from tests.laws.team_history import ACTS, BOSS, Village, histories
from tests.laws.team_laws import Act, broken, look
from tests.people import Clock

SEED = int(os.environ.get("QIANXING_TEST_SEED", "20260302"))
TREES = {
    "relative": {"tree": "relative"},
    "absolute": {"tree": "absolute", "root_rank": "one_star"},
    "absolute, later roots": {"tree": "absolute", "root_rank": "three_star"},
}


@pytest.mark.parametrize("tree", TREES)
def test_every_history_keeps_the_laws_of_the_team(tree, engine, rules, counted: Counted):
    number = 100 if engine.dialect.name == "sqlite" else 8
    start = SEED + list(TREES).index(tree)

    live(Run(number, 24, start, tree), engine, rules, counted)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_histories_keep_the_laws(part, engine, rules, counted: Counted):
    tree = list(TREES)[part % len(TREES)]

    live(Run(1_000, 40, SEED + 100 + part, tree), engine, rules, counted)


@dataclass(frozen=True)
class Run:
    histories: int
    longest: int  # acts in one history
    seed: int
    tree: str

    def said(self, done: Counter[str], outcome: str) -> str:
        operations = sum(done[name] for name in (*ACTS, "refused"))
        return (
            f"{done['histories']} histories, {operations} operations ({done['refused']} refused), "
            f"{self.tree} tree, seed {self.seed}, {outcome}"
        )


def live(run: Run, engine: Engine, rules: Rules, counted: Counted) -> None:
    """So many histories from this seed, the laws asked for after every act."""
    under = overlay(rules, {"team": TREES[run.tree]})
    done: Counter[str] = Counter()

    @seed(run.seed)
    @settings(
        max_examples=run.histories,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(run.longest))
    def one(acts: list[Act]) -> None:
        emptied(engine)
        done["histories"] += 1
        history(engine, under, acts, done)

    try:
        one()
    except Exception:
        counted(run.said(done, "VIOLATED"))
        raise
    counted(run.said(done, "0 violations"))
    assert done["histories"] >= run.histories
    assert all(done[name] for name in ACTS), done


def history(engine: Engine, rules: Rules, acts: list[Act], done: Counter[str]) -> None:
    clock = Clock()
    office = Office(engine, rules, clock)
    village = Village(office, clock)
    before = look(engine)
    for act in acts:
        happened = village.happens(act)
        now = look(engine)
        if happened is None:
            assert now == before, f"{act} was refused and yet changed something"
            done["refused"] += 1
            continue
        done[act.name] += 1
        assert broken(before, now, happened, rules) == [], act
        before = now
    with office.work() as work:
        assert unpromoted(work) == []
        assert strangers_by_one_unionid(work) == []


def unpromoted(work: Work) -> list[int]:
    """Who meets every condition of the next rank and was not promoted."""
    people = work.session.scalars(select(Member).where(Member.merged_into.is_(None)))
    return [
        member.id
        for member in people
        if member.is_joined and member.id != BOSS and not ranks.progress(work, member).missing
    ]


def strangers_by_one_unionid(work: Work) -> list[str]:
    """Who is two people though the platform says one, and no operator was asked."""
    doors = list(work.session.scalars(select(Identity).where(Identity.unionid.is_not(None))))
    asked = set(work.session.scalars(select(Case.key)))
    pairs = {
        tuple(sorted((members.get(work, a.member_id).id, members.get(work, b.member_id).id)))
        for a in doors
        for b in doors
        if a.unionid == b.unionid
    }
    return [f"{a} and {b}" for a, b in pairs if a != b and f"merge:{a}:{b}" not in asked]
