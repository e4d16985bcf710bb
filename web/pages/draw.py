"""The page of one draw: what was promised, what was published when, and who won, by number only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from commerce.lives.checking import answer_by
from commerce.lives.draw_shape import Kind
from commerce.lives.lotteries import State
from handlers.draw_findings import WORDS
from handlers.words import lasting, moment
from web.pages.sheet import fill, sheet, yuan
from web.pages.sheet import headers as headers_for
from web.pages.shell import read

__all__ = ["HEADERS", "Draw", "render"]

TITLE = "抽奖公示"
SCRIPT = read("sha256.js") + read("draw.js")
HEADERS = headers_for(SCRIPT)
HEADERS["Content-Security-Policy"] += "; connect-src 'self'"
SHOWN = 300
SAID = {kind.value: words for kind, words in WORDS.items()} | {
    Kind.SHAPE.value: "记录的格式不对",
    "other": "这不是这一场的记录",
    "promise": "记录里的指纹和这一页公布的不一样",
}


@dataclass(frozen=True)
class Draw:
    """All that everybody may know of a lottery. `winners` are booking numbers: 「000042」.

    `tickets`, `people`, `digest` and `frozen_at` are known from the freeze on, `winners` and
    `drawn_at` from the draw on.
    """

    brand: str
    number: str
    live: str
    state: State
    planned_at: datetime
    prize: str
    prize_fen: int
    winners_wanted: int
    threshold: int
    claim_within: timedelta
    latest_after: timedelta
    organiser: str
    commit: str
    created_at: datetime
    booked: int
    as_of: datetime
    extra_tickets: int = 0
    reached_at: datetime | None = None
    frozen_at: datetime | None = None
    people: int = 0
    tickets: int = 0
    digest: str = ""
    beacon: str = ""
    beacon_note: str = ""
    drawn_at: datetime | None = None
    claim_until: datetime | None = None
    winners: tuple[str, ...] = ()
    paused_at: datetime | None = None
    """While somebody looks at a record that did not add up."""


def render(facts: Draw) -> str:
    """The whole page, sent with HEADERS of this module. Every text in the facts is plain."""
    headline, note = _headline(facts)
    parts = {
        "label": f"「{escape(facts.live)}」预约抽奖",
        "headline": headline,
        "note": note,
        "paused": _paused(facts),
        "winners": _winners(facts),
        "verify": _verify(facts),
        "steps": "".join(_steps(facts)),
        "rules": "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in _rules(facts)),
        "brand": escape(facts.brand),
        "number": escape(facts.number),
    }
    script = SCRIPT if facts.state == State.DRAWN else ""
    return sheet((TITLE, facts.brand), read("draw.css"), fill("draw.html", parts), script)


def _headline(facts: Draw) -> tuple[str, str]:
    wanted, booked = f"{facts.winners_wanted:,}", f"{facts.booked:,}"
    if facts.state == State.DRAWN:
        until = f"，{moment(facts.claim_until)} 前领取" if facts.claim_until else ""
        until = "" if facts.paused_at else until
        return f"抽出 {len(facts.winners):,} 份", f"{facts.people:,} 人参与{until}"
    if facts.state == State.FROZEN:
        return "名单定了，马上开奖", f"{facts.people:,} 人参与，抽 {wanted} 份"
    if facts.state == State.NOT_REACHED:
        return "没有抽奖", f"预约 {booked} 人，没到 {facts.threshold:,} 人，按规则这次不抽"
    if facts.state == State.CANCELLED:
        return "没有抽奖", "这场直播取消了，没有开奖"
    if facts.reached_at:
        return f"锁定了，抽 {wanted} 份", f"已预约 {booked} 人，开播时开奖"
    short = max(facts.threshold - facts.booked, 0)
    return f"抽 {wanted} 份", f"已预约 {booked} 人，还差 {short:,} 人锁定"


def _paused(facts: Draw) -> str:
    if facts.paused_at is None:
        return ""
    return (
        '<section class="card" role="status"><h2>暂停领奖，正在核对</h2>'
        f"<p>{moment(facts.paused_at)} 起有一处记录对不上，负责人在查，"
        f"{moment(answer_by(facts.paused_at))} 前答复。</p>"
        '<p class="small gap">中了的还在；查清后领取时间顺延，停了多久就延多久。'
        "着急的话，在公众号回复「人工」。</p></section>"
    )


def _winners(facts: Draw) -> str:
    if facts.state != State.DRAWN:
        return ""
    numbers = "".join(f"<li>{escape(number)}</li>" for number in facts.winners[:SHOWN])
    more = len(facts.winners) - SHOWN
    rest = f'<p class="small">另外 {more:,} 个在记录里。</p>' if more > 0 else ""
    short = facts.winners_wanted - len(facts.winners)
    spare = f'<p class="small">人数不够，{short:,} 份没有抽出。</p>' if short > 0 else ""
    return (
        f'<section class="card"><h2>中奖预约号</h2><ol class="numbers">{numbers}</ol>'
        f"{rest}{spare}</section>"
    )


def _verify(facts: Draw) -> str:
    if facts.state != State.DRAWN:
        return ""
    parts = {
        "number": escape(facts.number),
        "commit": escape(facts.commit),
        "digest": escape(facts.digest),
        "record": _record(facts),
        "words": escape(json.dumps(SAID, ensure_ascii=False)),
        "size": f"名单有 {facts.tickets:,} 个号",
    }
    return fill("draw_verify.html", parts)


def _record(facts: Draw) -> str:
    return f"/pages/draws/{escape(facts.number)}.json"


def _steps(facts: Draw) -> Iterator[str]:
    yield _step("公布规则和密钥的指纹", facts.created_at, "第一个人预约以前", facts.commit)
    if facts.reached_at:
        yield _step(f"满 {facts.threshold:,} 人，锁定", facts.reached_at, "之后有人取消也照抽")
    if facts.frozen_at:
        size = f"{facts.people:,} 人，{facts.tickets:,} 个号。名单的指纹先公布，密钥还没公开"
        yield _step("冻结名单", facts.frozen_at, size, facts.digest)
    if facts.state == State.FROZEN:
        yield f'<li><a class="link" href="{_record(facts)}" download>下载名单</a></li>'
    if facts.drawn_at:
        yield _step("开奖，公开密钥和记录", facts.drawn_at, _mixed(facts), facts.beacon)
    elif facts.state == State.OPEN:
        yield _step("开奖", None, "开播时冻结名单，公布名单的指纹，再公开密钥")


def _mixed(facts: Draw) -> str:
    if facts.beacon:
        return "混入了外部公开的随机数"
    return escape(facts.beacon_note.rstrip("。")) or "没有混入外部的随机数"


def _step(name: str, at: datetime | None, words: str, code: str = "") -> str:
    when = f"{moment(at)}，" if at else ""
    shown = f"<code>{escape(code)}</code>" if code else ""
    return f"<li>{name}<p>{when}{words}。</p>{shown}</li>"


def _rules(facts: Draw) -> Iterator[tuple[str, str]]:
    yield "奖品", f"{escape(facts.prize)}，每份价值 {yuan(facts.prize_fen)}，包邮"
    yield "份数", f"{facts.winners_wanted:,} 份，一人最多中 1 份"
    yield "条件", f"满 {facts.threshold:,} 人预约即锁定，之后取消也照抽；没满不抽"
    late = lasting(facts.latest_after)
    yield "时间", f"开播时开奖，计划 {moment(facts.planned_at)}，最晚再过 {late}"
    chance = "转发不增加机会"
    if facts.extra_tickets:
        chance = f"每带来 1 位朋友多 {facts.extra_tickets:,} 个号"
    yield "机会", f"每人 1 个预约号，{chance}；主播和工作人员不参加"
    if facts.state == State.OPEN:
        yield "参加", "在公众号回复「预约」，开播前都可以"
    yield "方法", "每个号用密钥、名单指纹算一个分，分小的中；谁都可以重算"
    hours = facts.claim_within // timedelta(hours=1)
    yield "领取", f"开奖后 {hours:,} 小时内，不用付钱；税由主办方承担"
    yield "主办", escape(facts.organiser)
