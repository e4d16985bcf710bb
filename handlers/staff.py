"""What the staff do in chat. To everybody else these words do not exist."""

from datetime import timedelta

from bot.context import Context
from bot.message import Channel
from bot.reply import Ask, Said, Text, Video
from bot.router import Router
from commerce.errors import NoSuchMember, OwnCase
from commerce.lives import videos
from commerce.lives.videos import State
from commerce.lives.videos import Video as Submitted
from commerce.outbox import notify
from commerce.people import audit, joining, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust import after_sales, cases, live_review, records, video_review
from commerce.trust.cases import Case
from handlers.words import day, moment

router = Router()

KINDS = {
    "human": "找人工",
    "appeal": "申诉",
    "merge": "合并账号",
    "debt": "待抵扣偏高",
    "payment": "对账",
    "unshipped": "没发货",
    "plays": "播放量",
    "draw": "抽奖核对",
}
SHOWN, SHOWN_LIVES, SHOWN_CASES = 4, 2, 3
MEDIA_KEPT = timedelta(days=3)
"""The platform keeps what people send for three days."""
GONE = "直接发来的视频，微信只留 3 天，现在看不了；可以退回，请他重发。"
VERDICTS = {State.WAITING: "等待审核", State.APPROVED: "已通过", State.RETURNED: "已退回"}


@router.says("待审", "待审视频", "待审列表")
@router.staff
def queue(ctx: Context) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    lives, lives_total = live_review.waiting(ctx.work, limit=SHOWN_LIVES)
    waiting, total = videos.waiting(ctx.work, limit=SHOWN - len(lives))
    open_cases, cases_total = cases.open_cases(ctx.work, limit=SHOWN_CASES)
    others, doors = _other_queues(ctx)
    if not total and not cases_total and not lives_total and not others:
        return Text("现在没有待审的，都处理完了。")
    shows = f"直播 {lives_total} 场，" if lives_total else ""
    lines = [f"待审{shows}视频 {total} 条，待办 {cases_total} 件{others}："]
    for live in lives:
        host = members.get(ctx.work, live.host_id)
        lines.append(f"L{live.id} 「{live.title}」{host.name}，{moment(live.planned_at)} 开播")
    for video in waiting:
        maker = members.get(ctx.work, video.member_id)
        lines.append(f"V{video.id} {maker.name}，最晚 {moment(video.answer_by)}")
    lines += [f"C{case.id} {_about(ctx, case)}" for case in open_cases]
    looks = [f"看 L{live.id}" for live in lives] + [f"看 V{video.id}" for video in waiting]
    looks += [f"看 C{case.id}" for case in open_cases]
    return Text("\n".join(lines), (*doors, *looks)[:4])


def _other_queues(ctx: Context) -> tuple[str, tuple[str, ...]]:
    """How many wait in the queues that have words of their own, and those words."""
    _, sales = after_sales.queue(ctx.work, ctx.member, limit=0)
    _, holds = records.queue(ctx.work, ctx.member, limit=0)
    said = (f"，售后 {sales} 件" if sales else "") + (f"，核查 {holds} 单" if holds else "")
    doors = (("待审售后",) if sales else ()) + (("待审风控",) if holds else ())
    return said, doors


