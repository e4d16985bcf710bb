"""All levers on the corp under /sandbox/v1."""

from sandbox.wecom import aibot_levers, contact_levers, group_levers, mass_levers
from sandbox.wecom.kf import levers as kf_levers

ROUTES = [
    *kf_levers.ROUTES,
    *contact_levers.ROUTES,
    *group_levers.ROUTES,
    *mass_levers.ROUTES,
    *aibot_levers.ROUTES,
]
