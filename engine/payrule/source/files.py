"""Files as they are read: no pipe or device, which could hang whoever reads it, and none that is too large to hold.

Policies and schemas live at the top of the checkout, where analysts look for them. A wheel carries them inside the
package (`hatch_build.py` puts them there), so that an installed payrule needs no checkout.
"""

import os
import stat
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal

LARGEST = 256 * 1024 * 1024
"""Bytes of a document or of the text of a source; the largest shipped one takes a thousandth."""


def read_plain(path: Path, largest: int = LARGEST) -> bytes:
    """Read a file; raises OSError, in words, for what is no file, such as a pipe, and for one that is too large.

    >>> read_plain(Path("/dev/null"))
    Traceback (most recent call last):
    OSError: [Errno 22] it is no file, but a pipe or a device: '/dev/null'
    """
    refuse_no_file(path)
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
        told = os.fstat(stream.fileno())
        if not stat.S_ISREG(told.st_mode):
            raise OSError(22, NO_FILE, str(path))
        if told.st_size > largest:
            raise OSError(27, f"it is larger than {largest:,} bytes", str(path))
        return stream.read()


NO_FILE = "it is no file, but a pipe or a device"

STANDARD_INPUT = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
"""Paths by which standard input is named."""


def refuse_no_file(path: Path) -> None:
    """Raise OSError, in words, for a path that is there and is no file or folder, so that nobody waits for it."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(22, NO_FILE, str(path))


def within(folder: Path, name: str) -> Path:
    """Give the path of a file that a document names; raises ValueError, in words, unless it is a plain name inside.

    >>> within(Path("sources"), "manual.txt").name
    'manual.txt'
    >>> within(Path("sources"), "../.git/config")
    Traceback (most recent call last):
    ValueError: `../.git/config` is no plain name of a file in its folder
    """
    path = folder / name
    if name in ("", ".", "..") or any(each in name for each in "/\\:\0") or not name.isprintable():
        message = f"`{name}` is no plain name of a file in its folder"
        raise ValueError(message)
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        message = f"`{name}` is a link that leads out of its folder"
        raise ValueError(message)
    return path


Kind = Literal["policies", "schemas"]


class ShippedFolderError(FileNotFoundError):
    """Say that payrule was installed without a folder it comes with."""


def shipped(kind: Kind) -> Path:
    """Locate the folder of that kind: the installed package's own, else the checkout's.

    The package's own comes first, so that an installed payrule never reads a folder that happens to lie near it.

    Raises `ShippedFolderError`, which names both places, where neither is a folder.

    >>> shipped("policies").name
    'policies'
    >>> shipped("schemas").is_dir()
    True
    """
    installed = Path(str(files("payrule"))) / "_data" / kind
    checkout = Path(__file__).resolve().parents[3] / kind
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    message = (
        f"no folder `{kind}` at `{installed}` nor at `{checkout}`: install payrule again from its wheel, "
        "or run it from a whole checkout"
    )
    raise ShippedFolderError(message)


@cache
def payrule_version() -> str:
    """Give the version of payrule that runs.

    >>> payrule_version()[:1].isdigit()
    True
    """
    return version("payrule")