@router.says("看 {number:video_number}")
@router.staff
def look_at_video(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    video = videos.find(ctx.work, number)
    maker = members.get(ctx.work, video.member_id)
    source, shown = _source(ctx, video)
    lines = [
        f"V{number} {maker.name}，{Rank(maker.rank).label}",
        f"{moment(video.submitted_at)} 提交，{VERDICTS[State(video.state)]}",
        source,
    ]
    if video.state != State.WAITING:
        return Text("\n".join(lines), ("待审",)), *shown
    lines.append("核对三点：计划里的商品、画面有「广告」、没有违禁词。")
    return Text("\n".join(lines), (f"通过 V{number}", f"退回 V{number}", "待审")), *shown


def _source(ctx: Context, video: Submitted) -> tuple[str, tuple[Video, ...]]:
    """Where it is seen, in words, and the video itself where this door can show it."""
    if video.media is None:
        return video.source, ()
    if video.submitted_at + MEDIA_KEPT <= ctx.work.now:
        return GONE, ()
    if ctx.message.channel != Channel.OFFICIAL:
        return "直接发来的视频，在公众号里回复同样的话就能看", ()
    return "直接发来的视频，在下面", (Video(*video.media, otherwise=f"V{video.id}：{GONE}"),)


@router.says("通过 {number:video_number}", "批准 {number:video_number}")
@router.staff
def approve_video(ctx: Context, number: int) -> Said:
    video = video_review.approve(ctx.work, number, by=ctx.member)
    maker = members.get(ctx.work, video.member_id)
    return Text(
        f"已通过 V{number}。\n{maker.name}会收到通知。\n"
        f"已记录：{ctx.member.name}，{moment(ctx.work.now)}。{_left(ctx)}",
        ("待审",),
    )


@router.says("退回 {number:video_number} {reason:text}", "退回 {number:video_number}")
@router.staff
def return_video(ctx: Context, number: int, reason: str = "") -> Said:
    if not reason:
        return _ask_reason(ctx, number)
    video = video_review.send_back(ctx.work, number, by=ctx.member, reason=reason)
    maker = members.get(ctx.work, video.member_id)
    return Text(f"已退回 V{number}，理由会原样发给{maker.name}。{_left(ctx)}", ("待审",))


def _ask_reason(ctx: Context, number: int) -> Said:
    """Only where a verdict is still to be given: a question nobody can answer would stay open."""
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    video = videos.find(ctx.work, number)
    if video.member_id == ctx.member.id:
        raise OwnCase
    if video.state != State.WAITING:
        return look_at_video(ctx, number)
    return Ask(
        f"写一句理由，{members.get(ctx.work, video.member_id).name}会原样看到：",
        then=return_video,
        expects="{reason:text}",
        data={"number": number},
        choices=("取消",),
    )


@router.says("看 C{number:number}")
@router.staff
def look_at_case(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    case = cases.find(ctx.work, number)
    state = f"{moment(case.closed_at)} 已结" if case.closed_at else "未结"
    answer = f"回复他：「回复 C{number} 内容」；" if case.member_id is not None else ""
    return Text(
        f"C{number} {_about(ctx, case)}，{state}\n{case.words}\n{answer}办完：「结案 C{number}」。",
        (f"结案 C{number}", "待审"),
    )


@router.says("回复 C{number:number} {words:text}")
@router.staff
def answer_case(ctx: Context, number: int, words: str) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    case = cases.find(ctx.work, number)
    if case.member_id is None:
        return Text(
            f"C{number} 不属于哪位成员，没有人可以回复。\n办完了，回复「结案 C{number}」。",
            (f"结案 C{number}", "待审"),
        )
    to = members.get(ctx.work, case.member_id)
    notify(ctx.work, to.id, "case_answered", key=f"answer:{ctx.message.id}", words=words[:500])
    audit.record(ctx.work, ctx.member.id, "answer_case", f"case:{number}")
    return Text(f"发给{to.name}了。", (f"结案 C{number}", "待审"))


@router.says("结案 C{number:number}")
@router.staff
def close_case(ctx: Context, number: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    closed = cases.close(ctx.work, cases.find(ctx.work, number), by=ctx.member.id)
    return Text(f"C{number} 已结案。" if closed else f"C{number} 之前已经结案了。", ("待审",))


@router.says("查人 {name:text}")
@router.staff
def find_people(ctx: Context, name: str) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.REVIEWER)
    found = members.named(ctx.work, name)
    if not found:
        return Text(f"没有叫「{name}」的成员。昵称要写全。")
    return Text("\n".join(_person(ctx, member) for member in found))


@router.says("改邀请人 {number:number} {inviter:number}")
@router.staff
def correct_inviter(ctx: Context, number: int, inviter: int) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.ADMIN)
    member, target = _member(ctx, number), _member(ctx, inviter)
    joining.correct_inviter(ctx.work, member, target, by=ctx.member)
    for told, about in ((member, target), (target, member)):
        key = f"corrected:{member.id}:{target.id}:{told.id}:{ctx.message.id}"
        notify(ctx.work, told.id, "inviter_corrected", key=key, other=about.name, up=told is member)
    return Text(
        f"改好了：{member.name}的邀请人现在是{target.name}。\n"
        "从下一笔订单起算，之前的订单不变；两边都已通知，已记录。"
    )


def _member(ctx: Context, number: int) -> Member:
    if ctx.work.session.get(Member, number) is None:
        raise NoSuchMember(number)
    return members.get(ctx.work, number)


def _person(ctx: Context, member: Member) -> str:
    since = f"{day(member.joined_at)} 加入" if member.joined_at else "还没加入"
    inviter = members.get(ctx.work, member.inviter_id).name if member.inviter_id else "没有"
    return f"{member.id} {member.name}，{Rank(member.rank).label}，{since}，邀请人{inviter}"


def _about(ctx: Context, case: Case) -> str:
    if case.member_id is None:
        return f"{KINDS[case.kind]}，不属于哪位成员"
    return f"{members.get(ctx.work, case.member_id).name}，{KINDS[case.kind]}"


def _left(ctx: Context) -> str:
    _, total = videos.waiting(ctx.work, limit=1)
    return f"\n还有 {total} 条待审。" if total else "\n待审都处理完了。"
