"""帮助, 规则, 人工, 申诉, 别发了, 取消, and what is said when nothing fits."""

from bot.context import Context
from bot.message import Kind
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce import agenda
from commerce.fen import show_yuan
from commerce.goods import buying
from commerce.outbox import within
from commerce.people import members, staff
from commerce.people.members import State
from commerce.people.staff import Role
from commerce.trust import cases
from commerce.work import Work
from handlers import payout_words, screenshots, withdrawals
from handlers.shopping import cancel_order
from handlers.words import moment, opening

router = Router()

TITLES = {
    "join": "加入",
    "submit_video": "交短视频",
    "poster": "海报",
    "progress": "进度",
    "team": "团队",
    "earnings": "收益",
    "earning_lines": "明细",
    "withdraw": "提现",
    "lives": "直播",
    "book": "预约",
    "unbook": "取消预约",
    "lottery": "抽奖",
    "products": "商品",
    "orders": "我的订单",
    "after_sales": "售后",
    "coupons": "优惠券",
    "rules": "规则",
    "explain": "这笔怎么算的",
    "withdrawals": "提现记录",
    "credit": "用收益抵扣",
    "share": "推广",
    "set_price": "定价",
    "host_live": "建直播",
    "report_plays": "播放量",
    "appeal": "申诉",
    "verify_draw": "验证抽奖",
    "claim": "领取",
    "assist": "助力",
    "buy": "下单",
    "cancel": "取消",
    "bind": "绑定",
    "rename": "改名",
    "mute": "别发了",
    "leave": "退出",
    "help": "帮助",
    "human": "人工",
}
STAR = ("进度", "海报", "团队", "交短视频", "规则")
VISITOR = ("加入", "规则", "人工")
SUSPENDED = ("规则", "帮助", "人工")
FOR_STAFF = {
    Role.REVIEWER: "「待审」「待审售后」「待审风控」「待发货」看要处理的事\n"
    "「待答」没人答上的问题，「答 3 答案」教我\n"
    "「改单号 73」改错了的快递单号\n"
    "「取消中奖 7 87 理由」场次 7 的 87 号不能中，给下一位\n"
    "「恢复发奖 7」核对完了，接着发奖",
    Role.FINANCE: "「待审提现」看要批的提现\n「恢复付款」停了的付款接着付",
    Role.HOST: "「上架 12」「下架 12」「发券 12」管商品和优惠券",
    Role.ADMIN: "「撤销判定 F3 理由」判错了，收益恢复\n「改邀请人 21 8」更正邀请人\n"
    "「任务」看自动办的事，「重试 3」再办一次",
}
REWARDED = {
    1: "只有自己推荐卖出的有佣金，没有团队奖励。",
    2: "每人 {seats} 个席位，团队奖励只看你邀请的人卖出的。",
    3: "每人 {seats} 个席位，团队奖励看两层：你邀请的人，和他们邀请的人。",
}


@router.says("帮助", "help", "你会什么", "菜单", "功能", "怎么用")
@router.taps("help")
@router.public
def help(ctx: Context) -> Said:
    if not ctx.member.is_joined:
        return Text(
            "可以直接说：\n"
            "「加入」免费成为星主\n"
            "「规则」看计划怎么算\n"
            "「邀请码」加朋友给的码，记下是谁邀请你的\n"
            f"「人工」找同事{_for_staff(ctx)}",
            _usual(ctx),
        )
    return Text(
        "可以直接说：\n"
        "「进度」还差什么升级\n"
        "「海报」拿邀请卡\n"
        "「团队」看团队和排名\n"
        "「交短视频」提交作品\n"
        "「我叫小明」改昵称\n"
        f"「规则」「绑定」「别发了」「退出」「人工」{_for_staff(ctx)}",
        STAR,
    )


@router.says("规则", "计划规则", "规则与资质", "资质", "隐私说明", "完整规则")
@router.taps("rules")
@router.public
def rules(ctx: Context) -> Said:
    plan = ctx.work.rules.plan
    return Text(
        "免费参加，不用买东西。\n"
        "收入只来自真实卖出的商品、达标的作品和升级奖金；邀请朋友本身没有钱。\n"
        f"{REWARDED[plan.team.paid_tiers].format(seats=plan.team.seats)}\n"
        f"完整版：[[计划规则|{ctx.page('rules')}]]　[[隐私说明|{ctx.page('privacy')}]]　"
        f"[[资质公示|{ctx.page('qualifications')}]]",
        ("进度", "人工") if ctx.member.is_joined else ("加入", "人工"),
    )


@router.says("人工", "转人工", "找人工", "客服", "都不是")
@router.taps("human")
def human(ctx: Context) -> Said:
    return Ask(
        f"{_who_comes(ctx.work)}\n先用一句话说说要办什么，我一起转过去。",
        then=hand_over,
        expects="{words:text}",
        choices=("算了",),
    )


