"""Words for what happens to a withdrawal, to its owner and to the staff."""

from datetime import datetime
from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan
from handlers.words import day, moment

ACCOUNT = "你的微信收款账户现在收不了款，先到「我 → 服务 → 钱包」看看"
NAME = "姓名和微信实名对不上，核对后回复「实名」重新填"
UNNAMED = "微信还没有实名，先到「我 → 服务 → 钱包」完成实名"
QUOTA = "今天或这个月收款到了微信的上限，过一天再提"
OURS = "这次是我们这边没付成，同事已经在处理，过一会儿再提"
REASONS = {
    "OVERDUE_CLOSE": "没有确认",
    "ACCOUNT_FROZEN": ACCOUNT,
    "ACCOUNT_NOT_EXIST": ACCOUNT,
    "PAYEE_ACCOUNT_ABNORMAL": ACCOUNT,
    "USER_ACCOUNT_ABNORMAL": ACCOUNT,
    "RECEIVE_ACCOUNT_NOT_CONFIGURE": ACCOUNT,
    "OPENID_INVALID": ACCOUNT,
    "NAME_NOT_CORRECT": NAME,
    "ID_CARD_NOT_CORRECT": NAME,
    "REAL_NAME_CHECK_FAIL": UNNAMED,
    "DAY_RECEIVED_COUNT_EXCEED": QUOTA,
    "DAY_RECEIVED_QUOTA_EXCEED": QUOTA,
    "REALNAME_ACCOUNT_RECEIVED_QUOTA_EXCEED": QUOTA,
    "BLOCK_B2C_USERLIMITAMOUNT_MONTH": QUOTA,
    "BLOCK_B2C_USERLIMITAMOUNT_BSRULE_MONTH": QUOTA,
    "TRANSFER_RISK": "微信判断这笔有风险，没有付，回复「人工」同事帮你看",
    "TRANSFER_QUOTA_EXCEED": OURS,
    "PAYER_ACCOUNT_ABNORMAL": OURS,
    "PRODUCT_AUTH_CHECK_FAIL": OURS,
    "MCH_CANCEL": "这笔撤回了",
    "CANCELLED": "这笔撤回了",
    "MERCHANT_REJECT": "这笔撤回了",
    "MERCHANT_NOT_CONFIRM": "这笔撤回了",
}
PAUSES = {
    "NOT_ENOUGH": "商户余额不够",
    "mismatch": "微信那边的金额或收款人和我们的不一样",
    "contradiction": "微信前后说的不一样",
    "drift": "账目核对不上",
    "NO_AUTH": "商户没有转账权限",
    "SIGN_ERROR": "商户签名不对",
    "RULE_LIMIT": "到了商户的限额",
}
REVIEWS = {
    "above_auto": "超过自动额度",
    "first_week": "加入头几天",
    "suspended": "账号在核查",
    "same_person": "可能是自己买的单",
    "same_address": "同一地址多单",
    "many_refunds": "近期退款偏多",
    "young_buyers": "新账号成交偏多",
}


def withdrawal_due(facts: dict[str, Any]) -> Text:
    number, until = facts["withdrawal"], moment(datetime.fromisoformat(facts["until"]))
    arrives = show_yuan(facts["arrives_fen"])
    still = "还等着你" if facts["again"] else "备好了"
    return Text(
        f"W{number} 的 {arrives} 元{still}，[[点一下|{facts['page']}]]就进微信零钱。\n"
        f"{until} 前有效。",
        ("确认收款",),
    )


def withdrawal_paid(facts: dict[str, Any]) -> Text:
    at = moment(datetime.fromisoformat(facts["at"]))
    taxed = f"，代扣个税 {show_yuan(facts['tax_fen'])} 元" if facts["tax_fen"] else ""
    return Text(
        f"到账 {show_yuan(facts['arrives_fen'])} 元，{at}，微信零钱。\n"
        f"单号 W{facts['withdrawal']}，手续费 {show_yuan(facts['fee_fen'])} 元{taxed}。\n"
        f"可提现还有 {show_yuan(facts['available_fen'])} 元。",
        ("提现记录", "收益"),
    )


