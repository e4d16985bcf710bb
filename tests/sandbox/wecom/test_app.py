import pytest

from tests.sandbox.conftest import until
from tests.sandbox.wecom.conftest import Corp
from tests.sandbox.wecom.corp_app import CorpApp

HOUR = 3_600


def send(corp: Corp, userid: str, words: str = "hello", **more) -> dict:
    body = {"touser": userid, "agentid": 1_000_002, "msgtype": "text", "text": {"content": words}}
    return corp.call("message/send", {**body, **more})


def card(**more) -> dict:
    buttons = [{"text": "批准", "key": "approve W1"}, {"text": "拒绝", "key": "refuse W1"}]
    whole = {
        "card_type": "button_interaction",
        "main_title": {"title": "提现 W1", "desc": "1,200.00 元"},
        "button_list": buttons,
        "task_id": "W1_1",
        **more,
    }
    return {"msgtype": "template_card", "template_card": whole}


def notice(**more) -> dict:
    action = {"type": 1, "url": "https://x.example"}
    whole = {"card_type": "text_notice", "main_title": {"title": "开播"}, "card_action": action}
    return {"msgtype": "template_card", "template_card": {**whole, **more}}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, 0),
        ({"agentid": 7}, 40056),
        ({"touser": "nobody"}, 81013),
        ({"touser": ""}, 81013),
        ({"touser": "|".join(["x"] * 1_001)}, 40058),
        ({"msgtype": "poem"}, 40008),
        ({"text": {"content": "星" * 683}}, 45002),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 2_048}}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 2_049}}, 45002),
        ({"msgtype": "news", "news": {"articles": [{"title": "a", "url": "u"}] * 8}}, 0),
        ({"msgtype": "news", "news": {"articles": [{"title": "a", "url": "u"}] * 9}}, 45008),
        ({"msgtype": "image", "image": {"media_id": "nothing"}}, 40007),
        (card(), 0),
        (card(task_id=""), 40058),
        (card(task_id="有空"), 40058),
        (card(button_list=[]), 40058),
        (card(button_list=[{"text": "x", "key": "k"}] * 7), 40058),
        (card(button_list=[{"text": "x", "key": "k" * 1_025}]), 40058),
        (card(card_type="poem"), 40058),
        (notice(), 0),
        (notice(card_action={}), 40058),
    ],
)
def test_a_message_is_checked(more, code, corp: Corp):
    assert send(corp, corp.staff(), **more)["errcode"] == code


def test_a_message_reaches_who_exists_and_names_who_does_not(corp: Corp):
    first, second = corp.staff("店长"), corp.staff("小周")

    answer = send(corp, f"{first}|nobody|{second}")

    assert answer["invaliduser"] == "nobody"
    assert corp.heard("店长") == corp.heard("小周") == ["hello"]
    assert (corp.phone("店长")[0]["door"], corp.phone("店长")[0]["from"]) == ("app", "千星计划")


def test_more_than_30_a_minute_or_1000_an_hour_are_dropped_without_a_word(corp: Corp):
    userid = corp.staff()

    codes = {send(corp, userid, f"{n}")["errcode"] for n in range(31)}
    corp.advance(61)
    send(corp, userid, "later")

    assert codes == {0}
    assert corp.heard("店长") == [*(f"{n}" for n in range(30)), "later"]


def test_the_hour_has_its_own_count(corp: Corp):
    userid, now = corp.staff(), corp.world.now()
    rows = [(f"app {userid}", now - 120 - n) for n in range(999)]
    corp.world.db.executemany("INSERT INTO wecom_counted VALUES (?, ?)", rows)

    send(corp, userid, "the last")
    send(corp, userid, "one too many")

    assert corp.heard("店长") == ["the last"]


