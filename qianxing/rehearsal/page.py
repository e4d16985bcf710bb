"""What came of a story, for a shop owner: who earns what, what the shop keeps, what to look at."""

from collections import Counter, defaultdict
from typing import Any

from commerce.errors import Refusal
from commerce.fen import show_yuan
from commerce.rules import Rank
from handlers.explanations import STATES
from handlers.refusals import explain
from handlers.words import moment
from qianxing.rehearsal.acts import LatePayment, NothingOpen
from qianxing.rehearsal.playing import Play
from qianxing.rehearsal.sums import Report, by_kind, stands, sums
from qianxing.tables import table

SHOWN = 40
"""Rows of a table; who wants all of them reads the JSON."""

KINDS = {
    "sales_commission": "带货佣金",
    "host_markup": "定价差价",
    "team_reward": "团队奖励",
    "traffic_reward": "流量奖励",
    "rank_bonus": "升级奖金",
}
ORDERS = {
    "created": "待付款",
    "paid": "已付款",
    "shipped": "已发货",
    "received": "已收货",
    "completed": "已完成",
    "cancelled": "已取消",
    "refunded": "全退了",
}
PAYOUTS = {
    "requested": "等审批",
    "approved": "已批准",
    "paying": "付款中",
    "waiting_user": "等本人确认",
    "unknown": "结果未知，在查",
    "paid": "已到账",
    "failed": "没付成，已退回",
    "rejected": "被拒绝，已退回",
    "cancelled": "自己取消",
}
PURSES = {
    "estimated_fen": "预估",
    "pending_fen": "待到账",
    "available_fen": "可提现",
    "withdrawing_fen": "提现中",
    "paid_fen": "已提现",
    "credit_fen": "抵扣购物",
    "debt_fen": "待抵扣",
}
OURS: dict[type[Refusal], str] = {
    LatePayment: "付款来晚了，货已放开，钱原路退回",
    NothingOpen: "没有在处理的售后",
}


def page(play: Play, report: Report) -> str:
    """All of it, section by section; a section with nothing to say is left out."""
    sections = (
        ("", _head(play, report)),
        ("谁挣了多少（元，退回的已减去）", _people(report)),
        ("每场直播（元）", _lives(report, play)),
        ("每单（元）", _orders(report, play)),
        ("奖励（元）", _rewards(report)),
        ("店里的账（元）", _shop(play, report)),
        (f"{moment(play.stage.scenario.until)} 每个人的钱（元）", _purses(report)),
        ("提现（元）", _withdrawals(report, play)),
        ("没有做成的", _refused(play)),
        ("提醒", [f"! {words}" for words in report["warnings"]]),
        ("", [_proof(report)]),
    )
    shown = [[title, *lines] if title else lines for title, lines in sections if lines]
    return "\n\n".join("\n".join(lines) for lines in shown)


def said(refusal: Refusal) -> str:
    """Why a rule refused it, in one line."""
    if type(refusal) in OURS:
        return OURS[type(refusal)]
    reply: Any = explain(refusal)
    return str(reply.text).splitlines()[0].rstrip("。")


def _head(play: Play, report: Report) -> list[str]:
    scenario = play.stage.scenario
    lives = len(play.stage.ids["live"])
    return [
        f"彩排 {scenario.file}：{moment(scenario.starts_at)} 到 {moment(scenario.until)}，"
        f"规则 {play.rules.version}",
        f"成员 {len(scenario.members)} 人，订单 {len(report['orders'])} 单，直播 {lives} 场。",
    ]


def _people(report: Report) -> list[str]:
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in report["earnings"]:
        own[line["member"]].append(line)
    used = by_kind(report["earnings"])
    kinds = [kind for kind in KINDS if kind in used]
    rows = []
    for name, member in report["members"].items():
        sums_of = by_kind(own[name])
        earned = [show_yuan(sums_of[kind]) for kind in kinds]
        rank = Rank.of(member["rank"]).label
        rows.append([name, rank, *earned, show_yuan(member["lifetime_fen"])])
    total = [show_yuan(used[kind]) for kind in kinds]
    rows = [*_few(rows), ["合计", "", *total, show_yuan(sum(used.values()))]]
    heads = ["谁", "星级", *(KINDS[kind] for kind in kinds), "一共"]
    return table(heads, rows, right="..".ljust(len(heads), "r"))


def _lives(report: Report, play: Play) -> list[str]:
    """Each live, and what was sold outside of all."""
    live_of = {
        event.id: event.facts.get("live")
        for event in play.stage.scenario.events
        if event.kind == "order"
    }
    given = _given(report)
    counts: Counter[str | None] = Counter()
    paid: Counter[str | None] = Counter()
    back: Counter[str | None] = Counter()
    earned: Counter[str | None] = Counter()
    for id, order in report["orders"].items():
        if order["paid_fen"]:
            live = live_of[id]
            counts[live] += 1
            paid[live] += order["paid_fen"]
            back[live] += order["refunded_fen"]
            earned[live] += given[id]
    rows = [
        [
            live or "直播外",
            str(counts[live]),
            *map(
                show_yuan,
                (paid[live], back[live], earned[live], paid[live] - back[live] - earned[live]),
            ),
        ]
        for live in counts
    ]
    heads = ("直播", "付款单数", "实付", "退款", "分给大家", "留在店里")
    return table(heads, _few(rows), right=".rrrrr") if rows else []


