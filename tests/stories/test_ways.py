"""好友码 and 群码: a star's own codes in WeCom, made by the platform, taken by a friend, ended."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.groups import ways
from commerce.groups.rooms import Room
from commerce.people.identities import Identity
from commerce.people.invitations import Invitation, reserved_inviter
from commerce.people.members import Member
from jobs import tick
from jobs.group_posts import find_rooms
from jobs.ways import end_ways, find_colleagues
from tests.stories.group_world import Groups, together
from tests.waiting import eventually

FRIENDS = "千星福利群"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Groups]:
    with together(tmp_path) as world:
        world.room.made(kind="external", name=FRIENDS)
        find_rooms(world.house.shop)
        find_colleagues(world.house.shop)
        world.room.lever("people/小明/follow")
        for words in ("加入", "小明", "进度"):
            hears(world, words)
        assert eventually(lambda: is_quiet(world))
        yield world


def is_quiet(world: Groups) -> bool:
    """Everything that is to be said now is said, and was heard."""
    world.works()
    before = len(world.room.heard("小明"))
    time.sleep(0.3)
    return not open_tasks(world, "deliver") and len(world.room.heard("小明")) == before


def open_tasks(world: Groups, *names: str) -> list[int]:
    with world.house.office.reading() as work:
        is_open = DueTask.task.in_(names), DueTask.done_at.is_(None)
        return list(work.session.scalars(select(DueTask.id).where(*is_open)))


def does(world: Groups, *names: str) -> int:
    """Does what is planned of these; how many."""
    found = open_tasks(world, *names)
    for task_id in found:
        tick.run(world.house.shop, task_id)
    return len(found)


def hears(world: Groups, words: str, answers: int = 1) -> list[dict[str, Any]]:
    """What 小明 is answered in the official account."""
    before = len(world.room.heard("小明"))
    world.room.say("小明", words)

    def look() -> bool:
        world.works()
        return len(world.room.heard("小明")) >= before + answers

    assert eventually(look), world.room.phone("小明")
    return [m for m in world.room.phone("小明") if m["from"] != "me"][before:]


def scans(world: Groups, who: str, card: dict[str, Any]) -> None:
    """Somebody holds their phone over the card that was sent."""
    picture = world.room.http.get(f"/sandbox/v1/media/{card['media']}").content
    world.room.lever("people", {"name": who})
    path = f"/sandbox/v1/people/{who}/scan"
    assert world.room.http.post(path, files={"image": picture}).status_code == 200


def brought_by(world: Groups, who: str) -> str:
    """Who is remembered as the inviter, once what was planned is done."""
    external_id = world.room.world.db.execute(
        "SELECT external_userid FROM people WHERE name = ?", (who,)
    ).fetchone()[0]
    does(world, "find_joined", "look_up")
    with world.house.office.reading() as work:
        theirs = select(Identity).where(Identity.external_id == external_id)
        door = work.session.scalars(theirs).one_or_none()
        if door is None:
            return ""
        inviter = reserved_inviter(work, work.session.get_one(Member, door.member_id))
        return inviter.name if inviter else ""


@pytest.mark.parametrize(
    ("words", "name", "friend"), [("好友码", "好友码", "小红"), ("群码", "群码", "小刚")]
)
def test_who_comes_by_a_stars_code_is_the_stars(world: Groups, words: str, name: str, friend: str):
    first, card, last = hears(world, words, answers=3)
    assert first["text"] == f"正在画你的{name}，几秒就好。"
    assert "他再到公众号「千星计划」回复「加入」，就算你邀请的。" in last["text"]

    scans(world, friend, card)

    assert eventually(lambda: brought_by(world, friend) == "小明")


def test_a_code_is_made_once_and_ends_with_its_invitation(world: Groups):
    for words in ("好友码", "群码", "好友码", "群码"):
        hears(world, words, answers=3)
    at_platform = "SELECT count(*) FROM wecom_ways"
    db = world.room.world.db
    assert db.execute(at_platform).fetchone()[0] == 2

    end_ways(world.house.shop)
    assert db.execute(at_platform).fetchone()[0] == 2
    with world.house.office.work() as work:
        for way in work.session.scalars(select(ways.Way)):
            way.ends_at = work.now - timedelta(seconds=1)
    end_ways(world.house.shop)
    end_ways(world.house.shop)

    assert db.execute(at_platform).fetchone()[0] == 0
    with world.house.office.reading() as work:
        assert work.session.scalars(select(ways.Way)).all() == []


def test_a_way_that_nobody_needs_is_ended_at_once(world: Groups):
    """Two workers make the same one: the first one stands, the other goes."""
    hears(world, "好友码", answers=3)
    with world.house.office.work() as work:
        scene = work.session.scalars(select(Invitation)).one().scene
        given = ways.Given("later", "https://wework.qpic.cn/x")
        assert ways.made(work, ways.To.COLLEAGUE, scene, given) == "later"
        assert ways.made(work, ways.To.COLLEAGUE, "inv_OTHER", given) == ""


def test_without_a_place_for_one_more_the_usual_card_is_offered(
    world: Groups, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ways, "MOST", 0)
    (said,) = hears(world, "好友码")
    assert said["text"].startswith("好友码现在还没有，先用邀请卡，朋友一样算你邀请的。")
    (said,) = hears(world, "群码")
    assert said["text"].startswith("群码现在还没有")


def test_a_new_group_is_known_as_soon_as_the_platform_tells(world: Groups):
    does(world, "find_rooms")
    world.room.made(kind="external", name="新的福利群")

    assert eventually(lambda: does(world, "find_rooms"))

    with world.house.office.reading() as work:
        names = work.session.scalars(select(Room.name)).all()
    assert names[-2:] == [FRIENDS, "新的福利群"]
