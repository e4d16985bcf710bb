"""团队: the tree as a picture, then who sold what in 30 days, and whom to help."""

from typing import Any

from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.people import members, teams
from commerce.people.team_view import Teammate, TeamView, team_view
from commerce.work import Work

router = Router()

SHOWN = 5  # With headline, hint and 「其余」 it stays within eight lines.


@router.says("团队", "我的团队", "团队排名", "带货排名", "排名", "我的队伍")
@router.taps("team")
def team(ctx: Context) -> Said:
    members.need_star(ctx.member)
    view = team_view(ctx.work, ctx.member)
    seats = ctx.work.rules.plan.team.seats
    if not view.others:
        return Text(
            f"团队现在只有你，{seats} 个席位都空着。\n"
            "朋友扫你的邀请卡并回复「加入」，就坐进来。\n"
            "先拿邀请卡，回复「海报」。",
            ("海报", "进度"),
        )
    return Picture("team_tree", facts(ctx.work, view)), Text(_words(ctx, view), ("海报", "进度"))


def facts(work: Work, view: TeamView) -> dict[str, Any]:
    """What the tree is drawn from. Only its owner gets to see it."""
    places = {
        mate.member_id: place
        for place, mate in enumerate(view.ranking, start=1)
        if mate.gmv_fen > 0
    }
    first, last = view.first_day, view.last_day
    return {
        "period": f"{first.month}月{first.day}日 – {last.month}月{last.day}日",
        "self": _facts(work, view.me, places) | {"seats": []},
        "seats": [_facts(work, mate, places) for mate in view.me.seats],
        "total_people": len(view.others),
        "total_fen": sum(mate.gmv_fen for mate in view.others),
    }


def _facts(work: Work, mate: Teammate, places: dict[int, int]) -> dict[str, Any]:
    return {
        "member_id": mate.member_id,
        "nickname": mate.name,
        "rank": int(mate.rank),
        "gmv_fen": mate.gmv_fen,
        "place": places.get(mate.member_id),
        "joined_days": joined_days(work, mate),
        "seats": [_facts(work, below, places) for below in mate.seats],
    }


def joined_days(work: Work, mate: Teammate) -> int:
    return (work.now - mate.joined_at).days if mate.joined_at else 0


def _words(ctx: Context, view: TeamView) -> str:
    direct = len(view.me.seats)
    below = len(view.others) - direct
    open_seats = ctx.work.rules.plan.team.seats - direct
    open_seats -= teams.held_count(ctx.work, ctx.member.id)
    left = f"席位还有 {open_seats} 个" if open_seats > 0 else "席位已满"
    lines = [
        f"团队 {len(view.others)} 人：你邀请的 {direct} 人（{left}），他们邀请的 {below} 人。",
        "近 30 天业绩：",
    ]
    ranking = view.ranking
    shown = SHOWN if len(ranking) <= SHOWN else SHOWN - 1
    lines += [
        f"{place} {mate.name} {show_yuan(mate.gmv_fen)} 元"
        for place, mate in enumerate(ranking[:shown], start=1)
    ]
    if len(ranking) > shown:
        lines.append(f"其余 {len(ranking) - shown} 人在图里。")
    return "\n".join((*lines, *_hint(ctx.work, ranking)))


def _hint(work: Work, ranking: list[Teammate]) -> list[str]:
    """Whom to help, and how: who has waited longest without a sale, else who sold least. Who left
    is left in peace."""
    waiting = sorted(ranking, key=lambda mate: (mate.gmv_fen, -joined_days(work, mate)))
    mate = next((one for one in waiting if members.get(work, one.member_id).is_joined), None)
    if mate is None:
        return []
    if mate.gmv_fen > 0:
        return [f"{mate.name}卖得少些，问问卡在哪一步。"]
    days = joined_days(work, mate)
    since = f"加入 {days} 天还没开张" if days else "今天刚加入"
    return [f"{mate.name}{since}，陪着发 1 条带货短视频最管用。"]
