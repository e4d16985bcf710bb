"""`qianxing demo evening` where there is nothing to play it in."""

from click.testing import CliRunner

from qianxing.cli import main
from tests.sandbox.conftest import free_port


def test_without_a_running_house_it_says_what_to_run_first() -> None:
    address = f"http://127.0.0.1:{free_port()}"

    done = CliRunner().invoke(main, ["demo", "evening", "--sandbox", address])

    assert done.exit_code == 2
    assert done.stderr == f"{address} 没有沙盒应答：先在另一个终端运行 make run，再来一次\n"
