import pytest

from tests.sandbox.wecom.conftest import Corp, token
from tests.sandbox.wecom.corp_app import CorpApp

DAY = 86_400


def link(corp: Corp, scene: str = "poster", param: str = "inv_ab12") -> str:
    url = corp.call("kf/add_contact_way", {"open_kfid": corp.kf(), "scene": scene})["url"]
    return f"{url}&scene_param={param}" if scene else url


def entered(corp: Corp, app: CorpApp) -> dict:
    """The enter_session event of 小明."""
    corp.scan("小明", link(corp))
    return corp.pull(token(app))["msg_list"][0]["event"]


def test_a_link_enters_the_session_with_its_scene(corp: Corp, app: CorpApp):
    event = entered(corp, app)

    assert event["event_type"] == "enter_session"
    assert (event["scene"], event["scene_param"]) == ("poster", "inv_ab12")
    assert event["external_userid"] == corp.external("小明")
    assert event["welcome_code"]
    heard = app.heard[0]
    assert (heard["Event"], heard["OpenKfId"]) == ("kf_msg_or_event", corp.kf())


@pytest.mark.parametrize(
    ("scene", "param", "expected"),
    [
        ("", "inv", ("", "")),
        ("poster", "x" * 128, ("poster", "x" * 128)),
        ("poster", "x" * 129, ("poster", "")),
    ],
)
def test_a_parameter_needs_a_scene_and_has_a_length(scene, param, expected, corp: Corp, app):
    url = link(corp, scene)
    corp.scan("小明", f"{url.partition('&')[0]}{'&' if '?' in url else '?'}scene_param={param}")

    event = corp.pull(token(app))["msg_list"][0]["event"]

    assert (event["scene"], event["scene_param"]) == expected


@pytest.mark.parametrize("scene", ["有空", "x" * 33, 7])
def test_a_scene_nobody_can_write_is_refused(scene, corp: Corp):
    body = {"open_kfid": corp.kf(), "scene": scene}
    assert corp.call("kf/add_contact_way", body)["errcode"] == 40058


@pytest.mark.parametrize(("open_kfid", "code"), [("", 95000), ("wk_nobody", 95004)])
def test_an_account_nobody_has_is_refused(open_kfid, code, corp: Corp):
    assert corp.call("kf/add_contact_way", {"open_kfid": open_kfid})["errcode"] == code


def test_a_welcome_is_said_once_within_20_seconds(corp: Corp, app: CorpApp):
    code = entered(corp, app)["welcome_code"]
    menu = {
        "head_content": "你好",
        "list": [{"type": "click", "click": {"id": "a", "content": "领"}}],
    }
    body = {"code": code, "msgtype": "msgmenu", "msgmenu": menu}

    codes = [corp.call("kf/send_msg_on_event", body)["errcode"] for _ in range(2)]

    assert codes == [0, 40058]
    shown = corp.phone("小明")[0]
    assert (shown["door"], shown["from"], shown["text"]) == ("wecom", "千星客服", "你好")
    assert shown["buttons"] == [{"id": "a", "text": "领"}]


def test_a_welcome_after_20_seconds_is_refused(corp: Corp, app: CorpApp):
    code = entered(corp, app)["welcome_code"]
    corp.advance(20)

    body = {"code": code, "msgtype": "text", "text": {"content": "你好"}}

    assert corp.call("kf/send_msg_on_event", body)["errcode"] == 40058


def test_only_who_was_not_welcomed_and_did_not_speak_gets_a_welcome_code(corp: Corp, app: CorpApp):
    body = {"code": entered(corp, app)["welcome_code"], "msgtype": "text"}
    corp.call("kf/send_msg_on_event", {**body, "text": {"content": "你好"}})
    corp.scan("小明", link(corp))
    corp.tell("小红", "在吗")
    corp.scan("小红", link(corp))
    corp.advance(2 * DAY + 1)
    corp.scan("小明", link(corp))

    events = [m["event"] for m in corp.pull()["msg_list"] if m["msgtype"] == "event"]

    assert ["welcome_code" in event for event in events] == [True, False, True, False, True]


