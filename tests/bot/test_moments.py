"""「3月6日 20:00」, 「明晚8点半」: which instant is meant. Now is Monday, 2 March 2026, 12:00."""

import pytest

from bot.moments import find_moment
from commerce.outbox import SHANGHAI
from tests.people import NOON


@pytest.mark.parametrize(
    ("text", "expected", "rest"),
    [
        ("春日好物专场 3月6日 20:00", "2026-03-06 20:00", "春日好物专场"),
        ("３月６日　２０：００ 春日好物专场", "2026-03-06 20:00", "春日好物专场"),
        ("三月六号晚上八点 专场", "2026-03-06 20:00", "专场"),
        ("专场，明天20:00", "2026-03-03 20:00", "专场"),
        ("明晚8点半", "2026-03-03 20:30", ""),
        ("今晚八点", "2026-03-02 20:00", ""),
        ("后天下午3点20分", "2026-03-04 15:20", ""),
        ("周五 20点", "2026-03-06 20:00", ""),
        ("周一 20点", "2026-03-02 20:00", ""),
        ("下周五晚上8点", "2026-03-13 20:00", ""),
        ("星期天上午10点", "2026-03-08 10:00", ""),
        ("20:00", "2026-03-02 20:00", ""),
        ("9:00", "2026-03-03 09:00", ""),  # Nine is over: tomorrow.
        ("1月5日 20:00", "2027-01-05 20:00", ""),  # It is over this year.
        ("3/6 20:00", "2026-03-06 20:00", ""),
    ],
)
def test_the_moment_and_what_else_was_said(text: str, expected: str, rest: str):
    found = find_moment(text, NOON)

    assert found is not None
    assert f"{found[0].astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == expected
    assert found[1] == rest


@pytest.mark.parametrize(
    "text", ["", "春日专场", "3月6日", "25:00", "20:61", "2月30日 20:00", "13月1日 8点", "晚上12点"]
)
def test_no_moment(text: str):
    assert find_moment(text, NOON) is None
