"""The limit of the platform is kept from the first message on, and nothing of it is wasted."""

from datetime import timedelta

from commerce.work import Office
from jobs import pace
from jobs.pace import SECOND, Span
from tests.people import NOON


def reserved(office: Office, messages: int, after_s: float, left: Span | None = None) -> Span:
    """At 100 a second, so long after noon."""
    now = NOON + timedelta(seconds=after_s)
    return office.do(
        lambda work: pace.reserve(work, messages, per_second=100, real_now=now, left=left)
    )


def test_two_who_send_are_given_one_span_after_the_other(office: Office) -> None:
    assert reserved(office, 200, 0) == Span(NOON, 200)
    assert reserved(office, 100, 0.1) == Span(NOON + 2 * SECOND, 100)


def test_who_begins_after_a_pause_catches_up_nothing(office: Office) -> None:
    reserved(office, 100, 0)

    assert reserved(office, 100, 1.9).starts_at == NOON + 1.9 * SECOND


def test_who_goes_on_catches_up_what_bookkeeping_took(office: Office) -> None:
    left = reserved(office, 100, 0).after(100, per_second=100)

    assert reserved(office, 100, 1.9, left).starts_at == NOON + SECOND
    assert reserved(office, 100, 9, left).starts_at == NOON + 9 * SECOND


def test_what_is_left_is_sent_just_before_what_is_added(office: Office) -> None:
    left = reserved(office, 200, 0).after(150, per_second=100)

    assert left == Span(NOON + 1.5 * SECOND, 50)
    assert reserved(office, 100, 1.5, left) == Span(NOON + 1.5 * SECOND, 150)
    reserved(office, 100, 1.5)  # Somebody else's.
    assert reserved(office, 100, 1.5, left) == Span(NOON + 3.5 * SECOND, 150)