def withdrawal_returned(facts: dict[str, Any]) -> Text:
    whole, fee = show_yuan(facts["amount_fen"]), show_yuan(facts["fee_fen"])
    back = f"{whole} 元已退回，含手续费 {fee} 元。"
    reason = REASONS.get(facts["failure"], "微信没有付成")
    if facts["failure"] == "OVERDUE_CLOSE":
        first = f"W{facts['withdrawal']} {reason}，{back}"
    else:
        first = f"W{facts['withdrawal']} 没有付成，{back}\n{reason}。"
    return Text(
        f"{first}\n可提现 {show_yuan(facts['available_fen'])} 元。",
        (f"提现 {whole.removesuffix('.00')}",),
    )


def withdrawal_rejected(facts: dict[str, Any]) -> Text:
    number, until = facts["withdrawal"], day(datetime.fromisoformat(facts["appeal_until"]))
    return Text(
        f"W{number} 没有通过，{show_yuan(facts['amount_fen'])} 元全额退回可提现。\n"
        f"理由：{facts['reason']}\n"
        f"觉得不对，{until} 前回复「申诉 W{number}」。",
        (f"申诉 W{number}", "提现记录"),
    )


def withdrawal_approved(facts: dict[str, Any]) -> Text:
    due_at = moment(datetime.fromisoformat(facts["due_at"]))
    return Text(f"W{facts['withdrawal']} 通过了，{due_at} 起收款，到时提醒你。", ("提现记录",))


def withdrawal_unknown(facts: dict[str, Any]) -> Text:
    return Text(
        f"W{facts['withdrawal']} 已提交微信，还没等到结果，我们正用同一个单号查。\n"
        "不会重复付，也不会丢；有结果马上告诉你。",
        ("提现记录",),
    )


def withdrawal_to_review(facts: dict[str, Any]) -> Text:
    why = REVIEWS.get(facts["review"], facts["review"])
    number = facts["withdrawal"]
    return Text(
        f"有一笔提现待审：W{number}，{show_yuan(facts['amount_fen'])} 元，{why}。",
        (f"看 W{number}", "待审提现"),
    )


def withdrawal_second(facts: dict[str, Any]) -> Text:
    number = facts["withdrawal"]
    return Text(
        f"W{number}，{show_yuan(facts['amount_fen'])} 元，{facts['by']}批准了，还要第二个人。",
        (f"看 W{number}", "待审提现"),
    )


def withdrawal_passed_on(facts: dict[str, Any]) -> Text:
    number = facts["withdrawal"]
    return Text(f"{facts['by']}请你看看 W{number}。", (f"看 W{number}", "待审提现"))


def payouts_paused(facts: dict[str, Any]) -> Text:
    reason = PAUSES.get(facts["reason"], facts["reason"])
    about = f"，{facts['about']}" if facts["about"] else ""
    return Text(
        f"付款全部停了：{reason}{about}。\n钱都还在，没有重复付。\n处理好了，回复「恢复付款」。",
        ("恢复付款", "待审提现"),
    )


def payout_stuck(facts: dict[str, Any]) -> Text:
    number = facts["withdrawal"]
    return Text(
        f"W{number} 问了微信很多次还没有结果，还在用同一个单号问。\n请到商户平台核对这笔。",
        (f"看 W{number}",),
    )


STAFF_NOTICES = (
    withdrawal_to_review,
    withdrawal_second,
    withdrawal_passed_on,
    payouts_paused,
    payout_stuck,
)

WITHDRAWAL_NOTICES = (
    withdrawal_due,
    withdrawal_paid,
    withdrawal_returned,
    withdrawal_rejected,
    withdrawal_approved,
    withdrawal_unknown,
    *STAFF_NOTICES,
)
