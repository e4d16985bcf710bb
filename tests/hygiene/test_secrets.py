"""After a whole run, who reads the log, the queue, the answers or the database learns nothing."""

import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

import requests
from sqlalchemy import select

from commerce.money.payments import PAGE, Payment
from tests.closing_lines import Counted
from tests.commerce.sales import product
from tests.hygiene.conftest import Street
from tests.stories.phone import Phone
from tests.stories.walk import becomes_staff, walk
from tests.waiting import eventually

Cell = tuple[str, str, object]
PLANTED = 200
HOME = "杭州市西湖区文三路1号"
FORGED = "2026-01-01 00:00:00 ERROR forged"
LINE = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+ ")


def phone_number(number: int) -> str:
    return f"1380013{number:04d}"


def told(number: int) -> str:
    return f"请打 {phone_number(number)} 找我"


def nickname(number: int) -> str:
    return f"栽{number:03d}花"


def talks(street: Street, number: int) -> None:
    """Every fifth to a colleague, every fifth asks what nobody knows, so that it is kept; the
    others to nobody in particular."""
    person = Phone(nickname(number), street.sandbox)
    if number % 5 == 0:
        person.says("人工").hears("先用一句话")
        person.says(told(number)).hears("转过去了")
    elif number % 5 == 1:
        person.says(f"停车位要不要登记车牌 {phone_number(number)}").hears("我问问同事")
    else:
        person.says(told(number))


def shops(street: Street) -> str:
    """Somebody buys, and pays. What opens their cashier's page."""
    with street.office.work() as work:
        goods = product(work).id
    fang = street.sandbox.person("阿芳")
    fang.follows().hears("欢迎")
    fang.says(f"下单 {goods}").hears("寄到哪里？")
    message = fang.says(f"阿芳 {phone_number(0)} {HOME}").hears("应付 99.00 元")
    link = next(one["url"] for one in message["links"] if "/pages/cashier" in one["url"])
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(link, timeout=10).status_code == 200
    with street.office.reading() as work:
        number = work.session.scalars(select(Payment.number)).one()
    street.sandbox.post("/people/阿芳/pay", order=f"{number}{PAGE}")
    fang.hears("付款成功，99.00 元")
    return str(link.split("?t=")[1])


def smashes(person: Phone) -> None:
    person.says(f"砸 {told(1)}\r\n{FORGED}").hears("这一步没办成")


@contextmanager
def locked(street: Street) -> Iterator[None]:
    """Nobody else can write to the database."""
    with closing(sqlite3.connect(street.data / "qianxing.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


def says_while_locked(street: Street, number: int) -> bytes:
    """What is on disk while the database cannot take the message."""
    with locked(street):
        street.sandbox.person(nickname(number)).says(told(number))
        assert eventually(lambda: any(kept(street)), 10), street.logs()
        return b"\n".join(kept(street))


def kept(street: Street) -> list[bytes]:
    files = (street.data / "spool").iterdir()
    return [path.name.encode() + path.read_bytes() for path in files if path.name[0] != "."]


def error_answers(street: Street, openid: str) -> bytes:
    """What somebody hears who knocks without the key, with words of a real person."""
    url = f"http://127.0.0.1:{street.web_port}"
    query = f"?signature=0&msg_signature=0&timestamp={int(time.time())}&nonce={openid}&echostr=x"
    body = f"<xml><Encrypt>{openid}</Encrypt></xml>".encode()
    with requests.Session() as session:
        session.trust_env = False
        answers = [
            session.get(f"{url}/wechat/official{query}"),
            session.post(f"{url}/wechat/official{query}", data=body),
            session.post(f"{url}/wechat/official", data=b"x" * 70_000),
            session.put(f"{url}/wechat/official{query}", data=body),
            session.get(f"{url}/pages/{openid}"),
            session.get(f"{url}/{openid}{query}"),
            session.post(f"{url}/healthz{query}", data=body),
        ]
    assert {answer.status_code for answer in answers} <= {403, 404, 405, 413}
    assert all("<html" not in answer.text for answer in answers)
    return b"\n".join(answer.content + repr(answer.headers).encode() for answer in answers)


def access_token(street: Street) -> str:
    ours = street.secrets
    answer = requests.post(
        f"{street.api_url}/cgi-bin/stable_token",
        json={
            "grant_type": "client_credential",
            "appid": ours["WECHAT_APPID"],
            "secret": ours["WECHAT_SECRET"],
        },
        timeout=10,
    )
    return str(answer.json()["access_token"])


def has(haystack: bytes, words: str) -> bool:
    return words.encode() in haystack or ascii(words).strip("'").encode() in haystack


@dataclass(frozen=True)
class Evening:
    """What was planted, and everything that can be read afterwards."""

    openids: list[str]
    secrets: list[str]
    places: dict[str, bytes]
    cells: list[Cell]


def evening(street: Street) -> Evening:
    """The walk-through, then 200 people with telephone numbers, then whatever can go wrong."""
    code = street.command("staff", "invite", "--role", "admin")
    boss = becomes_staff(street.sandbox, code)
    walk(street.sandbox, boss)
    cashier_token = shops(street)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: talks(street, number), range(PLANTED)))
    boss.says("绑定")
    bind_code = boss.hears("绑定码")["text"].split("绑定码 ")[1][:6]
    boss.says("看 C1").hears("请打")
    smashes(boss)
    for kind in ("busy", "token_expired"):
        street.sandbox.post("/faults", kind=kind, count=2)
    Phone("小明", street.sandbox).says("海报").hears("正在画")
    spool = says_while_locked(street, 7)
    openids = [one["openid"] for one in street.sandbox.get("/people")["people"]]
    answers = error_answers(street, openids[0])
    assert eventually(street.is_idle, 30), street.logs()
    made = [street.secrets[name] for name in street.secrets if not name.endswith("ID")]
    logs = street.logs().encode()
    places = {"log": logs, "queue": street.queued(), "answers": answers, "spool": spool}
    secrets = [*made, code, bind_code, cashier_token, access_token(street)]
    return Evening(openids, secrets, places, list(street.cells()))


