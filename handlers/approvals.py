"""What the staff of finance do in chat: 待审提现, 看, 批准, 拒绝, 转财务, 恢复付款."""

from collections.abc import Iterator
from datetime import datetime

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.money import approvals, pauses, payouts
from commerce.money.earnings import Kind
from commerce.money.quotes import Review
from commerce.money.standing import ELSEWHERE, LIVE, REST, Standing, refund_rate, standing
from commerce.money.withdrawals import State, Withdrawal, owner
from commerce.people import staff
from commerce.people.staff import Role
from commerce.rules import Rank
from handlers.payout_words import STATES
from handlers.withdrawal_notices import PAUSES, REVIEWS
from handlers.words import day, lasting, moment, show_percent

router = Router()

SHOWN = 4
SOURCES = {
    LIVE: "直播 {lives} 场",
    ELSEWHERE: "平时带货",
    Kind.TEAM_REWARD: "团队奖励",
    Kind.TRAFFIC_REWARD: "流量奖励",
    Kind.RANK_BONUS: "升级奖金",
    REST: "其他",
}


@router.says("待审提现", "提现待审")
@router.staff
def withdrawal_queue(ctx: Context) -> Said:
    rows, total, sum_fen = approvals.queue(ctx.work, ctx.member, limit=SHOWN)
    stopped = [PAUSES.get(one.reason, one.reason) for one in pauses.open_pauses(ctx.work)]
    lines = [f"付款停着：{'，'.join(stopped)}。回复「恢复付款」。"] if stopped else []
    if not total:
        return Text("\n".join((*lines, "现在没有待审的提现。")), ("待审",))
    lines.append(f"待审 {total} 笔，共 {show_yuan(sum_fen)} 元：")
    lines += [
        f"W{row.id} {owner(ctx.work, row).name} {show_yuan(row.amount_fen)} 元，{_why(ctx, row)}"
        for row in rows
    ]
    return Text("\n".join(lines), tuple(f"看 W{row.id}" for row in rows))


@router.says("看 W{number:number}")
@router.staff
def look_at_withdrawal(ctx: Context, number: int) -> Said:
    row = approvals.look(ctx.work, number, by=ctx.member)
    member = owner(ctx.work, row)
    joined = f"，加入 {(ctx.work.now - member.joined_at).days} 天" if member.joined_at else ""
    found = standing(ctx.work, row)
    text = (
        f"W{number} {member.name}，{Rank(member.rank).label}{joined}\n"
        f"提现 {show_yuan(row.amount_fen)}，手续费 {show_yuan(row.fee_fen)}，"
        f"个税 {show_yuan(row.tax_fen)}，到手 {show_yuan(row.arrives_fen)} 元\n"
        f"来源：{'，'.join(_sources(found))}\n"
        f"账目核对{'一致' if found.books_agree else '不一致'}，"
        f"未结售后 {found.open_after_sales}，风险标记 {found.flags}"
    )
    if row.state != State.REQUESTED:
        return Text(f"{text}\n{moment(row.requested_at)} 申请，{STATES[State(row.state)]}")
    return Ask(
        text,
        then=pass_on,
        expects="转财务",
        data={"number": number},
        choices=(f"批准 W{number}", f"拒绝 W{number}", "转财务"),
    )


@router.says("批准 W{number:number}", "通过 W{number:number}")
@router.staff
def approve_withdrawal(ctx: Context, number: int) -> Said:
    row = approvals.need_undecided(ctx.work, number, by=ctx.member)
    name = owner(ctx.work, row).name
    return Ask(
        f"批准 W{number}，付给{name} {show_yuan(row.arrives_fen)} 元？\n"
        f"{lasting(ctx.work.rules.staff.confirm_valid)}内回复「{number}」确认。",
        then=confirm_approval,
        expects="{said:number}",
        data={"number": number, "asked_at": ctx.work.now.isoformat()},
    )


