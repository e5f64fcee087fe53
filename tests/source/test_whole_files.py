"""Files that appear whole or not at all; what is left beside one is taken away when nobody holds its lock."""

import fcntl
import os
from pathlib import Path

import pytest

from payrule.source.files import folder_beside, whole_file, whole_files


def left(folder: Path, *, locked: bool) -> int | None:
    """Leave a folder as a killed run does, or as one that still writes."""
    beside = folder / ".a.writing-01234567"
    beside.mkdir()
    (beside / "a").write_text("half of")
    lock = os.open(beside / "lock", os.O_CREAT | os.O_RDWR)
    if locked:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock
    os.close(lock)
    return None


def test_folder_whose_lock_is_free_is_taken_away(tmp_path: Path) -> None:
    left(tmp_path, locked=False)
    with whole_file(tmp_path / "a") as beside:
        beside.write_text("all")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_folder_whose_lock_is_held_stays(tmp_path: Path) -> None:
    lock = left(tmp_path, locked=True)
    assert lock is not None
    with whole_file(tmp_path / "a") as beside:
        beside.write_text("all")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.writing-01234567", "a"]
    os.close(lock)


def test_folder_that_had_no_lock_yet_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / ".a.writing-01234567").mkdir()
    with folder_beside(tmp_path / "a"):
        assert len(list(tmp_path.iterdir())) == 1


def test_two_may_write_to_one_place_at_once(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as first, whole_file(tmp_path / "a") as second:
        first.write_text("first")
        second.write_text("second")
    assert (tmp_path / "a").read_text() == "first"
    assert len(list(tmp_path.iterdir())) == 1


def test_name_of_special_characters(tmp_path: Path) -> None:
    for _ in range(2):
        with whole_file(tmp_path / "[a]*") as beside:
            beside.write_text("all")
    assert [path.name for path in tmp_path.iterdir()] == ["[a]*"]


def test_fault_names_the_file_that_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised, whole_files(tmp_path / "a", tmp_path / "b") as (a, _):
        a.write_text("all")
    assert raised.value.filename == str(tmp_path / "b")
    assert not list(tmp_path.iterdir())
