"""What was said to customer service is heard once, in each person's order, whatever is lost."""

import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.context import Bot
from bot.inbox import InboxEntry
from bot.together import dispatch_together
from commerce.agenda import DueTask
from commerce.outbox import Outgoing, State
from commerce.people.identities import Identity
from commerce.rules import Rules
from commerce.work import Office
from jobs import kf_accounts, kf_sweeps, sync, tick
from jobs.kf_accounts import KfAccount
from jobs.kf_rings import Rings
from jobs.shop import Shop
from tests.databases import migrated
from tests.jobs.kf import TOKEN, Platform, happened, said, utc
from tests.jobs.kf_worker import shop as make_shop
from tests.people import Clock
from tests.platforms.stub import Stub, running
from tests.waiting import eventually

KF = "/cgi-bin/kf"
WK = "wk1"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running(Stub()) as started:
        yield started


@pytest.fixture
def platform(stub: Stub) -> Platform:
    return Platform(stub)


@pytest.fixture
def house(rules: Rules, clock: Clock, tmp_path: Path) -> Iterator[Office]:
    with migrated("sqlite", tmp_path) as engine:
        yield Office(engine, rules, clock)


@pytest.fixture
def shop(house: Office, bot: Bot, platform: Platform, tmp_path: Path) -> Shop:
    return make_shop(house, platform.stub.url, tmp_path, bot)


def ring(shop: Shop, account: str = WK, token: str = TOKEN) -> None:
    Rings(shop.office, lambda: None).ring({"account": account, "token": token})


def due(office: Office, *names: str) -> list[int]:
    with office.reading() as work:
        rows = select(DueTask.id).where(
            DueTask.done_at.is_(None), DueTask.failed_at.is_(None), DueTask.due_at <= work.now
        )
        if names:
            rows = rows.where(DueTask.task.in_(names))
        return list(work.session.scalars(rows.order_by(DueTask.id)))


def run(shop: Shop, *names: str) -> None:
    """Everything that is due, and what follows at once."""
    for _ in range(20):
        numbers = due(shop.office, *names)
        for number in numbers:
            tick.run(shop, number)
        if not numbers:
            return


