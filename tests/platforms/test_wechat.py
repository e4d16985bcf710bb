import json
import logging
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from redis import Redis

from bot.platforms import calling
from bot.platforms.wechat import Account, WeChat
from commerce.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    WindowClosed,
)
from tests.platforms.stub import Stub

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
HELLO = {"touser": "oUser1", "msgtype": "text", "text": {"content": "你好"}}


@dataclass
class Clock:
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def client(stub: Stub, redis: Redis | None = None, clock: Clock | None = None) -> WeChat:
    account = Account("wx1", "SECRET-1", stub.url, f"{stub.url}/open/")
    return WeChat(account, redis, clock or Clock())


def refusing(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": "told by the stub"}


def test_every_call_reaches_the_configured_address_with_its_token(stub):
    stub.answers = {
        "/cgi-bin/media/upload": {"type": "image", "media_id": "M", "created_at": 1},
        "/cgi-bin/qrcode/create": {"ticket": "T", "expire_seconds": 60, "url": "http://q/x"},
        "/cgi-bin/user/info": {"subscribe": 1, "openid": "oUser1", "unionid": "u"},
    }
    api = client(stub)

    api.send_custom(HELLO)
    assert api.upload_image(b"\xff\xd8\xffjpeg") == "M"
    assert api.create_qr("inv_ab12", 2_592_000) == "http://q/x"
    assert api.user_info("oUser1")["unionid"] == "u"
    api.create_menu({"button": [{"name": "我的收益", "type": "click", "key": "earnings"}]})

    token, send, upload, qr, user, menu = stub.asked
    assert json.loads(token.body) == {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": "SECRET-1",
        "force_refresh": False,
    }
    assert token.query == {}
    assert all(one.query["access_token"] == "TOKEN-1" for one in stub.asked[1:])
    assert json.loads(send.body) == HELLO
    assert "你好".encode() in send.body
    assert upload.query["type"] == "image"
    assert b"\xff\xd8\xffjpeg" in upload.body
    assert json.loads(qr.body)["action_name"] == "QR_STR_SCENE"
    assert json.loads(qr.body)["action_info"]["scene"]["scene_str"] == "inv_ab12"
    assert user.query["openid"] == "oUser1"
    assert menu.path == "/cgi-bin/menu/create"


def test_a_base_address_with_a_path_is_kept(stub):
    account = Account("wx1", "SECRET-1", f"{stub.url}/official/")
    stub.answers = {f"/official{TOKEN}": {"access_token": "A", "expires_in": 7200}}

    WeChat(account, None, Clock()).send_custom(HELLO)

    assert [one.path for one in stub.asked] == [f"/official{TOKEN}", f"/official{SEND}"]


@pytest.mark.parametrize(
    ("scene", "expire_s"), [("", 60), ("x" * 65, 60), ("a", 0), ("a", 2_592_001)]
)
def test_a_qr_the_platform_would_not_make_is_not_asked_for(stub, scene, expire_s):
    with pytest.raises(ValueError, match="30 days"):
        client(stub).create_qr(scene, expire_s)
    assert stub.asked == []


def test_a_person_is_known_by_oauth(stub):
    stub.answers = {
        "/sns/oauth2/access_token": {
            "access_token": "P",
            "expires_in": 7200,
            "refresh_token": "R",
            "openid": "oUser1",
            "scope": "snsapi_userinfo",
        },
        "/sns/userinfo": {"openid": "oUser1", "nickname": "小明", "unionid": "u"},
    }
    api = client(stub)

    url = urlsplit(api.oauth_url("https://q.example/in?a=1&b=2", state="x&y"))
    assert url.geturl().startswith(f"{stub.url}/open/connect/oauth2/authorize?appid=wx1")
    assert parse_qs(url.query)["redirect_uri"] == ["https://q.example/in?a=1&b=2"]
    assert parse_qs(url.query)["state"] == ["x&y"]
    assert url.fragment == "wechat_redirect"

    person = api.oauth_exchange("CODE")
    assert person["openid"] == "oUser1"
    assert api.oauth_userinfo("oUser1", person["access_token"])["nickname"] == "小明"
    assert stub.asked[0].query["code"] == "CODE"
    assert stub.count(TOKEN) == 0


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        (-1, PlatformUnavailable, True),
        (45009, RateLimited, True),
        (45011, RateLimited, True),
        (45015, WindowClosed, False),
        (45047, WindowClosed, False),
        (40003, Rejected, False),
        (48001, Rejected, False),
        (123456, Rejected, False),
    ],
)
def test_the_platform_s_codes_say_who_must_act(stub, code, kind, retryable):
    stub.answers[SEND] = refusing(code)

    with pytest.raises(PlatformError) as error:
        client(stub).send_custom(HELLO)

    assert type(error.value) is kind
    assert (error.value.code, error.value.text) == (code, "told by the stub")
    assert error.value.retryable is retryable
    assert stub.count(SEND) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (500, PlatformUnavailable),
        (502, PlatformUnavailable),
        (429, RateLimited),
        (404, Rejected),
        (302, PlatformUnavailable),
        (b"<html>", PlatformUnavailable),
        (b"[]", PlatformUnavailable),
        (b'{"errcode": "x"}', PlatformUnavailable),
        (b"", PlatformUnavailable),
    ],
)
def test_an_answer_that_is_none_is_a_platform_error_too(stub, answer, kind):
    stub.answers[SEND] = answer

    with pytest.raises(PlatformError) as error:
        client(stub).send_custom(HELLO)

    assert type(error.value) is kind
    assert stub.count("/elsewhere") == 0


