"""Every refusal in one place: the rule, how it stands with you, and the way on."""

from functools import singledispatch

from bot.amounts import BadAmount
from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan
from commerce.rules import Rank
from handlers.assist_refusals import ASSIST_REFUSALS
from handlers.catalogue_refusals import CATALOGUE_REFUSALS
from handlers.group_words import GROUP_REFUSALS
from handlers.hosting_refusals import HOSTING_REFUSALS
from handlers.lottery_refusals import LOTTERY_REFUSALS
from handlers.offer_refusals import OFFER_REFUSALS
from handlers.shipping_refusals import SHIPPING_REFUSALS
from handlers.trust_refusals import TRUST_REFUSALS
from handlers.withdrawal_refusals import WITHDRAWAL_REFUSALS
from handlers.words import moment

ANOTHER_NAME = "换一个，写成「我叫小明」这样发来就行。"  # It works as an answer and on its own.
RECIPIENT = {"name": "姓名", "phone": "手机号", "address": "详细地址"}
VERDICTS = {"approved": "通过", "returned": "退回"}


@singledispatch
def explain(refusal: Exception) -> Text:
    raise AssertionError(f"no words for {type(refusal).__name__}")


@explain.register
def _(refusal: errors.AlreadyJoined) -> Text:
    return Text(
        f"你已经加入了，{refusal.nickname}。\n看还差什么升级，回复「进度」。", ("进度", "海报")
    )


@explain.register
def _(refusal: errors.NotJoined) -> Text:
    return Text("加入后这里会有你的数据。\n现在参加免费，回复「加入」。", ("加入", "规则"))


@explain.register
def _(refusal: errors.NotActive) -> Text:
    return Text("你的账号在核查，暂时不能办这件事。\n想知道原因，回复「人工」。", ("人工",))


@explain.register
def _(refusal: errors.BadNickname) -> Text:
    if refusal.words:
        said = "、".join(f"「{word}」" for word in refusal.words)
        return Text(f"昵称里不能有{said}。\n{ANOTHER_NAME}")
    return Text(f"昵称要 1 到 {refusal.longest} 个字。\n{ANOTHER_NAME}")


@explain.register
def _(refusal: errors.NoSuchCode) -> Text:
    return Text("这个码没对上，可能打错了、用过了或过期了。\n请对方重新给一个。", ("人工",))


@explain.register
def _(refusal: errors.CodeClosed) -> Text:
    return Text(
        f"邀请码要在加入后 {refusal.days} 天内填，你已经过了。\n有特殊情况，回复「人工」。",
        ("人工",),
    )


@explain.register
def _(refusal: errors.InviterFixed) -> Text:
    return Text(
        f"你的邀请人是{refusal.inviter}，谁先邀请算谁的，不能换。\n记错了，回复「人工」。",
        ("人工",),
    )


@explain.register
def _(refusal: errors.InvitesSelf) -> Text:
    return Text("自己不能邀请自己。\n把邀请卡发给朋友，回复「海报」。", ("海报",))


@explain.register
def _(refusal: errors.MakesALoop) -> Text:
    return Text("团队里的人不能反过来当邀请人，没有改动。", ("团队",))


@explain.register
def _(refusal: errors.SeatsFull) -> Text:
    return Text(
        f"{refusal.nickname}的 {refusal.seats} 个席位都满了，没有改动。\n"
        "换一位有空席位的邀请人再试。"
    )


@explain.register
def _(refusal: errors.TooDeep) -> Text:
    return Text(f"这样会排到第 {refusal.tiers} 层以下，没有改动。\n换一位离起点近的邀请人再试。")


@explain.register
def _(refusal: errors.NoSeatOffer) -> Text:
    return Text(
        "现在没有给你留着的席位：还没轮到，或者已经过期、让给了下一位。\n"
        "空出席位会按等的时间问你；卖货、佣金、升级不受影响。",
        ("进度",),
    )


@explain.register
def _(refusal: errors.NoSuchVideo) -> Text:
    return Text(f"没找到编号 V{refusal.number} 的视频，看看编号对不对。")


@explain.register
def _(refusal: errors.VideoRefused) -> Text:
    said = "、".join(f"「{word}」" for word in refusal.words)
    return Text(f"先改一下再交：文案里有{said}，广告不能这么说。\n改好直接再发。", ("交短视频",))


@explain.register
def _(refusal: errors.TooManyVideos) -> Text:
    return Text(
        f"一天最多交 {refusal.limit} 条，今天已经够了。\n明天再交，先看看「进度」。", ("进度",)
    )


@explain.register
def _(refusal: errors.AlreadyReviewed) -> Text:
    verdict = VERDICTS.get(refusal.state, refusal.state)
    at = moment(refusal.reviewed_at)
    return Text(
        f"V{refusal.number} 已被{refusal.reviewer}{verdict}，{at}。你这次没有生效。", ("待审",)
    )


@explain.register
def _(refusal: errors.OwnCase) -> Text:
    return Text("这条是你自己的，自己不能批，请同事来看。", ("待审",))


@explain.register
def _(refusal: errors.NotStaff) -> Text:
    return Text("这件事要相应的岗位才能办。\n需要权限，找管理员要一个新码。")


@explain.register
def _(refusal: errors.NoSuchMember) -> Text:
    return Text(f"没有 {refusal.number} 号成员。先发「查人 昵称」看编号。")


@explain.register
def _(refusal: errors.NoSuchCase) -> Text:
    return Text(f"没有编号 C{refusal.number} 的事项。", ("待审",))


