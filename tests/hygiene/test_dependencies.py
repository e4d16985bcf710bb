"""What we stand on: pinned, locked with hashes, from no particular place, and silent at import."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PACKAGES = ("bot", "commerce", "handlers", "jobs", "web", "qianxing", "sandbox")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")

DEAF = """
import importlib, pkgutil, socket, sys

def refuse(*_, **__):
    raise AssertionError("somebody asks the network")

for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refuse
found = 0
for package in sys.argv[1:]:
    module = importlib.import_module(package)
    for each in pkgutil.walk_packages(module.__path__, package + "."):
        if not each.name.endswith(("__main__", "migrations.env")) and ".versions." not in each.name:
            importlib.import_module(each.name)
            found += 1
sys.stdout.write(str(found))
"""


def pins(text: str) -> dict[str, str]:
    found = (PIN.match(line) for line in text.splitlines())
    return {match[1]: match[2] for match in found if match}


def blocks(lock: str) -> list[str]:
    """One requirement each, with the lines that belong to it."""
    text = (ROOT / lock).read_text()
    return [block for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if block.strip()]


def test_what_is_installed_fits_together() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(lock: str) -> None:
    found = blocks(lock)

    assert len(found) > 30
    for block in found:
        assert PIN.match(block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block
    names = [PIN.match(block)[1] for block in found]  # type: ignore[index]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("file", [*LOCKS, "pyproject.toml"])
def test_no_file_names_where_packages_come_from(file: str) -> None:
    text = (ROOT / file).read_text()

    assert not re.search(r"https?://|index-url|find-links|trusted-host|@ (file|git)", text)


def test_what_the_project_asks_for_is_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = pins("\n".join(project["dependencies"]))
    optional = project["optional-dependencies"].values()
    extras = pins("\n".join(pin for group in optional for pin in group))
    locked, developed = (pins((ROOT / lock).read_text()) for lock in LOCKS)

    assert len(ours) == len(project["dependencies"])
    assert ours.items() <= locked.items()
    assert (ours | extras).items() <= developed.items()
    assert locked.items() <= developed.items()


def test_importing_everything_asks_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", DEAF, *PACKAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
