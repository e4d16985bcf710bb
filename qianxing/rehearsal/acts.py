"""What each kind of event does, through the core's own functions, in one unit of work each."""

from collections.abc import Callable

from sqlalchemy import bindparam, func, select, update

from commerce.agenda import DueTask
from commerce.errors import LiveTitleRefused, OwnPriceOutside, Refusal
from commerce.fen import share_floor
from commerce.goods import attribution, buying, fulfilment, quotes
from commerce.goods.orders import Mode, Order
from commerce.goods.products import Product
from commerce.goods.quotes import Agreed
from commerce.lives import hosting, videos
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import approvals, paying_in, refunds, requests
from commerce.money import quotes as payout_quotes
from commerce.money.paying_in import Came
from commerce.money.payments import Payment
from commerce.money.payouts import heard_transfer
from commerce.money.withdrawals import Approval, Withdrawal
from commerce.money.withdrawals import State as PayoutState
from commerce.people.members import Member
from commerce.trust import after_sales, fraud, video_review
from commerce.work import Work
from qianxing.rehearsal.scenario import Event
from qianxing.rehearsal.stage import Stage
from qianxing.rehearsal.values import ALL

NEVER_EXPIRES = (
    update(DueTask).where(DueTask.key == bindparam("expiry")).values(done_at=bindparam("now"))
)
"""What is paid has nothing left to expire: a thousand orders need not find out one by one."""


class Misplaced(Exception):
    """The story cannot go on like this: what is wrong with the event, and what to write."""

    def __init__(self, event: Event, why: str, instead: str) -> None:
        super().__init__(why)
        self.event, self.why, self.instead = event, why, instead


class LatePayment(Refusal):
    """It came too late and went back by itself."""


class NothingOpen(Refusal):
    """No after-sales case is open: it was decided, or money was given back."""


def act(stage: Stage, work: Work, event: Event) -> None:
    """Let the event happen. A Refusal when a rule forbids it, Misplaced when the story is wrong."""
    ACTS[event.kind](stage, work, event)


def start_live(stage: Stage, work: Work, event: Event) -> None:
    host = stage.person(work, event.facts["host"])
    hosting.confirm(work, host, "主播")
    live = hosting.create(work, host, _title(work, event.id), work.now, for_shop=True)
    hosting.start(work, live.id, by=host)
    stage.ids["live"][event.id] = live.id


def end_live(stage: Stage, work: Work, event: Event) -> None:
    live_id = stage.id("live", event.id)
    host = work.session.get_one(Member, work.session.get_one(Live, live_id).host_id)
    hosting.end(work, live_id, by=host)


def order(stage: Stage, work: Work, event: Event) -> None:
    facts = event.facts
    buyer = stage.person(work, facts["buyer"])
    product = work.session.get_one(Product, stage.id("product", facts["product"]))
    live = _live(stage, work, event)
    mode = Mode(facts.get("mode", Mode.COMMISSION))
    if "promoter" not in facts:
        promoter = attribution.promoter_of(work, buyer, live)
    else:
        name = facts["promoter"]
        promoter = None if name is None else stage.person(work, name)
    agreed = Agreed(promoter, mode, _unit_fen(work, product, mode, facts.get("unit_price")))
    wanted = quotes.quote(
        work,
        buyer,
        product.id,
        facts.get("quantity", 1),
        live=live,
        credit_fen=facts.get("credit", 0),
        agreed=agreed,
    )
    made = buying.place(work, buyer, wanted, key=f"story:{event.id}")
    stage.ids["order"][event.id] = made.id


def pay(stage: Stage, work: Work, event: Event) -> None:
    """Paid by the provider's word, as the house would hear it. Paid again is paid once."""
    made = _order(stage, work, event)
    if made.payment_id is None:
        return
    payment = work.session.get_one(Payment, made.payment_id)
    assert payment.number is not None
    came = paying_in.settle_payment(
        work, payment.number, payment.amount_fen, f"T{payment.id}", paid_at=work.now
    )
    if came is Came.RETURNED:
        raise LatePayment
    work.session.connection().execute(
        NEVER_EXPIRES, {"now": work.now, "expiry": f"expire_order:{payment.id}"}
    )


def cancel(stage: Stage, work: Work, event: Event) -> None:
    if event.id in stage.ids["withdrawal"]:
        row = _withdrawal(stage, work, event)
        requests.cancel(work, work.session.get_one(Member, row.member_id), row.id)
        return
    made = _order(stage, work, event)
    buying.cancel(work, work.session.get_one(Member, made.buyer_id), made)


def ship(stage: Stage, work: Work, event: Event) -> None:
    fulfilment.ship(work, _order(stage, work, event), "快递", event.id)


def receive(stage: Stage, work: Work, event: Event) -> None:
    fulfilment.receive(work, _order(stage, work, event))


def refund(stage: Stage, work: Work, event: Event) -> None:
    made = _order(stage, work, event)
    asked = event.facts.get("amount", ALL)
    amount_fen = made.base_fen - made.refunded_fen if asked == ALL else asked
    key, reason = f"story:{event.place[-1]}", event.facts.get("reason", "")
    refunds.refund(work, made.id, amount_fen, key=key, reason=reason)


