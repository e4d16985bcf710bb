"""直播间 over HTTP: by one's own link, or by a friend's card with WeChat saying who comes."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from starlette.routing import Route

from bot.links import VALID, token_for
from commerce.errors import PlatformUnavailable
from commerce.goods import offers, recipients, shares, touches
from commerce.goods.offers import Kind
from commerce.goods.orders import Offer, Order
from commerce.lives import assists, room, shown
from commerce.lives.assists import Assist
from commerce.lives.board import Visit
from commerce.lives.lives import Live, State
from commerce.people import identities
from commerce.people.members import Member
from commerce.work import Office, Work
from tests.commerce.sales import live, product
from tests.commerce.stars import star, visitor
from tests.commerce.test_offers import first_n, richly, stair
from tests.databases import SEAL
from tests.people import Clock
from web.api import flash_orders
from web.api.flash_desk import Desk
from web.pages import coming, paying
from web.pages import room as room_page

BASE = "https://star.example"


class Platform:
    """WeChat's side of OAuth: a code is somebody's openid."""

    is_snapshot = 0

    def oauth_url(self, redirect_uri: str, *, scope: str, state: str) -> str:
        return f"{redirect_uri}&scope={scope}&state={state}"

    def oauth_exchange(self, code: str) -> dict[str, Any]:
        if code == "BAD":
            raise PlatformUnavailable("40029", "invalid code")
        return {"openid": code, "is_snapshotuser": self.is_snapshot}


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def browser(office: Office, platform: Platform) -> TestClient:
    app = FastAPI()
    app.include_router(room_page.routes(office, SEAL, takes_payment=True))
    app.include_router(coming.routes(office, platform, SEAL, f"{BASE}/"))  # type: ignore[arg-type]
    return TestClient(app, BASE, follow_redirects=False)


@pytest.fixture
def evening(office: Office) -> Live:
    """On the air, with 藕粉: the first 2 at 9.90, and 69.00 by friends."""
    with office.work() as work:
        made, goods = live(work, star(work, "小明")), product(work)
        shown.put(work, made, [goods.id])
        first_n(work, made, goods, 2)
        offers.publish(richly(work), made, goods, Kind.ASSIST, subsidy_fen=100_000_00)
        return made


def own(clock: Clock, member: Member, evening: Live, page: str = "live") -> str:
    token = token_for(SEAL, page, member.id, clock.now + VALID, about=evening.id)
    return f"/pages/live?t={token}"


def somebody(office: Office) -> Member:
    with office.work() as work:
        return visitor(work)


def a_card(office: Office, evening: Live) -> Assist:
    with office.work() as work:
        return assists.share(work, star(work, "小红"), work.session.get_one(Live, evening.id))


def goes(browser: TestClient, address: str, code: str) -> Any:
    """As a phone does: away to WeChat, and back with its code."""
    away = browser.get(address)
    assert away.status_code == 307, away.text
    back = away.headers["location"].removeprefix(BASE)
    return browser.get(f"{back}&code={code}")


def visits(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(Visit)) or 0


def test_the_room_shows_goods_offers_and_how_to_buy(
    office: Office, browser: TestClient, clock: Clock, evening: Live
):
    member = somebody(office)

    answer = browser.get(own(clock, member, evening))

    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>|&nbsp;", "", answer.text)
    for words in (
        "广告 · 含推广链接",
        "春日好物专场",
        "正在直播",
        "主播小明",
        "藕粉 10 袋装",
        "9.90元 标价 99.00元",
        "前 2 单 9.90 元，还剩 2 单",
        "助力价 69.00 元，每人 1 份，回复「助力」",
        "下单 1",
        "截至 12:00",
    ):
        assert words in text, words
    assert f'data-address="/pages/live/{evening.id}/here?t=' in answer.text
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"


def test_opening_it_is_entering_once(
    office: Office, browser: TestClient, clock: Clock, evening: Live
):
    member = somebody(office)

    for _ in range(2):
        browser.get(own(clock, member, evening))

    with office.reading() as work:
        assert room.has_entered(work, member, evening)
        assert visits(work) == 1


@pytest.mark.parametrize(
    ("state", "headline"),
    [(State.SCHEDULED, "还没开播"), (State.SETTLED, "播完了"), (State.CANCELLED, "取消了")],
)
def test_nobody_enters_what_is_not_on(
    office: Office, browser: TestClient, clock: Clock, evening: Live, state: str, headline: str
):
    member = somebody(office)
    with office.work() as work:
        work.session.get_one(Live, evening.id).state = state

    answer = browser.get(own(clock, member, evening))

    assert headline in answer.text
    assert "data-address" not in answer.text
    with office.reading() as work:
        assert visits(work) == 0


def test_another_pages_link_and_an_old_one_open_nothing(
    office: Office, browser: TestClient, clock: Clock, evening: Live
):
    member = somebody(office)
    old = own(clock, member, evening)
    others = own(clock, member, evening, page="earnings")
    clock.now += VALID * 2

    for address in ("/pages/live", others, old):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "春日好物专场" not in answer.text


def test_a_friend_need_not_follow_to_help(office: Office, browser: TestClient, evening: Live):
    card = a_card(office, evening)

    answer = goes(browser, f"/pages/live/{evening.id}?a={card.token}", "o-new")

    assert answer.status_code == 303
    page = browser.get(answer.headers["location"])
    assert "谢谢你来帮忙，这一格亮了。" in page.text
    assert "在微信搜公众号" in page.text
    with office.reading() as work:
        identity, friend = identities.recognise(work, "official", "o-new")
        assert not identity.is_open
        assert work.session.get_one(Assist, card.id).helped == 1
        assert room.has_entered(work, friend, evening)
        assert touches.star_of_live(work, friend, evening).id == card.member_id


def test_the_same_friend_again_is_thanked_and_not_counted(
    office: Office, browser: TestClient, evening: Live
):
    card = a_card(office, evening)
    address = f"/pages/live/{evening.id}?a={card.token}"
    goes(browser, address, "o-new")

    page = browser.get(goes(browser, address, "o-new").headers["location"])

    assert "这场你已经帮过了，一场一次，心意收到。" in page.text
    with office.reading() as work:
        assert work.session.get_one(Assist, card.id).helped == 1


def test_a_share_leads_into_the_room_too(office: Office, browser: TestClient, evening: Live):
    with office.work() as work:
        seller = star(work, "小红")
        made = shares.current(work, seller, live_id=evening.id)

    answer = goes(browser, f"/pages/live/{evening.id}?s={made.token}", "o-new")

    assert answer.status_code == 303
    with office.reading() as work:
        friend = identities.recognise(work, "official", "o-new")[1]
        assert touches.star_of_live(work, friend, evening).id == seller.id
        assert room.has_entered(work, friend, evening)


@pytest.mark.parametrize("query", ["", "?a=WRONG", "?s=WRONG", "?a=&s="])
def test_without_a_good_card_nothing_opens(browser: TestClient, evening: Live, query: str):
    assert browser.get(f"/pages/live/{evening.id}{query}").status_code == 403


def test_a_card_of_one_live_opens_no_other(office: Office, browser: TestClient, evening: Live):
    card = a_card(office, evening)

    assert browser.get(f"/pages/live/{evening.id + 1}?a={card.token}").status_code == 403


def test_a_state_is_good_in_the_browser_that_asked_only(
    office: Office, browser: TestClient, evening: Live
):
    card = a_card(office, evening)
    mallory = TestClient(browser.app, BASE, follow_redirects=False)
    away = mallory.get(f"/pages/live/{evening.id}?a={card.token}")
    back = away.headers["location"].removeprefix(BASE)

    answers = [browser.get(f"{back}&code=o-new"), browser.get(back.split("&scope")[0])]

    assert [answer.status_code for answer in answers] == [403, 403]
    with office.reading() as work:
        assert work.session.get_one(Assist, card.id).helped == 0


def test_nobody_in_particular_and_a_bad_code_do_not_count(
    office: Office, browser: TestClient, platform: Platform, evening: Live
):
    card = a_card(office, evening)
    address = f"/pages/live/{evening.id}?a={card.token}"

    assert goes(browser, address, "BAD").status_code == 403
    platform.is_snapshot = 1
    assert goes(browser, address, "o-preview").status_code == 403

    with office.reading() as work:
        assert work.session.get_one(Assist, card.id).helped == 0


# The button.

HOME = recipients.Recipient("阿芳", "13800006688", "杭州市西湖区文三路1号")
BUTTON = re.compile(r'data-grab="([^"]+)" data-token="([^"]+)"')


@pytest.fixture
def till(office: Office, browser: TestClient) -> Iterator[TestClient]:
    """The room, the interface its button asks, and the cashier it goes on to."""
    desk = Desk(office)
    door = flash_orders.Door(office, SEAL, desk, takes_payment=True)
    browser.app.router.routes.append(Route(flash_orders.PATH, door, methods=["POST"]))
    browser.app.include_router(paying.routes(office, None, SEAL))
    desk.start()
    yield browser
    desk.stop()


def with_an_address(office: Office) -> Member:
    member = somebody(office)
    with office.work() as work:
        recipients.save(work, member.id, HOME)
    return member


def presses(till: TestClient, page: str, key: str = "k", offer: int | None = None) -> Any:
    address, token = BUTTON.findall(page)[0]
    if offer is not None:
        address = re.sub(r"\d+(?=/orders)", str(offer), address)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return till.post(address, headers=headers)


def test_the_button_buys_one_at_the_price_it_says_and_goes_on_to_the_cashier(
    office: Office, till: TestClient, clock: Clock, evening: Live
):
    member = with_an_address(office)
    room_ = own(clock, member, evening)
    page = till.get(room_).text
    assert "抢购，" in page

    placed = presses(till, page)

    assert placed.status_code == 200, placed.text
    assert (placed.json()["seat_no"], placed.json()["payable_fen"]) == (1, 9_90)
    assert presses(till, page).json()["order"] == placed.json()["order"]  # After a lost answer.
    with office.reading() as work:
        [order] = work.session.scalars(select(Order)).all()
        assert (order.buyer_id, order.offer, order.unit_fen) == (member.id, Offer.FIRST_N, 9_90)
        assert HOME.address in order.recipient
    assert "应付" in till.get(placed.json()["pay"]).text
    again = till.get(room_).text
    assert not BUTTON.search(again)
    assert "你下了单，等付款" in again
    [cashier] = re.findall(r'<a class="button gap" href="([^"]+)">去付款</a>', again)
    assert "藕粉 10 袋装" in till.get(html.unescape(cashier)).text


def test_its_token_is_good_for_this_offer_and_for_a_while(
    office: Office, till: TestClient, clock: Clock, evening: Live
):
    with office.work() as work:
        goods = product(work)
        again = work.session.get_one(Live, evening.id)
        shown.put(work, again, [*shown.goods_ids(work, again), goods.id])
        other = first_n(work, again, goods, 2).id
    page = till.get(own(clock, with_an_address(office), evening)).text

    assert len(BUTTON.findall(page)) == 2
    assert presses(till, page, offer=other).status_code == 401
    clock.now += VALID * 2
    assert presses(till, page).status_code == 401
    with office.reading() as work:
        assert work.session.scalars(select(Order)).all() == []


def test_who_comes_too_late_is_told_in_words_with_the_way_on(
    office: Office, till: TestClient, clock: Clock, evening: Live
):
    pages = [till.get(own(clock, with_an_address(office), evening)).text for _ in range(3)]

    answers = [presses(till, page, key=f"k{n}") for n, page in enumerate(pages)]

    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert "刚被抢完，没有下单，没有扣钱" in answers[2].json()["words"]


def test_where_something_is_to_be_said_first_there_is_no_button(
    office: Office, till: TestClient, clock: Clock, evening: Live
):
    """No address yet; the host, who has no seat and would earn nothing; no merchant; it is over."""
    nowhere, buyer = somebody(office), with_an_address(office)
    with office.work() as work:
        host = work.session.get_one(Member, evening.host_id)
        recipients.save(work, host.id, HOME)
        goods, tonight = product(work), work.session.get_one(Live, evening.id)
        shown.put(work, tonight, [*shown.goods_ids(work, tonight), goods.id])
        stair(work, tonight, goods)
    app = FastAPI()
    app.include_router(room_page.routes(office, SEAL, takes_payment=False))

    pages = [till.get(own(clock, one, evening)).text for one in (nowhere, host)]
    pages.append(TestClient(app).get(own(clock, buyer, evening)).text)
    assert BUTTON.search(till.get(own(clock, buyer, evening)).text)
    with office.work() as work:
        work.session.get_one(Live, evening.id).state = State.ENDED
    pages.append(till.get(own(clock, buyer, evening)).text)

    assert not any(BUTTON.search(page) for page in pages)
    assert all("回复「<b>下单 1</b>」" in page for page in pages[:3])
