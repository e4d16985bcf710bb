import pytest

from tests.sandbox.wecom.conftest import Corp

DAY = 86_400
MOST_DAYS = 31


def customers(corp: Corp, *names: str) -> str:
    """They are customers of 店长, whose userid is returned."""
    userid = corp.staff()
    for name in names:
        corp.external(name)
        corp.lever("contacts", {"person": name})
    return userid


def prepare(corp: Corp, **more) -> dict:
    body = {"chat_type": "single", "text": {"content": "广告"}, **more}
    return corp.call("externalcontact/add_msg_template", body)


def results(corp: Corp, msgid: str) -> list[int]:
    asked = {"msgid": msgid, "userid": corp.staff()}
    found = corp.call("externalcontact/get_groupmsg_send_result", asked)["send_list"]
    return [line["status"] for line in found]


def task(corp: Corp, msgid: str) -> int:
    found = corp.call("externalcontact/get_groupmsg_task", {"msgid": msgid})["task_list"]
    return found[0]["status"]


def test_nothing_is_sent_before_a_colleague_confirms(corp: Corp):
    customers(corp, "小明", "小红")
    wanted = [corp.external("小明"), corp.external("小红"), "wm_nobody"]

    made = prepare(corp, external_userid=wanted)

    assert made["fail_list"] == ["wm_nobody"]
    assert corp.phone("小明") == []
    assert (task(corp, made["msgid"]), results(corp, made["msgid"])) == (0, [0, 0])
    assert corp.read("mass")["tasks"][0]["waiting"] == ["店长"]
    corp.lever("contacts/delete", {"person": "小红", "by": "customer"})
    assert corp.lever(f"mass/{made['msgid']}/confirm") == {"sent": 1}
    assert corp.heard("小明") == ["广告"]
    assert (task(corp, made["msgid"]), results(corp, made["msgid"])) == (2, [1, 2])
    assert corp.lever(f"mass/{made['msgid']}/confirm") == {"sent": 0}


def test_a_group_gets_it_from_its_owner(corp: Corp):
    userid = customers(corp)
    group = {"name": "福利群", "kind": "external", "owner": "店长", "members": ["小明"]}
    chat_id = corp.lever("groups", group)["chat_id"]

    made = prepare(corp, chat_type="group", sender=userid, chat_id_list=[chat_id, "nothing"])
    corp.lever(f"mass/{made['msgid']}/confirm", {"staff": "店长"})

    assert made["fail_list"] == ["nothing"]
    shown = corp.phone("小明")[0]
    assert (shown["door"], shown["group"], shown["from"]) == ("group", "福利群", "店长")
    listed = corp.call(
        "externalcontact/get_groupmsg_list_v2",
        {"chat_type": "group", "start_time": 0, "end_time": int(corp.world.now()) + 1},
    )["group_msg_list"]
    assert [found["msgid"] for found in listed] == [made["msgid"]]
    assert listed[0]["text"] == {"content": "广告"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, 0),
        ({"chat_type": "poem"}, 40058),
        ({"chat_type": "group"}, 40058),
        ({"sender": "nobody"}, 60111),
        ({"text": {"content": "x" * 4_001}}, 45002),
        ({"text": {}}, 40058),
        ({"external_userid": ["wm_nobody"]}, 41048),
        ({"external_userid": ["x"] * 10_001}, 40058),
    ],
)
def test_a_mass_message_is_checked(more, code, corp: Corp):
    customers(corp, "小明")

    assert prepare(corp, **more)["errcode"] == code


def test_a_customer_gets_as_many_a_month_as_it_has_days(corp: Corp):
    customers(corp, "小明")
    sent = []
    for _ in range(MOST_DAYS + 1):
        made = prepare(corp)
        if made["errcode"]:
            break
        sent.append(corp.lever(f"mass/{made['msgid']}/confirm")["sent"])

    assert 28 <= len(sent) <= MOST_DAYS
    assert set(sent) == {1}
    assert made["errcode"] == 41048
    corp.advance(31 * DAY)
    assert prepare(corp)["errcode"] == 0


def test_what_was_prepared_may_be_over_the_quota_when_confirmed(corp: Corp):
    customers(corp, "小明")
    msgids = [prepare(corp)["msgid"] for _ in range(MOST_DAYS + 1)]
    for msgid in msgids:
        corp.lever(f"mass/{msgid}/confirm")

    assert (results(corp, msgids[0]), results(corp, msgids[-1])) == ([1], [3])


def test_reminders_are_counted_and_a_cancelled_one_stays_unsent(corp: Corp):
    customers(corp, "小明")
    msgid = prepare(corp)["msgid"]

    codes = [
        corp.call("externalcontact/remind_groupmsg_send", {"msgid": msgid})["errcode"]
        for _ in range(4)
    ]
    corp.call("externalcontact/cancel_groupmsg_send", {"msgid": msgid})

    assert codes == [0, 0, 0, 45009]
    assert corp.http.post(f"/sandbox/v1/mass/{msgid}/confirm").status_code == 422
    assert corp.http.post("/sandbox/v1/mass/nothing/confirm").status_code == 404
    assert corp.call("externalcontact/get_groupmsg_task", {"msgid": "nothing"})["errcode"] == 41063
