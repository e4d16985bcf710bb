"""An import takes a whole chunk at once, and comes to the same as taking the orders one by one."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from commerce.agenda import DueTask
from commerce.goods import recipients, shop_names, touches
from commerce.goods.orders import Order
from commerce.goods.recipients import Recipient
from commerce.money import audit
from commerce.money.ledger import Balance, Posting
from commerce.money.payments import Refund
from commerce.outbox import Outgoing
from commerce.people import binding, identities, joining
from commerce.people.identities import Identity
from commerce.people.members import Member, State
from commerce.people.ranks import SalesDay
from commerce.rules import Rank
from commerce.work import Office, Work
from qianxing import importing, sheets
from qianxing.importing import KINDS
from tests.commerce.sales import live, product
from tests.commerce.stars import star, visitor
from tests.databases import emptied
from tests.people import Clock
from tests.qianxing import one_by_one

HEAD = (
    "订单号,商品编码,数量,实付金额,运费,订单状态,退款金额,直播间,分享员,下单时间,支付时间,发货时间,"
    "收货时间,快递公司,快递单号,买家ID,收货人,手机号,收货地址\n"
)
STATUSES = ("待付款", "待发货", "待发货", "已发货", "已发货", "已完成", "已完成", "已取消")
CHUNK = 20
START = datetime(2026, 3, 1, tzinfo=UTC)
KEPT = (Order, Member, SalesDay, Refund, Outgoing, Balance)
NOT_COMPARED = {"number"}
"""A refund's number has letters drawn at random in it."""


def a_shop(office: Office, clock: Clock) -> None:
    """Stars of every kind, buyers who came by every way, and lives before, now and after."""
    clock.now = START
    with office.work() as work:
        stars = the_stars(work)
        for number, commission_bp in enumerate((1000, 2000, 3000)):
            product(work, 99_00 + number, commission_bp=commission_bp).code = f"P{number}"
        evenings = [live(work, stars[host]) for host in ("amy", "bo", "gone")]
        evenings[1].ended_at = START + timedelta(days=2)
        for name, member in stars.items():
            shop_names.name_sharer(work, name, member)
        shop_names.name_live(work, "春日场", evenings[0])
        the_buyers(work, stars, evenings[0].id)
    with office.work() as work:
        gone, shut, one, other = (
            work.session.get_one(Member, stars[name].id)
            for name in ("gone", "shut", "chen", "again")
        )
        joining.leave(work, gone)
        shut.state = State.SUSPENDED
        assert binding.merge(work, other, one) is not None
    clock.passes(days=5)


def the_stars(work: Work) -> dict[str, Member]:
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)
    amy.rank, bo.rank, chen.rank = Rank.TWO_STAR, Rank.ONE_STAR, Rank.ONE_STAR
    stars = {"amy": amy, "bo": bo, "chen": chen}
    inviters = {"gone": chen, "shut": bo, "again": amy, "fan": chen}
    return stars | {name: star(work, name, inviter) for name, inviter in inviters.items()}


def the_buyers(work: Work, stars: dict[str, Member], live_id: int) -> None:
    """The shop knows ten people; four of them are stars, one left nothing but a trace."""
    known = [visitor(work) for _ in range(6)]
    touches.touch(work, known[0], stars["chen"])
    touches.touch(work, known[1], stars["bo"], live_id=live_id)
    known[2].reserved_inviter_id = stars["bo"].id
    known[2].reserved_until = START + timedelta(days=3)
    former = visitor(work)
    touches.touch(work, former, stars["bo"])
    assert binding.merge(work, known[5], former) is known[5]
    people = [*known, *(stars[name] for name in ("fan", "amy", "bo", "again"))]
    for number, member in enumerate(people):
        door = Identity(member_id=member.id, channel="shop", external_id=f"k{number}")
        door.is_open, door.created_at = False, START
        work.session.add(door)
        if number == 3:
            identities.erase(work, door)
    for number, member in enumerate((known[4], known[5])):
        recipients.save(work, member.id, Recipient("x", f"1380000000{number}", "杭州市西湖区 1"))
    recipients.save(work, known[0].id, Recipient("x", "13800000001", "杭州市西湖区 1"))


