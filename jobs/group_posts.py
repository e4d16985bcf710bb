"""
Posts in groups: written when their time comes near, sent at their time, followed up.

Internal groups are posted to by a webhook. Customer groups get a task for their owner, who confirms
it in WeCom: nobody can post there by himself.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from commerce import agenda
from commerce.errors import PlatformError, PlatformUnavailable, Rejected
from commerce.goods.products import Product
from commerce.groups import occasions, posts, rooms
from commerce.groups.posts import GroupPost, State
from commerce.groups.rooms import Kind, Room
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.work import Work
from handlers import post_facts
from jobs.doors import wecom_of
from jobs.shop import Shop

LOOK_AFTER = timedelta(hours=1)
REMIND_AT, LOOKS = 3, 24
"""After so many looks the colleague is reminded, and after so many it is given up."""
PAGE = 1000
CONFIRMED, NOT_A_FRIEND, TOO_MANY = 1, 2, 3


def draft_posts(
    shop: Shop,
    template: str,
    planned_at: str,
    live_id: int = 0,
    live_at: str = "",
    product_id: int = 0,
    event: str = "",
) -> None:
    """One post for every room that gets some. Safe to run again."""
    at = datetime.fromisoformat(planned_at)

    def write(work: Work) -> None:
        form = posts.template(work, template)
        if form is None or (event and not occasions.is_so(work, form, at, product_id)):
            return
        facts = _facts(work, shop.bot.base_url, live_id, live_at, product_id)
        if facts is None:
            return
        key = f"{template}:{planned_at}:{live_id}:{product_id}"
        for room in rooms.posted(work):
            posts.draft(work, form, room, facts, key=key, planned_at=at)

    shop.office.do(write)


def _facts(
    work: Work, base_url: str, live_id: int, live_at: str, product_id: int
) -> dict[str, Any] | None:
    """None: what it is about is not so any more."""
    facts = post_facts.of_shop(work.rules, base_url)
    if product_id:
        facts |= post_facts.of_product(work, work.session.get_one(Product, product_id))
    if live_id:
        live = work.session.get_one(Live, live_id)
        if live.state == LiveState.CANCELLED or live.planned_at.isoformat() != live_at:
            return None
        facts |= post_facts.of_live(work, live)
    return facts


def post_to_group(shop: Shop, post_id: int) -> None:
    """Sent once, or not at all: what was being sent when its process died is left to a person."""
    begun = shop.office.do(lambda work: posts.begin(work, post_id))
    if begun is None:
        return
    room, text = begun
    try:
        msgid = _hand_over(shop, room, text) if room.kind == Kind.EXTERNAL else None
        if msgid is None:
            _post(shop, room, text)
    except PlatformUnavailable:
        shop.office.do(lambda work: posts.begin(work, post_id))  # It finds what nobody knows.
        return
    except PlatformError as error:
        note, again = str(error.code), error.retryable
        shop.office.do(lambda work: posts.not_sent(work, post_id, note, again=again))
        if again:
            raise
        return
    shop.office.do(lambda work: _done(work, post_id, msgid))


def _post(shop: Shop, room: Room, text: str) -> None:
    key = shop.webhooks.get(room.outside_id)
    if key is None:
        raise Rejected(-1, "no webhook of that name")
    wecom_of(shop).webhook(key, {"msgtype": "text", "text": {"content": text}})


def _hand_over(shop: Shop, room: Room, text: str) -> str:
    body = {
        "chat_type": "group",
        "chat_id_list": [room.outside_id],
        "sender": room.owner,
        "text": {"content": text},
    }
    return str(wecom_of(shop).post("externalcontact/add_msg_template", body, "msgid")["msgid"])


def _done(work: Work, post_id: int, msgid: str | None) -> None:
    if msgid is None:
        posts.sent(work, post_id)
        return
    posts.handed_over(work, post_id, msgid)
    _look_again(work, post_id, 1)


def _look_again(work: Work, post_id: int, look: int) -> None:
    key = f"follow_post:{post_id}:{look}"
    due_at = work.now + LOOK_AFTER
    agenda.plan(work, "follow_post", key=key, due_at=due_at, post_id=post_id, look=look)


def follow_post(shop: Shop, post_id: int, look: int) -> None:
    """Whether the colleague has confirmed it. Reminded once; given up after a day."""
    with shop.office.reading() as work:
        post = work.session.get_one(GroupPost, post_id)
        room = work.session.get_one(Room, post.room_id)
    if post.state != State.CONFIRMING:
        return
    wecom = wecom_of(shop)
    body = {"msgid": post.outside_id, "userid": room.owner}
    answer = wecom.post("externalcontact/get_groupmsg_send_result", body, "send_list")
    status = next((int(one.get("status", 0)) for one in answer["send_list"]), 0)
    if look == REMIND_AT and not status:
        wecom.post("externalcontact/remind_groupmsg_send", {"msgid": post.outside_id})
    if look >= LOOKS and not status:
        wecom.post("externalcontact/cancel_groupmsg_send", {"msgid": post.outside_id})
    shop.office.do(lambda work: _note(work, post_id, status, look))


def _note(work: Work, post_id: int, status: int, look: int) -> None:
    if status == CONFIRMED:
        posts.sent(work, post_id)
    elif status in (NOT_A_FRIEND, TOO_MANY):
        posts.not_sent(work, post_id, "这个群本月次数用完了" if status == TOO_MANY else "发不到")
    elif look >= LOOKS:
        posts.not_sent(work, post_id, "同事没有确认")
    else:
        _look_again(work, post_id, look + 1)


def find_rooms(shop: Shop) -> None:
    """The groups there are today: by their webhooks, and the customers' groups of the corporation.
    Safe to run again."""
    theirs = list(_customer_groups(shop)) if shop.wecom is not None else []

    def note(work: Work) -> None:
        for name in shop.webhooks:
            rooms.known(work, Kind.INTERNAL, name, name)
        for chat_id, name, owner in theirs:
            rooms.known(work, Kind.EXTERNAL, chat_id, name, owner)
        rooms.gone(work, Kind.INTERNAL, list(shop.webhooks))
        rooms.gone(work, Kind.EXTERNAL, [chat_id for chat_id, _, _ in theirs])

    shop.office.do(note)


def _customer_groups(shop: Shop) -> Iterator[tuple[str, str, str]]:
    wecom, cursor = wecom_of(shop), ""
    while True:
        body = {"status_filter": 0, "cursor": cursor, "limit": PAGE}
        page = wecom.post("externalcontact/groupchat/list", body, "group_chat_list")
        for one in page["group_chat_list"]:
            asked = {"chat_id": one["chat_id"], "need_name": 0}
            group = wecom.post("externalcontact/groupchat/get", asked, "group_chat")["group_chat"]
            yield str(one["chat_id"]), str(group.get("name") or "客户群"), str(group["owner"])
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return