def _orders(report: Report, play: Play) -> list[str]:
    told = {event.id: event.facts for event in play.stage.scenario.events if event.kind == "order"}
    lines: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for line in report["earnings"]:
        if line["order"]:
            key = (line["order"], line["kind"] == "team_reward")
            lines[key].append(f"{line['member']} {show_yuan(stands(line))}")
    given = _given(report)
    rows = []
    for id, order in report["orders"].items():
        facts, paid_fen, back_fen = told[id], order["paid_fen"], order["refunded_fen"]
        goods = f"{facts['product']} × {facts.get('quantity', 1)}"
        sums_of = (paid_fen, back_fen, paid_fen - back_fen - given[id])
        paid, back, kept = map(show_yuan, sums_of)
        own, team = (" · ".join(lines[id, is_team]) or "—" for is_team in (False, True))
        rows.append(
            [id, facts["buyer"], goods, paid, back, own, team, kept, ORDERS[order["state"]]]
        )
    heads = ("订单", "买家", "商品", "实付", "退款", "推荐人", "团队奖励", "留在店里", "状态")
    return table(heads, _few(rows), right="...rr..r.") if rows else []


def _rewards(report: Report) -> list[str]:
    rows = [
        [
            line["member"],
            KINDS[line["kind"]],
            show_yuan(stands(line)),
            STATES.get(line["state"], line["state"]),
        ]
        for line in report["earnings"]
        if not line["order"]
    ]
    return table(("谁", "为什么", "金额", "现在"), _few(rows), right="..r.") if rows else []


def _shop(play: Play, report: Report) -> list[str]:
    found = sums(report, play.stage.scenario, play.rules)
    waiting_fen = sum(
        fen for account, fen in report["ledger"].items() if account.startswith("escrow:")
    )
    lines = [
        ("买家实付", found.paid_fen),
        ("退给买家", -found.refunded_fen),
        ("带货佣金", -found.commission_fen),
        ("团队奖励", -found.team_fen),
        ("流量奖励和升级奖金", -found.promotion_fen),
        ("留在店里", found.kept_fen),
        ("进货成本（退款的按比例减）", -found.goods_fen),
        (f"支付通道费（约 {play.rules.words('plan.payment_fee')}）", -found.channel_fen),
        ("提现手续费收入", found.fees_fen),
        ("最后剩下（没算运费、税和杂费）", found.left_fen),
    ]
    if waiting_fen:
        lines.append(("其中还没结算的订单款", waiting_fen))
    rows = [[name, show_yuan(fen)] for name, fen in lines if fen or name == lines[0][0]]
    return table(("项目", "金额"), rows, right=".r")


def _purses(report: Report) -> list[str]:
    members = report["members"]
    shown = [purse for purse in PURSES if any(member[purse] for member in members.values())]
    rows = [
        [name, *(show_yuan(member[purse]) for purse in shown)] for name, member in members.items()
    ]
    heads = ["谁", *(PURSES[purse] for purse in shown)]
    return table(heads, _few(rows), right=".".ljust(len(heads), "r"))


def _withdrawals(report: Report, play: Play) -> list[str]:
    events = play.stage.scenario.events
    whose = {event.id: event.facts["member"] for event in events if event.kind == "withdraw"}
    rows = []
    for id, row in report["withdrawals"].items():
        arrives_fen = row["amount_fen"] - row["fee_fen"] - row["tax_fen"]
        amounts = (row["amount_fen"], row["fee_fen"], row["tax_fen"], arrives_fen)
        rows.append([id, whose[id], *map(show_yuan, amounts), PAYOUTS[row["state"]]])
    heads = ("提现", "谁", "申请", "手续费", "代扣税", "到手", "结果")
    return table(heads, _few(rows), right="..rrrr.") if rows else []


def _refused(play: Play) -> list[str]:
    return [
        f"✗ {moment(one.event.at)} {one.event.name}：{said(one.refusal)}" for one in play.refused
    ]


def _proof(report: Report) -> str:
    total = show_yuan(report["ledger_sum_fen"])
    return f"账目：全部账户合计 {total} 元，{'平' if not report['ledger_sum_fen'] else '不平'}。"


def _given(report: Report) -> Counter[str]:
    """What stands of the lines of each order."""
    found: Counter[str] = Counter()
    for line in report["earnings"]:
        if line["order"]:
            found[line["order"]] += stands(line)
    return found


def _few(rows: list[list[str]]) -> list[list[str]]:
    """The first rows, and how many more there are."""
    if len(rows) <= SHOWN:
        return rows
    return [*rows[:SHOWN], [f"还有 {len(rows) - SHOWN} 行，用 --json 看"]]
