"""`qianxing lottery verify`: 0 it holds, 1 it does not and why, 2 there is nothing to read."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.lives import draw
from qianxing import cli

SECRET = "3c" * 32
RECORD = draw.build("LT2026-0001", SECRET, "", 2, [draw.ticket(n, 1) for n in (1, 2, 3, 8, 13)])


def verify(folder: Path, record: Any, *words: str) -> Result:
    file = folder / "record.json"
    text = record if isinstance(record, bytes) else json.dumps(record).encode()
    file.write_bytes(text)
    return CliRunner().invoke(cli.main, ["lottery", "verify", str(file), *words])


def test_a_sound_record_is_told_step_by_step(tmp_path: Path) -> None:
    result = verify(tmp_path, RECORD)

    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "LT2026-0001 对得上，刚重算了一遍："
    assert RECORD["commit"] in lines[1]
    assert lines[2].startswith("2 名单 5 个号")
    assert lines[4] == f"中奖号：{'、'.join(RECORD['winners'])}"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"secret": "3d" + SECRET[2:]}, "公开的密钥和预约前公布的指纹对不上：公布 "),
        ({"tickets": [*RECORD["tickets"], "000014-01"]}, "名单指纹不一致：公布 "),
        ({"winners": RECORD["winners"][::-1]}, "重算的中奖号和公布的不一致：公布 "),
        ({"winners": []}, f"重算的中奖号和公布的不一致：公布 没有，重算 {RECORD['winners'][0]}"),
        ({"winners_wanted": "2"}, "记录的格式不对：winners_wanted 不能是 '2'"),
        ({"tickets": ["000001-01", "x"]}, "记录的格式不对：tickets[1] 不能是 'x'"),
    ],
)
def test_a_changed_record_is_refused_with_the_reason(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    result = verify(tmp_path, RECORD | changed)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("这份记录对不上：\n· ")
    assert told in result.stderr


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[]", b"12", b"[" * 99_999])
def test_what_is_no_record_is_refused(tmp_path: Path, text: bytes) -> None:
    result = verify(tmp_path, text)

    assert result.exit_code == 1
    assert "这不是一份抽奖记录" in result.stderr


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    result = verify(tmp_path, {name: RECORD[name] for name in RECORD if name != "digest"})

    assert (result.exit_code, result.stderr.splitlines()[1:]) == (
        1,
        ["· 记录的格式不对：缺 digest"],
    )


def test_a_sound_record_that_is_not_the_one_announced_is_refused(tmp_path: Path) -> None:
    """Who wrote the fingerprints down is not told another story afterwards."""
    noted = ["--commit", RECORD["commit"].upper(), "--digest", RECORD["digest"]]
    other = draw.build("LT2026-0001", "3d" * 32, "", 2, RECORD["tickets"])

    assert verify(tmp_path, RECORD, *noted).exit_code == 0
    result = verify(tmp_path, other, *noted)

    assert (result.exit_code, draw.verify(other)) == (1, [])
    assert "记录里的 commit 和你记下的不一样" in result.stderr
    assert "digest" not in result.stderr


@pytest.mark.parametrize("path", ["nowhere.json", "."])
def test_without_a_file_it_is_wrong_usage(tmp_path: Path, path: str) -> None:
    result = CliRunner().invoke(cli.main, ["lottery", "verify", str(tmp_path / path)])

    assert result.exit_code == 2
    assert "\nError: " in result.stderr
