"""Words for what after-sales, verdicts and rewards refuse."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan
from handlers.words import day, moment

DECIDED = {"refunded": "退款了", "rejected": "拒绝了"}
JUDGED = {
    "innocent": "放行",
    "guilty": "判定",
    "lapsed": "到时放行",
    "overturned": "撤销判定",
}


def nothing_to_refund(refusal: errors.NothingToRefund) -> Text:
    return Text(
        f"这单最多还能退 {show_yuan(refusal.left_fen)} 元，退不了这么多。\n"
        "换个金额再申请，回复「售后」。",
        ("售后", "我的订单"),
    )


def not_returnable(refusal: errors.NotReturnable) -> Text:
    why = "已经全部退款" if refusal.state == "refunded" else "还没有付款，或者取消了"
    return Text(f"订单尾号 {refusal.tail} {why}，没有可退的。", ("我的订单", "人工"))


def return_too_late(refusal: errors.ReturnTooLate) -> Text:
    return Text(
        f"签收 {refusal.days} 天内可以无理由退。\n"
        f"订单尾号 {refusal.tail} 是 {day(refusal.received_at)} 签收的，已经过了。\n"
        f"有质量问题照样能退，回复「售后 {refusal.tail} 质量问题」。",
        (f"售后 {refusal.tail} 质量问题", "人工"),
    )


def opened_goods(refusal: errors.OpenedGoods) -> Text:
    return Text(
        f"{refusal.goods}不支持无理由退货，订单尾号 {refusal.tail} 退不了。\n"
        f"有质量问题照样能退，回复「售后 {refusal.tail} 质量问题」。",
        (f"售后 {refusal.tail} 质量问题", "人工"),
    )


def no_such_after_sale(refusal: errors.NoSuchAfterSale) -> Text:
    return Text(f"没有编号 S{refusal.number} 的售后，看看编号对不对。", ("售后",))


def after_sale_decided(refusal: errors.AfterSaleDecided) -> Text:
    by = f"被{refusal.by}" if refusal.by else "到时自动"
    return Text(
        f"S{refusal.number} 已{by}{DECIDED[refusal.state]}，{moment(refusal.at)}。你这次没有生效。"
        if refusal.state in DECIDED
        else f"S{refusal.number} 已经处理过了。",
        ("待审售后",),
    )


def no_such_hold(refusal: errors.NoSuchHold) -> Text:
    return Text(f"没有编号 F{refusal.number} 的核查。", ("待审风控",))


def already_judged(refusal: errors.AlreadyJudged) -> Text:
    verdict = JUDGED.get(refusal.verdict, refusal.verdict)
    by = f"已被{refusal.by}" if refusal.by else "已"
    return Text(
        f"F{refusal.number} {by}{verdict}，{moment(refusal.at)}。你这次没有生效。", ("待审风控",)
    )


def no_such_bonus(refusal: errors.NoSuchBonus) -> Text:
    return Text(f"{refusal.number} 不是等放行的奖金。\n看有哪些，回复「放行奖金」。", ("放行奖金",))


def video_not_approved(refusal: errors.VideoNotApproved) -> Text:
    return Text(
        f"V{refusal.number} 还没通过审核，播放量通过后才算。\n看结果，回复「进度」。", ("进度",)
    )


def no_such_question(refusal: errors.NoSuchQuestion) -> Text:
    return Text(f"没有 {refusal.number} 号问题。\n看等答案的，回复「待答」。", ("待答",))


TRUST_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.NothingToRefund: nothing_to_refund,
    errors.NotReturnable: not_returnable,
    errors.ReturnTooLate: return_too_late,
    errors.OpenedGoods: opened_goods,
    errors.NoSuchAfterSale: no_such_after_sale,
    errors.AfterSaleDecided: after_sale_decided,
    errors.NoSuchHold: no_such_hold,
    errors.AlreadyJudged: already_judged,
    errors.NoSuchBonus: no_such_bonus,
    errors.VideoNotApproved: video_not_approved,
    errors.NoSuchQuestion: no_such_question,
}
