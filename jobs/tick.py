"""The heartbeat: what is due in the database becomes a job in the queue, and is done once."""

import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from commerce import agenda
from commerce.agenda import DueTask
from commerce.errors import PlatformError
from commerce.store.engine import is_away
from commerce.work import Office, Work
from jobs.leases import held
from jobs.shop import Shop, real_now
from jobs.tasks import CALLS, TASKS, plan_daily

AGAIN_S = 2.0

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


def run_job(task_id: int) -> None:
    """What RQ calls."""
    run(_shop[0], task_id)


def tick(
    office: Office, enqueue: Callable[[int, int], None], *, limit: int = 500, crowd: bool = False
) -> int:
    """Queue every due task, of the crowd or of everything else. Losing the queue loses nothing: an
    undone task is still due."""
    with office.reading() as work:
        due = agenda.due(work, real_now=real_now(), limit=limit, crowd=crowd)
    for task_id, attempts in due:
        enqueue(task_id, attempts)
    return len(due)


def run(shop: Shop, task_id: int) -> bool:
    """Do one due task. False if there was nothing to do: done, not due, or somebody is at it."""
    with shop.office.reading() as work:
        name = agenda.task_name(work, task_id)
    if name is None:
        return False
    return _call(shop, name, task_id) if name in CALLS else _do(shop, name, task_id)


def _do(shop: Shop, name: str, task_id: int) -> bool:
    """Claim and effect share one transaction: done means done, failed means still due."""

    def act(work: Work) -> bool:
        task = agenda.claim(work, task_id)
        if task is None:
            return False
        TASKS[name](work, **task.args)
        return True

    try:
        return shop.office.do(act)
    except Exception as error:
        log.exception("task %s %d failed", name, task_id)
        message = type(error).__name__
    task = shop.office.do(lambda work: agenda.lease(work, task_id, real_now=real_now()))
    if task is not None:
        shop.office.do(lambda work: agenda.fail(work, task, message))
    return False


def _call(shop: Shop, name: str, task_id: int) -> bool:
    """No transaction is open while the platform is asked; only the lease's holder finishes."""
    task = shop.office.do(lambda work: agenda.lease(work, task_id, real_now=real_now()))
    if task is None:
        return False
    try:
        with held(shop.office, lambda work: agenda.renew(work, task, real_now=real_now())):
            CALLS[name](shop, **task.args)
    except PlatformError as error:
        log.warning("call %s %d: %s", name, task_id, error.code)
        _fail(shop, task, f"{type(error).__name__} {error.code}", final=not error.retryable)
        return False
    except Exception as error:
        log.exception("call %s %d failed", name, task_id)
        _fail(shop, task, type(error).__name__)
        return False
    return shop.office.do(lambda work: agenda.finish(work, task))


def _fail(shop: Shop, task: DueTask, error: str, *, final: bool = False) -> None:
    shop.office.do(lambda work: agenda.fail(work, task, error, final=final))
