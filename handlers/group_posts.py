"""What the staff do about group posts: 群发, 看 P12, 批准 P12, 拒绝 P12, 补 P12 卖点 …, 群列表."""

from datetime import timedelta

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce import agenda
from commerce.errors import NoSuchTemplate, PostLacks
from commerce.goods import catalogue
from commerce.groups import posts, rooms
from commerce.groups.posts import GroupPost, State
from commerce.groups.rooms import Kind, Room
from commerce.people import staff
from commerce.people.staff import Role
from handlers.post_facts import named, variable
from handlers.words import moment

router = Router()

SHOWN = 4
STATES = {
    State.LACKING: "还缺内容",
    State.WAITING: "等审核",
    State.DUE: "到时间发",
    State.SENDING: "正在发",
    State.CONFIRMING: "等同事在企业微信里点确认",
    State.SENT: "已发",
    State.UNSENT: "没发出去",
    State.UNSURE: "不确定发出没有，去群里看一眼",
    State.REFUSED: "不发",
    State.STOPPED: "没发",
}
KINDS = {Kind.INTERNAL: "内部群", Kind.EXTERNAL: "客户群"}


@router.says("群发", "待发群消息", "群发列表")
@router.staff
def post_queue(ctx: Context) -> Said:
    waiting, total = posts.undecided(ctx.work, ctx.member, limit=SHOWN)
    if not total:
        return Text(
            "现在没有等你的群消息。\n自己发一条，回复「群发」加模板号和商品号，比如「群发 G1 3」。",
            ("群列表",),
        )
    lines = [f"等你的群消息 {total} 条：", *(_line(ctx, one) for one in waiting)]
    return Text("\n".join(lines), tuple(f"看 P{one.id}" for one in waiting))


@router.says("看 P{number:number}")
@router.staff
def look_at_post(ctx: Context, number: int) -> Said:
    post = posts.find(ctx.work, number, by=ctx.member)
    room = ctx.work.session.get_one(Room, post.room_id)
    form = posts.template(ctx.work, post.template)
    missing = posts.lacking(form, post.facts) if form else ()
    head = f"P{number} 发到「{room.name}」，{moment(post.planned_at)}，{_state(post)}"
    if missing:
        first = named(missing[0])
        lack = "、".join(named(one) for one in missing)
        return Text(
            f"{head}\n还缺：{lack}。\n一样一样补，比如「补 P{number} {first} ……」。",
            (f"拒绝 P{number}", "群发"),
        )
    text = posts.text_of(ctx.work, post) if form else ""
    if post.state != State.WAITING:
        return Text(f"{head}\n\n{text}", ("群发",))
    return Text(f"{head}\n\n{text}", (f"批准 P{number}", f"拒绝 P{number}", "群发"))


@router.says("批准 P{number:number}", "通过 P{number:number}")
@router.staff
def approve_post(ctx: Context, number: int) -> Said:
    post = posts.approve(ctx.work, number, by=ctx.member)
    room = ctx.work.session.get_one(Room, post.room_id)
    who = "，群主点确认后发出" if room.kind == Kind.EXTERNAL else ""
    at = max(post.planned_at, ctx.work.now)
    return Text(f"已批准 P{number}。\n{moment(at)} 发到「{room.name}」{who}。", ("群发",))


@router.says("拒绝 P{number:number}", "退回 P{number:number}")
@router.staff
def refuse_post(ctx: Context, number: int) -> Said:
    posts.refuse(ctx.work, number, by=ctx.member)
    return Text(f"P{number} 不发了，已记录。", ("群发",))


@router.says("补 P{number:number} {name:word} {value:text}")
@router.staff
def supply_post(ctx: Context, number: int, name: str, value: str) -> Said:
    posts.supply(ctx.work, number, variable(name), value, by=ctx.member)
    return look_at_post(ctx, number)


@router.says("群发 {name:word} {number:number}", "群发 {name:word}")
@router.staff
def write_post(ctx: Context, name: str, number: int = 0) -> Said:
    """A post an operator wants now, about a product if it needs one."""
    staff.need_role(ctx.work, ctx.member, Role.HOST)
    form = posts.template(ctx.work, name.upper())
    if form is None:
        raise NoSuchTemplate(name, tuple(one.id for one in ctx.work.rules.posts))
    if number:
        catalogue.get(ctx.work, number)
    elif "product_name" in form.variables:
        raise PostLacks(0, ("product_name",))
    at = ctx.work.now + timedelta(seconds=1)
    agenda.plan(
        ctx.work,
        "draft_posts",
        key=f"posts:{form.id}:asked:{ctx.message.id}",
        template=form.id,
        planned_at=at.isoformat(),
        product_id=number,
    )
    many = len(rooms.posted(ctx.work))
    if not many:
        return Text("还没有能发的群。\n看有哪些群，回复「群列表」。", ("群列表",))
    return Text(f"正在写「{form.name}」，{many} 个群各一条。\n写好了回复「群发」看。", ("群发",))


@router.says("群列表", "有哪些群")
@router.staff
def list_rooms(ctx: Context) -> Said:
    found = rooms.all_of(ctx.work, ctx.member)
    if not found:
        return Text("还没有认识的群。\n内部群配好「消息推送」，客户群建好以后，每天会自动找到。")
    lines = [f"群 {one.id}「{one.name}」{_standing(ctx, one)}" for one in found[:20]]
    first = found[0]
    word = f"群 {first.id} {'停发' if first.is_posted else '要发'}"
    return Text("\n".join([*lines, f"改一个群，比如「{word}」。"]), (word, "群发"))


@router.says("群 {number:number} 停发", "群 {number:number} 不发")
@router.staff
def mute_room(ctx: Context, number: int) -> Said:
    room = rooms.switch(ctx.work, number, ctx.member, is_posted=False)
    return Text(f"「{room.name}」从现在起不发群消息，已记录。", (f"群 {number} 要发",))


@router.says("群 {number:number} 要发", "群 {number:number} 恢复")
@router.staff
def unmute_room(ctx: Context, number: int) -> Said:
    room = rooms.switch(ctx.work, number, ctx.member, is_posted=True)
    most = ctx.work.rules.chat.group_posts_per_day
    return Text(
        f"「{room.name}」恢复发群消息，每天最多 {most} 条，已记录。", (f"群 {number} 停发",)
    )


def _line(ctx: Context, post: GroupPost) -> str:
    room = ctx.work.session.get_one(Room, post.room_id)
    form = posts.template(ctx.work, post.template)
    name = form.name if form else post.template
    return f"P{post.id} {name}，{moment(post.planned_at)}，「{room.name}」，{_state(post)}"


def _state(post: GroupPost) -> str:
    said = STATES[State(post.state)]
    return f"{said}：{post.why}" if post.why else said


def _standing(ctx: Context, room: Room) -> str:
    today = posts.sent_today(ctx.work, room.id)
    return f"{KINDS[Kind(room.kind)]}，今天发了 {today} 条{'' if room.is_posted else '，停发'}"
