"""Files that appear whole or not at all: written beside their place, kept on disk, then given their name."""

import os
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
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
