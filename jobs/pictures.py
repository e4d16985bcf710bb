"""Pictures on their way out: facts completed, drawn once, uploaded, and uploaded again in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.message import Channel
from bot.pictures import cached, content_key
from bot.reply import Picture
from commerce.fen import show_yuan
from commerce.goods.products import Product, StarPrice
from commerce.goods.shares import Share
from commerce.groups.ways import To
from commerce.lives.assists import Assist
from commerce.lives.lives import Live
from commerce.outbox import SHANGHAI
from commerce.people import avatars, members
from commerce.people.invitations import Invitation
from commerce.store.base import Base
from commerce.store.once import insert_once
from commerce.work import Work
from handlers import live_words
from jobs import kf_accounts
from jobs.shop import Shop
from jobs.ways import way_of

ON_AIR = "正在直播，来看看"
KEPT = timedelta(days=3) - timedelta(hours=1)
"""The platform keeps temporary media for three days."""


class UploadedPicture(Base):
    __tablename__ = "uploaded_pictures"

    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    content_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_id: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime]


def uploaded(
    shop: Shop, picture: Picture, channel: Channel, upload: Callable[[Shop, bytes], str]
) -> str:
    """The platform's id of the picture: drawn and uploaded unless that was done in three days."""
    complete = THERE.get((picture.name, channel)) or COMPLETE.get(picture.name, _as_it_is)
    facts = complete(shop, picture.facts)
    key = content_key(picture.name, facts, shop.poster_template)
    with shop.office.reading() as work:
        known = _find(work, channel, key)
        if known is not None and known.uploaded_at + KEPT > work.now:
            return known.media_id
    path = cached(shop.pictures, picture.name, facts, template=shop.poster_template)
    media_id = upload(shop, path.read_bytes())
    shop.office.do(lambda work: keep(work, channel, key, media_id))
    return media_id


