"""What the corp may know about who talks to customer service."""

from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call
from sandbox.wecom.errors import ApiError

MOST = 100


def batchget(call: Call) -> dict[str, Any]:
    wanted = call.body.get("external_userid_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST:
        raise ApiError(40058, f"external_userid_list: 1 to {MOST}")
    found, invalid = [], []
    for external_userid in wanted:
        if person := people.by_external_userid(call.world, external_userid):
            found.append(
                {
                    "external_userid": person.external_userid,
                    "nickname": person.name,
                    "avatar": "",
                    "gender": 0,
                    "unionid": person.unionid,
                }
            )
        else:
            invalid.append(external_userid)
    return {**OK, "customer_list": found, "invalid_external_userid": invalid}
