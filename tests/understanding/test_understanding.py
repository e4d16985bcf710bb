"""How well people are understood, on sentences that no wording was written for."""

import statistics
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.wordings import masked
from qianxing.app import listener
from tests.closing_lines import Counted

UTTERANCES = yaml.safe_load(Path(__file__).with_name("utterances.yaml").read_text("utf-8"))
MOVES_MONEY = {"withdraw", "credit", "cancel", "buy", "set_price"}
FLOORS = {"tuning": 0.98, "held_out": 0.95}


@pytest.fixture(scope="module")
def ear(rules):
    return listener(rules)


def rows(half):
    """(intent, text, arguments or None)."""
    for intent, said in UTTERANCES[half].items():
        for row in said:
            yield intent, *(row if isinstance(row, list) else (row, None))


@pytest.mark.parametrize("half", FLOORS)
def test_people_are_understood(half, ear, counted: Counted):
    heard = [(intent, ear.hear(text).intent, text) for intent, text, _ in rows(half)]

    missed = [f"{text}: {intent} heard as {got}" for intent, got, text in heard if intent != got]
    known = {masked(text) for _, text, _ in rows(half)} & ear.known
    fresh = [intent == got for intent, got, text in heard if masked(text) not in known]
    confused = Counter(f"{intent}→{got}" for intent, got, _ in heard if intent != got)
    share = 1 - len(missed) / len(heard)
    counted(
        f"{len(heard)} utterances, {share:.1%} understood ({statistics.mean(fresh):.1%} of the"
        f" {len(fresh)} that are no wording); {dict(confused.most_common(6))}"
    )
    assert share >= FLOORS[half], "\n".join([f"{share:.3f}", *missed])


@pytest.mark.parametrize("half", FLOORS)
def test_what_is_said_in_passing_is_taken_along(half, ear):
    wrong = [
        f"{text}: {ear.hear(text).arguments}"
        for _, text, arguments in rows(half)
        if arguments is not None and ear.hear(text).arguments != arguments
    ]

    assert len(wrong) <= 2, "\n".join(wrong)


def test_small_talk_moves_no_money(ear, counted: Counted):
    talk = [text for half in UTTERANCES for intent, text, _ in rows(half) if intent == "none"]

    taken = [text for text in talk if ear.hear(text).intent in MOVES_MONEY]
    asked_back = [text for text in talk if ear.hear(text).candidates]

    counted(f"{len(talk)} of small talk, {len(taken)} taken for a wish that moves money")
    assert len(talk) >= 100
    assert len(taken) <= 0.02 * len(talk), taken
    assert len(asked_back) <= 0.03 * len(talk), asked_back


def test_a_sentence_is_understood_at_once(ear, counted: Counted):
    texts = [text for half in UTTERANCES for _, text, _ in rows(half)]
    all_said = "，".join(texts)

    usual = milliseconds(ear, texts)
    slow = {
        size: milliseconds(ear, [all_said[at : at + size] for at in range(0, 3000, 300)])
        for size in (100, 300, 1000, 4000)
    }

    longer = ", ".join(f"{took:.2f} ms one of {size}" for size, took in slow.items())
    counted(f"{usual:.2f} ms a sentence, {longer} characters")
    assert usual < 5
    assert max(slow.values()) < 25


def milliseconds(ear, texts):
    started = time.process_time()
    for text in texts:
        ear.hear(text)
    return (time.process_time() - started) * 1000 / len(texts)
