"""Words for what the house says unasked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.reply import Text
from commerce.rules import Rank
from handlers.assist_notices import ASSIST_NOTICES
from handlers.board_notices import BOARD_NOTICES
from handlers.catalogue_notices import CATALOGUE_NOTICES
from handlers.earnings_notices import EARNINGS_NOTICES
from handlers.group_words import GROUP_NOTICES
from handlers.hosting_notices import HOSTING_NOTICES
from handlers.live_notices import LIVE_NOTICES
from handlers.order_notices import ORDER_NOTICES
from handlers.prize_notices import PRIZE_NOTICES
from handlers.trust_notices import TRUST_NOTICES
from handlers.withdrawal_notices import WITHDRAWAL_NOTICES
from handlers.words import lasting, moment

Words = Callable[[dict[str, Any]], Text]


def tell(notice: str, facts: dict[str, Any]) -> Text:
    """The words of a notice. KeyError for one that has none: a test says so first."""
    return NOTICES[notice](facts)


def friend_joined(facts: dict[str, Any]) -> Text:
    friend, seats, invited = facts["friend"], facts["seats"], facts["invited"]
    if not facts["seated"]:
        return Text(
            f"{friend}加入了。你的 {seats} 个席位已满，这位朋友不占席位。\n"
            "没走别人的推广链接买东西时，算你推荐；这位朋友卖的货不算团队奖励。",
            ("团队",),
        )
    left = f"席位还有 {seats - invited} 个。" if invited < seats else "席位已满。"
    return Text(f"{friend}加入了，是你邀请的。\n已邀请 {invited} 人，{left}", ("进度", "团队"))


def promoted(facts: dict[str, Any]) -> Text:
    rank = Rank(facts["rank"])
    lines = [f"🎉 你升到「{rank.label}」了！"]
    if rank is Rank.ONE_STAR:
        lines.append("从下一笔订单起，团队奖励开始计算，规则回复「规则」。")
    if rank is not max(Rank):
        lines.append(f"下一级「{Rank(rank + 1).label}」还差什么，回复「进度」。")
    return Text("\n".join(lines), ("进度", "规则"))


def video_approved(facts: dict[str, Any]) -> Text:
    return Text(
        f"视频 V{facts['video']} 通过了，算 1 条带货短视频。\n离升级还差什么，回复「进度」。",
        ("进度",),
    )


def video_returned(facts: dict[str, Any]) -> Text:
    return Text(
        f"视频 V{facts['video']} 先退回：{facts['reason']}\n"
        "改好直接再发，已邀请的人不受影响。\n"
        f"觉得判错了，回复「申诉 V{facts['video']}」。",
        ("交短视频", f"申诉 V{facts['video']}"),
    )


def case_opened(facts: dict[str, Any]) -> Text:
    return Text(f"有一件新的待办，编号 C{facts['case']}。", (f"看 C{facts['case']}", "待审"))


def case_answered(facts: dict[str, Any]) -> Text:
    return Text(f"同事回复你：\n{facts['words']}\n还有问题，回复「人工」。", ("人工",))


def inviter_corrected(facts: dict[str, Any]) -> Text:
    if facts["up"]:
        words = f"你的邀请人更正为{facts['other']}。"
    else:
        words = f"{facts['other']}的邀请人更正为你。"
    return Text(f"{words}\n从下一笔订单起算，之前的订单不变。有疑问，回复「人工」。", ("团队",))


def became_root(facts: dict[str, Any]) -> Text:
    if facts["own"]:
        words = f"你现在自己带一个团队，和{facts['other']}的团队分开算。"
    else:
        words = f"{facts['other']}升级后自己带一个团队，和你的团队分开算，席位还在。"
    return Text(f"{words}\n从下一笔订单起算，之前的订单不变。", ("团队", "规则"))


def seat_idle(facts: dict[str, Any]) -> Text:
    until = moment(datetime.fromisoformat(facts["until"]))
    idle = f"{lasting(timedelta(seconds=facts['idle_s']))}没有通过的短视频，也没有成交"
    if facts["own"]:
        return Text(
            f"你在{facts['other']}团队的席位，{idle}。\n"
            f"{until} 前有 1 条短视频通过，或卖出 1 单，席位就留着。\n"
            "到时还没有，席位会空出来，先问等得最久的朋友；"
            "邀请人、星级、佣金和你自己的团队都不变。",
            ("交短视频", "进度"),
        )
    return Text(
        f"{facts['other']}坐的席位，{idle}，已经提醒本人。\n"
        f"{until} 前有 1 条短视频通过，或卖出 1 单，席位就留着；"
        "不然空出来，先问等得最久的朋友。\n"
        "陪着发 1 条带货短视频最管用。",
        ("团队",),
    )


def seat_released(facts: dict[str, Any]) -> Text:
    if facts["own"]:
        return Text(
            f"你在{facts['other']}团队的席位空出来了，之前提醒过。\n"
            f"邀请人还是{facts['other']}，星级、佣金和你自己的团队都不变，之前的订单照原来的算。\n"
            "以后有席位空出来，按等的时间问你。",
            ("进度", "交短视频"),
        )
    return Text(
        f"{facts['other']}坐的席位空出来了，之前的订单照原来的算。\n"
        "先问等得最久的朋友，没人要，就留给新加入的朋友。",
        ("团队",),
    )


def seat_offered(facts: dict[str, Any]) -> Text:
    until = moment(datetime.fromisoformat(facts["until"]))
    return Text(
        f"{facts['other']}的团队空出 1 个席位，你等得最久，先问你。\n"
        "坐进去后，从下一笔订单起你卖的也算团队业绩；你的佣金和星级不变。\n"
        f"{until} 前回复「要席位」；不想坐，回复「不要席位」，让给下一位。",
        ("要席位", "不要席位"),
    )


def seat_accepted(facts: dict[str, Any]) -> Text:
    return Text(
        f"{facts['friend']}坐进了你空出的席位。\n"
        f"现在 {facts['invited']} / {facts['seats']} 个席位有人，从下一笔订单起算团队业绩。",
        ("团队", "进度"),
    )


NOTICES: dict[str, Words] = {
    words.__name__: words
    for words in (
        friend_joined,
        promoted,
        video_approved,
        video_returned,
        case_opened,
        case_answered,
        inviter_corrected,
        became_root,
        seat_idle,
        seat_released,
        seat_offered,
        seat_accepted,
        *ASSIST_NOTICES,
        *BOARD_NOTICES,
        *CATALOGUE_NOTICES,
        *EARNINGS_NOTICES,
        *HOSTING_NOTICES,
        *LIVE_NOTICES,
        *ORDER_NOTICES,
        *PRIZE_NOTICES,
        *TRUST_NOTICES,
        *GROUP_NOTICES,
        *WITHDRAWAL_NOTICES,
    )
}
