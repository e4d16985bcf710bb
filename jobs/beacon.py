"""Asking the public beacon for the number that a frozen draw waits for."""

from commerce.lives import drawing
from commerce.lives.lotteries import Lottery, State
from jobs.shop import Shop


def hear_beacon(shop: Shop, lottery_id: int) -> None:
    """The first number after the freeze. While there is none it is asked again; if it is too late
    then, it was drawn without."""
    with shop.office.reading() as work:
        lottery = work.session.get_one(Lottery, lottery_id)
    if shop.beacon is None or lottery.state != State.FROZEN or lottery.frozen_at is None:
        return
    heard = shop.beacon.after(lottery.frozen_at)
    shop.office.do(lambda work: drawing.mix_in(work, lottery_id, heard))
