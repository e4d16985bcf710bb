"""Rehearsal: what a story may say, what comes of it, and where a mistake is pointed at."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commerce.rules import ConfigError, Rules
from qianxing.cli import main
from qianxing.rehearsal import reading
from qianxing.rehearsal.playing import play
from qianxing.rehearsal.report import Report, report
from tests.conftest import ROOT

HEAD = """\
members:
  - {id: A, rank: one_star}
  - {id: B, invited_by: A}
products:
  - {id: P1, price: "99.00", supply: "50.00", cost: "45.00", commission: "20%", stock: 1000}
events:
"""

CONTRACT = """\
plan: {}
members:
  - {id: A, rank: one_star}
  - {id: B, invited_by: A}
products:
  - {id: P1, price: "99.00", supply: "50.00", cost: "45.00", commission: "20%", stock: 1000}
events:
  - {at: "2026-03-01 20:00", live_start: L1, host: B}
  - {at: "2026-03-01 20:05", order: O1, buyer: X, product: P1, quantity: 8, promoter: B, live: L1}
  - {at: "2026-03-01 20:06", pay: O1}
  - {at: "2026-03-01 22:00", live_end: L1}
  - {at: "2026-03-03 10:00", refund: O1, amount: "30.00"}
  - {at: "2026-03-18 10:00", withdraw: W1, member: B, amount: "100.00"}
  - {at: "2026-03-19 12:00", payout_result: W1, result: paid}
until: "2026-04-01 00:00"
"""

SOLD = """\
  - {at: "2026-03-01 20:05", order: O1, buyer: X, product: P1, quantity: 8, promoter: B}
  - {at: "2026-03-01 20:06", pay: O1}
