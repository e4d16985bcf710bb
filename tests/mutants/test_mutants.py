"""The tests of the money code catch what is wrong with it (T45), and the planting itself works."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.closing_lines import Counted
from tests.mutants.planting import mutants, planted
from tests.mutants.tables import EQUIVALENT, GROUPS

ROOT = Path(__file__).parent.parent.parent
SEED, SIZE = 1, 40
LEAST_BP = 8_500


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("0 <= a", ["0 < a", "0 > a", "1 <= a", "-1 <= a"]),
        ("a == b", ["a != b"]),
        ("a + b * c", ["a - b * c", "a + b // c"]),
        ("x += y", ["x -= y"]),
        ("a and not b", ["a or not b", "a and b"]),
        ("x = True", ["x = False"]),
        ("x = min(a, -b)", ["x = max(a, -b)", "x = min(a, b)"]),
        ("x = a if b else c", ["x = a if not b else c"]),
        ("if a < b: go = c", ["if a <= b:\n    go = c", "if a >= b:\n    go = c"]),
        ("pay(a)", ["pass"]),
        ("raise Late", ["pass"]),
        ("q.where(a, b)", ["q.where(b)", "q.where(a)", "pass"]),
        ("q.where(a).with_for_update()", []),
        ("work.session.flush()", []),
        ("assert a < b", []),
        ("x: int = mapped(String(12))", []),
    ],
)
def test_each_change_is_planted_alone(source, changed):
    made = [ast.unparse(planted(source, one)) for one in mutants(source)]

    assert sorted(made) == sorted(changed)


def test_a_mutant_knows_whose_body_it_is_in():
    source = "A = 1\nclass B:\n  c = 2\n  def d(self, e=3):\n    return self.f + 4\n"

    found = {(one.place, one.function) for one in mutants(source)}

    assert found == {("", ""), ("B", ""), ("B.d", ""), ("B.d", "B.d")}


def test_every_change_that_changes_nothing_has_its_reason_and_its_place():
    for (path, place, what), reason in EQUIVALENT.items():
        found = {(one.place, one.what) for one in mutants((ROOT / path).read_text())}
        assert (place, what) in found, (path, place, what)
        assert reason


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_most_mutants_of_the_money_code_are_killed(group: str, counted: Counted):
    """A sample of each module's, by a seed: the same every time."""
    command = [sys.executable, "-m", "tests.mutants.running", group]
    command += ["--seed", str(SEED), "--size", str(SIZE)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    count, survivors = said["count"], said["survivors"]

    killed_bp = (count - len(survivors)) * 10_000 // count
    counted(
        f"{group}: {count} mutants, seed {SEED}, {count - len(survivors)} killed "
        f"({killed_bp / 100:.1f} %), survivors: {'; '.join(survivors) or 'none'}"
    )
    assert killed_bp >= LEAST_BP
