"""申诉: somebody says why a verdict about a video or an order is wrong; a colleague looks again."""

from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from commerce.errors import NoSuchVideo, NotJoined
from commerce.goods.orders import Order
from commerce.lives import videos
from commerce.lives.videos import Video
from commerce.people import members
from commerce.people.members import State
from commerce.trust import cases, records
from commerce.work import Work
from handlers.words import lasting, moment

router = Router()


@router.says("申诉", "我要申诉", "申诉 {number:video_number}", "申诉 {order:line}")
@router.taps("appeal")
def appeal(ctx: Context, number: int | None = None, order: str | None = None) -> Said:
    if ctx.member.state in (State.VISITOR, State.LEFT):
        raise NotJoined
    if number is not None:
        return _about_video(ctx, number)
    if order is not None:
        return _about_order(ctx, order)
    return Text(
        "要申诉哪一件，写上编号：视频「申诉 V12」，订单写尾号「申诉 0073」。\n"
        "别的事，回复「人工」。",
        ("人工",),
    )


@router.step
def appeal_because(ctx: Context, number: int, words: str) -> Said:
    case = _open(ctx, f"V{number}", words)
    return Text(
        f"申诉收到，编号 C{case}。\n同事重看 V{number} 后，结果发到这里；改好也可以直接再发。"
    )


@router.step
def appeal_order_because(ctx: Context, order: str, words: str) -> Said:
    case = _open(ctx, f"订单尾号 {order}", words)
    return Text(f"申诉收到，编号 C{case}。\n同事重看订单尾号 {order} 后，结果发到这里。")


def _open(ctx: Context, about: str, words: str) -> int:
    key = f"appeal:{ctx.answer_key}"
    said = f"申诉 {about}：{words[:400]}"
    return cases.open_case(ctx.work, "appeal", ctx.member.id, said, key=key).id


def _about_video(ctx: Context, number: int) -> Said:
    video = videos.find(ctx.work, number)
    if members.get(ctx.work, video.member_id).id != ctx.member.id:
        raise NoSuchVideo(number)
    if (refused := _not_appealable(ctx.work, video)) is not None:
        return refused
    return Ask(
        f"V{number} 哪里判错了？用一句话说说，同事会重看。",
        then=appeal_because,
        expects="{words:text}",
        data={"number": number},
        choices=("算了",),
    )


def _about_order(ctx: Context, tail: str) -> Said:
    """A held or a void order; or what somebody thinks was reckoned wrong."""
    found = records.order_of_earner(ctx.work, ctx.member, tail)
    if found is None:
        return Text(
            f"没找到尾号 {tail} 的收益，订单写四位尾号，比如「申诉 0073」。", ("明细", "人工")
        )
    if (refused := _too_late(ctx.work, found)) is not None:
        return refused
    return Ask(
        f"订单尾号 {found.tail} 哪里不对？用一句话说说，同事会重看。",
        then=appeal_order_because,
        expects="{words:text}",
        data={"order": found.tail},
        choices=("算了",),
    )


def _too_late(work: Work, order: Order) -> Text | None:
    row = records.latest_of(work, order.id)
    if row is None or order.voided_at is None or row.appeal_until is None:
        return None
    if work.now <= row.appeal_until:
        return None
    allowed, until = lasting(work.rules.fraud.appeal_within), moment(row.appeal_until)
    return Text(
        f"判定后 {allowed}内可以申诉，订单尾号 {order.tail} 的到 {until} 为止。\n"
        "有新的情况，回复「人工」。",
        ("人工",),
    )


def _not_appealable(work: Work, video: Video) -> Text | None:
    if video.state != videos.State.RETURNED or video.reviewed_at is None:
        return Text(f"V{video.id} 没有被退回，不用申诉。\n看结果，回复「进度」。", ("进度",))
    allowed = work.rules.review.appeal_within
    ended_at = video.reviewed_at + allowed
    if work.now <= ended_at:
        return None
    return Text(
        f"退回后 {lasting(allowed)}内可以申诉，V{video.id} 的到 {moment(ended_at)} 为止。\n"
        "改好可以直接再发，不限次数。",
        ("交短视频",),
    )
