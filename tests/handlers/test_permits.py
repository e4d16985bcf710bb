"""允许通知: asked by the platform, told by the platform, kept once per yes."""

from itertools import count

from sqlalchemy import select

from bot.dispatch import dispatch
from bot.message import Channel, Kind, Message
from commerce.lives.permits import Permit
from commerce.people import identities
from commerce.rules import Rules
from commerce.work import Office
from tests.audience import REMINDER, RESULT, quick
from tests.people import NOON, Cast, Person

numbers = count(1)


def answers(person: Person, said: str) -> None:
    id = f"permit-{next(numbers)}"
    message = Message(Channel.OFFICIAL, id, person.openid, Kind.PERMIT, said, NOON)
    with person.office.work() as work:
        dispatch(work, message, person.bot, waits=lambda: True)


def kept(office: Office) -> list[tuple[str, str]]:
    with office.reading() as work:
        rows = work.session.scalars(select(Permit).order_by(Permit.id))
        return [(row.template, row.state) for row in rows]


def test_without_a_template_nobody_is_sent_to_a_page(people: Cast) -> None:
    fang = people("阿芳").follows()

    fang.says("允许通知").hears("现在不用点，开播和开奖的消息，下次来时先告诉你。")


def test_with_templates_the_page_is_one_tap_away(
    people: Cast, office: Office, rules: Rules
) -> None:
    office.rules = quick(rules)
    fang = people("阿芳").follows()

    fang.says("允许通知").hears_of(
        "微信要本人点一次才放行：",
        "[[点这里允许通知|https://star.example/pages/subscribe?t=",
        "点一次放行一条：开播提醒 1 条，开奖结果 1 条。",
    )


def test_every_yes_is_kept_and_nothing_is_answered(
    people: Cast, office: Office, rules: Rules
) -> None:
    office.rules = quick(rules)
    fang = people("阿芳").follows()

    answers(fang, f"yes {REMINDER},no {RESULT}")
    answers(fang, f"yes {REMINDER},yes T-OF-SOMEBODY-ELSE")

    assert kept(office) == [(REMINDER, "granted"), (RESULT, "refused"), (REMINDER, "granted")]
    assert fang.follow_ups == []


def test_who_turns_it_off_has_taken_back_every_yes(
    people: Cast, office: Office, rules: Rules
) -> None:
    office.rules = quick(rules)
    fang = people("阿芳").follows()
    answers(fang, f"yes {REMINDER},yes {RESULT}")
    answers(fang, f"yes {REMINDER}")

    answers(fang, f"off {REMINDER}")

    assert kept(office) == [(REMINDER, "refused"), (RESULT, "granted"), (REMINDER, "refused")]


def test_a_yes_opens_no_door(people: Cast, office: Office, rules: Rules) -> None:
    """It may be given on a page by somebody who does not follow."""
    office.rules = quick(rules)
    fang = people("阿芳").follows().unfollows()

    answers(fang, f"yes {REMINDER}")

    with office.reading() as work:
        (door,) = identities.of_member(work, fang.member.id)
    assert not door.is_open