def test_a_tapped_card_is_told_and_changed_once(corp: Corp, app: CorpApp):
    userid = corp.staff()
    send(corp, userid, **card())

    corp.tap("店长", "approve W1")
    until(lambda: app.heard)

    heard = app.heard[0]
    assert (heard["Event"], heard["EventKey"]) == ("template_card_event", "approve W1")
    assert (heard["TaskId"], heard["CardType"]) == ("W1_1", "button_interaction")
    change = {
        "userids": [userid, "nobody"],
        "agentid": 1_000_002,
        "response_code": heard["ResponseCode"],
        "button": {"replace_name": "已批准"},
    }
    answers = [corp.call("message/update_template_card", change) for _ in range(2)]
    assert [answer["errcode"] for answer in answers] == [0, 40058]
    assert answers[0]["invaliduser"] == ["nobody"]
    shown = corp.phone("店长")[0]
    assert (shown["buttons"], shown["done"], shown["text"]) == (
        [],
        "已批准",
        "提现 W1\n1,200.00 元",
    )


def test_a_card_is_replaced_within_72_hours(corp: Corp):
    userid = corp.staff()
    code = send(corp, userid, **card())["response_code"]
    late = send(corp, userid, **card(task_id="W1_2"))["response_code"]
    change = {"userids": [userid], "agentid": 1_000_002, "response_code": code, **notice()}

    first = corp.call("message/update_template_card", change)["errcode"]
    corp.advance(72 * HOUR)
    second = corp.call("message/update_template_card", {**change, "response_code": late})["errcode"]

    assert (first, second) == (0, 40058)
    assert corp.phone("店长")[0]["text"] == "开播"
    assert [b["id"] for b in corp.phone("店长")[1]["buttons"]] == ["approve W1", "refuse W1"]


def test_a_task_id_is_used_once(corp: Corp):
    userid = corp.staff()

    assert [send(corp, userid, **card())["errcode"] for _ in range(2)] == [0, 40058]


def test_the_menu_of_the_app_is_tapped(corp: Corp, app: CorpApp):
    corp.staff()
    buttons = [
        {"type": "click", "name": "待审", "key": "reviews"},
        {"type": "view", "name": "后台", "url": "https://x.example"},
    ]
    made = corp.call("menu/create", {"button": buttons}, agentid=1_000_002)
    corp.lever("people/店长/tap", {"key": "reviews", "door": "app"})
    opened = corp.lever("people/店长/tap", {"key": "后台", "door": "app"})
    until(lambda: len(app.heard) == 2)

    assert made["errcode"] == 0
    assert [(h["Event"], h["EventKey"]) for h in app.heard] == [
        ("click", "reviews"),
        ("view", "https://x.example"),
    ]
    assert opened["open"] == "https://x.example"
    assert corp.read("menu", door="app")["button"] == buttons
    assert corp.read("menu")["button"] == []
    assert corp.call("menu/create", {"button": buttons}, agentid=7)["errcode"] == 40056


def test_a_member_is_known_by_userid(corp: Corp):
    userid = corp.staff()

    assert corp.call("user/get", userid=userid)["name"] == "店长"
    assert corp.call("user/get", userid="nobody")["errcode"] == 60111


def test_markdown_is_shown_without_its_marks(corp: Corp):
    words = '**今晚** <font color="info">20:00</font> [进房间](https://x.example/live)'
    send(corp, corp.staff(), msgtype="markdown", markdown={"content": words})

    shown = corp.phone("店长")[0]
    assert shown["text"] == "今晚 20:00 进房间"
    assert shown["links"] == [{"text": "进房间", "url": "https://x.example/live"}]
    assert shown["markdown"] == words


def test_an_app_chat_hears_what_the_app_says(corp: Corp):
    users = [corp.staff("店长"), corp.staff("小周")]
    made = corp.call("appchat/create", {"name": "运营群", "userlist": users, "chatid": "ops"})
    said = {"chatid": "ops", "msgtype": "text", "text": {"content": "早"}}

    assert made["chatid"] == "ops"
    assert corp.call("appchat/send", said)["errcode"] == 0
    assert corp.phone("小周")[0]["group"] == "运营群"
    assert corp.call("appchat/send", {**said, "chatid": "other"})["errcode"] == 86003
    again = {"name": "又一个", "userlist": users, "chatid": "ops"}
    assert corp.call("appchat/create", again)["errcode"] == 86008
    assert corp.call("appchat/create", {**again, "userlist": users[:1]})["errcode"] == 40058
