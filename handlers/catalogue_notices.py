"""Words for what the catalogue says unasked."""

from datetime import datetime
from typing import Any

from bot.reply import Text
from commerce.fen import show_yuan
from handlers.words import moment


def coupon_issued(facts: dict[str, Any]) -> Text:
    until = moment(datetime.fromisoformat(facts["until"]))
    return Text(
        f"送你 1 张新人券：{show_yuan(facts['off_fen'])} 元，"
        f"满 {show_yuan(facts['minimum_fen'])} 元可用，{until} 前有效。\n"
        "下单时自动用上；有更低的价就用更低的，券给你留着。",
        ("优惠券", "商品"),
    )


def goods_hidden(facts: dict[str, Any]) -> Text:
    titles = "、".join(facts["titles"])
    more = "等" if facts["count"] > len(facts["titles"]) else ""
    return Text(
        f"供应商{facts['supplier']}的资质过期或不全，{facts['count']} 件商品已自动下架："
        f"{titles}{more}。\n"
        f"资质补齐后，回复「上架 {facts['number']}」这样再上架。",
        (f"上架 {facts['number']}",),
    )


CATALOGUE_NOTICES = (coupon_issued, goods_hidden)
