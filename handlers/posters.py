"""海报: the invitation card, drawn while the person reads one line."""

from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.groups import ways
from commerce.groups.ways import To
from commerce.people import invitations, members, teams
from handlers.words import day

router = Router()

NAMES = {To.COLLEAGUE: "好友码", To.GROUP: "群码"}


@router.says(
    "海报", "邀请卡", "我的邀请卡", "邀请海报", "我的海报", "生成海报", "二维码", "我的二维码"
)
@router.taps("poster")
def poster(ctx: Context) -> Said:
    invitation = invitations.current(ctx.work, ctx.member)
    invited = teams.invited_count(ctx.work, ctx.member.id)
    held = teams.held_count(ctx.work, ctx.member.id)
    left = ctx.work.rules.plan.team.seats - invited - held
    seats = f"席位还有 {left} 个" if left > 0 else "席位已满，之后加入的朋友不占席位"
    after = (
        f"有效到 {day(invitation.expires_at)}，过期回复「海报」换新的。\n"
        "朋友扫码关注，再回复「加入」，就算你邀请的。\n"
        f"扫不了码，让朋友发「邀请码 {invitation.token}」。\n"
        f"已邀请 {invited} 人，{seats}。"
    )
    return (
        Text("正在画你的邀请卡，几秒就好。"),
        Picture("invite_poster", {"invitation_id": invitation.id}),
        Text(after, ("进度", "团队", "换头像")),
    )


@router.says("好友码", "我的好友码", "企微码", "企业微信码", "加好友码", "企业微信二维码")
def contact_card(ctx: Context) -> Said:
    brand = ctx.work.rules.brand
    return _card(
        ctx,
        To.COLLEAGUE,
        "contact_poster",
        f"朋友扫码加上企业微信里的「{brand.assistant}」，就记下是你推荐的。",
    )


@router.says("群码", "我的群码", "群二维码", "进群码", "邀请进群", "请朋友进群")
def group_card(ctx: Context) -> Said:
    often = f"群里每天最多 {ctx.work.rules.chat.group_posts_per_day} 条，随时可退。"
    return _card(
        ctx,
        To.GROUP,
        "group_poster",
        f"朋友扫码进群，就记下是你推荐的；{often}",
    )


def _card(ctx: Context, leads_to: To, picture: str, what_it_does: str) -> Said:
    """One of the star's codes in WeCom; who comes by it still has to join."""
    invitation = invitations.current(ctx.work, ctx.member)
    name = NAMES[leads_to]
    if not ways.can_lead(ctx.work, leads_to, invitation):
        return Text(f"{name}现在还没有，先用邀请卡，朋友一样算你邀请的。", ("海报",))
    account = ctx.work.rules.brand.official_account
    after = (
        f"{what_it_does}\n"
        f"他再到公众号「{account}」回复「加入」，就算你邀请的。\n"
        f"有效到 {day(invitation.expires_at)}，过期回复「{name}」换新的。"
    )
    return (
        Text(f"正在画你的{name}，几秒就好。"),
        Picture(picture, {"invitation_id": invitation.id}),
        Text(after, ("海报", "进度")),
    )


@router.says("换头像", "我的头像", "用我的微信头像", "海报换头像", "邀请卡放头像")
def avatar(ctx: Context) -> Said:
    members.need_joined(ctx.member)
    return Text(
        f"点[[这里|{ctx.page('avatar')}]]，微信问你同不同意，同意了就用你的微信头像。\n"
        "换好后回复「海报」，新的邀请卡就有头像；不换，卡上是昵称里的一个字。",
        ("海报",),
    )
