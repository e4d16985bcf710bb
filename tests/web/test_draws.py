"""Draws over HTTP: open to everybody, the record as it was published, and never a person."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from commerce.lives import checking, draw, drawing, lotteries
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Office
from qianxing import cli
from tests.commerce.draws import SECRET, crowd, drawn, starts, with_lottery
from tests.commerce.stars import reviewer
from tests.laws.independent_draw import wrong
from web.pages import draws

PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def browser(office: Office) -> TestClient:
    app = FastAPI()
    app.include_router(draws.routes(office))
    return TestClient(app)


def page_of(browser: TestClient, number: str) -> str:
    answer = browser.get(f"/pages/draws/{number}")
    assert answer.status_code == 200
    return answer.text


def test_before_the_draw_the_commitment_and_the_count_are_there(
    office: Office, browser: TestClient
) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        crowd(work, live, 4)
        number, commit = lottery.number, lottery.commit

    page = page_of(browser, number)

    assert commit in page
    assert "已预约 4 人，还差 6 人锁定" in page
    assert browser.get(f"/pages/draws/{number}.json").status_code == 404


def test_between_freeze_and_draw_the_list_is_public_and_the_secret_is_not(
    office: Office, browser: TestClient
) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        crowd(work, live, 12)
        starts(work, live)
        drawing.freeze(work, lottery.id)
        number, digest = lottery.number, lottery.digest

    page, record = page_of(browser, number), browser.get(f"/pages/draws/{number}.json").json()

    assert digest in page
    assert "12 人参与，抽 3 份" in page
    assert draw.digest(record["tickets"]) == digest
    assert SECRET.hex() not in page + json.dumps(record)


def test_after_the_draw_everybody_can_check_it(
    office: Office, browser: TestClient, tmp_path: Path
) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        crowd(work, live, 12)
        drawn(work, live, lottery)
        number = lottery.number

    page = page_of(browser, number)
    answer = browser.get(f"/pages/draws/{number}.json", headers=PLAIN)
    record = answer.json()

    assert "抽出 3 份" in page
    assert [f"<li>{draw.booking(one)}</li>" in page for one in record["winners"]] == [True] * 3
    assert "content-encoding" not in answer.headers
    assert (draw.verify(record), wrong(record)) == ([], [])
    assert tuple(record) == draw.KEYS
    assert record["lottery"] == number
    saved = tmp_path / "record.json"
    saved.write_bytes(answer.content)
    assert CliRunner().invoke(cli.main, ["lottery", "verify", str(saved)]).exit_code == 0


def test_paused_claims_stand_on_the_page_until_somebody_has_looked(
    office: Office, browser: TestClient
) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        crowd(work, live, 12)
        drawn(work, live, lottery)
        number, boss = lottery.number, reviewer(work)
        checking.pause(work, lottery, "名单指纹不一致")

    assert "暂停领奖，正在核对" in page_of(browser, number)
    with office.work() as work:
        checking.resume(work, work.session.get_one(Lottery, lottery.id), by=boss)
    assert "暂停领奖" not in page_of(browser, number)


def test_a_long_record_comes_whole_packed_or_not(office: Office, browser: TestClient) -> None:
    """60 000 tickets: three pieces when unpacked on the way."""
    record = draw.build("LT1", "ab" * 32, "", 3, [draw.ticket(n, 1) for n in range(1, 60_001)])
    with office.work() as work:
        _, lottery = with_lottery(work)
        body, at = draw.pack(record), work.now
        work.session.add(DrawRecord(lottery_id=lottery.id, body=body, published_at=at))
        number = lottery.number

    packed = browser.get(f"/pages/draws/{number}.json", headers={"Accept-Encoding": "deflate"})
    plain = browser.get(f"/pages/draws/{number}.json", headers=PLAIN)

    assert packed.headers["content-encoding"] == "deflate"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(plain.content) > 2 * draws.CHUNK
    assert packed.content == plain.content
    assert plain.json() == record
    assert {len(piece) <= draws.CHUNK for piece in draws._inflated(body)} == {True}


def test_what_was_not_drawn_is_told(office: Office, browser: TestClient) -> None:
    with office.work() as work:
        few, not_reached = with_lottery(work)
        crowd(work, few, 4)
        starts(work, few)
        drawing.freeze(work, not_reached.id)
        off, cancelled = with_lottery(work, winners=2)
        lotteries.call_off(work, cancelled, State.CANCELLED)
        numbers = not_reached.number, cancelled.number

    assert "预约 4 人，没到 10 人，按规则这次不抽" in page_of(browser, numbers[0])
    assert "这场直播取消了，没有开奖" in page_of(browser, numbers[1])
    assert off.id != few.id


def test_no_person_stands_on_it(office: Office, browser: TestClient) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        crowd(work, live, 12)
        drawn(work, live, lottery)
        number = lottery.number
        names = work.session.scalars(select(Member.nickname).where(Member.nickname != "")).all()
        ids = work.session.scalars(select(Identity.external_id)).all()

    told = page_of(browser, number) + browser.get(f"/pages/draws/{number}.json").text

    assert len(ids) > 10
    assert [one for one in (*names, *ids) if one in told] == []


def test_a_live_nobody_was_shown_has_no_page(office: Office, browser: TestClient) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        work.session.get_one(Live, live.id).approved_at = None
        number = lottery.number

    assert browser.get(f"/pages/draws/{number}").status_code == 404


@pytest.mark.parametrize(
    "path", ["LT2026-none", "LT2026-none.json", "1", "%00", "%00.json", "..", "x" * 900]
)
def test_a_number_that_is_none_is_not_there(browser: TestClient, path: str) -> None:
    assert browser.get(f"/pages/draws/{path}").status_code == 404


def test_reading_it_changes_nothing(office: Office, browser: TestClient) -> None:
    with office.work() as work:
        live, lottery = with_lottery(work)
        crowd(work, live, 12)
        drawn(work, live, lottery)
        number = lottery.number

    first = page_of(browser, number)
    office.clock.passes(days=30)  # type: ignore[attr-defined]

    assert page_of(browser, number) == first
    with office.reading() as work:
        kept = work.session.scalars(select(Lottery).where(Lottery.number == number)).one()
        assert kept.drawn_at is not None
        assert kept.claim_until == kept.drawn_at + timedelta(hours=72)
