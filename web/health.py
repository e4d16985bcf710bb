"""`/healthz` alive, `/readyz` what it stands on, `/metrics` for Prometheus."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.spool import Spool
from bot.webhooks import Callback
from commerce import agenda
from commerce.people import contacts
from commerce.work import Office
from jobs import kf_accounts

STALE_IN_A_ROW = 3
"""So many correctly signed callbacks out of their window, one after the other: a wrong clock."""


def routes(office: Office, redis: Redis | None, callback: Callback, spool: Spool) -> APIRouter:
    router = APIRouter()
    checks: dict[str, Callable[[], bool]] = {
        "database": lambda: _database(office),
        "redis": lambda: redis is not None and _redis(redis),
        "queue": lambda: _queue(office),
        "clock": lambda: callback.seen.stale < STALE_IN_A_ROW,
        "spool": lambda: spool.is_empty,
    }

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    def readyz(response: Response) -> dict[str, Any]:
        found = {name: check() for name, check in checks.items()}
        response.status_code = 200 if all(found.values()) else 503
        return {name: "ok" if good else "failing" for name, good in found.items()}

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(_metrics(callback, office), media_type=CONTENT_TYPE_LATEST)

    return router


def _database(office: Office) -> bool:
    try:
        with office.reading() as work:
            work.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def _queue(office: Office) -> bool:
    """Nothing is due for longer than a worker may need to come back."""
    try:
        with office.reading() as work:
            return agenda.late_count(work) == 0
    except SQLAlchemyError:
        return False


def _metrics(callback: Callback, office: Office) -> bytes:
    registry = CollectorRegistry()
    seen, tasks = callback.seen, _tasks(office)
    numbers = {
        "qianxing_callbacks_answered": ("callbacks answered with 200", seen.answered),
        "qianxing_callbacks_refused": ("callbacks refused", seen.refused),
        "qianxing_callbacks_stale": ("signed callbacks out of the window, in a row", seen.stale),
        "qianxing_callbacks_kept": ("callbacks kept on disk for later", seen.kept),
        "qianxing_tasks_due": ("due tasks nobody has done", tasks.due),
        "qianxing_tasks_late": ("due tasks nobody has done in time", tasks.late),
        "qianxing_tasks_failed": ("tasks given up, for an operator to retry", tasks.failed),
        "qianxing_welcomes_missed": ("greetings that came too late", _unwelcomed(office)),
    }
    for name, (about, value) in numbers.items():
        Gauge(name, about, registry=registry).set(value)
    return generate_latest(registry)


def _unwelcomed(office: Office) -> int:
    """At customer service ever, among new contacts lately; -1 while the database is away."""
    try:
        with office.reading() as work:
            return kf_accounts.late_welcomes(work) + contacts.counted(work).unwelcomed
    except SQLAlchemyError:
        return -1


def _tasks(office: Office) -> agenda.Standing:
    """-1 for each while the database is away."""
    try:
        with office.reading() as work:
            return agenda.standing(work)
    except SQLAlchemyError:
        return agenda.Standing(-1, -1, -1)