"""


@pytest.fixture
def told(tmp_path: Path, rules: Rules) -> Any:
    """Play a story and hear what came of it."""

    def tell(text: str) -> Report:
        file = tmp_path / "story.yaml"
        file.write_text(text)
        scenario = reading.read_scenario(file)
        return report(play(scenario, reading.under(rules, scenario.document)))

    return tell


@pytest.fixture
def refused(told: Any) -> Any:
    """The one line a malformed story is refused with."""

    def tell(text: str) -> str:
        with pytest.raises(ConfigError) as caught:
            told(text)
        return str(caught.value.problems[0])

    return tell


def codes(found: Report) -> list[tuple[str, str]]:
    return [(one["event"], one["code"]) for one in found["refused"]]


# What the contract promises


def test_the_story_of_the_contract(told):
    found = told(CONTRACT)

    # 8 × 99.00 × 20 % = 158.40, of 792.00 30.00 came back: ⌊158.40 × 30 / 792⌋ = 6.00. A is the
    # parent, 5 % = 39.60 less 1.50. W1 took 100.00, 1.00 of it the fee.
    assert found["members"]["B"] == {
        "rank": "trainee",
        "pending_fen": 0,
        "estimated_fen": 0,
        "available_fen": 158_40 - 6_00 - 100_00,
        "credit_fen": 0,
        "withdrawing_fen": 0,
        "paid_fen": 100_00,
        "debt_fen": 0,
        "lifetime_fen": 152_40,
    }
    assert found["members"]["A"]["lifetime_fen"] == 38_10
    assert found["orders"] == {
        "O1": {"state": "completed", "paid_fen": 79200, "refunded_fen": 3000}
    }
    assert found["withdrawals"] == {
        "W1": {"state": "paid", "amount_fen": 100_00, "fee_fen": 1_00, "tax_fen": 0}
    }
    assert found["ledger"] == {
        "member:A:available": 38_10,
        "member:B:available": 52_40,
        "platform:fees": 1_00,
        "platform:sales": 792_00 - 198_00 - 30_00 + 7_50,
        "world": -792_00 + 30_00 + 99_00,
    }
    assert found["ledger_sum_fen"] == 0
    assert (found["refused"], found["warnings"]) == ([], [])


def test_lines_are_told_as_the_contract_has_them(told):
    first, second = told(CONTRACT)["earnings"]

    assert {key: first[key] for key in first if key != "explanation"} == {
        "id": 1,
        "kind": "sales_commission",
        "member": "B",
        "order": "O1",
        "live": "L1",
        "base_fen": 792_00,
        "rate_bp": 2000,
        "amount_fen": 158_40,
        "reversed_fen": 6_00,
        "state": "available",
    }
    assert (second["kind"], second["tier"], second["rate_bp"]) == ("team_reward", 2, 500)
    assert "158.40 × 30.00 ÷ 792.00 = 6.00" in first["explanation"]


def test_messages_say_when_to_whom_and_how_much(told):
    messages = told(CONTRACT)["messages"]

    paid = [one for one in messages if one["to"] == "B" and "到账 99.00 元" in one["text"]]
    assert [one["at"] for one in paid] == ["2026-03-19T12:00:00+08:00"]
    assert {one["to"] for one in messages} == {"A", "B", "X"}
    assert not any("/pages/" in one["text"] for one in messages)


def test_an_order_of_a_live_is_estimated_until_ten_minutes_after_its_end(told):
    story = CONTRACT[: CONTRACT.index('  - {at: "2026-03-03')]

    before = told(f'{story}until: "2026-03-01 22:09:59"\n')
    after = told(f'{story}until: "2026-03-01 22:10"\n')

    assert before["members"]["B"]["estimated_fen"] == 158_40
    assert before["ledger"] == {"escrow:L1": 792_00, "world": -792_00}
    assert after["members"]["B"]["estimated_fen"] == 0
    assert after["members"]["B"]["pending_fen"] == 158_40


def test_a_hold_ends_to_the_second_and_before_what_happens_then(told):
    """Untracked: 360 h after the payment; a withdrawal of that very moment finds the money."""
    early = told(HEAD + SOLD + 'until: "2026-03-16 20:05:59"\n')
    found = told(
        HEAD + SOLD + '  - {at: "2026-03-16 20:06", withdraw: W1, member: B, amount: "158.40"}\n'
    )

    assert early["members"]["B"]["pending_fen"] == 158_40
    assert found["members"]["B"]["withdrawing_fen"] == 158_40
    assert found["refused"] == []


def test_without_until_the_story_ends_with_its_last_event(told):
    found = told(HEAD + SOLD)

    assert found["orders"]["O1"]["state"] == "paid"
    assert found["earnings"] == []


def test_without_a_promoter_the_rule_of_the_house_decides(told):
    live = (
        '  - {at: "2026-03-01 20:00", live_start: L1, host: A}\n'
        '  - {at: "2026-03-01 20:01", order: O1, buyer: X, product: P1, live: L1}\n'
        '  - {at: "2026-03-01 20:02", pay: O1}\n'
        '  - {at: "2026-03-01 20:03", order: O2, buyer: X, product: P1, live: L1, promoter: null}\n'
        '  - {at: "2026-03-01 20:04", pay: O2}\n'
        '  - {at: "2026-03-01 22:00", live_end: L1}\n'
        'until: "2026-03-02 00:00"\n'
    )

    lines = told(HEAD + live)["earnings"]

    # The host of the live sells, where nobody else is known; null says nobody at all.
    assert [(line["member"], line["order"]) for line in lines] == [("A", "O1")]


def test_markup_has_no_rate_and_a_reward_no_order(told):
    found = told(
        HEAD
        + '  - {at: "2026-03-01 12:00", video_approved: V1, member: B, plays: 120000}\n'
        + SOLD.replace("promoter: B", 'promoter: B, mode: markup, unit_price: "60.00"')
        + 'until: "2026-03-03 00:00"\n'
    )

    reward, markup, team = found["earnings"]
    assert (reward["kind"], reward["amount_fen"]) == ("traffic_reward", 100_00)
    assert (reward["order"], reward["live"], reward["base_fen"], reward["rate_bp"]) == (None,) * 4
    # (60 − 50) × 8; the parent has 5 % of 480.00.
    assert (markup["kind"], markup["amount_fen"]) == ("host_markup", 80_00)
    assert (markup["base_fen"], markup["rate_bp"]) == (480_00, None)
    assert (team["kind"], team["amount_fen"], team["tier"]) == ("team_reward", 24_00, 2)
    # Supply less cost is 5.00; team rewards, fee and overhead take more.
    assert len(found["warnings"]) == 1
    assert "供货价至少" in found["warnings"][0]


def test_what_a_story_plays_under_its_own_plan(told):
    found = told("plan: {ranks: {one_star: {tier2: 3%}}}\n" + HEAD + SOLD + 'until: "2026-03-03"\n')

    # 792.00 × 3 %.
    assert found["members"]["A"]["pending_fen"] == 23_76


# What rules refuse


def test_a_refusal_is_part_of_the_story_and_later_events_of_it_are_none(told):
    found = told(
        HEAD
        + SOLD
        + '  - {at: "2026-03-02 10:00", withdraw: W1, member: B, amount: "100.00"}\n'
        + '  - {at: "2026-03-02 11:00", approve: W1}\n'
        + '  - {at: "2026-03-04 12:00", payout_result: W1, result: paid}\n'
        + '  - {at: "2026-03-04 13:00", order: O2, buyer: Y, product: P1, quantity: 2000}\n'
        + '  - {at: "2026-03-04 13:01", pay: O2}\n'
    )

    assert codes(found) == [("withdraw: W1", "below_minimum"), ("order: O2", "sold_out")]
    assert found["refused"][0]["at"] == "2026-03-02T10:00:00+08:00"
    assert (found["withdrawals"], list(found["orders"])) == ({}, ["O1"])
    assert found["ledger_sum_fen"] == 0


def test_a_refund_of_more_than_was_paid_moves_nothing_and_the_right_one_still_does(told):
    found = told(
        HEAD
        + SOLD
        + '  - {at: "2026-03-02 10:00", refund: O1, amount: "792.01"}\n'
        + '  - {at: "2026-03-02 10:01", refund: O1}\n'
        + '  - {at: "2026-03-02 10:02", refund: O1, amount: "0.01"}\n'
    )

    assert codes(found) == [("refund: O1", "nothing_to_refund")] * 2
    assert found["orders"]["O1"] == {"state": "refunded", "paid_fen": 79200, "refunded_fen": 79200}
    assert found["ledger"] == {}


def test_an_order_nobody_pays_is_cancelled_and_a_late_payment_honoured_while_it_can_be(told):
    late = '  - {at: "2026-03-01 21:00", pay: O1}\n'
    order, _ = SOLD.splitlines(keepends=True)
    last = HEAD.replace("stock: 1000", "stock: 8") + order
    other = order.replace("O1", "O2").replace("20:05", "20:30")

    unpaid = told(HEAD + order + 'until: "2026-03-01 20:20"\n')
    honoured = told(HEAD + order + late)
    sold_out = told(last + other + '  - {at: "2026-03-01 20:31", pay: O2}\n' + late)

    assert unpaid["orders"]["O1"]["state"] == "cancelled"
    assert honoured["orders"]["O1"]["state"] == "paid"
    assert codes(sold_out) == [("pay: O1", "late_payment")]
    assert sold_out["orders"]["O1"]["paid_fen"] == 0


def test_debt_above_the_limit_pauses_withdrawals(told):
    """E2, E9: 40 pieces, 792.00 earned, 792.00 withdrawn, then refunded: 792.00 of debt."""
    sold = SOLD.replace("quantity: 8", "quantity: 40")
    found = told(
        HEAD
        + sold
        + '  - {at: "2026-03-17 10:00", withdraw: W1, member: B, amount: all}\n'
        + '  - {at: "2026-03-17 11:00", approve: W1}\n'
        + '  - {at: "2026-03-19 10:00", refund: O1}\n'
        + '  - {at: "2026-03-19 11:00", withdraw: W2, member: B, amount: "100.00"}\n'
    )

    assert found["members"]["B"]["debt_fen"] == 792_00
    assert codes(found) == [("withdraw: W2", "debt_pauses_withdrawals")]
    assert found["ledger"]["member:B:debt"] == -792_00


def test_a_large_withdrawal_waits_for_two_different_people(told):
    sold = SOLD.replace("quantity: 8", "quantity: 400")
    asked = '  - {at: "2026-03-17 10:00", withdraw: W1, member: B, amount: "6000.00"}\n'
    first = '  - {at: "2026-03-17 11:00", approve: W1}\n'
    second = '  - {at: "2026-03-19 08:00", approve: W1}\n'

    one = told(HEAD + sold + asked + first + 'until: "2026-03-20 00:00"\n')
    early = told(HEAD + sold + asked + first + second + 'until: "2026-03-19 08:59"\n')
    paid = told(HEAD + sold + asked + first + second + 'until: "2026-03-19 09:00"\n')

    assert one["withdrawals"]["W1"]["state"] == "requested"
    assert early["withdrawals"]["W1"]["state"] == "approved"
    assert paid["withdrawals"]["W1"]["state"] == "paid"


def test_an_unanswered_payout_is_honestly_unknown_until_the_story_says_more(told):
    story = (
        HEAD
        + SOLD
        + '  - {at: "2026-03-17 10:00", withdraw: W1, member: B, amount: "100.00"}\n'
        + '  - {at: "2026-03-18 12:00", payout_result: W1, result: unknown}\n'
    )

    open_end = told(story + 'until: "2026-03-28 00:00"\n')
    failed = told(story + '  - {at: "2026-03-28 00:00", payout_result: W1, result: failed}\n')

    assert open_end["withdrawals"]["W1"]["state"] == "unknown"
    assert open_end["members"]["B"]["withdrawing_fen"] == 100_00
    assert failed["withdrawals"]["W1"]["state"] == "failed"
    assert failed["members"]["B"]["available_fen"] == 158_40


def test_an_after_sales_case_holds_until_the_story_ends_it(told):
    """E6, E7: opened before the live ends; nobody decides for 20 days, and the page says so."""
    opened = '  - {at: "2026-03-02 10:00", after_sales: O1, state: opened}\n'
    rejected = '  - {at: "2026-03-22 10:00", after_sales: O1, state: rejected}\n'

    held = told(HEAD + SOLD + opened + 'until: "2026-03-22 10:00"\n')
    ended = told(HEAD + SOLD + opened + rejected)

    assert held["members"]["B"]["pending_fen"] == 158_40
    assert "48 小时" in held["warnings"][0]
    assert ended["members"]["B"]["available_fen"] == 158_40


# What is no story


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{at: "2026-03-01 20:05", ordr: O1}', "没有这个键"),
        ('{at: "2026-03-01 20:05", pay: O9}', "前面没有订单「O9」"),
        (
            '{at: "2026-03-01 20:05", order: O1, buyer: X, product: P1, promoter: Z}',
            "没有成员「Z」",
        ),
        ('{at: "2026-03-01 20:05", order: O1, buyer: X, product: P2}', "没有商品「P2」"),
        ('{at: "2026-03-01 20:05", order: O1, buyer: X}', "没有写 product"),
        ('{at: "2026-03-01 20:05", order: O1, buyer: X, product: P1, colour: red}', "没有这个键"),
        ('{at: "2026-03-01 20:05", order: O1, buyer: X, product: P1, quantity: 0}', "不能是 0"),
        (
            '{at: "2026-03-01 20:05", order: O1, buyer: X, product: P1, mode: gift}',
            "不在可选的值里",
        ),
        ('{at: "2026-03-01 20:05", withdraw: W1, member: B, amount: "-5"}', "不是金额"),
        ('{at: "2026-03-01 20:05", withdraw: W1, member: B, amount: "1.005"}', "不是金额"),
        ('{at: "2026-03-01 20:05", withdraw: W1, member: B, amount: "0.00"}', "不是金额"),
        ('{at: "2026-03-01 20:05", withdraw: W1, member: X, amount: "100.00"}', "没有成员「X」"),
        ('{at: "2026-13-01 20:05", live_start: L1, host: B}', "不是时间"),
        ('{at: "2026-03-01 20:05", live_start: L1, host: C}', "没有成员「C」"),
        ("{live_start: L1, host: B}", "没有写时间"),
        ("nothing", "不是一件事"),
    ],
)
def test_a_mistake_is_named_with_its_line(refused, line, says):
    told = refused(HEAD + f"  - {line}\n")

    assert told.startswith("story.yaml:7 events[0]")
    assert says in told


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("rank: one_star", "rank: king"), 2, "没有「king」这个星级"),
        (("invited_by: A", "invited_by: C"), 3, "没有成员「C」"),
        (("id: B,", "id: A,"), 3, "成员「A」写了两次"),
        (('price: "99.00"', 'price: "0.00"'), 5, "不是金额"),
        (('price: "99.00"', 'price: "-99.00"'), 5, "不是金额"),
        (('price: "99.00"', 'price: "49.00"'), 5, "价格顺序不对"),
        (('commission: "20%"', 'commission: "31%"'), 5, "不在佣金范围里"),
        (('commission: "20%"', 'commission: "9%"'), 5, "不在佣金范围里"),
        (('commission: "20%"', "commission: much"), 5, "不是比例"),
        (("members:", "people:"), 1, "没有这个键"),
    ],
)
def test_a_mistake_above_the_events_is_named_with_its_line(refused, change, line, says):
    told = refused((HEAD + SOLD).replace(*change))

    assert told.startswith(f"story.yaml:{line} ")
    assert says in told


def test_events_stand_in_the_order_of_time(refused):
    order, pay = SOLD.splitlines(keepends=True)

    told = refused(HEAD + order + pay.replace("20:06", "20:04"))

    assert told.startswith("story.yaml:8 events[1].at: 比上一件事还早")


def test_an_order_outside_its_live_is_no_story(refused):
    live = '  - {at: "2026-03-01 08:00", live_start: L1, host: B}\n'
    end = '  - {at: "2026-03-01 09:00", live_end: L1}\n'
    order = SOLD.replace("promoter: B", "promoter: B, live: L1")

    assert "已经下播" in refused(HEAD + live + end + order)
    # Nobody ended it: it ended by itself, twelve hours after its start.
    assert refused(HEAD + live + order).startswith("story.yaml:8 events[1].order")
    assert "没有直播「L1」" in refused(HEAD + order)


def test_a_payout_has_no_result_before_it_is_due(refused):
    asked = '  - {at: "2026-03-17 10:00", withdraw: W1, member: B, amount: "100.00"}\n'
    early = '  - {at: "2026-03-18 08:59", payout_result: W1, result: paid}\n'

    told = refused(HEAD + SOLD + asked + early)

    assert told.startswith("story.yaml:10 events[3].payout_result: 付款还没开始")


def test_an_end_before_the_last_event_is_no_story(refused):
    assert "比最后一件事还早" in refused(HEAD + SOLD + 'until: "2026-03-01 20:05"\n')


def test_a_plan_nobody_may_have_is_refused_where_it_stands(refused):
    told = refused("plan: {team: {paid_tiers: 4}}\n" + HEAD + SOLD)

    assert told.startswith("story.yaml:1 plan.team.paid_tiers")


def test_all_mistakes_are_named_at_once(told):
    with pytest.raises(ConfigError) as caught:
        told(HEAD.replace("one_star", "king") + SOLD.replace("buyer: X", "byer: X"))

    assert [problem.line for problem in caught.value.problems] == [2, 7, 7]


# The command


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANXING_CONFIG", str(ROOT / "config.yaml"))

    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["rehearse", *words], catch_exceptions=False)

    return run


def test_the_command_prints_json_or_a_page(run, tmp_path):
    (tmp_path / "story.yaml").write_text(CONTRACT)

    as_json, as_page = run("story.yaml", "--json"), run("story.yaml")

    assert (as_json.exit_code, as_page.exit_code) == (0, 0)
    assert json.loads(as_json.stdout)["members"]["B"]["lifetime_fen"] == 152_40
    assert "留在店里" in as_page.stdout


def test_the_command_exits_2_with_file_and_line(run, tmp_path):
    (tmp_path / "story.yaml").write_text(HEAD + SOLD.replace("promoter: B", "promoter: Q"))

    found = run("story.yaml")

    assert found.exit_code == 2
    assert found.stderr.startswith("story.yaml:7 events[0].promoter: 没有成员「Q」")
    assert found.stdout == ""
    assert run("nowhere.yaml").exit_code == 2


def test_two_plans_side_by_side(run, tmp_path):
    (tmp_path / "story.yaml").write_text(CONTRACT)
    (tmp_path / "strict.yaml").write_text("plan: {compliance: strict}\n")

    found = run("story.yaml", "--against", "strict.yaml")
    told = json.loads(run("story.yaml", "--against", "strict.yaml", "--json").stdout)

    # A's 39.60 − 1.50 stay with the shop.
    row = next(line.split() for line in found.stdout.splitlines() if line.startswith("团队奖励"))
    assert row == ["团队奖励", "38.10", "0.00", "−38.10"]
    assert told["difference_fen"]["留在店里"] == 38_10
    assert told["difference_fen"]["A 一共挣"] == -38_10
