"""The table of docs/access.md equals what happens, and numbers tell an outsider nothing."""

import pytest

from bot.message import Kind
from commerce.people import members
from commerce.rules import Rules
from tests.closing_lines import Counted
from tests.hygiene.access import (
    DOCUMENT,
    OUTSIDERS,
    STAFF,
    Row,
    Town,
    chat,
    endpoints,
    town,
    written,
)

FROM_OUTSIDE = {
    "/wechat/official",
    "/pages/avatar/done",
    "/pages/cashier",
    "/pay/{provider}/notify",
}
"""Whoever calls here must prove who sent them."""
IDS = 1_000


@pytest.fixture(scope="module")
def here(rules: Rules) -> Town:
    return town(rules)


@pytest.fixture(scope="module")
def talk(here: Town) -> list[Row]:
    return chat(here)


def test_the_table_is_what_happens_and_no_route_is_missing(talk: list[Row]) -> None:
    """A new route or endpoint fails here until somebody has looked at its row."""
    http = endpoints()

    assert DOCUMENT.read_text(encoding="utf-8") == written(http, talk)
    for name, row in http:
        if name.split(" ")[1] in FROM_OUTSIDE:
            assert (row["nobody"], row["forged"]) == ("refused", "refused")


def test_staff_routes_are_not_there_for_anybody_else(talk: list[Row]) -> None:
    of_staff = [row for name, row in talk if name.startswith("staff.")]

    assert len(of_staff) >= 9
    assert {row[who] for row in of_staff for who in OUTSIDERS} == {"hidden"}
    assert {row[who] for row in of_staff for who in ("finance", "host")} == {"no role"}
    assert "hidden" not in {row[who] for row in of_staff for who in STAFF}


def test_an_outsider_learns_nothing_from_a_thousand_numbers(here: Town, counted: Counted) -> None:
    asked = ("看 V{}", "通过 V{}", "看 C{}", "退回 V{} 不行")
    nothing = {who: here.tries(who, Kind.TEXT, "看 V987654") for who in OUTSIDERS}
    for number in range(1, IDS + 1):
        words = asked[number % 4].format(number)
        who = OUTSIDERS[number // 4 % 4]

        assert here.tries(who, Kind.TEXT, words) == nothing[who], (who, words)

    assert {name for _, name in nothing.values()} == {"none"}
    counted(f"{IDS} numbers asked for by outsiders, 0 answers about any of them")


@pytest.mark.parametrize("who", OUTSIDERS)
def test_what_exists_and_what_does_not_sound_the_same(here: Town, who: str) -> None:
    for words in ("看 V{}", "通过 V{}", "退回 V{} 理由", "看 C{}", "回复 C{} 你好", "结案 C{}"):
        there, not_there = (
            here.tries(who, Kind.TEXT, words.format(number)) for number in (1, 987_654)
        )

        assert there == not_there


@pytest.mark.parametrize("who", ["finance", "host"])
def test_a_colleague_of_another_role_learns_nothing_either(here: Town, who: str) -> None:
    for words in ("看 V{}", "通过 V{}", "退回 V{}", "看 C{}", "结案 C{}"):
        there, not_there = (
            here.tries(who, Kind.TEXT, words.format(number)) for number in (1, 987_654)
        )

        assert there == not_there


def test_who_is_suspended_has_no_role(rules: Rules) -> None:
    here = town(rules)
    reviewer = here.people["reviewer"].member
    assert here.tries("reviewer", Kind.TEXT, "待审")[1] == "queue"

    with here.office.work() as work:
        members.get(work, reviewer.id).state = members.State.SUSPENDED

    assert here.tries("reviewer", Kind.TEXT, "待审")[1] == "none"
