"""Words for what withdrawals refuse."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan
from commerce.outbox import SHANGHAI
from handlers.words import day, moment

DECIDED = {"rejected": "拒绝", "cancelled": "取消"}
GONE_ON = {"paid": "已经到账", "failed": "已经退回", "rejected": "已经退回"}


def below_minimum(refusal: errors.BelowMinimum) -> Text:
    minimum, available = show_yuan(refusal.minimum_fen), show_yuan(refusal.available_fen)
    missing_fen = refusal.minimum_fen - refusal.available_fen
    lines = [f"满 {minimum} 元可以提现。"]
    if missing_fen <= 0:
        lines.append(f"你可提现 {available} 元，想提多少？")
        return Text("\n".join(lines), (f"提现 {minimum}", "全部提现"))
    lines.append(f"你可提现 {available} 元，还差 {show_yuan(missing_fen)} 元。")
    if refusal.next_at is not None:
        lines.append(
            f"{day(refusal.next_at)} 有 {show_yuan(refusal.next_fen)} 元到账，"
            f"那天共 {show_yuan(refusal.total_fen)} 元，就够了。"
        )
    lines.append("现在想用，可以抵扣购物，没有门槛。")
    return Text("\n".join(lines), ("用收益抵扣", "明细"))


def more_than_available(refusal: errors.MoreThanAvailable) -> Text:
    available = show_yuan(refusal.available_fen)
    taxed = f"代扣个税 {show_yuan(refusal.tax_fen)} 元，" if refusal.tax_fen else ""
    return Text(
        f"可提现 {available} 元，不够 {show_yuan(refusal.asked_fen)} 元。\n"
        f"全部提出：手续费 {show_yuan(refusal.fee_fen)} 元，{taxed}"
        f"到手 {show_yuan(refusal.arrives_fen)} 元。",
        (f"提现 {available}", "取消"),
    )


def too_many_today(refusal: errors.TooManyToday) -> Text:
    return Text(
        f"一天最多提 {refusal.limit} 次，今天已经够了。\n"
        "明天再提；提过的到哪了，回复「提现记录」。",
        ("提现记录",),
    )


def month_limit(refusal: errors.MonthLimit) -> Text:
    limit, left = show_yuan(refusal.limit_fen), show_yuan(max(0, refusal.left_fen))
    return Text(
        f"每月最多提 {limit} 元，这个月还可以提 {left} 元。\n下月 1 日起重新算。", ("提现记录",)
    )


def needs_real_name(refusal: errors.NeedsRealName) -> Text:
    return Text(
        f"{show_yuan(refusal.from_fen)} 元起，微信要核对收款人的真实姓名。\n"
        "填一次就行，回复「实名」；或者分几次提，每次低于这个数。",
        ("实名", "提现"),
    )


def bad_real_name(refusal: errors.BadRealName) -> Text:
    return Text("姓名要和身份证上一样，还要勾选同意。\n重新填，回复「实名」。", ("实名",))


def above_bill_limit(refusal: errors.AboveBillLimit) -> Text:
    limit = show_yuan(refusal.limit_fen)
    return Text(f"一笔最多提 {limit} 元，多的分几次提。", (f"提现 {limit}", "取消"))


def debt_pauses(refusal: errors.DebtPausesWithdrawals) -> Text:
    debt, limit = show_yuan(refusal.debt_fen), show_yuan(refusal.limit_fen)
    return Text(
        f"待抵扣 {debt} 元，超过 {limit} 元时先不能提现，同事在核对。\n"
        "以后到账的收益先抵它，不用你付现金，也没有利息。",
        ("收益", "人工"),
    )


def no_payee(refusal: errors.NoPayee) -> Text:
    return Text("提现进微信零钱，要先认出你的微信。\n在公众号里发「绑定」，再来提。", ("绑定",))


def terms_changed(refusal: errors.TermsChanged) -> Text:
    amount = show_yuan(refusal.amount_fen)
    return Text(f"刚才的数变了，没有提。\n重新核对，回复「提现 {amount}」。", (f"提现 {amount}",))


def key_taken(refusal: errors.KeyTaken) -> Text:
    return Text(f"这次的请求和 W{refusal.number} 重了，金额不一样，没有提。", ("提现记录",))


def no_such_withdrawal(refusal: errors.NoSuchWithdrawal) -> Text:
    return Text(f"没找到单号 W{refusal.number} 的提现，看看单号对不对。", ("提现记录",))


def nothing_to_cancel(refusal: errors.NothingToCancel) -> Text:
    return Text("现在没有可以取消的提现。\n提过的到哪了，回复「提现记录」。", ("提现记录",))


def payout_started(refusal: errors.PayoutStarted) -> Text:
    if refusal.state in GONE_ON:
        return Text(f"W{refusal.number} {GONE_ON[refusal.state]}，不用取消。", ("提现记录",))
    return Text(
        f"W{refusal.number} 已经开始付款，取消不了。\n不想要，不点「确认收款」就行，到期全额退回。",
        ("提现记录",),
    )


def already_decided(refusal: errors.AlreadyDecided) -> Text:
    local = refusal.at.astimezone(SHANGHAI)
    same_day = local.date() == refusal.now.astimezone(SHANGHAI).date()
    at = f"{local:%H:%M}" if same_day else moment(refusal.at)
    why = f"，理由：{refusal.reason}" if refusal.reason else ""
    did = DECIDED.get(refusal.state, "批准")
    by = f"被{refusal.by}{did}" if refusal.by else "自动通过"
    return Text(
        f"W{refusal.number} 已{by}，{at}{why}。你这次没有生效。", (f"看 W{refusal.number}",)
    )


def same_approver(refusal: errors.SameApprover) -> Text:
    return Text(
        f"W{refusal.number} 你已经批准过，还要第二个人。\n同一个人批两次不算。",
        (f"看 W{refusal.number}", "待审提现"),
    )


WITHDRAWAL_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.BelowMinimum: below_minimum,
    errors.MoreThanAvailable: more_than_available,
    errors.TooManyToday: too_many_today,
    errors.MonthLimit: month_limit,
    errors.NeedsRealName: needs_real_name,
    errors.BadRealName: bad_real_name,
    errors.AboveBillLimit: above_bill_limit,
    errors.DebtPausesWithdrawals: debt_pauses,
    errors.NoPayee: no_payee,
    errors.TermsChanged: terms_changed,
    errors.KeyTaken: key_taken,
    errors.NoSuchWithdrawal: no_such_withdrawal,
    errors.NothingToCancel: nothing_to_cancel,
    errors.PayoutStarted: payout_started,
    errors.AlreadyDecided: already_decided,
    errors.SameApprover: same_approver,
}