def after_sale(stage: Stage, work: Work, event: Event) -> None:
    made = _order(stage, work, event)
    reason = event.facts.get("reason", "")
    if event.facts["state"] == "opened":
        wanted_fen = event.facts.get("amount", made.base_fen - made.refunded_fen)
        after_sales.open_case(work, made, wanted_fen, reason)
    elif not after_sales.reject(work, made, reason):
        raise NothingOpen


def judge(stage: Stage, work: Work, event: Event) -> None:
    fraud.judge(work, _order(stage, work, event), fraud.Verdict(event.facts["verdict"]))


def approve_video(stage: Stage, work: Work, event: Event) -> None:
    maker = stage.person(work, event.facts["member"])
    video = videos.submit(work, maker, f"https://video.example/{event.id}").video
    video_review.approve(work, video.id, by=stage.colleague(work, "审核"))
    if event.facts.get("plays"):
        video_review.report_plays(work, video.id, event.facts["plays"])
    stage.ids["video"][event.id] = video.id


def count_plays(stage: Stage, work: Work, event: Event) -> None:
    video_review.report_plays(work, stage.id("video", event.id), event.facts["count"])


def withdraw(stage: Stage, work: Work, event: Event) -> None:
    """Asked and confirmed."""
    member, asked = stage.person(work, event.facts["member"]), event.facts["amount"]
    quoted = payout_quotes.quote(work, member, None if asked == ALL else asked)
    row = requests.request(work, member, quoted, key=f"story:{event.id}")
    stage.ids["withdrawal"][event.id] = row.id
    stage.wallet.withdrawals[row.id] = event.id


def approve(stage: Stage, work: Work, event: Event) -> None:
    """Nobody's name: the next person, so that two approvals are two people's."""
    row = _withdrawal(stage, work, event)
    said = select(func.count()).where(Approval.withdrawal_id == row.id)
    name = event.facts.get("by", f"财务{(work.session.scalar(said) or 0) + 1}")
    approvals.approve(work, row.id, by=stage.colleague(work, name))


def reject(stage: Stage, work: Work, event: Event) -> None:
    row = _withdrawal(stage, work, event)
    by = stage.colleague(work, event.facts.get("by", "财务1"))
    approvals.reject(work, row.id, event.facts.get("reason", "核对后退回"), by=by)


def end_payout(stage: Stage, work: Work, event: Event) -> None:
    """The platform says how it ended, as a notification would."""
    row = _withdrawal(stage, work, event)
    if row.state in (PayoutState.REJECTED, PayoutState.CANCELLED):
        raise Misplaced(event, f"提现「{event.id}」没有付款，不会有结果", "删掉这一件事")
    if row.number is None:
        raise Misplaced(
            event, "付款还没开始，不会有结果", "写在付款时间之后：申请第二天 09:00，批准之后"
        )
    if event.facts["result"] == "unknown":
        return
    bill = stage.wallet.ends(row.number, event.facts["result"])
    heard_transfer(
        work, bill.bill_no, bill.state, bill.amount_fen, bill.openid, fail_reason=bill.fail_reason
    )


ACTS: dict[str, Callable[[Stage, Work, Event], None]] = {
    "live_start": start_live,
    "live_end": end_live,
    "order": order,
    "pay": pay,
    "cancel": cancel,
    "shipped": ship,
    "received": receive,
    "refund": refund,
    "after_sales": after_sale,
    "fraud": judge,
    "video_approved": approve_video,
    "plays": count_plays,
    "withdraw": withdraw,
    "approve": approve,
    "reject": reject,
    "payout_result": end_payout,
}


def _order(stage: Stage, work: Work, event: Event) -> Order:
    return work.session.get_one(Order, stage.id("order", event.id))


def _withdrawal(stage: Stage, work: Work, event: Event) -> Withdrawal:
    return work.session.get_one(Withdrawal, stage.id("withdrawal", event.id))


def _live(stage: Stage, work: Work, event: Event) -> Live | None:
    """The live the order is made in, on the air now."""
    name = event.facts.get("live")
    if name is None:
        return None
    live = work.session.get_one(Live, stage.id("live", name))
    if live.state != LiveState.LIVE:
        why = f"直播「{name}」已经下播，最晚播 {work.rules.words('lives.latest_end')}"
        raise Misplaced(event, why, "订单写在开播和下播之间，或不写 live")
    return live


def _unit_fen(work: Work, product: Product, mode: Mode, said: int | None) -> int | None:
    """In markup mode a price between supply and list; the usual markup where none is said."""
    if mode is Mode.COMMISSION:
        return said
    above_fen = share_floor(product.supply_fen, work.rules.orders.default_markup_bp)
    unit_fen = min(product.supply_fen + above_fen, product.price_fen) if said is None else said
    if not product.supply_fen <= unit_fen <= product.price_fen:
        raise OwnPriceOutside(product.title, unit_fen, product.supply_fen, product.price_fen)
    return unit_fen


def _title(work: Work, name: str) -> str:
    """The story's name of a live, where a live may be called so."""
    try:
        return hosting.checked_title(work, name)
    except LiveTitleRefused:
        return "直播"
