import fcntl
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from qianxing.supervisor import LOG_BYTES, Child, interruptible, last_line, supervised
from tests.waiting import eventually

# A process that lives as long as its lock is held; the lock tells more truly than a process number.
HOLD = """
import fcntl, os, sys, time
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write(f"{os.getpid()}\\n")
lock.flush()
"""
LIVE = HOLD + "time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LIVE
PARENT = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[2], sys.argv[1]])"


def python(name: str, code: str, *args: str) -> Child:
    return Child(name, [sys.executable, "-c", code, *args], {"PATH": os.environ["PATH"]})


def lives(path: Path) -> bool:
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def born(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def test_a_child_that_is_killed_comes_back_and_it_is_said_in_one_line(tmp_path: Path) -> None:
    said: list[str] = []
    lock = tmp_path / "lock"
    code = "print('ready\\n', flush=True)" + LIVE
    with supervised([python("worker", code, str(lock))], tmp_path, said.append):
        assert eventually(lambda: len(born(lock)) == 1)

        os.kill(born(lock)[0], signal.SIGKILL)

        assert eventually(lambda: len(born(lock)) == 2)
        assert said == ["worker 停了（SIGKILL），正在重新启动：ready"]


def test_a_child_that_fails_at_once_is_started_less_and_less_often(tmp_path: Path) -> None:
    said: list[str] = []
    failing = python("serve", "raise SystemExit('no such table: member')")

    with supervised([failing], tmp_path, said.append):
        assert eventually(lambda: len(said) == 3)
        assert not eventually(lambda: len(said) > 5, within_s=1)

    assert set(said) == {"serve 停了（exit 1），正在重新启动：no such table: member"}


def test_leaving_ends_a_child_that_listens_and_one_that_does_not(tmp_path: Path) -> None:
    said: list[str] = []
    polite, stubborn = tmp_path / "polite", tmp_path / "stubborn"
    children = [
        python(
            "polite",
            "import signal, sys\n"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\n" + LIVE,
            str(polite),
        ),
        python("stubborn", STUBBORN, str(stubborn)),
    ]

    with supervised(children, tmp_path, said.append, stop_s=1):
        assert eventually(lambda: bool(born(polite) and born(stubborn)))

    assert last_line(tmp_path / "polite.log") == "bye"
    assert not lives(polite)
    assert not lives(stubborn)
    assert said == []


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"

    with supervised([python("web", PARENT, str(grandchild), LIVE)], tmp_path, lambda _: None):
        assert eventually(lambda: bool(born(grandchild)))

    assert eventually(lambda: not lives(grandchild))


@pytest.mark.parametrize(("code", "within_s"), [(LIVE, 5), (STUBBORN, 15)])
def test_no_child_outlives_a_parent_that_is_killed(
    tmp_path: Path, code: str, within_s: float
) -> None:
    lock = tmp_path / "lock"
    parent_code = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from qianxing.supervisor import Child, supervised
        child = Child("child", [sys.executable, "-c", sys.argv[2], sys.argv[1]], {})
        with supervised([child], Path(sys.argv[1]).parent, print):
            time.sleep(600)
    """)
    argv = [sys.executable, "-c", parent_code, str(lock), code]
    with subprocess.Popen(argv) as parent:
        assert eventually(lambda: bool(born(lock)))

        parent.kill()

    assert eventually(lambda: not lives(lock), within_s)


def test_a_child_gets_exactly_the_environment_it_was_given(tmp_path: Path) -> None:
    code = "import os; print(*os.environ, flush=True)"
    child = Child("env", [sys.executable, "-c", code], {"QIANXING_CLOCK_FILE": "var/clock"})

    with supervised([child], tmp_path, lambda _: None):
        assert eventually(lambda: "QIANXING_CLOCK_FILE" in last_line(tmp_path / "env.log"))

    shells_own = {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert set(last_line(tmp_path / "env.log").split()) - shells_own == {"QIANXING_CLOCK_FILE"}


def test_a_log_that_has_grown_is_put_aside_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "echo.log").write_bytes(b"x" * (LOG_BYTES + 1))

    with supervised([python("echo", "print('new')")], tmp_path, lambda _: None):
        assert eventually(lambda: last_line(tmp_path / "echo.log") == "new")

    assert (tmp_path / "echo.log.1").stat().st_size == LOG_BYTES + 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_wish_to_stop_is_one_interrupt(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with pytest.raises(KeyboardInterrupt):
        wish_to_stop_twice(number)

    assert signal.getsignal(number) is before


def wish_to_stop_twice(number: signal.Signals) -> None:
    with interruptible():
        try:
            os.kill(os.getpid(), number)
            eventually(lambda: False)
        finally:
            os.kill(os.getpid(), number)
