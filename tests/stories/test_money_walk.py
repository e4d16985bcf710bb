"""From a newcomer's purchase to money in a purse, in the whole running house."""

from pathlib import Path

from sqlalchemy import func, select

from commerce.money import ledger
from commerce.money.earnings import Earning, State
from commerce.money.ledger import Posting
from commerce.people.members import Member
from commerce.work import Work
from tests.stories import money_walk as walk
from tests.stories.phone import Phone, Sandbox
from tests.stories.world import World, running
from tests.waiting import eventually


def test_the_money_of_one_order_goes_all_its_ways(tmp_path: Path) -> None:
    with running(tmp_path / "var") as world:
        sandbox = Sandbox(world.sandbox_url)
        hong, line, tail = sells_and_settles(sandbox)
        assert world.ask(pending) == 3
        walk.passes(sandbox, walk.HELD)
        assert eventually(lambda: world.ask(pending) == 0, 30), logs(world)
        walk.rest_is_released(line, tail)
        walk.asks_for_money(hong)
        walk.money_arrives(sandbox, hong)
        the_books_say_the_same(world, sandbox)
        assert "Traceback" not in logs(world)


def sells_and_settles(sandbox: Sandbox) -> tuple[Phone, list[Phone], str]:
    """小红, all three, and the tail of the order: sold, settled, explained, partly refunded."""
    walk.begins(sandbox)
    boss = sandbox.person("店长")
    line = walk.three_stand_in_line(sandbox, boss)
    hong = line[0]
    number = walk.goes_on_air(boss)
    card = walk.shares_goods(hong)

    fang = sandbox.person("阿芳")
    tail = walk.pays(fang, walk.buys_as_a_newcomer(fang, card))
    hong.is_told(f"你推荐的{walk.GOODS} × 10卖出 1 单，实付 990.00 元。", "预估佣金 198.00 元")
    walk.earnings_arrive(sandbox, boss, number, line)
    for person in line:
        walk.asks_how(person, tail, "买家收货满 7 天后可提现")

    walk.passes(sandbox, walk.ON_THE_WAY)
    fang.says(f"确认收货 {tail}").hears(f"订单尾号 {tail} 签收了")
    walk.part_comes_back(boss, fang, line, tail)
    return hong, line, tail


def the_books_say_the_same(world: World, sandbox: Sandbox) -> None:
    # In: 990.00 − 33.33 back − 99.00 out. The shop: 990.00 − 33.33 − 191.34 − 47.84 − 28.71.
    assert world.ask(accounts) == {
        ledger.WORLD: -(990_00 - 33_33 - 99_00),
        ledger.SALES: 688_78,
        ledger.FEES: 1_00,
        "小红": 91_34,
        "小明": 47_84,
        "小刚": 28_71,
    }
    totals = sandbox.get("/pay/totals")
    assert (totals["paid_fen"], totals["refunded_fen"], totals["transferred_fen"]) == (
        990_00,
        33_33,
        99_00,
    )
    assert "账目完整。" in world.command("audit")


def pending(work: Work) -> int:
    """How many lines wait for their hold to end."""
    waiting = select(func.count()).where(Earning.state == State.PENDING)
    return work.session.scalar(waiting) or 0


def accounts(work: Work) -> dict[str, int]:
    """What is on every account that is not empty; what a member may withdraw, by the name."""
    sums = select(Posting.account, func.sum(Posting.amount_fen)).group_by(Posting.account)
    names = {
        ledger.available(member.id): str(member.nickname)
        for member in work.session.scalars(select(Member))
    }
    rows = work.session.execute(sums.having(func.sum(Posting.amount_fen) != 0))
    return {names.get(account, account): int(amount_fen) for account, amount_fen in rows}


def logs(world: World) -> str:
    return "\n".join(file.read_text() for file in (world.data / "log").glob("*.log"))
