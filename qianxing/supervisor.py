"""Child processes that are kept alive, end with their parent, and never outlive it.

A guard, one small /bin/sh in a session of its own, reads a pipe whose write end only the parent
holds. When the parent is gone, however it went, the pipe ends and the guard ends what is left.
It needs nothing but POSIX, so it is the same on Linux and macOS.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_S = 8.0
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
STEADY_S = 10.0
LOG_BYTES = 5_000_000

GUARD = """
trap '' INT TERM HUP
watched=
while read -r sign pid; do
  case $sign in
    +) watched="$watched $pid" ;;
    -) kept=; for p in $watched; do [ "$p" = "$pid" ] || kept="$kept $p"; done; watched=$kept ;;
  esac
done
for p in $watched; do kill -s TERM -- "$p"; done
tries=80
while [ $tries -gt 0 ]; do
  alive=; for p in $watched; do kill -s 0 -- "-$p" && alive=1; done
  [ "$alive" ] || exit 0
  sleep 0.1
  tries=$((tries - 1))
done
for p in $watched; do kill -s KILL -- "-$p"; done
"""
# A child tells the guard of itself before it becomes what it is, so no moment is unguarded.
BECOME = """
trap '' PIPE
printf '+ %s\\n' $$ >&0 2>/dev/null
trap - PIPE
exec </dev/null
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive. `env` is its whole environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None


@dataclass(frozen=True, slots=True)
class _Watch:
    guard_fd: int
    logs: Path
    say: Callable[[str], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)


@contextlib.contextmanager
def supervised(
    children: Sequence[Child],
    logs: Path,
    say: Callable[[str], None],
    stop_s: float = STOP_S,
) -> Iterator[None]:
    """The children run while the block does; one that dies comes back within a second.

    Comebacks in a row wait longer, 5 s at most. Leaving the block sends TERM, and after `stop_s`
    seconds KILL. What a child writes goes to `logs`/NAME.log, put aside at the start when it has
    grown; `say` gets one line per unexpected end.
    """
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    for child in children:
        _rotate(logs / f"{child.name}.log")
    with _guard() as guard_fd:
        watch = _Watch(guard_fd, logs, say)
        keepers = [threading.Thread(target=_keep, args=(c, watch), daemon=True) for c in children]
        for keeper in keepers:
            keeper.start()
        try:
            yield
        finally:
            _stop(watch, keepers, stop_s)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP are what Ctrl-C is: one KeyboardInterrupt. Later ones are ignored,
    because stopping is under way and bounded. Main thread only."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def last_line(log: Path) -> str:
    """The last words of a log file, at most 200 characters; empty when there are none."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")
    return ""


@contextlib.contextmanager
def _guard() -> Iterator[int]:
    read_fd, write_fd = os.pipe()
    argv = ["/bin/sh", "-c", GUARD, "guard"]
    null = subprocess.DEVNULL
    guard = subprocess.Popen(argv, stdin=read_fd, stdout=null, stderr=null, start_new_session=True)
    os.close(read_fd)
    try:
        yield write_fd
    finally:
        os.close(write_fd)
        guard.wait()


def _keep(child: Child, watch: _Watch) -> None:
    pause_s = FIRST_PAUSE_S
    while process := _spawn(child, watch):
        started = time.monotonic()
        code = process.wait()
        _forget(child, process, watch)
        if watch.stopping.is_set():
            return
        if time.monotonic() - started > STEADY_S:
            pause_s = FIRST_PAUSE_S
        words = last_line(watch.logs / f"{child.name}.log")
        watch.say(f"{child.name} 停了（{_how(code)}），正在重新启动：{words}")
        watch.stopping.wait(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _spawn(child: Child, watch: _Watch) -> "subprocess.Popen[bytes] | None":
    with watch.lock, (watch.logs / f"{child.name}.log").open("ab") as log:
        if watch.stopping.is_set():
            return None
        process = subprocess.Popen(
            ["/bin/sh", "-c", BECOME, "sh", *child.argv],
            stdin=watch.guard_fd,
            stdout=log,
            stderr=log,
            cwd=child.cwd,
            env=child.env,
            start_new_session=True,
        )
        watch.running[child.name] = process
        return process


def _forget(child: Child, process: "subprocess.Popen[bytes]", watch: _Watch) -> None:
    """Its whole session ends with it, and the guard must not meet its number again."""
    with watch.lock:
        del watch.running[child.name]
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(BrokenPipeError):
        os.write(watch.guard_fd, b"- %d\n" % process.pid)


def _stop(watch: _Watch, keepers: Sequence[threading.Thread], stop_s: float) -> None:
    with watch.lock:
        watch.stopping.set()
        processes = list(watch.running.values())
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + stop_s
    for keeper in keepers:
        keeper.join(max(0.0, deadline - time.monotonic()))
    with watch.lock:
        late = list(watch.running.values())
    for process in late:
        process.kill()
    for keeper in keepers:
        keeper.join()


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _how(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