@explain.register
def _(refusal: errors.NoSuchLive) -> Text:
    return Text(f"没找到编号 {refusal.number} 的直播，看看编号对不对。", ("直播",))


@explain.register
def _(refusal: errors.LiveTitleRefused) -> Text:
    if refusal.words:
        said = "、".join(f"「{word}」" for word in refusal.words)
        return Text(f"标题里不能有{said}，广告不能这么说。\n换一个，再发「建直播」。", ("建直播",))
    return Text(f"标题要 1 到 {refusal.longest} 个字。\n换一个，再发「建直播」。", ("建直播",))


@explain.register
def _(refusal: errors.PlannedInThePast) -> Text:
    return Text(
        "开播时间要在现在之后，写成「3月6日 20:00」或「明天 20:00」。\n再发一次「建直播」。",
        ("建直播",),
    )


@explain.register
def _(refusal: errors.NotConfirmed) -> Text:
    return Text("开直播前要先确认一次姓名和年龄。\n回复「建直播」，按提示来就行。", ("建直播",))


@explain.register
def _(refusal: errors.LiveNotStarted) -> Text:
    return Text(
        f"场次 {refusal.number} 还没开播，不用下播。\n要开播，回复「开播 {refusal.number}」。",
        (f"开播 {refusal.number}",),
    )


@explain.register
def _(refusal: errors.LiveIsOver) -> Text:
    return Text(
        f"场次 {refusal.number} 已经结束，不能再开播。\n再播一场，回复「建直播」。", ("建直播",)
    )


@explain.register
def _(refusal: errors.InsufficientBalance) -> Text:
    return Text(
        f"可提现 {show_yuan(refusal.available_fen)} 元，不够 {show_yuan(refusal.asked_fen)} 元。\n"
        "少写一点再试，明细回复「收益」。",
        ("收益",),
    )


@explain.register
def _(refusal: errors.NoSuchProduct) -> Text:
    return Text(f"没找到「{refusal.said}」。\n看看有什么，回复「商品」。", ("商品",))


@explain.register
def _(refusal: errors.NotOnSale) -> Text:
    return Text(f"{refusal.title}现在没有卖。\n看看别的，回复「商品」。", ("商品",))


@explain.register
def _(refusal: errors.NeedsRank) -> Text:
    rank = Rank(refusal.rank).label
    return Text(
        f"{refusal.title}只给{rank}以上的星主，和他们推荐的买家。\n看看别的，回复「商品」。",
        ("商品", "进度"),
    )


@explain.register
def _(refusal: errors.NotYetOnSale) -> Text:
    return Text(f"{refusal.title}{moment(refusal.opens_at)} 开卖，到时再来下单。", ("商品",))


@explain.register
def _(refusal: errors.OfferGone) -> Text:
    return Text(f"「{refusal.title}」的优惠刚被用完。\n再下一次单，按现在的价。", ("商品",))


@explain.register
def _(refusal: errors.SoldOut) -> Text:
    if refusal.left:
        return Text(f"只剩 {refusal.left} 件，不够。\n少买几件再下单就行。", ("商品",))
    return Text("这件卖完了，没有扣钱。\n看看别的，回复「商品」。", ("商品",))


@explain.register
def _(refusal: errors.BadQuantity) -> Text:
    return Text(f"一单 1 到 {refusal.most} 件，写成「下单 3 2 份」这样。", ("商品",))


@explain.register
def _(refusal: errors.BadRecipient) -> Text:
    said = "、".join(RECIPIENT.get(what, what) for what in refusal.missing)
    return Text(
        f"还缺{said}。姓名、手机号和地址写在一条里，比如：\n"
        "阿芳 13800006688 杭州市西湖区文三路 1 号 2 幢 301",
        ("取消",),
    )


@explain.register
def _(refusal: errors.PaymentClosed) -> Text:
    return Text("收款还没开通，现在买不了，不会扣你的钱。\n先看看有什么，回复「商品」。", ("商品",))


@explain.register
def _(refusal: errors.NoSuchOrder) -> Text:
    return Text(f"你没有尾号 {refusal.said} 的订单。\n要看全部，回复「我的订单」。", ("我的订单",))


@explain.register
def _(refusal: errors.TooLateToChange) -> Text:
    if refusal.state == "cancelled":
        return Text(f"订单尾号 {refusal.tail} 已经取消了，没有扣钱。", ("我的订单", "商品"))
    return Text(
        f"订单尾号 {refusal.tail} 已经付款，不能直接改。\n"
        "要退换，回复「售后」；有急事，回复「人工」。",
        ("售后", "人工"),
    )


@explain.register
def _(refusal: errors.CouponsGone) -> Text:
    why = "每人 1 张，你已经领过了。" if refusal.had_one else "这个月的券发完了。"
    return Text(f"{why}\n不用券也能买，回复「商品」。", ("优惠券", "商品"))


@explain.register
def _(refusal: BadAmount) -> Text:
    nearest = tuple(show_yuan(fen) for fen in refusal.nearest)
    perhaps = f"\n是不是 {' 或 '.join(nearest)} 元？" if nearest else ""
    return Text(f"金额没看懂，最小到分，写成 200 或 100.50 这样。{perhaps}")


for _kind, _words in (
    WITHDRAWAL_REFUSALS
    | ASSIST_REFUSALS
    | CATALOGUE_REFUSALS
    | GROUP_REFUSALS
    | HOSTING_REFUSALS
    | LOTTERY_REFUSALS
    | SHIPPING_REFUSALS
    | TRUST_REFUSALS
    | OFFER_REFUSALS
).items():
    explain.register(_kind)(_words)
