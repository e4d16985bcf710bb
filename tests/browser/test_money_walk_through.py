"""The money walk by hand: paid at the cashier's page, explained, withdrawn, received in WeChat."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import House, Keep
from tests.browser.desk import Desk
from tests.stories import money_walk as walk
from tests.stories.phone import Sandbox
from tests.stories.test_money_walk import pending
from tests.stories.test_purchase import ADDRESS
from tests.stories.world import World
from tests.waiting import eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(world: World) -> House:
    return House(world.sandbox_url, "")


def test_a_newcomer_buys_and_the_money_reaches_a_purse(
    world: World, desk: Desk, keep: Keep
) -> None:
    sandbox = Sandbox(world.sandbox_url)
    walk.begins(sandbox)
    boss = sandbox.person("店长")
    walk.three_stand_in_line(sandbox, boss)
    live = walk.goes_on_air(boss)

    fang_scans_hongs_card(desk)
    fang_orders(desk)
    tail = fang_pays_in_the_phone(desk, keep)

    the_live_ends(desk, live)
    for name in reversed(walk.SETTLED):
        earnings_are_explained(desk, name, tail)
    keep("money-chat.png", desk.page.screenshot())

    desk.time_passes("86400")
    part_comes_back(desk, tail)
    for _ in range(walk.HELD.days):
        desk.time_passes("86400")
    assert eventually(lambda: world.ask(pending) == 0, 30)
    hong_sees_her_earnings(desk, keep)
    hong_withdraws(desk)
    desk.time_passes("tomorrow")
    hong_receives_it_in_wechat(desk, keep)


def fang_scans_hongs_card(desk: Desk) -> None:
    desk.picks_up("小红")
    desk.says("推广 3")
    desk.hears(f"正在画「{walk.GOODS}」的推广卡")
    desk.sees_picture().click()
    desk.at("recognise").click()
    desk.at("as-new").click()
    desk.is_called("阿芳")
    expect(desk.at("person-阿芳")).to_have_attribute("aria-current", "true")
    desk.since = 0
    desk.hears("广告 · 含推广链接", f"小红推荐：{walk.GOODS}，99.00 元")


def fang_orders(desk: Desk) -> None:
    desk.says("下单 3 10")
    desk.hears("寄到哪里？")
    desk.says(ADDRESS)
    desk.hears(f"{walk.GOODS} × 10", "应付 990.00 元")


def fang_pays_in_the_phone(desk: Desk, keep: Keep) -> str:
    """The tail of the order's number."""
    with desk.reads("去付款") as page:
        expect(page.get_by_role("heading", level=1)).to_contain_text(walk.GOODS)
        pay = page.get_by_role("button", name="去付款")
        expect(pay).to_be_enabled()
        expect(desk.page.locator("#toast")).to_be_hidden()
        keep("cashier.png", desk.at("web-view").screenshot())
        pay.click()
        expect(page.get_by_test_id("bridge-sheet")).to_contain_text("990.00 元")
        page.get_by_test_id("bridge-confirm").click()
        expect(page.get_by_text("付款成功")).to_be_visible()
    told = re.search("订单尾号 (\\w{4})", desk.hears("付款成功，990.00 元"))
    assert told
    return told[1]


def the_live_ends(desk: Desk, live: str) -> None:
    desk.picks_up("店长")
    desk.says(f"下播 {live}")
    desk.hears("下播了", "本场 1 单")
    desk.time_passes("3600")


def earnings_are_explained(desk: Desk, name: str, tail: str) -> None:
    expect(desk.at(f"unread-{name}")).to_be_visible()
    desk.picks_up(name)
    desk.hears(f"「{walk.TITLE}」结算好了：1 笔，共 {walk.SETTLED[name]} 元。")
    desk.taps_word("明细")
    desk.hears(f"「{walk.TITLE}」1 笔", walk.GOODS)
    desk.taps_word("1 怎么算的")
    desk.hears(f"订单尾号 {tail}，{walk.GOODS} × 10", *walk.RATES[name])
    expect(desk.page.locator("#toast")).to_be_hidden()


def part_comes_back(desk: Desk, tail: str) -> None:
    desk.picks_up("阿芳")
    desk.says(f"确认收货 {tail}")
    desk.hears(f"订单尾号 {tail} 签收了")
    desk.taps_word("售后")
    desk.hears("哪里不合适？")
    desk.says("33.33 元 2 袋破损")
    desk.hears("收到，售后编号 S1", "退 33.33 元")
    desk.picks_up("店长")
    desk.hears("有一件新的售后，编号 S1", "要退 33.33 元")
    desk.taps_word("看 S1")
    desk.hears("2 袋破损", "要退 33.33 元")
    desk.taps_word("同意 S1")
    desk.hears("已同意 S1")
    desk.picks_up("阿芳")
    desk.hears(f"订单尾号 {tail} 退款 33.33 元", "原路退回")
    desk.picks_up("小红")
    desk.hears("退回 6.66 元", "198.00 × 33.33 ÷ 990.00 = 6.666", "还剩 191.34 元")


def hong_sees_her_earnings(desk: Desk, keep: Keep) -> None:
    desk.says("收益")
    desk.hears("可提现 191.34 元", "待到账 0.00 元")
    with desk.reads("全部收益") as page:
        expect(page.get_by_text("191.34").first).to_be_visible()
        keep("earnings.png", desk.at("web-view").screenshot())
        page.get_by_text(walk.GOODS).first.click()
        expect(page.get_by_text("990.00 × 20% = 198.00 元")).to_be_visible()


def hong_withdraws(desk: Desk) -> None:
    desk.says("提现 100")
    desk.hears("核对一下：", "手续费 1.00 元（1%）", "到手 99.00 元，进微信零钱")
    desk.taps_word("确认")
    desk.hears("已受理，单号 W1。", "可提现还剩 91.34 元。")


def hong_receives_it_in_wechat(desk: Desk, keep: Keep) -> None:
    desk.hears("W1 的 99.00 元备好了")
    with desk.reads("点一下") as page:
        page.get_by_role("button", name="确认收款").click()
        expect(page.get_by_test_id("bridge-sheet")).to_contain_text("99.00 元")
        keep("transfer.png", desk.at("web-view").screenshot())
        page.get_by_test_id("bridge-confirm").click()
        expect(page.get_by_text("到账了")).to_be_visible()
    desk.hears("到账 99.00 元", "手续费 1.00 元", "可提现还有 91.34 元。")
    desk.says("提现记录")
    desk.hears("W1 ", "100.00 元，已到账")
