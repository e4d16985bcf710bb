import pytest

from bot.knowledge import Entry, Knowledge
from bot.knowledge_files import BadKnowledge, load


def test_yaml_and_markdown_are_read_side_by_side(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "topic: 提现\nentries:\n- id: fee\n  questions: [手续费多少]\n  answer: '{fee}%'\n"
        "- {id: gone, only: lottery, questions: [抽奖], answer: 没有}\n",
        "utf-8",
    )
    (tmp_path / "b.md").write_text(
        "# 售后\n\n## 退货找谁 / 谁管退货\n\n找我们。\n回复「售后」。\n", "utf-8"
    )

    entries = load(tmp_path, {"fee": "1"}, {"lottery"})

    assert entries == [
        Entry("fee", "常见问题·提现", ("手续费多少",), "1%"),
        Entry("b_1", "常见问题·售后", ("退货找谁", "谁管退货"), "找我们。\n回复「售后」。"),
    ]


@pytest.mark.parametrize(
    ("name", "written", "complaint"),
    [
        ("a.txt", "", "no .yaml or .md file"),
        ("a.yaml", "- x", "a list of entries expected"),
        ("a.yaml", "topic: [", "a.yaml: ParserError"),
        ("a.yaml", "topic: t\nentries: [{answer: x}]", "entry 1: questions are missing"),
        ("a.yaml", "topic: t\nentries: [{questions: [q], answer: ''}]", "an answer of 1 to"),
        ("a.yaml", "topic: t\nentries: [{questions: [q], answer: '{no}'}]", "no fact is called no"),
        (
            "a.yaml",
            "topic: t\nentries: [{id: x, questions: [q], answer: a}, {id: x, questions: [r],"
            " answer: b}]",
            "x is there already",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_file_and_entry(tmp_path, name, written, complaint):
    (tmp_path / name).write_text(written, "utf-8")

    with pytest.raises(BadKnowledge, match=complaint):
        load(tmp_path, {})


def test_nothing_is_found_where_nothing_is_known():
    assert Knowledge([]).find("退货运费谁出") is None
    assert Knowledge([]).facts("退货运费谁出") == []


def test_facts_are_ranked_by_what_they_have_in_common():
    entries = [
        Entry("a", "t", ("退货运费谁出",), "运费我们出。"),
        Entry("b", "t", ("提现多久到",), "第二天到。"),
        Entry("c", "t", ("开播时间",), "周五 20:00。"),
    ]

    assert Knowledge(entries).facts("寄回来的运费怎么算")[0].id == "a"
