"""What goes wrong on the way, and what people bring along, as it is seen on the phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
NICKNAME = "<s>甲</s>"


@pytest.mark.parametrize(("kind", "name"), [("lost_answer", "小林"), ("duplicate", "阿静")])
def test_a_message_that_arrives_twice_is_answered_once(desk: Desk, kind: str, name: str) -> None:
    comes_along(desk, name)
    desk.says("加入")
    desk.hears("三句话")

    desk.makes_trouble(kind)
    desk.says(name)
    desk.hears(f"欢迎，{name}！")
    desk.makes_trouble(kind)
    desk.says("海报")
    desk.sees_picture()
    desk.hears("有效到")
    expect(desk.at("wire-entry").filter(has_text="第 2 次").filter(has_text="海报")).to_be_visible()
    before = desk.since
    desk.says("进度")
    desk.hears("你是「见习」")

    desk.since = before
    assert len(desk.heard) == 4, "one line, one picture, one explanation, and what was asked next"
    expect(desk.at("fault-chip")).to_be_hidden()


def test_a_name_that_is_markup_is_shown_as_the_text_it_is(desk: Desk) -> None:
    comes_along(desk, HOSTILE)
    desk.says("加入")
    desk.hears("三句话")
    desk.says(HOSTILE)
    desk.hears("昵称要 1 到 12 个字")
    desk.says("加入")
    desk.hears("三句话")
    desk.says(NICKNAME)
    shown = desk.hears("欢迎，", "你现在是「见习」")
    assert "s>甲" in shown, "the tag was read as one"

    desk.sends_a_film()
    desk.hears("收到，编号 V")
    desk.at("send-scan").click()
    expect(desk.page.get_by_text(f"{HOSTILE} 来扫")).to_be_visible()
    desk.picks_up("店长")
    desk.says("待审")
    assert "s>甲" in desk.hears("待审视频 1 条")
    expect(desk.at(f"person-{HOSTILE}").locator("b")).to_have_text(HOSTILE)
    expect(desk.page.locator("img[src=x], .bb s")).to_have_count(0)


def comes_along(desk: Desk, name: str) -> None:
    desk.is_new(name)
    desk.follows()
    desk.hears("欢迎来到千星计划")
