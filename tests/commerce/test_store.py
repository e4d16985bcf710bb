"""What every table is made of, the same on every database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text

import qianxing.app  # noqa: F401  # Every table is known to `Base` from here on.
from commerce.agenda import DueTask
from commerce.outbox import Outgoing, notify
from commerce.people.members import Member
from commerce.store import migrate
from commerce.store.base import Base
from commerce.store.engine import connect
from commerce.store.once import NamedLock, insert_once, lock_by_name
from commerce.store.sealing import Seal
from commerce.work import Office
from tests.commerce.stars import star
from tests.databases import SEAL, migrated

THREADS, TIMES = 6, 60


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=8))),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_to_the_microsecond_and_in_utc(work, at):
    member = Member(created_at=at)
    work.session.add(member)
    work.session.flush()
    work.session.expire_all()

    assert member.created_at == at
    assert member.created_at.tzinfo is UTC


def test_no_instant_stays_none(work):
    amy = star(work, "amy")
    work.session.expire_all()

    assert amy.left_at is None


@pytest.mark.parametrize("words", ["小明", "👩‍👩‍👧 عربي \u200b", "", "x" * 5000])
def test_sealed_words_come_back_whole(words):
    assert SEAL.open(SEAL.close(words)) == words


def test_the_same_words_are_sealed_differently_and_traced_alike():
    assert SEAL.close("小明") != SEAL.close("小明")
    assert SEAL.trace("小明") == SEAL.trace("小明") != SEAL.trace("小红")


def test_sealed_words_open_with_their_key_only_and_unchanged():
    sealed = SEAL.close("小明")

    for seal, stored in ((Seal(b"x" * 32), sealed), (SEAL, sealed[:-1] + bytes([sealed[-1] ^ 1]))):
        with pytest.raises(InvalidTag):
            seal.open(stored)
    assert Seal(b"x" * 32).trace("小明") != SEAL.trace("小明")


def test_a_stored_secret_opens_only_through_the_engines_seal(work):
    amy = star(work, "amy")
    notify(work, amy.id, "promoted", key="k", rank=1)

    row = work.session.scalars(select(Outgoing)).one()

    stored = work.session.connection().execute(text("SELECT content FROM outgoing")).scalar_one()
    assert SEAL.open(bytes(stored)) == row.content


def test_names_with_emoji_and_case_stay_what_they_are(work):
    names = ["Amy", "amy", "星😀", "é", "e\u0301"]

    people = [star(work, name) for name in names]

    work.session.expire_all()
    assert [member.nickname for member in people] == names
    for member in people:
        found = select(Member.id).where(Member.nickname == member.nickname)
        assert list(work.session.scalars(found)) == [member.id]


def test_a_fact_is_inserted_once_and_the_rest_of_the_work_stands(work):
    amy = star(work, "amy")

    assert insert_once(work.session, NamedLock, name="a") is True
    assert insert_once(work.session, NamedLock, name="a") is False

    assert work.session.get(Member, amy.id) is amy
    assert list(work.session.scalars(select(NamedLock.name))) == ["a"]


def test_a_name_is_locked_again_and_again(work):
    for _ in range(3):
        lock_by_name(work.session, "team")

    assert list(work.session.scalars(select(NamedLock.name))) == ["team"]


def test_what_is_raised_undoes_the_whole_unit_of_work(office):
    class BrokenError(Exception):
        pass

    def broken(work):
        star(work, "amy")
        raise BrokenError

    with pytest.raises(BrokenError):
        office.do(broken)

    with office.work() as work:
        assert work.session.scalars(select(Member)).all() == []


def test_reading_writes_nothing(office):
    with office.reading() as work:
        star(work, "amy")

    with office.work() as work:
        assert work.session.scalars(select(Member)).all() == []


def test_six_threads_lose_no_update(database, rules, clock, tmp_path):
    with migrated(database, tmp_path) as engine:
        office = Office(engine, rules, clock)
        with office.work() as work:
            number = star(work, "amy").id

        def add_one(_):
            def act(work):
                member = work.session.get_one(Member, number, with_for_update=True)
                member.gmv_fen += 1

            for _ in range(TIMES):
                office.do(act)

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(add_one, range(THREADS)))

        with office.work() as work:
            assert work.session.get_one(Member, number).gmv_fen == THREADS * TIMES


def test_readers_of_sqlite_do_not_wait_for_a_writer(rules, clock, tmp_path):
    with migrated("sqlite", tmp_path) as engine:
        office = Office(engine, rules, clock)

        with office.work() as writing:
            star(writing, "amy")
            with office.reading() as reading:
                assert reading.session.scalars(select(Member)).all() == []


def test_migrations_make_what_the_models_say(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_migrating_a_current_database_changes_nothing(engine, office):
    with office.work() as work:
        number = star(work, "amy").id

    migrate.upgrade(engine)

    stands_at, head = migrate.revisions(engine)
    assert stands_at == head
    with office.work() as work:
        assert work.session.get_one(Member, number).nickname == "amy"


def test_keys_are_unique_in_the_database_itself(work):
    task = {"task": "erase", "due_at": work.now, "args": {}, "attempts": 0, "error": ""}

    assert insert_once(work.session, DueTask, key="星" * 120, **task) is True
    assert insert_once(work.session, DueTask, key="星" * 120, **task) is False


def test_every_engine_has_the_seal_it_was_given():
    engine = connect("sqlite://", SEAL)

    assert engine.dialect.seal is SEAL  # type: ignore[attr-defined]
    engine.dispose()
