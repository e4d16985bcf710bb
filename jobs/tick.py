"""The heartbeat: what is due in the database becomes a job in the queue, and is done once."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

from sqlalchemy.exc import DBAPIError

from commerce import agenda
from commerce.agenda import DueTask
from commerce.errors import PlatformError
from commerce.store.engine import is_away
from commerce.work import Office, Work
from jobs import deliver, queue
from jobs.leases import held
from jobs.shop import Shop, real_now
from jobs.tasks import CALLS, TASKS, plan_daily

AGAIN_S = 2.0
AT_A_TIME = 8
"""So many deliveries are under way in one worker: a platform takes longer to answer than we do."""
IN_A_JOB = 3 * AT_A_TIME
"""What RQ spends on a job is as much as what a delivery takes."""

log = logging.getLogger(__name__)

_shop: list[Shop] = []


def install(shop: Shop) -> None:
    """The shop of this process: RQ hands over nothing but an id."""
    _shop[:] = [shop]


def begin(office: Office, *, pause: Callable[[float], None] = time.sleep) -> None:
    """What comes round every day is planned, however long the database stays away."""
    told = False
    while not _planned(office, told=told):
        told = True
        pause(AGAIN_S)


def _planned(office: Office, *, told: bool) -> bool:
    try:
        office.do(plan_daily)
    except DBAPIError as error:
        if not is_away(error):
            raise
        if not told:
            log.warning("no database, waiting for it: %s", type(error.orig).__name__)
        return False
    return True


def run_job(*task_ids: int) -> None:
    """What RQ calls."""
    run(_shop[0], *task_ids)


def tick(
    office: Office,
    enqueue: Callable[..., None],
    *,
    limit: int = 500,
    crowd: bool = False,
    fresh: Callable[[int, int], bool] = lambda _task_id, _attempts: True,
) -> int:
    """Queue every due task, of the crowd or of everything else: `enqueue` gets a task's id, its
    attempts and the ids of what goes along. Losing the queue loses nothing: an undone task is still
    due. What is not `fresh` was queued a moment ago."""
    with office.reading() as work:
        due = agenda.due(work, real_now=real_now(), limit=limit, crowd=crowd)
    said = [
        (task_id, attempts)
        for task_id, attempts, task in due
        if task in agenda.SAID and fresh(task_id, attempts)
    ]
    for start in range(0, len(said), IN_A_JOB):
        (first, attempts), *more = said[start : start + IN_A_JOB]
        enqueue(first, attempts, *(task_id for task_id, _ in more))
    for task_id, attempts, task in due:
        if task not in agenda.SAID and fresh(task_id, attempts):
            enqueue(task_id, attempts)
    return len(due)


def run(shop: Shop, *task_ids: int) -> bool:
    """Do these due tasks, several at a time. False if there was nothing to do: done, not due, or
    somebody is at it."""
    with shop.office.reading() as work:
        tasks = agenda.undone(work, task_ids)
    acts = [partial(_run, shop, task) for task in tasks]
    if len(acts) > 1:
        return any(list(_threads().map(lambda act: act(), acts)))
    return any(act() for act in acts)


def run_key(shop: Shop, key: str) -> bool:
    """As `run`, for somebody who knows what it is called and cannot wait for its turn."""
    with shop.office.reading() as work:
        task_id = agenda.find(work, key)
    return task_id is not None and run(shop, task_id)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="deliver")


def _run(shop: Shop, task: DueTask) -> bool:
    try:
        if task.task in agenda.SAID:
            return _say(shop, task)
        return _call(shop, task) if task.task in CALLS else _do(shop, task)
    except Exception as error:
        log.exception("task %s %d failed", task.task, task.id)
        message = type(error).__name__
    leased = shop.office.do(lambda work: agenda.lease(work, task.id, real_now=real_now()))
    if leased is not None:
        _fail(shop, leased, message)
    return False


def _do(shop: Shop, task: DueTask) -> bool:
    """Claim and effect share one transaction: done means done, failed means still due. What follows
    at once is not kept waiting for the next beat."""

    def act(work: Work) -> tuple[bool, bool]:
        claimed = agenda.claim(work, task.id)
        if claimed is None:
            return False, False
        TASKS[task.task](work, **claimed.args)
        return True, bool(work.session.info.get(agenda.DUE_NOW))

    done, goes_on = shop.office.do(act)
    if goes_on:
        queue.hurry()
    return done


def _say(shop: Shop, task: DueTask) -> bool:
    try:
        begun = shop.office.do(lambda work: deliver.begin(work, task))
    except deliver.Lost:
        return False
    if begun is None:
        return False
    leased, taken = begun
    return _asked(shop, leased, lambda: deliver.deliver(shop, leased, taken))


def _call(shop: Shop, task: DueTask) -> bool:
    """No transaction is open while the platform is asked; only the lease's holder finishes."""
    leased = shop.office.do(lambda work: agenda.lease(work, task.id, real_now=real_now()))
    if leased is None:
        return False

    def ask() -> bool:
        with held(shop.office, lambda work: agenda.renew(work, leased, real_now=real_now())):
            CALLS[leased.task](shop, **leased.args)
        return True

    return _asked(shop, leased, ask) and shop.office.do(lambda work: agenda.finish(work, leased))


def _asked(shop: Shop, task: DueTask, ask: Callable[[], bool]) -> bool:
    """What fails is due again after a pause, or an operator's row."""
    try:
        return ask()
    except PlatformError as error:
        log.warning("call %s %d: %s", task.task, task.id, error.code)
        _fail(shop, task, f"{type(error).__name__} {error.code}", final=not error.retryable)
    except Exception as error:
        log.exception("call %s %d failed", task.task, task.id)
        _fail(shop, task, type(error).__name__)
    return False


def _fail(shop: Shop, task: DueTask, error: str, *, final: bool = False) -> None:
    shop.office.do(lambda work: agenda.fail(work, task, error, final=final))
