"""The card for one's friends on its way out: it says that a live is on, and nothing of a price."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.reply import Picture
from commerce.goods import offers
from commerce.goods.offers import Kind
from commerce.lives import assists
from commerce.lives.assists import Assist
from commerce.work import Office
from jobs.pictures import COMPLETE
from tests.commerce.sales import live, product
from tests.commerce.stars import star, visitor
from tests.commerce.test_offers import richly


class WeChat:
    """Makes a QR code of a scene."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []

    def create_qr(self, scene: str, expire_s: int) -> str:
        self.made.append((scene, expire_s))
        return f"https://weixin.qq.com/q/{scene}"


@pytest.fixture
def card(office: Office) -> Assist:
    with office.work() as work:
        evening, goods = live(work, star(work, "小明")), product(work)
        offers.publish(richly(work), evening, goods, Kind.ASSIST, subsidy_fen=100_000_00)
        return assists.share(work, visitor(work), evening)


def facts(office: Office, wechat: WeChat, card: Assist) -> dict[str, Any]:
    shop: Any = SimpleNamespace(office=office, wechat=wechat)
    picture = Picture("assist_poster", {"assist_id": card.id})
    return COMPLETE[picture.name](shop, picture.facts)


def test_it_says_what_is_on_and_whose_card_it_is(office: Office, card: Assist):
    drawn = facts(office, WeChat(), card)

    assert (drawn["title"], drawn["invitation"]) == ("春日好物专场", "正在直播，来看看")
    assert drawn["ad_mark"] == "广告"
    assert "元" not in "".join(drawn["lines"])
    assert drawn["qr"].endswith(card.scene)


def test_its_code_is_made_once_and_lives_as_long_as_the_live_may(office: Office, card: Assist):
    wechat = WeChat()

    for _ in range(2):
        facts(office, wechat, card)

    latest_s = int(office.rules.lives.latest_end.total_seconds())
    assert wechat.made == [(card.scene, latest_s)]
