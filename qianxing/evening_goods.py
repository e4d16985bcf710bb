"""Full shelves for an evening: the demo shop counts its pieces anew."""

import csv
import os
import tempfile
from pathlib import Path

from dotenv import dotenv_values

from qianxing.demo import GOODS
from qianxing.run import command

STOCK = "库存"
LEAST = 3_000
KEPT = "sandbox.env"


def world_of(data: Path) -> dict[str, str]:
    """What `qianxing run` keeps in this folder of its world, for commands in other terminals."""
    file = data / KEPT
    found = dotenv_values(file, interpolate=False) if file.exists() else {}
    return {name: value for name, value in found.items() if value}


def restock(number: int, url: str, data: Path) -> None:
    """Every product of the demo shop lies there some thousand times, a figure of this live's own:
    the same figure twice would bring back nothing. RuntimeError when it cannot be imported, or the
    folder is not that of the world behind this sandbox: no other's shelves are ever touched."""
    world = world_of(data)
    if world.get("QIANXING_SANDBOX_URL") != url:
        raise RuntimeError(
            f"{data} 不是 {url} 这个沙盒的数据目录，用 --data 写 qianxing run 打印的「数据」"
        )
    os.environ.update(world)  # Whatever a .env beside us says.
    with GOODS.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row | {STOCK: str(LEAST + number)} for row in reader]
        heads = list(reader.fieldnames or ())
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder, GOODS.name)
        with counted.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, heads)
            writer.writeheader()
            writer.writerows(rows)
        command("import", "products", str(counted))()
