"""Words for what becomes of a card: somebody came, it is unlocked, the live ended first."""

from datetime import datetime, timedelta
from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan
from commerce.outbox import SHANGHAI
from handlers.words import lasting, moment


def assist_helped(facts: dict[str, Any]) -> Text:
    helped, friends = facts["helped"], facts["friends"]
    return Text(
        f"来了 1 位朋友：{helped} / {friends}，还差 {friends - helped} 位。", ("助力", "进直播间")
    )


def assist_unlocked(facts: dict[str, Any]) -> Text:
    price = f"{show_yuan(facts['unit_fen'])} 元"
    lines = [
        f"{facts['helped']} / {facts['friends']}，解锁了！{facts['product']} {price}，限 1 份。"
    ]
    if facts["until"] is None:
        lines.append(f"现在没货，有人没付款会空出来；有货就是 {price}，到下播为止。")
    else:
        until = datetime.fromisoformat(facts["until"]).astimezone(SHANGHAI)
        held = lasting(timedelta(seconds=facts["held_s"]))
        lines.append(f"货留 {held}，到 {until:%H:%M}；之后有货仍是 {price}，到下播为止。")
    return Text("\n".join(lines), (f"{price}下单",))


def assist_over(facts: dict[str, Any]) -> Text:
    following = facts["next_at"]
    following = f"，下一场 {moment(datetime.fromisoformat(following))}" if following else ""
    return Text(
        f"下播了，停在 {facts['helped']} / {facts['friends']}，这次没解锁。\n"
        f"{facts['product']} {show_yuan(facts['price_fen'])} 元仍可以买{following}。",
        ("预约", "商品") if following else ("商品",),
    )


ASSIST_NOTICES = (assist_helped, assist_unlocked, assist_over)
