"""「用我的微信头像」: there and back by OAuth; the picture small and sealed."""

import base64
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from bot.platforms.wechat import Account, WeChat
from commerce.errors import Rejected
from commerce.people import avatars
from commerce.work import Office
from tests.conftest import SEAL
from tests.people import Clock, Person
from web.pages import avatar


class Platform(WeChat):
    """The outermost port: what WeChat would say of the person who came back."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(Account("wx0", "s"), None, clock)
        self.url = "https://thirdwx.qlogo.cn/mmopen/1/132"
        self.is_snapshot = 0

    def oauth_exchange(self, code: str) -> dict[str, Any]:
        if code != "GOOD":
            raise Rejected(40029, "invalid code")
        return {"openid": "o-amy", "access_token": "A", "is_snapshotuser": self.is_snapshot}

    def oauth_userinfo(self, openid: str, access_token: str) -> dict[str, Any]:
        return {"openid": openid, "headimgurl": self.url}


@pytest.fixture
def platform(clock: Clock) -> Platform:
    return Platform(clock)


@pytest.fixture
def browser(office: Office, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    picture = io.BytesIO()
    Image.new("RGB", (640, 400), "#2F6F73").save(picture, "PNG")

    def fetch(url: str, *, allowed_hosts: tuple[str, ...]) -> bytes:
        assert url.split("/")[2] in allowed_hosts
        return picture.getvalue()

    monkeypatch.setattr(avatar, "fetch_picture", fetch)
    app = FastAPI()
    hosts = ("thirdwx.qlogo.cn",)
    app.include_router(avatar.routes(office, platform, SEAL, "https://star.example", hosts))
    return TestClient(app, "https://star.example", follow_redirects=False)


def state_of(browser: TestClient) -> str:
    return browser.get("/pages/avatar").headers["location"].split("state=")[1].split("#")[0]


def kept(office: Office, person: Person) -> str | None:
    member_id = person.member.id
    with office.work() as work:
        return avatars.of_member(work, member_id)


def test_the_picture_comes_back_small_and_is_kept(office: Office, browser: TestClient, amy: Person):
    state = state_of(browser)

    page = browser.get("/pages/avatar/done", params={"code": "GOOD", "state": state})

    assert "换好了" in page.text
    found = kept(office, amy)
    assert found is not None
    assert Image.open(io.BytesIO(base64.b64decode(found))).size == (208, 208)


@pytest.mark.parametrize("state", ["", "1-2", "99999999999999-00", "abc"])
def test_a_state_that_is_not_ours_is_refused(browser: TestClient, state: str):
    answer = browser.get("/pages/avatar/done", params={"code": "GOOD", "state": state})

    assert answer.status_code == 403


def test_a_state_is_good_in_the_browser_that_asked_only(
    office: Office, browser: TestClient, amy: Person
):
    """Mallory sends Amy back with a state and a code of his own: her card would show his face."""
    mallory = TestClient(browser.app, "https://star.example", follow_redirects=False)
    theirs = {"code": "GOOD", "state": state_of(mallory)}

    without = browser.get("/pages/avatar/done", params=theirs)
    state_of(browser)
    with_her_own = browser.get("/pages/avatar/done", params=theirs)

    assert (without.status_code, with_her_own.status_code) == (403, 403)
    assert "回到公众号再点一次" in without.text
    assert kept(office, amy) is None
    assert mallory.get("/pages/avatar/done", params=theirs).status_code == 200


def test_the_cookie_is_for_ten_minutes_and_for_nothing_else(
    office: Office, platform: Platform, browser: TestClient
):
    plain = FastAPI()
    plain.include_router(avatar.routes(office, platform, SEAL, "http://127.0.0.1:8000", ()))

    there, at_home = (
        client.get("/pages/avatar", follow_redirects=False).headers["set-cookie"]
        for client in (browser, TestClient(plain))
    )

    assert re.fullmatch(
        r"avatar=[0-9a-f]{32}; HttpOnly; Max-Age=600; Path=/pages/avatar; SameSite=lax; Secure",
        there,
    )
    assert at_home.endswith("SameSite=lax")


def test_a_state_is_good_for_ten_minutes(browser: TestClient, clock: Clock, amy: Person):
    state = state_of(browser)
    clock.now += timedelta(minutes=11)

    answer = browser.get("/pages/avatar/done", params={"code": "GOOD", "state": state})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": "BAD"}, "没拿到微信头像"),
        ({"is_snapshot": 1}, "微信没有给头像"),
        ({"url": ""}, "微信没有给头像"),
        ({"code": ""}, "你没有同意"),
    ],
)
def test_without_a_picture_the_card_keeps_the_initial(
    office: Office,
    browser: TestClient,
    platform: Platform,
    amy: Person,
    answer: dict[str, Any],
    words: str,
):
    platform.is_snapshot = answer.get("is_snapshot", 0)
    platform.url = answer.get("url", platform.url)

    came_back = {"code": answer.get("code", "GOOD"), "state": state_of(browser)}
    page = browser.get("/pages/avatar/done", params=came_back)

    assert words in page.text
    assert kept(office, amy) is None
