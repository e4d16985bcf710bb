"""What colleagues see on a contact in WeCom follows what the contact becomes to us."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.context import Bot
from bot.dispatch import dispatch
from bot.message import Channel, Happening, Kind, Message
from bot.pictures.template import SHIPPED
from bot.platforms.wecom import Corporation, WeCom
from commerce.agenda import DueTask
from commerce.errors import PlatformUnavailable
from commerce.people import contacts, identities, members
from commerce.people.contacts import Contact, CorpTag
from commerce.people.identities import Identity
from commerce.work import Office, Work
from handlers.contact_words import TAGS
from jobs import tags
from jobs.shop import Shop
from tests.commerce.sales import paid_order
from tests.jobs.test_deliver import Platform
from tests.jobs.test_group_posts import play
from tests.people import Clock, Person
from tests.sandbox.wecom.conftest import Corp, _corp_pair, app, corp
from tests.sandbox.wecom.corp_app import CORPID, ENVIRONMENT

__all__ = ["_corp_pair", "app", "corp"]


class Calls(WeCom):
    """The real client, at the sandbox: it counts what it was asked; much may happen meanwhile."""

    def __init__(self, url: str, clock: Clock) -> None:
        corporation = Corporation(CORPID, 1000002, ENVIRONMENT["WECOM_SECRET"], f"{url}/wecom")
        super().__init__(corporation, None, clock)
        self.asked: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}
        self.after: dict[str, Callable[[], None]] = {}

    def post(self, path: str, body: dict[str, Any], *needs: str) -> dict[str, Any]:
        name = path.rpartition("/")[2]
        self.before.pop(name, lambda: None)()
        answer = super().post(path, body, *needs)
        self.asked.append(name)
        self.after.pop(name, lambda: None)()
        return answer


class House:
    """小红, a customer, in the sandbox and here."""

    def __init__(self, shop: Shop, corp: Corp, calls: Calls) -> None:
        self.shop, self.corp, self.calls = shop, corp, calls
        self.external_id = corp.external("小红")
        self.ids = iter(range(1, 99))

    def adds(self) -> None:
        body = {"type": 1, "scene": 2, "user": [self.corp.staff()], "state": "inv_ab12"}
        code = self.corp.call("externalcontact/add_contact_way", body)["qr_code"]
        self.corp.scan("小红", code)
        self.sends(Kind.HAPPENING, Happening.ADDED)
        self.works()

    def sends(self, kind: Kind, text: str, account: str | None = None) -> None:
        door, now, id = Channel.CUSTOMER_SERVICE, self.shop.office.clock(), f"m{next(self.ids)}"
        message = Message(door, id, self.external_id, kind, text, now, account=account)
        with self.shop.office.work() as work:
            dispatch(work, message, self.shop.bot, waits=lambda: True)

    def buys(self, times: int = 1) -> None:
        with self.shop.office.work() as work:
            _, member = identities.recognise(work, Channel.CUSTOMER_SERVICE, self.external_id)
            for _ in range(times):
                paid_order(work, members.get(work, member.id), None)
        self.works()

    def works(self) -> None:
        play(self.shop, "look_up", "tag_contact")

    @property
    def tags(self) -> list[tuple[str, str]]:
        """What a colleague reads."""
        asked = {"external_userid": self.external_id}
        got = self.corp.call("externalcontact/get", **asked)
        return [
            (one["group_name"], one["tag_name"])
            for follow in got["follow_user"]
            for one in follow["tags"]
        ]


@pytest.fixture
def house(office: Office, bot: Bot, clock: Clock, corp: Corp, tmp_path: Path) -> House:
    calls = Calls(str(corp.http.base_url).rstrip("/"), clock)
    return House(Shop(office, bot, Platform(clock), tmp_path, SHIPPED, wecom=calls), corp, calls)


def test_a_contact_is_new_then_a_buyer_then_a_star(house: House) -> None:
    house.adds()
    assert house.tags == [("千星计划", "新朋友")]

    house.buys()
    assert house.tags == [("千星计划", "顾客")]

    house.sends(Kind.TEXT, "加入")
    house.sends(Kind.TEXT, "红红")
    house.works()
    assert house.tags == [("千星计划", "星主")]


def test_tags_are_made_once_and_their_ids_are_kept(house: House) -> None:
    house.adds()
    house.buys(times=2)
    house.buys()

    asked = house.calls.asked
    assert (asked.count("add_corp_tag"), asked.count("get_corp_tag_list")) == (1, 2)
    assert asked.count("mark_tag") == 2
    assert len(house.corp.call("externalcontact/get_corp_tag_list", {})["tag_group"]) == 1


def test_tags_that_are_there_already_are_found(house: House) -> None:
    body = {"group_name": "千星计划", "tag": [{"name": "顾客"}]}
    made = house.corp.call("externalcontact/add_corp_tag", body)["tag_group"]

    house.adds()

    [group] = house.corp.call("externalcontact/get_corp_tag_list", {})["tag_group"]
    assert group["group_id"] == made["group_id"]
    assert {tag["name"] for tag in group["tag"]} == {"顾客", "新朋友", "星主"}
    with house.shop.office.reading() as work:
        assert contacts.tag_ids(work)["buyer"] == made["tag"][0]["id"]


def test_two_workers_who_make_them_at_once_make_them_once(house: House) -> None:
    body = {"group_name": "千星计划", "tag": [{"name": name} for name in TAGS.values()]}
    house.calls.before["add_corp_tag"] = lambda: made.append(
        house.corp.call("externalcontact/add_corp_tag", body)["tag_group"]
    )
    made: list[dict[str, Any]] = []

    house.adds()

    assert house.tags == [("千星计划", "新朋友")]
    assert {row.tag_id for row in kept(house)} == {tag["id"] for tag in made[0]["tag"]}


def test_tags_that_somebody_deleted_are_made_again(house: House) -> None:
    house.adds()
    [group] = house.corp.call("externalcontact/get_corp_tag_list", {})["tag_group"]
    house.corp.call("externalcontact/del_corp_tag", {"group_id": [group["group_id"]]})

    house.buys()

    assert ("千星计划", "顾客") in house.tags


def dies() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("call", ["add_corp_tag", "mark_tag"])
def test_killed_anywhere_and_run_again_there_is_one_tag(house: House, call: str) -> None:
    house.calls.after[call] = dies
    with pytest.raises(KeyboardInterrupt):
        house.adds()
    with house.shop.office.reading() as work:
        [contact] = work.session.scalars(select(Contact))
        assert contact.tag == ""

    tags.tag_contact(house.shop, contact.identity_id)

    assert house.tags == [("千星计划", "新朋友")]
    assert len(kept(house)) == 3
    [group] = house.corp.call("externalcontact/get_corp_tag_list", {})["tag_group"]
    assert len(group["tag"]) == 3


def kept(house: House) -> list[CorpTag]:
    with house.shop.office.reading() as work:
        return list(work.session.scalars(select(CorpTag)))


def test_who_becomes_a_buyer_while_the_platform_is_asked_is_told_anew(house: House) -> None:
    house.calls.before["mark_tag"] = house.buys

    house.adds()

    assert house.tags == [("千星计划", "顾客")]


def test_who_is_gone_is_left_alone_and_comes_back_as_what_they_are(
    house: House, clock: Clock
) -> None:
    house.adds()
    house.sends(Kind.HAPPENING, Happening.LEFT)
    house.corp.lever("contacts/delete", {"person": "小红", "by": "customer"})
    before = len(house.calls.asked)
    house.buys()
    assert len(house.calls.asked) == before

    clock.passes(minutes=1)
    house.adds()

    assert house.tags == [("千星计划", "顾客")]


def test_a_platform_that_is_silent_is_asked_again(house: House, clock: Clock) -> None:
    def silent() -> None:
        raise PlatformUnavailable(-1, "ReadTimeout")

    house.calls.after["get_corp_tag_list"] = silent
    house.adds()
    with house.shop.office.work() as work:
        [task] = work.session.scalars(select(DueTask).where(DueTask.task == "tag_contact"))
        assert (task.done_at, task.failed_at) == (None, None)

    clock.passes(seconds=30)
    house.works()

    assert house.tags == [("千星计划", "新朋友")]


def test_who_is_no_contact_is_no_task(house: House) -> None:
    house.buys()

    def planned(work: Work) -> int:
        return len(list(work.session.scalars(select(DueTask).where(DueTask.task == "tag_contact"))))

    with house.shop.office.reading() as work:
        assert planned(work) == 0


def test_a_contact_who_turns_out_to_be_a_star_is_one(house: House, amy: Person) -> None:
    house.adds()
    amy.says("绑定")
    code = amy.heard.split("，")[0].removeprefix("绑定码 ")

    house.sends(Kind.TEXT, f"绑定 {code}")
    house.works()

    assert house.tags == [("千星计划", "星主")]


def test_who_spoke_to_customer_service_before_is_found_at_their_colleague(house: House) -> None:
    house.sends(Kind.TEXT, "你好", account=house.corp.kf())

    house.adds()

    with house.shop.office.reading() as work:
        [contact] = work.session.scalars(select(Contact))
        assert contact.colleague == ""
    assert house.tags == [("千星计划", "新朋友")]


def test_who_bought_in_the_shop_that_is_imported_is_a_buyer(house: House) -> None:
    house.adds()
    house.buys()
    with house.shop.office.work() as work:
        [contact] = work.session.scalars(select(Contact))
        contact.tag = "new"
        door = work.session.get_one(Identity, contact.identity_id)
        contacts.some_stand_anew(work, {door.member_id, 987}, "order:73")
    house.works()

    with house.shop.office.reading() as work:
        assert work.session.get_one(Contact, contact.identity_id).tag == "buyer"