@router.step
def confirm_approval(ctx: Context, number: int, asked_at: str, said: int) -> Said:
    again = f"要批准，再说一次「批准 W{number}」。"
    if said != number:
        return Text(f"数字对不上，没有批准。\n{again}", (f"批准 W{number}",))
    valid = ctx.work.rules.staff.confirm_valid
    if datetime.fromisoformat(asked_at) + valid < ctx.work.now:
        return Text(f"过了 {lasting(valid)}，没有批准。\n{again}", (f"批准 W{number}",))
    row = approvals.approve(ctx.work, number, by=ctx.member)
    if row.state == State.REQUESTED:
        names = "、".join(one.name for one in approvals.others(ctx.work, row, ctx.member))
        sent = f"，已发给{names}" if names else ""
        return Text(f"你的批准已记下，还要第二个人{sent}。\n同一个人批两次不算。", ("待审提现",))
    left, choices = _left(ctx)
    return Text(
        f"已批准 W{number}。\n"
        f"{moment(row.due_at)} 起付款，{owner(ctx.work, row).name}要点确认收款。\n"
        f"已记录：{ctx.member.name}，{moment(ctx.work.now)}。\n{left}",
        choices,
    )


@router.says("拒绝 W{number:number} {reason:text}", "拒绝 W{number:number}")
@router.staff
def reject_withdrawal(ctx: Context, number: int, reason: str = "") -> Said:
    if not reason:
        row = approvals.need_undecided(ctx.work, number, by=ctx.member)
        return Ask(
            f"写一句理由，{owner(ctx.work, row).name}会原样看到：",
            then=reject_withdrawal,
            expects="{reason:text}",
            data={"number": number},
        )
    row = approvals.reject(ctx.work, number, reason, by=ctx.member)
    name = owner(ctx.work, row).name
    until = day(ctx.work.now + ctx.work.rules.fraud.appeal_within)
    return Text(
        f"已拒绝 W{number}，{show_yuan(row.amount_fen)} 元退回{name}的可提现。\n"
        f"已通知他，可申诉到 {until}。",
        ("待审提现",),
    )


@router.says("转财务 W{number:number}")
@router.staff
def pass_on(ctx: Context, number: int) -> Said:
    asked = approvals.pass_on(ctx.work, number, by=ctx.member)
    if not asked:
        return Text("现在没有别的财务同事可以转。", (f"看 W{number}",))
    names = "、".join(one.name for one in asked)
    return Text(f"W{number} 转给{names}了，已记录。", ("待审提现",))


@router.says("恢复付款")
@router.staff
def resume_payouts(ctx: Context) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.FINANCE)
    if not pauses.is_paused(ctx.work):
        return Text("付款没有停，不用恢复。", ("待审提现",))
    count = payouts.resume(ctx.work, ctx.member)
    return Text(
        f"已恢复付款，{count} 笔接着付。\n已记录：{ctx.member.name}，{moment(ctx.work.now)}。",
        ("待审提现",),
    )


def _why(ctx: Context, row: Withdrawal) -> str:
    if row.review == Review.ABOVE_AUTO:
        return f"超过自动额度 {show_yuan(ctx.work.rules.plan.withdrawal.auto_fen)}"
    if row.review == "many_refunds":
        days = ctx.work.rules.fraud.many_refunds.within.days
        rate_bp = refund_rate(ctx.work, owner(ctx.work, row))
        return f"近 {days} 天退款率 {show_percent(rate_bp - rate_bp % 100)}%"
    return REVIEWS.get(row.review, row.review)


def _sources(found: Standing) -> Iterator[str]:
    for source, name in SOURCES.items():
        if source in found.sources:
            yield f"{name.format(lives=found.lives)} {show_yuan(found.sources[source])}"


def _left(ctx: Context) -> tuple[str, tuple[str, ...]]:
    rows, total, _ = approvals.queue(ctx.work, ctx.member, limit=1)
    if not total:
        return "待审的都处理完了。", ("待审提现",)
    return f"还有 {total} 笔：", (f"看 W{rows[0].id}",)
