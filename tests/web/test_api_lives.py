"""Lives over HTTP, for the shop's machines."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from commerce.agenda import DueTask
from commerce.goods import shop_names
from commerce.lives import hosting
from commerce.work import Office
from tests.commerce.sales import product
from tests.commerce.stars import star
from tests.people import NOON
from web.api import described, flash_described, lives

TOKEN = "4f1d0c2b9a8e7d6c5b4a39281706f5e4"
AT = (NOON + timedelta(days=3)).isoformat()


@pytest.fixture
def hurried() -> list[bool]:
    return []


def client(office: Office, hurried: list[bool], token: str | None = TOKEN) -> TestClient:
    app = FastAPI()
    api = lives.routes(office, SecretStr(TOKEN), lambda: hurried.append(True))
    app.include_router(api)
    app.include_router(described([api], office.rules, flash_described.PATHS))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return TestClient(app, headers=headers)


@pytest.fixture
def api(office: Office, hurried: list[bool]) -> TestClient:
    return client(office, hurried)


@pytest.fixture
def host_id(office: Office) -> int:
    with office.work() as work:
        host = star(work, "小明")
        hosting.confirm(work, host, "王小明")
        return host.id


@pytest.fixture
def plan(office: Office, host_id: int) -> dict[str, Any]:
    with office.work() as work:
        goods = product(work)
    return {"title": "春日好物专场", "planned_at": AT, "host": host_id, "goods": [goods.id]}


def test_a_live_from_its_plan_to_its_end(
    api: TestClient, plan: dict[str, Any], hurried: list[bool], office: Office
):
    made = api.post("/api/v1/lives", json=plan)

    assert made.status_code == 201
    assert made.json() == {
        "id": 1,
        "title": "春日好物专场",
        "state": "scheduled",
        "host": {"id": plan["host"], "name": "小明"},
        "planned_at": "2026-03-05T04:00:00Z",
        "ends_at": "2026-03-05T06:00:00Z",
        "started_at": None,
        "ended_at": None,
        "is_approved": True,
        "goods": plan["goods"],
        "booked": 0,
        "offers": [],
        "lottery": None,
    }
    for step, state in (("start", "live"), ("start", "live"), ("end", "ended"), ("end", "ended")):
        answer = api.post(f"/api/v1/lives/1/{step}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert len(hurried) == 5
    assert api.get("/api/v1/lives/1").json()["ended_at"] == "2026-03-02T04:00:00Z"
    with office.reading() as work:
        settles = select(DueTask).where(DueTask.task == "settle")
        assert len(list(work.session.scalars(settles))) == 1


def test_the_same_key_is_the_same_live(api: TestClient, plan: dict[str, Any]):
    numbers = [
        api.post("/api/v1/lives", json=plan, headers={"Idempotency-Key": key}).json()["id"]
        for key in ("a", "a", "b")
    ]
    numbers.append(api.post("/api/v1/lives", json=plan).json()["id"])

    assert numbers == [1, 1, 2, 3]
    assert [one["id"] for one in api.get("/api/v1/lives").json()] == [1, 2, 3]
    api.post("/api/v1/lives/2/cancel", json={"reason": "主播病了"})
    cancelled = api.get("/api/v1/lives", params={"state": "cancelled"}).json()
    assert [one["id"] for one in cancelled] == [2]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("lives/9/start", None, 404, "no_such_live"),
        ("lives/9/end", None, 404, "no_such_live"),
        ("lives/1/end", None, 409, "live_not_started"),
        ("lives/1/cancel", {"reason": ""}, 409, "live_text_refused"),
        ("lives", {"planned_at": "2026-03-01T12:00:00+08:00"}, 409, "planned_in_the_past"),
        ("lives", {"title": "全网第一"}, 409, "live_title_refused"),
        ("lives", {"ends_at": "2026-03-09T12:00:00+08:00"}, 409, "live_too_long"),
        ("lives", {"host": 999}, 404, "no_such_member"),
        ("lives", {"goods": [999]}, 404, "no_such_product"),
    ],
)
def test_what_is_refused_says_why(
    api: TestClient, plan: dict[str, Any], path: str, body: dict[str, Any], status: int, code: str
):
    api.post("/api/v1/lives", json=plan)

    answer = api.post(f"/api/v1/{path}", json=plan | body if path == "lives" else body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["words"]
    assert len(api.get("/api/v1/lives").json()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"planned_at": "2026-03-06T20:00:00"},  # Of which zone?
        {"host": 0},
        {"host": "x"},
        {"title": None},
        {"state": "live"},
        {"goods": list(range(1, 99))},
    ],
)
def test_what_is_no_plan(api: TestClient, plan: dict[str, Any], change: dict[str, Any]):
    assert api.post("/api/v1/lives", json=plan | change).status_code == 422
    assert api.get("/api/v1/lives").json() == []


def test_what_is_too_long_is_not_read(api: TestClient, plan: dict[str, Any]):
    whole = json.dumps(plan | {"script": "长" * 30_000}).encode()
    parts = (whole[start : start + 8_000] for start in range(0, len(whole), 8_000))

    assert api.post("/api/v1/lives", content=whole).status_code == 413
    assert api.post("/api/v1/lives", content=parts).status_code == 413  # It does not say how long.


@pytest.mark.parametrize("token", [None, "", TOKEN[:-1], TOKEN + "x", "é"])
def test_another_token_opens_nothing(office: Office, hurried: list[bool], token: str | None):
    api = client(office, hurried, None)
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}

    for method, path in (("GET", "lives"), ("POST", "lives/1/start"), ("POST", "live-events")):
        answer = api.request(method, f"/api/v1/{path}", headers=headers, json={})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_without_a_token_of_ours_the_interface_is_closed(office: Office):
    app = FastAPI()
    app.include_router(lives.routes(office, None, list))

    for said in ("Bearer ", "Bearer None", f"Bearer {TOKEN}"):
        answer = TestClient(app).get("/api/v1/lives", headers={"Authorization": said})
        assert answer.status_code == 403


def test_the_channels_events_are_followed_by_the_name_it_has_there(
    api: TestClient, plan: dict[str, Any], office: Office
):
    api.post("/api/v1/lives", json=plan)
    with office.work() as work:
        shop_names.name_live(work, "春日专场3", hosting.find(work, 1))

    def said(step: str, live: str = "春日专场3") -> tuple[int, str]:
        answer = api.post("/api/v1/live-events", json={"live": live, "step": step})
        return answer.status_code, answer.json().get("state", "") if answer.content else ""

    assert said("started", "没听说过的") == (204, "")
    assert said("ended") == (200, "scheduled")  # The end came first: it is none yet.
    assert [said("started"), said("started")] == [(200, "live")] * 2
    assert [said("ended"), said("ended")] == [(200, "ended")] * 2
    assert said("started") == (409, "")


def test_it_is_described_for_people_and_for_machines(office: Office, hurried: list[bool]):
    anybody = client(office, hurried, None)

    schema = anybody.get("/api/openapi.json").json()
    page = anybody.get("/api/docs")

    assert set(schema["paths"]) == {
        "/api/v1/lives",
        "/api/v1/lives/{number}",
        "/api/v1/lives/{number}/start",
        "/api/v1/lives/{number}/end",
        "/api/v1/lives/{number}/cancel",
        "/api/v1/live-events",
        "/api/v1/offers/{offer}/orders",
    }
    assert schema["openapi"].startswith("3.")
    for path in schema["paths"]:
        assert path in page.text
    for words in (
        "planned_at: date-time",
        "ends_at?: date-time | null",
        "goods?: integer[]",
        "409",
    ):
        assert words in page.text
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
