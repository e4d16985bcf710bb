"""The merchant's balance and every movement on it. Amounts are whole fen."""

from sandbox.pay.errors import PayError
from sandbox.world import PULSE, World

FIRST_FEN = 100_000_000
"""What a new merchant has: a million yuan."""


def balance(world: World) -> int:
    row = world.db.execute("SELECT balance FROM pay_flows ORDER BY id DESC LIMIT 1").fetchone()
    return row["balance"] if row else FIRST_FEN


def move(world: World, what: str, number: str, platform_number: str, amount: int) -> None:
    """Adds the amount, negative for an expense. PayError NOT_ENOUGH when there is too little."""
    left = balance(world) + amount
    if left < 0:
        raise PayError("NOT_ENOUGH")
    world.db.execute(
        "INSERT INTO pay_flows (at, what, number, platform_number, amount, balance)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (world.now(), what, number, platform_number, amount, left),
    )
    if amount > 0:
        _wake_the_poor(world)


def set_balance(world: World, amount: int) -> None:
    """Money put in or taken out by the merchant at the console."""
    difference = amount - balance(world)
    if difference:
        move(world, "充值" if difference > 0 else "提现", "", "", difference)


def _wake_the_poor(world: World) -> None:
    """Bills that wait for money are looked at again."""
    world.db.execute("UPDATE pay_bills SET moves_at = ? WHERE state = 'PROCESSING'", (world.now(),))
    world.changed(PULSE)
