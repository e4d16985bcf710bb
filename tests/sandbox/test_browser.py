"""WeChat's own browser: pages of the application with the bridge in them, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.browser import allowing
from tests.sandbox.conftest import Desk, free_port, opener
from tests.sandbox.page_app import PageApp, pages
from tests.sandbox.pay_desk import TillApp


@pytest.fixture
def app() -> Iterator[PageApp]:
    with pages() as app:
        yield app


@pytest.fixture
def desk(app: PageApp, tmp_path: Path) -> Iterator[Desk]:
    with opener(tmp_path)(app) as desk:
        yield desk


def test_a_page_comes_with_the_bridge_before_everything_else(app: PageApp, desk: Desk):
    app.headers = [("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1; Path=/")]
    app.headers += [("Set-Cookie", "b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT")]

    answer = desk.http.get("/pages/cashier/小?t=%2F1", headers={"Cookie": "session=x"})

    method, path, headers, _ = app.asked[0]
    assert (method, path) == ("GET", f"/pages/cashier/{quote('小')}?t=%2F1")
    assert headers["cookie"] == "session=x"
    assert "MicroMessenger" in headers["user-agent"]
    assert headers["host"] == app.url.removeprefix("http://")
    assert answer.text.index("/phone/bridge.js") < answer.text.index("<title>")
    assert [value.split(";")[0] for value in answer.headers.get_list("set-cookie")] == [
        "a=1",
        "b=2",
    ]
    assert desk.http.get("/phone/bridge.js").status_code == 200


def test_what_is_no_page_stays_as_it_is(app: PageApp, desk: Desk):
    app.headers, app.body = [("Content-Type", "image/png")], b"\x89PNG\r\n\x1a\n<head>"

    assert desk.http.get("/pages/picture.png").content == app.body


def test_a_form_goes_to_the_application_as_from_its_own_page(app: PageApp, desk: Desk):
    here = desk.world.base_url
    headers = {"Origin": here, "Referer": f"{here}/pages/cashier"}

    desk.http.post("/pages/cashier", data={"name": "小红"}, headers=headers)

    method, _, heard, body = app.asked[0]
    assert method == "POST"
    assert body == b"name=" + quote("小红").encode()
    assert heard["content-type"] == "application/x-www-form-urlencoded"
    assert (heard["origin"], heard["referer"]) == (app.url, f"{app.url}/pages/cashier")


def test_ways_back_to_the_application_lead_back_here(app: PageApp, desk: Desk):
    here, encoded = desk.world.base_url, quote(f"{app.url}/pages/in", safe="")
    app.status = 302
    seen = []
    for location in (
        "/pages/next",
        f"{app.url}/pages/next",
        f"{here}/official/connect/oauth2/authorize?redirect_uri={encoded}&state=1",
        "https://elsewhere.example/",
        f"{app.url}/console",
    ):
        app.headers = [("Location", location)]
        seen.append(desk.http.get("/pages/x", follow_redirects=False).headers["location"])

    back = quote(f"{here}/pages/in", safe="")
    assert seen == [
        "/pages/next",
        f"{here}/pages/next",
        f"{here}/official/connect/oauth2/authorize?redirect_uri={back}&state=1",
        "https://elsewhere.example/",
        f"{app.url}/console",
    ]


def test_only_pages_are_asked_for(app: PageApp, desk: Desk):
    assert desk.http.get("/console").status_code == 404
    assert desk.http.request("DELETE", "/pages/x").status_code == 405
    assert app.asked == []


def test_an_application_that_is_away_is_said_so(tmp_path: Path):
    away: Any = TillApp("safe", f"http://127.0.0.1:{free_port()}")
    with opener(tmp_path)(away) as desk:
        answer = desk.http.get("/pages/x")

    assert answer.status_code == 502
    assert "应用没有回答" in answer.text


@pytest.mark.parametrize(
    ("policy", "then"),
    [
        (
            "default-src 'none'; style-src 'unsafe-inline'",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'",
        ),
        (
            "script-src 'nonce-1'; connect-src 'self'",
            "script-src 'nonce-1' 'self'; connect-src 'self'",
        ),
        ("img-src *", "img-src *; script-src * 'self'; connect-src * 'self'"),
    ],
)
def test_a_policy_lets_the_bridge_in_and_nothing_more(policy: str, then: str):
    assert allowing(policy) == then
