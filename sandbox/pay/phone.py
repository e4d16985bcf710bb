"""What WeChat Pay shows on a person's phone, and the name the person is registered with."""

import sqlite3

from sandbox import screen
from sandbox.people import Person
from sandbox.store import recall, remember
from sandbox.world import World

SENDER = "微信支付"
CONFIRM = "confirm-transfer:"
PAY = "pay:"


def yuan(amount: int) -> str:
    return f"{amount // 100:,}.{amount % 100:02d} 元"


def real_name(world: World, person: Person) -> str:
    """As registered with WeChat; the sandbox's own name unless told otherwise."""
    return str(recall(world.db, f"real name {person.openid}", person.name))


def set_real_name(world: World, person: Person, name: str) -> None:
    remember(world.db, f"real name {person.openid}", name)


def show_transfer(world: World, person: Person, bill: sqlite3.Row) -> None:
    words = (
        f"{world.account.name}向你转账 {yuan(bill['amount'])}，24 小时内点一下就收到\n"
        f"{bill['remark']}\n单号 {bill['out_bill_no']}"
    )
    button = {"id": CONFIRM + bill["out_bill_no"], "text": "确认收款"}
    screen.told(world, person, SENDER, {"type": "text", "text": words, "buttons": [button]})


def show_received(world: World, person: Person, bill: sqlite3.Row) -> None:
    words = f"收款成功 {yuan(bill['amount'])}，已存入零钱\n单号 {bill['out_bill_no']}"
    screen.told(world, person, SENDER, {"type": "text", "text": words})


def show_cashier(world: World, person: Person, order: sqlite3.Row) -> None:
    words = (
        f"付给{world.account.name} {yuan(order['total'])}\n{order['description']}\n"
        f"单号 {order['out_trade_no']}"
    )
    button = {"id": PAY + order["out_trade_no"], "text": "立即支付"}
    screen.told(world, person, SENDER, {"type": "text", "text": words, "buttons": [button]})


def show_paid(world: World, person: Person, order: sqlite3.Row) -> None:
    words = f"支付成功 {yuan(order['total'])}\n{order['description']}\n单号 {order['out_trade_no']}"
    screen.told(world, person, SENDER, {"type": "text", "text": words})
