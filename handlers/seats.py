"""要席位, 不要席位: the answer to whom a freed seat was offered."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.people import seat_offers

router = Router()


@router.says("要席位", "我要席位", "要这个席位", "我要这个席位", "坐进去")
def take_seat(ctx: Context) -> Said:
    inviter = seat_offers.accept(ctx.work, ctx.member)
    return Text(
        f"坐好了，你现在在{inviter.name}的团队里。\n"
        "从下一笔订单起算，之前的订单不变；你的佣金和星级不变。",
        ("进度", "团队"),
    )


@router.says("不要席位", "不要这个席位", "我不要席位", "不坐")
def let_seat_pass(ctx: Context) -> Said:
    inviter = seat_offers.decline(ctx.work, ctx.member)
    return Text(
        f"好，让给下一位。\n邀请人还是{inviter.name}，卖货、佣金、升级都不变；"
        "以后有席位空出来，再按顺序问你。",
        ("进度",),
    )
