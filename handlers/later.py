"""What the menu names and the house does not do yet. Each leaves this page when it is built."""

from collections.abc import Callable

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router

router = Router()

EVERYBODY = "everybody"
ANYBODY = "anybody"  # Of the shop, not of a person: it may be answered in a group.

NOT_YET = {  # intent: (what it is called, whose it is, how people ask for it)
    "book": ("直播预约", EVERYBODY, ("预约", "我要预约")),
    "unbook": ("取消预约", EVERYBODY, ("取消预约",)),
    "lottery": ("预约抽奖", EVERYBODY, ("抽奖", "预约与抽奖")),
    "verify_draw": ("验证抽奖", ANYBODY, ("验证抽奖",)),
    "claim": ("领取奖品", EVERYBODY, ("领取",)),
    "assist": ("助力", ANYBODY, ("助力",)),
}


def _register(intent: str, title: str, whose: str, phrases: tuple[str, ...]) -> None:
    def not_yet(ctx: Context) -> Said:
        usual = ("进度", "海报", "交短视频") if ctx.member.is_joined else ("加入", "规则", "人工")
        spoken = "".join(f"「{choice}」" for choice in usual)
        return Text(f"「{title}」还没开放。\n现在可以办：{spoken}。", usual)

    not_yet.__name__ = intent
    handler: Callable[[Context], Said] = router.taps(intent)(not_yet)
    router.says(*phrases)(handler)
    if whose == ANYBODY:
        router.public(handler)


for _intent, _about in NOT_YET.items():
    _register(_intent, *_about)
