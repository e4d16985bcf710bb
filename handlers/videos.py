"""交短视频: a link or the video itself gets a number and, within a day, an answer."""

import re

from bot.context import Context
from bot.message import Kind
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.lives import videos
from commerce.lives.videos import State, Submitted
from commerce.people import members
from handlers.words import moment

router = Router()

URL = re.compile(r"\S*://\S+")


@router.says("交短视频", "交视频", "提交视频", "发短视频", "{url:url}")
@router.taps("submit_video")
@router.sends(Kind.VIDEO)
def submit_video(ctx: Context, url: str | None = None) -> Said:
    members.need_joined(ctx.member)
    if ctx.message.kind is Kind.VIDEO:
        return _received(videos.submit(ctx.work, ctx.member, ctx.message.text))
    if url is None:
        return Ask(
            "把视频发来，或粘贴视频号链接。\n"
            "三条要求：\n"
            "1 拍的是计划里的商品\n"
            "2 画面里有「广告」两个字\n"
            "3 不说「最」「第一」「根治」这类话\n"
            "不交了，回复「取消」。",
            then=submit_video,
            expects="{url:url}",
            choices=("取消",),
        )
    caption = URL.sub("", ctx.message.text)
    return _received(videos.submit(ctx.work, ctx.member, url, caption=caption))


def _received(submitted: Submitted) -> Said:
    video = submitted.video
    if not submitted.is_new and video.state == State.APPROVED:
        return Text(f"这条交过了，编号 V{video.id}，已通过。\n换一条新的再交。", ("进度",))
    opening = "收到，" if submitted.is_new else "这条正在看，"
    return Text(
        f"{opening}编号 V{video.id}。\n"
        f"最晚 {moment(video.answer_by)} 有结果，通过或退回都会说原因。\n"
        "等的时候看看「进度」。",
        ("进度", "海报"),
    )
