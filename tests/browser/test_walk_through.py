"""The first minutes of the README, by hand: 小明 joins, invites, is approved and becomes 一星."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Keep
from tests.browser.desk import Desk

pytestmark = pytest.mark.browser


def test_a_newcomer_invites_four_friends_and_rises_entirely_by_hand(desk: Desk, keep: Keep) -> None:
    ming_joins_after_reading_the_rules(desk)
    poster = ming_gets_a_poster(desk)
    keep("poster.jpg", poster)

    hong_recognises_the_poster_on_mings_phone(desk)
    ming_hears_of(desk, "小红", "已邀请 1 人，席位还有 2 个。")
    scans_the_poster(desk, "小刚")
    ming_hears_of(desk, "小刚", "已邀请 2 人，席位还有 1 个。")
    ming_sees_what_is_missing(desk, keep)

    video = ming_submits_a_video(desk)
    the_operator_approves(desk, video)
    ming_becomes_one_star(desk, video)

    scans_the_poster(desk, "阿丽")
    ming_hears_of(desk, "阿丽", "已邀请 3 人，席位已满。")
    a_fourth_friend_joins_without_a_seat(desk)
    ming_is_told_kindly_and_sees_the_team(desk, keep)


def ming_joins_after_reading_the_rules(desk: Desk) -> None:
    desk.picks_up("小明")
    expect(desk.at("profile")).to_contain_text("服务号")
    desk.follows()
    desk.hears("欢迎来到千星计划", "参加免费")

    desk.says("加入")
    desk.hears("三句话，看完再决定", "卖不出就没有")
    with desk.reads("《计划规则》") as page:
        expect(page.get_by_role("heading", level=1)).to_contain_text("规则")
        expect(page.locator("main")).to_contain_text("我们不承诺任何收入")
        page.get_by_role("link", name="隐私说明").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("隐私说明")

    desk.says("小明")
    desk.hears("欢迎，小明！你现在是「见习」", "2 位朋友加入", "1 条带货短视频")


def ming_gets_a_poster(desk: Desk) -> bytes:
    desk.taps_menu(0, "poster")
    desk.hears("正在画你的邀请卡")
    picture = desk.sees_picture()
    desk.hears("有效到", "已邀请 0 人，席位还有 3 个")
    return desk.bytes_of(picture)


def hong_recognises_the_poster_on_mings_phone(desk: Desk) -> None:
    desk.sees_picture().click()
    expect(desk.at("full-picture")).to_be_visible()
    desk.at("recognise").click()
    desk.at("as-小红").click()
    expect(desk.at("person-小红")).to_have_attribute("aria-current", "true")
    joins(desk, "小红")


def scans_the_poster(desk: Desk, name: str) -> None:
    desk.picks_up(name)
    desk.at("scan").click()
    desk.page.locator("[data-testid=scan-picture][data-owner=小明]").last.click()
    joins(desk, name)


def joins(desk: Desk, name: str) -> None:
    """Whoever scanned 小明's poster hears whose it is, and taps the words that are offered."""
    desk.since = 0
    desk.hears("欢迎来到千星计划", "是小明邀请你来的")
    desk.taps_word("加入")
    desk.hears("三句话")
    desk.says(name)
    desk.hears(f"欢迎，{name}！", "邀请人：小明，已确定")


def ming_hears_of(desk: Desk, friend: str, *words: str) -> None:
    """A badge says that something came while his phone lay aside; looking takes it away."""
    expect(desk.at("unread-小明")).to_have_text(re.compile(r"^[1-9]$"))
    desk.picks_up("小明")
    desk.hears(f"{friend}加入了", *words)
    expect(desk.at("unread-小明")).to_have_count(0)


def ming_sees_what_is_missing(desk: Desk, keep: Keep) -> None:
    desk.says("进度")
    desk.hears("已邀请 2 人，还差 1 条带货短视频升级。", "邀请 2 / 2 人，已够")
    expect(desk.at("chat-title")).to_have_text("千星计划")
    expect(desk.at("wire-entry").first).to_contain_text("进度")
    desk.at("menus").click()
    keep("phone.png", desk.page.screenshot())

    desk.taps_word("进度图")
    keep("progress.jpg", desk.bytes_of(desk.sees_picture()))
    desk.hears("已邀请 2 人")


def ming_submits_a_video(desk: Desk) -> str:
    desk.taps_menu(0, "submit_video")
    desk.hears("把视频发来", "画面里有「广告」两个字")
    desk.sends_a_film()
    told = re.search(r"编号 (V\d+)", desk.hears("收到，编号 V", "有结果"))
    assert told
    return told[1]


def the_operator_approves(desk: Desk, video: str) -> None:
    desk.picks_up("店长")
    desk.says("待审")
    desk.hears(f"{video} 小明")
    desk.taps_word(f"看 {video}")
    desk.hears(f"{video} 小明，见习", "等待审核")
    shown = desk.page.locator("[data-from=account]").get_by_test_id("message-video")
    expect(shown).to_have_count(1)
    desk.taps_word(f"通过 {video}")
    desk.hears(f"已通过 {video}", "小明会收到通知", "待审都处理完了")


def ming_becomes_one_star(desk: Desk, video: str) -> None:
    expect(desk.at("unread-小明")).to_be_visible()
    desk.picks_up("小明")
    desk.hears(f"视频 {video} 通过了")
    desk.hears("你升到「一星」了！")


def a_fourth_friend_joins_without_a_seat(desk: Desk) -> None:
    desk.picks_up("小明")
    desk.page.get_by_test_id("message-picture").first.click()
    desk.at("recognise").click()
    desk.at("as-new").click()
    desk.is_called("阿伟")
    expect(desk.at("person-阿伟")).to_have_attribute("aria-current", "true")
    desk.since = 0
    desk.hears("是小明邀请你来的")
    desk.taps_word("加入")
    desk.hears("三句话")
    desk.says("阿伟")
    desk.hears("欢迎，阿伟！你是小明邀请的。", "3 个席位满了", "和别人完全一样")


def ming_is_told_kindly_and_sees_the_team(desk: Desk, keep: Keep) -> None:
    expect(desk.at("unread-小明")).to_have_text("1")
    desk.picks_up("小明")
    desk.hears("阿伟加入了。你的 3 个席位已满", "不占席位")
    desk.taps_menu(0, "team")
    keep("team.jpg", desk.bytes_of(desk.sees_picture()))
    desk.hears("团队 3 人：你邀请的 3 人（席位已满）")
