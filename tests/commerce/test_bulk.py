"""Many rows at once: the same rows as one by one, whatever the dialect does to be quick."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from commerce.goods.orders import Order, State
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.store.bulk import among, insert_all
from tests.commerce.sales import product


def test_rows_get_ids_in_their_order_and_defaults_where_they_say_nothing(work):
    rows = [{"created_at": work.now, "nickname": f"星\t{n}\\N"} for n in range(2_500)]
    rows[3]["muted_at"] = work.now

    ids = insert_all(work.session, Member, rows)

    assert ids == sorted(set(ids))
    found = work.session.scalars(select(Member).order_by(Member.id)).all()
    assert [(one.id, one.nickname) for one in found] == [
        (id, row["nickname"]) for id, row in zip(ids, rows, strict=True)
    ]
    assert {one.state for one in found} == {"visitor"}
    assert [one.id for one in found if one.muted_at == work.now] == [ids[3]]
    assert insert_all(work.session, Member, []) == []


def test_words_are_sealed_and_moments_kept_as_one_by_one(work):
    [buyer_id] = insert_all(work.session, Member, [{"created_at": work.now}])
    fields = {"list_fen": 1, "unit_fen": 1, "base_fen": 1, "quantity": 1, "created_at": work.now}
    row = {"key": "a", "buyer_id": buyer_id, "product_id": product(work).id, **fields}

    [order_id] = insert_all(work.session, Order, [row | {"recipient": "阿芳", "paid_at": work.now}])

    order = work.session.get_one(Order, order_id)
    assert (order.recipient, order.paid_at, order.state) == ("阿芳", work.now, State.CREATED)
    later = Member(created_at=work.now)
    work.session.add(later)
    work.session.flush()
    assert later.id > buyer_id


def test_a_taken_key_is_said_as_it_always_is(office):
    with office.work() as work:
        [member_id] = insert_all(work.session, Member, [{"created_at": work.now}])
    door = {"member_id": member_id, "channel": "shop", "external_id": "b"}

    with pytest.raises(IntegrityError), office.work() as work:
        insert_all(work.session, Identity, [door | {"created_at": work.now}] * 2)

    with office.reading() as work:
        assert work.session.scalars(select(Identity)).all() == []


@pytest.mark.parametrize("names", [set(), {"星1", "星3", "无"}])
def test_among_finds_what_is_there(work, names):
    rows = [{"created_at": work.now, "nickname": f"星{n}"} for n in range(5)]
    insert_all(work.session, Member, rows)

    found = select(Member.nickname).where(among(work.session, Member.nickname, names))

    assert set(work.session.scalars(found)) == names - {"无"}