def test_a_whole_evening_leaves_no_secret_and_nobodys_words_behind(
    street: Street, counted: Counted
) -> None:
    found = evening(street)

    database = b"\n".join(path.read_bytes() for path in street.data.glob("qianxing.db*"))
    words = [told(number) for number in range(PLANTED)]
    words += [HOME, *(phone_number(number) for number in range(PLANTED))]
    names = [nickname(number) for number in range(PLANTED)]
    for name, place in (found.places | {"database": database}).items():
        assert not [word for word in (*found.secrets, *words) if has(place, word)], name
    for name, place in found.places.items():
        assert not [word for word in (*found.openids, *names) if has(place, word)], name
    assert len(found.openids) >= PLANTED
    assert where(found.cells, found.openids) == {("identities", "external_id")}
    assert where(found.cells, ["正在画你的邀请卡", "请打", "欢迎"]) == set()
    assert where(found.cells, ["小明"]) == {("members", "nickname")}
    assert sealed(found.cells) == {
        ("inbox", "said"),
        ("outgoing", "content"),
        ("cases", "words"),
        ("asked_questions", "words"),
        ("videos", "reason"),
        ("orders", "recipient"),
        ("recipients", "address"),
        ("pay_notifications", "body"),
    }
    assert_every_record_is_one_line(street)
    counted(
        f"{len(found.openids)} people, {len(found.secrets)} secrets, {len(words)} private words "
        f"looked for in {sum(map(len, found.places.values()))} bytes of log, queue, answers and "
        f"spool and {len(found.cells)} cells: 0 found"
    )


def assert_every_record_is_one_line(street: Street) -> None:
    """The handler that broke is told, with its kind and its place, and nobody's line break."""
    serve = street.log("serve")
    assert "ValueError in hygiene/breaking.py:" in serve
    for log in (serve, street.log("worker-2")):
        assert not [line for line in log.splitlines() if not LINE.match(line)]


def where(cells: list[Cell], words: list[str]) -> set[tuple[str, str]]:
    """In which columns one of these stands in clear."""
    return {
        (table, column) for table, column, value in cells for word in words if word in text(value)
    }


def text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def sealed(cells: list[Cell]) -> set[tuple[str, str]]:
    """Columns that hold bytes, all of which nobody can read."""
    found = [(table, column, value) for table, column, value in cells if isinstance(value, bytes)]
    assert all(len(set(value)) > 10 for _, _, value in found if len(value) > 20)
    return {(table, column) for table, column, _ in found}
