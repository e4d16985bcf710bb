"""绑定: one person, several doors."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.people import binding

router = Router()


@router.says("绑定", "绑定账号", "绑定 {code:code}", "绑定码 {code:code}")
def bind(ctx: Context, code: str | None = None) -> Said:
    if code is not None:
        return bound(ctx, code)
    shown = binding.show_code(ctx.work, ctx.member)
    minutes = int(ctx.work.rules.bind_code.valid.total_seconds() // 60)
    return Text(
        f"绑定码 {shown}，{minutes} 分钟内有效。\n"
        f"换到另一个入口或另一个微信号，回复「绑定 {shown}」，两边就合成一个人。\n"
        "码只给自己用，别发给别人。"
    )


def bound(ctx: Context, code: str) -> Said:
    survivor = binding.redeem(ctx.work, ctx.member, code)
    if survivor is None:
        return Text(
            "两边都有团队，或者是上下级，不能自动合并。\n"
            "已转给同事核对，处理好会告诉你；在那之前两边都照常用。",
            ("人工",),
        )
    return Text(
        f"绑好了，两边都是{survivor.name}。\n邀请人和团队以先加入的为准，星级取高的那个。",
        ("进度", "团队"),
    )
