import io

import pytest
from PIL import Image

from tests.sandbox.conftest import until
from tests.sandbox.test_platform_calls import picture
from tests.sandbox.wecom.conftest import Corp
from tests.sandbox.wecom.corp_app import CorpApp

DAY = 86_400


def way(corp: Corp, **more) -> dict:
    body = {"type": 1, "scene": 2, "user": [corp.staff()], "state": "inv_ab12", **more}
    return corp.call("externalcontact/add_contact_way", body)


def added(corp: Corp, app: CorpApp, name: str = "小明", **more):
    """The add event after that person scanned the code."""
    corp.scan(name, way(corp, **more)["qr_code"])
    return until(lambda: [h for h in app.heard if h["ChangeType"] == "add_external_contact"])[-1]


def test_a_scanned_code_adds_the_contact_with_its_state(corp: Corp, app: CorpApp):
    heard = added(corp, app)

    assert (heard["Event"], heard["FromUserName"]) == ("change_external_contact", "sys")
    assert (heard["UserID"], heard["State"]) == (corp.staff(), "inv_ab12")
    assert heard["ExternalUserID"] == corp.external("小明")
    assert heard["WelcomeCode"]
    got = corp.call("externalcontact/get", external_userid=corp.external("小明"))
    assert got["external_contact"]["unionid"] == corp.lever("people", {"name": "小明"})["unionid"]
    follow = got["follow_user"][0]
    assert (follow["state"], follow["add_way"], follow["userid"]) == ("inv_ab12", 1, corp.staff())


def test_the_picture_of_a_code_is_really_decoded(corp: Corp, app: CorpApp):
    jpeg = corp.http.get(way(corp)["qr_code"]).content
    big = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).resize((400, 400)).save(big, "JPEG")

    corp.http.post("/sandbox/v1/people/小明/scan", files={"image": big.getvalue()})
    until(lambda: app.heard)

    assert app.heard[0]["State"] == "inv_ab12"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, 0),
        ({"state": "x" * 30}, 0),
        ({"state": "x" * 31}, 40058),
        ({"remark": "x" * 31}, 40058),
        ({"type": 3}, 41037),
        ({"type": None}, 41037),
        ({"scene": 3}, 40058),
        ({"user": []}, 40058),
        ({"user": ["nobody"]}, 84074),
        ({"type": 2, "user": []}, 40058),
    ],
)
def test_a_contact_way_is_checked(more, code, corp: Corp):
    assert way(corp, **more)["errcode"] == code


def test_the_cap_counts_both_kinds_of_way(corp: Corp):
    corp.lever("contacts/settings", {"most_ways": 2})
    corp.lever(
        "groups", {"name": "福利群", "kind": "external", "members": [], "owner": owner(corp)}
    )
    chat = corp.call("externalcontact/groupchat/list", {"limit": 10})["group_chat_list"][0]
    join = {"scene": 2, "chat_id_list": [chat["chat_id"]]}
    first = way(corp)["config_id"]

    codes = [corp.call("externalcontact/groupchat/add_join_way", join)["errcode"] for _ in range(2)]
    corp.call("externalcontact/del_contact_way", {"config_id": first})

    assert codes == [0, 45009]
    assert way(corp)["errcode"] == 0
    assert way(corp)["errcode"] == 45009


def owner(corp: Corp) -> str:
    corp.staff()
    return "店长"


def test_ways_are_read_listed_overwritten_and_deleted(corp: Corp):
    ids = [way(corp, state=f"s{n}")["config_id"] for n in range(3)]
    one = {"config_id": ids[0]}

    got = corp.call("externalcontact/get_contact_way", one)["contact_way"]
    page = corp.call("externalcontact/list_contact_way", {"limit": 2})
    rest = corp.call(
        "externalcontact/list_contact_way", {"limit": 2, "cursor": page["next_cursor"]}
    )
    corp.call("externalcontact/update_contact_way", {**one, "state": "new"})
    changed = corp.call("externalcontact/get_contact_way", one)["contact_way"]
    corp.call("externalcontact/del_contact_way", one)

    assert (got["state"], got["user"]) == ("s0", [corp.staff()])
    listed = [w["config_id"] for w in [*page["contact_way"], *rest["contact_way"]]]
    assert listed == ids
    assert "next_cursor" not in rest
    assert (changed["state"], "user" in changed) == ("new", False)
    assert corp.call("externalcontact/get_contact_way", one)["errcode"] == 40058


def test_a_code_without_a_colleague_adds_nobody(corp: Corp):
    made = way(corp)
    corp.call("externalcontact/update_contact_way", {"config_id": made["config_id"]})

    path = "/sandbox/v1/people/小明/scan"
    assert corp.http.post(path, json={"content": made["qr_code"]}).status_code == 422


def welcome(corp: Corp, code: str | None, **more) -> int:
    body = {"welcome_code": code, "text": {"content": "你好"}, **more}
    return corp.call("externalcontact/send_welcome_msg", body)["errcode"]


def test_a_welcome_is_said_once_with_its_attachments(corp: Corp, app: CorpApp):
    code = added(corp, app)["WelcomeCode"]
    image = {"msgtype": "image", "image": {"media_id": corp.put("image", picture())["media_id"]}}
    link = {"msgtype": "link", "link": {"title": "领券", "url": "https://x.example/c"}}

    codes = [welcome(corp, code, attachments=[link, image]) for _ in range(2)]

    assert codes == [0, 41051]
    shown = corp.phone("小明")
    assert [m["type"] for m in shown] == ["text", "card", "image"]
    assert {(m["door"], m["from"]) for m in shown} == {("wecom", "店长")}


