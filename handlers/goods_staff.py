"""What the staff do with goods in chat: list and hide, give a coupon, name the shop's sharers."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.errors import NoSuchMember
from commerce.goods import catalogue, coupons, shop_names
from commerce.lives import hosting
from commerce.outbox import notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from handlers.words import moment

router = Router()


@router.says("上架 {number:number}")
@router.staff
def publish(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.HOST)
    goods = catalogue.get(ctx.work, number)
    new = catalogue.publish(ctx.work, goods)
    audit.record(ctx.work, ctx.member.id, "publish_product", f"product:{number}")
    said = "上架了" if new else "本来就在架上"
    return Text(f"{said}：{goods.title}。\n要下架，回复「下架 {number}」。", (f"商品 {number}",))


@router.says("下架 {number:number}")
@router.staff
def hide(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.HOST)
    goods = catalogue.get(ctx.work, number)
    was = catalogue.hide(ctx.work, goods)
    audit.record(ctx.work, ctx.member.id, "hide_product", f"product:{number}")
    said = "下架了" if was else "本来就没有上架"
    return Text(
        f"{said}：{goods.title}，之前的订单不变。\n要再上架，回复「上架 {number}」。",
        (f"上架 {number}",),
    )


@router.says("发券 {number:number}")
@router.staff
def give_coupon(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.HOST, Role.REVIEWER)
    member = _member(ctx, number)
    coupon = coupons.issue(ctx.work, member)
    audit.record(ctx.work, ctx.member.id, "issue_coupon", f"member:{member.id}")
    notify(
        ctx.work,
        member.id,
        "coupon_issued",
        key=f"coupon_issued:{coupon.id}",
        off_fen=coupon.off_fen,
        minimum_fen=coupon.minimum_fen,
        until=coupon.expires_at.isoformat(),
    )
    left = coupons.left_this_month(ctx.work)
    return Text(
        f"发给{member.name}了，{moment(coupon.expires_at)} 前有效。\n这个月还能发 {left} 张。"
    )


@router.says("分享员 {name:word} {number:number}")
@router.staff
def name_sharer(ctx: Context, name: str, number: int) -> Said:
    """The shop's sharer of that name is this member: for the orders imported from now on."""
    staff.need_role(ctx.work, ctx.member, Role.HOST)
    member = _member(ctx, number)
    shop_names.name_sharer(ctx.work, name, member)
    audit.record(ctx.work, ctx.member.id, "name_sharer", f"member:{member.id}")
    return Text(
        f"记下了：小店的分享员「{name}」是{member.name}。\n之后导入的订单这样算，之前的不变。"
    )


@router.says("直播间 {name:word} {number:number}")
@router.staff
def name_live(ctx: Context, name: str, number: int) -> Said:
    """What the shop calls this live."""
    staff.need_role(ctx.work, ctx.member, Role.HOST)
    live = hosting.find(ctx.work, number)
    shop_names.name_live(ctx.work, name, live)
    audit.record(ctx.work, ctx.member.id, "name_live", f"live:{live.id}")
    return Text(
        f"记下了：小店的「{name}」是场次 {number}「{live.title}」。\n之后导入的订单这样算。"
    )


def _member(ctx: Context, number: int) -> Member:
    if ctx.work.session.get(Member, number) is None:
        raise NoSuchMember(number)
    return members.get(ctx.work, number)
