"""提现: how much, what it costs, when it comes; 确认, 取消, and where it is."""

from typing import Any

from bot.amounts import BadAmount
from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import TermsChanged
from commerce.fen import show_yuan
from commerce.money import ledger, quotes, real_names, requests
from commerce.money import withdrawals as book
from commerce.money.quotes import Quote
from commerce.money.withdrawals import State, Withdrawal
from commerce.people import members
from commerce.trust import cases
from handlers.payout_words import UNDER_WAY, recent, where
from handlers.words import lasting, moment, opening, show_percent

router = Router()


@router.says("提现", "我要提现", "申请提现", "提现 {amount_fen:sum}", "提 {amount_fen:sum}")
@router.taps("withdraw")
def withdraw(ctx: Context, amount_fen: int | str | BadAmount | None = None) -> Said:
    if isinstance(amount_fen, BadAmount):
        return _not_exact(amount_fen)
    if amount_fen is None:
        return _ask_how_much(ctx)
    asked_fen = amount_fen if isinstance(amount_fen, int) else None
    return _show(ctx, quotes.quote(ctx.work, ctx.member, asked_fen), "核对一下：")


@router.says("全部提现", "提现 {everything:all}")
def withdraw_all(ctx: Context, everything: str = "all") -> Said:
    return withdraw(ctx, everything)


@router.step
def confirm_withdrawal(ctx: Context, quoted: dict[str, Any]) -> Said:
    """What was shown is done, or it is shown anew."""
    agreed = Quote.read(quoted)
    try:
        row = requests.request(ctx.work, ctx.member, agreed, key=f"withdraw:{ctx.answer_key}")
    except TermsChanged:
        again = quotes.quote(ctx.work, ctx.member, agreed.amount_fen)
        return _show(ctx, again, "刚才的数变了，重新核对一下：")
    held = ledger.balances(ctx.work, ctx.member.id)
    if row.review:
        when = f"人工看过告诉你，{moment(quotes.decided_by(ctx.work, row))} 前给结果。"
        until = "付款前"
    else:
        when, until = f"{moment(row.due_at)} 起收款，到时提醒你。", "在那之前"
    return Text(
        f"已受理，单号 W{row.id}。\n"
        f"可提现还剩 {show_yuan(held.available_fen)} 元。\n"
        f"{when}\n"
        f"改主意了，{until}回复「取消提现 W{row.id}」，全额退回。",
        ("提现记录",),
    )


@router.says("提现记录", "提现到哪了", "提现怎么还没到", "提现进度")
@router.says("W{number:number}", "W{number:number} 到哪了")
@router.taps("withdrawals")
def withdrawals(ctx: Context, number: int | None = None) -> Said:
    """What is under way first; else the list."""
    members.need_star(ctx.member)
    if number is not None:
        return where(ctx, book.find_own(ctx.work, ctx.member, number))
    open_ones = book.of_member(ctx.work, ctx.member, states=UNDER_WAY, limit=1)
    return where(ctx, open_ones[0]) if open_ones else recent(ctx)


@router.says("全部提现记录", "更早的提现")
def all_withdrawals(ctx: Context) -> Said:
    members.need_star(ctx.member)
    return recent(ctx)


@router.says("确认收款", "收款")
def receive(ctx: Context) -> Said:
    """The page that opens WeChat's own: only the person can say yes there."""
    members.need_star(ctx.member)
    waiting = book.of_member(ctx.work, ctx.member, states=(State.WAITING_USER,), limit=1)
    if not waiting:
        return Text("现在没有等你收款的提现。\n要看到哪了，回复「提现记录」。", ("提现记录",))
    return where(ctx, waiting[0])


@router.says("点了没反应", "确认收款点了没反应")
def nothing_happens(ctx: Context) -> Said:
    waiting = book.of_member(ctx.work, ctx.member, states=(State.WAITING_USER,), limit=1)
    along = f"，W{waiting[0].id} 会一起转过去" if waiting else ""
    return Text(
        "试三步：\n"
        "1 用手机微信打开，就是你现在这个微信号\n"
        "2 把微信更新到最新版\n"
        "3 到「我 → 服务 → 钱包」完成实名\n"
        f"还不行，回复「人工」{along}。",
        ("人工",),
    )


@router.says("取消提现", "取消提现 W{number:number}", "取消 W{number:number}", "撤销提现")
def cancel_withdrawal(ctx: Context, number: int | None = None) -> Said:
    members.need_star(ctx.member)
    row = requests.cancel(ctx.work, ctx.member, number)
    held = ledger.balances(ctx.work, ctx.member.id)
    return Text(
        f"W{row.id} 取消了，{show_yuan(row.amount_fen)} 元全额退回。\n"
        f"可提现 {show_yuan(held.available_fen)} 元。",
        ("提现", "提现记录"),
    )


