"""Words for what happens to earnings: settled, released, taken back; and to a buyer's money."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.reply import Text
from commerce.fen import show_part, show_yuan
from handlers.explanations import KINDS
from handlers.words import day

Facts = dict[str, Any]


def settled(facts: Facts) -> Text:
    if facts["live"]:
        place = f"「{facts['live']}」"
    else:
        _, month, number = facts["day"].split("-")
        place = f"{int(month)}月{int(number)}日 直播外的订单"
    lines = [f"{place}结算好了：{facts['lines']:,} 笔，共 {show_yuan(facts['amount_fen'])} 元。"]
    if facts["amount_fen"]:
        lines.append(f"现在是待到账，买家收货满 {facts['held_days']} 天后可提现。")
    else:
        lines.append("这些订单都退款了，没有留下收益。")
    return Text("\n".join((*lines, "每笔怎么算的，回复「明细」。")), ("明细", "收益"))


def released(facts: Facts) -> Text:
    amount, owed_fen = show_yuan(facts["amount_fen"]), facts["debt_paid_fen"]
    now = f"现在可提现 {show_yuan(facts['available_fen'])} 元。"
    if not owed_fen:
        return Text(f"到账 {amount} 元，可以提现，也可以抵扣购物。\n{now}", ("收益", "提现"))
    rest = show_yuan(facts["amount_fen"] - owed_fen)
    lines = [f"到账 {amount} 元：先抵 {show_yuan(owed_fen)} 元，可提现 +{rest} 元。"]
    if facts["debt_fen"]:
        lines.append(f"待抵扣还有 {show_yuan(facts['debt_fen'])} 元，以后到账的接着抵。")
    else:
        lines.append("待抵扣清零了，之后到账都是你的。")
    return Text("\n".join(lines), ("收益",))


def reversed(facts: Facts) -> Text:
    """What was taken back, by which sum, from where, and what is left of it."""
    lines = [_why(facts), *(_pending(facts) if facts["was_pending"] else _released(facts))]
    explained = (f"{facts['order']} 怎么算的",) if facts["order"] else ()
    return Text("\n".join(lines), (*explained, "收益", "人工"))


def _why(facts: Facts) -> str:
    if facts["order"] is None:
        return "一笔奖励核查后作废了。"
    order = f"订单尾号 {facts['order']} "
    if facts["refund_fen"] is None:
        return f"{order}核查后作废了。"
    reason = f"，原因：{facts['reason']}" if facts["reason"] else ""
    refund, paid = show_yuan(facts["refund_fen"]), show_yuan(facts["paid_fen"])
    if facts["refund_fen"] == facts["paid_fen"]:
        return f"{order}全额退款 {refund} 元{reason}。"
    return f"{order}退款 {refund} 元（实付 {paid} 元）{reason}。"


def _pending(facts: Facts) -> Iterator[str]:
    kind, taken = KINDS[facts["kind"]].removeprefix("带货"), show_yuan(facts["taken_fen"])
    if not facts["stands_fen"]:
        amount = show_yuan(facts["amount_fen"])
        yield f"这笔{kind} {amount} 元还没到账，现在退回 {taken} 元，退完了。"
    else:
        yield f"{kind}按比例退回 {taken} 元："
        yield _sum(facts)
        left = f"这笔还剩 {show_yuan(facts['stands_fen'])} 元"
        until = facts["until"] and day(datetime.fromisoformat(facts["until"]))
        yield f"{left}，仍是 {until} 转为可提现。" if until else f"{left}，还是待到账。"
    yield "售后平台处理，你不用联系买家。"


def _sum(facts: Facts) -> str:
    """「20.68 × 30.00 ÷ 94.00 = 6.60」; after an earlier refund what was taken then comes off."""
    amount, refunded, paid = facts["amount_fen"], facts["refunded_fen"], facts["paid_fen"]
    exact = show_part(amount, refunded, paid)
    back = show_yuan(facts["before_fen"] + facts["taken_fen"])
    floored = "" if exact == back else f"，不满 1 分舍去，得 {back}"
    before = f"，减去之前退的 {show_yuan(facts['before_fen'])}" if facts["before_fen"] else ""
    whole = f"{show_yuan(amount)} × {show_yuan(refunded)} ÷ {show_yuan(paid)} = {exact}"
    return f"{whole}{floored}{before}"


def _released(facts: Facts) -> Iterator[str]:
    kind, taken = KINDS[facts["kind"]].removeprefix("带货"), show_yuan(facts["taken_fen"])
    whole = facts["taken_fen"] == facts["amount_fen"]
    what = f"这笔{kind} {taken} 元" if whole else f"这笔{kind}里的 {taken} 元"
    yield f"{what}之前已到账，现在退回："
    if facts["from_available_fen"]:
        yield f"从可提现扣 {show_yuan(facts['from_available_fen'])} 元"
    if facts["to_debt_fen"]:
        rest = "还剩 " if facts["from_available_fen"] else ""
        yield f"{rest}{show_yuan(facts['to_debt_fen'])} 元，记为「待抵扣」"
        yield "不用你付现金，也没有利息；以后到账的收益先抵它，抵完照常提现。"
    sums = (
        ("可提现", "available_fen"),
        ("待到账", "pending_fen"),
        ("待抵扣", "debt_fen"),
    )
    now = "，".join(f"{name} {show_yuan(facts[fact])}" for name, fact in sums)
    yield f"现在：{now} 元。"


def refunded(facts: Facts) -> Text:
    """To the buyer: how much, and by which ways it comes back."""
    reason = f"，原因：{facts['reason']}" if facts["reason"] else ""
    whole_fen = facts["cash_fen"] + facts["credit_fen"]
    lines = [f"订单尾号 {facts['order']} 退款 {show_yuan(whole_fen)} 元{reason}。"]
    if facts.get("is_difference"):
        back = show_yuan(whole_fen)
        lines = [f"订单尾号 {facts['order']} 补你差价 {back} 元：你买过以后，直播里又降了。"]
    freight_fen = whole_fen - facts["amount_fen"]
    if freight_fen:
        lines.append(f"其中运费 {show_yuan(freight_fen)} 元。")
    if facts["cash_fen"]:
        cash = show_yuan(facts["cash_fen"])
        lines.append(f"{cash} 元原路退回，{facts['refund_days']} 天内到。")
    if facts["credit_fen"]:
        lines.append(f"{show_yuan(facts['credit_fen'])} 元是收益抵扣的，退回你的收益。")
    return Text("\n".join(lines), ("我的订单", "售后"))


EARNINGS_NOTICES = (settled, released, reversed, refunded)
