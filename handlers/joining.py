"""加入, 改名, 退出: how somebody becomes a star, and stops being one."""

import re

from bot.context import Context
from bot.phrases import invitation_code
from bot.reply import Ask, Said, Text, as_tuple
from bot.router import Router
from commerce.errors import AlreadyJoined, NotActive
from commerce.people import identities, joining, members, ranks
from commerce.people.joining import Joined
from commerce.people.members import State
from handlers import payout_words
from handlers.binding import redeemed
from handlers.words import lacking

router = Router()

CALLED = re.compile(r"^(?:我叫|叫我|我的昵称是|昵称是|昵称改成|昵称叫|改名)[ :：，,]*(?=\S)")
ASKS = re.compile(r"[?？]|[吗呢]$|^(?:怎么|为什么|什么|我想|我要|我不)")


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
    return _ask_nickname(text)


@router.step
def give_nickname(ctx: Context, nickname: str) -> Said:
    """The nickname is the consent: what sounds like a question is asked back, and a friend's code
    is taken for what it is."""
    if (found := redeemed(ctx, invitation_code(nickname))) is not None:
        return _after_code(ctx, found)
    nickname = CALLED.sub("", nickname)
    if ASKS.search(nickname):
        return _ask_nickname(
            f"「{nickname[:12]}」听着像在问事情，先没当昵称。\n"
            "想多了解，回复「规则」；想好了，直接回复你的昵称。"
        )
    joined = joining.join(ctx.work, ctx.member, nickname)
    name = ctx.member.name
    if ctx.identity.is_erased:
        identities.reopen(ctx.identity, ctx.message.sender)
    if joined.returned:
        kept = f"邀请人还是{joined.inviter.name}，" if joined.inviter else ""
        return Text(f"欢迎回来，{name}！\n{kept}星级和团队都还在。", ("进度", "海报"))
    if joined.inviter is not None and not joined.seated:
        return Text(_seatless(ctx, joined), ("海报", "进度"))
    return Text(_welcome(ctx, joined), ("海报", "交短视频"))


@router.says("我叫{name:text}", "改名{name:text}", "改名", "改昵称", "昵称改成{name:text}")
def rename(ctx: Context, name: str | None = None) -> Said:
    members.need_joined(ctx.member)
    if name is None:
        return Ask("想改成什么昵称？", then=rename, expects="{name:text}", choices=("取消",))
    before = ctx.member.name
    members.rename(ctx.work, ctx.member, CALLED.sub("", name))
    return Text(f"改好了，{before} → {ctx.member.name}。\n之后画的邀请卡用新昵称。", ("海报",))


@router.says("退出", "退出计划", "我要退出")
def leave(ctx: Context) -> Said:
    members.need_joined(ctx.member)
    text = (
        "退出前先知道三件事：\n"
        "1 昵称、微信标识这些个人信息会删除，账目按规定留存。\n"
        "2 没结清的收益照常结，可提现的全部付给你。\n"
        "3 你邀请的人照旧，不会换到别人名下。\n"
        "想清楚了，回复「确认退出」；不退了，回复「取消」。"
    )
    return Ask(text, then=confirm_leaving, expects="确认退出", choices=("确认退出", "取消"))


@router.step
def confirm_leaving(ctx: Context) -> Said:
    joining.leave(ctx.work, ctx.member)
    return Text(
        f"已退出，个人信息正在删除。\n{payout_words.last_payouts(ctx)}"
        "哪天想回来，回复「加入」就行，邀请人和星级还在。",
        ("加入",),
    )


def _ask_nickname(text: str) -> Ask:
    return Ask(text, then=give_nickname, expects="{nickname:text}", choices=("先不加入",))


def _after_code(ctx: Context, found: Said) -> Said:
    """Whose code it was is said; the nickname is still wanted."""
    first = as_tuple(found)[0]
    if ctx.member.is_joined or not isinstance(first, Text):
        return found
    noted = first.text.partition("\n")[0]
    return _ask_nickname(f"{noted}\n现在回复你的昵称，就加入了。")


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
