from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.conftest import SECRET, Desk
from tests.sandbox.echo_app import APPID

BACK = "https://x.example/pages/in?next=a%26b"


def authorize(desk: Desk, **more):
    query = {
        "appid": APPID,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": "s1",
        **more,
    }
    return desk.http.get("/official/connect/oauth2/authorize", params=query)


def code_for(desk: Desk, **more) -> str:
    answer = authorize(desk, **{"as": "小明"}, **more)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchange(desk: Desk, code: str, **more) -> dict:
    query = {"appid": APPID, "secret": SECRET, "grant_type": "authorization_code", "code": code}
    return desk.http.get("/official/sns/oauth2/access_token", params={**query, **more}).json()


def test_consent_leads_back_with_code_and_state(desk: Desk):
    desk.openid("小明")

    location = authorize(desk, **{"as": "小明"}).headers["location"]

    assert location.startswith("https://x.example/pages/in?")
    query = parse_qs(urlsplit(location).query)
    assert (query["state"], query["next"]) == (["s1"], ["a&b"])


def test_a_code_is_good_for_one_exchange(desk: Desk):
    openid = desk.openid("小明")
    code = code_for(desk)

    first, second = exchange(desk, code), exchange(desk, code)
    query = {"access_token": first["access_token"], "openid": openid}
    told = desk.http.get("/official/sns/userinfo", params=query).json()

    assert (first["openid"], first["scope"]) == (openid, "snsapi_userinfo")
    assert second["errcode"] == 40163
    assert (told["nickname"], told["unionid"]) == ("小明", first["unionid"])


def test_a_code_dies_after_five_minutes(desk: Desk):
    desk.openid("小明")
    code = code_for(desk)

    desk.advance(301)

    assert exchange(desk, code)["errcode"] == 40029
    assert exchange(desk, "nonsense")["errcode"] == 40029
    assert exchange(desk, code_for(desk), secret="no")["errcode"] == 40001


def test_the_silent_scope_tells_the_openid_only(desk: Desk):
    openid = desk.openid("小明")

    told = exchange(desk, code_for(desk, scope="snsapi_base"))
    query = {"access_token": told["access_token"], "openid": openid}

    assert told["openid"] == openid
    assert "unionid" not in told
    assert desk.http.get("/official/sns/userinfo", params=query).json()["errcode"] == 48001


def test_who_looks_is_known_from_the_phone_but_consent_is_asked(desk: Desk):
    desk.openid("小明")
    desk.openid("小红")
    desk.http.cookies.set("sandbox_person", "%E5%B0%8F%E6%98%8E")

    silent = authorize(desk, scope="snsapi_base")
    asked = authorize(desk)

    assert silent.status_code == 302
    assert asked.status_code == 200
    assert "小明" in asked.text
    assert "小红" not in asked.text


@pytest.mark.parametrize(
    "wrong",
    [{"appid": "x"}, {"scope": "x"}, {"redirect_uri": "javascript:1"}, {"state": "s" * 129}],
)
def test_a_wrong_request_shows_a_page_instead_of_a_redirect(wrong, desk: Desk):
    desk.openid("小明")

    assert authorize(desk, **{"as": "小明", **wrong}).status_code == 400