@pytest.mark.parametrize("answer", [{}, {"errcode": 0}])
def test_an_answer_without_what_was_asked_for_is_a_platform_error(stub, answer):
    stub.answers["/cgi-bin/media/upload"] = answer
    stub.answers["/cgi-bin/qrcode/create"] = answer

    with pytest.raises(PlatformUnavailable):
        client(stub).upload_image(b"x")
    with pytest.raises(PlatformUnavailable):
        client(stub).create_qr("a", 60)


def test_nobody_there_is_unavailable(stub):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        api = WeChat(Account("wx1", "SECRET-1", url), None, Clock())

        with pytest.raises(PlatformUnavailable) as error:
            api.send_custom(HELLO)

    assert error.value.retryable
    assert error.value.text == "ConnectionError"


def test_a_platform_that_does_not_answer_is_given_up(stub, monkeypatch):
    monkeypatch.setattr(calling, "ANSWER_S", 0.3)
    given_up = threading.Event()
    stub.answers[SEND] = lambda _: given_up.wait(5) or {}
    stub.answers["/cgi-bin/user/info"] = {"openid": "o"}
    api = client(stub)
    api.user_info("o")

    started = time.monotonic()
    with pytest.raises(PlatformUnavailable) as error:
        api.send_custom(HELLO)
    given_up.set()

    assert time.monotonic() - started < 4
    assert error.value.text == "ReadTimeout"


def test_the_token_is_waited_for_no_longer_either(stub, monkeypatch):
    monkeypatch.setattr(calling, "ANSWER_S", 0.3)
    given_up = threading.Event()
    stub.answers[TOKEN] = lambda _: given_up.wait(5) or {}

    started = time.monotonic()
    with pytest.raises(PlatformUnavailable):
        client(stub).send_custom(HELLO)
    given_up.set()

    assert time.monotonic() - started < 4
    assert stub.count(SEND) == 0


def test_32_cold_threads_fetch_one_token(stub):
    api = client(stub)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda _: api.send_custom(HELLO), range(64)))

    assert stub.count(TOKEN) == 1
    assert stub.count(SEND) == 64


def test_32_threads_with_an_expired_token_fetch_one_more(stub):
    stub.answers[SEND] = lambda asked: (
        refusing(42001) if asked.query["access_token"] == "TOKEN-1" else {"errcode": 0}
    )
    api = client(stub)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda _: api.send_custom(HELLO), range(32)))

    assert stub.count(TOKEN) == 2


def test_32_threads_hear_of_one_failed_fetch(stub):
    stub.answers[TOKEN] = lambda _: time.sleep(0.2) or refusing(-1)
    api = client(stub)

    def fails(_: int) -> bool:
        with pytest.raises(PlatformUnavailable):
            api.send_custom(HELLO)
        return True

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(fails, range(32)))

    assert stub.count(TOKEN) == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_refused_for_ever_is_renewed_once(stub, code):
    stub.answers[SEND] = refusing(code)

    with pytest.raises(PlatformUnavailable) as error:
        client(stub).send_custom(HELLO)

    assert error.value.code == code
    assert stub.count(TOKEN) == 2
    assert [one.query["access_token"] for one in stub.asked if one.path == SEND] == [
        "TOKEN-1",
        "TOKEN-2",
    ]


