"""`qianxing demo evening` where there is nothing to play it in, and whose shelves it fills."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from qianxing import evening_goods
from qianxing.cli import main
from tests.sandbox.conftest import free_port


def test_without_a_running_house_it_says_what_to_run_first() -> None:
    address = f"http://127.0.0.1:{free_port()}"

    done = CliRunner().invoke(main, ["demo", "evening", "--sandbox", address])

    assert done.exit_code == 2
    assert done.stderr == f"{address} 没有沙盒应答：先在另一个终端运行 make run，再来一次\n"


def test_the_shelves_of_another_world_are_never_touched(tmp_path: Path, monkeypatch) -> None:
    """The folder of one `qianxing run`, the sandbox of another; and no folder at all."""
    monkeypatch.setattr(evening_goods, "command", lambda *words: pytest.fail(str(words)))
    (tmp_path / "sandbox.env").write_text("QIANXING_SANDBOX_URL=http://127.0.0.1:8100\n")

    for data in (tmp_path, tmp_path / "none"):
        with pytest.raises(RuntimeError, match="这个沙盒的数据目录"):
            evening_goods.restock(1, "http://127.0.0.1:9", data)


def test_the_shelves_of_its_own_world_are_filled_whatever_else_is_said_beside_it(
    tmp_path: Path, monkeypatch
) -> None:
    """A .env in the folder where one stands, and another world's environment, decide nothing."""
    url, database = "http://127.0.0.1:9", f"sqlite:///{tmp_path / 'qianxing.db'}"
    kept = {"QIANXING_SANDBOX_URL": url, "DATABASE_URL": database}
    (tmp_path / "sandbox.env").write_text("".join(f"{key}={kept[key]}\n" for key in kept))
    monkeypatch.setattr(os, "environ", {"DATABASE_URL": "sqlite:///elsewhere.db"})
    imported = []

    def command(*words: str):
        def called() -> None:
            imported.append((words[:2], os.environ["DATABASE_URL"], Path(words[2]).read_text()))

        return called

    monkeypatch.setattr(evening_goods, "command", command)

    evening_goods.restock(7, url, tmp_path)

    [(words, written_to, table)] = imported
    assert (words, written_to) == (("import", "products"), database)
    assert ",3007," in table