def test_a_welcome_after_20_seconds_is_too_late(corp: Corp, app: CorpApp):
    code = added(corp, app)["WelcomeCode"]
    corp.advance(20)

    assert welcome(corp, code) == 41051
    assert welcome(corp, "nothing") == 40058
    assert corp.phone("小明") == []


LINK = {"msgtype": "link", "link": {"title": "x", "url": "https://x.example"}}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"text": {"content": "x" * 4_000}}, 0),
        ({"text": {"content": "x" * 4_001}}, 45002),
        ({"text": {}}, 40058),
        ({"attachments": [LINK] * 9}, 0),
        ({"attachments": [LINK] * 10}, 40058),
        ({"attachments": [{"msgtype": "link", "link": {"title": "x" * 129, "url": "u"}}]}, 45003),
        ({"attachments": [{"msgtype": "poem"}]}, 40008),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "nothing"}}]}, 40007),
    ],
)
def test_a_welcome_is_checked_and_a_refused_one_may_be_said_again(more, code, corp: Corp, app):
    given = added(corp, app)["WelcomeCode"]

    assert welcome(corp, given, **more) == code
    assert welcome(corp, given) == (41051 if code == 0 else 0)


def test_who_is_a_customer_already_is_not_added_again(corp: Corp, app: CorpApp):
    added(corp, app)
    corp.scan("小明", way(corp)["qr_code"])
    corp.lever("contacts/delete", {"person": "小明", "by": "customer"})
    corp.scan("小明", way(corp)["qr_code"])
    until(lambda: len(app.heard) == 3)

    kinds = [heard["ChangeType"] for heard in app.heard]
    assert kinds == ["add_external_contact", "del_follow_user", "add_external_contact"]


def test_a_deleted_customer_is_no_longer_known(corp: Corp, app: CorpApp):
    added(corp, app)
    corp.lever("contacts/delete", {"person": "小明", "by": "staff"})
    until(lambda: len(app.heard) == 2)

    assert app.heard[1]["ChangeType"] == "del_external_contact"
    got = corp.call("externalcontact/get", external_userid=corp.external("小明"))
    assert got["errcode"] == 84061
    assert corp.call("externalcontact/get", external_userid="wm_nobody")["errcode"] == 40096
    assert corp.call("externalcontact/list", userid=corp.staff())["errcode"] == 84061


def test_a_native_welcome_leaves_no_code(corp: Corp, app: CorpApp):
    corp.lever("contacts/settings", {"native_welcome": True})

    assert added(corp, app)["WelcomeCode"] is None


def test_a_viewer_adds_the_card_of_a_live_room(corp: Corp, app: CorpApp):
    corp.staff()
    corp.external("阿芳")

    corp.lever("contacts", {"person": "阿芳"})
    until(lambda: app.heard)

    assert app.heard[0]["State"] is None
    got = corp.call("externalcontact/get", external_userid=corp.external("阿芳"))
    assert got["follow_user"][0]["add_way"] == 10


def test_remarks_and_tags_are_kept(corp: Corp, app: CorpApp):
    added(corp, app)
    who = {"userid": corp.staff(), "external_userid": corp.external("小明")}
    made = corp.call(
        "externalcontact/add_corp_tag",
        {"group_name": "来源", "tag": [{"name": "直播"}, {"name": "群"}]},
    )["tag_group"]
    live, group = (tag["id"] for tag in made["tag"])

    assert corp.call("externalcontact/remark", {**who, "remark": "老客"})["errcode"] == 0
    mark = {**who, "add_tag": [live, group]}
    assert corp.call("externalcontact/mark_tag", mark)["errcode"] == 0
    corp.call("externalcontact/mark_tag", {**who, "remove_tag": [group]})
    corp.call("externalcontact/edit_corp_tag", {"id": live, "name": "直播间"})

    got = corp.call("externalcontact/get", external_userid=corp.external("小明"))
    follow = got["follow_user"][0]
    assert follow["remark"] == "老客"
    assert [(t["group_name"], t["tag_name"]) for t in follow["tags"]] == [("来源", "直播间")]
    corp.call("externalcontact/del_corp_tag", {"tag_id": [live]})
    listed = corp.call("externalcontact/get_corp_tag_list", {"tag_id": []})["tag_group"]
    assert [tag["name"] for tag in listed[0]["tag"]] == ["群"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("mark_tag", {"add_tag": ["nothing"]}, 40068),
        ("mark_tag", {"external_userid": "wm_nobody"}, 84061),
        ("remark", {"remark": "x" * 21}, 40058),
        ("remark", {"userid": "nobody", "remark": "x"}, 84061),
        ("add_corp_tag", {"group_name": "来源", "tag": []}, 40058),
        ("add_corp_tag", {"group_id": "nothing", "tag": [{"name": "x"}]}, 40068),
        ("add_corp_tag", {"group_name": "g", "tag": [{"name": "x"}, {"name": "x"}]}, 40071),
        ("edit_corp_tag", {"id": "nothing", "name": "x"}, 40068),
    ],
)
def test_what_makes_no_sense_has_its_code(path, body, code, corp: Corp, app: CorpApp):
    added(corp, app)
    who = {"userid": corp.staff(), "external_userid": corp.external("小明")}

    assert corp.call(f"externalcontact/{path}", {**who, **body})["errcode"] == code


def test_changes_by_the_api_are_not_told(corp: Corp, app: CorpApp):
    added(corp, app)
    who = {"userid": corp.staff(), "external_userid": corp.external("小明")}
    corp.call("externalcontact/remark", {**who, "remark": "老客"})
    corp.tell("店长", "后来", "app")
    until(lambda: len(app.heard) == 2)

    assert app.heard[1]["MsgType"] == "text"