def test_a_token_is_given_up_five_minutes_early(stub):
    clock = Clock()
    api = client(stub, clock=clock)

    api.send_custom(HELLO)
    clock.now += timedelta(seconds=6899)
    api.send_custom(HELLO)
    assert stub.count(TOKEN) == 1

    clock.now += timedelta(seconds=1)
    api.send_custom(HELLO)
    assert stub.count(TOKEN) == 2


def test_all_clients_of_a_redis_share_one_token(stub, redis):
    clients = [client(stub, redis) for _ in range(8)]

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda n: clients[n % 8].send_custom(HELLO), range(64)))

    assert stub.count(TOKEN) == 1
    assert 6900 < redis.ttl("wechat:wx1") <= 7200


def test_all_clients_of_a_redis_share_a_renewed_token(stub, redis):
    clients = [client(stub, redis) for _ in range(8)]
    for one in clients:
        one.send_custom(HELLO)
    stub.answers[SEND] = lambda asked: (
        refusing(42001) if asked.query["access_token"] == "TOKEN-1" else {"errcode": 0}
    )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: one.send_custom(HELLO), clients))

    assert stub.count(TOKEN) == 2


PROCESS = """
import sys
from datetime import UTC, datetime
from redis import Redis
from bot.platforms.wechat import Account, WeChat
redis = Redis.from_url(sys.argv[2])
api = WeChat(Account("wx1", "s", sys.argv[1]), redis, lambda: datetime.now(UTC))
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
api.send_custom({})
"""


def test_all_processes_share_one_token(stub, redis, redis_url):
    command = [sys.executable, "-c", PROCESS, stub.url, redis_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()

    assert [process.returncode for process in processes] == [0] * 3
    assert stub.count(SEND) == 3
    assert stub.count(TOKEN) == 1


@pytest.mark.parametrize("rubbish", [b"x", b"x TOKEN", b"\xff\xfe T", b"1 OLD", b" "])
def test_rubbish_in_redis_is_fetched_anew(stub, redis, rubbish):
    redis.set("wechat:wx1", rubbish)

    client(stub, redis).send_custom(HELLO)

    assert stub.asked[-1].query["access_token"] == "TOKEN-1"


def test_redis_that_answers_texts_serves_as_well(stub, redis, redis_url):
    client(stub, redis).send_custom(HELLO)

    with Redis.from_url(redis_url, decode_responses=True) as texts:
        client(stub, texts).send_custom(HELLO)

    assert stub.count(TOKEN) == 1


def test_without_redis_messages_are_sent_all_the_same(stub):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        with Redis.from_url(url, retry=None) as away:
            api = client(stub, away)

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda _: api.send_custom(HELLO), range(16)))

    assert stub.count(TOKEN) == 1
    assert stub.count(SEND) == 16


def test_a_lock_left_by_a_dead_process_is_waited_out(stub, redis, monkeypatch):
    monkeypatch.setattr("bot.platforms.tokens.WAIT_S", 0.2)
    redis.set("wechat:wx1:lock", b"somebody", ex=60)

    client(stub, redis).send_custom(HELLO)

    assert stub.count(SEND) == 1


def test_no_secret_is_logged_or_told_by_an_error(stub, caplog):
    caplog.set_level(logging.DEBUG)
    stub.answers[SEND] = refusing(40001)
    stub.answers["/cgi-bin/user/info"] = 500
    stub.answers["/sns/oauth2/access_token"] = refusing(40029)
    api = client(stub)
    failures = []
    for call in (
        lambda: api.send_custom(HELLO),
        lambda: api.user_info("oUser1"),
        lambda: api.oauth_exchange("CODE"),
    ):
        with pytest.raises(PlatformError) as error:
            call()
        failures.append(f"{error.value!s} {error.value!r} {error.value.__suppress_context__}")

    told = caplog.text + "".join(failures) + repr(Account("wx1", "SECRET-1"))
    assert "TOKEN-" not in told
    assert "SECRET-1" not in told
    assert all(failure.endswith("True") for failure in failures)
