import pytest

from tests.sandbox.conftest import SECRET, Desk
from tests.sandbox.echo_app import APPID

INFO = "cgi-bin/user/get"


def works(desk: Desk, token: str) -> int:
    return desk.call(INFO, access_token=token).get("errcode", 0)


def classic(desk: Desk) -> str:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    return desk.http.get("/official/cgi-bin/token", params=query).json()["access_token"]


def test_the_stable_token_is_the_same_until_it_is_renewed_early(desk: Desk):
    first = desk.token()
    again = desk.token()
    desk.advance(7_200 - 299)
    renewed = desk.token()

    assert first["expires_in"] == 7_200
    assert again["access_token"] == first["access_token"]
    assert renewed["access_token"] != first["access_token"]
    assert works(desk, first["access_token"]) == 0
    desk.advance(300)
    assert works(desk, first["access_token"]) == 42001
    assert works(desk, renewed["access_token"]) == 0


def test_a_forced_token_leaves_the_old_one_five_minutes(desk: Desk):
    old = desk.token()["access_token"]
    new = desk.token(force_refresh=True)["access_token"]

    assert new != old
    assert (works(desk, old), works(desk, new)) == (0, 0)
    desk.advance(301)
    assert (works(desk, old), works(desk, new)) == (42001, 0)


def test_forcing_is_limited_by_pause_and_by_day(desk: Desk):
    desk.token()
    first, hasty = desk.token(force_refresh=True), desk.token(force_refresh=True)
    answers = []
    for _ in range(20):
        desk.advance(31)
        answers.append(desk.token(force_refresh=True).get("errcode", 0))

    assert "access_token" in first
    assert hasty["errcode"] == 45011
    assert answers == [0] * 19 + [45009]
    desk.advance(86_400)
    desk.token()
    assert "access_token" in desk.token(force_refresh=True)


def test_the_classic_token_is_isolated_and_new_every_time(desk: Desk):
    stable = desk.token()["access_token"]
    first, second = classic(desk), classic(desk)

    assert len({stable, first, second}) == 3
    assert [works(desk, token) for token in (stable, first, second)] == [0, 0, 0]
    desk.advance(301)
    assert [works(desk, token) for token in (stable, first, second)] == [0, 42001, 0]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret": "no"}, 40001),
        ({"appid": "wx0"}, 40013),
        ({"grant_type": "x"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ["x"]}, 40001),
    ],
)
def test_wrong_credentials_have_their_codes(wrong, code, desk: Desk):
    assert desk.token(**wrong)["errcode"] == code


def test_every_call_wants_a_token(desk: Desk):
    assert works(desk, "") == 41001
    assert works(desk, "nonsense") == 40001


def test_the_js_ticket_stays_for_two_hours(desk: Desk):
    path = "cgi-bin/ticket/getticket"
    first, again = desk.call(path, type="jsapi"), desk.call(path, type="jsapi")
    desk.advance(7_201)

    assert first["ticket"] == again["ticket"]
    assert first["expires_in"] == 7_200
    assert desk.call(path, type="jsapi")["ticket"] != first["ticket"]
    assert desk.call(path, type="poem")["errcode"] == 40097
