"""Every door of one house, by hand: 微信客服, the groups, a new contact, the operator's app."""

import html
import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Work
from tests.browser.conftest import House, Keep
from tests.browser.desk import Desk
from tests.stories import money_walk as walk
from tests.stories.phone import Sandbox
from tests.stories.test_money_walk import pending
from tests.stories.test_purchase import ADDRESS, PARAMS, opened
from tests.stories.world import World
from tests.waiting import eventually

pytestmark = pytest.mark.browser

SERVICE, APP, CONTACT = "wecom", "app", "contact:店长"
MAKERS, FANS = "group:千星创作者群", "group:千星福利群"


@pytest.fixture(scope="module")
def house(world: World) -> House:
    return House(world.sandbox_url, "")


def test_who_came_by_customer_service_withdraws_in_the_account(
    world: World, desk: Desk, keep: Keep
) -> None:
    sandbox = Sandbox(world.sandbox_url)
    walk.begins(sandbox)
    binds_the_app(desk, "店长")
    ming_gets_a_poster_in_customer_service(desk)
    hong_joins_in_customer_service(desk)
    hong_is_known_in_the_account(world, desk)

    live = walk.goes_on_air(sandbox.person("店长"))
    tail = fang_buys_by_hongs_card(sandbox)
    money_comes(world, sandbox, live, tail)
    hong_withdraws_in_the_account(desk)
    the_operator_approves_in_the_app(desk, keep)
    hong_is_told_in_the_account(desk)


def test_a_colleague_asks_in_the_group_and_is_answered_alone(desk: Desk, keep: Keep) -> None:
    desk.picks_up("阿强")
    desk.follows()
    desk.hears("欢迎来到千星计划")
    joins(desk, "阿强")
    binds_the_app(desk, "阿强")

    desk.opens(MAKERS)
    desk.calls("我这个月收益多少")
    desk.hears("已私信你。")
    keep("group.png", desk.page.screenshot())
    assert not any("元" in words for words in desk.heard)
    expect(desk.at("other-unread")).to_have_text("1")
    desk.opens(APP)
    desk.hears("可提现 0.00 元")

    desk.picks_up("店长")
    desk.opens(MAKERS)
    desk.hears("已私信你。")
    assert not any("元" in words for words in desk.heard)


def test_a_new_contact_is_welcomed_and_led_through_the_group_to_a_door_that_works(
    world: World, desk: Desk, keep: Keep
) -> None:
    Sandbox(world.sandbox_url).post("/contacts", person="阿丽")
    desk.picks_up("阿丽")
    desk.opens(CONTACT)
    desk.hears("广告", "我是千星小助手", "5 元券", "进群扫下图")
    keep("contact.png", desk.page.screenshot())
    with desk.reads_address("/pages/coupon") as page:
        expect(page.locator("main")).to_contain_text("5.00")

    desk.sees_picture().click()
    desk.at("recognise").click()
    desk.at("as-阿丽").click()
    expect(desk.at("chat-title")).to_have_text("千星福利群（3）")
    desk.calls("订单到哪了")
    desk.hears("@阿丽", "点这里找我一对一")
    keep("customers.png", desk.page.screenshot())

    desk.page.get_by_role("link", name="work.weixin.qq.com/kf").last.click()
    expect(desk.at("chat-title")).to_have_text("千星客服")
    desk.since = 0
    desk.hears("欢迎来到千星计划")
    desk.says("直播")
    desk.hears("现在没有排好的直播")


def joins(desk: Desk, name: str) -> None:
    desk.taps_word("加入")
    desk.hears("三句话")
    desk.says(name)
    desk.hears(f"欢迎，{name}！")


def binds_the_app(desk: Desk, name: str) -> None:
    """A colleague's two doors have nothing in common but what is typed."""
    desk.picks_up(name)
    desk.says("绑定")
    told = re.search("绑定 [0-9A-Z]{6}", desk.hears("绑定码 "))
    assert told
    desk.opens(APP)
    desk.says(told[0])
    desk.hears(f"绑好了，两边都是{name}。")


