"""Full shelves for an evening: the demo shop counts its pieces anew."""

import csv
import tempfile
from pathlib import Path

from qianxing.demo import GOODS
from qianxing.run import command

STOCK = "库存"
LEAST = 3_000


def restock(number: int) -> None:
    """Every product of the demo shop lies there some thousand times, a figure of this live's own:
    the same figure twice would bring back nothing. RuntimeError when it cannot be imported."""
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
