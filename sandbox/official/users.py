"""What the platform tells about people: no name, no picture, since 2021-12-27."""

from typing import Any

from sandbox.official.call import Call, person_of, text_of
from sandbox.people import everyone

MOST_AT_ONCE = 10_000


def info(call: Call) -> dict[str, Any]:
    person = person_of(call.world, call.query.get("openid"))
    known: dict[str, Any] = {"openid": person.openid, "unionid": person.unionid}
    if not person.following:
        return {"subscribe": 0, **known}
    scene = person.scene
    number = int(scene) if scene.isdecimal() and len(scene) < 11 else 0
    return {
        "subscribe": 1,
        **known,
        "subscribe_time": int(person.subscribed_at or 0),
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": person.subscribe_scene,
        "qr_scene": number,
        "qr_scene_str": "" if number else scene,
    }


def every(call: Call) -> dict[str, Any]:
    """Follower openids, 10 000 at a time, after `next_openid`."""
    openids = [person.openid for person in everyone(call.world) if person.following]
    after = text_of(call.query, "next_openid")
    first = openids.index(after) + 1 if after in openids else 0
    page = openids[first : first + MOST_AT_ONCE]
    found: dict[str, Any] = {"total": len(openids), "count": len(page)}
    if page:
        found["data"] = {"openid": page}
    return {**found, "next_openid": page[-1] if page else ""}