def answers(office: Office) -> dict[str, list[str]]:
    """What everybody is answered, in the order in which it was."""
    rows = (
        select(Identity.external_id, Outgoing)
        .join(Identity, Identity.id == Outgoing.identity_id)
        .order_by(Outgoing.id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    with office.reading() as work:
        for sender, row in work.session.execute(rows):
            found[sender].append(row.said["reply"]["text"])
    return found


def account(office: Office, name: str = WK) -> KfAccount:
    with office.reading() as work:
        return work.session.get_one(KfAccount, name)


def counted(office: Office, sender: str) -> list[int]:
    """The numbers that were noted down for somebody."""
    words = answers(office)[sender]
    return [int(found[1]) for text in words if (found := re.fullmatch(r"记下 (\d+)", text))]


def test_what_is_said_is_heard_and_answered_where_it_was_said(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    ring(shop)
    run(shop)

    assert platform.sent == [
        {
            "touser": "wm1",
            "open_kfid": WK,
            "msgtype": "text",
            "text": {"content": "记下 1"},
        }
    ]
    assert account(shop.office).lease_until is None


def test_many_rings_are_one_fetching(shop: Shop, platform: Platform, clock: Clock) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    for _ in range(50):
        ring(shop)

    assert len(due(shop.office, "pull_kf")) == 1


def test_who_rings_while_it_is_fetched_is_heard_too(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    ring(shop)
    shop.office.do(lambda work: kf_accounts.take(work, WK, real_now=utc()))  # Somebody is at it.
    platform.put(said("a2", "wm1", WK, "记2", clock.now))
    ring(shop)
    run(shop, "pull_kf")
    assert counted(shop.office, "wm1") == []  # Left to who is at it, who was killed.

    with shop.office.work() as work:
        work.session.get_one(KfAccount, WK).lease_until = utc() - timedelta(seconds=1)
    ring(shop)
    run(shop, "pull_kf")

    assert counted(shop.office, "wm1") == [1, 2]


def test_a_ring_during_the_last_page_makes_it_go_round_again(
    shop: Shop, platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    ring(shop)
    fetched = sync._fetched

    def slowly(*asked: Any) -> Any:
        pages = fetched(*asked)
        if not any(item["msgid"] == "a2" for item in platform.kept[WK]):
            platform.put(said("a2", "wm1", WK, "记2", clock.now))
            ring(shop)
        return pages

    monkeypatch.setattr(sync, "_fetched", slowly)
    [first] = due(shop.office, "pull_kf")
    tick.run(shop, first)

    assert counted(shop.office, "wm1") == [1, 2]


def test_a_lost_ring_loses_nothing(shop: Shop, platform: Platform, clock: Clock) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    shop.office.do(kf_sweeps.plan_sweep)
    run(shop, "sweep_kf", "find_kf_accounts")
    clock.passes(seconds=16)
    run(shop, "sweep_kf", "find_kf_accounts", "pull_kf")
    platform.put(said("a2", "wm1", WK, "记2", clock.now))
    clock.passes(seconds=16)
    run(shop, "sweep_kf", "pull_kf")

    assert counted(shop.office, "wm1") == [1, 2]
    assert account(shop.office).link.startswith("https://work.weixin.qq.com/kf/")


def test_the_sweep_fills_no_table(
    shop: Shop, platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kf_sweeps, "SWEEPS_KEPT", 5)
    monkeypatch.setattr(kf_accounts, "TURNS_KEPT", 5)
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    shop.office.do(kf_sweeps.plan_sweep)
    for _ in range(30):
        run(shop, "sweep_kf", "find_kf_accounts", "pull_kf")
        clock.passes(seconds=15)

    with shop.office.reading() as work:
        rows = select(func.count()).where(DueTask.task.in_(("sweep_kf", "pull_kf")))
        assert (work.session.scalar(rows) or 0) <= 14


def test_shuffled_pages_are_put_in_each_persons_order(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    platform.size, platform.shuffle, platform.doubles = 7, True, True
    for number in range(40):
        at = clock.now + timedelta(seconds=number // 3)
        platform.put(said(f"m{number}", f"wm{number % 2}", WK, f"记{number // 2}", at))
    clock.passes(minutes=1)
    ring(shop)
    run(shop, "pull_kf")

    assert counted(shop.office, "wm0") == list(range(20))
    assert counted(shop.office, "wm1") == list(range(20))


class Killed(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


def test_killed_before_the_cursor_is_kept_it_hears_each_once(
    shop: Shop, platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "TOGETHER", 4)
    for number in range(10):
        platform.put(said(f"m{number}", "wm1", WK, f"记{number}", clock.now))
    hear, heard = dispatch_together, []

    def killed(*some: Any) -> None:
        hear(*some)
        heard.append(some)
        if len(heard) == 2:
            raise Killed

    monkeypatch.setattr(sync, "dispatch_together", killed)
    ring(shop)
    with pytest.raises(Killed):
        run(shop, "pull_kf")
    assert account(shop.office).cursor == ""
    assert counted(shop.office, "wm1") == [0, 1, 2, 3]

    with shop.office.work() as work:
        for task in work.session.scalars(select(DueTask)):
            task.lease_until = None
    run(shop, "pull_kf")

    assert counted(shop.office, "wm1") == list(range(10))
    assert account(shop.office).cursor == "10"


def test_a_key_that_is_not_good_any_more_is_left_away(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    ring(shop, token="ENC-OLD")
    run(shop, "pull_kf")

    assert counted(shop.office, "wm1") == [1]


def test_an_account_that_is_gone_is_not_asked_again(shop: Shop, clock: Clock) -> None:
    ring(shop, "wk-gone")
    run(shop, "pull_kf")
    assert account(shop.office, "wk-gone").gone_at == clock.now
    clock.passes(minutes=1)
    shop.office.do(kf_accounts.plan_overdue)

    assert due(shop.office) == []


def test_something_that_is_no_message_keeps_nobody_waiting(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    broken = said("a0", "wm 1", WK, "记0", clock.now)
    platform.put(broken, said("a1", "wm1", WK, "记1", clock.now))
    ring(shop)
    run(shop, "pull_kf")

    assert counted(shop.office, "wm1") == [1]


def welcome(at: datetime, scene: str = "", code: str = "WC") -> dict[str, Any]:
    more = {"scene": "card", "scene_param": scene, "welcome_code": code}
    return happened("e1", "wm1", WK, "enter_session", at, **more)


def test_who_enters_is_greeted_by_the_code(shop: Shop, platform: Platform, clock: Clock) -> None:
    platform.put(welcome(clock.now))
    ring(shop)
    run(shop)

    [body] = platform.sent
    assert body["code"] == "WC"
    assert body["msgtype"] == "msgmenu"
    assert "你好，欢迎来到" in body["msgmenu"]["head_content"]


@pytest.mark.parametrize("late", ["heard", "said"])
def test_a_missed_welcome_is_counted_and_said_at_the_first_word(
    shop: Shop, platform: Platform, clock: Clock, late: str
) -> None:
    platform.put(welcome(clock.now))
    clock.passes(seconds=21 if late == "heard" else 1)
    platform.refused = {f"{KF}/send_msg_on_event": 41051, f"{KF}/send_msg": 95002}
    ring(shop)
    run(shop)
    assert platform.sent == []
    with shop.office.reading() as work:
        assert kf_accounts.late_welcomes(work) == 1

    del platform.refused[f"{KF}/send_msg"]
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    clock.passes(seconds=1)
    ring(shop)
    run(shop)

    said_now = [body[body["msgtype"]] for body in platform.sent]
    assert any("欢迎" in words.get("head_content", "") for words in said_now)
    assert {"content": "记下 1"} in said_now
    with shop.office.reading() as work:
        assert kf_accounts.late_welcomes(work) == 1


def test_what_did_not_arrive_is_said_at_the_next_visit(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    platform.put(said("a1", "wm1", WK, "记1", clock.now))
    ring(shop)
    run(shop)
    fail = happened("e1", "wm1", WK, "msg_send_fail", clock.now, fail_msgid="k1", fail_type=6)
    platform.put(fail)
    ring(shop)
    run(shop)
    with shop.office.reading() as work:
        assert work.session.scalars(select(Outgoing.state)).all() == [State.MISSED]

    platform.put(said("a2", "wm1", WK, "记2", clock.now))
    ring(shop)
    run(shop)

    assert sorted(body["text"]["content"] for body in platform.sent) == [
        "记下 1",
        "记下 1",
        "记下 2",
    ]


def test_an_event_told_again_changes_nothing(shop: Shop, platform: Platform, clock: Clock) -> None:
    taken = happened("e1", "wm1", WK, "session_status_change", clock.now, change_type=1)
    ended = happened("e2", "wm1", WK, "session_status_change", clock.now, change_type=3)
    platform.put(said("a1", "wm1", WK, "记1", clock.now), taken, ended)
    ring(shop)
    run(shop, "pull_kf")
    platform.put(taken, said("a2", "wm1", WK, "记2", clock.now))
    ring(shop)
    run(shop, "pull_kf")

    assert counted(shop.office, "wm1") == [1, 2]


def test_a_colleague_who_has_the_conversation_is_alone_with_them(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    taken = happened("e1", "wm1", WK, "session_status_change", clock.now, change_type=1)
    ended = happened("e2", "wm1", WK, "session_status_change", clock.now, change_type=3)
    platform.put(
        said("a1", "wm1", WK, "记1", clock.now),
        taken,
        said("a2", "wm1", WK, "记2", clock.now),
        ended,
        said("a3", "wm1", WK, "记3", clock.now),
    )
    ring(shop)
    run(shop, "pull_kf")

    assert counted(shop.office, "wm1") == [1, 3]


def test_human_hands_the_conversation_over_once_our_words_are_said(
    shop: Shop, platform: Platform, clock: Clock
) -> None:
    platform.put(said("a1", "wm1", WK, "人工", clock.now), said("a2", "wm1", WK, "漏了", clock.now))
    ring(shop)
    run(shop, "pull_kf")
    run(shop, "hand_over")  # Sooner than what is to be said.
    for _ in range(3):
        run(shop)
        clock.passes(seconds=1)

    states = f"{KF}/service_state/trans"
    assert platform.stub.count(states) == 1
    order = [one.path for one in platform.stub.asked if one.path in (states, f"{KF}/send_msg")]
    assert order[-1] == states
    assert "转过去了" in platform.sent[-1]["text"]["content"]
    platform.put(said("a3", "wm1", WK, "记3", clock.now))
    ring(shop)
    run(shop)
    assert counted(shop.office, "wm1") == []


@pytest.mark.parametrize(
    ("people", "accounts", "each"),
    [
        pytest.param(40, 5, 10, id="400 over 5"),
        pytest.param(1000, 50, 10, id="10000 over 50", marks=pytest.mark.long),
    ],
)
def test_everything_is_heard_once_and_in_order_whatever_is_killed(
    rules: Rules, platform: Platform, tmp_path: Path, people: int, accounts: int, each: int
) -> None:
    """Pages shuffled and doubled, rings lost, doubled and late, workers killed."""
    platform.shuffle = platform.doubles = True
    with migrated("sqlite", tmp_path) as engine:
        office, everything = Office(engine, rules, utc), people * each
        with working(engine.url.render_as_string(hide_password=False), platform) as kill_one:
            evening(office, platform, kill_one, people, accounts, each)
            assert eventually(lambda: heard(office) >= everything, 60 + everything / 40)
        assert heard(office) == everything
        for one in range(people):
            assert counted(office, f"wm{one}") == list(range(each)), one


def evening(
    office: Office,
    platform: Platform,
    kill_one: Callable[[], None],
    people: int,
    accounts: int,
    each: int,
) -> None:
    dice, rings = random.Random(11), Rings(office, lambda: None)
    start = utc() - timedelta(seconds=each)
    for number in range(each):
        for one in dice.sample(range(people), people):
            place = f"wk{one % accounts}"
            at = start + timedelta(seconds=number // 2)
            platform.put(said(f"p{one}n{number}", f"wm{one}", place, f"记{number}", at))
            for _ in range(dice.choice((0, 0, 1, 3))):
                late = f"wk{dice.randrange(accounts)}"
                rings.ring({"account": dice.choice((place, late)), "token": TOKEN})
        if number % 3 == 1:
            assert eventually(lambda: heard(office) > number * people // 2, 120)  # noqa: B023
            kill_one()


@contextmanager
def working(url: str, platform: Platform) -> Iterator[Callable[[], None]]:
    """Two workers; the call kills one of them and starts another."""
    words = [sys.executable, "-m", "tests.jobs.kf_worker", url, platform.stub.url]
    workers = [subprocess.Popen(words) for _ in range(2)]

    def kill(worker: "subprocess.Popen[bytes]") -> None:
        worker.kill()
        worker.wait()

    def kill_one() -> None:
        kill(workers.pop(0))
        workers.append(subprocess.Popen(words))

    try:
        yield kill_one
    finally:
        for worker in workers:
            kill(worker)


def heard(office: Office) -> int:
    with office.reading() as work:
        return work.session.scalar(select(func.count()).select_from(InboxEntry)) or 0
