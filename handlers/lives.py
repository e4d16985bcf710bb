"""直播预告, 建直播, 开播, 下播, and how far a live's settlement is."""

from datetime import datetime, timedelta

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchLive
from commerce.fen import rate_of
from commerce.lives import hosting, summaries
from commerce.lives.lives import Live, State
from commerce.money import earnings_view
from commerce.money.earnings_view import Progress
from commerce.people import members
from commerce.work import Work
from handlers.hosting import next_step, times_in
from handlers.live_words import span, standing, when
from handlers.words import lasting, moment, show_percent

router = Router()

SHOWN = 3
ENDS = ("下播", "停播", "播完", "结束", "关闭")


@router.says("直播", "直播预告", "直播安排", "看直播", "下一场直播")
@router.taps("lives")
@router.public
def lives(ctx: Context) -> Said:
    found = hosting.upcoming(ctx.work, limit=SHOWN)
    usual = ("商品", "规则") if ctx.member.is_joined else ("加入", "规则")
    if not found:
        return Text("现在没有排好的直播，排好了在这里就能看到。", usual)
    return Text("\n".join(("广告", *(_announced(ctx, live) for live in found))), ("预约", *usual))


def _announced(ctx: Context, live: Live) -> str:
    """「「春日好物专场」3月6日 周五 20:00，主播小明。」, and below it how it stands."""
    host = members.get(ctx.work, live.host_id).name
    at = "正在播" if live.state == State.LIVE else when(live.planned_at)
    stands = standing(ctx.work, live)
    return f"「{live.title}」{at}，主播{host}。" + (f"\n{stands}。" if stands else "")


@router.says("建直播", "建直播 {words:text}", "新建直播", "创建直播", "我要开直播", "开直播")
@router.taps("host_live")
def host_live(ctx: Context, words: str = "") -> Said:
    members.need_joined(ctx.member)
    if not words and any(word in ctx.message.text for word in ENDS):
        return end_live(ctx)
    if not hosting.is_confirmed(ctx.work, ctx.member):
        return Ask(
            "开直播前确认一次，以后不再问：\n"
            "主播要年满 16 周岁，用真实姓名。\n"
            "回复你的真实姓名，就是确认这两条。姓名加密保存，不公开。",
            then=confirm_host,
            expects="{name:text}",
            data={"words": words},
            choices=("取消",),
        )
    if not words:
        return Ask(
            "这场叫什么，几点播？写在一起就行，比如：\n春日好物专场 3月6日 20:00",
            then=host_live,
            expects="{words:text}",
            choices=("取消",),
        )
    found = times_in(words, ctx.work.now)
    return _ask_time(ctx, words) if found is None else _create(ctx, found[2], *found[:2])


@router.step
def confirm_host(ctx: Context, name: str, words: str) -> Said:
    hosting.confirm(ctx.work, ctx.member, name)
    return host_live(ctx, words)


@router.step
def plan_live(ctx: Context, words: str, title: str) -> Said:
    found = times_in(words, ctx.work.now)
    return _ask_time(ctx, title) if found is None else _create(ctx, title, *found[:2])


@router.step
def name_live(ctx: Context, words: str, at: str, until: str | None = None) -> Said:
    ends_at = datetime.fromisoformat(until) if until else None
    return _create(ctx, words, datetime.fromisoformat(at), ends_at)


def _ask_time(ctx: Context, title: str) -> Said:
    title = hosting.checked_title(ctx.work, title)
    return Ask(
        f"「{title}」几点开播？写成「3月6日 20:00」或「明天 20:00」。",
        then=plan_live,
        expects="{words:text}",
        data={"title": title},
        choices=("取消",),
    )


def _create(ctx: Context, title: str, at: datetime, ends_at: datetime | None) -> Said:
    if not title:
        return Ask(
            "这场叫什么？",
            then=name_live,
            expects="{words:text}",
            data={"at": at.isoformat(), "until": ends_at.isoformat() if ends_at else None},
            choices=("取消",),
        )
    live = hosting.create(ctx.work, ctx.member, title, at, ends_at=ends_at)
    latest = lasting(ctx.work.rules.lives.latest_end)
    said, choices = next_step(ctx, live)
    return Text(
        f"建好了，场次 {live.id}：「{live.title}」{span(live)}。\n{said}\n"
        f"播完回复「下播 {live.id}」；忘了下播，开播 {latest}后会自动结束。",
        choices,
    )


