"""领取: a prize gets an address, and is on its way."""

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoPrize
from commerce.fen import show_yuan
from commerce.goods import recipients
from commerce.goods.recipients import Recipient
from commerce.lives import awarding, checking, hosting, lotteries, prizes
from commerce.lives.prizes import Prize, PrizeState, Won
from handlers.shopping import ADDRESS
from handlers.words import hours, moment

router = Router()


@router.says("领取", "领奖", "领取奖品")
@router.taps("claim")
def claim(ctx: Context) -> Said:
    won = _to_claim(ctx)
    if won is None:
        raise NoPrize
    known = recipients.saved(ctx.work, ctx.member.id)
    if won.prize.state == PrizeState.OFFERED and known is None:
        return Ask(
            "奖品寄到哪里？姓名、手机号和地址写在一条里发来，比如：\n"
            f"{ADDRESS}\n"
            f"只用来发货，加密保存。{moment(won.prize.claim_until)} 前有效。",
            then=give_prize_address,
            expects="{address:text}",
            data={"prize": won.prize.id},
            choices=("取消",),
        )
    return _claimed(ctx, won.prize.id, known or Recipient("", "", ""))


@router.step
def give_prize_address(ctx: Context, address: str, prize: int) -> Said:
    recipient = recipients.parse(address)
    recipients.save(ctx.work, ctx.member.id, recipient)
    return _claimed(ctx, prize, recipient)


@router.says("取消中奖 {live:number} {number:number} {reason:text}")
@router.staff
def disqualify(ctx: Context, live: int, number: int, reason: str) -> Said:
    substitute = awarding.disqualify(ctx.work, live, number, reason, by=ctx.member)
    lottery = lotteries.of_live(ctx.work, live)
    assert lottery is not None
    words = f"场次 {live} 的 {number:06d} 取消了，已告诉本人理由。"
    if substitute is None:
        return Text(f"{words}\n后面没有人可以补了，这一份放回货架。", ("待审",))
    next_one = prizes.of_lottery(ctx.work, lottery, limit=1)[0]
    return Text(f"{words}\n按同一次抽奖的顺序，{next_one.number:06d} 补上。", ("待审",))


@router.says("恢复发奖 {live:number}")
@router.staff
def resume_claims(ctx: Context, live: int) -> Said:
    lottery = lotteries.of_live(ctx.work, hosting.find(ctx.work, live).id)
    if lottery is None or not checking.resume(ctx.work, lottery, by=ctx.member):
        return Text(f"场次 {live} 没有暂停发奖。", ("待审",))
    return Text(f"场次 {live} 恢复发奖，领取时间顺延了暂停的时长。", ("待审",))


def _to_claim(ctx: Context) -> Won | None:
    """What waits to be claimed; else what was won last."""
    won = prizes.of_member(ctx.work, ctx.member)
    waiting = [one for one in won if one.prize.state == PrizeState.OFFERED]
    return next(iter(waiting or won), None)


def _claimed(ctx: Context, prize_id: int, recipient: Recipient) -> Text:
    order = prizes.claim(ctx.work, ctx.member, prize_id, recipient)
    to = f"，寄到：{recipients.from_json(order.recipient).masked}" if order.recipient else ""
    tax_fen = ctx.work.session.get_one(Prize, prize_id).tax_fen
    tax = f"个税 {show_yuan(tax_fen)} 元主办方交，你不用付。\n" if tax_fen else ""
    within = hours(ctx.work.rules.orders.ship_within)
    return Text(
        f"领好了{to}。\n{tax}{within}内发货，发货后告诉你单号。",
        ("改地址", "我的订单"),
    )
