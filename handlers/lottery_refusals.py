"""Words for what bookings, lotteries and prizes refuse."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan
from commerce.lives.lives import State
from handlers.words import moment

TOO_LATE = {
    "off": "抽奖现在没有开放。",
    "started": "已经开播或结束，不能再加抽奖。",
    "exists": "已经有抽奖了，公布后不能改。",
    "booked": "已经有人预约，规则公布在前，不能再加抽奖。",
}


def booking_closed(refusal: errors.BookingClosed) -> Text:
    if refusal.state == State.LIVE:
        words = f"「{refusal.title}」已经开播，预约停止了，号不再变。\n不用预约也能进直播间。"
    elif refusal.state == State.SCHEDULED:
        words = f"「{refusal.title}」的名单已经封存，预约停止了，号不再变。\n不用预约也能看直播。"
    else:
        words = f"「{refusal.title}」已经结束或取消，不能预约了。\n看看下一场，回复「直播」。"
    return Text(words, ("直播", "抽奖"))


def nothing_booked(refusal: errors.NothingBooked) -> Text:
    return Text("这一场你没有预约，不用取消。\n想约，回复「预约」。", ("预约", "直播"))


def lottery_too_late(refusal: errors.LotteryTooLate) -> Text:
    words = TOO_LATE.get(refusal.why, TOO_LATE["off"])
    return Text(f"场次 {refusal.live} 加不了抽奖：{words}\n另开一场可以加。", ("直播",))


def bad_lottery(refusal: errors.BadLottery) -> Text:
    return Text(
        f"抽 {refusal.winners} 份、满 {refusal.threshold} 人不行：至少 1 份，份数不多于人数。\n"
        "改一下再发。"
    )


def prize_too_dear(refusal: errors.PrizeTooDear) -> Text:
    return Text(
        f"单份奖品最多 {show_yuan(refusal.limit_fen)} 元，这是法律规定。\n"
        f"{refusal.title}标价 {show_yuan(refusal.prize_fen)} 元，换一件再发。"
    )


def prize_budget_used(refusal: errors.PrizeBudgetUsed) -> Text:
    return Text(
        f"这些奖品共 {show_yuan(refusal.asked_fen)} 元，"
        f"本月奖品预算还剩 {show_yuan(refusal.left_fen)} 元。\n"
        "少几份、换一件，或者请管理员调预算。"
    )


def no_prize(refusal: errors.NoPrize) -> Text:
    return Text("你现在没有可以领的奖品。\n看抽奖结果，回复「抽奖」。", ("抽奖", "直播"))


def prize_lapsed(refusal: errors.PrizeLapsed) -> Text:
    return Text(
        f"{refusal.product}要在 {moment(refusal.until)} 前领，已经过期，放回货架了。\n"
        "有特殊情况，回复「人工」。",
        ("人工", "直播"),
    )


def claims_paused(refusal: errors.ClaimsPaused) -> Text:
    return Text(
        f"抽奖 {refusal.number} 正在核对，暂停领奖；查清后时间顺延，你的奖品还在。\n"
        "着急的话，回复「人工」。",
        ("人工", "验证抽奖"),
    )


def no_such_prize(refusal: errors.NoSuchPrize) -> Text:
    return Text(f"场次 {refusal.live} 没有等着领奖的 {refusal.number:06d}，看看号对不对。")


LOTTERY_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.BookingClosed: booking_closed,
    errors.NothingBooked: nothing_booked,
    errors.LotteryTooLate: lottery_too_late,
    errors.BadLottery: bad_lottery,
    errors.PrizeTooDear: prize_too_dear,
    errors.PrizeBudgetUsed: prize_budget_used,
    errors.NoPrize: no_prize,
    errors.PrizeLapsed: prize_lapsed,
    errors.ClaimsPaused: claims_paused,
    errors.NoSuchPrize: no_such_prize,
}
