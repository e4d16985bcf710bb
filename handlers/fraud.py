"""What the staff do with fraud holds in chat: 待审风控, 看 F3, 放行 F3, 判定 F3 理由, 撤销判定 F3,
解冻 12."""

from datetime import timedelta

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchMember
from commerce.fen import show_yuan
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.people import members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust import fraud, pardons, records
from commerce.trust.fraud import FraudHold, Verdict
from handlers.explanations import CHECKS
from handlers.words import day, moment

router = Router()

SHOWN = 4
MONTH = timedelta(days=30)
VERDICTS = {
    Verdict.INNOCENT: "放行",
    Verdict.GUILTY: "判定有问题",
    Verdict.LAPSED: "到时放行",
    Verdict.OVERTURNED: "撤销了判定",
}


@router.says("待审风控", "风控待审")
@router.staff
def fraud_queue(ctx: Context) -> Said:
    rows, total = records.queue(ctx.work, ctx.member, limit=SHOWN)
    if not total:
        return Text("现在没有待核查的订单。", ("待审",))
    lines = [f"待核查 {total} 单："]
    for row in rows:
        order = ctx.work.session.get_one(Order, row.order_id)
        lines.append(
            f"F{row.id} {_promoter(ctx, order).name} {show_yuan(order.base_fen)} 元，"
            f"{CHECKS[row.reason]}"
        )
    return Text("\n".join(lines), tuple(f"看 F{row.id}" for row in rows))


@router.says("看 F{number:number}")
@router.staff
def look_at_hold(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    row = fraud.find(ctx.work, number)
    order = ctx.work.session.get_one(Order, row.order_id)
    promoter = _promoter(ctx, order)
    record = records.record_of(ctx.work, promoter, MONTH)
    assert order.paid_at is not None
    lines = [
        f"F{number} 推荐人{promoter.name}，{Rank(promoter.rank).label}，"
        f"之前判定 {record.guilty} 次",
        f"订单尾号 {order.tail}，{_goods(ctx, order)}，实付 {show_yuan(order.base_fen)} 元，"
        f"{moment(order.paid_at)} 付款",
        f"买家{members.get(ctx.work, order.buyer_id).name}"
        + ("，付款时账号是新的" if order.buyer_is_new else ""),
        f"原因：{CHECKS[row.reason]}",
        f"推荐人近 30 天 {record.orders} 单，有退款的 {record.refunded} 单",
    ]
    if row.verdict is not None:
        lines.append(_decided(ctx, row))
        return Text("\n".join(lines), ("待审风控",))
    lines.append(f"最晚 {moment(row.ends_at)}，到时没有结论就放行")
    same = len(records.held_with(ctx.work, row))
    more = (f"放行全部 F{number}",) if same > 1 else ()
    return Text("\n".join(lines), (f"放行 F{number}", f"判定 F{number}", *more, "待审风控"))


@router.says("放行 F{number:number}")
@router.staff
def clear(ctx: Context, number: int) -> Said:
    _, order = fraud.need_open(ctx.work, number, by=ctx.member)
    fraud.judge(ctx.work, order, Verdict.INNOCENT, by=ctx.member)
    return Text(
        f"已放行 F{number}，订单尾号 {order.tail} 的收益照常到期。\n{_record(ctx)}", ("待审风控",)
    )


@router.says("放行全部 F{number:number}")
@router.staff
def clear_all(ctx: Context, number: int) -> Said:
    row, _ = fraud.need_open(ctx.work, number, by=ctx.member)
    held = records.held_with(ctx.work, row)
    for order in held:
        fraud.judge(ctx.work, order, Verdict.INNOCENT, by=ctx.member)
    return Text(f"已放行 {len(held)} 单：同一位推荐人、同一个原因。\n{_record(ctx)}", ("待审风控",))


@router.says("判定 F{number:number} {reason:text}", "判定 F{number:number}")
@router.staff
def judge(ctx: Context, number: int, reason: str = "") -> Said:
    """Guilty, with a reason that the star reads as it is."""
    _, order = fraud.need_open(ctx.work, number, by=ctx.member)
    promoter = _promoter(ctx, order)
    if not reason:
        return Ask(
            f"判定后，订单尾号 {order.tail} 的收益全部作废，{promoter.name}降星并暂停升级。\n"
            f"写一句理由，{promoter.name}会原样看到：",
            then=judge,
            expects="{reason:text}",
            data={"number": number},
            choices=("取消",),
        )
    fraud.judge(ctx.work, order, Verdict.GUILTY, by=ctx.member, reason=reason)
    now = "账号停用" if promoter.state == members.State.SUSPENDED else Rank(promoter.rank).label
    return Text(
        f"已判定 F{number}：订单尾号 {order.tail} 的收益作废，"
        f"{promoter.name}现在{now}，暂停升级。\n"
        f"已通知他，7 天内可申诉；判错了：「撤销判定 F{number}」，"
        f"只恢复升级：「解冻 {promoter.id}」。\n{_record(ctx)}",
        ("待审风控",),
    )


@router.says("撤销判定 F{number:number} {reason:text}", "撤销判定 F{number:number}")
@router.staff
def overturn(ctx: Context, number: int, reason: str = "") -> Said:
    """After an appeal: the lines come back. With a reason that the star reads as it is."""
    staff.need_role(ctx.work, ctx.member, Role.ADMIN)
    order = ctx.work.session.get_one(Order, fraud.find(ctx.work, number).order_id)
    if order.voided_at is None:
        return Text(
            f"F{number} 现在没有判定有问题，不用撤销。\n看它，回复「看 F{number}」。",
            (f"看 F{number}",),
        )
    promoter = _promoter(ctx, order)
    if not reason:
        return Ask(
            f"撤销后，订单尾号 {order.tail} 作废的收益全部恢复，业绩算回来。\n"
            f"写一句理由，{promoter.name}会原样看到：",
            then=overturn,
            expects="{reason:text}",
            data={"number": number},
            choices=("取消",),
        )
    pardons.overturn(ctx.work, number, by=ctx.member, reason=reason)
    frozen = "还有别的判定，仍暂停升级" if promoter.rank_frozen_at else "可以照常升级"
    return Text(
        f"已撤销 F{number} 的判定：订单尾号 {order.tail} 的收益已恢复，"
        f"{promoter.name}现在{Rank(promoter.rank).label}，{frozen}。\n{_record(ctx)}",
        ("待审风控",),
    )


@router.says("解冻 {number:number}")
@router.staff
def unfreeze(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.ADMIN)
    if ctx.work.session.get(Member, number) is None:
        raise NoSuchMember(number)
    member = pardons.unfreeze(ctx.work, number, by=ctx.member)
    return Text(
        f"已解冻：{member.name}可以照常升级了，现在{Rank(member.rank).label}。\n{_record(ctx)}"
    )


def _decided(ctx: Context, row: FraudHold) -> str:
    assert row.decided_at is not None
    who = f"{members.get(ctx.work, row.decided_by).name} " if row.decided_by else ""
    return f"{who}{day(row.decided_at)} {VERDICTS[Verdict(row.verdict or '')]}"


def _promoter(ctx: Context, order: Order) -> Member:
    assert order.promoter_id is not None
    return members.get(ctx.work, order.promoter_id)


def _goods(ctx: Context, order: Order) -> str:
    title = ctx.work.session.get_one(Product, order.product_id).title
    return f"{title} × {order.quantity}"


def _record(ctx: Context) -> str:
    return f"已记录：{ctx.member.name}，{moment(ctx.work.now)}。"