@router.says("开播", "开播 {number:number}", "开播了", "现在开播")
def start_live(ctx: Context, number: int | None = None) -> Said:
    members.need_star(ctx.member)
    if number is None:
        return _which(ctx, State.SCHEDULED, "开播")
    is_new = hosting.start(ctx.work, number, by=ctx.member)
    live = hosting.find(ctx.work, number)
    since = moment(live.started_at or ctx.work.now)
    opening = "开播了：" if is_new else "已经在播："
    return Text(
        f"{opening}「{live.title}」，{since} 开始。\n播完回复「下播 {number}」。",
        (f"下播 {number}", "收益"),
    )


@router.says("下播", "下播 {number:number}", "下播了", "我下播了", "播完了")
def end_live(ctx: Context, number: int | None = None) -> Said:
    members.need_star(ctx.member)
    if number is None:
        return _which(ctx, State.LIVE, "下播")
    is_new = hosting.end(ctx.work, number, by=ctx.member)
    live = hosting.find(ctx.work, number)
    opening = "下播了：" if is_new else "之前已经下播："
    return Text(
        f"{opening}「{live.title}」，{moment(live.ended_at or ctx.work.now)} 结束。\n"
        f"{settling(earnings_view.progress(ctx.work, live), ctx.work)}",
        (f"结算 {number}", "收益"),
    )


def _which(ctx: Context, state: State, act: str) -> Said:
    """The only one there is, or a choice."""
    found = hosting.of_host(ctx.work, ctx.member, state)
    if len(found) == 1:
        return (start_live if act == "开播" else end_live)(ctx, found[0].id)
    if not found:
        return Text(f"现在没有可以{act}的直播。\n要建一场，回复「建直播」。", ("建直播", "直播"))
    lines = [f"{live.id} 「{live.title}」{when(live.planned_at)}" for live in found]
    lines = [f"要{act}哪一场？", *lines]
    return Text("\n".join(lines), tuple(f"{act} {live.id}" for live in found[:4]))


@router.says("结算 {number:number}", "结算进度 {number:number}", "结算进度")
def settlement_progress(ctx: Context, number: int | None = None) -> Said:
    members.need_star(ctx.member)
    live = (
        summaries.last_over(ctx.work, ctx.member)
        if number is None
        else hosting.find(ctx.work, number)
    )
    if live is None:
        return Text("你还没有下播的直播，没有要结算的。", ("直播", "收益"))
    if not hosting.may_direct(ctx.work, live, ctx.member):
        raise NoSuchLive(live.id)
    words = settling(earnings_view.progress(ctx.work, live), ctx.work)
    return Text(f"「{live.title}」：\n{words}", ("收益", "直播"))


def settling(found: Progress, work: Work) -> str:
    """「本场 12,480 单，已结算 100%，用时 38 秒。」, or why it is not settled yet."""
    whole = f"本场 {found.orders:,} 单"
    if found.starts_at is None:
        span = lasting(work.rules.settlement.starts_after)
        return f"{whole}，还在播，下播 {span}后开始结算。"
    if not found.runs:
        return f"{whole}，{moment(found.starts_at)} 开始结算，结算好告诉大家。"
    percent = show_percent(rate_of(found.settled, found.orders)) if found.orders else "100"
    if found.took is None:
        return f"{whole}，已结算 {percent}%，正在继续。"
    late = found.orders - found.settled
    more = f"\n还有 {late:,} 单是下播后付款的，过一会儿补结。" if late else ""
    return f"{whole}，已结算 {percent}%，用时{_took(found.took)}。{more}"


def _took(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    if not minutes:
        return f" {seconds} 秒" if seconds else "不到 1 秒"
    return f" {minutes} 分 {seconds} 秒"
