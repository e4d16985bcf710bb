"""Menu, QR codes, media, users, and calls that make no sense."""

import io
import itertools

import pytest
from PIL import Image

from sandbox.official import api
from tests.sandbox.conftest import SECRET, Desk, until
from tests.sandbox.echo_app import EchoApp, envelope

CLICK = {"type": "click", "name": "团队", "key": "team"}
VIEW = {"type": "view", "name": "收益", "url": "https://x.example/pages/earnings"}
DAY = 86_400


def picture(size: int = 40, kind: str = "JPEG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (size, size), "#3450BE").save(data, kind)
    return data.getvalue()


def click(**more) -> dict:
    return {**CLICK, **more}


def under(*subs) -> dict:
    return {"name": "我的", "sub_button": list(subs)}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([CLICK, VIEW, under(CLICK, VIEW)], 0),
        ([], 40016),
        ([CLICK] * 4, 40016),
        ("team", 40016),
        ([click(name="一二三四五a")], 0),
        ([click(name="一二三四五六")], 40018),
        ([click(key="k" * 128)], 0),
        ([click(key="k" * 129)], 40019),
        ([click(type="dance")], 40017),
        ([{**VIEW, "url": "https://x.example/" + "u" * 1_007}], 40020),
        ([{**VIEW, "url": "ftp://x.example"}], 40055),
        ([under(*[CLICK] * 5)], 0),
        ([under(*[CLICK] * 6)], 40023),
        ([under(under(CLICK))], 40022),
        ([under(click(name="二" * 20))], 0),
        ([under(click(name="二" * 21))], 40025),
        ([under(click(key="k" * 129))], 40026),
        ([under(click(type="dance"))], 40024),
        ([{**VIEW, "type": "miniprogram"}], 40035),
    ],
)
def test_a_menu_is_checked_for_numbers_and_lengths(buttons, code, desk: Desk):
    assert desk.call("cgi-bin/menu/create", {"button": buttons})["errcode"] == code


def test_a_menu_is_kept_shown_and_deleted(desk: Desk):
    none = desk.call("cgi-bin/menu/get")["errcode"]
    desk.call("cgi-bin/menu/create", {"button": [CLICK, VIEW]})

    assert none == 46003
    assert desk.call("cgi-bin/menu/get") == {"menu": {"button": [CLICK, VIEW]}}
    assert desk.read("menu") == {"button": [CLICK, VIEW]}
    assert desk.call("cgi-bin/menu/delete")["errcode"] == 0
    assert desk.read("menu") == {"button": []}


