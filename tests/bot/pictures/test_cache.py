import os
from pathlib import Path

import pytest

from bot.pictures import cached, content_key, draw

from .samples import INVITATION, PROGRESS


def test_a_picture_is_drawn_once_and_served_as_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"

    path = cached(folder, "progress_card", PROGRESS)
    path.write_bytes(b"kept")
    again = cached(folder, "progress_card", PROGRESS)

    assert again == path
    assert again.read_bytes() == b"kept"
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_the_file_holds_what_draw_gives(tmp_path: Path) -> None:
    path = cached(tmp_path, "progress_card", PROGRESS)

    assert path.read_bytes() == draw("progress_card", PROGRESS)
    assert path.name == content_key("progress_card", PROGRESS) + ".jpg"


@pytest.mark.parametrize("fact", sorted(INVITATION))
def test_the_key_follows_every_fact(fact: str) -> None:
    changed = INVITATION | {fact: "anders"}

    assert content_key("invite_poster", changed) != content_key("invite_poster", INVITATION)


def test_the_key_does_not_depend_on_the_order_of_the_facts() -> None:
    turned = dict(reversed(INVITATION.items()))

    assert content_key("invite_poster", turned) == content_key("invite_poster", INVITATION)


def test_the_folder_keeps_the_pictures_used_last(tmp_path: Path) -> None:
    paths = [cached(tmp_path, "progress_card", PROGRESS | {"rank": rank}) for rank in range(3)]
    for age, path in enumerate(reversed(paths), start=1):
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "left-behind.part").write_bytes(b"half")
    os.utime(tmp_path / "left-behind.part", (1, 1))

    assert cached(tmp_path, "progress_card", PROGRESS | {"rank": 0}, keep=3) == paths[0]
    newest = cached(tmp_path, "progress_card", PROGRESS | {"rank": 3}, keep=3)

    assert set(tmp_path.iterdir()) == {paths[0], paths[2], newest}


def test_a_picture_that_cannot_be_drawn_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        cached(tmp_path, "progress_card", {})

    assert list(tmp_path.iterdir()) == []
