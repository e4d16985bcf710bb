from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.door.house import House, Valkey
from tests.platforms.stub import Stub, running

INFO = "/cgi-bin/user/info"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """On SQLite, migrated, with nothing running yet."""
    house = House(tmp_path, f"sqlite:///{tmp_path / 'qianxing.db'}").migrated()
    yield house
    house.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    valkey = Valkey(tmp_path)
    valkey.start()
    yield valkey
    valkey.kill()


@pytest.fixture
def stub() -> Iterator[Stub]:
    """The platform's API. Everybody follows."""
    with running(Stub(answers={INFO: {"subscribe": 1}})) as started:
        yield started


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, int]]:
    """One web process on SQLite for a whole file, and its port."""
    folder = tmp_path_factory.mktemp("house")
    house = House(folder, f"sqlite:///{folder / 'qianxing.db'}").migrated()
    yield house, house.serves()
    house.close()