def test_menu_taps_arrive_as_click_and_view(desk: Desk, app: EchoApp):
    desk.call("cgi-bin/menu/create", {"button": [CLICK, under(VIEW)]})
    desk.lever("people/小明/follow")

    clicked = desk.lever("people/小明/tap", {"key": "team"})
    opened = desk.lever("people/小明/tap", {"key": "收益"})
    until(lambda: len(app.heard) == 3)

    assert clicked == {"n": 0}
    assert opened == {"n": 0, "open": VIEW["url"]}
    assert [(h["Event"], h["EventKey"]) for h in app.heard[1:]] == [
        ("CLICK", "team"),
        ("VIEW", VIEW["url"]),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s" * 64}}}, None),
        ({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s" * 65}}}, 40053),
        ({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": ""}}}, 40053),
        ({"action_name": "QR_STR_SCENE", "action_info": []}, 40053),
        ({"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 7}}}, None),
        ({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}}, 40053),
        ({"action_name": "QR_POEM"}, 40052),
    ],
)
def test_qr_codes_are_checked(body, code, desk: Desk):
    assert desk.call("cgi-bin/qrcode/create", body).get("errcode") == code


def test_a_temporary_qr_code_lives_sixty_seconds_unless_told(desk: Desk):
    assert desk.qrcode("a")["expire_seconds"] == 60
    assert desk.qrcode("a", expire_seconds=2_592_000)["expire_seconds"] == 2_592_000
    assert desk.qrcode("a", expire_seconds=2_592_001)["errcode"] == 40035
    assert desk.qrcode("a", expire_seconds="60")["errcode"] == 40035


def test_permanent_qr_codes_are_counted_and_the_same_scene_is_the_same_code(
    desk: Desk, monkeypatch
):
    monkeypatch.setattr("sandbox.official.qrcodes.MOST_PERMANENT", 2)

    first = desk.qrcode("a", action_name="QR_LIMIT_STR_SCENE")
    again = desk.qrcode("a", action_name="QR_LIMIT_STR_SCENE")
    desk.qrcode("b", action_name="QR_LIMIT_STR_SCENE")

    assert first == again
    assert "expire_seconds" not in first
    assert desk.qrcode("c", action_name="QR_LIMIT_STR_SCENE")["errcode"] == 45029


def test_media_is_gone_after_three_days_but_stays_on_the_phone(desk: Desk):
    desk.say("小明", "海报")
    media_id = desk.upload("image", picture())["media_id"]
    image = {"touser": desk.openid("小明"), "msgtype": "image", "image": {"media_id": media_id}}
    sent = desk.call("cgi-bin/message/custom/send", image)["errcode"]
    query = {"media_id": media_id, "access_token": desk.token()["access_token"]}
    fetched = desk.http.get("/official/cgi-bin/media/get", params=query)

    desk.advance(3 * DAY + 1)
    desk.say("小明", "再来")

    assert sent == 0
    assert (fetched.content, fetched.headers["content-type"]) == (picture(), "image/jpeg")
    assert desk.call("cgi-bin/media/get", media_id=media_id)["errcode"] == 40007
    assert desk.call("cgi-bin/message/custom/send", image)["errcode"] == 40007
    shown = next(m for m in desk.phone("小明") if m["type"] == "image")
    assert desk.http.get(f"/sandbox/v1/media/{shown['media']}").content == picture()


def test_a_passive_picture_reaches_the_phone(desk: Desk, app: EchoApp):
    media_id = desk.upload("image", picture())["media_id"]
    inner = f"<Image><MediaId>{media_id}</MediaId></Image>"
    app.answer = lambda heard: envelope(heard, "image", inner) if heard["Content"] else None

    desk.say("小明", "海报")
    shown = until(lambda: [m for m in desk.phone("小明") if m["type"] == "image"])[0]

    assert shown["media"] == media_id


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("image", picture(kind="PNG"), None),
        ("image", b"hello", 40005),
        ("image", b"\xff\xd8\xff" + b"0" * (10 << 20), 40009),
        ("voice", b"#!AMR\n" + b"0" * (2 << 20), 40010),
        ("voice", b"#!AMR\n0", None),
        ("video", b"0000ftypmp42", None),
        ("video", b"0000ftypmp42" + b"0" * (10 << 20), 40011),
        ("thumb", b"\xff\xd8\xff" + b"0" * 65_536, 40012),
        ("thumb", picture(), None),
        ("thumb", picture(kind="PNG"), 40005),
        ("poem", b"x", 40004),
        ("image", b"", 44001),
    ],
)
def test_uploads_are_checked_for_size_and_kind(kind, content, code, desk: Desk):
    assert desk.upload(kind, content).get("errcode") == code


def test_a_persons_film_arrives_with_a_media_id_the_account_can_fetch(desk: Desk, app: EchoApp):
    film = b"0000ftypmp42 film"
    desk.http.post("/sandbox/v1/people/小明/send", files={"media": film}, data={"type": "video"})
    heard = until(lambda: [h for h in app.heard if h["MsgType"] == "video"])[0]

    address = desk.call("cgi-bin/media/get", media_id=heard["MediaId"])["video_url"]

    assert desk.http.get(address).content == film
    assert desk.phone("小明")[0]["type"] == "video"


def test_user_info_tells_following_and_scene_but_no_name(desk: Desk):
    desk.lever("people/小红/follow", {"scene": "inv_ab12"})
    openid = desk.openid("小红")

    info = desk.call("cgi-bin/user/info", openid=openid)
    desk.lever("people/小红/unfollow")
    left = desk.call("cgi-bin/user/info", openid=openid)

    assert len(openid) == 28
    assert (info["subscribe"], info["openid"]) == (1, openid)
    assert (info["subscribe_scene"], info["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", "inv_ab12")
    assert info["unionid"]
    assert "nickname" not in info
    assert set(left) == {"subscribe", "openid", "unionid"}
    assert left["subscribe"] == 0
    assert desk.call("cgi-bin/user/info", openid="nobody")["errcode"] == 40003


def test_followers_are_listed_after_a_given_one(desk: Desk):
    for name in ("甲", "乙", "丙"):
        desk.lever(f"people/{name}/follow")
    desk.lever("people/丙/unfollow")

    everyone = desk.call("cgi-bin/user/get")
    rest = desk.call("cgi-bin/user/get", next_openid=everyone["data"]["openid"][0])

    assert (everyone["total"], everyone["count"]) == (2, 2)
    assert rest["data"]["openid"] == [desk.openid("乙")]


def test_an_unknown_call_is_not_found(desk: Desk):
    answer = desk.http.post("/official/cgi-bin/poem/write", json={})

    assert (answer.status_code, answer.json()["errcode"]) == (404, 40066)


NONSENSE = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"touser": "\\ud800"}',
    b'{"a": 1e999}',
]
WITHOUT_ARGUMENTS = ("/cgi-bin/menu/delete", "/cgi-bin/user/get")


def test_nonsense_gets_an_errcode_from_every_call(desk: Desk):
    query = {"access_token": desk.token()["access_token"]}
    paths = [path for path, call in api.CALLS.items() if call.recorded]

    for path, body, method in itertools.product(paths, NONSENSE, ("GET", "POST")):
        answer = desk.http.request(method, f"/official{path}", content=body, params=query)
        assert answer.status_code == 200
        refused = answer.json().get("errcode", 0) != 0
        assert refused or path in WITHOUT_ARGUMENTS, (method, path, body[:20])


def test_calls_stand_on_the_wire_without_secrets(desk: Desk):
    desk.say("小明", "你好")
    desk.send("小明")

    entry = desk.wire("api")[-1]

    assert entry["person"] == "小明"
    assert entry["api"]["path"] == "/cgi-bin/message/custom/send"
    assert (entry["api"]["errcode"], entry["api"]["errmsg"]) == (0, "ok")
    everything = str(desk.wire("api"))
    assert SECRET not in everything
    assert desk.token()["access_token"] not in everything
    assert desk.openid("小明") not in everything
