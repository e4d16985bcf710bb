import io

import pytest
from PIL import Image

from tests.sandbox.conftest import Desk, until
from tests.sandbox.echo_app import EchoApp


def test_a_person_has_ids_of_the_platforms(desk: Desk):
    person = desk.lever("people", {"name": "小明", "corp_member": True})
    again = desk.lever("people", {"name": "小明"})
    other = desk.lever("people", {"name": "小红"})

    assert person == again
    assert (person["openid"][0], len(person["openid"])) == ("o", 28)
    assert person["userid"]
    assert other["userid"] is None
    assert person["openid"] != other["openid"]
    assert [p["name"] for p in desk.read("people")["people"]] == ["小明", "小红"]


@pytest.mark.parametrize("name", ["", "a/b", " x", "a\nb", "n" * 65, None, 7])
def test_an_impossible_name_is_refused(name, desk: Desk):
    answer = desk.http.post("/sandbox/v1/people", json={"name": name})

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_unread_counts_what_came_since_it_was_read(desk: Desk):
    desk.say("小明", "一")
    until(lambda: len(desk.heard("小明")) == 1)
    before = desk.read("people")["people"][0]["unread"]

    desk.lever("people/小明/read")

    assert before == 1
    assert desk.read("people")["people"][0]["unread"] == 0


def test_scanning_follows_first_and_is_a_scan_afterwards(desk: Desk, app: EchoApp):
    code = desk.qrcode("inv_ab12", expire_seconds=600)

    for _ in range(2):
        desk.lever("people/小明/scan", {"content": code["url"]})
    until(lambda: len(app.heard) == 2)

    follow, scan = app.heard
    assert (follow["Event"], follow["EventKey"]) == ("subscribe", "qrscene_inv_ab12")
    assert (scan["Event"], scan["EventKey"]) == ("SCAN", "inv_ab12")
    assert follow["Ticket"] == scan["Ticket"] == code["ticket"]


def test_an_expired_code_gives_no_event_but_a_note(desk: Desk, app: EchoApp):
    code = desk.qrcode("inv_ab12", expire_seconds=600)
    picture = f"/official/cgi-bin/showqrcode?ticket={code['ticket'].replace('+', '%2B')}"
    alive = desk.http.get(picture).status_code

    desk.advance(601)
    desk.lever("people/小明/scan", {"content": code["url"]})

    assert alive == 200
    assert desk.heard("小明") == ["该二维码已过期"]
    assert app.heard == []
    assert desk.http.get(picture).status_code == 404


def test_a_picture_of_the_code_is_really_decoded(desk: Desk, app: EchoApp):
    code = desk.qrcode("inv_ab12", expire_seconds=600)
    query = {"ticket": code["ticket"]}
    jpeg = desk.http.get("/official/cgi-bin/showqrcode", params=query).content
    poster = Image.new("RGB", (1080, 1920), "#0F1833")
    poster.paste(Image.open(io.BytesIO(jpeg)).resize((444, 444)), (548, 1336))
    data = io.BytesIO()
    poster.save(data, "JPEG", quality=85)

    answer = desk.http.post("/sandbox/v1/people/小明/scan", files={"image": data.getvalue()})
    until(lambda: app.heard)

    assert answer.json() == {"n": 0}
    assert app.heard[0]["EventKey"] == "qrscene_inv_ab12"


@pytest.mark.parametrize("picture", [b"no picture", b""])
def test_a_picture_without_a_code_is_refused(picture, desk: Desk):
    answer = desk.http.post("/sandbox/v1/people/小明/scan", files={"image": picture})

    assert answer.status_code == 422


def test_a_foreign_code_is_refused_with_a_reason(desk: Desk):
    answer = desk.http.post("/sandbox/v1/people/小明/scan", json={"content": "https://a.example"})

    assert answer.status_code == 422
    assert "https://a.example" in answer.json()["detail"]


def test_unfollowing_and_following_again_fires_both_events(desk: Desk, app: EchoApp):
    for act in ("follow", "follow", "unfollow", "unfollow", "follow"):
        desk.lever(f"people/小明/{act}")
    until(lambda: len(app.heard) == 3)

    assert app.texts() == ["subscribe", "unsubscribe", "subscribe"]


def test_the_phone_is_read_from_a_number_on_and_waits_for_news(desk: Desk):
    desk.say("小明", "一")
    until(lambda: desk.heard("小明"))

    later = desk.read("people/小明/phone", since=1, wait=5)["messages"]
    empty = desk.read("people/小明/phone", since=2)["messages"]
    n = desk.say("小明", "二")
    echo = desk.read("people/小明/phone", since=3, wait=5)["messages"]

    assert [m["text"] for m in later] == ["echo 一"]
    assert later[0]["from"] == "千星计划"
    assert empty == []
    assert n == 2
    assert [m["text"] for m in echo] == ["echo 二"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people/小明/say", {"text": ""}, 422),
        ("people/小明/say", {}, 422),
        ("people/小明/say", {"door": "group", "text": "x"}, 404),
        ("people/小明/say", {"type": "image", "media": "nothing"}, 422),
        ("people/nobody/tap", {"key": "x"}, 404),
        ("people/小明/tap", {"key": "x"}, 422),
        ("people/小明/tap", {}, 422),
        ("people/小明/pay", {"order": "x"}, 422),
        ("people/小明/fly", {"order": "x"}, 404),
        ("groups", {"name": "x"}, 404),
        ("faults", {"kind": "poem"}, 422),
        ("faults", {"kind": "slow", "count": 0}, 422),
        ("clock", {"advance_s": -1}, 422),
        ("clock", {"advance_s": "1"}, 422),
    ],
)
def test_an_impossible_lever_says_so(path, body, status, desk: Desk):
    desk.lever("people/小明/follow")

    answer = desk.http.post(f"/sandbox/v1/{path}", json=body)

    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'"x"', b"[" * 50_000])
def test_nonsense_is_refused_by_the_levers(body, desk: Desk):
    assert desk.http.post("/sandbox/v1/people", content=body).status_code == 422
    assert desk.http.get("/sandbox/v1/wire?since=x").status_code == 422
    assert desk.http.get("/sandbox/v1/wire?since=²").status_code == 422


def test_characters_xml_cannot_carry_are_left_out(desk: Desk, app: EchoApp):
    desk.say("小明", "a\x00b\x0b🌟")
    until(lambda: len(app.heard) == 2)

    assert app.heard[1]["Content"] == "ab🌟"
