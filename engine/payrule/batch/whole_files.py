"""Files that appear whole or not at all, and together: written beside their place, kept, then given their names.

What a run that was killed left beside a place is taken away by the next one that writes there.
"""

import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; when nothing goes wrong, what stands there takes the name `path`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "a") as beside:
    ...         size = beside.write_text("all of it")
    ...     [each.name for each in Path(folder).iterdir()]
    ['a']
    """
    with whole_files(path) as (beside,):
        yield beside


@contextmanager
def whole_files(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Give a path to write to for each of some files; when nothing goes wrong they take their names, the first last.

    So where the first file stands, the others are of the same run: an earlier one is taken away before they change.
    """
    beside = tuple(map(_beside, paths))
    try:
        yield beside
        for written in beside:
            with written.open("rb") as file:
                os.fsync(file.fileno())
        if len(paths) > 1:
            paths[0].unlink(missing_ok=True)
        for written, path in reversed(tuple(zip(beside, paths, strict=True))):
            written.replace(path)
        for folder in {path.parent for path in paths}:
            _keep_names(folder)
    finally:
        for written in beside:
            written.unlink(missing_ok=True)


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """Make a folder beside a place, and take it away in the end; raises OSError where none can be made."""
    folder = _beside(path)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _beside(path: Path) -> Path:
    """Name a place beside a path, by the process that uses it; take away what processes that have ended left there."""
    machine = re.sub(r"\W", "-", platform.node())
    start = f".{path.name}.{machine}-"
    if os.name == "posix":
        for left in path.parent.glob(f".{path.name}.*") if path.parent.is_dir() else ():
            process = left.name.removeprefix(start).partition(".")[0]
            if left.name.startswith(start) and process.isdecimal() and not _is_running(int(process)):
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)
    return path.with_name(f"{start}{os.getpid()}.{token_hex(4)}")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _keep_names(folder: Path) -> None:
    """See that names stand on disk, too, where the system lets a folder be kept."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
