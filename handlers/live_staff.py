"""What the staff do with stars' lives: 看 L7, 通过 L7, 退回 L7, 警告直播 7, 停播 7."""

from collections.abc import Callable

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import LiveReviewed, OwnCase
from commerce.lives import hosting, shown
from commerce.lives.lives import Live, State
from commerce.people import members, staff
from commerce.people.staff import Role
from commerce.trust import live_review
from handlers.hosting import lacking
from handlers.live_words import span, standing
from handlers.words import moment

router = Router()

STATES = {
    State.SCHEDULED: "还没开播",
    State.LIVE: "正在播",
    State.ENDED: "播完了",
    State.SETTLED: "已结算",
    State.CANCELLED: "已取消",
}
SCRIPT_SHOWN = 300


@router.says("看 L{number:number}", "看直播 {number:number}")
@router.staff
def look_at_live(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER, Role.HOST)
    live = hosting.find(ctx.work, number)
    host = members.get(ctx.work, live.host_id)
    goods = "、".join(f"{one.id} {one.title}" for one in shown.goods_of(ctx.work, live)[:5])
    script = " ".join(live.script.split())
    script = script if len(script) <= SCRIPT_SHOWN else f"{script[:SCRIPT_SHOWN]}……"
    offered = standing(ctx.work, live)
    lines = [
        f"L{number} 「{live.title}」{span(live)}",
        f"主播{host.name}，{_state(ctx, live)}",
        f"商品：{goods or '还没选'}",
        f"话术：{script or '还没写'}",
        *([offered] if offered else []),
    ]
    if _is_waiting(ctx, live):
        lines.append("核对三点：标题、商品和话术对得上，没有违禁词，没有夸大。")
        return Text("\n".join(lines), (f"通过 L{number}", f"退回 L{number}", "待审"))
    if live.state == State.LIVE:
        return Text("\n".join(lines), (f"警告直播 {number}", f"停播 {number}"))
    return Text("\n".join(lines), ("待审",))


@router.says("通过 L{number:number}", "批准 L{number:number}")
@router.staff
def approve_live(ctx: Context, number: int) -> Said:
    live = live_review.approve(ctx.work, number, by=ctx.member)
    host = members.get(ctx.work, live.host_id)
    return Text(
        f"已通过 L{number}「{live.title}」。\n{host.name}会收到通知，预告里能看到了。\n"
        f"已记录：{ctx.member.name}，{moment(ctx.work.now)}。",
        ("待审", f"看 L{number}"),
    )


@router.says("退回 L{number:number} {reason:text}", "退回 L{number:number}")
@router.staff
def return_live(ctx: Context, number: int, reason: str = "") -> Said:
    if not reason:
        staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
        live = hosting.find(ctx.work, number)
        if not _is_waiting(ctx, live):
            raise LiveReviewed(number)
        return _ask(ctx, live, return_live)
    live = live_review.send_back(ctx.work, number, reason, by=ctx.member)
    host = members.get(ctx.work, live.host_id)
    return Text(f"已退回 L{number}，理由会原样发给{host.name}。", ("待审",))


@router.says("警告直播 {number:number} {reason:text}", "警告直播 {number:number}")
@router.staff
def warn_live(ctx: Context, number: int, reason: str = "") -> Said:
    if not reason:
        return _ask(ctx, _on_air(ctx, number), warn_live)
    live = live_review.warn(ctx.work, number, reason, by=ctx.member)
    host = members.get(ctx.work, live.host_id)
    return Text(
        f"警告发给{host.name}了，已记录。\n还不改，回复「停播 {number}」。", (f"停播 {number}",)
    )


@router.says("停播 {number:number} {reason:text}", "停播 {number:number}")
@router.staff
def stop_live(ctx: Context, number: int, reason: str = "") -> Said:
    if not reason:
        return _ask(ctx, _on_air(ctx, number), stop_live)
    stopped = live_review.stop(ctx.work, number, reason, by=ctx.member)
    if not stopped:
        return Text(f"场次 {number} 之前已经下播。", (f"看 L{number}",))
    host = members.get(ctx.work, hosting.find(ctx.work, number).host_id)
    return Text(
        f"场次 {number} 停播了，理由会原样发给{host.name}，已记录。\n卖出的照常结算。",
        (f"看 L{number}",),
    )


def _on_air(ctx: Context, number: int) -> Live:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER, Role.HOST)
    return hosting.find(ctx.work, number)


def _ask(ctx: Context, live: Live, then: Callable[..., Said]) -> Said:
    host = members.get(ctx.work, live.host_id)
    if host.id == ctx.member.id:
        raise OwnCase
    return Ask(
        f"写一句理由，{host.name}会原样看到：",
        then=then,
        expects="{reason:text}",
        data={"number": live.id},
        choices=("取消",),
    )


def _state(ctx: Context, live: Live) -> str:
    said = STATES[State(live.state)]
    if live.state != State.SCHEDULED:
        return said
    if live.approved_at is not None:
        return f"{said}，已通过"
    if live.sent_back:
        return f"{said}，已退回：{live.sent_back}"
    missing = lacking(shown.missing(ctx.work, live))
    return f"{said}，还差{missing}" if missing else f"{said}，等待审核"


def _is_waiting(ctx: Context, live: Live) -> bool:
    return (
        live.state == State.SCHEDULED
        and live.approved_at is None
        and not live.sent_back
        and not shown.missing(ctx.work, live)
    )
