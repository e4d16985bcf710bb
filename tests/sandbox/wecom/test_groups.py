import pytest

from tests.sandbox.conftest import until
from tests.sandbox.wecom.conftest import Corp
from tests.sandbox.wecom.corp_app import CorpApp

CHAT = "externalcontact/groupchat"


def external(corp: Corp, *members: str, **more) -> str:
    """The chat_id of 福利群, owned by 店长."""
    corp.staff()
    body = {"name": "福利群", "kind": "external", "owner": "店长", "members": list(members), **more}
    return corp.lever("groups", body)["chat_id"]


def joining(corp: Corp, chat_id: str, **more) -> str:
    """Where the picture of a code into the group is."""
    body = {"scene": 2, "chat_id_list": [chat_id], "state": "inv_ab12", **more}
    made = corp.call(f"{CHAT}/add_join_way", body)
    return corp.call(f"{CHAT}/get_join_way", {"config_id": made["config_id"]})["join_way"][
        "qr_code"
    ]


def test_an_internal_group_is_of_members_and_everyone_hears(corp: Corp, app: CorpApp):
    made = corp.lever(
        "groups", {"name": "创作者群", "kind": "internal", "members": ["小明", "小刚"]}
    )

    corp.tell("小明", "大家好", "group", group="创作者群")

    assert made["members"] == ["小明", "小刚"]
    assert corp.lever("people", {"name": "小刚"})["userid"]
    heard = corp.phone("小刚")[-1]
    assert (heard["door"], heard["group"], heard["from"]) == ("group", "创作者群", "小明")
    assert corp.phone("小明")[-1]["state"] == "delivered"
    assert app.heard == []


def test_who_is_not_in_a_group_cannot_speak_there(corp: Corp):
    external(corp, "小明")
    body = {"door": "group", "group": "福利群", "text": "x"}

    assert corp.http.post("/sandbox/v1/people/路人/say", json=body).status_code == 422
    body["group"] = "没有的群"
    assert corp.http.post("/sandbox/v1/people/小明/say", json=body).status_code == 422


def test_an_outsider_does_not_come_into_an_internal_group(corp: Corp):
    corp.external("路人")
    body = {"name": "创作者群", "kind": "internal", "members": ["小明"]}
    corp.lever("groups", body)

    answer = corp.http.post("/sandbox/v1/groups", json={**body, "members": ["路人"]})

    assert answer.status_code == 422
    assert corp.read("groups")["groups"][0]["members"] == ["小明"]


def test_an_external_group_is_told_when_made_joined_left_and_dismissed(corp: Corp, app: CorpApp):
    chat_id = external(corp, "小明")
    corp.lever("groups/福利群/join", {"person": corp.lever("people", {"name": "小红"})["name"]})
    corp.lever("groups/福利群/leave", {"person": "小红", "removed": True})
    corp.lever("groups/福利群/rename", {"name": "新福利群"})
    corp.http.delete("/sandbox/v1/groups/新福利群")
    until(lambda: len(app.heard) == 5)

    assert {heard["ChatId"] for heard in app.heard} == {chat_id}
    details = [(h["ChangeType"], h["UpdateDetail"]) for h in app.heard]
    assert details == [
        ("create", None),
        ("update", "add_member"),
        ("update", "del_member"),
        ("update", "change_name"),
        ("dismiss", None),
    ]
    joined, left = app.heard[1:3]
    assert (joined["Item"], joined["JoinScene"]) == (corp.external("小红"), "0")
    assert left["QuitScene"] == "1"
    assert joined["CurMemVer"] == left["LastMemVer"] != left["CurMemVer"]
    assert corp.call(f"{CHAT}/get", {"chat_id": chat_id})["errcode"] == 86003


def test_a_code_into_the_group_leaves_its_state(corp: Corp, app: CorpApp):
    chat_id = external(corp)

    corp.scan("小明", joining(corp, chat_id))
    corp.scan("小明", joining(corp, chat_id))
    until(lambda: len(app.heard) == 2)

    event = app.heard[1]
    assert (event["JoinScene"], event["MemChangeCnt"]) == ("3", "1")
    got = corp.call(f"{CHAT}/get", {"chat_id": chat_id, "need_name": 1})["group_chat"]
    staff, guest = got["member_list"]
    assert (staff["type"], staff["userid"]) == (1, corp.staff())
    assert (guest["type"], guest["state"], guest["join_scene"]) == (2, "inv_ab12", 3)
    assert (guest["name"], guest["unionid"][0]) == ("小明", "o")
    assert got["member_version"] == event["CurMemVer"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, 0),
        ({"state": "x" * 31}, 40058),
        ({"scene": 3}, 40058),
        ({"chat_id_list": []}, 40058),
        ({"chat_id_list": ["x"] * 6}, 40058),
        ({"chat_id_list": ["nothing"]}, 86003),
        ({"room_base_name": "x" * 41}, 40058),
    ],
)
def test_a_way_into_a_group_is_checked(more, code, corp: Corp):
    body = {"scene": 2, "chat_id_list": [external(corp)], **more}

    assert corp.call(f"{CHAT}/add_join_way", body)["errcode"] == code


