"""An evening on the phones: the live room, its prices, a friend's card, the button."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from qianxing import demo_evening
from qianxing.demo import MANAGER
from qianxing.demo_evening import LOTUS, TISSUE, TOWEL, Evening
from qianxing.evening_size import SIZES
from qianxing.stage import Stage
from tests.browser.conftest import House, Keep
from tests.browser.desk import Desk
from tests.stories.test_purchase import ADDRESS
from tests.stories.world import World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(world: World) -> House:
    return House(world.sandbox_url, "")


@pytest.fixture
def evening(world: World) -> Evening:
    """On the air, with people in the room."""
    made = Evening(Stage(world.sandbox_url), SIZES["small"], print, lambda _: None, seed=1)
    starts_at = demo_evening.announces(made)
    demo_evening.books(made, starts_at)
    demo_evening.starts(made, starts_at)
    return made


def test_a_newcomer_enters_the_room_buys_and_is_helped(
    evening: Evening, desk: Desk, house: House, keep: Keep
) -> None:
    desk.is_new("阿芳")
    desk.follows()
    enters_the_room(desk, keep)
    buys_at_the_price_of_the_first(desk, evening, keep)
    watches_the_price_fall(desk, evening, keep)
    buys_in_the_room(desk, keep)
    is_helped_by_a_friend(desk, evening, keep)
    a_friend_without_the_account_helps_by_the_link(desk, evening, house)
    the_button_waits(desk, keep)
    three_days_pass(desk)


def enters_the_room(desk: Desk, keep: Keep) -> None:
    with desk.enters_the_room() as room:
        expect(room.get_by_text("正在直播")).to_be_visible()
        expect(room.get_by_role("button", name="抢购")).to_have_count(0)  # No address is known yet.
        towel = room.locator("li", has_text=TOWEL)
        expect(towel).to_contain_text("9.90")
        expect(room.locator("li", has_text=LOTUS)).to_contain_text("99.00")
        expect(desk.page.locator("#toast")).to_be_hidden()
        keep("live-room.png", desk.page.screenshot())


def buys_at_the_price_of_the_first(desk: Desk, evening: Evening, keep: Keep) -> None:
    desk.says(f"下单 {evening.goods[TOWEL]}")
    desk.hears("寄到哪里？")
    desk.says(ADDRESS)
    desk.hears(f"{TOWEL} × 1", "应付 9.90 元", "你是第 1 单，9.90 元")
    with desk.reads("去付款") as page:
        page.get_by_role("button", name="去付款").click()
        page.get_by_test_id("bridge-confirm").click()
        expect(page.get_by_text("付款成功")).to_be_visible()
    desk.hears("付款成功，9.90 元")
    keep("live-bought.png", desk.page.screenshot())


def watches_the_price_fall(desk: Desk, evening: Evening, keep: Keep) -> None:
    """Nobody touches this phone: the page of the room looks again by itself."""
    desk.says("进直播间")
    desk.hears("广告", "正在播")
    with desk.reads("进直播间") as room:
        lotus = room.locator("li", has_text=LOTUS)
        expect(lotus.locator(".price")).to_contain_text("99.00")
        demo_evening.buys(evening, evening.size.step, LOTUS)
        desk.at("web-view").get_by_role("button", name="更多").click()
        desk.page.get_by_text("刷新").click()
        expect(lotus.locator(".price")).to_contain_text("89.00")
        keep("live-price.png", desk.page.screenshot())


def buys_in_the_room(desk: Desk, keep: Keep) -> None:
    """Nothing is said: the button, the cashier, paid. Whoever has one has no button any more."""
    desk.says("进直播间")
    desk.hears("广告", "正在播")
    with desk.reads("进直播间") as room:
        lotus = room.locator("li", has_text=LOTUS)
        expect(room.get_by_role("button", name="抢购")).to_have_count(1)
        keep("live-button.png", desk.page.screenshot())
        lotus.get_by_role("button", name="抢购，89.00").click()
        expect(room.get_by_text("收银台").or_(room.get_by_text("应付")).first).to_be_visible()
        expect(room.locator(".total")).to_contain_text("89.00")
        desk.at("web-view").get_by_role("button", name="更多").click()
        desk.page.get_by_text("刷新").click()
        expect(lotus.locator(".price")).to_have_text(re.compile("89.00.*你下了单，等付款"))
        keep("live-waiting.png", desk.page.screenshot())
        lotus.get_by_role("link", name="去付款").click()
        room.get_by_role("button", name="去付款").click()
        room.get_by_test_id("bridge-confirm").click()
        expect(room.get_by_text("付款成功")).to_be_visible()
    desk.hears("付款成功，89.00 元")


def a_friend_without_the_account_helps_by_the_link(
    desk: Desk, evening: Evening, house: House
) -> None:
    """The link of the card, passed on in WeChat: away to say who comes, and into the room."""
    link = next(url for url in evening.stage.person("阿芳").links() if "?a=" in url)
    passed_on = f"{house.phone_url}{link[link.index('/pages/') :]}"
    desk.is_new("阿珍")
    address = {"name": "sandbox_person", "value": quote("阿珍"), "url": house.phone_url}
    desk.page.context.add_cookies([address])
    for said in ("谢谢你来帮忙，这一格亮了。", "这场你已经帮过了"):
        room = desk.page.context.new_page()
        room.goto(passed_on)
        expect(room.get_by_text(said)).to_be_visible()
        expect(room.get_by_text("正在直播")).to_be_visible()
        expect(room.get_by_text("在微信搜公众号")).to_be_visible()
        assert "/pages/live?t=" in room.url
        room.close()
    desk.picks_up("阿芳")
    desk.hears("来了 1 位朋友：2 / 3，还差 1 位。")


def is_helped_by_a_friend(desk: Desk, evening: Evening, keep: Keep) -> None:
    desk.says(f"助力 {evening.number}")
    desk.hears("3 位朋友通过你的卡片进直播间", "现在 0 / 3")
    desk.sees_picture().click()
    keep("assist-card.png", desk.page.screenshot())
    desk.at("recognise").click()
    desk.at(f"as-{evening.sums.people[0]}").click()
    expect(desk.at(f"person-{evening.sums.people[0]}")).to_have_attribute("aria-current", "true")
    desk.since = 0
    desk.hears("直播正在进行，谢谢你来帮忙，这一格亮了。")
    desk.picks_up("阿芳")
    desk.hears("来了 1 位朋友：1 / 3，还差 2 位。")


def test_the_board_renews_itself(evening: Evening, desk: Desk, keep: Keep) -> None:
    """Nobody touches it: an order somewhere else, and its figures follow."""
    desk.picks_up(MANAGER)
    desk.says(f"看板 {evening.number}")
    desk.hears("打开看板")
    with desk.reads("打开看板") as board:
        orders = board.locator(".k", has_text="订单").locator(".v")
        expect(orders).to_have_text("0")
        demo_evening.buys(evening, 1, TISSUE)
        expect(orders).to_have_text("1")
        expect(board.locator("tr", has_text=TISSUE)).to_contain_text("49.90")
        keep("live-board.png", desk.page.screenshot())


def the_button_waits(desk: Desk, keep: Keep) -> None:
    """What it starts is told of in tests/stories/test_evening.py."""
    desk.at("evening").click()
    expect(desk.at("evening-begin")).to_be_enabled()
    keep("evening-button.png", desk.page.screenshot())
    desk.page.keyboard.press("Escape")


def three_days_pass(desk: Desk) -> None:
    ahead = "async () => (await (await fetch('/sandbox/v1/state')).json()).clock_offset_s"
    before = desk.page.evaluate(ahead)
    desk.time_passes("259200")
    assert round(desk.page.evaluate(ahead) - before) == 3 * 86_400
