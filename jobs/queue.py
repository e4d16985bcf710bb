"""RQ carries ids of due tasks to workers. The database is the truth; losing Redis loses nothing."""

import contextlib
import logging
import signal
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import DuplicateJobError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

RUN_JOB = "jobs.tick.run_job"
QUEUE = "due"
CROWD = "crowd"  # What comes by the ten thousand: run when nothing else waits.
SLOT_S = 5
BEAT_S = 1.0
AGAIN_S = 1.0
JOB_TIMEOUT_S = 180
WAITING_TTL_S = 60
FAILURE_TTL_S = 60
BUSY = 200

log = logging.getLogger(__name__)


def connect(url: str) -> Redis:
    """A connection for those who enqueue: it fails within half a second and never retries."""
    return Redis.from_url(
        url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def enqueue_due(
    connection: Redis,
    task_id: int,
    attempts: int,
    now_s: int,
    *more: int,
    job: str = RUN_JOB,
    crowd: bool = False,
) -> None:
    """Queue one due task, and `more` that go along in the same job; at most one job per task,
    attempt, what goes along and five seconds of real time `now_s`.

    The bucket matters: a job that was killed keeps its id, and must not keep the task from being
    queued again. A job nobody took for a minute is dropped, since the tick will queue it anew.
    RedisError when Redis can't be reached; nothing is lost then.
    """
    job_id = f"due-{task_id}-{attempts}-{now_s // SLOT_S}"
    if more:
        job_id += f"-{more[-1]}-{len(more)}"
    queue = Queue(_name(crowd), connection=connection, serializer=JSONSerializer)
    with contextlib.suppress(DuplicateJobError):
        queue.enqueue(
            job,
            task_id,
            *more,
            job_id=job_id,
            unique=True,
            job_timeout=JOB_TIMEOUT_S,
            ttl=WAITING_TTL_S,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_S,
        )


class Known:
    """What was queued from here, so that who asks often does not ask Redis again. It does not
    notice that Redis lost it: somebody else, less often, must ask without."""

    def __init__(self) -> None:
        self._slot = 0
        self._queued: set[tuple[int, int]] = set()

    def at(self, now_s: int) -> Callable[[int, int], bool]:
        """Whether a task and attempt is asked for the first time in these five seconds."""
        if now_s // SLOT_S != self._slot:
            self._slot, self._queued = now_s // SLOT_S, set()
        return self._is_new

    def _is_new(self, task_id: int, attempts: int) -> bool:
        known = len(self._queued)
        self._queued.add((task_id, attempts))
        return len(self._queued) > known


def is_busy(connection: Redis, *, crowd: bool = False) -> bool:
    """So much waits that queueing more would only queue the same once more. RedisError."""
    waiting = Queue(_name(crowd), connection=connection, serializer=JSONSerializer)
    return waiting.count >= BUSY


def _name(crowd: bool) -> str:
    return CROWD if crowd else QUEUE


_early = threading.Event()


def hurry() -> None:
    """Something became due just now: whoever works in this process looks at once."""
    _early.set()


def work(url: str, on_beat: Callable[[], object]) -> None:
    """Run queued jobs until SIGTERM or SIGINT, and call `on_beat` every second in its own thread.

    A job runs in this process, so what it imports is there already; the one under way is finished
    before stopping. Redis may go and come back: work goes on within about 2 s. Main thread only.
    """
    stopping = threading.Event()
    beat = threading.Thread(target=_beat, args=(on_beat, stopping), daemon=True)
    beat.start()
    current: list[_Worker] = []

    def stop(_signum: int, _frame: FrameType | None) -> None:
        stopping.set()
        hurry()
        for worker in current:
            worker.stop_after_job()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with contextlib.suppress(StopRequested):
        while not stopping.is_set():
            try:
                current[:] = [_worker(url)]
                current[0].work(logging_level="WARNING")
            except RedisError as error:
                log.warning("no Redis, trying again: %s", _in_one_line(error))
            stopping.wait(AGAIN_S)
    beat.join(BEAT_S)


class _Worker(SimpleWorker):
    """RQ's in-process worker, made to come back quickly and to keep its words to itself."""

    max_connection_wait_time = 2.0

    def stop_after_job(self) -> None:
        """StopRequested at once, or after the job under way."""
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def _install_signal_handlers(self) -> None:
        """`work` has its own, which outlive this worker."""

    def subscribe(self) -> None:
        """No remote commands, so no thread that must survive Redis."""

    def unsubscribe(self) -> None:
        """See `subscribe`."""

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """One line, and no values: they may be somebody's."""
        log.error("job %s failed: %s", job.id, _in_one_line(exc_info[1]))

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Any = None,
    ) -> None:
        """RQ would store the traceback in Redis; values in it have no business there."""
        super().handle_job_failure(job, queue, started_job_registry, "", execution)


def _worker(url: str) -> _Worker:
    connection = Redis.from_url(url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
    return _Worker(
        [Queue(name, connection=connection, serializer=JSONSerializer) for name in (QUEUE, CROWD)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=20,
        maintenance_interval=5,
        job_monitoring_interval=2,
    )


def _beat(on_beat: Callable[[], object], stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            on_beat()
        except Exception as error:  # The next beat may well succeed, and nothing else would beat.
            log.warning("a beat failed: %s", _in_one_line(error))
        if not stopping.is_set():
            _early.wait(BEAT_S)
        _early.clear()


def _in_one_line(error: BaseException) -> str:
    """Type, first line and place. Later lines of a database error hold the values it was about."""
    first = (str(error).splitlines() or [""])[0]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {first}{place}"
