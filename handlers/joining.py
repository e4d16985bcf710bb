"""加入, 改名, 邀请码, 退出: how somebody becomes a star, and stops being one."""

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import AlreadyJoined, NotActive
from commerce.people import invitations, joining, members, ranks
from commerce.people.joining import Joined
from commerce.people.members import State
from handlers.words import lacking

router = Router()


@router.says("加入", "我要加入", "加入计划", "参加", "加入千星", "加入千星计划", "报名")
@router.taps("join")
def join(ctx: Context) -> Said:
    if ctx.member.state == State.JOINED:
        raise AlreadyJoined(ctx.member.name)
    if ctx.member.state == State.SUSPENDED:
        raise NotActive
    rules = ctx.work.rules.joining
    text = (
        "三句话，看完再决定：\n"
        "1 免费参加，不用囤货，随时可以退出。\n"
        "2 收入来自真实卖出的商品和达标的作品，卖不出就没有。\n"
        "3 你的邀请人和他的邀请人，能看到你的昵称、星级和近 30 天业绩。\n"
        f"需年满 {rules.age} 周岁，未满 {rules.guardian_age} 要监护人同意。\n"
        f"同意[[《计划规则》|{ctx.page('rules')}]]和[[《隐私说明》|{ctx.page('privacy')}]]，"
        "就回复你的昵称。"
    )
    return Ask(text, then=give_nickname, expects="{nickname:text}", choices=("先不加入",))


@router.step
def give_nickname(ctx: Context, nickname: str) -> Said:
    """The nickname is the consent."""
    joined = joining.join(ctx.work, ctx.member, nickname)
    name = ctx.member.name
    if joined.returned:
        return Text(f"欢迎回来，{name}！\n星级和团队都还在。", ("进度", "海报"))
    if joined.inviter is not None and not joined.seated:
        return Text(_seatless(ctx, joined), ("海报", "进度"))
    return Text(_welcome(ctx, joined), ("海报", "交短视频"))


@router.says("我叫{name:text}", "改名{name:text}", "改名", "改昵称", "昵称改成{name:text}")
def rename(ctx: Context, name: str | None = None) -> Said:
    members.need_joined(ctx.member)
    if name is None:
        return Ask("想改成什么昵称？", then=rename, expects="{name:text}", choices=("取消",))
    before = ctx.member.name
    members.rename(ctx.work, ctx.member, name)
    return Text(f"改好了，{before} → {ctx.member.name}。\n新画的邀请卡用新昵称。", ("海报",))


@router.says("邀请码 {token:code}", "我的邀请人是 {token:code}")
def invitation_code(ctx: Context, token: str) -> Said:
    inviter, seated = invitations.redeem(ctx.work, ctx.member, token)
    if ctx.member.state == State.VISITOR:
        return Text(
            f"记下了，是{inviter.name}邀请你来的。\n想参加，回复「加入」。", ("加入", "规则")
        )
    joining.welcome_from(ctx.work, ctx.member, inviter, seated=seated)
    seat = "你在他的团队里了。" if seated else "他的席位满了，你卖货、佣金、升级和别人完全一样。"
    return Text(f"邀请人：{inviter.name}，已确定。\n{seat}", ("进度",))


@router.says("退出", "退出计划", "我要退出")
def leave(ctx: Context) -> Said:
    members.need_joined(ctx.member)
    text = (
        "退出前先知道三件事：\n"
        "1 昵称、微信标识这些个人信息会删除，账目按规定留存。\n"
        "2 没结清的收益照常结，可提现的全部付给你。\n"
        "3 你的席位留着空位，邀请的人不受影响。\n"
        "想清楚了，回复「确认退出」。"
    )
    return Ask(text, then=confirm_leaving, expects="确认退出", choices=("确认退出", "取消"))


@router.step
def confirm_leaving(ctx: Context) -> Said:
    joining.leave(ctx.work, ctx.member)
    return Text("已退出，个人信息正在删除。\n哪天想回来，再回复「加入」就行。")


def _welcome(ctx: Context, joined: Joined) -> str:
    progress = ranks.progress(ctx.work, ctx.member)
    assert progress.next_rank is not None
    todo = "\n".join(f"· {_invited_or(lacking(missing))}" for missing in progress.missing)
    inviter = f"邀请人：{joined.inviter.name}，已确定。\n" if joined.inviter else ""
    return (
        f"欢迎，{ctx.member.name}！你现在是「{progress.rank.label}」，可以推荐好物了。\n"
        f"{inviter}到{progress.next_rank.label}还差：\n{todo}\n"
        "先拿邀请卡，回复「海报」；先发视频，回复「交短视频」。"
    )


def _invited_or(text: str) -> str:
    """「2 人」 alone says nothing: who are they?"""
    return f"{text.removesuffix(' 人')} 位朋友加入" if text.endswith(" 人") else text


def _seatless(ctx: Context, joined: Joined) -> str:
    assert joined.inviter is not None
    seats, name = ctx.work.rules.plan.team.seats, joined.inviter.name
    return (
        f"欢迎，{ctx.member.name}！你是{name}邀请的。\n"
        f"{name}的 {seats} 个席位满了，所以你不进他的团队；"
        f"卖货、佣金、升级和别人完全一样，你也有自己的 {seats} 个席位。\n"
        "下一步：回复「海报」或「进度」。"
    )
