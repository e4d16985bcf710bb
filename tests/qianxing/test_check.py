from pathlib import Path

import pytest
from redis import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from commerce.rules import ConfigError, load_rules, overlay, rules_from
from qianxing.check import (
    Finding,
    Grade,
    Probes,
    check,
    columns,
    failed,
    refused,
    render,
    start_problems,
)
from qianxing.compliance import TOUCHES, touches
from qianxing.settings import load_settings, rules_for
from tests.qianxing.test_settings import PRODUCTION

CONFIG = Path(__file__).parents[2] / "config.yaml"
HEALTHY = Probes(migrations=lambda: ("0007", "0007"), redis_appendonly=lambda: True)


@pytest.fixture(scope="module")
def rules():
    return load_rules(CONFIG)


@pytest.fixture(scope="module")
def settings():
    return load_settings({"REDIS_URL": "redis://127.0.0.1:6379/0"})


def written(rules, **sections):
    """The rules with these sections' keys written anew (a value that is no mapping replaces)."""
    anew = {
        name: {**rules.written[name], **value} if isinstance(value, dict) else value
        for name, value in sections.items()
    }
    return rules_from({**rules.written, **anew})


def titles(findings, grade):
    return [finding.title for finding in findings if finding.grade is grade]


def test_it_fails_until_somebody_has_read_the_compliance_page(rules, settings):
    read = written(rules, compliance_acknowledged="王芳 2026-11-20")

    before, after = check(settings, rules, HEALTHY), check(settings, read, HEALTHY)

    assert failed(before)
    assert titles(before, Grade.FAULT) == ["还没有人确认看过以上各条"]
    assert not failed(after)
    assert "已由 王芳 2026-11-20 确认看过以上各条" in titles(after, Grade.GOOD)


def test_the_environment_may_name_who_has_read_it_but_the_file_has_the_last_word(tmp_path):
    named = {"QIANXING_COMPLIANCE_ACKNOWLEDGED": "王芳 2026-11-20"}
    settings = load_settings({"QIANXING_CONFIG": str(CONFIG), **named})
    signed = tmp_path / "signed.yaml"
    by_hand = "compliance_acknowledged: 李雷 2026-12-01"
    signed.write_text(CONFIG.read_text().replace("compliance_acknowledged: null", by_hand))

    assert rules_for(settings).compliance_acknowledged == "王芳 2026-11-20"
    assert rules_for(settings, signed).compliance_acknowledged == "李雷 2026-12-01"


def test_production_does_not_start_before_the_tax_is_chosen(rules):
    settings = load_settings(PRODUCTION)
    chosen = written(rules, tax={"mode": "ordinary"})

    (problem,) = start_problems(settings, rules)
    findings = check(settings, rules, HEALTHY)

    assert str(problem).startswith("config.yaml tax.mode: ")
    assert problem.key == "tax.mode"
    assert start_problems(settings, chosen) == []
    assert start_problems(load_settings({}), rules) == []
    assert any("tax.mode" in title for title in titles(findings, Grade.FAULT))


def away(error):
    def probe():
        raise error

    return probe


def test_a_server_that_is_away_is_named_without_its_password(rules, settings):
    lost = Probes(
        migrations=away(OperationalError("select", {}, Exception("postgres://u:hunter2@db"))),
        redis_appendonly=away(RedisAway("redis://:hunter2@redis")),
    )

    findings = check(settings, rules, lost)

    page = render(findings)
    assert "数据库连不上" in page
    assert "Redis连不上" in page
    assert "检查 DATABASE_URL" in page
    assert "hunter2" not in page
    assert failed(findings)


@pytest.mark.parametrize(
    ("current", "said"), [(None, "还是空的"), ("0003", "停在 0003，应为 0007")]
)
def test_a_database_that_is_behind_is_to_be_migrated(rules, settings, current, said):
    behind = Probes(migrations=lambda: (current, "0007"), redis_appendonly=lambda: True)

    page = render(check(settings, rules, behind))

    assert f"✗ 数据库{said}" in page
    assert "qianxing migrate" in page


def test_a_redis_that_forgets_is_warned_about_and_no_more(rules, settings):
    forgetful = Probes(migrations=lambda: ("0007", "0007"), redis_appendonly=lambda: False)
    read = written(rules, compliance_acknowledged="王芳 2026-11-20")

    findings = check(settings, read, forgetful)

    assert any("appendonly" in title for title in titles(findings, Grade.NOTE))
    assert not failed(findings)


