"""What is wrong with the settings of the group bot is said before anything starts."""

from pathlib import Path

import pytest

from commerce.rules import Rules, load_rules, rules_from
from qianxing.check import Finding, Grade, Probes, check, render
from qianxing.settings import load_settings
from tests.qianxing.test_settings import PLANTED, PRODUCTION, problems

WECOM = {
    "WECOM_CORPID": "ww5d1c93be20aa7f46",
    "WECOM_AGENTID": "1000002",
    "WECOM_SECRET": "Vb51mRq8Zt0LxWc7Yh29",
    "WECOM_TOKEN": "Jn40pXs6Dk81Bw37",
    "WECOM_AES_KEY": "Wp4kX9bZ2mQ7rT5vL8nC3hF6jD1sG0yUaEiOqXwRzKe",
    "WECOM_KF_TOKEN": "Fy92tGq5Lr63Mz08",
    "WECOM_KF_AES_KEY": "aB3dE5fG7hJ9kL2mN4pQ6rS8tU0vW1xY3zA5bC7dE9f",
}
BOT = {
    "WECOM_BOT_ID": "aibQ3m9Zx72TvKp94",
    "WECOM_BOT_SECRET": "Cd38vNf1Ks75Ht60Pw",
    "WECOM_BOT_TOKEN": "Rk17wBz9Xg54Qm28",
    "WECOM_BOT_AES_KEY": "Zx8cV6bN4mQ2wE0rT9yU7iO5pA3sD1fG8hJ6kL4zX2c",
}
REAL = PRODUCTION | WECOM | BOT
HEALTHY = Probes(migrations=lambda: ("1", "1"), redis_appendonly=lambda: True)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(Path(__file__).parents[2] / "config.yaml")


def about_the_bot(found: list[Finding]) -> list[Finding]:
    return [one for one in found if "群机器人" in one.title]


def test_a_whole_bot_is_read_and_its_two_ways_in_are_told(rules: Rules) -> None:
    settings = load_settings(REAL)

    [finding] = about_the_bot(check(settings, rules, HEALTHY))

    assert (finding.section, finding.grade) == ("配置", Grade.GOOD)
    assert finding.details == (
        ("回调", "https://app.example.com/wecom/aibot"),
        ("长连接", "运行 qianxing aibot，连 wss://openws.work.weixin.qq.com"),
    )
    assert not [value for name, value in REAL.items() if "SECRET" in name and value in f"{finding}"]


def test_without_a_bot_nothing_is_said_unless_the_rules_speak_of_groups(rules: Rules) -> None:
    written = rules.written["groups"] | {"some": [{"chat": "wrQ3m9", "per_minute": 5}]}
    with_a_group = rules_from({**rules.written, "groups": written})
    settings = load_settings(PRODUCTION)

    assert about_the_bot(check(settings, rules, HEALTHY)) == []
    [finding] = about_the_bot(check(settings, with_a_group, HEALTHY))

    assert finding.grade == Grade.NOTE
    assert "! 规则里写了群，但没有设群机器人\n    群        wrQ3m9\n" in render([finding])


@pytest.mark.parametrize("name", BOT)
def test_half_a_bot_is_none(name: str) -> None:
    [problem] = problems(REAL | {name: ""})

    assert problem.key == name


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("WECOM_BOT_ID", "群里的机器人", "Bot ID"),
        ("WECOM_BOT_ID", f"{PLANTED}/x", "Bot ID"),
        ("WECOM_BOT_SECRET", "secret", "太弱"),
        ("WECOM_BOT_TOKEN", "with-a-dash-inside-it", "英文和数字"),
        ("WECOM_BOT_TOKEN", "token", "太弱"),
        ("WECOM_BOT_AES_KEY", "short", "43 位"),
        ("WECOM_BOT_AES_KEY", REAL["WECOM_AES_KEY"], "和 WECOM_AES_KEY 一样"),
        ("WECOM_WS_URL", "ws://openws.example.com", "没有加密"),
        ("WECOM_WS_URL", "https://openws.example.com", "不是长连接"),
    ],
)
def test_a_wrong_bot_is_named_and_not_repeated(name: str, value: str, word: str) -> None:
    [problem] = problems(REAL | {name: value})

    assert problem.key == name
    assert word in str(problem)
    assert PLANTED not in str(problem)


@pytest.mark.parametrize(
    ("environ", "name"),
    [(BOT, "WECOM_BOT_ID"), ({"WECOM_WEBHOOKS": "日常群=hook-key"}, "WECOM_WEBHOOKS")],
)
def test_what_nobody_would_use_is_refused(environ: dict[str, str], name: str) -> None:
    [problem] = problems(environ)

    assert problem.key == name
    assert "企业微信没设" in str(problem)
    assert load_settings(WECOM | environ).wecom is not None
