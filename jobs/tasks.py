"""
Every consequence that happens later, on one page.

TASKS change the database and nothing else: claimed and done in one transaction. CALLS talk to a
platform: leased, and safe to be run again. What is SAID to one person has its own way, made for
many: see `jobs.deliver`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot import inbox
from bot.message import Channel
from commerce import agenda, knowledge, undelivered
from commerce.goods import buying, catalogue, fulfilment, price_protection, recipients
from commerce.groups import timetable
from commerce.imports import dealing
from commerce.lives import assist_tasks, batches, drawing, hosting, prizes, reminders
from commerce.money import news, requests, rewards
from commerce.outbox import SHANGHAI
from commerce.people import (
    binding,
    contacts,
    identities,
    idle_seats,
    joining,
    members,
    seat_offers,
)
from commerce.people.identities import Identity
from commerce.trust import fraud, returns, scoring
from commerce.work import Work
from jobs import bills, group_posts, money, payments, payouts
from jobs.beacon import hear_beacon
from jobs.board import board_minute
from jobs.broadcast import broadcast_part
from jobs.customer_groups import find_joined, prepare_welcome
from jobs.doors import DOORS
from jobs.handing_over import hand_over
from jobs.kf_sweeps import find_kf_accounts, sweep_kf
from jobs.shop import Shop
from jobs.sync import pull_kf
from jobs.tags import tag_contact
from jobs.thinking import ask_model
from jobs.ways import end_ways, find_colleagues

DAILY = timedelta(days=1)


def erase(work: Work, member_id: int) -> None:
    joining.erase(work, member_id)
    recipients.forget(work, member_id)
    hosting.forget(work, member_id)
    knowledge.forget(work, member_id)


def tidy_up(work: Work) -> None:
    """What platforms will not ask about any more; the outbox keeps the keys of deliveries."""
    inbox.forget_old(work)
    agenda.forget_done(work, "deliver")
    agenda.forget_done(work, "tell")
    agenda.forget_done(work, "broadcast_part")
    agenda.forget_done(work, "board_minute")
    batches.forget_old(work)
    knowledge.forget_old(work)
    undelivered.forget_old(work)
    agenda.forget_done(work, "find_idle_seats")
    agenda.forget_done(work, "release")
    agenda.forget_done(work, "find_joined")
    agenda.forget_done(work, "find_rooms")
    agenda.forget_done(work, "pay_out")
    plan_daily(work)


def plan_daily(work: Work) -> None:
    """What comes round every day plans its own next time. Safe to run again."""
    tomorrow = work.now + DAILY
    key = f"tidy_up:{tomorrow:%Y-%m-%d}"
    agenda.plan(work, "tidy_up", key=key, due_at=tomorrow)
    key = f"find_idle_seats:{tomorrow:%Y-%m-%d}"
    agenda.plan(work, "find_idle_seats", key=key, due_at=tomorrow)
    midnight = next_day(work)
    key = f"hide_expired_goods:{midnight:%Y-%m-%d}"
    agenda.plan(work, "hide_expired_goods", key=key, due_at=midnight)
    agenda.plan(work, "find_rooms", key=f"find_rooms:{work.now:%Y-%m-%d}")
    agenda.plan(work, "find_colleagues", key=f"find_colleagues:{work.now:%Y-%m-%d}")
    agenda.plan(work, "end_ways", key=f"end_ways:{work.now:%Y-%m-%d}")
    timetable.plan_days(work)
    money.plan_night(work)
    money.plan_release(work)
    bills.plan_bill(work)


def next_day(work: Work) -> datetime:
    """Just after the next midnight in Shanghai: what was good until yesterday is out of date."""
    tomorrow = work.now.astimezone(SHANGHAI) + DAILY
    return tomorrow.replace(hour=0, minute=1, second=0, microsecond=0)


def hide_expired_goods(work: Work) -> None:
    catalogue.hide_expired(work)


def find_idle_seats(work: Work, after: int = 0) -> None:
    """One part of everybody above this id; what is left is planned for at once."""
    if not after:
        seat_offers.pass_on_what_nobody_can_take(work)
    reached = idle_seats.give_notice(work, after=after)
    if reached is not None:
        key = f"find_idle_seats:{work.now:%Y-%m-%d}:{reached}"
        agenda.plan(work, "find_idle_seats", key=key, after=reached)


def look_up(shop: Shop, identity_id: int) -> None:
    """Ask the platform whether somebody follows, and who they are everywhere: what it says now
    counts, in whatever order its events came."""
    with shop.office.reading() as work:
        identity = work.session.get_one(Identity, identity_id)
    if identity.is_erased:
        return
    found = DOORS[Channel(identity.channel)].user_info(shop, identity)

    def note(work: Work) -> None:
        if "subscribe" in found:
            identities.set_open(work, identity_id, is_open=bool(found["subscribe"]))
        if found.get("colleague"):
            contacts.had_by(work, identity_id, str(found["colleague"]))
        if found.get("unionid"):
            binding.learn_unionid(work, identity_id, str(found["unionid"]))
        who = members.get(work, work.session.get_one(Identity, identity_id).member_id)
        contacts.stands_anew(work, who, f"seen:{work.now.isoformat()}")

    shop.office.do(note)


TASKS: dict[str, Callable[..., None]] = {
    "end_live": hosting.end_by_itself,
    "freeze_draw": drawing.freeze,
    "draw": drawing.run,
    "lapse_prizes": prizes.lapse,
    "unlock_assist": assist_tasks.unlock,
    "release_assist": assist_tasks.release,
    "end_assists": assist_tasks.end_all,
    "remind": reminders.remind,
    "erase": erase,
    "expire_order": buying.expire,
    "check_shipped": fulfilment.check_shipped,
    "give_back_differences": price_protection.give_back_differences,
    "receive_order": fulfilment.receive_order,
    "tidy_up": tidy_up,
    "release": money.release,
    "pay_out_rest": requests.pay_out_rest,
    "settle_night": money.settle_night,
    "tell_settled": news.tell_settled,
    "find_idle_seats": find_idle_seats,
    "hide_expired_goods": hide_expired_goods,
    "release_idle_seat": idle_seats.release_idle_seat,
    "pass_seat_on": seat_offers.pass_seat_on,
    "decide_after_sale": returns.approve_by_itself,
    "lift_holds": fraud.lift,
    "rank_bonus": rewards.give_late_bonus,
    "score_imported": dealing.score_imported,
    "score_order": scoring.score_order,
    "score_promoter": scoring.score_promoter,
}

CALLS: dict[str, Callable[..., None]] = {
    "ask_model": ask_model,
    "pay_out": payouts.pay_out,
    "remind_payout": payouts.remind_payout,
    "look_up": look_up,
    "settle": money.settle,
    "end_ways": end_ways,
    "find_colleagues": find_colleagues,
    "find_joined": find_joined,
    "find_kf_accounts": find_kf_accounts,
    "hand_over": hand_over,
    "hear_beacon": hear_beacon,
    "board_minute": board_minute,
    "broadcast_part": broadcast_part,
    "draft_posts": group_posts.draft_posts,
    "post_to_group": group_posts.post_to_group,
    "follow_post": group_posts.follow_post,
    "find_rooms": group_posts.find_rooms,
    "pull_kf": pull_kf,
    "sweep_kf": sweep_kf,
    "prove_books": money.prove,
    "prepare_payment": payments.prepare_payment,
    "prepare_welcome": prepare_welcome,
    "close_payment": payments.close_payment,
    "pay_back": payments.pay_back,
    "return_payment": payments.return_payment,
    "follow_refund": payments.follow_refund,
    "reconcile_bill": bills.reconcile_bill,
    "tag_contact": tag_contact,
}
