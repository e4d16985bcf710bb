"""客户: the numbers an operator looks at."""

from bot.message import Channel, Happening, Kind
from commerce.people import contacts, identities, staff
from commerce.work import Office
from tests.handlers.test_contacts import adds, at_service
from tests.people import Cast, Clock, Person


def leaves(person: Person) -> None:
    at_service(person, Kind.HAPPENING, Happening.LEFT)


def unwelcomed(person: Person) -> None:
    with person.office.work() as work:
        door, _ = identities.recognise(work, Channel.CUSTOMER_SERVICE, f"wm-{person.name}")
        contacts.unwelcomed(work, door.id)


def test_an_operator_hears_how_many_there_are_and_how_many_went(
    boss: Person, people: Cast, clock: Clock
) -> None:
    boss.says("客户").hears(
        "现在有客户 0 位，最近 30 天走了 0 位。\n客户扫同事的二维码、加上企业微信，就会数进来。"
    )
    for name in ("小红", "小刚", "小美", "小芳"):
        adds(people(name))
    leaves(people("小刚"))
    leaves(people("小芳"))
    unwelcomed(people("小美"))

    boss.says("客户概况").hears(
        "现在有客户 2 位，最近 30 天走了 2 位。\n"
        "最近 30 天没赶上欢迎的 1 位，请同事在企业微信里打个招呼。"
    ).is_offered("群列表", "群发")

    clock.passes(days=31)
    boss.says("客户").hears("现在有客户 2 位，最近 30 天走了 0 位。")
    adds(people("小刚"))
    boss.says("客户").hears("现在有客户 3 位，最近 30 天走了 0 位。")


def test_a_host_may_look_and_a_stranger_does_not_know_the_word(
    people: Cast, office: Office, dan: Person
) -> None:
    with office.work() as work:
        code = staff.invite(work, staff.Role.HOST)
    people("小周").follows().says("加入").says("小周").says(code)

    people("小周").says("客户").hears_of("现在有客户 0 位")
    assert "现在有客户" not in dan.says("客户").heard
