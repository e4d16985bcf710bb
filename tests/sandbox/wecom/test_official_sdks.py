"""The SDKs people really use connect to the sandbox and converse with it: the official one for
Python, another one for Python, the official one for Node."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from wecom_aibot_sdk import WSClient as OtherClient

from tests.sandbox.conftest import opener
from tests.sandbox.wecom import bots
from tests.sandbox.wecom.bots import (
    BOT,
    CORP,
    BotApp,
    Room,
    Silent,
    closed,
    connected,
    eventually,
    happened,
    official,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BotApp, Room]]:
    folder = tmp_path_factory.mktemp("bot")
    with bots.running() as app, opener(folder, CORP)(app) as desk:
        yield app, Room(desk.http, desk.world)


@pytest.fixture
def room(_pair: tuple[BotApp, Room]) -> Iterator[Room]:
    _app, room = _pair
    yield room.made("小明", "小红")
    room.lever("aibot/cut")
    room.lever("reset")


def test_the_official_python_sdk_converses(room: Room):
    async def talk() -> None:
        async with connected(official(room)) as client:
            heard = asyncio.ensure_future(happened(client, "message.text"))
            await asyncio.sleep(0)
            await asyncio.to_thread(room.said, "小明", "@千星助手 几点播")
            frame = await heard

            assert frame["body"]["text"]["content"] == "@千星助手 几点播"
            assert frame["body"]["chattype"] == "group"
            await client.reply_stream(frame, "s1", "查一下", finish=False)
            await client.reply_stream(frame, "s1", "周五 **20:00**", finish=True)
            for name in ("小明", "小红", "店长"):
                assert await eventually(lambda name=name: room.from_bot(name)) == ["周五 20:00"]
            sent = await client.send_message(
                frame["body"]["chatid"], {"msgtype": "markdown", "markdown": {"content": "开播了"}}
            )
            assert sent["errcode"] == 0

    asyncio.run(talk())
    assert room.from_bot("小红") == ["周五 20:00", "开播了"]


def test_the_official_python_sdk_welcomes_and_changes_a_card(room: Room):
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "直播预约"},
        "button_list": [{"text": "我要预约", "style": 1, "key": "book_88"}],
        "task_id": "live88",
    }

    async def talk() -> None:
        async with connected(official(room)) as client:
            entered = asyncio.ensure_future(happened(client, "event.enter_chat"))
            await asyncio.sleep(0)
            await asyncio.to_thread(room.lever, "aibot/enter", {"person": "小明"})
            await client.reply_welcome(
                await entered, {"msgtype": "text", "text": {"content": "你好"}}
            )

            asked = asyncio.ensure_future(happened(client, "message.text"))
            await asyncio.sleep(0)
            await asyncio.to_thread(room.alone, "小明", "预约")
            await client.reply_template_card(await asked, card)
            tapped = asyncio.ensure_future(happened(client, "event.template_card_event"))
            await asyncio.sleep(0)
            await asyncio.to_thread(room.lever, "people/小明/tap", {"key": "我要预约"})
            click = await tapped
            assert click["body"]["event"]["template_card_event"]["event_key"] == "book_88"
            with pytest.raises(RuntimeError, match="846605"):
                await client.reply_stream(click, "s", "好", finish=True)
            done = {**card, "main_title": {"title": "约好了"}}
            await client.update_template_card(click, done)

    asyncio.run(talk())
    assert room.from_bot("小明") == ["你好", "约好了"]


def test_what_the_platform_refuses(room: Room):
    async def talk() -> None:
        async with connected(official(room)) as client:
            with pytest.raises(RuntimeError, match="846607"):
                await client.send_message("nobody", {"msgtype": "markdown", "markdown": {}})
            heard = asyncio.ensure_future(happened(client, "message.text"))
            await asyncio.sleep(0)
            await asyncio.to_thread(room.said, "小明", "@千星助手 你好")
            frame = await heard
            chat = frame["body"]["chatid"]
            words = {"msgtype": "markdown", "markdown": {"content": "x"}}
            with pytest.raises(RuntimeError, match="40008"):
                await client.send_message(chat, {"msgtype": "text", "text": {"content": "x"}})
            await client.reply_stream(frame, "s1", "在", finish=False)
            for _ in range(29):
                await client.send_message(chat, words)
            with pytest.raises(RuntimeError, match="45009"):
                await client.send_message(chat, words)
            await asyncio.to_thread(room.advance, 361)
            with pytest.raises(RuntimeError, match="846608"):
                await client.reply_stream(frame, "s1", "晚了", finish=True)
            await client.send_message(chat, words)

    asyncio.run(talk())


def test_a_wrong_secret_is_not_let_in(room: Room):
    async def talk() -> None:
        client = official(room, secret="wrong", max_reconnect_attempts=0)
        refused = asyncio.ensure_future(happened(client, "error"))
        await asyncio.sleep(0)
        await client.connect()
        assert "40001" in str(await refused)
        await closed(client)

    asyncio.run(talk())
    assert room.read("aibot")["mode"] == "callback"


def _other(room: Room) -> OtherClient:
    return OtherClient(
        bot_id=BOT["WECOM_BOT_ID"],
        secret=BOT["WECOM_BOT_SECRET"],
        ws_url=room.ws,
        logger=Silent(),
    )


def test_the_other_python_sdk_uploads_and_is_replaced(room: Room):
    async def talk() -> None:
        async with connected(_other(room)) as client:
            heard = asyncio.ensure_future(happened(client, "message.text"))
            await asyncio.sleep(0)
            await asyncio.to_thread(room.said, "小明", "@千星助手 海报")
            frame = await heard
            medium = await client.upload_media(PNG, type="image", filename="a.png")
            await client.reply_media(frame, "image", medium["media_id"])

            replaced = asyncio.ensure_future(happened(client, "event.disconnected_event"))
            await asyncio.sleep(0)
            async with connected(official(room)) as second:
                await replaced
                await eventually(lambda: not client.is_connected)
                assert second.is_connected

    asyncio.run(talk())
    assert [m["type"] for m in room.phone("小红") if m["from"] == "千星助手"] == ["image"]


NODE = """
const { WSClient } = require('@wecom/aibot-node-sdk');
const client = new WSClient({ botId: process.argv[2], secret: process.argv[3],
                              wsUrl: process.argv[4] });
client.on('authenticated', () => console.log('READY'));
client.on('message.text', async (frame) => {
  await client.replyStream(frame, 's1', '想一想', false);
  await client.replyStream(frame, 's1', '来自 Node：' + frame.body.text.content, true);
  console.log('SAID');
  client.disconnect();
  setTimeout(() => process.exit(0), 200);
});
client.connect();
"""


@pytest.mark.long
def test_the_official_node_sdk_converses(room: Room, tmp_path: Path):
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm, "npm is not here"
    assert node, "node is not here"
    install = [npm, "install", "--no-audit", "--no-fund", "@wecom/aibot-node-sdk@1"]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    (tmp_path / "talk.js").write_text(NODE)
    words = [node, "talk.js", BOT["WECOM_BOT_ID"], BOT["WECOM_BOT_SECRET"], room.ws]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("READY" in line for line in process.stdout)
        room.said("小明", "@千星助手 在吗")
        assert any("SAID" in line for line in process.stdout)
        assert process.wait(10) == 0
    assert room.from_bot("小红") == ["来自 Node：@千星助手 在吗"]
    assert json.loads((tmp_path / "package-lock.json").read_text())["packages"]