def test_a_full_group_gets_a_sister_or_not(corp: Corp, app: CorpApp):
    chat_id = external(corp)
    now = corp.world.now()
    names = [f"人{n}" for n in range(499)]
    for name in names:
        corp.world.db.execute(
            "INSERT INTO people (name, openid, unionid, external_userid) VALUES (?, ?, ?, ?)",
            (name, name, name, name),
        )
    rows = [(chat_id, name, now, 0, "") for name in names]
    corp.world.db.executemany("INSERT INTO wecom_group_members VALUES (?, ?, ?, ?, ?)", rows)

    refused = corp.http.post(
        "/sandbox/v1/people/小明/scan",
        json={"content": joining(corp, chat_id, auto_create_room=0)},
    )
    corp.scan(
        "小明", joining(corp, chat_id, auto_create_room=1, room_base_name="福利", room_base_id=2)
    )

    assert refused.status_code == 422
    found = {group["name"]: group["members"] for group in corp.read("groups")["groups"]}
    assert found["福利2"] == ["店长", "小明"]


def test_groups_are_listed_by_owner_page_by_page(corp: Corp):
    first = external(corp)
    corp.staff("小周")
    second = corp.lever("groups", {"name": "二群", "kind": "external", "owner": "小周"})["chat_id"]
    corp.lever("groups", {"name": "内部群", "kind": "internal", "members": ["小周"]})

    page = corp.call(f"{CHAT}/list", {"limit": 1})
    rest = corp.call(f"{CHAT}/list", {"limit": 1, "cursor": page["next_cursor"]})
    own = {"limit": 10, "owner_filter": {"userid_list": [corp.staff("小周")]}}

    assert [page["group_chat_list"][0]["chat_id"], rest["group_chat_list"][0]["chat_id"]] == [
        first,
        second,
    ]
    assert "next_cursor" not in rest
    found = corp.call(f"{CHAT}/list", own)["group_chat_list"]
    assert [group["chat_id"] for group in found] == [second]
    assert corp.call(f"{CHAT}/list", {"limit": 1_001})["errcode"] == 40058


def test_more_than_1000_owners_need_a_filter(corp: Corp):
    external(corp)
    rows = [(f"wr{n}", f"群{n}", "external", f"u{n}", 1.0) for n in range(1_001)]
    corp.world.db.executemany(
        "INSERT INTO wecom_groups (chat_id, name, kind, owner, created_at) VALUES (?, ?, ?, ?, ?)",
        rows,
    )

    assert corp.call(f"{CHAT}/list", {"limit": 10})["errcode"] == 81017


RULES = [{"keywords": ["订单", "退货"], "text": "点这里找我：https://x.example/kf"}]


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("@小助理 我的订单呢", ["@小明 点这里找我：https://x.example/kf"]),
        ("@店长 要退货", ["@小明 点这里找我：https://x.example/kf"]),
        ("@小助理 在吗", ["@小明 请说得具体点"]),
        ("我的订单呢", []),
        ("小助理 我的订单呢", []),
        ("@小红 我的订单呢", []),
    ],
)
def test_an_external_group_answers_only_who_calls_it(words, heard, corp: Corp, app: CorpApp):
    external(corp, "小明", "小红", auto_reply=RULES, default_reply="请说得具体点")

    corp.tell("小明", words, "group", group="福利群")

    assert [m["text"] for m in corp.phone("小红") if m["from"] == "小助理"] == heard
    until(lambda: app.heard)
    assert [h["ChangeType"] for h in app.heard] == ["create"]


@pytest.mark.parametrize("rules", ["x", [{"keywords": "x", "text": "y"}], [{"keywords": []}], [7]])
def test_rules_nobody_can_follow_are_refused(rules, corp: Corp):
    corp.staff()
    body = {"name": "福利群", "kind": "external", "auto_reply": rules}

    assert corp.http.post("/sandbox/v1/groups", json=body).status_code == 422
    assert corp.read("groups")["groups"] == []


def test_an_internal_group_has_no_auto_reply(corp: Corp):
    body = {"name": "内部群", "kind": "internal", "members": ["小明"], "auto_reply": RULES}

    assert corp.http.post("/sandbox/v1/groups", json=body).status_code == 422


def test_who_joins_hears_the_welcome_of_the_group(corp: Corp):
    body = {"text": {"content": "欢迎 %NICKNAME%"}}
    made = corp.call("externalcontact/group_welcome_template/add", body)["template_id"]
    external(corp, welcome=made)
    corp.lever("groups", {"name": "福利群", "kind": "external", "members": ["小明"]})

    changed = {"template_id": made, "text": {"content": "你好 %NICKNAME%"}}
    corp.call("externalcontact/group_welcome_template/edit", changed)
    corp.lever("groups", {"name": "福利群", "kind": "external", "members": ['小"红']})

    assert corp.heard("小明") == ["欢迎 小明", '你好 小"红']
    path = "externalcontact/group_welcome_template"
    assert corp.call(f"{path}/get", template_id=made)["text"]["content"] == "你好 %NICKNAME%"
    assert corp.call(f"{path}/del", {"template_id": made})["errcode"] == 0
    assert corp.call(f"{path}/get", template_id=made)["errcode"] == 40058
    long = {"text": {"content": "x" * 3_001}}
    assert corp.call(f"{path}/add", long)["errcode"] == 45002


def test_a_hundred_templates_are_enough(corp: Corp):
    body = {"text": {"content": "欢迎"}}
    path = "externalcontact/group_welcome_template/add"

    codes = [corp.call(path, body)["errcode"] for _ in range(101)]

    assert codes == [0] * 100 + [45009]
