"""`qianxing audit`: the proof of the books, for people and for programs."""

import json

from commerce.money.audit import Finding, Report, audit

__all__ = ["as_json", "as_text", "audit"]

LAWS = {
    "an entry balances": "凭证借贷相等",
    "a balance is the sum of its postings": "余额等于分录之和",
    "pending is the lines that stand": "待到账等于未到账的收益明细",
    "escrow is what waits to be settled": "托管等于等待结算的订单",
    "every line has its entry": "每笔收益都有凭证",
    "the chain has no gap": "凭证编号连续",
    "the chain is whole": "历史凭证没有被改过",
}


def as_json(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False)


def as_text(report: Report) -> str:
    wrong: dict[str, list[Finding]] = {law: [] for law in LAWS}
    for finding in report.findings:
        wrong[finding.law].append(finding)
    lines = [
        f"凭证 {report.entries:,} 张，分录 {report.postings:,} 条，已入链 {report.chained:,} 张。"
    ]
    for law, title in LAWS.items():
        lines.append(f"{'✗' if wrong[law] else '✓'} {title}")
        lines += [
            f"    {finding.place}：应为 {finding.expected}，实为 {finding.found}"
            for finding in wrong[law]
        ]
    lines.append("账目完整。" if report.is_whole else "账目有误，付款请先暂停，并联系工程师。")
    return "\n".join(lines)
