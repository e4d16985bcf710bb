"""Words for where a withdrawal is."""

from bot.context import Context
from bot.links import token_for
from bot.reply import Text
from commerce.fen import show_yuan
from commerce.money import quotes
from commerce.money import withdrawals as book
from commerce.money.withdrawals import FINAL, State, Withdrawal
from commerce.store.base import seal_of
from handlers.words import moment

SHOWN, MOST_LAST = 5, 4
UNDER_WAY = tuple(state for state in State if state not in FINAL)
STATES = {
    State.REQUESTED: "人工在看",
    State.APPROVED: "等付款",
    State.PAYING: "付款中",
    State.WAITING_USER: "等你收款",
    State.UNKNOWN: "等微信结果",
    State.PAID: "已到账",
    State.FAILED: "没付成，已退回",
    State.REJECTED: "没通过，已退回",
    State.CANCELLED: "已取消",
}


def where(ctx: Context, row: Withdrawal) -> Text:
    """Where it is, when it goes on, and what the person can do."""
    arrives, whole = show_yuan(row.arrives_fen), show_yuan(row.amount_fen)
    number = f"W{row.id}"
    if row.state == State.WAITING_USER and row.package and row.confirm_until:
        link = f"[[确认收款|{ctx.own_page('transfer', row.id)}]]"
        return Text(
            f"{number} 的 {arrives} 元备好了，就差你点「确认收款」：{link}\n"
            "微信要求本人点，我们不能代点。\n"
            f"{moment(row.confirm_until)} 前有效；过期退回 {whole} 元（含手续费），可以再提。",
            ("确认收款", "点了没反应"),
        )
    if row.state in (State.UNKNOWN, State.PAYING, State.WAITING_USER):
        return Text(
            f"{number} 已提交微信，还没等到结果，我们正用同一个单号查。\n"
            "不会重复付，也不会丢；有结果马上告诉你。",
            ("提现记录",),
        )
    if row.state in (State.REQUESTED, State.APPROVED):
        return _before_payout(ctx, row)
    return Text(f"{_line(row)}{_why(row)}", ("提现", "全部提现记录"))


def recent(ctx: Context) -> Text:
    """The newest ones, a line each."""
    rows = book.of_member(ctx.work, ctx.member, limit=SHOWN)
    if not rows:
        return Text("还没有提现过。\n要提，回复「提现」。", ("提现", "收益"))
    return Text("\n".join(("最近的提现：", *(_line(row) for row in rows))), ("提现", "收益"))


def along(ctx: Context) -> str:
    """What a colleague who is called should know: the withdrawals under way."""
    open_ones = book.of_member(ctx.work, ctx.member, states=UNDER_WAY, limit=3)
    return "".join(f"\nW{row.id} {STATES[State(row.state)]}" for row in open_ones)


def last_payouts(ctx: Context) -> str:
    """Of who leaves: what is paid when, and where to say yes; no notice will reach them."""
    open_ones = book.of_member(ctx.work, ctx.member, states=UNDER_WAY, limit=MOST_LAST)
    return "".join(f"{_last(ctx, row)}\n" for row in open_ones)


def _last(ctx: Context, row: Withdrawal) -> str:
    amount = show_yuan(row.arrives_fen)
    if row.state == State.REQUESTED:
        return f"{amount} 元人工看过再付给你，单号 W{row.id}。"
    until = max(row.due_at, ctx.work.now) + 2 * ctx.work.rules.payouts.user_confirms_within
    seal = seal_of(ctx.work.session.get_bind().dialect)
    token = token_for(seal, "transfer", ctx.member.id, until, about=row.id)
    link = f"[[确认收款|{ctx.page('transfer')}?t={token}]]"
    return f"{amount} 元 {moment(row.due_at)} 起付给你，到时点一次{link}。"


def _before_payout(ctx: Context, row: Withdrawal) -> Text:
    if row.state == State.REQUESTED:
        by = moment(quotes.decided_by(ctx.work, row))
        first = f"W{row.id} 的 {show_yuan(row.amount_fen)} 元人工在看，{by} 前给结果。"
    elif row.due_at > ctx.work.now:
        arrives = show_yuan(row.arrives_fen)
        first = f"W{row.id} 的 {arrives} 元 {moment(row.due_at)} 起收款，到时提醒你。"
    else:
        first = f"W{row.id} 的 {show_yuan(row.arrives_fen)} 元在排队付款，轮到就提醒你。"
    take_back = f"取消提现 W{row.id}"
    return Text(
        f"{first}\n改主意了，付款前回复「{take_back}」，全额退回。", (take_back, "全部提现记录")
    )


def _line(row: Withdrawal) -> str:
    amount, state = show_yuan(row.amount_fen), STATES[State(row.state)]
    return f"W{row.id} {moment(row.ended_at or row.requested_at)} {amount} 元，{state}"


def _why(row: Withdrawal) -> str:
    return f"\n理由：{row.reason}" if row.state == State.REJECTED and row.reason else ""
