"""Somebody comes, comes back, scans a card, or goes."""

from bot.context import Context
from bot.message import Happening
from bot.reply import Said, Silence, Text
from bot.router import Router
from commerce import agenda
from commerce.goods import shares, touches
from commerce.lives import assists
from commerce.people import contacts, identities, invitations, joining, members
from commerce.people.members import Member, State
from handlers.assists import come
from handlers.share import welcome

router = Router()


@router.happens(Happening.FOLLOWED)
def greet(ctx: Context) -> Said:
    """A new follower hears what the poster promised; an old friend is greeted as one."""
    if not ctx.identity.is_erased:
        identities.reopen(ctx.identity, ctx.message.sender)
        key = f"unionid:{ctx.identity.id}:{ctx.message.id}"
        agenda.plan(ctx.work, "look_up", key=key, identity_id=ctx.identity.id)
    shared = shares.of_scene(ctx.work, ctx.message.scene)
    if shared is not None:
        return welcome(ctx, shared)
    card = assists.of_scene(ctx.work, ctx.message.scene)
    if card is not None:
        return come(ctx, card)
    if ctx.member.state != State.VISITOR:
        return _welcome_back(ctx)
    invalid = not reserve(ctx, ctx.message.scene)
    carded = ctx.message.scene.startswith((invitations.SCENE, shares.SCENE))
    return _introduce(ctx, invalid=invalid and carded)


@router.scans("inv_{token:code}")
def scan_card(ctx: Context, token: str) -> Said:
    """Somebody who follows already scans an invitation."""
    if ctx.member.state == State.VISITOR:
        return _introduce(ctx, invalid=not reserve(ctx, ctx.message.text))
    inviter = invitations.inviter_of(ctx.work, token)
    if inviter is not None:
        touches.touch(ctx.work, ctx.member, inviter)
    if inviter is not None and inviter.id == ctx.member.id:
        return Text("这是你自己的邀请卡，发给朋友，让朋友扫。", ("进度", "团队"))
    if inviter is not None and ctx.member.is_joined and ctx.member.inviter_id is None:
        return _too_late(ctx, token)
    return _welcome_back(ctx)


@router.happens(Happening.LEFT)
def say_goodbye(ctx: Context) -> Said:
    """Unfollowed: the door is shut, the person and what they have stay."""
    ctx.identity.is_open = False
    contacts.lost(ctx.work, ctx.identity)
    return Silence()


@router.happens(Happening.WITHDREW_CONSENT)
def forget(ctx: Context) -> Said:
    """WeChat says that the person took back the consent: as if they had left."""
    joining.leave(ctx.work, ctx.member)
    return Silence()


def reserve(ctx: Context, scene: str) -> bool:
    """Remember by whose card they came. False: this card stands for nobody any more."""
    token = scene.removeprefix(invitations.SCENE)
    inviter = invitations.inviter_of(ctx.work, token) if token != scene else None
    if inviter is not None:
        invitations.reserve(ctx.work, ctx.member, inviter)
        touches.touch(ctx.work, ctx.member, inviter)
    return inviter is not None


def _introduce(ctx: Context, *, invalid: bool = False) -> Text:
    brand = ctx.work.rules.brand.name
    inviter = invitations.reserved_inviter(ctx.work, ctx.member)
    lines = [
        f"你好，欢迎来到{brand}。",
        *_by_whom(inviter, invalid),
        "这里可以推荐好物、预约直播、买直播价。",
        "参加免费，不用买东西。",
        "想参加，回复「加入」；先逛逛，回复「直播」。",
    ]
    return Text("\n".join(lines), ("加入", "直播", "规则"))


def _by_whom(inviter: Member | None, invalid: bool) -> list[str]:
    if inviter is not None:
        return [f"是{inviter.name}邀请你来的。"]
    if invalid:
        return ["你扫的邀请卡失效了，没记下邀请人；请朋友回复「海报」换张新的再扫。"]
    return []


def _too_late(ctx: Context, token: str) -> Text:
    """Scans after joining change nothing; a code may still be typed for some days."""
    days = ctx.work.rules.joining.code_window.days
    return Text(
        f"你已经加入，扫码不会改邀请人。\n加入 {days} 天内可以补填：回复「邀请码 {token}」。",
        (f"邀请码 {token}", "进度"),
    )


def _welcome_back(ctx: Context) -> Text:
    member = ctx.member
    if member.state == State.LEFT:
        return Text("欢迎回来。\n你之前退出了计划，想再参加，回复「加入」。", ("加入", "规则"))
    if member.state == State.SUSPENDED:
        return Text(f"欢迎回来，{member.name}。\n你的账号在核查，有疑问回复「人工」。", ("人工",))
    return Text(f"欢迎回来，{member.name}。\n{_kept(ctx, member)}", ("进度", "团队", "海报"))


def _kept(ctx: Context, member: Member) -> str:
    if member.inviter_id is None:
        return "进度和团队都还在。"
    return f"邀请人还是{members.get(ctx.work, member.inviter_id).name}，进度和团队都还在。"
