"""Words for what assists refuse."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors


def assists_off(refusal: errors.AssistsOff) -> Text:
    return Text("我们不做助力，直播间的价人人都有。\n看看有什么，回复「直播」。", ("直播", "商品"))


def no_assist(refusal: errors.NoAssist) -> Text:
    return Text(
        f"「{refusal.title}」现在没有助力价。\n看看直播间有什么，回复「直播」。", ("直播", "商品")
    )


ASSIST_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.AssistsOff: assists_off,
    errors.NoAssist: no_assist,
}
