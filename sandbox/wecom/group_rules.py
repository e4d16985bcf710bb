"""What the admin sets by hand in an external group: native auto-reply and words of welcome."""

import json
from typing import Any

from sandbox.refused import Refused
from sandbox.wecom import groups
from sandbox.wecom.groups import Group
from sandbox.world import World


def set_rules(world: World, group: Group, body: dict[str, Any]) -> None:
    """Takes what the body has of `auto_reply`, `default_reply` and `welcome`. Refused in an
    internal group: the platform has these in external ones only."""
    given = {key: body[key] for key in ("auto_reply", "default_reply", "welcome") if key in body}
    if given and group.kind != groups.EXTERNAL:
        raise Refused("自动回复和入群欢迎语只有外部群有")
    for key, value in given.items():
        if key == "auto_reply":
            value = json.dumps(_rules(value), ensure_ascii=False)
        elif not isinstance(value, str):
            raise Refused(f"{key} 要是文字")
        world.db.execute(
            f"UPDATE wecom_groups SET {key} = ? WHERE chat_id = ?", (value, group.chat_id)
        )


def _rules(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(_is_rule(rule) for rule in value):
        raise Refused("auto_reply 要是 {keywords, text} 的列表")
    return value


def _is_rule(rule: object) -> bool:
    if not isinstance(rule, dict) or not isinstance(rule.get("text"), str):
        return False
    words = rule.get("keywords")
    return isinstance(words, list) and all(isinstance(word, str) for word in words)
