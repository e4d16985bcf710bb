"""The booking lottery: committed first, frozen, published, and only then opened (E55–E60)."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from commerce.errors import (
    BadLottery,
    LotteryTooLate,
    NotOnSale,
    PrizeBudgetUsed,
    PrizeTooDear,
    SoldOut,
)
from commerce.goods import stock, touches
from commerce.lives import bookings, checking, draw, drawing, lotteries
from commerce.lives.broadcasts import Broadcast, Part
from commerce.lives.lives import State as LiveState
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.lives.prizes import PrizeState
from commerce.people import binding, joining, staff
from commerce.people.audit import AuditRecord
from commerce.people.members import State as MemberState
from commerce.people.staff import Role
from commerce.trust.cases import Case
from commerce.work import Work
from tests.commerce.draws import (
    SECRET,
    crowd,
    drawn,
    given,
    numbers,
    planned,
    scheduled,
    starts,
    told,
    with_lottery,
)
from tests.commerce.sales import product
from tests.commerce.stars import later, reviewer, star, visitor


def record_of(work: Work, lottery: Lottery) -> dict:
    return draw.unpack(work.session.get_one(DrawRecord, lottery.id, populate_existing=True).body)


def said_to_all(work: Work) -> list[Broadcast]:
    rows = select(Broadcast).join(Part, Part.broadcast_id == Broadcast.id).where(Part.last > 0)
    return list(work.session.scalars(rows.order_by(Broadcast.id)))


def frozen_tickets(work: Work, lottery: Lottery) -> list[str]:
    return record_of(work, lottery)["tickets"]


# What is announced


def test_the_commitment_stands_before_the_first_booking(work: Work):
    goods = product(work, pieces=10)
    _, lottery = with_lottery(work, winners=3, goods=goods)

    assert lottery.commit == hashlib.sha256(SECRET).hexdigest()
    assert lottery.number == draw.name(work.now, lottery.commit, 3)
    assert (lottery.prize_fen, lottery.state) == (99_00, State.OPEN)
    assert stock.left(work, goods.id) == 7
    assert stock.held(work, lottery.hold) == 3


def test_after_a_booking_the_rules_can_no_longer_be_made(work: Work):
    live, goods = scheduled(work), product(work)
    amy = crowd(work, live, 1)[0]
    for _ in range(2):
        with pytest.raises(LotteryTooLate) as refused:
            lotteries.announce(work, live, goods, winners=1, threshold=1)
        assert refused.value.why == "booked"
        if bookings.of(work, amy, live):
            bookings.cancel(work, amy, live)  # The number is given, whoever has it.


def test_one_lottery_a_live_and_none_once_it_is_on(work: Work):
    live, _ = with_lottery(work)
    started = scheduled(work)
    started.state = LiveState.LIVE

    for which, why in ((live, "exists"), (started, "started")):
        with pytest.raises(LotteryTooLate) as refused:
            lotteries.announce(work, which, product(work), winners=1, threshold=1)
        assert refused.value.why == why


@pytest.mark.parametrize(("winners", "threshold"), [(0, 10), (-1, 10), (11, 10), (1, 0)])
def test_there_are_prizes_and_no_more_than_people(work: Work, winners: int, threshold: int):
    with pytest.raises(BadLottery):
        with_lottery(work, winners=winners, threshold=threshold)


def test_what_may_not_be_a_prize(work: Work):
    hidden, dear = product(work), product(work, 50_000_01)
    hidden.hidden_at = work.now

    with pytest.raises(NotOnSale):
        with_lottery(work, goods=hidden)
    with pytest.raises(PrizeTooDear):
        with_lottery(work, goods=dear, winners=1)
    with pytest.raises(SoldOut):
        with_lottery(work, goods=product(work, pieces=2), winners=3)


def test_a_month_s_prizes_stay_within_their_budget(work: Work):
    """20 000.00 a month: 2 × 9 000 leaves 2 000, so 2 000.01 is too much and 2 000.00 is not."""
    live, _ = with_lottery(work, goods=product(work, 9_000_00), winners=2)
    with pytest.raises(PrizeBudgetUsed) as refused:
        with_lottery(work, goods=product(work, 2_000_01), winners=1)
    assert (refused.value.asked_fen, refused.value.left_fen) == (2_000_01, 2_000_00)

    with_lottery(work, goods=product(work, 2_000_00), winners=1, secret=b"2" * 32)
    lotteries.live_cancelled(work, live)  # What is not drawn promises nothing.

    with_lottery(work, goods=product(work, 9_000_00), winners=2, secret=b"3" * 32)


# The threshold (E55)


def test_the_last_booking_that_was_missing_locks_it_whoever_cancels_then(work: Work):
    live, lottery = with_lottery(work, winners=2, threshold=10)
    people = crowd(work, live, 9)
    assert lottery.reached_at is None

    tenth = visitor(work)
    bookings.book(work, tenth, live)
    bookings.cancel(work, tenth, live)
    bookings.cancel(work, people[0], live)

    assert lottery.reached_at == work.now
    assert len(drawn(work, live, lottery)) == 2
    assert (lottery.state, lottery.people) == (State.DRAWN, 8)


def test_a_booking_that_comes_and_goes_and_comes_counts_once(work: Work):
    live, lottery = with_lottery(work, threshold=2, winners=1)
    amy = crowd(work, live, 1)[0]
    for _ in range(3):
        bookings.cancel(work, amy, live)
        bookings.book(work, amy, live)

    assert lottery.reached_at is None


def test_below_the_threshold_nothing_is_drawn_and_the_secret_stays(work: Work):
    goods = product(work, pieces=5)
    live, lottery = with_lottery(work, goods=goods)
    crowd(work, live, 9)

    assert drawn(work, live, lottery) == []

    assert lottery.state == State.NOT_REACHED
    assert stock.left(work, goods.id) == 5
    assert work.session.get(DrawRecord, lottery.id) is None
    assert not reads(work)
    (said,) = said_to_all(work)
    assert (said.notice, said.facts["booked"], said.facts["threshold"]) == (
        "lottery_not_reached",
        9,
        10,
    )


# When


def test_the_start_draws_it_and_so_does_the_latest_time(work: Work):
    live, lottery = with_lottery(work)

    (latest,) = planned(work, "freeze_draw")
    assert latest.due_at == live.planned_at + timedelta(minutes=30)
    starts(work, live)

    soonest, _ = planned(work, "freeze_draw")
    assert (soonest.due_at, soonest.args) == (work.now, {"lottery_id": lottery.id})


def test_thirty_minutes_late_it_is_drawn_without_the_live(work: Work):
    live, lottery = with_lottery(work, threshold=5)
    crowd(work, live, 5)
    drawing.freeze(later(work, days=3, minutes=29, seconds=59), lottery.id)
    assert lottery.state == State.OPEN

    late = later(work, days=3, minutes=30)
    drawing.freeze(late, lottery.id)
    drawing.run(late, lottery.id)
    frozen = lottery.frozen_at
    starts(later(work, days=3, minutes=40), live)
    drawing.freeze(later(work, days=3, minutes=40), lottery.id)

    assert (lottery.state, lottery.frozen_at) == (State.DRAWN, frozen)
    assert len(given(work, lottery)) == 3


def test_a_live_that_moved_is_drawn_by_its_new_time(work: Work):
    live, lottery = with_lottery(work, threshold=5)
    crowd(work, live, 5)
    live.planned_at += timedelta(days=1)
    lotteries.live_moved(work, live)

    drawing.freeze(later(work, days=3, minutes=30), lottery.id)

    assert lottery.state == State.OPEN
    due = [task.due_at for task in planned(work, "freeze_draw")]
    assert due[-1] == live.planned_at + timedelta(minutes=30)
    drawing.freeze(later(work, days=4, minutes=30), lottery.id)
    assert lottery.state == State.FROZEN


def test_a_cancelled_live_is_not_drawn(work: Work):
    goods = product(work, pieces=5)
    live, lottery = with_lottery(work, goods=goods, threshold=5)
    crowd(work, live, 5)
    live.state = LiveState.CANCELLED

    lotteries.live_cancelled(work, live)
    lotteries.live_cancelled(work, live)
    drawing.freeze(later(work, days=3, minutes=30), lottery.id)

    assert lottery.state == State.CANCELLED
    assert stock.left(work, goods.id) == 5
    assert not reads(work)


# The draw


def test_the_list_is_published_before_the_secret_is_opened(work: Work):
    live, lottery = with_lottery(work, threshold=12)
    crowd(work, live, 12)
    starts(work, live)

    drawing.freeze(work, lottery.id)

    published = record_of(work, lottery)
    assert lottery.state == State.FROZEN
    assert published["tickets"] == [f"{number:06d}-01" for number in range(1, 13)]
    assert published["digest"] == lottery.digest == draw.digest(published["tickets"])
    assert (published["secret"], published["winners"]) == ("", [])
    assert not reads(work)
    assert [task.args for task in planned(work, "draw")] == [{"lottery_id": lottery.id}]


def test_the_lowest_scores_win_and_the_record_says_it(work: Work):
    live, lottery = with_lottery(work, threshold=12)
    people = crowd(work, live, 12)

    prizes = drawn(work, live, lottery)

    record = record_of(work, lottery)
    assert draw.verify(record) == []
    assert record["secret"] == SECRET.hex()
    won = [int(draw.booking(ticket)) for ticket in record["winners"]]
    scores = {
        number: draw.score(SECRET.hex(), lottery.digest, "", f"{number:06d}-01")
        for number in range(1, 13)
    }
    assert won == sorted(scores, key=scores.__getitem__)[:3]
    assert numbers(work, prizes) == won
    assert [prize.member_id for prize in prizes] == [people[number - 1].id for number in won]
    assert all(told(work, people[n - 1].id) == ["lottery_won"] for n in won)
    (said,) = said_to_all(work)
    assert (said.notice, said.facts["but"], said.facts["people"]) == ("lottery_drawn", won, 12)


def test_drawn_twice_is_drawn_once(work: Work):
    live, lottery = with_lottery(work, threshold=5)
    crowd(work, live, 20)
    first = numbers(work, drawn(work, live, lottery))
    body = record_of(work, lottery)

    drawing.freeze(later(work, hours=1), lottery.id)
    drawing.run(later(work, hours=1), lottery.id)

    assert numbers(work, given(work, lottery)) == first
    assert record_of(work, lottery) == body
    assert len(reads(work)) == 1


def test_the_house_s_own_people_and_who_is_gone_are_not_on_the_list(work: Work):
    """1 host, 2 staff, 3 suspended, 4 left after booking, 5 cancelled; 6 left before and came
    back as anybody; 7 to 9 are the crowd."""
    host, colleague, eve, leaver = star(work), reviewer(work, Role.FINANCE), star(work), star(work)
    live = scheduled(work, host)
    gone_before = star(work, "小文")
    joining.leave(work, gone_before)
    _, lottery = with_lottery(work, live, threshold=9)
    evening = later(work, hours=1)
    for member in (host, colleague, eve, leaver):
        bookings.book(evening, member, live)
    fickle = visitor(work)
    bookings.book(evening, fickle, live)
    bookings.book(evening, gone_before, live)
    crowd(evening, live, 3)
    eve.state = MemberState.SUSPENDED
    joining.leave(later(work, hours=2), leaver)
    bookings.cancel(evening, fickle, live)
    starts(work, live)

    drawing.freeze(work, lottery.id)

    assert frozen_tickets(work, lottery) == ["000006-01", "000007-01", "000008-01", "000009-01"]
    assert lottery.people == 4


def test_a_number_that_nobody_has_is_nobody_s_ticket(work: Work):
    """Rows 2 and 5 are gone altogether, 3 is cancelled."""
    live, lottery = with_lottery(work, threshold=6)
    people = crowd(work, live, 6)
    bookings.cancel(work, people[2], live)
    gone = delete(bookings.Booking).where(bookings.Booking.number.in_((2, 5)))
    work.session.execute(gone.where(bookings.Booking.live_id == live.id))
    starts(work, live)

    drawing.freeze(work, lottery.id)

    assert frozen_tickets(work, lottery) == ["000001-01", "000004-01", "000006-01"]


def test_the_staff_s_other_doors_are_not_on_the_list_either(work: Work):
    colleague, other_door = reviewer(work), visitor(work)
    live, lottery = with_lottery(work, threshold=3)
    bookings.book(work, other_door, live)
    crowd(work, live, 2)
    binding.merge(work, colleague, other_door)
    starts(work, live)

    drawing.freeze(work, lottery.id)

    assert frozen_tickets(work, lottery) == ["000002-01", "000003-01"]


def test_one_person_with_two_identities_is_there_once(work: Work):
    """E56: numbers 1 and 4 are the same person; 2 and 3 as well."""
    amy, also_amy, bo, also_bo = star(work), visitor(work), star(work), visitor(work)
    live, lottery = with_lottery(work, threshold=4)
    for member in (also_amy, bo, also_bo, amy):
        bookings.book(work, member, live)
    binding.merge(work, amy, also_amy)
    binding.merge(work, bo, also_bo)
    starts(work, live)

    drawing.freeze(work, lottery.id)

    assert frozen_tickets(work, lottery) == ["000001-01", "000002-01"]


def test_sharing_raises_no_chance_unless_the_rules_said_so(work: Work):
    amy, bo = star(work, "小艾"), visitor(work)
    for extra, tickets in ((0, 1), (2, 3)):
        live, lottery = with_lottery(work, threshold=2, winners=1, secret=bytes([extra]) * 32)
        lottery.terms = {**lottery.terms, "extra_tickets": extra}
        for member in (amy, bo):
            bookings.book(work, member, live)
        touches.touch(work, bo, amy, live_id=live.id)
        starts(work, live)

        drawing.freeze(work, lottery.id)

        mine = [one for one in frozen_tickets(work, lottery) if one.startswith("000001-")]
        assert mine == [f"000001-{index:02d}" for index in range(1, tickets + 1)]
        assert (lottery.people, lottery.tickets) == (2, tickets + 1)


def test_fewer_people_than_prizes_the_spare_ones_go_back(work: Work):
    """E56: five prizes, ten booked, two stay."""
    goods = product(work, pieces=5)
    live, lottery = with_lottery(work, winners=5, threshold=10, goods=goods)
    for member in crowd(work, live, 10)[2:]:
        bookings.cancel(work, member, live)

    prizes = drawn(work, live, lottery)

    assert sorted(numbers(work, prizes)) == [1, 2]
    assert stock.held(work, lottery.hold) == 2
    assert stock.left(work, goods.id) == 3
    assert draw.verify(record_of(work, lottery)) == []


def test_everybody_cancelled_and_it_is_still_drawn_for_nobody(work: Work):
    goods = product(work, pieces=3)
    live, lottery = with_lottery(work, goods=goods, threshold=3)
    for member in crowd(work, live, 3):
        bookings.cancel(work, member, live)

    assert drawn(work, live, lottery) == []
    assert (lottery.state, lottery.people, stock.left(work, goods.id)) == (State.DRAWN, 0, 3)
    assert draw.verify(record_of(work, lottery)) == []


def test_who_became_ineligible_since_the_freeze_is_passed_over(work: Work):
    """E58: the record shows who was drawn; the prizes go on to the next scores."""
    live, lottery = with_lottery(work, threshold=12)
    people = crowd(work, live, 12)
    starts(work, live)
    drawing.freeze(work, lottery.id)
    order = draw.ranking(SECRET.hex(), lottery.digest, "", frozen_tickets(work, lottery))
    ranked = [int(draw.booking(ticket)) for ticket in order]
    people[ranked[1] - 1].state = MemberState.SUSPENDED
    staff.redeem(work, people[ranked[3] - 1], staff.invite(work, Role.HOST))

    drawing.run(work, lottery.id)

    found = given(work, lottery)
    assert numbers(work, found) == ranked[:5]
    assert [prize.state for prize in found] == [
        PrizeState.OFFERED,
        PrizeState.INELIGIBLE,
        PrizeState.OFFERED,
        PrizeState.INELIGIBLE,
        PrizeState.OFFERED,
    ]
    assert [prize.note for prize in found] == ["", "suspended", "", "staff", ""]
    assert stock.held(work, lottery.hold) == 3
    assert draw.verify(record_of(work, lottery)) == []
    assert not checking.check(work, lottery).findings


def test_two_winners_who_became_one_person_have_one_prize(work: Work):
    live, lottery = with_lottery(work, threshold=4, winners=4)
    amy, also_amy = star(work, "小艾"), visitor(work)
    for member in (amy, also_amy, visitor(work), visitor(work)):
        bookings.book(work, member, live)
    starts(work, live)
    drawing.freeze(work, lottery.id)
    binding.merge(work, amy, also_amy)

    drawing.run(work, lottery.id)

    found = given(work, lottery)
    assert sum(prize.state == PrizeState.OFFERED for prize in found) == 3
    assert [p.note for p in found if p.state == PrizeState.INELIGIBLE] == ["same_person"]
    assert stock.held(work, lottery.hold) == 3


# The secret (E59)


def reads(work: Work) -> list[AuditRecord]:
    rows = select(AuditRecord).where(AuditRecord.act == "read_secret")
    return list(work.session.scalars(rows))


def test_no_row_that_is_read_carries_the_secret(work: Work):
    _, lottery = with_lottery(work)
    work.session.expunge_all()

    found = work.session.get_one(Lottery, lottery.id)
    assert "secret" not in vars(found)
    assert "secret" not in vars(lottery)
    with pytest.raises(Exception, match="raiseload"):
        _ = found.secret


def test_at_rest_the_secret_is_sealed(work: Work):
    _, lottery = with_lottery(work)

    kept = work.session.execute(text("SELECT secret FROM lotteries")).scalar_one()

    assert SECRET.hex().encode() not in bytes(kept)
    assert SECRET not in bytes(kept)
    assert lottery.commit


def test_every_reading_of_the_secret_is_on_record(work: Work):
    live, lottery = with_lottery(work, threshold=3)
    boss = reviewer(work)

    assert lotteries.reveal(work, lottery, by_id=boss.id, why="looked") == SECRET.hex()

    (early,) = reads(work)
    assert (early.by_id, early.subject) == (boss.id, f"lottery:{lottery.id}")
    assert early.facts == {"why": "looked", "state": State.OPEN}
    crowd(work, live, 3)
    drawn(work, live, lottery)
    assert [one.facts["state"] for one in reads(work)] == [State.OPEN, State.FROZEN]


# The beacon (E60)


def with_beacon(work: Work) -> tuple:
    live, lottery = with_lottery(work, threshold=5)
    lottery.terms = {**lottery.terms, "beacon": True}
    crowd(work, live, 5)
    starts(work, live)
    drawing.freeze(work, lottery.id)
    return live, lottery


def test_a_beacon_that_comes_in_time_is_mixed_in(work: Work):
    _, lottery = with_beacon(work)
    assert len(planned(work, "hear_beacon")) == 1
    assert planned(work, "draw")[0].due_at == work.now + timedelta(minutes=2)

    drawing.mix_in(work, lottery.id, "drand:quicknet:7:" + "ab" * 32)
    drawing.mix_in(work, lottery.id, "drand:quicknet:8:" + "cd" * 32)
    assert planned(work, "draw")[0].due_at == work.now
    drawing.run(work, lottery.id)

    record = record_of(work, lottery)
    assert record["beacon"] == "drand:quicknet:7:" + "ab" * 32
    assert draw.verify(record) == []
    assert lottery.beacon_note == ""


def test_without_the_beacon_it_is_drawn_and_says_so(work: Work):
    _, lottery = with_beacon(work)

    drawing.run(later(work, minutes=2), lottery.id)
    drawing.mix_in(later(work, minutes=3), lottery.id, "too late")

    assert record_of(work, lottery)["beacon"] == lottery.beacon == ""
    assert lottery.beacon_note == "公开的随机数没有等到，这次没有混入。"


def test_where_no_beacon_is_used_the_record_says_that(work: Work):
    live, lottery = with_lottery(work, threshold=3)
    crowd(work, live, 3)
    drawn(work, live, lottery)

    assert lottery.beacon_note == "这次没有混入公开的随机数。"


# What does not add up


@pytest.mark.parametrize("field", ["digest", "commit", "winners", "tickets", "secret", "beacon"])
def test_a_record_that_was_changed_stops_the_claims_and_becomes_a_case(work: Work, field: str):
    live, lottery = with_lottery(work, threshold=12)
    crowd(work, live, 12)
    colleague = reviewer(work)
    drawn(work, live, lottery)
    assert checking.check(work, lottery).findings == ()
    record = record_of(work, lottery)
    changed = {
        "winners": record["winners"][::-1],
        "tickets": record["tickets"][1:],
        "beacon": "anything",
    }
    record[field] = changed.get(field, "0" * 64)
    work.session.get_one(DrawRecord, lottery.id).body = draw.pack(record)

    findings = checking.check(work, lottery).findings
    assert findings
    by = checking.pause(work, lottery, "名单指纹不一致")
    checking.pause(later(work, hours=3), lottery, "名单指纹不一致")

    assert lottery.paused_at == work.now
    assert by.isoformat() == "2026-03-03T12:00:00+08:00"  # Noon of the next day.
    assert [case.kind for case in work.session.scalars(select(Case))] == ["draw"]
    assert told(work, colleague.id) == ["case_opened"]


def test_a_record_that_adds_up_in_itself_must_still_be_the_one_announced(work: Work):
    live, lottery = with_lottery(work, threshold=12)
    crowd(work, live, 12)
    drawn(work, live, lottery)
    other = draw.build(
        draw.name(work.now, draw.commit("ab" * 32), 3),
        "ab" * 32,
        "",
        3,
        record_of(work, lottery)["tickets"],
    )
    assert draw.verify(other) == []
    work.session.get_one(DrawRecord, lottery.id).body = draw.pack(other)

    assert checking.check(work, lottery).findings

    work.session.get_one(DrawRecord, lottery.id).body = b"no zlib"
    assert checking.check(work, lottery).findings


def test_prizes_in_other_hands_than_the_record_says_are_found(work: Work):
    live, lottery = with_lottery(work, threshold=12)
    crowd(work, live, 12)
    first = drawn(work, live, lottery)[0]
    loser = next(
        number for number in range(1, 13) if number not in numbers(work, given(work, lottery))
    )
    row = select(bookings.Booking).where(
        bookings.Booking.live_id == live.id, bookings.Booking.number == loser
    )
    first.booking_id = work.session.scalars(row).one().id
    work.session.flush()

    (finding,) = checking.check(work, lottery).findings
    assert finding.field == "winners[0]"


def test_where_a_number_stands_in_the_ranking(work: Work):
    live, lottery = with_lottery(work, threshold=12)
    crowd(work, live, 12)
    drawn(work, live, lottery)
    order = draw.ranking(SECRET.hex(), lottery.digest, "", frozen_tickets(work, lottery))

    for place, ticket in enumerate(order, start=1):
        number = int(draw.booking(ticket))
        assert checking.check(work, lottery, number=number).place == place
    assert checking.check(work, lottery, number=99).place is None
