"""What a played evening came to, as a table for the terminal."""

from dataclasses import dataclass, field

from commerce.fen import show_yuan
from qianxing.tables import table


@dataclass
class Sums:
    people: list[str] = field(default_factory=list)
    """Who booked, by name."""
    booked: int = 0
    reminded: int = 0
    tickets: int = 0
    drawn: int = 0
    entered: int = 0
    racers: int = 0
    seats: int = 0
    steps: list[int] = field(default_factory=list)
    """What each part of the buyers paid, in fen."""
    helped: int = 0
    orders: int = 0
    others: int = 0
    paid_fen: int = 0
    settled: str = ""
    board: str = ""
    took_s: float = 0.0

    def lines(self) -> list[str]:
        steps = " → ".join(show_yuan(fen) for fen in self.steps)
        rows = [
            ("预约", f"{self.booked} 人", f"提醒送到 {self.reminded} 人"),
            ("抽奖", f"{self.drawn} 份", f"{self.tickets} 个预约号，记录可验证"),
            ("进直播间", f"{self.entered} 人"),
            ("限时价", f"{self.seats} 份", f"{self.racers} 人同时抢"),
            ("阶梯价", f"{steps} 元"),
            ("助力", f"{self.helped} 位朋友", "解锁 1 份"),
            ("付款", f"{self.orders:,} 单", f"{show_yuan(self.paid_fen)} 元"),
            ("结算", self.settled),
        ]
        whole = table(("这一晚", "多少", ""), rows)
        return ["", *whole, "", self.board, "", f"用时 {self.took_s:.1f} 秒"]
