"""What a long test counted, said in the closing lines, so that a run which did nothing shows."""

from collections.abc import Callable

import pytest

PROPERTY = "counted"

Counted = Callable[[str], None]


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    """`counted("300 histories, …, 0 violations")` stands at the end of the run."""
    return lambda words: record_property(PROPERTY, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
    ]
    for report in reports:
        for name, words in report.user_properties:
            if name == PROPERTY:
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}: {words}")
