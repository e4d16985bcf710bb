"""对账单 of a month, and 个税 of a year."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.money import statements
from commerce.money.statements import Kind, Statement
from commerce.outbox import SHANGHAI
from commerce.people import members

router = Router()

SHOWN_MONTHS = 5
TITLES = {
    Kind.EARNED: "收益",
    Kind.REVERSED: "退款退回",
    Kind.RESTORED: "判定撤销恢复",
    Kind.SPENT: "抵扣购物",
    Kind.GIVEN_BACK: "抵扣退还",
    Kind.OTHER: "其他",
}


@router.says("对账单", "对账单 {month:number}月", "{month:number}月对账单", "月对账单")
def statement(ctx: Context, month: int | None = None) -> Said:
    """The month that was named, else this one."""
    members.need_star(ctx.member)
    today = ctx.work.now.astimezone(SHANGHAI)
    chosen = today.month if month is None else month
    if not 1 <= chosen <= 12:
        return Text("没有这个月份，写成「对账单 3月」这样。", ("对账单",))
    year = today.year if chosen <= today.month else today.year - 1
    found = statements.statement(ctx.work, ctx.member, f"{year}-{chosen:02d}")
    return Text(_words(found, chosen), ("提现记录", "个税", "收益"))


@router.says("个税", "个税记录", "代扣个税", "个税 {year:number}年")
def tax(ctx: Context, year: int | None = None) -> Said:
    members.need_star(ctx.member)
    chosen = ctx.work.now.astimezone(SHANGHAI).year if year is None else year
    months = statements.tax_statement(ctx.work, ctx.member, chosen) if chosen < 10_000 else []
    if not months:
        return Text(f"{chosen} 年还没有提现到账，没有代扣个税。", ("对账单", "提现"))
    income_fen = sum(one.income_fen for one in months)
    tax_fen = sum(one.tax_fen for one in months)
    lines = [
        f"{chosen} 年：提现到账的收入 {show_yuan(income_fen)} 元，"
        f"代扣个税 {show_yuan(tax_fen)} 元。"
    ]
    lines += [
        f"{int(one.month[5:])}月 收入 {show_yuan(one.income_fen)}，代扣 {show_yuan(one.tax_fen)}"
        for one in months[-SHOWN_MONTHS:]
    ]
    return Text("\n".join(lines), ("对账单",))


def _words(found: Statement, month: int) -> str:
    lines = [f"{month}月对账单，单位元：", f"月初 {show_yuan(found.opening_fen)}"]
    lines += [
        f"{title} {_signed(found.of(kind))}" for kind, title in TITLES.items() if found.of(kind)
    ]
    if withdrawn_fen := found.of(Kind.WITHDRAWN):
        lines.append(
            f"提现 {_signed(withdrawn_fen)}：到手 {show_yuan(found.arrived_fen)}，"
            f"手续费 {show_yuan(found.fee_fen)}，个税 {show_yuan(found.tax_fen)}"
        )
    closing = show_yuan(found.closing_fen)
    if found.difference_fen:
        return "\n".join(
            (*lines[:6], f"月末 {closing}", "加起来对不上，同事会核对，请回复「人工」。")
        )
    lines.append(f"月末 {closing}，加起来正好。")
    return "\n".join(lines)


def _signed(amount_fen: int) -> str:
    return f"+{show_yuan(amount_fen)}" if amount_fen > 0 else show_yuan(amount_fen)
