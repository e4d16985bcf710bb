"""One-time notifications on the desk: the page's button, the event, the message that uses a yes."""

import re
from datetime import UTC, datetime

import pytest

from bot.channels import fields, official_account
from bot.message import Kind
from sandbox.server import PHONE
from tests.sandbox.conftest import Desk, until
from tests.sandbox.echo_app import EchoApp

BIZ = "cgi-bin/message/subscribe/bizsend"


@pytest.mark.parametrize(("accept", "said"), [(True, "yes T1"), (False, "no T1")])
def test_what_somebody_answers_on_the_desk_is_understood_by_the_house(
    desk: Desk, app: EchoApp, accept: bool, said: str
) -> None:
    desk.lever("people/小明/follow")
    desk.lever("people/小明/subscription", {"template": "T1", "accept": accept})
    until(lambda: "subscribe_msg_popup_event" in app.texts())
    xml = next(heard.xml for heard in app.heard if "popup" in heard.xml)

    message = official_account.parse(fields.read(xml.encode()), datetime.now(UTC))

    assert message is not None
    assert (message.kind, message.text) == (Kind.PERMIT, said)
    assert message.sender == desk.openid("小明")


def test_a_yes_lets_one_message_through_and_the_phone_shows_it(desk: Desk, app: EchoApp) -> None:
    """Also to somebody who has not spoken for days: that is what it is for."""
    desk.lever("people/小明/follow")
    desk.lever("people/小明/subscription", {"template": "T1"})
    desk.advance(3 * 24 * 3_600)
    data = {"thing1": {"value": "春日好物专场"}, "number3": {"value": "000087"}}
    body = {"touser": desk.openid("小明"), "template_id": "T1", "data": data}

    answers = [desk.call(BIZ, body)["errcode"] for _ in range(2)]

    assert answers == [0, 43101]
    assert desk.heard("小明") == ["春日好物专场\n000087"]


def test_the_phones_browser_knows_wechats_own_button() -> None:
    """The page asks for it by this name, and listens to these events."""
    bridge = (PHONE / "bridge.js").read_text()

    assert 'customElements.define("wx-open-subscribe", Subscribe)' in bridge
    assert re.search(r'tell\("success", .*subscribeDetails', bridge)
    assert '"允许", "拒绝"' in bridge