def _invite_poster(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    """The card of an invitation. Its QR code is the platform's own, made the first time."""
    return _invitation_card(shop, facts, _official_url)


def _invite_to_service(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    """The same card; who scans it speaks to customer service, if that has a link."""
    with shop.office.reading() as work:
        link = kf_accounts.link_of(work)
    if not link:
        return _invite_poster(shop, facts)
    card = _invitation_card(shop, facts, lambda _, one: f"{link}&scene_param={one.scene}")
    return {**card, "lines": ["长按识别二维码", "进来回复「加入」", "免费参加，不用买东西"]}


def _invitation_card(
    shop: Shop, facts: dict[str, Any], url_of: Callable[[Shop, Invitation], str]
) -> dict[str, Any]:
    with shop.office.reading() as work:
        invitation = work.session.get_one(Invitation, facts["invitation_id"])
        member = members.get(work, invitation.member_id)
        rules = work.rules
        avatar = avatars.of_member(work, member.id)
    url = url_of(shop, invitation)
    ends = invitation.expires_at.astimezone(SHANGHAI)
    return {
        "member_id": member.id,
        "nickname": member.name,
        "avatar": avatar,
        "slogan": rules.slogan,
        "brand": rules.brand.name,
        "qr": url,
        "lines": ["长按识别二维码", "关注后回复「加入」", "免费参加，不用买东西"],
        "valid_until": f"{ends.month}月{ends.day}日",
        "ad_mark": "广告",
    }


def _way_card(
    shop: Shop, facts: dict[str, Any], leads_to: To, lines: Callable[[Work], list[str]]
) -> dict[str, Any]:
    """The same card; its code leads to a group or to a colleague."""

    def url_of(shop: Shop, one: Invitation) -> str:
        return way_of(shop, leads_to, one.scene, one.expires_at).content

    card = _invitation_card(shop, facts, url_of)
    with shop.office.reading() as work:
        return {**card, "lines": lines(work)}


def _contact_poster(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    def lines(work: Work) -> list[str]:
        return ["长按识别二维码", f"加「{work.rules.brand.assistant}」好友", "免费参加，不用买东西"]

    return _way_card(shop, facts, To.COLLEAGUE, lines)


def _group_poster(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    lines = ["长按识别二维码", "进群看直播", "免费，随时可退"]
    return _way_card(shop, facts, To.GROUP, lambda _: lines)


def _official_url(shop: Shop, invitation: Invitation) -> str:
    if invitation.qr_url is not None:
        return invitation.qr_url
    left = invitation.expires_at - shop.office.clock()
    url = shop.wechat.create_qr(invitation.scene, max(60, int(left.total_seconds())))
    shop.office.do(lambda work: _keep_url(work, invitation.id, url))
    return url


def _share_poster(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    """The card of a share: who recommends, what, at which price."""
    with shop.office.reading() as work:
        share = work.session.get_one(Share, facts["share_id"])
        member = members.get(work, share.member_id)
        shown = _shared(work, share)
        brand, left = work.rules.brand.name, share.expires_at - work.now
        avatar = avatars.of_member(work, member.id)
    url = share.qr_url
    if url is None:
        url = shop.wechat.create_qr(share.scene, max(60, int(left.total_seconds())))
        shop.office.do(lambda work: _keep_share_url(work, share.id, url))
    ends = share.expires_at.astimezone(SHANGHAI)
    return {
        "member_id": member.id,
        "nickname": member.name,
        "avatar": avatar,
        **shown,
        "brand": brand,
        "qr": url,
        "valid_until": f"{ends.month}月{ends.day}日",
        "ad_mark": "广告",
    }


def _assist_poster(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    """The card for one's friends. It says that a live is on and nothing of a price: nobody is to be
    pressed."""
    with shop.office.reading() as work:
        assist = work.session.get_one(Assist, facts["assist_id"])
        member = members.get(work, assist.member_id)
        live = work.session.get_one(Live, assist.live_id)
        rules, now = work.rules, work.now
        avatar = avatars.of_member(work, member.id)
    ends_at = (live.started_at or live.planned_at) + rules.lives.latest_end
    url = assist.qr_url
    if url is None:
        left_s = int((ends_at - now).total_seconds())
        url = shop.wechat.create_qr(assist.scene, max(60, left_s))
        shop.office.do(lambda work: _keep_assist_url(work, assist.id, url))
    ends = ends_at.astimezone(SHANGHAI)
    return {
        "member_id": member.id,
        "nickname": member.name,
        "avatar": avatar,
        "title": live.title,
        "invitation": ON_AIR,
        "lines": ["长按识别二维码", "进来看直播"],
        "brand": rules.brand.name,
        "qr": url,
        "valid_until": f"{ends.month}月{ends.day}日",
        "ad_mark": "广告",
    }


def _shared(work: Work, share: Share) -> dict[str, Any]:
    """What is on the card: a product at the star's own or the list price, or a live."""
    if share.product_id is not None:
        product = work.session.get_one(Product, share.product_id)
        own = work.session.get(StarPrice, (share.member_id, product.id))
        fen = own.unit_fen if own and product.markup_allowed else product.price_fen
        lines = [f"{show_yuan(fen)} 元", "长按识别二维码", f"回复「下单 {product.id}」"]
        return {"title": product.title, "lines": lines}
    assert share.live_id is not None
    live = work.session.get_one(Live, share.live_id)
    lines = live_words.on_poster(work, live)
    return {"title": live.title, "lines": lines, "invitation": live_words.INVITES}


def _as_it_is(shop: Shop, facts: dict[str, Any]) -> dict[str, Any]:
    return facts


COMPLETE: dict[str, Callable[[Shop, dict[str, Any]], dict[str, Any]]] = {
    "invite_poster": _invite_poster,
    "contact_poster": _contact_poster,
    "group_poster": _group_poster,
    "share_poster": _share_poster,
    "assist_poster": _assist_poster,
}
THERE: dict[tuple[str, Channel], Callable[[Shop, dict[str, Any]], dict[str, Any]]] = {
    ("invite_poster", Channel.CUSTOMER_SERVICE): _invite_to_service,
}
"""Instead, at this door."""


def _find(work: Work, channel: Channel, key: str) -> UploadedPicture | None:
    return work.session.scalar(
        select(UploadedPicture).where(
            UploadedPicture.channel == channel, UploadedPicture.content_key == key
        )
    )


def kept(work: Work, channel: Channel, key: str, *, ahead: timedelta = timedelta()) -> str | None:
    """The platform's id of a picture that is there, and will be for so long."""
    known = _find(work, channel, key)
    there = known is not None and known.uploaded_at + KEPT > work.now + ahead
    return known.media_id if known is not None and there else None


def keep(work: Work, channel: Channel, key: str, media_id: str) -> None:
    new = insert_once(
        work.session,
        UploadedPicture,
        channel=channel,
        content_key=key,
        media_id=media_id,
        uploaded_at=work.now,
    )
    known = _find(work, channel, key)
    if not new and known is not None:
        known.media_id, known.uploaded_at = media_id, work.now


def _keep_assist_url(work: Work, assist_id: int, url: str) -> None:
    work.session.get_one(Assist, assist_id).qr_url = url


def _keep_share_url(work: Work, share_id: int, url: str) -> None:
    work.session.get_one(Share, share_id).qr_url = url


def _keep_url(work: Work, invitation_id: int, url: str) -> None:
    work.session.get_one(Invitation, invitation_id).qr_url = url
