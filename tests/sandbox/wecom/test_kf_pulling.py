import time

import pytest

from tests.sandbox.conftest import until
from tests.sandbox.test_platform_calls import picture
from tests.sandbox.wecom.conftest import Corp, token
from tests.sandbox.wecom.corp_app import CorpApp

DAY = 86_400


def test_words_and_pictures_are_pulled_behind_a_cursor(corp: Corp, app: CorpApp):
    corp.tell("小明", "在吗")
    first = corp.pull(token(app, 2))
    files = {"media": ("p.jpg", picture())}
    corp.http.post(
        "/sandbox/v1/people/小明/send", data={"type": "image", "door": "wecom"}, files=files
    )
    second = corp.pull(token(app, 3), first["next_cursor"])
    third = corp.pull(token(app, 3), second["next_cursor"])

    assert [m["msgtype"] for m in first["msg_list"]] == ["event", "text"]
    text = first["msg_list"][1]
    assert (text["text"], text["origin"]) == ({"content": "在吗"}, 3)
    assert text["open_kfid"] == corp.kf()
    assert [m["msgtype"] for m in second["msg_list"]] == ["image"]
    media = second["msg_list"][0]["image"]["media_id"]
    query = {"access_token": corp.key(), "media_id": media}
    assert corp.http.get("/wecom/cgi-bin/media/get", params=query).content == picture()
    assert third["msg_list"] == []
    assert third["next_cursor"] == second["next_cursor"]
    assert until(lambda: {m["state"] for m in corp.phone("小明")} == {"delivered"})


def test_pages_follow_each_other_until_there_is_no_more(corp: Corp, app: CorpApp):
    for number in range(5):
        corp.tell("小明", f"{number}")
    pages, cursor, more = [], "", 1
    while more:
        page = corp.pull(token(app, 6), cursor, limit=4)
        pages.append([m.get("text", {}).get("content") for m in page["msg_list"]])
        cursor, more = page["next_cursor"], page["has_more"]

    assert pages == [[None, "0", "1", "2"], ["3", "4"]]


def test_an_empty_page_may_still_have_more(corp: Corp, app: CorpApp):
    corp.tell("小明", "在吗")
    corp.fault("empty", api="/cgi-bin/kf/sync_msg")

    first = corp.pull(token(app, 2))
    second = corp.pull(token(app, 2), first["next_cursor"])

    assert (first["msg_list"], first["has_more"]) == ([], 1)
    assert len(second["msg_list"]) == 2


def test_shuffled_pages_lose_nothing_and_keep_a_persons_second(corp: Corp, app: CorpApp):
    for number in range(12):
        corp.tell(f"人{number % 3}", f"{number}")
    corp.fault("shuffle", api="/cgi-bin/kf/sync_msg")
    found, cursor, more = [], "", 1
    while more:
        page = corp.pull("", cursor, limit=4)
        found += [
            (m["external_userid"], m["send_time"], m["text"]["content"])
            for m in page["msg_list"]
            if m["msgtype"] == "text"
        ]
        cursor, more = page["next_cursor"], page["has_more"]

    texts = [text for _, _, text in found]
    assert sorted(texts, key=int) == [f"{n}" for n in range(12)]
    assert texts != sorted(texts, key=int)
    in_order = [text for *_, text in sorted(found, key=lambda item: item[:2])]
    for name in range(3):
        assert [t for t in in_order if int(t) % 3 == name] == [f"{n}" for n in range(name, 12, 3)]


def test_data_is_kept_three_days(corp: Corp, app: CorpApp):
    corp.tell("小明", "旧")
    corp.advance(3 * DAY)
    corp.tell("小明", "新")

    kept = [m["text"]["content"] for m in corp.pull()["msg_list"] if m["msgtype"] == "text"]

    assert kept == ["新"]


def test_a_token_lives_ten_minutes_and_belongs_to_its_account(corp: Corp, app: CorpApp):
    corp.tell("小明", "在吗")
    known = token(app, 2)
    other = corp.call("kf/account/add", {"name": "第二客服"})["open_kfid"]

    assert corp.pull(known)["errcode"] == 0
    assert corp.pull(known, open_kfid=other)["errcode"] == 95007
    assert corp.pull("nothing")["errcode"] == 95007
    corp.advance(601)
    assert corp.pull(known)["errcode"] == 95007


def test_without_a_token_the_account_is_slow(corp: Corp):
    codes = [corp.pull()["errcode"] for _ in range(11)]
    corp.advance(60)

    assert codes == [0] * 10 + [45009]
    assert corp.pull()["errcode"] == 0


@pytest.mark.parametrize("more", [{"limit": 1_001}, {"limit": -1}, {"cursor": "mine"}])
def test_a_page_nobody_gives_is_refused(more, corp: Corp):
    assert corp.pull(**more)["errcode"] == 40058


def test_messages_of_the_api_are_not_pulled(corp: Corp):
    corp.tell("小明", "在吗")
    corp.say_kf("小明")

    assert len(corp.pull()["msg_list"]) == 2


def test_words_to_a_named_account_wait_there(corp: Corp):
    other = corp.call("kf/account/add", {"name": "第二客服"})["open_kfid"]
    corp.tell("小明", "在吗", account=other)
    body = {"door": "wecom", "text": "x", "account": "nothing"}

    found = corp.pull(open_kfid=other)["msg_list"]

    assert [m["msgtype"] for m in found] == ["event", "text"]
    assert corp.pull()["msg_list"] == []
    assert corp.http.post("/sandbox/v1/people/小明/say", json=body).status_code == 422


def test_callbacks_are_lost_doubled_and_late(corp: Corp, app: CorpApp):
    corp.fault("forget", api="/wecom/kf")
    corp.tell("小明", "在吗")
    until(lambda: app.heard)
    assert len(app.heard) == 1

    corp.fault("duplicate", api="/wecom/kf")
    corp.tell("小明", "一")
    until(lambda: len(app.heard) == 3)
    assert app.heard[1].xml == app.heard[2].xml

    corp.fault("slow", api="/wecom/kf", ms=200)
    began = time.monotonic()
    corp.tell("小明", "二")
    until(lambda: len(app.heard) == 4)
    assert time.monotonic() - began >= 0.2
    assert len(corp.pull()["msg_list"]) == 4