def ming_gets_a_poster_in_customer_service(desk: Desk) -> None:
    desk.picks_up("小明")
    desk.opens(SERVICE)
    desk.says("加入")
    desk.hears("三句话")
    desk.says("小明")
    desk.hears("欢迎，小明！")
    desk.says("海报")
    desk.sees_picture().click()


def hong_joins_in_customer_service(desk: Desk) -> None:
    """The code on the card is a link into customer service; who invited is known there."""
    desk.at("recognise").click()
    desk.at("as-小红").click()
    expect(desk.at("person-小红")).to_have_attribute("aria-current", "true")
    expect(desk.at("chat-title")).to_have_text("千星客服")
    desk.since = 0
    desk.hears("欢迎来到千星计划", "是小明邀请你来的")
    joins(desk, "小红")


def hong_is_known_in_the_account(world: World, desk: Desk) -> None:
    """The platform says that both doors are one person; nothing has to be typed."""
    desk.opens("official")
    desk.follows()
    desk.hears("千星计划")
    assert eventually(lambda: world.ask(doors_of_hong) == 2, 20)
    desk.says("邀请码")
    desk.hears("你的邀请码是")


def doors_of_hong(work: Work) -> int:
    doors = select(func.count()).select_from(Identity).join(Member)
    return work.session.scalar(doors.where(Member.nickname == "小红")) or 0


def fang_buys_by_hongs_card(sandbox: Sandbox) -> str:
    """Thirty of 99.00: 20 % are 594.00, and more than 500.00 is not paid out unseen."""
    hong, fang = sandbox.person("小红"), sandbox.person("阿芳")
    fang.scans(walk.shares_goods(hong)).hears("小红推荐")
    fang.says("下单 3 30").hears("寄到哪里？")
    message = fang.says(ADDRESS).hears("应付 2,970.00 元")
    [link] = [one["url"] for one in message["links"] if "/pages/cashier" in one["url"]]
    params = json.loads(html.unescape(PARAMS.search(opened(link))[1]))
    sandbox.post("/people/阿芳/bridge", call="getBrandWCPayRequest", params=params, sure=True)
    told = fang.hears("付款成功，2,970.00 元", "订单尾号 ")["text"]
    return str(told.split("订单尾号 ")[1][:4])


def money_comes(world: World, sandbox: Sandbox, live: str, tail: str) -> None:
    sandbox.person("店长").says(f"下播 {live}").hears("下播了")
    walk.passes(sandbox, timedelta(minutes=10, seconds=1))
    sandbox.person("小红").is_told("结算好了", "共 594.00 元")
    walk.passes(sandbox, walk.ON_THE_WAY)
    sandbox.person("阿芳").says(f"确认收货 {tail}").hears("签收了")
    walk.passes(sandbox, walk.HELD)
    assert eventually(lambda: world.ask(pending) == 0, 30)


def hong_withdraws_in_the_account(desk: Desk) -> None:
    desk.says("提现 550")
    desk.hears("核对一下：", "到手 544.50 元，进微信零钱")
    desk.taps_word("确认")
    desk.hears("单号 W1")


def the_operator_approves_in_the_app(desk: Desk, keep: Keep) -> None:
    """Who has not written to the account for days is told in the app, and decides there."""
    desk.picks_up("店长")
    desk.opens(APP)
    desk.hears("有一笔提现待审：W1，550.00 元，超过自动额度")
    desk.says("看 W1")
    desk.hears("W1 小红", "到手 544.50 元")
    desk.says("批准 W1")
    desk.hears("批准 W1，付给小红 544.50 元？", "回复「1」确认")
    desk.says("1")
    desk.hears("已批准 W1。")
    keep("approval.png", desk.page.screenshot())


def hong_is_told_in_the_account(desk: Desk) -> None:
    desk.time_passes("tomorrow")
    desk.picks_up("小红")
    desk.opens("official")
    desk.hears("W1 的 544.50 元备好了")
