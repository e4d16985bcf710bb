"""The process as a whole: restart, clock, state, reset."""

import base64
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx

from sandbox.crypto import decrypt, encrypt, signature
from tests.sandbox import echo_app
from tests.sandbox.conftest import SECRET, Desk, free_port, until
from tests.sandbox.echo_app import EchoApp


def test_the_crypto_meets_the_published_vectors():
    key = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
    cipher = (
        "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="
    )

    assert signature("AAAAA", "1714036504", "1514711492").startswith("f464b24fc39322e4")
    assert decrypt(key, cipher) == (b"1288432023552776189", "ww1436e0e65a779aee")
    assert (
        signature("hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "1476422779", "1597212914", cipher)
        == "a74599de85c6a30a434616999b17baad483d331d"
    )
    assert (
        encrypt(key, "你好".encode(), "", b"0123456789abcdef")
        == "scEag1243Fmy/fYz4Ux8D9wBTGffCvSbN1TrEcy4kLk="
    )


def test_every_length_is_padded_to_whole_blocks_of_32():
    for length in range(65):
        sealed = base64.b64decode(encrypt(echo_app.AES_KEY, b"x" * length, echo_app.APPID))
        opened = decrypt(echo_app.AES_KEY, base64.b64encode(sealed).decode())

        assert len(sealed) % 32 == 0
        assert opened == (b"x" * length, echo_app.APPID)


def test_everything_is_still_there_after_a_restart(app: EchoApp, open_desk):
    with open_desk(app) as desk:
        desk.say("小明", "你好")
        until(lambda: desk.heard("小明"))
        code = desk.qrcode("inv_ab12", expire_seconds=600)
        desk.call("cgi-bin/menu/create", {"button": [{"type": "click", "name": "n", "key": "k"}]})
        desk.fault("busy", api="user/get")
        desk.advance(100)
        token, phone, wire = desk.token(), desk.phone("小明"), desk.wire()

    with open_desk(app) as desk:
        assert desk.token()["access_token"] == token["access_token"]
        assert desk.phone("小明") == phone
        assert desk.wire() == wire
        assert desk.read("menu")["button"][0]["key"] == "k"
        assert desk.read("state")["clock_offset_s"] == 100
        assert desk.read("state")["faults"][0]["kind"] == "busy"
        assert desk.read("people/小明/windows")["window"]["left"] == 5
        desk.lever("people/小明/scan", {"content": code["url"]})
        until(lambda: app.heard[-1]["Event"] == "SCAN")


def test_state_tells_clock_mode_and_whether_the_application_answers(app: EchoApp, open_desk):
    with open_desk(app) as desk:
        state = desk.read("state")
        desk.advance(3_600)
        later = desk.read("state")

    assert (state["app_online"], state["mode"], state["account"]) == (True, "safe", "千星计划")
    assert later["clock_offset_s"] - state["clock_offset_s"] == 3_600
    assert state["clock_at"][:10] <= later["clock_at"][:10]

    with open_desk(EchoApp("safe", f"http://127.0.0.1:{free_port()}")) as desk:
        assert desk.read("state")["app_online"] is False
        assert desk.lever("verify")["ok"] is False


def test_a_reset_forgets_everyone_but_not_the_clock(desk: Desk):
    desk.say("小明", "你好")
    desk.advance(60)
    offset = desk.read("state")["clock_offset_s"]

    desk.lever("reset")

    assert desk.read("people")["people"] == []
    assert desk.read("wire")["entries"] == []
    assert desk.read("state")["clock_offset_s"] == offset >= 60
    assert desk.say("小明", "又来") == 0


@contextmanager
def process(app: EchoApp, port: int, data, **environment: str):
    known = {
        "WECHAT_APPID": echo_app.APPID,
        "WECHAT_SECRET": SECRET,
        "WECHAT_TOKEN": echo_app.TOKEN,
        "WECHAT_AES_KEY": echo_app.AES_KEY,
        "WECHAT_ORIGINAL_ID": echo_app.ACCOUNT,
    }
    arguments = ["--port", str(port), "--data", str(data), "--app-url", app.url]
    child = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments, "--retry-after", "0.3"],
        env={**os.environ, **known, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/sandbox/v1/state").status_code == 200
    except httpx.TransportError:
        return False


def test_an_act_a_killed_sandbox_could_not_deliver_is_delivered_by_the_next(app, tmp_path):
    port = free_port()
    app.status = 500
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as http:
        with process(app, port, tmp_path) as child:
            until(lambda: answers(http), "the first process")
            http.post("/sandbox/v1/people/小明/follow")
            until(lambda: app.heard)
            child.send_signal(signal.SIGKILL)
            child.wait()
        app.status = 200
        with process(app, port, tmp_path):
            until(lambda: len(app.heard) > 1, "the act again")

    assert set(app.texts()) == {"subscribe"}


def test_a_wrong_environment_is_one_clear_line(app, tmp_path):
    with process(app, free_port(), tmp_path, WECHAT_TOKEN="", WECHAT_APPID="") as child:
        _out, err = child.communicate(timeout=20)

    assert child.returncode == 2
    assert err == "sandbox: not set: WECHAT_APPID, WECHAT_TOKEN\n"
