"""Customer contact: who added a colleague, who left, and the first words by the code."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.counters import AppDoor
from bot.channels.customer_contact import TEXT_BYTES, changed_group, parse, render_welcome
from bot.channels.envelope import Keys, Opened
from bot.channels.fields import Malformed, read
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Text

NOW = datetime(2025, 11, 22, 2, 20, 1, tzinfo=UTC)
ADDED = """<xml><ToUserName>ww1</ToUserName><FromUserName>sys</FromUserName>
<CreateTime>1763778000</CreateTime><MsgType>event</MsgType><Event>change_external_contact</Event>
<ChangeType>{change}</ChangeType><UserID>zhangsan</UserID>
<ExternalUserID>wmUser9</ExternalUserID><State>inv_ab12</State>
<WelcomeCode>CODE</WelcomeCode></xml>"""


def event(change: str = "add_external_contact", **fields: Any) -> Message | None:
    given = {**read(ADDED.format(change=change).encode()), **fields}
    keys = Keys("t", "a" * 43, "ww1")
    return AppDoor((keys,)).read(Opened(given, keys, True, b""), NOW)


@pytest.mark.parametrize("change", ["add_external_contact", "add_half_external_contact"])
def test_who_added_a_colleague_is_known_by_the_id_of_customer_service(change: str) -> None:
    message = event(change)

    assert message is not None
    assert (message.channel, message.sender) == (Channel.CUSTOMER_SERVICE, "wmUser9")
    assert (message.kind, message.text) == (Kind.HAPPENING, Happening.ADDED)
    assert (message.scene, message.answer_code) == ("inv_ab12", "welcome:CODE")


@pytest.mark.parametrize("change", ["del_external_contact", "del_follow_user"])
def test_who_deleted_the_other_has_left(change: str) -> None:
    message = event(change)

    assert message is not None
    assert (message.text, message.answer_code) == (Happening.LEFT, "")


def test_other_changes_concern_nobody() -> None:
    for change in ("edit_external_contact", "transfer_fail", "msg_audit_approved", ""):
        assert event(change) is None


def test_a_code_or_a_state_may_be_missing() -> None:
    message = event(State=None, WelcomeCode=None)

    assert message is not None
    assert (message.scene, message.answer_code) == ("", "")


def test_without_a_person_it_is_no_event() -> None:
    for sender in ("", "a b", ["wm1", "wm2"]):
        with pytest.raises(Malformed):
            event(ExternalUserID=sender)


def test_the_same_event_has_the_same_name_and_every_other_one_another() -> None:
    fields = read(ADDED.format(change="add_external_contact").encode())
    others = [{"CreateTime": "1763778001"}, {"UserID": "li"}, {"ExternalUserID": "wm2"}]
    names = {parse({**fields, **other}, NOW).id for other in ({}, {}, *others)}  # type: ignore[union-attr]

    assert len(names) == 4


def test_the_first_words_go_with_the_picture_of_the_group() -> None:
    assert render_welcome(Text("你好\n[[领券|https://a.example/c]]"), "welcome:CODE", "M1") == {
        "welcome_code": "CODE",
        "text": {"content": "你好\n领券 https://a.example/c"},
        "attachments": [{"msgtype": "image", "image": {"media_id": "M1"}}],
    }
    bare = render_welcome(Text("长" * 3000), "welcome:CODE")
    assert "attachments" not in bare
    assert len(bare["text"]["content"].encode()) <= TEXT_BYTES


CHANGED = {
    "Event": "change_external_chat",
    "ChatId": "wrGroup1",
    "ChangeType": "update",
    "UpdateDetail": "add_member",
    "CreateTime": "1763778000",
    "CurMemVer": "7121",
}


def test_a_group_of_customers_that_changed_is_looked_at_again() -> None:
    came, named = changed_group(CHANGED), changed_group({**CHANGED, "UpdateDetail": "change_name"})
    made = changed_group({**CHANGED, "ChangeType": "create", "UpdateDetail": ""})

    assert came is not None
    assert named is not None
    assert made is not None
    assert [one.has_joined for one in (came, named, made)] == [True, False, False]
    assert {one.chat_id for one in (came, named, made)} == {"wrGroup1"}
    assert len({came.name, named.name, made.name}) == 3
    assert changed_group({**CHANGED, "UpdateDetail": "del_member"}) is None
    assert changed_group({**CHANGED, "Event": "change_external_contact"}) is None


@pytest.mark.parametrize("chat_id", ["", "wr 1", "w" * 65, {"a": "b"}, "群"])
def test_a_group_without_a_name_of_the_platform_is_malformed(chat_id: Any) -> None:
    with pytest.raises(Malformed):
        changed_group({**CHANGED, "ChatId": chat_id})
