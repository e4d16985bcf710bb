"""抽奖, 验证抽奖: how the draw stands, what became of one's number, and that it adds up."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.errors import NoSuchLive
from commerce.fen import show_yuan
from commerce.lives import bookings, checking, hosting, lotteries, prizes
from commerce.lives.bookings import Booking
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.lives.lotteries import Lottery, State
from commerce.lives.prizes import PrizeState, Won
from handlers import draw_findings
from handlers.bookings import how_far, rules_of
from handlers.draw_findings import fingerprint
from handlers.live_words import when
from handlers.words import moment

router = Router()

LOOKED_AT = 10  # bookings, lives
MOST_NUMBERS = 30  # shown in one message


@router.says("抽奖", "预约与抽奖", "抽奖结果", "中奖了吗", "抽奖 {live:number}")
@router.taps("lottery")
def lottery(ctx: Context, live: str | int | None = None) -> Said:
    found = _meant(ctx, live)
    if found is None:
        return Text("现在没有抽奖。\n有新的会写在直播预告里，回复「直播」看。", ("直播", "商品"))
    draw, about = found
    booking = bookings.of(ctx.work, ctx.member, about)
    if draw.state == State.OPEN:
        return _comes(ctx, draw, about, booking)
    if draw.state == State.FROZEN:
        return _under_way(draw, about, booking)
    if draw.state == State.DRAWN:
        return _drawn(ctx, draw, about, booking)
    return _nothing_drawn(draw, about)


@router.says("验证抽奖", "验证抽奖 {live:number}")
@router.taps("verify_draw")
@router.public
def verify_draw(ctx: Context, live: str | int | None = None) -> Said:
    found = _meant(ctx, live, drawn=True)
    if found is None:
        return Text(
            "还没有开过的抽奖可以验证。\n开奖后，名单、指纹和密钥都公开，谁都可以重算。",
            ("抽奖", "直播"),
        )
    draw, about = found
    booking = None if ctx.message.is_public else bookings.of(ctx.work, ctx.member, about)
    checked = checking.check(ctx.work, draw, number=booking.number if booking else None)
    if checked.findings:
        words = draw_findings.words(checked.findings[0])
        answer_by = checking.pause(ctx.work, draw, words)
        return Text(
            f"这份记录对不上：{words.split('：')[0]}。\n"
            f"已暂停发奖并转给负责人，{moment(answer_by)} 前答复你。",
            ("人工",),
        )
    page = ctx.page(f"draws/{draw.number}")
    record = checked.record
    mixed = f"\n公开的随机数：{record['beacon']}" if record["beacon"] else ""
    return Text(
        f"「{about.title}」，刚重算了一遍：\n"
        f"1 预约前公布的指纹 {fingerprint(record['commit'])}，和开奖后公开的密钥对得上\n"
        f"2 名单 {draw.people} 个预约号，指纹 {fingerprint(record['digest'])}，对得上\n"
        f"3 每个号用密钥算分，从小到大取 {len(record['winners'])} 个，和公布的中奖号一致\n"
        f"{_own_place(draw, booking, checked.place, len(record['winners']))}"
        f"想自己算：[[验证网页|{page}]]　[[下载记录|{page}.json]]{mixed}",
        ("抽奖", "直播"),
    )


def _own_place(draw: Lottery, booking: Booking | None, place: int | None, winners: int) -> str:
    if booking is None or place is None:
        return ""
    return f"你的 {booking.shown} 排第 {place} 位，前 {winners} 位中奖。\n"


def _comes(ctx: Context, draw: Lottery, about: Live, booking: Booking | None) -> Said:
    if booking is None:
        return rules_of(ctx, about)
    terms = draw.terms
    return Text(
        "广告\n"
        f"「{about.title}」{when(about.planned_at)} 开播时开奖。\n"
        f"免单 {draw.winners_wanted} 份：{terms['product']}，每份价值 "
        f"{show_yuan(draw.prize_fen)} 元，包邮。\n"
        f"你的预约号 {booking.shown}。{how_far(draw, bookings.count(ctx.work, about.id))}\n"
        f"预约前公布的指纹 {fingerprint(draw.commit)}，"
        f"[[完整规则|{ctx.page(f'draws/{draw.number}')}]]",
        ("预约海报", "取消预约", "直播"),
    )


def _under_way(draw: Lottery, about: Live, booking: Booking | None) -> Text:
    own = f"你的预约号 {booking.shown}。" if booking else ""
    return Text(
        f"「{about.title}」正在开奖，一会儿就好。{own}\n"
        f"名单 {draw.people} 人已经封存，指纹 {fingerprint(draw.digest)}。",
        ("抽奖", "直播"),
    )


def _drawn(ctx: Context, draw: Lottery, about: Live, booking: Booking | None) -> Text:
    won = prizes.of_lottery(ctx.work, draw)
    own = next((one for one in won if booking and one.number == booking.number), None)
    if own is not None:
        return _own_prize(own)
    given = sorted(
        (one for one in won if one.prize.state != PrizeState.INELIGIBLE),
        key=lambda one: one.prize.place,
    )
    numbers = "、".join(f"{one.number:06d}" for one in given[:MOST_NUMBERS])
    more = "……" if len(given) > MOST_NUMBERS else ""
    first = f"这次没中。你的预约号 {booking.shown}，" if booking else f"「{about.title}」开奖了，"
    lines = [
        f"{first}{draw.people} 人里抽出 {len(given)} 份。",
        f"中奖号：{numbers}{more}" if given else "没有符合条件的预约号。",
    ]
    spare = draw.winners_wanted - len(given)
    if spare > 0:
        lines.append(f"名单上的人比奖品少，多的 {spare} 份作废，放回货架。")
    lines.append("中奖号都公开，谁都可以验证，回复「验证抽奖」。")
    return Text("\n".join(lines), ("验证抽奖", "直播"))


def _own_prize(won: Won) -> Text:
    product = won.lottery.terms["product"]
    until = moment(won.prize.claim_until)
    what = f"预约号 {won.number:06d}，免单 1 份：{product}"
    if won.prize.state == PrizeState.OFFERED:
        worth = show_yuan(won.lottery.prize_fen)
        return Text(
            f"🎉 中了！{what}，价值 {worth} 元。\n{until} 前领取，包邮，不用付钱。",
            ("领取", "验证抽奖"),
        )
    if won.prize.state == PrizeState.CLAIMED:
        return Text(f"你中了，{what}，已经领好。\n发货后告诉你单号。", ("我的订单", "验证抽奖"))
    if won.prize.state == PrizeState.LAPSED:
        return Text(
            f"你中过，{what}，{until} 前没有领，已经过期放回货架。\n有疑问，回复「人工」。",
            ("人工", "验证抽奖"),
        )
    return Text(
        f"预约号 {won.number:06d} 抽中过，但不符合参加条件，按顺序给了下一位。\n"
        "有疑问，回复「人工」。",
        ("人工", "规则"),
    )


def _nothing_drawn(draw: Lottery, about: Live) -> Text:
    if draw.state == State.CANCELLED or about.state == LiveState.CANCELLED:
        return Text(
            f"「{about.title}」取消了，这次不抽奖，预约号作废。\n看看别的，回复「直播」。",
            ("直播", "商品"),
        )
    return Text(
        f"「{about.title}」的预约没到 {draw.threshold} 人，按规则这次不抽奖。\n"
        "直播间价格照旧，回复「直播」看看。",
        ("直播", "商品"),
    )


def _meant(
    ctx: Context, said: str | int | None, *, drawn: bool = False
) -> tuple[Lottery, Live] | None:
    """By the live's number; else of the lives the person booked the newest, of which there is
    something to say; else the next to come, or the last that was drawn."""
    if said is not None:
        text = str(said)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
        live = hosting.find(ctx.work, number)
        found = lotteries.of_live(ctx.work, live.id)
        if found is None or (drawn and found.state != State.DRAWN):
            return None
        if live.approved_at is None:
            raise NoSuchLive(number)
        return found, live
    booked = [one for _, one in bookings.of_member(ctx.work, ctx.member, limit=LOOKED_AT)]
    if ctx.message.is_public:
        booked = []
    coming = [] if drawn else hosting.upcoming(ctx.work, limit=LOOKED_AT)
    for live in (*booked, *coming):
        found = lotteries.of_live(ctx.work, live.id)
        if found is not None and (not drawn or found.state == State.DRAWN):
            return found, live
    latest = lotteries.latest_drawn(ctx.work)
    return None if latest is None else (latest, hosting.find(ctx.work, latest.live_id))
