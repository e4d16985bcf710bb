"""Words for a live's review: it waits, was approved, sent back, warned, stopped."""

from datetime import datetime
from typing import Any

from bot.reply import Text
from handlers.words import moment

Facts = dict[str, Any]


def live_waits(facts: Facts) -> Text:
    number = f"L{facts['number']}"
    return Text(
        f"有一场直播等着看，编号 {number}：「{facts['title']}」。", (f"看 {number}", "待审")
    )


def live_approved(facts: Facts) -> Text:
    number, at = facts["number"], moment(datetime.fromisoformat(facts["planned_at"]))
    return Text(
        f"「{facts['title']}」通过了，{at} 到时回复「开播 {number}」。\n"
        "预告里已经能看到，发给朋友，回复「推广直播」。",
        (f"开播 {number}", "推广直播"),
    )


def live_returned(facts: Facts) -> Text:
    number = facts["number"]
    return Text(
        f"「{facts['title']}」先退回：{facts['reason']}\n"
        f"改标题回复「改直播 {number}」，改商品回复「直播商品 {number}」，"
        f"改话术回复「直播话术 {number}」；改好会再交给同事看。",
        (f"改直播 {number}", f"直播商品 {number}", f"直播话术 {number}"),
    )


def live_warned(facts: Facts) -> Text:
    return Text(
        f"「{facts['title']}」现在要改：{facts['reason']}\n"
        "不改，同事会停播。觉得不对，回复「人工」。",
        ("人工",),
    )


def live_stopped(facts: Facts) -> Text:
    return Text(
        f"「{facts['title']}」被停播了：{facts['reason']}\n"
        "已经卖出的照常发货、结算。觉得不对，回复「人工」。",
        ("人工", "收益"),
    )


STAFF_NOTICES = (live_waits,)

HOSTING_NOTICES = (live_waits, live_approved, live_returned, live_warned, live_stopped)
