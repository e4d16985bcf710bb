"""Words for what the planning of a live refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.reply import Text
from commerce import errors
from handlers.words import lasting

LACKING = {"goods": "商品", "script": "话术"}


def live_not_approved(refusal: errors.LiveNotApproved) -> Text:
    number = refusal.number
    if refusal.missing:
        said = "和".join(LACKING.get(what, what) for what in refusal.missing)
        return Text(
            f"场次 {number} 还不能开播，差{said}。\n"
            f"选商品回复「直播商品 {number} 3 5」，写话术回复「直播话术 {number}」；"
            "同事看过就能开播。",
            (f"直播商品 {number}", f"直播话术 {number}"),
        )
    if refusal.sent_back:
        return Text(
            f"场次 {number} 还不能开播，上次退回：{refusal.sent_back}\n"
            f"改好标题、商品或话术，会再交给同事看，回复「改直播 {number}」。",
            (f"改直播 {number}", f"直播话术 {number}"),
        )
    return Text(
        f"场次 {number} 还不能开播，同事正在看，通过了马上告诉你。\n着急，回复「人工」。", ("人工",)
    )


def live_reviewed(refusal: errors.LiveReviewed) -> Text:
    number = refusal.number
    return Text(f"L{number} 现在没有要审的。\n看看怎么样了，回复「看 L{number}」。", ("待审",))


def live_cancelled(refusal: errors.LiveCancelled) -> Text:
    return Text(
        f"场次 {refusal.number} 已经取消了，不能再开播或修改。\n再播一场，回复「建直播」。",
        ("建直播", "直播"),
    )


def live_has_started(refusal: errors.LiveHasStarted) -> Text:
    number = refusal.number
    return Text(
        f"场次 {number} 已经开播过，标题、时间、商品和话术不能再改，也不能取消。\n"
        f"要结束，回复「下播 {number}」。",
        (f"下播 {number}",),
    )


def live_text_refused(refusal: errors.LiveTextRefused) -> Text:
    if refusal.words:
        said = "、".join(f"「{word}」" for word in refusal.words)
        return Text(f"先改一下：里面有{said}，广告不能这么说。\n改好再发一次。", ("我的直播",))
    return Text(f"要写 1 到 {refusal.longest} 个字。\n改短一点再发一次。", ("我的直播",))


def live_too_long(refusal: errors.LiveTooLong) -> Text:
    most = lasting(timedelta(seconds=refusal.latest_s))
    return Text(
        f"下播时间要在开播之后，一场最多 {most}。\n写成「3月6日 20:00-22:00」再发一次。",
        ("我的直播",),
    )


def too_many_goods(refusal: errors.TooManyGoods) -> Text:
    return Text(f"一场最多 {refusal.most} 件商品，减几件再发一次。", ("我的直播",))


def not_in_live(refusal: errors.NotInLive) -> Text:
    numbers = " ".join(str(one) for one in (*refusal.goods[:15], refusal.product_id))
    way = f"直播商品 {refusal.number} {numbers}"
    return Text(
        f"商品 {refusal.product_id} 不在场次 {refusal.number} 的商品里。\n"
        f"先加进去，回复「{way}」，再设一次。",
        (way,),
    )


HOSTING_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.LiveNotApproved: live_not_approved,
    errors.LiveReviewed: live_reviewed,
    errors.LiveCancelled: live_cancelled,
    errors.LiveHasStarted: live_has_started,
    errors.LiveTextRefused: live_text_refused,
    errors.LiveTooLong: live_too_long,
    errors.TooManyGoods: too_many_goods,
    errors.NotInLive: not_in_live,
}
