import pytest

from bot.message import Channel, Kind
from commerce.people import staff
from commerce.work import Office
from tests.handlers.doors import Door
from tests.people import Cast, Person


@pytest.fixture
def reviewer(people: Cast, office: Office) -> Person:
    """小周 reviews and may do nothing else of the staff's."""
    with office.work() as work:
        code = staff.invite(work, staff.Role.REVIEWER)
    return people("小周").follows().says("加入").says("小周").says(code)


@pytest.fixture
def amy_at_service(amy: Person) -> Door:
    """Amy at the customer-service door, which knows that it is she."""
    door = Door(amy, Channel.CUSTOMER_SERVICE)
    amy.says("绑定")
    door.says(f"绑定 {amy.heard.split('，')[0].removeprefix('绑定码 ')}")
    return door


@pytest.fixture
def amy_in_group(amy: Person) -> Door:
    """Amy in a group whose bot knows that it is she."""
    door = Door(amy, Channel.GROUP, room="g1")
    amy.says("绑定")
    door.send(Kind.TEXT, amy.heard.split("，")[0].removeprefix("绑定码 "))
    return door
