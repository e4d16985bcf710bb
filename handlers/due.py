"""What is done by itself, for the operator: how much is due, late or given up, and a retry."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce import agenda
from commerce.agenda import DueTask
from commerce.people import audit, staff
from commerce.people.staff import Role
from handlers.words import moment

router = Router()

SHOWN = 4
NAMES = {
    "ask_model": "问模型",
    "board_minute": "记直播每分钟的数字",
    "broadcast_part": "给预约的人发消息",
    "check_shipped": "查有没有发货",
    "close_payment": "关掉没付的支付单",
    "decide_after_sale": "到时间自动同意售后",
    "deliver": "发一条回复",
    "draft_posts": "写群消息",
    "draw": "开奖",
    "end_assists": "告诉没满的助力",
    "end_live": "到最晚时间自动下播",
    "end_ways": "停用过期的好友码和群码",
    "erase": "删除退出的人的资料",
    "expire_order": "取消没付款的订单",
    "find_rooms": "找有哪些群",
    "find_idle_seats": "找闲置的席位",
    "find_colleagues": "找哪些同事能加好友",
    "find_joined": "查谁进了群",
    "find_kf_accounts": "查有哪些客服账号",
    "follow_post": "看群消息有没有确认",
    "follow_refund": "查退款结果",
    "freeze_draw": "冻结抽奖名单",
    "give_back_differences": "退价保的差价",
    "hand_over": "转给同事",
    "hear_beacon": "取公开的随机数",
    "hide_expired_goods": "下架证照过期的商品",
    "lapse_prizes": "奖品过期，给下一位",
    "lift_holds": "解除到期的核查",
    "look_up": "查关注状态",
    "pass_seat_on": "席位让给下一位",
    "pay_back": "退款",
    "pay_out": "付一笔提现",
    "pay_out_rest": "付剩下的提现",
    "post_to_group": "发群消息",
    "prepare_welcome": "备好新朋友看的群二维码",
    "prepare_payment": "下支付单",
    "prove_books": "核对账本",
    "pull_kf": "取客服消息",
    "rank_bonus": "发升级奖金",
    "receive_order": "到时间自动收货",
    "reconcile_bill": "对账单",
    "release": "到期的收益转可提现",
    "release_assist": "放回助力留的货",
    "release_idle_seat": "空出闲置的席位",
    "remind": "发开播提醒",
    "remind_payout": "提醒确认收款",
    "return_payment": "退回多付的钱",
    "score_imported": "核查导入的订单",
    "score_order": "核查订单",
    "score_promoter": "核查推广人",
    "settle": "结算",
    "settle_night": "夜间结算",
    "sweep_kf": "看客服有没有漏的消息",
    "tag_contact": "告诉企业微信客户是谁",
    "tell": "发一条通知",
    "tell_settled": "通知结算好了",
    "tidy_up": "清理过期的记录",
    "unlock_assist": "解锁一份助力",
}


@router.says("任务", "待办任务", "任务情况", "有没有任务迟了")
@router.staff
def tasks(ctx: Context) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.ADMIN)
    found = agenda.standing(ctx.work)
    opening = f"到时间还没做 {found.due:,} 件，其中迟了 15 秒以上 {found.late:,} 件。"
    if not found.failed:
        return Text(f"{opening}\n没有停下来等你的。", ("任务", "待审"))
    stopped = agenda.given_up(ctx.work, limit=SHOWN)
    lines = [opening, f"停下来等你的 {found.failed:,} 件，最早的：", *map(_task, stopped)]
    lines.append(f"再做一次，回复「重试 {stopped[0].id}」；全部再做，回复「全部重试」。")
    choices = tuple(f"重试 {task.id}" for task in stopped[:2])
    return Text("\n".join(lines), (*choices, "全部重试"))


@router.says("重试 {number:number}", "重试任务 {number:number}")
@router.staff
def retry_task(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.ADMIN)
    if not agenda.retry(ctx.work, number):
        return Text(f"{number} 没有停着：做完了，正在做，或没有这个编号。", ("任务",))
    audit.record(ctx.work, ctx.member.id, "retry_task", f"task:{number}")
    return Text(f"{number} 现在再做一次，已记录。\n过一会儿看结果，回复「任务」。", ("任务",))


@router.says("全部重试", "重试全部", "都重试")
@router.staff
def retry_tasks(ctx: Context) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.ADMIN)
    number = agenda.retry_all(ctx.work)
    if not number:
        return Text("没有停下来等你的任务，不用重试。", ("任务",))
    audit.record(ctx.work, ctx.member.id, "retry_tasks", "task:all", tasks=number)
    return Text(f"{number:,} 件现在再做一次，已记录。\n过一会儿看结果，回复「任务」。", ("任务",))


def _task(task: DueTask) -> str:
    """「17 结算，3月6日 20:10 停下，试过 8 次：Timeout」"""
    since = moment(task.failed_at or task.due_at)
    why = f"：{task.error[:30]}" if task.error else ""
    return f"{task.id} {NAMES.get(task.task, task.task)}，{since} 停下，试过 {task.tries} 次{why}"
