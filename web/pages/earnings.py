"""收益中心: what one person earned, line by line, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from bot.pictures.beidou import RANKS
from commerce.fen import show_yuan
from handlers.words import day, moment
from web.pages.figures import Day, day_chart, rank_figure
from web.pages.sheet import HEADERS, amount, fill, main_number, sheet, signed, yuan
from web.pages.shell import read

__all__ = ["HEADERS", "Day", "Earnings", "Kind", "Line", "Live", "Withdrawal", "render"]

BACK = "回到对话，回复"
NOTHING_YET = (
    '<p class="empty">推广的商品卖出后先记「预估」，结算后是「待到账」，到期转为「可提现」。</p>'
    f'<p class="empty">下一步：{BACK}「商品」，挑一件来推广。</p>'
)
BEFORE = f'<p class="empty">之前的在下面，一笔不少。想再卖一件，{BACK}「商品」。</p>'
ROOM_OF_COLUMNS = {3: 26, 4: 23}
"""So many characters of 3 or 4 amounts fit beside each other at 390 pixels."""


@dataclass(frozen=True)
class Kind:
    """「带货佣金」 and what it brought in the period."""

    name: str
    amount_fen: int


@dataclass(frozen=True)
class Live:
    """What one live brought; `state` in the six words of money: 「待到账」."""

    title: str
    started_at: datetime
    amount_fen: int
    lines: int
    state: str


@dataclass(frozen=True)
class Line:
    """One earning, net of what was reversed. `explanation` is plain text of several lines.

    `goods` and `order_tail` are None for a reward without an order; `held_until` is None unless
    the line is waiting for a known day.
    """

    kind: str
    amount_fen: int
    state: str
    explanation: str
    goods: str | None = None
    order_tail: str | None = None
    held_until: datetime | None = None


@dataclass(frozen=True)
class Withdrawal:
    """`received_fen` is what arrives, after fee and tax; `confirm_href` only while that is due."""

    number: str
    asked_at: datetime
    amount_fen: int
    received_fen: int
    state: str
    confirm_href: str | None = None


@dataclass(frozen=True)
class Earnings:
    """All the page shows. `period` names the span of `kinds` and `days`: 「3月到今天」.

    `next_release` is the nearest release and its sum; `older_lines` are those not in `lines`;
    without addresses to withdraw and to spend the page says how to ask for it in the chat.
    """

    brand: str
    as_of: datetime
    rank: int
    available_fen: int
    pending_fen: int
    withdrawing_fen: int
    paid_fen: int
    minimum_fen: int
    period: str
    debt_fen: int = 0
    estimated_fen: int = 0
    kinds: tuple[Kind, ...] = ()
    days: tuple[Day, ...] = ()
    lives: tuple[Live, ...] = ()
    lines: tuple[Line, ...] = ()
    older_lines: int = 0
    withdrawals: tuple[Withdrawal, ...] = ()
    next_release: tuple[datetime, int] | None = None
    withdraw_href: str | None = None
    spend_href: str | None = None


def render(facts: Earnings) -> str:
    """The whole page. Every text in the facts is plain and is escaped here."""
    parts = {
        "available": main_number(facts.available_fen),
        "figure": rank_figure(facts.rank),
        "rank": RANKS[facts.rank],
        "below": _below(facts),
        "columns_class": "columns narrow" if _are_long(facts) else "columns",
        "columns": _columns(facts),
        "estimated": _estimated(facts.estimated_fen),
        "period": _period(facts),
        "kinds": _kinds(facts.kinds),
        "lives": _lives(facts.lives),
        "lines": _lines(facts),
        "withdrawals": _withdrawals(facts),
        "next_release": _next_release(facts.next_release),
        "as_of": f"截至 {moment(facts.as_of)}",
    }
    return sheet(("收益中心", facts.brand), read("earnings.css"), fill("earnings.html", parts))


def _below(facts: Earnings) -> str:
    """What can be done with the main number: two buttons, or the words to say."""
    missing = facts.minimum_fen - facts.available_fen
    notes, minimum = [], yuan(facts.minimum_fen)
    if facts.debt_fen:
        notes.append("待抵扣不用付现金，没有利息；以后到账先抵它，抵完照常提现。")
    elif missing > 0:
        notes.append(f"满 {minimum}可以提现，还差 {yuan(missing)}")
    if facts.withdraw_href and facts.spend_href:
        links = ((facts.withdraw_href, "提现"), (facts.spend_href, "抵扣购物"))
        buttons = "".join(f'<a href="{escape(href)}">{words}</a>' for href, words in links)
        return _notes(notes) + f'<div class="buttons">{buttons}</div>'
    if missing <= 0:
        notes.append(f"满 {minimum}可以提现，也可以抵扣购物。")
        notes.append(f"{BACK}「提现」或「用收益抵扣」。")
    return _notes(notes)


def _notes(notes: Iterable[str]) -> str:
    return "".join(f'<div class="note">{note}</div>' for note in notes)


def _balances(facts: Earnings) -> list[tuple[str, int]]:
    balances = [
        ("待到账", facts.pending_fen),
        ("提现中", facts.withdrawing_fen),
        ("已提现", facts.paid_fen),
    ]
    return [*balances, ("待抵扣", facts.debt_fen)] if facts.debt_fen else balances


def _are_long(facts: Earnings) -> bool:
    lengths = [len(show_yuan(fen)) for _, fen in _balances(facts)]
    return sum(lengths) > ROOM_OF_COLUMNS[len(lengths)]


def _columns(facts: Earnings) -> str:
    return "".join(
        f'<div><span class="label">{name}</span><span class="value">{amount(fen)}</span></div>'
        for name, fen in _balances(facts)
    )


def _estimated(estimated_fen: int) -> str:
    if not estimated_fen:
        return ""
    words = "买家已付款，还没结算，不算在余额里。"
    return _card("预估", yuan(estimated_fen), f'<p class="small">{words}</p>')


def _period(facts: Earnings) -> str:
    kinds = [kind for kind in facts.kinds if kind.amount_fen]
    if not kinds and (facts.lines or facts.lives):
        return _card(f"{facts.period}还没有新的收益", "", BEFORE)
    if not kinds:
        return _card(f"{facts.period}还没有收益", "", NOTHING_YET)
    total = sum(kind.amount_fen for kind in kinds)
    return _card(facts.period, f"{signed(total)}&nbsp;元", day_chart(facts.days))


def _kinds(kinds: tuple[Kind, ...]) -> str:
    """One strip of parts, and each with its number; what is nothing is left out."""
    some = [kind for kind in kinds if kind.amount_fen]
    if not some:
        return ""
    strip = "".join(
        f'<i class="c{index % 4}" style="flex:{max(kind.amount_fen, 0)}"></i>'
        for index, kind in enumerate(some)
    )
    rows = "".join(
        f'<div class="kind"><span><i class="c{index % 4}"></i>{escape(kind.name)}</span>'
        f"{yuan(kind.amount_fen)}</div>"
        for index, kind in enumerate(some)
    )
    return _card("按种类", "", f'<div class="parts">{strip}</div>{rows}')


def _lives(lives: tuple[Live, ...]) -> str:
    if not lives:
        return ""
    return _card("按场次", "", "".join(map(_live, lives)))


def _live(live: Live) -> str:
    more = f"{moment(live.started_at)}　{live.lines:,} 笔，{escape(live.state)}"
    what, total = _what(live.title or "直播", more), _sum(signed(live.amount_fen))
    return f'<div class="row">{what}{total}</div>'


def _lines(facts: Earnings) -> str:
    if not facts.lines:
        return ""
    older = ""
    if facts.older_lines:
        words = f"更早的 {facts.older_lines:,} 笔：{BACK}「明细」。"
        older = f'<p class="empty">{words}</p>'
    return _card("明细", "", "".join(map(_line, facts.lines)) + older)


def _line(line: Line) -> str:
    """Closed: what, how much, when; open: how it came about."""
    more = escape(line.kind) if line.goods else ""
    if line.order_tail:
        more += f"{' · ' if more else ''}订单尾号 {escape(line.order_tail)}"
    state = escape(line.state)
    if line.held_until:
        state += f"，{day(line.held_until)} 可提现"
    head = _what(line.goods or line.kind, more) + _sum(signed(line.amount_fen), state)
    return (
        f'<details><summary>{head}<i class="fold"></i></summary>'
        f'<div class="reason">{escape(line.explanation)}</div></details>'
    )


def _withdrawals(facts: Earnings) -> str:
    if facts.withdrawals:
        return _card("提现记录", "", "".join(map(_withdrawal, facts.withdrawals)))
    words = f"还没有提过。满 {yuan(facts.minimum_fen)}以后，{BACK}「提现」。"
    return _card("提现记录", "", f'<p class="empty">{words}</p>')


def _withdrawal(one: Withdrawal) -> str:
    more = f"{moment(one.asked_at)}　到手 {yuan(one.received_fen)}"
    total = _sum(show_yuan(one.amount_fen), escape(one.state))
    if one.confirm_href:
        link = f'<a href="{escape(one.confirm_href)}">确认收款</a>'
        total = f'<div class="sum">{show_yuan(one.amount_fen)}<br>{link}</div>'
    return f'<div class="row">{_what(f"提现 {one.number}", more)}{total}</div>'


def _next_release(release: tuple[datetime, int] | None) -> str:
    return f"最近一笔到账 {day(release[0])}，{yuan(release[1])}" if release else ""


def _what(title: str, more: str) -> str:
    """`more` is HTML of our own."""
    under = f'<div class="more">{more}</div>' if more else ""
    return f'<div class="what"><div class="title">{escape(title)}</div>{under}</div>'


def _sum(number: str, more: str = "") -> str:
    under = f'<span class="more">{more}</span>' if more else ""
    return f'<div class="sum"><span class="n">{number}</span>{under}</div>'


def _card(title: str, right: str, content: str) -> str:
    """`right` and `content` are HTML of our own."""
    side = f'<h2 class="n">{right}</h2>' if right else ""
    return (
        f'<section class="card"><div class="head"><h2>{escape(title)}</h2>{side}</div>'
        f"{content}</section>"
    )
