"""收益中心: the page behind the signed link, for the one member it was made for."""

from datetime import datetime, time

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from commerce.money import coming, earning_lists, earnings_view, explaining
from commerce.money.earnings import State
from commerce.money.earnings_view import LiveSum, Overview
from commerce.money.explaining import Explanation
from commerce.money.withdrawals import State as Payout
from commerce.money.withdrawals import Withdrawal
from commerce.outbox import SHANGHAI
from commerce.people import members
from commerce.people.members import Member
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.earnings import by_kind, period
from handlers.explanations import KINDS, STATES, goods, words
from web.pages import earnings, links

PAGE = "earnings"
LINES, LIVES, WITHDRAWALS = 20, 5, 5
PAYOUTS = {
    Payout.REQUESTED: "等待审核",
    Payout.APPROVED: "等待付款",
    Payout.PAYING: "付款中",
    Payout.WAITING_USER: "等你确认收款",
    Payout.UNKNOWN: "正在查询结果",
    Payout.PAID: "已提现",
    Payout.FAILED: "已退回",
    Payout.REJECTED: "没有通过，已退回",
    Payout.CANCELLED: "已取消",
}


def routes(office: Office, seal: Seal) -> APIRouter:
    """`t` is the token of the link: 403 without a good one."""
    router = APIRouter()

    @router.get("/pages/earnings", response_class=HTMLResponse)
    def own_earnings(t: str = "") -> HTMLResponse:
        opened = links.opened(office, seal, PAGE, t)
        if opened is None:
            return links.closed(office)
        with office.reading() as work:
            page = earnings.render(facts(work, members.get(work, opened.member_id)))
        return HTMLResponse(page, headers=earnings.HEADERS)

    return router


def facts(work: Work, member: Member) -> earnings.Earnings:
    """All that the page shows of a member, as it is now."""
    found = earnings_view.overview(work, member)
    newest = earning_lists.latest(work, member, limit=LINES)
    releases = coming.coming(work, member)
    return earnings.Earnings(
        brand=work.rules.brand.name,
        as_of=work.now,
        rank=member.rank,
        available_fen=found.balances.available_fen,
        pending_fen=found.balances.pending_fen,
        withdrawing_fen=found.withdrawing_fen,
        paid_fen=found.paid_fen,
        minimum_fen=work.rules.plan.withdrawal.minimum_fen,
        period=period(max(found.days)),
        debt_fen=found.balances.debt_fen,
        estimated_fen=found.estimated_fen,
        kinds=tuple(earnings.Kind(name, fen) for name, fen in by_kind(found).items()),
        days=_days(found),
        lives=tuple(_live(live) for live in found.lives[:LIVES]),
        lines=tuple(_line(one) for one in explaining.explain_all(work, newest)),
        older_lines=earning_lists.count(work, member) - len(newest),
        withdrawals=_withdrawals(work, member),
        next_release=(releases[0].at, releases[0].amount_fen) if releases else None,
    )


def _days(found: Overview) -> tuple[earnings.Day, ...]:
    return tuple(
        earnings.Day(datetime.combine(day, time(12), SHANGHAI), amount_fen)
        for day, amount_fen in sorted(found.days.items())
    )


def _live(live: LiveSum) -> earnings.Live:
    state = "已全部结算" if live.is_settled else "还在结算"
    return earnings.Live(live.title, live.started_at, live.amount_fen, live.lines, state)


def _line(one: Explanation) -> earnings.Line:
    is_waiting = one.state == State.PENDING and one.hold is not None
    return earnings.Line(
        kind=KINDS[one.kind],
        amount_fen=one.stands_fen,
        state=STATES[one.state],
        explanation=words(one),
        goods=goods(one.sale) if one.sale else None,
        order_tail=one.sale.tail if one.sale else None,
        held_until=one.hold.until if is_waiting and one.hold and one.hold.received_at else None,
    )


def _withdrawals(work: Work, member: Member) -> tuple[earnings.Withdrawal, ...]:
    ids = members.with_former_ids(work, member)
    rows = select(Withdrawal).where(Withdrawal.member_id.in_(ids))
    newest = rows.order_by(Withdrawal.requested_at.desc(), Withdrawal.id.desc())
    return tuple(
        earnings.Withdrawal(
            number=f"W{row.id}",
            asked_at=row.requested_at,
            amount_fen=row.amount_fen,
            received_fen=row.arrives_fen,
            state=PAYOUTS[Payout(row.state)],
        )
        for row in work.session.scalars(newest.limit(WITHDRAWALS))
    )
