"""播放量: a star reports a video's plays, a colleague enters the number; bonuses are released."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.errors import NoSuchVideo, VideoNotApproved
from commerce.fen import show_yuan
from commerce.lives import videos
from commerce.lives.videos import State, Video
from commerce.money import bonuses
from commerce.money.earnings import State as LineState
from commerce.people import members
from commerce.rules import Rank
from commerce.trust import video_review
from handlers.words import day

router = Router()

SHOWN = 4


@router.says("播放量", "我的播放量", "播放量登记", "播放量 {number:video_number}")
@router.says("{number:video_number} 播放量")
@router.taps("report_plays")
def report_plays(ctx: Context, number: int | None = None, video: str | None = None) -> Said:
    members.need_star(ctx.member)
    if number is None and video is not None:
        number = int(video.lstrip("Vv"))
    if number is not None:
        return _report(ctx, _own(ctx, number))
    mine = videos.approved_of(ctx.work, ctx.member, limit=SHOWN)
    if not mine:
        return Text(
            "还没有通过的短视频，通过后再报播放量。\n先交一条，回复「交短视频」。", ("交短视频",)
        )
    if len(mine) == 1:
        return _report(ctx, mine[0])
    lines = [f"V{one.id} 已登记 {one.play_count:,} 次" for one in mine]
    choices = tuple(f"播放量 V{one.id}" for one in mine)
    return Text("要更新哪条视频的播放量？\n" + "\n".join(lines), choices)


def _report(ctx: Context, video: Video) -> Said:
    members.need_joined(ctx.member)
    if video.state != State.APPROVED:
        raise VideoNotApproved(video.id, video.state)
    case = video_review.ask_for_plays(ctx.work, video)
    traffic = _next_tier(ctx, video)
    return Text(
        f"V{video.id} 已登记 {video.play_count:,} 次。{traffic}\n"
        f"要更新，把视频的播放量截图直接发来，同事核对后登记，编号 C{case.id}。\n"
        "登记好告诉你，升级和流量奖励按登记的数算。",
        ("进度", "规则"),
    )


def _next_tier(ctx: Context, video: Video) -> str:
    window = ctx.work.rules.views.traffic_window
    until = video.submitted_at + window
    tiers = ctx.work.rules.plan.traffic.tiers
    following = next((tier for tier in tiers if tier.plays > video.play_count), None)
    if following is None or ctx.work.now > until:
        return ""
    amount = show_yuan(following.reward_fen)
    return f"\n{day(until)} 前到 {following.plays:,} 次，流量奖励共 {amount} 元。"


@router.says("播放 {number:video_number} {plays:number}")
@router.staff
def enter_plays(ctx: Context, number: int, plays: int) -> Said:
    before = videos.find(ctx.work, number).play_count
    video = video_review.enter_plays(ctx.work, number, plays, by=ctx.member)
    maker = members.get(ctx.work, video.member_id)
    if plays < before:
        return Text(
            f"V{number} 之前登记过 {before:,} 次，播放量只增不减，还是 {before:,} 次。", ("待审",)
        )
    return Text(
        f"V{number} 登记 {video.play_count:,} 次（之前 {before:,} 次）。\n"
        f"{maker.name}会收到通知，升级和流量奖励已经重算。",
        ("待审",),
    )


@router.says("放行奖金", "待放行奖金", "放行奖金 {number:number}")
@router.staff
def release_bonus(ctx: Context, number: int | None = None) -> Said:
    if number is not None:
        return _release(ctx, number)
    rows = bonuses.queue(ctx.work, ctx.member, limit=SHOWN)
    if not rows:
        return Text("现在没有等放行的升级奖金。", ("待审",))
    lines = ["等放行的升级奖金："]
    for row in rows:
        owner, rank = members.get(ctx.work, row.member_id), Rank(bonuses.rank_of(row)).label
        until = f"，{day(row.held_until)} 到期" if row.held_until else ""
        lines.append(f"{row.id} {owner.name} 升到{rank}，{show_yuan(row.amount_fen)} 元{until}")
    return Text("\n".join(lines), tuple(f"放行奖金 {row.id}" for row in rows))


def _release(ctx: Context, number: int) -> Text:
    row = bonuses.release(ctx.work, number, by=ctx.member)
    owner = members.get(ctx.work, row.member_id)
    if row.state == LineState.VOID:
        return Text(f"{owner.name}的两个账号合并过，这个星级的奖金只发一次，{number} 作废了。")
    assert row.held_until is not None
    return Text(
        f"已放行：{owner.name} {show_yuan(row.amount_fen)} 元，"
        f"{day(max(row.held_until, ctx.work.now))} 转为可提现。\n"
        f"已记录：{ctx.member.name}。",
        ("放行奖金",),
    )


def _own(ctx: Context, number: int) -> Video:
    video = videos.find(ctx.work, number)
    if members.get(ctx.work, video.member_id).id != ctx.member.id:
        raise NoSuchVideo(number)
    return video
