"""`qianxing demo evening`, small, twice in the same world: what it tells is what the books say.

Of each evening: 5 towels at 9.90 and 3 at 39.90; of the lotus powder 3 at 99.00, 3 at 89.00 and 3
at 79.00; the tea at 99.00, as three friends helped; 2 tissues at 49.90. That is 20 orders, and
49.50 + 119.70 + 297.00 + 267.00 + 237.00 + 99.00 + 99.80 = 1,169.00.
"""

import json
from pathlib import Path

import requests
from sqlalchemy import func, select

from commerce.goods.offers import Kind, LiveOffer, OfferSeat, SeatState
from commerce.goods.orders import Offer, Order
from commerce.goods.orders import State as OrderState
from commerce.lives.assists import Assist
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import Lottery
from commerce.lives.prizes import Prize
from commerce.work import Work
from tests.stories.phone import Sandbox
from tests.stories.test_money_walk import logs
from tests.stories.world import World, running
from tests.waiting import eventually

TOLD = (
    "前一小时的提醒送到 15 人的手机",
    "15 人里抽出 3 个，记录重算一遍对得上",
    "15 人进了直播间",
    "8 人抢 5 份 9.90 元毛巾",
    "99.00 → 89.00 → 79.00 元",
    "请来 3 位朋友，99.00 元买到龙井茶",
    "中了奖，来领：领好了",
    "1,169.00 元",
    "本场 20 单，已结算 100%",
)
PAID_FEN = 1_169_00


def test_an_evening_is_played_and_played_again(tmp_path: Path) -> None:
    with running(tmp_path / "var") as world:
        for evenings in (1, 2):
            told = world.command("demo", "evening", "--size", "small")
            assert [words for words in TOLD if words not in told] == [], told + logs(world)
            assert world.ask(lives) == [State.SETTLED] * evenings
        sandbox = Sandbox(world.sandbox_url)
        assert sandbox.get("/pay/totals")["paid_fen"] == 2 * PAID_FEN
        assert world.ask(sold) == (2 * 20, 2 * PAID_FEN)
        assert world.ask(seats) == [[1, 2, 3, 4, 5]] * 2
        assert world.ask(prizes) == [3, 3]
        assert world.ask(helped) == [3, 3]
        for number in world.ask(draws):
            adds_up(world, sandbox, number, tmp_path / f"{number}.json")
        assert "账目完整。" in world.command("audit")
        the_button_does_it_too(sandbox)
        assert "Traceback" not in logs(world)


def the_button_does_it_too(sandbox: Sandbox) -> None:
    """Begun and left alone: nothing of it may be there when the house is closed."""
    assert sandbox.post("/evening")["on"]
    again = sandbox.session.post(f"{sandbox.url}/sandbox/v1/evening", json={})
    assert again.status_code == 422
    assert eventually(lambda: sandbox.get("/evening")["lines"] != [], 60)
    assert "预告场次 3" in sandbox.get("/evening")["lines"][0]


def adds_up(world: World, sandbox: Sandbox, number: str, file: Path) -> None:
    """The record everybody may download, by the command; a changed one does not."""
    address = f"{sandbox.get('/state')['app_url']}/pages/draws/{number}.json"
    with requests.Session() as session:
        session.trust_env = False
        record = session.get(address, timeout=10).json()
    file.write_text(json.dumps(record))
    assert f"{number} 对得上" in world.command("lottery", "verify", str(file))


def lives(work: Work) -> list[str]:
    return list(work.session.scalars(select(Live.state).order_by(Live.id)))


def sold(work: Work) -> tuple[int, int]:
    paid = (Order.state == OrderState.PAID) & (Order.offer != Offer.PRIZE)
    found = work.session.scalars(select(Order).where(paid)).all()
    return len(found), sum(order.cash_fen for order in found)


def seats(work: Work) -> list[list[int]]:
    """The numbers that were paid, of every offer with seats."""
    offers = select(LiveOffer.id).where(LiveOffer.kind == Kind.FIRST_N).order_by(LiveOffer.id)
    return [
        list(
            work.session.scalars(
                select(OfferSeat.seat_no)
                .where(OfferSeat.offer_id == offer, OfferSeat.state == SeatState.PAID)
                .order_by(OfferSeat.seat_no)
            )
        )
        for offer in work.session.scalars(offers)
    ]


def prizes(work: Work) -> list[int]:
    counted = select(func.count()).group_by(Prize.lottery_id).select_from(Prize)
    return list(work.session.scalars(counted))


def helped(work: Work) -> list[int]:
    return list(work.session.scalars(select(Assist.helped).order_by(Assist.id)))


def draws(work: Work) -> list[str]:
    return list(work.session.scalars(select(Lottery.number)))