def test_our_own_redis_is_not_asked(rules):
    unasked = Probes(migrations=lambda: ("1", "1"), redis_appendonly=away(AssertionError()))

    page = render(check(load_settings({}), rules, unasked))

    assert "Redis 用自带的" in page


OFF = {
    "团队奖励（按下面的人卖出的货给上级）": {"plan": {"team": {"paid_tiers": 1}}},
    "奖励到第 3 层": {"plan": {"team": {"paid_tiers": 2}}},
    "团队一代代往下延伸（tree: relative）": {"plan": {"team": {"tree": "absolute"}}},
    "自己没有成交也有团队奖励": {"plan": {"team": {"reward_needs_own_sale_days": "90天"}}},
    "升级奖金": {"plan": {"ranks": {"thousand_star": {"bonus": "0元"}}}},
    "海报上说收入": {"brand": {"slogan": "加入千星计划，一起推荐好物"}},
    "助力": {"assist": {"enabled": False}},
    "分享增加中奖机会": {"lottery": {"extra_tickets_per_friend": 0}},
    "预约抽奖": {"lottery": {"enabled": False}},
    "奖品的税": {"lottery": {"enabled": False}},
    "进群领券": {"coupons": {"enabled": False}},
    "流量奖励": {"plan": {"traffic": {"tiers": []}}},
    "群里的种草和预告": {"posts": []},
    "16 到 18 岁的人参加": {"joining": {"age": 18}},
}
ALWAYS = {"提现到微信零钱", "收集实名和收款信息"}


@pytest.mark.parametrize("feature", OFF)
def test_what_the_page_says_switches_a_feature_off(rules, feature):
    tempting = written(rules, lottery={"extra_tickets_per_friend": 1})
    change = OFF[feature]

    plan = change.get("plan", {})
    others = {name: value for name, value in change.items() if name != "plan"}
    quieter = written(overlay(tempting, plan), **others)

    assert feature in {touch.feature for touch in touches(tempting)}
    assert feature not in {touch.feature for touch in touches(quieter)}


def test_no_head_count_is_no_head_count(rules):
    by_sales = {rank: {"invited": 0, "team": 0} for rank in rules.written["plan"]["ranks"]}

    quieter = overlay(rules, {"ranks": by_sales})

    assert "按人数升级" in {touch.feature for touch in touches(rules)}
    assert "按人数升级" not in {touch.feature for touch in touches(quieter)}


def test_every_feature_of_the_page_has_been_switched_off_here():
    assert {touch.feature for touch in TOUCHES} == {*OFF, *ALWAYS, "按人数升级"}


def test_the_strict_preset_is_quiet_about_what_it_switches_off(rules):
    strict = overlay(rules, {"compliance": "strict"})

    gone = {touch.feature for touch in touches(rules)} - {
        touch.feature for touch in touches(strict)
    }

    assert "助力" in gone
    assert "奖励到第 3 层" in gone
    assert "海报上说收入" in gone


def test_the_page_is_aligned_and_fits_a_terminal(rules, settings):
    page = render(check(settings, rules, HEALTHY))

    lines = page.splitlines()
    assert max(columns(line) for line in lines) <= 96
    labels = ("规则", "出处", "怎么关")
    starts = {
        columns(line[: len(line) - len(line.lstrip())])
        for line in lines
        if line.strip().startswith(labels)
    }
    assert starts == {4}
    assert lines[0] == "配置 Configuration"
    assert lines[-1].startswith("没有通过：1 处要改")


def test_a_long_text_without_a_stop_is_broken_too():
    long = Finding("合规", Grade.NOTE, "x", (("规则", "字" * 100), ("出处", "word " * 40)))

    lines = render([long]).splitlines()

    assert max(columns(line) for line in lines) <= 96
    assert sum(line.count("字") for line in lines) == 100
    assert sum(line.count("word") for line in lines) == 40


def test_a_configuration_that_cannot_be_read_is_a_page_too():
    with pytest.raises(ConfigError) as caught:
        rules_from({"timezone": "UTC"})

    page = render(refused(caught.value.problems))

    assert "✗ config.yaml timezone: 「UTC」不在可选的值里 · 写 Asia/Shanghai 之一" in page
    assert failed(refused(caught.value.problems))
