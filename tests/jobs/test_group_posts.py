"""Posts in groups: looked at, sent once, never too many, never about what is not so any more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.wecom import Corporation, WeCom
from commerce.agenda import DueTask
from commerce.errors import PlatformUnavailable, RateLimited
from commerce.groups import rooms
from commerce.groups.posts import GroupPost, State
from commerce.people import staff
from commerce.work import Office
from jobs import group_posts, tick
from jobs.shop import Shop
from tests.handlers.test_products import listed
from tests.jobs.test_deliver import NOWHERE, Platform
from tests.people import Cast, Clock, Person

GROUP = "千星创作者群"


class Corp(WeCom):
    """The outermost port: what was posted, and what is to go wrong first."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(Corporation("ww", 1, "secret", NOWHERE), None, clock)
        self.posted: list[str] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.before: Callable[[], None] = lambda: None

    def webhook(self, key: str, body: dict[str, Any]) -> None:
        self.before()
        self.posted.append(body["text"]["content"])

    def post(self, path: str, body: dict[str, Any], *needs: str) -> dict[str, Any]:
        self.asked.append((path, body))
        return self.answers.get(path, {})


@pytest.fixture
def corp(clock: Clock) -> Corp:
    return Corp(clock)


@pytest.fixture
def shop(office: Office, bot: Bot, clock: Clock, corp: Corp, tmp_path: Path) -> Shop:
    return with_a_group(office, bot, clock, corp, tmp_path)


def with_a_group(office: Office, bot: Bot, clock: Clock, corp: Corp, folder: Path) -> Shop:
    """A shop with one internal group that gets posts."""
    webhooks = {GROUP: "key"}
    shop = Shop(office, bot, Platform(clock), folder, SHIPPED, wecom=corp, webhooks=webhooks)
    corp.answers["externalcontact/groupchat/list"] = {"group_chat_list": []}
    group_posts.find_rooms(shop)
    return shop


@pytest.fixture
def host(people: Cast, office: Office) -> Person:
    """小周 runs lives and groups."""
    with office.work() as work:
        code = staff.invite(work, staff.Role.HOST)
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1
    return people("小周").follows().says("加入").says("小周").says(code)


def play(shop: Shop, *names: str) -> None:
    """What is due of these tasks is done, also what they plan."""
    while True:
        with shop.office.reading() as work:
            due = select(DueTask.id).where(
                DueTask.task.in_(names),
                DueTask.done_at.is_(None),
                DueTask.failed_at.is_(None),
                DueTask.due_at <= work.now,
            )
            ids = list(work.session.scalars(due))
        if not any(tick.run(shop, task_id) for task_id in ids):
            return


def states(office: Office) -> list[str]:
    with office.reading() as work:
        return list(work.session.scalars(select(GroupPost.state).order_by(GroupPost.id)))


def asked(shop: Shop, host: Person, clock: Clock) -> None:
    """G1 for product 1, complete and waiting for a yes."""
    host.says("群发 G1 1").hears("正在写「新到一样」，1 个群各一条。\n写好了回复「群发」看。")
    clock.passes(seconds=2)
    play(shop, "draft_posts")
    with shop.office.work() as work:
        post = work.session.scalars(select(GroupPost).order_by(GroupPost.id.desc())).first()
        assert post is not None
        post.facts = post.facts | {"spec": "10 袋"}
    host.says(f"补 P{post.id} 卖点 清甜多汁")


def test_it_is_written_completed_approved_and_sent(
    shop: Shop, corp: Corp, host: Person, clock: Clock
):
    host.says("群发 G1 1")
    clock.passes(seconds=2)
    play(shop, "draft_posts")
    host.is_told("群消息 P1 还缺内容，补齐才发。")
    host.says("看 P1").hears_of("还缺：卖点、spec")
    host.says("批准 P1").hears_of("P1 还缺：卖点、spec")
    host.says("补 P1 卖点 清甜多汁").says("补 P1 spec 10 袋")
    host.hears_of("广告 · 含推广链接\n新到：藕粉 10 袋装\n清甜多汁。", "现价 99.00 元")
    host.is_offered("批准 P1", "拒绝 P1")

    host.says("批准 P1").hears("已批准 P1。\n3月2日 12:00 发到「千星创作者群」。")
    play(shop, "post_to_group")

    assert len(corp.posted) == 1
    assert corp.posted[0].startswith("广告 · 含推广链接\n新到：藕粉 10 袋装\n")
    assert corp.posted[0].endswith("看看：公众号「千星计划」发「下单 1」")
    host.says("批准 P1").hears("P1 已经定了，这次没有改动。")
    play(shop, "post_to_group")
    assert len(corp.posted) == 1


def test_a_third_post_of_the_day_is_not_sent(
    shop: Shop, corp: Corp, host: Person, clock: Clock, office: Office
):
    for number in (1, 2, 3):
        asked(shop, host, clock)
        host.says(f"批准 P{number}")
        play(shop, "post_to_group")

    assert len(corp.posted) == 2
    assert states(office) == [State.SENT, State.SENT, State.STOPPED]
    host.says("看 P3").hears_of("没发：今天已发 2 条")


def test_at_night_it_waits_and_too_late_it_is_dropped(
    shop: Shop, corp: Corp, host: Person, clock: Clock, office: Office
):
    asked(shop, host, clock)
    clock.passes(hours=11)  # 23:00

    host.says("批准 P1")
    play(shop, "post_to_group")
    assert corp.posted == []

    clock.passes(hours=11)
    play(shop, "post_to_group")
    assert corp.posted == []
    assert states(office) == [State.STOPPED]


