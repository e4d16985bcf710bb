"""The numbers that answers to common questions are written with: all of them from the rules."""

from commerce.fen import show_yuan
from commerce.rules import Rules
from handlers.words import hours, lasting, show_percent


def known_facts(rules: Rules) -> dict[str, str]:
    """By the names that stand in braces in `handlers/faq` and in a shop's own files."""
    return _people(rules) | _money(rules) | _goods(rules) | _lives(rules)


def switched_off(rules: Rules) -> set[str]:
    """What entries marked `only:` are left out for."""
    switches = {
        "lottery": rules.lottery.enabled,
        "assist": rules.assist.enabled,
        "coupons": rules.coupons.enabled,
    }
    return {name for name, is_on in switches.items() if not is_on}


def _people(rules: Rules) -> dict[str, str]:
    one_star = rules.plan.ranks.one_star
    return {
        "organiser": rules.brand.organiser,
        "age": str(rules.joining.age),
        "guardian_age": str(rules.joining.guardian_age),
        "seats": str(rules.plan.team.seats),
        "one_star_videos": str(one_star.videos),
        "one_star_invited": str(one_star.invited),
        "video_answer": f" {hours(rules.review.answer_within)}",
    }


def _money(rules: Rules) -> dict[str, str]:
    plan, payouts = rules.plan, rules.payouts
    return {
        "minimum": show_yuan(plan.withdrawal.minimum_fen),
        "fee": show_percent(plan.withdrawal.fee_bp),
        "auto": show_yuan(plan.withdrawal.auto_fen),
        "per_day": str(plan.withdrawal.per_day),
        "per_month": show_yuan(plan.withdrawal.per_month_fen),
        "real_name_above": show_yuan(payouts.without_real_name_fen),
        "payout_from": f"{payouts.from_clock:%H:%M}",
        "decided_by": f"{payouts.decided_by:%H:%M}",
        "confirm_hours": f" {hours(payouts.user_confirms_within)}",
        "hold_days": lasting(plan.hold.received_days),
        "untracked_days": lasting(plan.hold.untracked_days),
        "settle_after": lasting(rules.settlement.starts_after),
    }


def _goods(rules: Rules) -> dict[str, str]:
    after, orders = rules.after_sales, rules.orders
    return {
        "ship_within": hours(orders.ship_within),
        "received_after": f" {lasting(orders.received_after)}",
        "unpaid_valid": lasting(orders.unpaid_valid),
        "return_days": lasting(after.return_days),
        "excluded": after.excluded_goods,
        "refund_days": f" {lasting(after.refund_days)}",
        "answer_within": hours(after.answer_within),
        "coupon_minimum": show_yuan(rules.coupons.minimum_fen),
        "coupon_off": show_yuan(rules.coupons.off_fen),
        "coupon_valid": lasting(rules.coupons.valid),
    }


def _lives(rules: Rules) -> dict[str, str]:
    return {
        "threshold": str(rules.lottery.threshold),
        "winners": str(rules.lottery.winners),
        "claim_within": f" {hours(rules.lottery.claim_within)}",
        "assist_friends": str(rules.assist.friends),
        "assist_price": show_yuan(rules.assist.price_fen),
    }
