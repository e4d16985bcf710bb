"""预约, 取消预约, 预约海报: the rules first, then a number that stays."""

from bot.arguments import NEXT_LIVE
from bot.context import Context
from bot.reply import Ask, Picture, Said, Text
from bot.router import Router
from commerce.errors import BookingClosed, NoSuchLive
from commerce.fen import show_yuan
from commerce.goods import shares
from commerce.lives import bookings, hosting, lotteries
from commerce.lives.bookings import Booking
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import Lottery
from handlers import permits
from handlers.live_words import when
from handlers.words import day, hours, lasting, moment

router = Router()

LOOKED_AT = 5  # lives


@router.says("预约", "我要预约", "预约直播", "预约 {live:number}")
@router.taps("book")
def book(ctx: Context, live: str | int | None = None) -> Said:
    found = _to_book(ctx, live)
    if found is None:
        return Text("现在没有可以预约的直播，排好了回复「预约」就行。", ("直播", "商品"))
    booking = bookings.of(ctx.work, ctx.member, found)
    return rules_of(ctx, found) if booking is None else _has_booked(found, booking)


@router.step
def confirm_booking(ctx: Context, live: int) -> Said:
    found = hosting.find(ctx.work, live)
    booking = bookings.of(ctx.work, ctx.member, found)
    if booking is not None:
        return _has_booked(found, booking)
    booking = bookings.book(ctx.work, ctx.member, found)
    allow = permits.offered(ctx.work.rules)
    asked = "\n想收到开播和开奖提醒，点「允许通知」。" if allow else ""
    return Text(
        f"约好了，你的预约号 {booking.shown}。\n{_so_far(ctx, found)}{asked}",
        (*allow, "预约海报", "取消预约"),
    )


@router.says("取消预约", "取消预约 {live:number}")
@router.taps("unbook")
def unbook(ctx: Context, live: str | int | None = None) -> Said:
    if live is not None:
        return _cancelled(ctx, hosting.find(ctx.work, _number(live)))
    booked = [one for _, one in bookings.of_member(ctx.work, ctx.member, limit=LOOKED_AT)]
    coming = [one for one in booked if one.state == State.SCHEDULED]
    if not coming and booked:
        raise BookingClosed(booked[0].id, booked[0].title, booked[0].state)
    if not coming:
        return Text("你现在没有预约，不用取消。\n看看有什么，回复「直播」。", ("直播", "预约"))
    if len(coming) == 1:
        return _cancelled(ctx, coming[0])
    lines = [f"{one.id} 「{one.title}」{when(one.planned_at)}" for one in coming]
    choices = tuple(f"取消预约 {one.id}" for one in coming)
    return Text("\n".join(("要取消哪一场？", *lines)), choices)


@router.says("预约海报", "预约海报 {live:number}")
def booking_poster(ctx: Context, live: str | int | None = None) -> Said:
    booked = [one for _, one in bookings.of_member(ctx.work, ctx.member, limit=LOOKED_AT)]
    coming = next((one for one in booked if one.state == State.SCHEDULED), None)
    found = _to_book(ctx, live) if live is not None or coming is None else coming
    if found is None:
        return Text("现在没有可以预约的直播，排好了回复「预约」就行。", ("直播", "商品"))
    made = shares.for_anybody(ctx.work, ctx.member, found)
    return (
        Text(f"正在画「{found.title}」的预约海报，几秒就好。"),
        Picture("share_poster", {"share_id": made.id}),
        Text(
            f"有效到 {day(made.expires_at)}。\n朋友扫码就能看规则、拿预约号；转发不增加中奖机会。",
            ("预约", "直播"),
        ),
    )


def rules_of(ctx: Context, live: Live) -> Said:
    """What binds whoever books, before they do."""
    lottery = lotteries.of_live(ctx.work, live.id)
    if live.state != State.SCHEDULED or not _is_open(lottery):
        raise BookingClosed(live.id, live.title, live.state)
    booked = bookings.count(ctx.work, live.id)
    lines = ["广告", f"「{live.title}」{when(live.planned_at)}"]
    if lottery is None:
        ahead = lasting(ctx.work.rules.lives.remind_before)
        lines += [f"已预约 {booked} 人。", f"每人 1 个预约号，开播前 {ahead}提醒你。"]
    else:
        lines += lottery_rules(ctx, lottery, booked)
    return Ask(
        "\n".join(lines),
        then=confirm_booking,
        expects="我要预约",
        data={"live": live.id},
        choices=("我要预约", "不用了"),
    )


def lottery_rules(ctx: Context, lottery: Lottery, booked: int) -> list[str]:
    """Four lines: the prizes, the chances, the times, and who answers for them."""
    terms = lottery.terms
    each = terms["extra_tickets"]
    locks = f"满 {lottery.threshold} 人即锁定" if lottery.reached_at is None else "抽奖已锁定"
    chance = f"每来 1 位朋友多 {each} 张抽奖券" if each else "转发不增加机会"
    unless = "取消的人多了也照抽" if lottery.reached_at else f"没满 {lottery.threshold} 人不抽"
    return [
        f"已预约 {booked} 人。{locks}，开播抽 {lottery.winners_wanted} 份免单："
        f"{terms['product']}，每份价值 {show_yuan(lottery.prize_fen)} 元，包邮。",
        f"每人 1 个预约号，{chance}。",
        f"开播时开奖，{hours(lottery.claim_within)}内领取；{unless}。",
        f"主办：{terms['organiser']}，[[完整规则|{ctx.page(f'draws/{lottery.number}')}]]",
    ]


def how_far(lottery: Lottery, booked: int) -> str:
    """「现在 87 人，还差 13 人锁定抽奖。」"""
    if lottery.reached_at is not None:
        return f"现在 {booked} 人，抽奖已锁定，开播时开奖。"
    return f"现在 {booked} 人，还差 {lottery.threshold - booked} 人锁定抽奖。"


def _so_far(ctx: Context, live: Live) -> str:
    booked = bookings.count(ctx.work, live.id)
    lottery = lotteries.of_live(ctx.work, live.id)
    return how_far(lottery, booked) if lottery else f"现在 {booked} 人预约。"


def _has_booked(live: Live, booking: Booking) -> Text:
    words = f"你已经约好了，预约号 {booking.shown}，一人一个。"
    if live.state == State.LIVE:
        return Text(f"{words}\n已经开播了，进直播间就行。", ("直播", "抽奖"))
    return Text(f"{words}\n{moment(live.planned_at)} 见。", ("直播", "取消预约"))


def _cancelled(ctx: Context, live: Live) -> Text:
    booking = bookings.cancel(ctx.work, ctx.member, live)
    return Text(
        f"取消了「{live.title}」的预约。\n"
        f"预约号 {booking.shown} 给你留着，开播前再预约还是这个号。",
        ("预约", "直播"),
    )


def _to_book(ctx: Context, said: str | int | None) -> Live | None:
    """By its number, or the next one whose list is open; who has booked hears of theirs."""
    if said is not None and said != NEXT_LIVE:
        found = hosting.find(ctx.work, _number(said))
        if found.approved_at is None:
            raise NoSuchLive(found.id)
        return found
    coming = hosting.upcoming(ctx.work, limit=LOOKED_AT)
    open_ones = [
        one
        for one in coming
        if one.state == State.SCHEDULED and _is_open(lotteries.of_live(ctx.work, one.id))
    ]
    return next(iter(open_ones or coming), None)


def _is_open(lottery: Lottery | None) -> bool:
    return lottery is None or lottery.state == lotteries.State.OPEN


def _number(said: str | int) -> int:
    text = str(said)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