@router.step
def hand_over(ctx: Context, words: str) -> Said:
    words = f"{words[:400]}{payout_words.along(ctx)}"
    if ctx.identity.account is not None:  # Colleagues can go on in this very conversation.
        key, door = f"hand_over:{ctx.answer_key}:0", ctx.identity.id
        agenda.plan(ctx.work, "hand_over", key=key, identity_id=door, about=ctx.answer_key)
    earlier = cases.open_of(ctx.work, "human", ctx.member.id)
    if earlier is not None:
        cases.add_words(ctx.work, earlier, words[:500])
        return Text(f"补到 C{earlier.id} 里了，同事一起看。\n{_when_answered(ctx.work)}。")
    key = f"human:{ctx.answer_key}"
    case = cases.open_case(ctx.work, "human", ctx.member.id, words[:500], key=key)
    return Text(f"转过去了，编号 C{case.id}。\n{_when_answered(ctx.work)}，回复会发到这里。")


@router.says("别发了", "不要再发了", "退订", "别打扰我")
@router.taps("mute")
def mute(ctx: Context) -> Said:
    members.mute(ctx.member, ctx.work.now)
    return Text("好，活动和推荐不再发了。\n钱和服务的消息照常。想恢复，回复「恢复提醒」。")


@router.says("恢复提醒", "恢复消息", "继续发")
def unmute(ctx: Context) -> Said:
    members.mute(ctx.member, None)
    return Text("恢复了，有新直播和好物会告诉你。\n不想收，回复「别发了」。")


@router.says("取消", "算了", "不用了", "先不加入")
@router.taps("cancel")
def cancel(ctx: Context, withdrawal: str | None = None) -> Said:
    """Outside a question: the withdrawal that was named; else the order that waits for its payment,
    if there is one; else a withdrawal that still can be is offered."""
    if withdrawal is not None and (number := withdrawals.number_of(withdrawal)) is not None:
        return withdrawals.cancel_withdrawal(ctx, number)
    if buying.unpaid(ctx.work, ctx.member) is not None:
        return cancel_order(ctx)
    if (row := withdrawals.cancellable(ctx)) is not None:
        amount, words = show_yuan(row.amount_fen), f"取消提现 W{row.id}"
        return Text(f"你是要取消 {amount} 元的提现吗？\n取消就全额退回。", (words,))
    return Text("现在没有等你确认的事，不用取消。", _usual(ctx))


@router.sends(Kind.OTHER)
def not_words(ctx: Context) -> Said:
    return screenshots.noted(ctx) or Text(
        "收到了，不过我只看得懂文字和短视频。\n想办什么，打几个字告诉我。", _usual(ctx)
    )


@router.says("你好", "在吗", "谢谢")
@router.public
def none(ctx: Context, candidates: tuple[str, ...] | None = None) -> Said:
    """Nothing was asked (None), or nothing fits what was (its near misses, perhaps none). Never
    an apology, always a way on."""
    usual = _usual(ctx)
    spoken = "".join(f"「{choice}」" for choice in usual[:3] if choice != "人工")
    if candidates is None:
        return Text(f"我在。\n要我办事就说一声，{spoken}都行。", usual)
    titles = tuple(TITLES[name] for name in candidates if name in TITLES)
    if titles:
        return Text("这句我没对上。你是想：", (*titles, "都不是"))
    return Text(
        f"这句我没对上，换个说法试试。\n也可以直接说{spoken}，或者回复「人工」找同事。", usual
    )


def _for_staff(ctx: Context) -> str:
    """What only they find. Nothing for everybody else, and nothing aloud."""
    if ctx.message.room is not None:
        return ""
    held = staff.roles(ctx.work, ctx.member)
    lines = [words for role, words in FOR_STAFF.items() if role in held]
    return "\n".join(("\n岗位上的：", *lines)) if lines else ""


def _usual(ctx: Context) -> tuple[str, ...]:
    if ctx.member.is_joined:
        return STAR
    return SUSPENDED if ctx.member.state == State.SUSPENDED else VISITOR


def _who_comes(work: Work) -> str:
    hours = work.rules.brand.service_hours
    if within(hours, work.now) > work.now:
        return f"同事 {opening(hours)} 在，我先记下，{_when_answered(work)}。"
    return f"那我请同事来，{_when_answered(work)}。"


def _when_answered(work: Work) -> str:
    """「9:00–21:00 一般 10 分钟内回」, or from when on."""
    brand = work.rules.brand
    opens_at = within(brand.service_hours, work.now)
    if opens_at > work.now:
        return f"{moment(opens_at)} 起回"
    return f"{opening(brand.service_hours)} {brand.answer_text}"