def test_forbidden_words_stop_it(shop: Shop, host: Person, clock: Clock):
    host.says("群发 G1 1")
    clock.passes(seconds=2)
    play(shop, "draft_posts")

    host.says("补 P1 卖点 全网第一").hears_of("这里面不能有")


def test_what_was_being_sent_when_its_process_died_is_left_to_a_person(
    shop: Shop, corp: Corp, host: Person, clock: Clock, office: Office
):
    asked(shop, host, clock)
    host.says("批准 P1")

    def dies() -> None:
        raise KeyboardInterrupt

    corp.before = dies
    with pytest.raises(KeyboardInterrupt):
        group_posts.post_to_group(shop, 1)
    corp.before = lambda: None
    group_posts.post_to_group(shop, 1)

    assert corp.posted == []
    assert states(office) == [State.UNSURE]
    host.is_told("群消息 P1 发到一半断了，不确定发出没有。")


def refuses(error: Exception) -> Callable[[], None]:
    def say() -> None:
        raise error

    return say


def test_a_platform_that_is_busy_is_asked_again_and_one_that_is_silent_is_not(
    shop: Shop, corp: Corp, host: Person, clock: Clock, office: Office
):
    asked(shop, host, clock)
    host.says("批准 P1")
    corp.before = refuses(RateLimited(45009, "too many"))
    with pytest.raises(RateLimited):
        group_posts.post_to_group(shop, 1)
    assert states(office) == [State.DUE]

    corp.before = refuses(PlatformUnavailable(-1, "ReadTimeout"))
    group_posts.post_to_group(shop, 1)

    assert states(office) == [State.UNSURE]


def test_a_live_is_announced_in_the_groups_at_its_times(
    shop: Shop, host: Person, amy: Person, boss: Person
):
    amy.says("建直播").says("王小明").says("春日好物专场 3月6日 20:00")
    amy.says("直播商品 1 1").says("直播话术 1 先讲藕粉怎么冲，再看规格。")
    boss.says("通过 L1")

    with shop.office.reading() as work:
        planned = {
            task.args["template"]: datetime.fromisoformat(task.args["planned_at"])
            for task in work.session.scalars(select(DueTask).where(DueTask.task == "draft_posts"))
            if "live_id" in task.args
        }

    evening = datetime.fromisoformat("2026-03-06T20:00+08:00")
    assert planned["L1"] == datetime.fromisoformat("2026-03-03T10:00+08:00")
    assert planned["L2"] == datetime.fromisoformat("2026-03-05T19:30+08:00")
    assert planned["L3"] == evening - timedelta(hours=1)


def external(shop: Shop, corp: Corp) -> None:
    corp.answers |= {
        "externalcontact/groupchat/list": {"group_chat_list": [{"chat_id": "wr1"}]},
        "externalcontact/groupchat/get": {"group_chat": {"name": "福利群", "owner": "zhou"}},
        "externalcontact/add_msg_template": {"msgid": "M1"},
        "externalcontact/get_groupmsg_send_result": {"send_list": [{"status": 0}]},
    }
    group_posts.find_rooms(shop)
    with shop.office.work() as work:
        internal = work.session.scalars(select(rooms.Room).where(rooms.Room.name == GROUP)).one()
        internal.is_posted = False


def test_customers_hear_it_when_the_owner_has_confirmed(
    shop: Shop, corp: Corp, host: Person, clock: Clock, office: Office
):
    external(shop, corp)
    asked(shop, host, clock)
    host.says("批准 P1").hears_of("群主点确认后发出")
    play(shop, "post_to_group")
    [task] = [body for path, body in corp.asked if path.endswith("add_msg_template")]
    assert (task["chat_type"], task["sender"], task["chat_id_list"]) == ("group", "zhou", ["wr1"])
    assert states(office) == [State.CONFIRMING]

    clock.passes(hours=1)
    play(shop, "follow_post")
    assert states(office) == [State.CONFIRMING]
    corp.answers["externalcontact/get_groupmsg_send_result"] = {"send_list": [{"status": 1}]}
    clock.passes(hours=1)
    play(shop, "follow_post")

    assert states(office) == [State.SENT]


def test_who_never_confirms_is_reminded_once_and_then_it_is_called_off(
    shop: Shop, corp: Corp, host: Person, clock: Clock, office: Office
):
    external(shop, corp)
    asked(shop, host, clock)
    host.says("批准 P1")
    play(shop, "post_to_group")

    for _ in range(25):
        clock.passes(hours=1)
        play(shop, "follow_post")

    called = [path.rpartition("/")[2] for path, _ in corp.asked]
    assert called.count("remind_groupmsg_send") == called.count("cancel_groupmsg_send") == 1
    assert states(office) == [State.UNSENT]
    host.says("看 P1").hears_of("没发出去：同事没有确认")


def test_a_group_may_be_left_out(shop: Shop, host: Person, clock: Clock, office: Office):
    host.says("群列表").hears_of("群 1「千星创作者群」内部群，今天发了 0 条")
    host.says("群 1 停发").hears_of("从现在起不发群消息")

    host.says("群发 G1 1").hears_of("还没有能发的群")
    clock.passes(seconds=2)
    play(Shop(office, host.bot, Platform(clock), Path("."), SHIPPED), "draft_posts")

    assert states(office) == []


def test_these_words_do_not_exist_for_others(dan: Person, shop: Shop):
    for words in ("群发", "群列表", "看 P1", "批准 P1", "群 1 停发"):
        assert "群" not in dan.says(words).heard or "没对上" in dan.heard


def test_rooms_are_found_again_and_keep_what_was_decided(shop: Shop, host: Person):
    host.says("群 1 停发")

    group_posts.find_rooms(shop)

    with shop.office.reading() as work:
        [room] = work.session.scalars(select(rooms.Room))
        assert (room.is_posted, room.gone_at) == (False, None)
