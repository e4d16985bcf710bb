"""The share poster: who recommends what, in the look of the invite poster."""

from collections.abc import Mapping
from typing import Any

from .invite_poster import draw_invite_poster
from .template import Template

RECOMMENDS = "推荐给你"


def draw_share_poster(facts: Mapping[str, Any], template: Template) -> bytes:
    words = facts.get("invitation", RECOMMENDS)
    invitation = template.invitation.model_copy(update={"text": words})
    look = template.model_copy(update={"invitation": invitation})
    return draw_invite_poster({**facts, "slogan": facts["title"]}, look)
