import base64
import hashlib

import pytest

from tests.sandbox.test_platform_calls import picture
from tests.sandbox.wecom.conftest import Corp


def post(corp: Corp, key: str = "hook-key", **more) -> int:
    body = {"msgtype": "text", "text": {"content": "早上好"}, **more}
    path = "/wecom/cgi-bin/webhook/send"
    return corp.http.post(path, json=body, params={"key": key}).json()["errcode"]


@pytest.fixture
def group(corp: Corp) -> Corp:
    corp.lever("groups", {"name": "日常群", "kind": "internal", "members": ["小明"]})
    return corp


def test_a_post_stands_in_its_group(group: Corp):
    userid = group.lever("people", {"name": "小明"})["userid"]

    code = post(group, text={"content": "早上好", "mentioned_list": [userid, "@all"]})

    shown = group.phone("小明")[0]
    assert code == 0
    assert (shown["door"], shown["group"]) == ("group", "日常群")
    assert shown["text"] == "早上好 @小明 @所有人"


def test_twenty_a_minute_and_key(group: Corp):
    codes = [post(group) for _ in range(21)]
    other = post(group, "other-key")
    group.advance(60)

    assert codes == [0] * 20 + [45009]
    assert other == 0
    assert post(group) == 0
    assert len(group.phone("小明")) == 21


def image(content: bytes, **more) -> dict:
    encoded = base64.b64encode(content).decode()
    body = {"base64": encoded, "md5": hashlib.md5(content, usedforsecurity=False).hexdigest()}
    return {"msgtype": "image", "image": {**body, **more}}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"key": "nothing"}, 93000),
        ({"key": ""}, 93000),
        ({"text": {"content": "x" * 2_048}}, 0),
        ({"text": {"content": "x" * 2_049}}, 45002),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4_096}}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4_097}}, 45002),
        ({"msgtype": "poem"}, 40008),
        (image(picture()), 0),
        (image(picture(), md5="0"), 40058),
        (image(picture(), base64="?"), 40058),
        (image(b"\x89PNG\r\n\x1a\n" + b"x" * 2 * 2**20), 40009),
        ({"msgtype": "news", "news": {"articles": []}}, 45008),
        ({"msgtype": "file", "file": {"media_id": "nothing"}}, 40007),
        ({"msgtype": "template_card", "template_card": {"card_type": "vote_interaction"}}, 40058),
    ],
)
def test_a_post_is_checked(more, code, group: Corp):
    assert post(group, **more) == code


def test_a_file_is_uploaded_by_the_key_and_posted(group: Corp):
    def upload(key: str, kind: str = "file") -> dict:
        path, files = "/wecom/cgi-bin/webhook/upload_media", {"media": ("a.txt", b"123456")}
        return group.http.post(path, params={"key": key, "type": kind}, files=files).json()

    media_id = upload("hook-key")["media_id"]

    assert post(group, msgtype="file", file={"media_id": media_id}) == 0
    assert group.phone("小明")[0]["media"] == media_id
    assert upload("nothing")["errcode"] == 93000
    assert upload("hook-key", "image")["errcode"] == 40004
