"""`qianxing run` in a process of its own, and what its database says in the end."""

import os
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
from dotenv import dotenv_values
from sqlalchemy import select

from bot.inbox import InboxEntry
from commerce.agenda import DueTask
from commerce.lives.videos import Video
from commerce.outbox import Outgoing
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.people.ranks import RankReached
from commerce.rules import load_rules
from commerce.store.engine import connect
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from qianxing.clock import clock
from tests.coming_round import COMES_ROUND
from tests.door.house import ROOT, free_port
from tests.waiting import eventually

QIANXING = (sys.executable, "-m", "qianxing.cli")
OURS = ("REDIS_URL", "DATABASE_URL", "QIANXING_", "WECHAT_")


@dataclass
class World:
    data: Path
    sandbox_url: str
    process: "subprocess.Popen[bytes]"

    def part(self, name: str) -> psutil.Process | None:
        """serve, worker or valkey-server, if it is alive at the moment."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if name in process.cmdline() or name in process.name():
                    return process
            except psutil.Error:
                continue
        return None

    @cached_property
    def settings(self) -> dict[str, str]:
        """What its processes are told."""
        found = dotenv_values(self.data / "sandbox.env", interpolate=False)
        return {name: value or "" for name, value in found.items()}

    @cached_property
    def office(self) -> Office:
        seal = Seal(b64decode(self.settings["QIANXING_SECRET_KEY"]))
        engine = connect(self.settings["DATABASE_URL"], seal)
        return Office(engine, load_rules(ROOT / "config.yaml"), clock(self.data / "clock"))

    def command(self, *words: str) -> str:
        """What `qianxing WORDS` prints in a terminal beside it, told where this world is."""
        env = surroundings() | self.settings
        done = subprocess.run([*QIANXING, *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, look: Any) -> Any:
        with self.office.reading() as work:
            return look(work)

    def is_quiet(self) -> bool:
        return bool(self.ask(open_tasks) == [])


@contextmanager
def running(data: Path) -> Iterator[World]:
    """Application, worker, Redis and sandbox, with the demo world; afterwards nothing is left."""
    port, sandbox_port = free_port(), free_port()
    words = ["--port", str(port), "--sandbox-port", str(sandbox_port), "--data", str(data)]
    log = data.with_suffix(".log")
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*QIANXING, "run", *words], env=surroundings(), stdout=said, stderr=said
        )
    try:
        assert eventually(lambda: "千星已启动" in log.read_text(), 90), log.read_text()
        world = World(data, f"http://127.0.0.1:{sandbox_port}", process)
        yield world
        world.office.engine.dispose()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert eventually(lambda: not left_over(data), 10), left_over(data)


def surroundings() -> dict[str, str]:
    """The environment without anything that is ours, but for the shipped rules."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return env | {"QIANXING_CONFIG": str(ROOT / "config.yaml")}


def left_over(data: Path) -> list[str]:
    """Command lines of processes that still have to do with this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                about = " ".join((*process.cmdline(), process.environ().get("QIANXING_DATA", "")))
                if str(data) in about and process.pid != os.getpid():
                    found.append(about)
        except psutil.Error:
            continue
    return found


def end_state(work: Work) -> dict[str, Any]:
    """Who is what, what was submitted, reached and told. Ids are left out: they may differ."""
    members = {member.id: member for member in work.session.scalars(select(Member))}
    names = {number: member.nickname for number, member in members.items()} | {None: None}
    doors = {door.member_id: door.is_open for door in work.session.scalars(select(Identity))}
    reached = work.session.scalars(select(RankReached))
    outgoing = [row for row in work.session.scalars(select(Outgoing)) if row.is_notice]
    return {
        "members": sorted(
            (
                m.nickname,
                m.state,
                m.rank,
                m.seat,
                names[m.inviter_id],
                doors[m.id],
            )
            for m in members.values()
        ),
        "videos": [
            (names[video.member_id], video.state, video.source)
            for video in work.session.scalars(select(Video))
        ],
        "ranks": sorted((names[row.member_id], row.rank) for row in reached),
        "notices": sorted(
            (names[row.member_id], row.said["notice"], str(row.said["facts"].get("friend")))
            for row in outgoing
        ),
        "unsaid": [row.state for row in outgoing if row.state not in ("sent", "told")],
    }


def heard(work: Work) -> int:
    return len(work.session.scalars(select(InboxEntry.id)).all())


def open_tasks(work: Work) -> list[str]:
    """What is due within the hour, or has failed for good; but not what comes round."""
    soon = work.now + timedelta(hours=1)
    is_open = DueTask.done_at.is_(None) & (DueTask.due_at < soon)
    is_open &= DueTask.task.not_in(COMES_ROUND)
    rows = work.session.scalars(select(DueTask).where(is_open))
    return [f"{row.task} {row.error}" for row in rows]
