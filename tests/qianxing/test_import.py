"""`qianxing import`: awkward files, rows refused by line and column, and doing it all twice."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from commerce.goods import shop_names
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.imports.escaping import RUNS, escaped, unescaped
from commerce.imports.rows import Came
from commerce.money import audit, ledger, settlement
from commerce.money.ledger import JournalEntry
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.people.ranks import SalesDay
from commerce.rules import Rank
from commerce.store.base import Base
from commerce.work import Office
from qianxing import importing, sheets
from qianxing.importing import KINDS, Report
from tests.commerce.sales import lines, live
from tests.commerce.stars import approved_video, star
from tests.conftest import ROOT
from tests.people import Clock

GOODS = ROOT / "examples" / "products.csv"
HEAD = "订单号,商品编码,数量,实付金额,运费,订单状态,退款金额,直播间,分享员,支付时间,收货时间,买家ID"
PAID = "2026-03-02 10:00:00"
ORDER = f"371600,LOTUS-10,1,94.00,0,待发货,0,,,{PAID},,b1"

Import = Callable[..., Report]


@pytest.fixture
def imports(office: Office, tmp_path: Path) -> Import:
    def run(what: str, content: str | bytes | Path, *, dry_run: bool = False) -> Report:
        path = content if isinstance(content, Path) else tmp_path / f"{what}.csv"
        if isinstance(content, str):
            path.write_text(content, "utf-8")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        kind = KINDS[what]
        known = importing.table(kind, sheets.read(path))
        return importing.run(office, kind, known, refused_of(tmp_path), dry_run=dry_run)

    return run


@pytest.fixture
def shop(imports: Import, clock: Clock) -> Import:
    """With goods; it is the evening of the 6th."""
    clock.now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert imports("products", GOODS).refused == 0
    return imports


def refused_of(folder: Path) -> Path:
    return folder / "refused.csv"


def came(report: Report) -> dict[str, int]:
    return {str(key): number for key, number in report.came.items() if number}


def orders(*rows: str) -> str:
    return "\n".join((HEAD, *rows, ""))


def everything(office: Office) -> list[object]:
    """Every row of every table but the agenda."""
    with office.reading() as work:
        tables = [t for t in Base.metadata.sorted_tables if t.name not in ("named_locks",)]
        return [sorted(map(repr, work.session.execute(select(table)))) for table in tables]


def the_order(office: Office, number: int = 0) -> Order:
    with office.reading() as work:
        return work.session.scalars(select(Order).order_by(Order.id)).all()[number]


def test_the_shipped_files_are_taken_whole_and_twice_is_once(shop, office, clock):
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    assert came(shop("orders", ROOT / "examples" / "orders.csv")) == {"new": 3, "left_out": 1}

    before = everything(office)
    assert came(shop("products", GOODS)) == {"same": 9}
    assert came(shop("orders", ROOT / "examples" / "orders.csv")) == {"same": 3, "left_out": 1}
    assert everything(office) == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_people_save_in(shop, encoding):
    assert came(shop("orders", orders(ORDER).encode(encoding))) == {"new": 1}


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters(shop, delimiter):
    assert came(shop("orders", orders(ORDER).replace(",", delimiter))) == {"new": 1}


def test_windows_lines_empty_lines_and_a_title_above_the_header(shop):
    content = f"小店订单导出\r\n\r\n{HEAD}\r\n\r\n{ORDER}\r\n,,,\r\n"

    assert came(shop("orders", content)) == {"new": 1}


def test_a_spreadsheet_with_numbers_times_and_percents(imports, office, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        [
            "商品编码",
            "商品名称",
            "供应商",
            "营业执照",
            "成本价",
            "供货价",
            "标价（元）",
            "佣金比例",
            "库存",
            "上架",
        ]
    )
    sheet.append([10086, "毛巾", "柔棉", "9133", 12, 30.1, 59.900000000000006, 0.2, 5, True])
    sheet["H2"].number_format = "0%"
    book.save(tmp_path / "goods.xlsx")

    assert came(imports("products", tmp_path / "goods.xlsx")) == {"new": 1}

    with office.reading() as work:
        product = work.session.scalars(select(Product)).one()
    assert (product.code, product.supply_fen, product.price_fen) == ("10086", 30_10, 59_90)
    assert product.commission_bp == 2000
    assert product.published_at is not None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "文件是空的"),
        ("\n\n", "文件"),
        ("a,b\n1,2\n", "缺列「订单号」、「商品编码」、「支付时间」、「实付金额或商品实付」"),
        (f"{HEAD.replace('支付时间', '时间')}\n{ORDER}\n", "缺列「支付时间」。"),
        (f'{HEAD}\n"{ORDER}\n', "引号没有成对"),
        (b"\xd0\xcf\x11\xe0 old", "旧版 Excel"),
        (b"PK\x03\x04 no zip", "打不开"),
        (b"\xff\xff\x80\x00,\x80", "认不出编码"),
    ],
)
def test_a_file_of_another_shape_is_refused_and_nothing_is_taken(shop, office, content, words):
    with pytest.raises(sheets.BadFile, match=words):
        shop("orders", content)
    with office.reading() as work:
        assert work.session.scalar(select(func.count(Order.id))) == 0


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("94.00", "-94.00"), "第 3 行「实付金额」「-94.00」是负数，金额不能小于 0"),
        (("94.00", "94.005"), "第 3 行「实付金额」「94.005」不是金额，写成 99.00 这样，最小到分"),
        (("94.00", "很多"), "第 3 行「实付金额」「很多」不是金额，写成 99.00 这样，最小到分"),
        (("94.00", ""), "第 3 行「实付金额」是空的"),
        (("94.00,0", "94.00,95"), "第 3 行「运费」比实付金额还多；实付金额是含运费的"),
        (("371601", "3.716E+18"), "第 3 行「订单号」「3.716E+18」是被表格改过的数字"),
        (("371601", "9" * 33), "第 3 行「订单号」太长了"),
        (("LOTUS-10", "NOPE"), "第 3 行「商品编码」没有编码是「NOPE」的商品，先导入商品"),
        ((",1,94", ",0,94"), "第 3 行「数量」「0」不是这里能用的整数"),
        (("待发货", "飞走了"), "第 3 行「订单状态」不认识状态「飞走了」"),
        (("待发货,0", "待发货,94.01"), "第 3 行「退款金额」比实付金额还多"),
        ((",,,2026", ",,小丽,2026"), "第 3 行「分享员」不认识分享员「小丽」"),
        ((",,,2026", ",夜场,,2026"), "第 3 行「直播间」不认识直播「夜场」"),
        ((PAID, "昨天"), "第 3 行「支付时间」「昨天」不是时间"),
        ((PAID, "2026-02-30 10:00"), "第 3 行「支付时间」「2026-02-30 10:00」不是时间"),
        ((PAID, ""), "第 3 行「支付时间」是空的"),
        ((PAID, "2026-03-07 10:00"), "第 3 行「支付时间」在现在之后"),
        ((f"{PAID},", f"{PAID},2026-03-01"), "第 3 行「收货时间」比支付时间还早"),
        ((",b1", ",b1,x,y,z,多"), "第 3 行：比表头多出几格"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_and_the_others_are_taken(shop, office, change, line):
    bad = ORDER.replace("371600", "371601").replace(*change)

    report = shop("orders", orders(ORDER, bad, ORDER.replace("371600", "371602")))

    assert came(report) == {"new": 2, "refused": 1}
    assert report.first[0].startswith(line)
    with office.reading() as work:
        assert work.session.scalar(select(func.count(Order.id))) == 2
        assert ledger.balance_fen(work, ledger.WORLD) == -188_00


@pytest.mark.parametrize(
    "amount", ["94.00", "94", "94.0", "¥94.00", "94.00元", "９４.００", "94.000", " 94.00\t"]
)
def test_amounts_as_people_and_programs_write_them(shop, office, amount):
    assert came(shop("orders", orders(ORDER.replace("94.00", amount)))) == {"new": 1}
    assert the_order(office).base_fen == 94_00


@pytest.mark.parametrize("at", [PAID, "2026/3/2 10:00", "2026年3月2日 10:00", "2026-03-02T02:00Z"])
def test_times_are_those_of_shanghai(shop, office, at):
    assert came(shop("orders", orders(ORDER.replace(PAID, at)))) == {"new": 1}
    assert the_order(office).paid_at == datetime(2026, 3, 2, 2, tzinfo=UTC)


def test_what_was_paid_contains_the_freight(shop, office):
    shop("orders", orders(ORDER.replace("94.00,0", "100.00,6.00")))

    order = the_order(office)
    assert (order.base_fen, order.freight_fen) == (94_00, 6_00)


def test_a_dry_run_writes_nothing(shop, office):
    before = everything(office)

    assert came(shop("orders", orders(ORDER), dry_run=True)) == {"new": 1}

    assert everything(office) == before


def test_an_order_goes_on_when_it_is_imported_again(shop, office):
    shipped = ORDER.replace("待发货", "已发货")
    received = ORDER.replace("待发货,0", "已完成,30.00").replace(",,b1", ",2026-03-05 10:00,b1")
    more = received.replace("30.00", "40.00")

    assert came(shop("orders", orders(ORDER))) == {"new": 1}
    assert came(shop("orders", orders(shipped))) == {"changed": 1}
    assert the_order(office).state == "shipped"
    assert came(shop("orders", orders(received))) == {"changed": 1}
    assert came(shop("orders", orders(received))) == {"same": 1}
    assert came(shop("orders", orders(more))) == {"changed": 1}

    order = the_order(office)
    assert (order.state, order.refunded_fen) == ("received", 40_00)
    # Received on the 5th at 10:00; 168 hours later is the 12th at 10:00.
    assert order.hold_until == datetime(2026, 3, 12, 2, tzinfo=UTC)
    with office.reading() as work:
        assert ledger.balance_fen(work, ledger.WORLD) == -54_00


def test_what_was_paid_and_what_went_back_stays(shop, office):
    shop("orders", orders(ORDER.replace("待发货,0", "待发货,30")))
    before = everything(office)

    price = shop("orders", orders(ORDER.replace("94.00", "93.00")))
    back = shop("orders", orders(ORDER.replace("待发货,0", "待发货,20")))

    assert "和之前导入的不一样" in price.first[0]
    assert "退过的款收不回来" in back.first[0]
    assert everything(office) == before


def test_the_same_order_twice_in_a_file_is_one(shop, office):
    again = ORDER.replace("待发货,0", "已取消,94.00")

    assert came(shop("orders", orders(ORDER, ORDER, again))) == {"new": 1, "same": 1, "changed": 1}
    assert the_order(office).state == "refunded"


def test_a_closed_order_that_was_paid_is_refunded_whole_and_an_unpaid_one_left_out(shop, office):
    paid = ORDER.replace("待发货", "已取消").replace("94.00,0", "100.00,6.00")
    unpaid = ORDER.replace("371600", "2").replace("待发货", "已取消").replace(PAID, "")

    assert came(shop("orders", orders(paid, unpaid))) == {"new": 1, "left_out": 1}

    order = the_order(office)
    assert (order.state, order.refunded_fen, order.freight_back_fen) == ("refunded", 94_00, 6_00)
    with office.reading() as work:
        assert ledger.balance_fen(work, ledger.WORLD) == 0


def test_sharer_and_live_are_known_by_the_shops_names_and_are_settled_as_any_order(shop, office):
    with office.work() as work:
        amy = star(work, "amy")
        bo = star(work, "bo", amy)
        amy.rank = Rank.ONE_STAR
        evening = live(work, amy)
        shop_names.name_sharer(work, "小店丽丽", bo)
        shop_names.name_live(work, "春日场", evening)
        place = str(evening.id)
    row = ORDER.replace(",,,2026", ",春日场,小店丽丽,2026")

    assert came(shop("orders", orders(row))) == {"new": 1}
    settlement.settle(office, place)

    # bo: 94.00 × 20 % = 18.80; amy, who invited bo: 94.00 × 5 % = 4.70.
    with office.reading() as work:
        found = lines(work, the_order(office))
        assert [(line.member_id, line.amount_fen) for line in found] == [
            (bo.id, 18_80),
            (amy.id, 4_70),
        ]
        assert work.session.get_one(Member, bo.id).pending_gmv_fen == 94_00
        assert work.session.get_one(SalesDay, (bo.id, datetime(2026, 3, 2).date())).gmv_fen == 94_00  # noqa: DTZ001
    assert audit.audit(office).is_whole


def test_a_live_without_a_sharer_is_the_hosts(shop, office):
    with office.work() as work:
        amy = star(work, "amy")
        number = live(work, amy).id

    shop("orders", orders(ORDER.replace(",,,2026", f",场次 {number},,2026")))

    assert the_order(office).promoter_id == amy.id


def test_a_late_order_of_a_settled_live_plans_a_run_of_its_own(shop, office, clock):
    with office.work() as work:
        amy = star(work, "amy")
        evening = live(work, amy)
        evening.state, evening.ended_at = "settled", work.now
        number = evening.id
    shop("orders", orders(ORDER.replace(",,,2026", f",场次 {number},,2026")))

    clock.passes(minutes=10)
    run = settlement.settle(office, str(number))

    assert run is not None
    assert run.orders == 1


def test_buyers_are_the_same_people_each_time(shop, office):
    other = ORDER.replace("371600", "371601")
    stranger = ORDER.replace("371600", "371602").replace(",b1", ",")

    shop("orders", orders(ORDER, other, stranger))
    shop("orders", orders(ORDER.replace("371600", "371603")))

    assert the_order(office, 0).buyer_id == the_order(office, 1).buyer_id
    assert the_order(office, 3).buyer_id == the_order(office, 0).buyer_id
    assert the_order(office, 2).buyer_id != the_order(office, 0).buyer_id
    with office.reading() as work:
        doors = list(work.session.scalars(select(Identity).where(Identity.channel == "shop")))
    assert [door.external_id for door in doors] == ["b1", "order:371602"]
    assert not any(door.is_open for door in doors)


def test_a_chunk_of_orders_is_booked_by_one_entry_for_each_day(shop, office):
    shop("orders", orders(*(ORDER.replace("371600", str(number)) for number in range(50))))

    with office.reading() as work:
        assert work.session.scalar(select(func.count(JournalEntry.id))) == 1
        assert ledger.balance_fen(work, ledger.escrow("2026-03-02")) == 50 * 94_00


def test_plays_go_up_and_bring_what_they_bring(imports, office):
    with office.work() as work:
        amy = star(work, "amy")
        approved_video(work, amy)

    assert came(imports("plays", '视频编号,播放量\nV1,"120,000"\n')) == {"changed": 1}
    assert came(imports("plays", "视频编号,播放量\nV1,120000\n")) == {"same": 1}
    assert came(imports("plays", "视频编号,播放量\nV1,90000\nV2,5\n")) == {
        "same": 1,
        "refused": 1,
    }

    # 120 000 plays reach the first tier: 100.00.
    with office.reading() as work:
        assert ledger.balances(work, amy.id).pending_fen == 100_00


def test_goods_that_may_not_be_listed_are_refused_whole(imports, office):
    head, first, *_ = GOODS.read_text("utf-8").splitlines()

    report = imports("products", f"{head}\n{first.replace('25%', '31%')}\n{first}\n")

    assert came(report) == {"refused": 1, "new": 1}
    assert "佣金是 31%，要在 10% 到 30% 之间" in report.first[0]


@given(st.text(st.sampled_from([*RUNS, "'", "a", ",", '"', " ", "藕"]), max_size=6))
def test_every_cell_comes_back_and_none_of_them_runs(cell):
    assert unescaped(escaped(cell)) == cell
    assert escaped(cell)[:1] not in RUNS


@pytest.mark.parametrize("start", RUNS)
def test_refused_rows_are_written_so_that_nothing_runs_and_come_back_the_same(
    shop, tmp_path, start
):
    sku = f"{start}cmd|'/c calc'!A1"
    row = ["371600", sku, "1", "94.00", "0", "待发货", "0", "", "", PAID, "", "b1"]
    with (tmp_path / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD.split(","), row])

    assert came(shop("orders", tmp_path / "orders.csv")) == {"refused": 1}

    written = refused_of(tmp_path).read_bytes().decode("utf-8-sig")
    cells = next(line for line in csv.reader(written.splitlines(keepends=True)) if "b1" in line)
    assert not any(cell[:1] in RUNS for cell in cells)
    again = tmp_path / "again.csv"
    again.write_bytes(refused_of(tmp_path).read_bytes())
    (_, _), (_, read) = sheets.read(again).rows()
    assert read[: len(row)] == row
    assert came(shop("orders", again)) == {"refused": 1}
    (_, _), (_, read) = sheets.read(refused_of(tmp_path)).rows()
    assert read[: len(row)] == row
    assert len(read) == len(row) + len(importing.ADDED)


def test_twenty_refused_rows_are_shown_and_all_are_written(shop, tmp_path):
    rows = [ORDER.replace("LOTUS-10", "NOPE").replace("371600", str(n)) for n in range(30)]

    report = shop("orders", orders(*rows))
    shown = importing.render(KINDS["orders"], report, refused_of(tmp_path), dry_run=False)

    assert shown.count("没有编码是") == 20
    assert "还有 10 行，全部在" in shown
    assert len(refused_of(tmp_path).read_text("utf-8-sig").splitlines()) == 31
    assert report.came[Came.REFUSED] == 30
