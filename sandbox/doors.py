"""The addresses of the application that the platforms call, by name."""

from sandbox.delivery import Door
from sandbox.official.door import DOOR as OFFICIAL
from sandbox.wecom import aibot_callback
from sandbox.wecom.doors import APP, KF

DOORS: dict[str, Door] = {
    "official": OFFICIAL,
    "app": APP,
    "kf": KF,
    "aibot": aibot_callback.MESSAGES,
    "aibot_event": aibot_callback.EVENTS,
}
