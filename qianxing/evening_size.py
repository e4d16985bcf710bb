"""How big an evening is played."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How big an evening: who books, what is drawn, who races, how the price falls."""

    booked: int = 120
    full: int = 100
    winners: int = 10
    seats: int = 100
    racers: int = 200
    step: int = 100
    buyers: int = 400
    others: int = 399


SIZES = {
    "full": Size(),
    "small": Size(booked=15, full=12, winners=3, seats=5, racers=8, step=3, buyers=9, others=2),
}
