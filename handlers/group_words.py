"""Words about group posts: what the staff are told, and what is refused."""

from collections.abc import Callable
from typing import Any

from bot.reply import Text
from commerce import errors
from handlers.post_facts import named


def post_waits(facts: dict[str, Any]) -> Text:
    number = facts["number"]
    return Text(f"群消息 P{number} 写好了，等审核。", (f"看 P{number}", "群发"))


def post_lacks(facts: dict[str, Any]) -> Text:
    number = facts["number"]
    return Text(f"群消息 P{number} 还缺内容，补齐才发。", (f"看 P{number}", "群发"))


def post_unsure(facts: dict[str, Any]) -> Text:
    number = facts["number"]
    return Text(
        f"群消息 P{number} 发到一半断了，不确定发出没有。\n去群里看一眼，没有的话再写一条。",
        (f"看 P{number}",),
    )


GROUP_NOTICES = (post_lacks, post_unsure, post_waits)


def no_such_room(refusal: errors.NoSuchRoom) -> Text:
    return Text(f"没有群 {refusal.number}。\n看有哪些群，回复「群列表」。", ("群列表",))


def no_such_post(refusal: errors.NoSuchPost) -> Text:
    return Text(f"没有群消息 P{refusal.number}。\n看等你的，回复「群发」。", ("群发",))


def no_such_template(refusal: errors.NoSuchTemplate) -> Text:
    names = "、".join(refusal.names)
    return Text(f"没有模板「{refusal.name}」，有 {names}。\n比如「群发 G1 3」，3 是商品号。")


def post_decided(refusal: errors.PostDecided) -> Text:
    number = refusal.number
    return Text(f"P{number} 已经定了，这次没有改动。", (f"看 P{number}", "群发"))


def post_lacking(refusal: errors.PostLacks) -> Text:
    if not refusal.number:
        return Text("这个模板要说哪件商品。\n在后面加商品号，比如「群发 G1 3」。", ("商品",))
    lack = "、".join(named(one) for one in refusal.names)
    number = refusal.number
    return Text(f"P{number} 还缺：{lack}。\n补上再批准。", (f"看 P{number}",))


def post_refused(refusal: errors.PostRefused) -> Text:
    said = "、".join(f"「{word}」" for word in refusal.words)
    return Text(f"这里面不能有{said}。\n换个说法再补一次。")


GROUP_REFUSALS: dict[type[errors.Refusal], Callable[[Any], Text]] = {
    errors.NoSuchRoom: no_such_room,
    errors.NoSuchPost: no_such_post,
    errors.NoSuchTemplate: no_such_template,
    errors.PostDecided: post_decided,
    errors.PostLacks: post_lacking,
    errors.PostRefused: post_refused,
}
