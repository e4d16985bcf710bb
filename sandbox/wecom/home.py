"""The corp, for everything that only happens while it is there."""

from sandbox.corp import Corp
from sandbox.wecom.errors import ApiError
from sandbox.world import World


def corp_of(world: World) -> Corp:
    """The corp of the world. ApiError 48002 when WeCom is closed here."""
    if world.corp is None:
        raise ApiError(48002)
    return world.corp