def test_a_session_moves_forward_only_and_decides_who_may_speak(corp: Corp):
    corp.tell("小明", "在吗")
    staff, who = corp.staff(), {"open_kfid": corp.kf(), "external_userid": corp.external("小明")}

    def move(state, **more):
        return corp.call("kf/service_state/trans", {**who, "service_state": state, **more})

    assert corp.call("kf/service_state/get", who)["service_state"] == 0
    assert move(1)["errcode"] == 0
    assert corp.say_kf("小明") == 0
    assert move(0)["errcode"] == 40058
    assert move(3)["errcode"] == 40058
    assert move(3, servicer_userid="nobody")["errcode"] == 60111
    assert move(3, servicer_userid=staff)["errcode"] == 0
    assert corp.call("kf/service_state/get", who)["servicer_userid"] == staff
    assert corp.say_kf("小明") == 95018
    assert move(2)["errcode"] == 95018
    code = move(4)["msg_code"]
    assert corp.say_kf("小明") == 95013
    last = {"code": code, "msgtype": "text", "text": {"content": "再见"}}
    assert corp.call("kf/send_msg_on_event", last)["errcode"] == 0
    corp.tell("小明", "又来了")
    assert corp.call("kf/service_state/get", who)["service_state"] == 0
    assert corp.say_kf("小明") == 0


def test_a_link_on_the_phone_leads_into_the_session(corp: Corp, app: CorpApp):
    corp.tell("小明", "在吗")
    url = link(corp)
    corp.say_kf("小明", f'<a href="{url}">找客服</a>')
    corp.say_kf("小明", '<a href="https://x.example/a">看看</a>')

    corp.tap("小明", "找客服")

    assert corp.tap("小明", "看看")["open"] == "https://x.example/a"
    assert corp.pull()["msg_list"][-1]["event"]["scene_param"] == "inv_ab12"


def test_a_colleague_takes_over_answers_and_ends(corp: Corp, app: CorpApp):
    staff = corp.staff()
    corp.tell("小明", "人工")

    corp.lever("kf/answer", {"person": "小明", "text": "我来看看"})
    corp.lever("kf/end", {"person": "小明"})

    found = corp.pull()["msg_list"][-3:]
    taken, said, ended = found
    assert (taken["event"]["change_type"], taken["event"]["new_servicer_userid"]) == (1, staff)
    assert (said["origin"], said["servicer_userid"]) == (5, staff)
    assert said["text"] == {"content": "我来看看"}
    assert (ended["event"]["change_type"], ended["event"]["old_servicer_userid"]) == (3, staff)
    assert ended["event"]["msg_code"]
    assert corp.phone("小明")[-1]["from"] == "店长"
    assert corp.say_kf("小明") == 95013


@pytest.mark.parametrize("lever", ["answer", "end", "take"])
def test_a_session_that_is_over_cannot_be_answered(lever, corp: Corp):
    corp.staff()
    corp.external("小明")
    path = f"/sandbox/v1/kf/{lever}"

    assert corp.http.post(path, json={"person": "小明", "text": "x"}).status_code == 422


def test_customers_are_told_with_their_unionid(corp: Corp):
    person = corp.lever("people", {"name": "小明"})
    body = {"external_userid_list": [person["external_userid"], "wm_nobody"]}

    found = corp.call("kf/customer/batchget", body)

    assert found["customer_list"][0]["unionid"] == person["unionid"]
    assert found["invalid_external_userid"] == ["wm_nobody"]
    assert corp.call("kf/customer/batchget", {"external_userid_list": []})["errcode"] == 40058


def test_servicers_are_named_and_listed(corp: Corp):
    first, second = corp.staff(), corp.staff("小周")
    body = {"open_kfid": corp.kf(), "userid_list": [second, "nobody"]}

    results = corp.call("kf/servicer/add", body)["result_list"]

    assert [r["errcode"] for r in results] == [0, 60111]
    listed = corp.call("kf/servicer/list", open_kfid=corp.kf())["servicer_list"]
    assert listed == [{"userid": second, "status": 0}]
    assert first != second
