"""The list of a person's chats, what stands in each, and what of it was read."""

from typing import Any

from tests.sandbox.conftest import until
from tests.sandbox.wecom.conftest import Corp
from tests.sandbox.wecom.corp_app import CorpApp, reply
from tests.sandbox.wecom.test_groups import external


def chats(corp: Corp, name: str) -> dict[str, dict[str, Any]]:
    found = corp.read(f"people/{name}/chats")["chats"]
    return {chat["key"]: chat for chat in found}


def in_chat(corp: Corp, name: str, chat: str) -> list[str | None]:
    return [m.get("text") for m in corp.read(f"people/{name}/phone", chat=chat)["messages"]]


def test_outsiders_and_colleagues_have_different_doors(corp: Corp):
    external(corp, "小明")

    assert list(chats(corp, "小明")) == ["official", "wecom", "group:福利群"]
    assert list(chats(corp, "店长")) == ["official", "wecom", "app", "bot", "group:福利群"]
    assert chats(corp, "小明")["group:福利群"]["members"] == ["店长", "小明"]
    assert not chats(corp, "小明")["official"]["speaks"]


def test_every_message_stands_in_its_own_chat(corp: Corp, app: CorpApp):
    external(corp, "小明")
    app.answer = lambda heard: reply(heard, "收到")

    corp.tell("小明", "群里好", "group", group="福利群")
    corp.tell("小明", "客服好")
    corp.tell("店长", "应用好", "app")
    until(lambda: len(in_chat(corp, "店长", "app")) == 2, "the answer")

    assert (
        in_chat(corp, "小明", "group:福利群") == in_chat(corp, "店长", "group:福利群") == ["群里好"]
    )
    assert in_chat(corp, "小明", "wecom") == ["客服好"]
    assert in_chat(corp, "店长", "app") == ["应用好", "收到"]
    assert list(chats(corp, "小明"))[:2] == ["wecom", "group:福利群"]


def test_a_welcome_stands_in_the_chat_with_the_colleague_who_does_not_pass_words_on(
    corp: Corp, app: CorpApp
):
    corp.staff()
    corp.external("小明")
    corp.lever("contacts", {"person": "小明"})
    until(lambda: app.at("/wecom/app"), "the event")
    code = app.at("/wecom/app")[-1]["WelcomeCode"]

    body = {"welcome_code": code, "text": {"content": "你好"}}
    corp.call("externalcontact/send_welcome_msg", body)

    contact = chats(corp, "小明")["contact:店长"]
    assert (contact["title"], contact["speaks"], contact["unread"]) == ("千星小助手", False, 1)
    assert in_chat(corp, "小明", "contact:店长") == ["你好"]
    assert in_chat(corp, "小明", "wecom") == []


def test_reading_one_chat_leaves_the_others_unread(corp: Corp):
    external(corp, "小明", "小红")
    corp.lever("groups", {"name": "另一个群", "kind": "external", "members": ["小明", "小红"]})
    for group in ("福利群", "福利群", "另一个群"):
        corp.tell("小红", "在吗", "group", group=group)

    left = corp.lever("people/小明/read", {"chat": "group:福利群"})["unread"]
    corp.tell("小红", "还在", "group", group="福利群")

    unread = {key: chat["unread"] for key, chat in chats(corp, "小明").items() if chat["unread"]}
    assert left == 1
    assert unread == {"group:福利群": 1, "group:另一个群": 1}
    assert corp.lever("people/小明/read")["unread"] == 0


def test_a_group_one_left_still_stands_there_in_silence(corp: Corp):
    external(corp, "小明")
    corp.tell("小明", "再见", "group", group="福利群")

    corp.lever("groups/福利群/leave", {"person": "小明"})

    assert chats(corp, "小明")["group:福利群"]["speaks"] is False


def test_a_code_says_where_it_leads(corp: Corp):
    link = corp.read("kf/accounts")["accounts"][0]["url"]

    assert corp.lever("people/小明/scan", {"content": link})["chat"] == "wecom"
