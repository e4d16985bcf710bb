"""企业微信新朋友: who adds a colleague is greeted once, in 20 seconds; 领券, their first coupon."""

from bot.context import Context
from bot.message import Happening
from bot.reply import Said, Text
from bot.router import Router
from commerce import agenda
from commerce.fen import show_yuan
from commerce.goods import coupons
from commerce.groups import ways
from commerce.people import contacts, identities, invitations
from commerce.people.members import State
from handlers import orders
from handlers.greeting import reserve
from handlers.words import lasting, moment

router = Router()

PAGE = "coupon"


@router.happens(Happening.ADDED)
def meet(ctx: Context) -> Said:
    """The first inviter stays, whoever's code was used now."""
    if not ctx.identity.is_erased:
        identities.reopen(ctx.identity, ctx.message.sender)
        key = f"unionid:{ctx.identity.id}:{ctx.message.id}"
        agenda.plan(ctx.work, "look_up", key=key, identity_id=ctx.identity.id)
    contacts.added(ctx.work, ctx.identity)
    reserve(ctx, ctx.message.scene)
    brand = ctx.work.rules.brand
    lines = [
        "广告",
        f"你好，我是{brand.assistant}{_by_whom(ctx)}。",
        "看直播时间、查订单、办售后，都可以问我。",
        *_gift(ctx),
    ]
    if ctx.member.state == State.VISITOR and _inviter(ctx) is None:
        account = brand.official_account
        lines.append(f"谁邀请了你？到公众号「{account}」发「邀请码」和他的码，就记下了。")
    return Text("\n".join(lines))


@router.says("领券", "领优惠券", "领新人券", "我要领券")
def claim(ctx: Context) -> Said:
    """Once for each person, and for contacts of ours only; everybody hears how they stand."""
    had_one = coupons.of_member(ctx.work, ctx.member) is not None
    if had_one or not contacts.is_contact(ctx.work, ctx.member):
        return orders.coupons(ctx)
    coupon = coupons.issue(ctx.work, ctx.member)
    return Text(
        f"领到了：{coupons.NAME} {show_yuan(coupon.off_fen)} 元，"
        f"满 {show_yuan(coupon.minimum_fen)} 元可用，{moment(coupon.expires_at)} 前有效。\n"
        "下单时自动用上。",
        ("商品", "优惠券"),
    )


def _inviter(ctx: Context) -> str | None:
    inviter = invitations.reserved_inviter(ctx.work, ctx.member)
    return inviter.name if inviter else None


def _by_whom(ctx: Context) -> str:
    """Who is a star already came by themselves, as far as this is concerned."""
    name = _inviter(ctx)
    return f"，{name}推荐你来的" if name else ""


def _gift(ctx: Context) -> list[str]:
    """Nothing is promised that is not there."""
    rule, room = ctx.work.rules.coupons, ways.welcoming(ctx.work)
    often = f"群里每天最多 {ctx.work.rules.chat.group_posts_per_day} 条，随时可退。"
    had_one = coupons.of_member(ctx.work, ctx.member) is not None
    if had_one or not rule.enabled or coupons.left_this_month(ctx.work) < 1:
        return ["进群扫下图。", often] if room else []
    where = "进群领" if room else "领"
    return [
        f"新朋友礼：{where} {show_yuan(rule.off_fen).removesuffix('.00')} 元券，"
        f"满 {show_yuan(rule.minimum_fen)} 元可用，{lasting(rule.valid)}有效，每人 1 张。",
        f"[[领券|{ctx.own_page(PAGE)}]]",
        *(["进群扫下图。", often] if room else []),
    ]
