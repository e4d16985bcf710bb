"""Words for after-sales, fraud holds and their verdicts, counted plays and rewards."""

from datetime import datetime
from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan
from commerce.rules import Rank
from handlers.explanations import CHECKS
from handlers.words import day, moment

Facts = dict[str, Any]


def after_sale_opened(facts: Facts) -> Text:
    number = f"S{facts['after_sale']}"
    return Text(
        f"有一件新的售后，编号 {number}：订单尾号 {facts['order']}，"
        f"要退 {show_yuan(facts['amount_fen'])} 元。\n"
        f"{moment(_at(facts))} 前没处理就自动同意。",
        (f"看 {number}", "待审售后"),
    )


def after_sale_rejected(facts: Facts) -> Text:
    return Text(
        f"售后 S{facts['after_sale']} 没有同意，订单尾号 {facts['order']}。\n"
        f"理由：{facts['reason']}\n"
        "有新的情况可以再申请，回复「售后」；想找同事，回复「人工」。",
        ("售后", "人工"),
    )


def fraud_held(facts: Facts) -> Text:
    orders = f" 等 {facts['orders']} 单" if facts["orders"] > 1 else ""
    tail = facts["order"]
    return Text(
        f"订单尾号 {tail}{orders}在核查：{CHECKS[facts['check']]}。\n"
        f"收益先留在待到账，最晚 {moment(_at(facts))} 有结果，到时没有结论就照常放行。\n"
        f"这不是处罚。想说明情况，回复「申诉 {tail}」。",
        (f"申诉 {tail}", "收益"),
    )


def fraud_found(facts: Facts) -> Text:
    number = f"F{facts['number']}"
    return Text(
        f"有 {facts['orders']} 单要核查，编号 {number}：{CHECKS[facts['check']]}。",
        (f"看 {number}", "待审风控"),
    )


def fraud_cleared(facts: Facts) -> Text:
    return Text(f"订单尾号 {facts['order']} 核查完了，没有问题，收益照常到期。", ("收益", "明细"))


def fraud_guilty(facts: Facts) -> Text:
    """What was judged, what follows, and how to appeal."""
    tail, words = facts["order"], f"：{facts['words']}" if facts["words"] else ""
    now = "账号停用" if facts["suspended"] else f"星级现在是「{Rank(facts['rank']).label}」"
    return Text(
        f"订单尾号 {tail} 核查后判定不实{words}\n"
        f"核查原因：{CHECKS[facts['check']]}。\n"
        f"这单的收益作废，不算业绩；{now}，暂停升级。\n"
        f"觉得判错了，{moment(_at(facts))} 前回复「申诉 {tail}」，同事会重看。",
        (f"申诉 {tail}", "人工"),
    )


def fraud_overturned(facts: Facts) -> Text:
    words = f"：{facts['words']}" if facts["words"] else ""
    where = "待到账，照常到期" if facts["was_pending"] else "可提现里"
    return Text(
        f"订单尾号 {facts['order']} 重看过了，原来的判定撤销{words}\n"
        f"这单的收益恢复 {show_yuan(facts['amount_fen'])} 元，在{where}；业绩也算回来了。\n"
        f"怎么算的，回复「{facts['order']} 怎么算的」。",
        ("收益", f"{facts['order']} 怎么算的"),
    )


def plays_counted(facts: Facts) -> Text:
    return Text(
        f"视频 V{facts['video']} 登记 {facts['plays']:,} 次播放。\n离升级还差什么，回复「进度」。",
        ("进度",),
    )


def traffic_reward(facts: Facts) -> Text:
    lines = [
        f"视频 V{facts['video']} 播放到 {facts['plays']:,} 次，"
        f"流量奖励 {show_yuan(facts['amount_fen'])} 元。",
        f"现在是待到账，{day(_at(facts))} 转为可提现。",
    ]
    if facts["kept_fen"]:
        lines.append(
            f"每人每月最多 {show_yuan(facts['limit_fen'])} 元，"
            f"还差的 {show_yuan(facts['kept_fen'])} 元下月再报一次播放量，还在 30 天内就补。"
        )
    return Text("\n".join(lines), ("明细", "收益"))


def traffic_closed(facts: Facts) -> Text:
    video = facts["video"]
    return Text(
        f"视频 V{video} 播放到 {facts['plays']:,} 次了。\n"
        "这个月流量奖励的预算用完了，新达标的先不发；之前达标的照发。\n"
        f"下个月重新开放，{day(_at(facts))} 前再报一次「播放量 V{video}」，照样算。",
        (f"播放量 V{video}", "进度"),
    )


def rank_bonus(facts: Facts) -> Text:
    return Text(
        f"升到「{Rank(facts['rank']).label}」，升级奖金 {show_yuan(facts['amount_fen'])} 元。\n"
        f"现在是待到账，{day(_at(facts))} 后由运营放行。",
        ("明细", "收益"),
    )


def rank_bonus_waits(facts: Facts) -> Text:
    return Text(
        f"升到「{Rank(facts['rank']).label}」，升级奖金 {show_yuan(facts['amount_fen'])} 元。\n"
        f"这个月的奖金预算用完了，{day(_at(facts))} 起记到你的待到账，一分不少。",
        ("收益",),
    )


def bonus_released(facts: Facts) -> Text:
    return Text(
        f"升级奖金 {show_yuan(facts['amount_fen'])} 元放行了，{day(_at(facts))} 转为可提现。",
        ("收益", "明细"),
    )


def question_answered(facts: Facts) -> Text:
    return Text(f"你问过：{facts['question'][:40]}\n{facts['words']}\n来自：同事回复", ("人工",))


def questions_wait(facts: Facts) -> Text:
    return Text("有问题等你答，回复「待答」看看。", ("待答",))


def _at(facts: Facts) -> datetime:
    return datetime.fromisoformat(facts["until"])


STAFF_NOTICES = (after_sale_opened, fraud_found, questions_wait)

TRUST_NOTICES = (
    after_sale_opened,
    after_sale_rejected,
    fraud_held,
    fraud_found,
    fraud_cleared,
    fraud_guilty,
    fraud_overturned,
    plays_counted,
    traffic_reward,
    traffic_closed,
    rank_bonus,
    rank_bonus_waits,
    bonus_released,
    question_answered,
    questions_wait,
)