def a_file(path: Path, chance: Random) -> None:
    """Every number once, and in another chunk some of them again."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        table = csv.writer(file)
        for number in [*range(3 * CHUNK), *chance.sample(range(3 * CHUNK), CHUNK)]:
            table.writerow(a_row(Random(number), chance, number))


def some_time_after(paid_at: datetime, chance: Random) -> datetime | None:
    """Now and then it has not happened yet, or nobody says when."""
    if chance.random() < 0.2:
        return None
    latest = START + timedelta(days=5, hours=chance.random() < 0.03)
    return paid_at + timedelta(seconds=chance.randrange(int((latest - paid_at).total_seconds())))


def a_row(fixed: Random, chance: Random, number: int) -> list[object]:
    """What was paid is fixed; how far it came is by chance."""
    paid_fen = fixed.choice([0, 1, 99_00, 94_00, fixed.randrange(1, 500_00)])
    freight_fen = min(fixed.choice([0, 0, 6_00]), paid_fen)
    paid_at = START + timedelta(seconds=fixed.randrange(5 * 86400 - 3))
    ordered_at = paid_at - timedelta(hours=fixed.choice([0, 1, 30]))
    parts = (0, 0, 0, 0, min(1, paid_fen), paid_fen, paid_fen // 3, paid_fen // 2)
    back_fen = chance.choice(parts) + (chance.random() < 0.02)
    later = [some_time_after(paid_at, chance) for _ in range(2)]
    status = chance.choice(STATUSES)
    return [
        number,
        fixed.choice(["P0", "P2", *["P1"] * 10, "P9"]),
        fixed.choice([1, 1, 2, 3]),
        f"{paid_fen / 100:.2f}",
        f"{freight_fen / 100:.2f}",
        status,
        f"{back_fen / 100:.2f}",
        fixed.choice(["", "", "春日场", "场次 1", "场次 2", "场次 3", *["夜场"] * (number == 7)]),
        fixed.choice(
            ["", "", "", "amy", "bo", "chen", "gone", "shut", "again", *["eve"] * (number % 9 == 7)]
        ),
        *(f"{at:%Y-%m-%dT%H:%M:%S}Z" if at else "" for at in (ordered_at, paid_at, *later)),
        fixed.choice(["", "顺丰"]),
        fixed.choice(["", f"SF{number}"]),
        fixed.choice(["", f"b{number // 3}", f"k{number % 10}", f"k{number % 10}"]),
        fixed.choice(["", "阿芳"]),
        fixed.choice(["", f"1380000000{number % 5}"]),
        fixed.choice(["", "杭州市西湖区文三路 1 号"]),
    ]


def imported(office: Office, path: Path, take: Any, chunk: int, **how: Any) -> Counter[Any]:
    kind = replace(KINDS["orders"], take=take, chunk=chunk)
    known = importing.table(kind, sheets.read(path))
    return importing.run(office, kind, known, path.with_suffix(".refused"), **how).came


def what_stands(office: Office) -> dict[str, object]:
    """All there is, but for how the bookings of a chunk are put together."""
    with office.reading() as work:
        found: dict[str, object] = {
            table.__tablename__: [
                {name: value for name, value in row.items() if name not in NOT_COMPARED}
                for row in work.session.execute(
                    select(table.__table__).order_by(*table.__table__.primary_key)
                ).mappings()
            ]
            for table in KEPT
        }
        doors = select(Identity.id, Identity.member_id, Identity.external_id, Identity.is_open)
        found["doors"] = work.session.execute(doors.where(Identity.channel == "shop")).all()
        sums = select(Posting.account, func.sum(Posting.amount_fen)).group_by(Posting.account)
        found["money"] = {account: int(fen) for account, fen in work.session.execute(sums) if fen}
        later = list(work.session.scalars(select(DueTask)))
        found["scored"] = Counter(id for one in later for id in one.args.get("order_ids", ()))
        found["later"] = sorted(
            (one.key, one.task, one.due_at, sorted(one.args.items()))
            for one in later
            if one.task != "score_imported"
        )
    return found


@pytest.mark.parametrize("seed", range(2))
def test_a_whole_chunk_comes_to_the_same_as_one_by_one(office, clock, tmp_path, seed):
    files = [tmp_path / f"a{number}.csv" for number in range(2)]
    chance = Random(seed)
    for path in files:
        a_file(path, chance)

    came, stands = [], []
    for take, chunk in ((KINDS["orders"].take, CHUNK), (one_by_one.take, 1)):
        emptied(office.engine)
        a_shop(office, clock)
        came.append([imported(office, path, take, chunk) for path in files])
        stands.append(what_stands(office))

    together, apart = stands
    scored = together.pop("scored"), apart.pop("scored")
    assert came[0] == came[1]
    assert together == apart
    earning = {row["id"] for row in together["orders"] if row["earns"]}
    assert scored == (Counter(earning), Counter())
    assert {"new", "changed", "same", "refused", "left_out"} == set().union(*came[0])
    assert audit.audit(office).is_whole


def test_stopped_anywhere_it_goes_on_and_comes_to_the_same(office, clock, tmp_path):
    path, take = tmp_path / "a.csv", KINDS["orders"].take
    a_file(path, Random(7))
    a_shop(office, clock)
    imported(office, path, take, CHUNK)
    undisturbed = what_stands(office)

    emptied(office.engine)
    a_shop(office, clock)
    for chunks in (1, 2):
        with pytest.raises(Stopped):
            imported(office, path, take, CHUNK, advance=stopping_after(chunks))
    assert what_stands(office) != undisturbed
    imported(office, path, take, CHUNK)

    assert what_stands(office) == undisturbed


class Stopped(Exception):
    """Somebody pulled the plug."""


def stopping_after(chunks: int) -> Callable[[int], None]:
    left = chunks

    def advance(_rows: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Stopped

    return advance


@pytest.mark.parametrize("chunk", [1, 100])
def test_a_buyer_is_whom_the_shop_names_else_whose_number_it_is(office, clock, tmp_path, chunk):
    a_shop(office, clock)
    rows = [("b1", ""), ("b1", "13800000000"), ("b2", "13800000000"), ("b3", "13800000000")]
    path = tmp_path / "a.csv"
    lines = [
        f"{number},P1,1,94.00,0,待发货,0,,,,2026-03-02 10:00,,,,,{buyer},阿芳,{phone},\n"
        for number, (buyer, phone) in enumerate(rows)
    ]
    path.write_text(HEAD + "".join(lines), "utf-8")

    imported(office, path, KINDS["orders"].take, chunk)

    with office.reading() as work:
        saved = select(recipients.SavedRecipient.member_id).where(
            recipients.SavedRecipient.phone_trace
            == recipients.traces(work, Recipient("", "13800000000", ""))[0]
        )
        owner = work.session.scalars(saved).one()
        by = work.session.scalars(select(Order.buyer_id).order_by(Order.id)).all()
    assert by == [by[0], by[0], owner, owner]
    assert by[0] != owner
