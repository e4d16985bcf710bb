"""帮助, 规则, 人工, 别发了, 取消, and what is said when nothing fits."""

from bot.context import Context
from bot.message import Kind
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.people import invitations, members
from commerce.people.members import State
from commerce.trust import cases

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
    "bind": "绑定",
    "rename": "改名",
    "mute": "别发了",
    "leave": "退出",
    "help": "帮助",
    "human": "人工",
}
STAR = ("进度", "海报", "团队", "交短视频", "规则")
VISITOR = ("加入", "规则", "人工")


@router.says("帮助", "help", "你会什么", "菜单", "功能", "怎么用")
@router.taps("help")
@router.public
def help(ctx: Context) -> Said:
    if ctx.member.state == State.VISITOR:
        return Text(
            "可以直接说：\n"
            "「加入」免费成为星主\n"
            "「规则」看计划怎么算\n"
            "「邀请码」加朋友给的码，记下是谁邀请你的\n"
            "「人工」找同事",
            VISITOR,
        )
    return Text(
        "可以直接说：\n"
        "「进度」还差什么升级\n"
        "「海报」拿邀请卡\n"
        "「团队」看团队和排名\n"
        "「交短视频」提交作品\n"
        "「我叫小明」改昵称\n"
        "「规则」「绑定」「别发了」「退出」「人工」",
        STAR,
    )


@router.says("规则", "计划规则", "规则与资质", "资质", "隐私说明", "完整规则")
@router.taps("rules")
@router.public
def rules(ctx: Context) -> Said:
    plan = ctx.work.rules.plan
    return Text(
        "免费参加，不用买东西。\n"
        "收入只来自真实卖出的商品、达标的作品和星级奖金，邀请人本身不给钱。\n"
        f"每人 {plan.team.seats} 个席位，团队奖励最多到他们邀请的人。\n"
        f"完整版：[[计划规则|{ctx.page('rules')}]]　[[隐私说明|{ctx.page('privacy')}]]　"
        f"[[资质公示|{ctx.page('qualifications')}]]",
        ("进度", "人工") if ctx.member.is_joined else ("加入", "人工"),
    )


@router.says("人工", "转人工", "找人工", "客服", "都不是", "点了没反应")
@router.taps("human")
def human(ctx: Context) -> Said:
    return Ask(
        f"那我请同事来，{ctx.work.rules.brand.service_hours} 一般 10 分钟内回。\n"
        "先用一句话说说要办什么，我一起转过去。",
        then=hand_over,
        expects="{words:text}",
        choices=("算了",),
    )


@router.step
def hand_over(ctx: Context, words: str) -> Said:
    key = f"human:{ctx.answer_key}"
    case = cases.open_case(ctx.work, "human", ctx.member.id, words[:500], key=key)
    return Text(
        f"转过去了，编号 C{case.id}。\n"
        f"{ctx.work.rules.brand.service_hours} 一般 10 分钟内回，回复会发到这里。"
    )


@router.says("别发了", "不要再发了", "退订", "别打扰我")
@router.taps("mute")
def mute(ctx: Context) -> Said:
    members.mute(ctx.member, ctx.work.now)
    return Text("好，活动和推荐不再发了。\n钱和服务的消息照常。想恢复，回复「恢复提醒」。")


@router.says("恢复提醒", "恢复消息", "继续发")
def unmute(ctx: Context) -> Said:
    members.mute(ctx.member, None)
    return Text("恢复了，有新直播和好物会告诉你。\n不想收，回复「别发了」。")


@router.says("取消", "算了", "不用了")
@router.taps("cancel")
def cancel(ctx: Context) -> Said:
    return Text("现在没有等你确认的事，不用取消。", _usual(ctx))


@router.says("邀请码")
def about_codes(ctx: Context) -> Said:
    if ctx.member.is_joined:
        token = invitations.current(ctx.work, ctx.member).token
        return Text(
            f"你的邀请码是 {token}。\n"
            f"朋友关注后发「邀请码 {token}」，再回复「加入」，就算你邀请的。",
            ("海报",),
        )
    return Text("把朋友给的码写在后面，比如「邀请码 K7M3Q2AB」。", ("加入",))


@router.sends(Kind.OTHER)
def not_words(ctx: Context) -> Said:
    return Text("收到了，不过我只看得懂文字和短视频。\n想办什么，打几个字告诉我。", _usual(ctx))


@router.says("你好", "在吗", "谢谢")
@router.public
def none(ctx: Context, candidates: tuple[str, ...] = ()) -> Said:
    """Nothing fits, or nothing was asked. Never an apology, always a way on."""
    titles = tuple(TITLES[name] for name in candidates if name in TITLES)
    if titles:
        return Text("这句我没对上。你是想：", (*titles, "都不是"))
    usual = _usual(ctx)
    spoken = "".join(f"「{choice}」" for choice in usual[:3])
    return Text(f"我在。\n要我办事就说一声，{spoken}都行。", usual)


def _usual(ctx: Context) -> tuple[str, ...]:
    return STAR if ctx.member.is_joined else VISITOR
