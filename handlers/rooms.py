"""进直播间: the way into the room of a live that is on the air, for this person."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.lives import assists, hosting
from commerce.lives.lives import State
from handlers.live_words import standing
from handlers.lives import SHOWN, lives

router = Router()

PAGE = "live"


@router.says("进直播间", "去直播间", "进入直播间", "直播间")
def enter_room(ctx: Context) -> Said:
    coming = hosting.upcoming(ctx.work, limit=SHOWN)
    on_air = [live for live in coming if live.state == State.LIVE]
    if not on_air:
        return lives(ctx)
    lines = ["广告 · 含推广链接"]
    for live in on_air:
        link = ctx.own_page(PAGE, about=live.id)
        lines.append(f"「{live.title}」正在播，[[进直播间|{link}]]")
        stands = standing(ctx.work, live)
        lines += [f"{stands}。"] if stands else []
    lines.append("看中了，回来回复「下单」加商品号。")
    unlocks = any(assists.promised(ctx.work, live) for live in on_air)
    return Text("\n".join(lines), ("商品", "助力") if unlocks else ("商品",))
