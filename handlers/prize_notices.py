"""Words for what becomes of a prize: won, not claimed in time, taken back."""

from datetime import datetime
from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan
from handlers.words import moment


def lottery_won(facts: dict[str, Any]) -> Text:
    opening = "🎉 轮到你了！" if facts["instead"] else "🎉 中了！"
    drawn = f"{facts['people']} 人参与，抽出 {facts['prizes']} 份"
    if facts["instead"]:
        drawn += "；前面有人不符合条件，按同一次抽奖的顺序由你补上"
    until = moment(datetime.fromisoformat(facts["until"]))
    return Text(
        f"{opening}预约号 {facts['number']:06d}，免单 1 份：{facts['product']}，"
        f"价值 {show_yuan(facts['prize_fen'])} 元。\n"
        f"{drawn}。\n{until} 前领取，包邮，不用付钱。",
        ("领取", "验证抽奖"),
    )


def prize_lapsed(facts: dict[str, Any]) -> Text:
    until = moment(datetime.fromisoformat(facts["until"]))
    return Text(
        f"你中的{facts['product']}，{until} 前没有领，已经过期，放回货架了。\n"
        "有特殊情况，回复「人工」。",
        ("人工", "直播"),
    )


def prize_withdrawn(facts: dict[str, Any]) -> Text:
    return Text(
        f"预约号 {facts['number']:06d} 中的{facts['product']}取消了，原因：{facts['reason']}。\n"
        "奖品按同一次抽奖的顺序给下一位。觉得不对，回复「人工」。",
        ("人工", "规则"),
    )


PRIZE_NOTICES = (lottery_won, prize_lapsed, prize_withdrawn)
