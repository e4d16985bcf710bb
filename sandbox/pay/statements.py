"""The daily bills: every payment and refund, and every movement of the balance, as CSV."""

import gzip
import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from sandbox.clock import SHANGHAI
from sandbox.pay import merchant
from sandbox.pay.call import Call
from sandbox.pay.errors import PayError
from sandbox.store import recall, remember
from sandbox.world import World

READY_HOUR = 10
KEPT_DAYS = 90
TRADES = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_SUM = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
FLOWS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FLOW_SUM = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"

Found = dict[str, Any]


def trade_bill(call: Call) -> Found:
    return _asked(call, "trade")


def flow_bill(call: Call) -> Found:
    return _asked(call, "flow")


def _asked(call: Call, kind: str) -> Found:
    """Where the bill is, and the SHA-1 of it unpacked. It is written by 10:00 of the next day."""
    day = _day(call)
    packed = call.query.get("tar_type") == "GZIP"
    content = _written(call.world, kind, day)
    token = secrets.token_urlsafe(32)
    remember(call.world.db, f"bill {token}", [kind, day.isoformat(), packed])
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "download_url": f"{call.base_url}/v3/billdownload/file?token={token}",
    }


def _day(call: Call) -> date:
    now = datetime.fromtimestamp(call.world.now(), SHANGHAI)
    try:
        day = date.fromisoformat(call.query.get("bill_date", ""))
    except ValueError:
        raise PayError("PARAM_ERROR", "bill_date 的格式是 yyyy-MM-dd", "/bill_date") from None
    if not now.date() - timedelta(days=KEPT_DAYS) <= day < now.date():
        raise PayError("PARAM_ERROR", "bill_date 要是三个月内、今天以前的一天", "/bill_date")
    if day == now.date() - timedelta(days=1) and now.hour < READY_HOUR:
        raise PayError("STATEMENT_CREATING", "账单生成中，请在 10 点后再试")
    return day


def download(call: Call) -> Response:
    """The file itself; the platform does not sign it, its hash does."""
    known = recall(call.world.db, f"bill {call.query.get('token', '')}")
    if known is None:
        raise PayError("RESOURCE_NOT_EXISTS", "文件不存在")
    kind, day, packed = known
    content = _written(call.world, kind, date.fromisoformat(day))
    packing = gzip.compress(content, mtime=0) if packed else content
    return Response(packing, media_type="application/octet-stream")


def _written(world: World, kind: str, day: date) -> bytes:
    """NO_STATEMENT_EXIST when nothing happened that day."""
    begins = datetime.combine(day, time(), SHANGHAI).timestamp()
    span = (begins, begins + 86_400)
    lines = _trade_lines(world, span) if kind == "trade" else _flow_lines(world, span)
    if not lines:
        raise PayError("NO_STATEMENT_EXIST", "账单文件不存在")
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _line(*values: object) -> str:
    """Every value has a backtick before it, so that no spreadsheet takes it for a number."""
    return ",".join(f"`{str(value).replace(',', ' ')}" for value in values)


def _yuan(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def _at(at: float) -> str:
    return datetime.fromtimestamp(at, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _trade_lines(world: World, span: tuple[float, float]) -> list[str]:
    paid = world.db.execute(
        "SELECT * FROM pay_orders WHERE paid_at >= ? AND paid_at < ? ORDER BY paid_at", span
    ).fetchall()
    back = world.db.execute(
        "SELECT o.*, r.* FROM pay_refunds r JOIN pay_orders o USING (out_trade_no)"
        " WHERE r.created_at >= ? AND r.created_at < ? ORDER BY r.created_at",
        span,
    ).fetchall()
    if not paid and not back:
        return []
    total, given = sum(row["total"] for row in paid), sum(row["amount"] for row in back)
    lines = [_trade(world, row) for row in paid] + [_trade(world, row, row) for row in back]
    summary = (len(lines), *(_yuan(amount) for amount in (total, given, 0, 0, total, given)))
    return [TRADES, *lines, TRADE_SUM, _line(*summary)]


def _trade(world: World, order: sqlite3.Row, refund: sqlite3.Row | None = None) -> str:
    back = refund["amount"] if refund else 0
    paid = 0 if refund else order["total"]
    return _line(
        _at(refund["created_at"] if refund else order["paid_at"]),
        *(world.account.appid, merchant.of(world).mchid, 0, ""),
        *(order["transaction_id"], order["out_trade_no"], order["openid"], order["kind"]),
        *("REFUND" if refund else "SUCCESS", "OTHERS", "CNY", _yuan(paid), "0.00"),
        *((refund["refund_id"], refund["out_refund_no"]) if refund else (0, 0)),
        *(_yuan(back), "0.00", "ORIGINAL" if refund else "", refund["status"] if refund else ""),
        *(order["description"], order["attach"], "0.00000", "0.00%"),
        *(_yuan(paid), _yuan(back), ""),
    )


def _flow_lines(world: World, span: tuple[float, float]) -> list[str]:
    rows = world.db.execute(
        "SELECT * FROM pay_flows WHERE at >= ? AND at < ? ORDER BY id", span
    ).fetchall()
    if not rows:
        return []
    gains = [row["amount"] for row in rows if row["amount"] > 0]
    costs = [-row["amount"] for row in rows if row["amount"] < 0]
    summary = (len(rows), len(gains), _yuan(sum(gains)), len(costs), _yuan(sum(costs)))
    return [FLOWS, *_flows(rows), FLOW_SUM, _line(*summary)]


def _flows(rows: list[sqlite3.Row]) -> Iterator[str]:
    for row in rows:
        way = "收入" if row["amount"] > 0 else "支出"
        yield _line(
            *(_at(row["at"]), row["platform_number"], row["id"], row["what"], row["what"], way),
            *(_yuan(abs(row["amount"])), _yuan(row["balance"]), "system", "", row["number"]),
        )
