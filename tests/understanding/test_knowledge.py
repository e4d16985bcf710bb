"""How well common questions find their answers, and how seldom anything else finds one."""

from pathlib import Path

import pytest
import yaml

from handlers.knowledge import goes_before
from qianxing.app import listener, reference
from tests.closing_lines import Counted

HERE = Path(__file__).parent
FLOORS = {"questions": 0.95, "more_questions": 0.75}


@pytest.mark.parametrize("name", FLOORS)
def test_a_question_finds_its_answer_and_a_wish_finds_none(name, rules, counted: Counted):
    asked = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    ear, base = listener(rules), reference(rules).base

    def answered_by(text: str) -> str:
        found = base.find(text)
        is_answer = found is not None and goes_before(found, ear.hear(text), text)
        return found.entry.id if found is not None and is_answer else "elsewhere"

    heard = [(entry, answered_by(text), text) for entry, texts in asked.items() for text in texts]
    wrong = [row for row in heard if row[0] != row[1]]
    misled = [row for row in wrong if row[1] != "elsewhere"]

    share = 1 - len(wrong) / len(heard)
    counted(f"{len(heard)} questions, {share:.1%} as wanted, {len(misled)} misled")
    assert share >= FLOORS[name], wrong
    assert len(misled) <= 0.05 * len(heard), misled


def test_every_entry_can_be_said(rules):
    """No braces are left, nobody promises what we never say, and every answer is short."""
    entries = reference(rules).base.entries

    assert len(entries) >= 25
    for entry in entries:
        assert "{" not in entry.answer, entry.id
        assert entry.answer.count("\n") <= 5, entry.id
        for word in ("您", "亲", "系统", "失败", "最低", "第一", "保底", "稳赚", "拉人", "下级"):
            assert word not in entry.answer, (entry.id, word)
