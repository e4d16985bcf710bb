"""One call of the API, already read: what every API function is handed."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.official.errors import ApiError
from sandbox.people import Person, by_openid
from sandbox.world import World

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    query: dict[str, Any]
    body: dict[str, Any]
    """The JSON object posted, or {}."""
    media: bytes | None = None
    """The multipart field `media`."""
    cookies: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    """Where this API is: for addresses in answers."""


def text_of(values: dict[str, Any], key: str) -> str:
    """The text under the key, empty when absent or something else."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def object_of(values: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under the key, {} when absent or something else."""
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def list_of(values: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in the list under the key; a list of anything else counts as empty."""
    value = values.get(key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return []
    return value


def person_of(world: World, openid: object) -> Person:
    """ApiError 40003 when the platform knows nobody of that openid."""
    person = by_openid(world, openid)
    if person is None:
        raise ApiError(40003)
    return person


def follower_of(world: World, openid: object) -> Person:
    """ApiError 40003 as above, 43004 when the person does not follow."""
    person = person_of(world, openid)
    if not person.following:
        raise ApiError(43004)
    return person
