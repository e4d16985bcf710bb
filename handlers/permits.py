"""允许通知: the page that asks, and what somebody answered there or in WeChat's own settings."""

from bot.context import Context
from bot.message import Kind
from bot.reply import Said, Silence, Text
from bot.router import Router
from commerce.lives import permits
from commerce.lives.permits import Answer
from commerce.rules import Rules

router = Router()

PAGE = "subscribe"


def offered(rules: Rules) -> tuple[str, ...]:
    """The choice, where the platform has a template to ask with."""
    return ("允许通知",) if rules.templates.ids else ()


@router.says("允许通知", "开启通知", "接收通知")
def allow_notices(ctx: Context) -> Said:
    if not offered(ctx.work.rules):
        return Text("现在不用点，开播和开奖的消息，下次来时先告诉你。", ("直播",))
    return Text(
        f"微信要本人点一次才放行：\n[[点这里允许通知|{ctx.own_page(PAGE)}]]\n"
        "点一次放行一条：开播提醒 1 条，开奖结果 1 条。\n"
        "不点也约好了，没送到的，下次来时先告诉你。",
        ("直播",),
    )


@router.sends(Kind.PERMIT)
def permits_answered(ctx: Context) -> Said:
    """Said to WeChat, not to us: nothing is answered."""
    known = set(ctx.work.rules.templates.ids)
    for said in ctx.message.text.split(","):
        answer, _, template = said.partition(" ")
        if template in known:
            permits.answered(ctx.work, ctx.identity.id, template, Answer(answer))
    return Silence()
