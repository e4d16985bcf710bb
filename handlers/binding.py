"""绑定, 邀请码, and a code alone: one person's doors, and whom a code stands for."""

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchCode
from commerce.people import binding, invitations, joining, staff
from commerce.people.members import State
from commerce.people.staff import Role
from handlers import help
from handlers.words import day, lasting

router = Router()

ROLES = {Role.REVIEWER: "审核", Role.FINANCE: "财务", Role.HOST: "主播", Role.ADMIN: "管理员"}
CODES = (binding.CODE_LENGTH, invitations.TOKEN_LENGTH)


@router.says("绑定", "绑定账号", "绑定 {code:code}", "绑定码 {code:code}")
def bind(ctx: Context, code: str | None = None) -> Said:
    if code is not None:
        return bound(ctx, code)
    shown = binding.show_code(ctx.work, ctx.member)
    return Text(
        f"绑定码 {shown}，{lasting(ctx.work.rules.bind_code.valid)}内有效。\n"
        f"换到另一个入口或另一个微信号，回复「绑定 {shown}」，两边就合成一个人。\n"
        "码只给自己用，别发给别人。"
    )


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


@router.says("邀请码 {token:code}", "我的邀请人是 {token:code}")
def invitation_code(ctx: Context, token: str) -> Said:
    inviter, seated = invitations.redeem(ctx.work, ctx.member, token)
    if ctx.member.state == State.VISITOR:
        return Text(
            f"记下了，是{inviter.name}邀请你来的。\n想参加，回复「加入」。", ("加入", "规则")
        )
    joining.welcome_from(ctx.work, ctx.member, inviter, seated=seated)
    return Text(f"邀请人：{inviter.name}，已确定。\n{_seat(ctx, inviter.name, seated)}", ("进度",))


@router.says("{code:code}")
def a_code(ctx: Context, code: str) -> Said:
    """A code alone: of the staff, of another door, or of a friend."""
    return redeemed(ctx, code) or _unknown(ctx, code)


def redeemed(ctx: Context, code: str) -> Said | None:
    """What a code brings, whichever kind it is; None if nobody gave it out."""
    for redeem in (_become_staff, bound, invitation_code) if len(code) in CODES else ():
        try:
            return redeem(ctx, code)
        except NoSuchCode:
            continue
    return None


def bound(ctx: Context, code: str) -> Said:
    """Who has an account is asked first: a code somebody else sent would hand it to them."""
    other, trace = binding.shown_to(ctx.work, code)
    if other.id == ctx.member.id:
        return Text("这个码是你自己的，这里已经是你的账号。\n要连别的入口，到那里发这个码。")
    if ctx.member.state == State.VISITOR:
        return confirm_binding(ctx, trace)
    since = f"{day(other.joined_at)} 加入" if other.joined_at else "还没加入"
    return Ask(
        f"先看清楚：这个码是「{other.name}」（{since}）要的。\n"
        "绑定后两边是同一个账号，进度、团队和收益都共用，不能拆开。\n"
        "码是别人发给你的，别绑，回复「取消」。\n"
        "两边都是你自己，回复「确认绑定」。",
        then=confirm_binding,
        expects="确认绑定",
        data={"trace": trace},
        choices=("确认绑定", "取消"),
    )


@router.step
def confirm_binding(ctx: Context, trace: str) -> Said:
    survivor = binding.redeem(ctx.work, ctx.member, trace)
    if survivor is None:
        return Text(
            "两边都有团队，或者一边在另一边的团队里，不能自动合并。\n"
            "已转给同事核对，处理好会告诉你；在那之前两边都照常用。",
            ("人工",),
        )
    return Text(
        f"绑好了，两边都是{survivor.name}。\n邀请人和团队以先加入的为准，星级取高的那个。",
        ("进度", "团队") if survivor.is_joined else ("加入", "规则"),
    )


def _become_staff(ctx: Context, code: str) -> Said:
    role = staff.redeem(ctx.work, ctx.member, code)
    return Text(
        f"你现在是{ROLES[role]}。\n发「待审」看要处理的事。\n这个码已经作废。", ("待审", "帮助")
    )


def _unknown(ctx: Context, code: str) -> Said:
    if len(code) in CODES and set(code) <= set(invitations.ALPHABET) and not code.isalpha():
        raise NoSuchCode(code)
    return help.none(ctx, ())


def _seat(ctx: Context, name: str, seated: bool) -> str:
    if seated:
        return f"你坐在{name}的团队里了。"
    seats = ctx.work.rules.plan.team.seats
    return f"{name}的 {seats} 个席位满了，你不进他的团队；卖货、佣金、升级和别人完全一样。"
