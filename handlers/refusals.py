"""Every refusal in one place: the rule, how it stands with you, and the way on."""

from functools import singledispatch

from bot.amounts import BadAmount
from bot.reply import Text
from commerce import errors
from commerce.fen import show_yuan
from handlers.words import moment

ANOTHER_NAME = "换一个，写成「我叫小明」这样发来就行。"  # It works as an answer and on its own.
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
def _(refusal: BadAmount) -> Text:
    nearest = tuple(show_yuan(fen) for fen in refusal.nearest)
    perhaps = f"\n是不是 {' 或 '.join(nearest)} 元？" if nearest else ""
    return Text(f"金额没看懂，最小到分，写成 200 或 100.50 这样。{perhaps}")
