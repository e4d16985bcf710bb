"""`qianxing say` at every door, over a sandbox that is really there."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from qianxing.cli import main
from qianxing.say import _show
from tests.sandbox.wecom.conftest import Corp, _corp_pair, app, corp
from tests.sandbox.wecom.corp_app import CorpApp, reply
from tests.sandbox.wecom.test_groups import external

__all__ = ["_corp_pair", "app", "corp"]


def said(corp: Corp, *words: str) -> str:
    url = str(corp.http.base_url).rstrip("/")
    done = CliRunner().invoke(main, ["say", "--sandbox", url, "--wait", "2", *words])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_the_app_answers_a_colleague(corp: Corp, app: CorpApp):
    corp.staff("店长")
    app.answer = lambda heard: reply(heard, "待审 0 笔")

    assert said(corp, "--as", "店长", "--door", "app", "待审") == "待审 0 笔"


def test_customer_service_is_told_and_a_colleague_answers(corp: Corp, app: CorpApp):
    corp.staff("店长")

    assert said(corp, "--as", "路人", "--door", "wecom", "在吗") == ""

    assert app.at("/wecom/kf")
    assert corp.phone("路人")[-1]["door"] == "wecom"


def test_in_an_external_group_the_platform_answers_by_itself(corp: Corp):
    external(corp, "小明", default_reply="点这里找我")

    group = ("--as", "小明", "--door", "group", "--group", "福利群")
    told: dict[str, Any] = json.loads(said(corp, *group, "--json", "@小助理 在吗"))

    assert said(corp, *group, "@小助理 在吗") == "@小明 点这里找我"
    assert [(m["door"], m["group"]) for m in told["messages"]] == [("group", "福利群")]


def test_what_stands_elsewhere_says_where():
    private = {"door": "app", "type": "text", "text": "可提现 0.00 元"}

    assert _show(private, ("group", "创作者群")) == "〔企业微信应用〕\n可提现 0.00 元"
    assert _show(private, ("app", None)) == "可提现 0.00 元"


@pytest.mark.parametrize("words", [["--door", "group"], ["--group", "福利群"]])
def test_a_group_is_named_with_its_door(words: list[str]):
    done = CliRunner().invoke(main, ["say", "--as", "小明", *words, "你好"])

    assert done.exit_code == 2
    assert "--group" in done.output