@router.says("实名", "实名认证", "填实名", "真实姓名")
def give_real_name(ctx: Context) -> Said:
    members.need_joined(ctx.member)
    from_fen = ctx.work.rules.payouts.without_real_name_fen
    known = real_names.of(ctx.work, ctx.member.id) is not None
    first = "你填过了，要改也在这里" if known else f"{show_yuan(from_fen)} 元起的提现才要填"
    return Text(
        f"{first}：[[填写真实姓名|{ctx.own_page('real-name')}]]\n"
        "只用于请微信核对收款人，加密保存，退出计划时删除。",
        ("提现",),
    )


@router.says("申诉 W{number:number}")
def appeal_withdrawal(ctx: Context, number: int) -> Said:
    row = book.find_own(ctx.work, ctx.member, number)
    until = (row.ended_at or ctx.work.now) + ctx.work.rules.fraud.appeal_within
    if row.state != State.REJECTED or until < ctx.work.now:
        return Text(f"W{number} 现在不用申诉，别的事回复「人工」。", ("人工", "提现记录"))
    return Ask(
        f"W{number} 哪里判错了？用一句话说说，同事会重看。",
        then=appeal_because,
        expects="{words:text}",
        data={"number": number},
        choices=("算了",),
    )


@router.step
def appeal_because(ctx: Context, number: int, words: str) -> Said:
    said = f"申诉 W{number}：{words[:400]}"
    key = f"appeal:{ctx.answer_key}"
    case = cases.open_case(ctx.work, "appeal", ctx.member.id, said, key=key)
    return Text(f"申诉收到，编号 C{case.id}。\n同事重看 W{number} 后，结果发到这里。")


def cancellable(ctx: Context) -> Withdrawal | None:
    """The newest one whose payout has not started."""
    states = (State.REQUESTED, State.APPROVED)
    return next(iter(book.of_member(ctx.work, ctx.member, states=states, limit=1)), None)


def number_of(said: str) -> int | None:
    """「W1024」 → 1024."""
    digits = said.strip().lstrip("Ww")
    return int(digits) if digits.isascii() and digits.isdecimal() else None


def _ask_how_much(ctx: Context) -> Said:
    held = quotes.need_possible(ctx.work, ctx.member)
    whole = show_yuan(held.available_fen)
    minimum_fen = ctx.work.rules.plan.withdrawal.minimum_fen
    offered = ("全部提现",) if held.available_fen == minimum_fen else ("全部提现", _by(minimum_fen))
    return Ask(
        f"可提现 {whole} 元，提多少？\n回复金额，或「全部提现」。",
        then=withdraw,
        expects="{amount_fen:sum}",
        choices=offered,
    )


def _show(ctx: Context, quoted: Quote, opening_words: str) -> Ask:
    rules = ctx.work.rules
    percent = show_percent(rules.plan.withdrawal.fee_bp)
    lines = [
        opening_words,
        f"提现 {show_yuan(quoted.amount_fen)} 元",
        f"手续费 {show_yuan(quoted.fee_fen)} 元（{percent}%）",
        f"代扣个税 {show_yuan(quoted.tax_fen)} 元",
        f"到手 {show_yuan(quoted.arrives_fen)} 元，进微信零钱",
        *_when(ctx, quoted),
        f"{lasting(rules.payouts.quote_valid)}内回复「确认」有效。",
    ]
    data = {"quoted": quoted.kept()}
    return Ask("\n".join(lines), then=confirm_withdrawal, data=data, choices=("确认", "取消"))


def _when(ctx: Context, quoted: Quote) -> tuple[str, ...]:
    if quoted.decided_by is None:
        return (f"{moment(quoted.pays_at)} 起收款，到时要你点一次「确认收款」。",)
    rules = ctx.work.rules.payouts
    return (
        f"这笔 {show_yuan(quoted.amount_fen)} 元要人工看一眼，"
        f"{moment(quoted.decided_by)} 前给结果。",
        f"通过后 {lasting(rules.after_approval)}内发起付款（{opening(rules.hours)}），"
        "到时提醒你收款。",
    )


def _not_exact(bad: BadAmount) -> Text:
    """As the withdrawal of an amount that cannot be: what could be is a tap away."""
    if bad.reason == "too_fine":
        words = f"金额最小到分，{bad.text.strip()} 提不了。"
    else:
        words = "金额没看懂，写成 200 或 100.50 这样。"
    return Text(words, tuple(_by(fen) for fen in bad.nearest) or ("提现",))


def _by(amount_fen: int) -> str:
    """「提现 100」, 「提现 100.01」: what may be said, as short as it can be."""
    return f"提现 {show_yuan(amount_fen).removesuffix('.00')}"
