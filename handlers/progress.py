"""进度: what the next rank still asks for, with numbers, and the quickest next step."""

from bot.context import Context
from bot.reply import Picture, Said, Text
from bot.router import Router
from commerce.fen import show_yuan
from commerce.people import members, teams
from commerce.people.ranks import Condition, Progress
from commerce.people.ranks import progress as progress_of
from commerce.rules import Rank
from handlers.words import UNITS, lacking, lasting, moment, show_percent, standing

router = Router()


@router.says(
    "进度", "升级进度", "我的进度", "还差几人", "还差几个人", "我还差几个人升级", "我现在什么级别"
)
@router.taps("progress")
def progress(ctx: Context) -> Said:
    members.need_star(ctx.member)
    found = progress_of(ctx.work, ctx.member)
    return Text(_words(ctx, found), _choices(found))


@router.says("进度图", "进度卡", "升级进度图")
def progress_card(ctx: Context) -> Said:
    members.need_star(ctx.member)
    found = progress_of(ctx.work, ctx.member)
    return Picture("progress_card", _facts(ctx, found)), Text(_words(ctx, found), _choices(found))


def _words(ctx: Context, found: Progress) -> str:
    if found.next_rank is None:
        return "你是「千星」，最高一级。\n接下来看团队和收益就好。"
    lines = [
        _headline(ctx, found),
        *(_line(ctx, found, condition) for condition in found.conditions),
    ]
    held = ctx.work.rules.plan.hold.received_days.days
    lines += [
        f"在途 {show_yuan(condition.pending)} 元，买家收货满 {held} 天后计入。"
        for condition in found.conditions
        if condition.pending
    ]
    return "\n".join((*lines, _next_step(ctx, found), *_perk(ctx, found)))


def _headline(ctx: Context, found: Progress) -> str:
    assert found.next_rank is not None
    invited = next((one.have for one in found.conditions if one.name == "invited"), 0)
    if found.rank is Rank.TRAINEE and invited:
        todo = "、".join(lacking(condition) for condition in found.missing)
        return f"已邀请 {invited} 人，还差 {todo}升级。"
    return f"你是「{found.rank.label}」，下一级「{found.next_rank.label}」。"


def _perk(ctx: Context, found: Progress) -> list[str]:
    """「升二星：带货佣金 +2 个百分点，单品最高 30%。」"""
    assert found.next_rank is not None
    plan = ctx.work.rules.plan
    uplift = show_percent(plan.ranks[found.next_rank].uplift_bp)
    if uplift == "0":
        return []
    most = show_percent(plan.commission.max_bp)
    label = found.next_rank.label
    return [f"升{label}：带货佣金 +{uplift} 个百分点，单品最高 {most}%。"]


def _line(ctx: Context, found: Progress, condition: Condition) -> str:
    if condition.name == "videos":
        return standing(condition, met="已通过", detail=_waiting(found))
    if condition.name == "invited" and condition.have and condition.missing:
        names = "、".join(mate.name for mate in teams.seated_by(ctx.work, ctx.member.id))
        return standing(condition, detail=f"：{names}")
    return standing(condition)


def _waiting(found: Progress) -> str:
    shown = found.shown
    if shown.waiting is None or shown.answer_by is None:
        return ""
    return f"，V{shown.waiting} 正在看，最晚 {moment(shown.answer_by)} 有结果"


def _next_step(ctx: Context, found: Progress) -> str:
    """One sentence: what brings the next rank soonest."""
    assert found.next_rank is not None
    names = {condition.name: condition for condition in found.missing}
    waiting = found.shown.waiting is not None
    soon = lasting(ctx.work.rules.review.answer_within)
    if "videos" in names and not waiting:
        return f"最快的一步：发 {names['videos'].missing} 条带货短视频，{soon}内给结果。"
    if "invited" in names:
        number = names["invited"].missing
        return f"再有 {number} 位朋友扫你的邀请卡并回复「加入」，{_then(found, 'invited', waiting)}"
    if "videos" in names:
        return f"视频一通过，马上升{found.next_rank.label}。"
    if "team" in names:
        return "最快的一步：教你邀请的人发海报，他们邀请的人也算团队。"
    if "gmv" in names:
        return "业绩来自直播里卖出的商品，退款的不算。"
    return "最快的一步：多发带「广告」和计划商品的短视频，播放量会累计。"


def _then(found: Progress, name: str, waiting: bool) -> str:
    assert found.next_rank is not None
    others = [condition.name for condition in found.missing if condition.name != name]
    if not others:
        return f"马上升{found.next_rank.label}。"
    return "就等视频的结果了。" if others == ["videos"] and waiting else "就又近一步。"


def _choices(found: Progress) -> tuple[str, ...]:
    wanted = {"videos": "交短视频", "invited": "海报", "team": "团队"}
    named = (wanted.get(condition.name) for condition in found.missing)
    return (*(choice for choice in named if choice), "进度图", "规则")[:4]


def _facts(ctx: Context, found: Progress) -> dict[str, object]:
    rule = ctx.work.rules.plan.ranks[found.next_rank] if found.next_rank else None
    perk = ""
    if rule is not None and rule.uplift_bp:
        perk = f"带货佣金 +{show_percent(rule.uplift_bp)} 个百分点"
    elif rule is not None and rule.tier2_bp:
        perk = "开始有团队奖励"
    step, _, rest = _next_step(ctx, found).partition("，") if found.next_rank else ("", "", "")
    return {
        "rank": int(found.rank),
        "next_rank": None if found.next_rank is None else int(found.next_rank),
        "perk": perk,
        "conditions": [
            {
                "name": UNITS[condition.name][0],
                "unit": UNITS[condition.name][1],
                "have": condition.have,
                "need": condition.need,
                "pending": condition.pending,
            }
            for condition in found.conditions
        ],
        "next_step": {"title": step.removeprefix("最快的一步："), "text": rest.rstrip("。")},
    }
