"""For whom a published table holds: practitioners, outpatient hospitals, or suppliers of equipment.

Tables of the settings have one layout, and other rows. What a file says of its setting is believed: the names of its
columns, or a column of its own. A file that says nothing may be called after its setting.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from lzma import LZMAError
from pathlib import Path
from typing import IO, NamedTuple, TextIO

from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import refuse_no_file

PRACTITIONER = "practitioner"

SETTINGS: dict[str, str] = {
    PRACTITIONER: r"\bpractitioners?\b|\bccipra|\bpra[cv]?\b",
    "hospital": r"\bhospitals?\b|\boutpatient\b|\bhosp\b|\bcci(hosp|oph)",
    "dme": r"\bdme\b|\bsuppliers?\b|\bdurable medical\b",
}
"""The settings, with the words by which each is known, after other signs than letters and digits became blanks."""

CALLED = {PRACTITIONER: "practitioners", "hospital": "outpatient hospitals", "dme": "suppliers of medical equipment"}
"""The settings in a sentence."""


class Setting(NamedTuple):
    """The setting that is wanted, and whether somebody asked for it; it is practitioners' otherwise."""

    name: str = PRACTITIONER
    asked: bool = False

    @property
    def suffix(self) -> str:
        """Give what tells its table from that of practitioners."""
        return "" if self.name == PRACTITIONER else f"-{self.name}"


def settings_in(text: str) -> frozenset[str]:
    """Name the settings that a text speaks of.

    >>> settings_in("outpatient hospital services mue values"), settings_in("MCR_MUE_PractitionerServices.csv")
    (frozenset({'hospital'}), frozenset({'practitioner'}))
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", text).casefold()
    return frozenset(name for name, pattern in SETTINGS.items() if re.search(pattern, words))


def refuse_another(  # noqa: PLR0913 - where it is said, and what is wanted
    wanted: Setting, names: Iterable[str], file: str, path: Path, *, line: int | None = None, told: bool = False
) -> None:
    """Refuse a file for another setting than the one that is wanted; raises DocumentError.

    `names` are those of its columns; where they say nothing, and nobody asked for a setting, what the file is called
    is looked at. With `told` each row says it.
    """
    said = settings_in(" ".join(names))
    by_name = not said and not told and not wanted.asked
    if by_name:
        said = settings_in(file)
    if not said or wanted.name in said:
        return
    other = min(said)
    where = "the name of the file says that it holds" if by_name else "the row holds" if line else "the file holds"
    message = f"{where} for {CALLED[other]}, and a table for {CALLED[wanted.name]} is wanted"
    help_text = f"give the file for {CALLED[wanted.name]}, or add `--setting {other}`, which makes a table of its own"
    if by_name:
        help_text += f"; if the name is wrong, add `--setting {wanted.name}`"
    raise DocumentError([Diagnostic(code="other-setting", message=message, help=help_text, file=str(path), line=line)])


LARGEST_TEXT = 1 << 29
"""Bytes of the text in an archive; the largest part of the national pairs has a fifth of it."""

_MOST_PACKED, _SMALL = 50, 1 << 24
"""How many times its packed size a text has at most, where it is no small one; published ones have about ten."""

LONGEST_LINE = 1 << 16
"""Characters of a line; the longest published one has a hundredth."""

_LOOKED_AT = 1 << 12
"""Bytes from which the encoding is told; an even number."""

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""What UTF-16 begins with where it says so."""

_NOT_A_TEXT = "give the tab-delimited text as it is published, not a workbook"


class Opened(NamedTuple):
    """The lines of a text, and what its file is called, inside an archive too."""

    text: Iterator[str]
    name: str


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a text, or the one text of an archive; raises DocumentError when there is none."""
    try:
        refuse_no_file(path)
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                with _as_text(file, path) as text:
                    yield Opened(_lines(text, path), path.name)
                return
            with zipfile.ZipFile(file) as archive:
                name = _only_text(archive, path)
                with _member(archive, name) as member, _as_text(member, path) as text:
                    yield Opened(_lines(text, path), f"{path.name} {name}")
    except (OSError, zipfile.BadZipFile, zlib.error, LZMAError, csv.Error, EOFError, UnicodeError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise _refused(path, "unreadable", f"the file cannot be read: {reason.lower()}", _READ_AGAIN) from None


_READ_AGAIN = "download it again, or check the path"


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a file of an archive; raises BadZipFile too where it is encrypted, or packed in a way that is not known."""
    try:
        return archive.open(name)
    except RuntimeError as fault:
        raise zipfile.BadZipFile(str(fault)) from None


def _only_text(archive: zipfile.ZipFile, path: Path) -> str:
    names = archive.namelist()
    if any(each.startswith("xl/") for each in names):
        raise _refused(path, "no-text", "this is a workbook", f"{_NOT_A_TEXT}; a workbook can be saved as one")
    texts = [each for each in names if each.lower().endswith((".txt", ".csv"))]
    if len(texts) != 1:
        held = ", ".join(f"`{each}`" for each in texts) or "none"
        message = f"the archive must hold one text, and holds {held}"
        raise _refused(path, "not-one-text", message, "give the text itself, unpacked")
    of = archive.getinfo(texts[0])
    most = min(LARGEST_TEXT, max(_SMALL, _MOST_PACKED * of.compress_size))
    if of.file_size > most:  # no more than that is unpacked, whatever follows
        message = f"the text in the archive has {of.file_size:,} bytes, and at most {most:,} are read"
        raise _refused(path, "too-large", message, "give the parts of the publication one by one, unpacked")
    return texts[0]


def _as_text(file: IO[bytes], path: Path) -> TextIO:
    """Read bytes as text; raises DocumentError for what is plainly none."""
    file.seek(0)
    encoding = encoding_of(file.read(_LOOKED_AT))
    if encoding is None:
        raise _refused(path, "no-text", "this is no text", _NOT_A_TEXT)
    file.seek(0)
    return TextIOWrapper(file, encoding, "replace", newline="")


def _lines(text: TextIO, path: Path) -> Iterator[str]:
    """List the lines of a text; raises DocumentError for one that is too long to be held in memory."""
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            message = f"a line has more than {LONGEST_LINE:,} characters"
            raise _refused(path, "too-large", message, _NOT_A_TEXT)
        yield line


def encoding_of(beginning: bytes) -> str | None:
    r"""Tell the encoding of a text by its first bytes; None for what is no text.

    >>> encoding_of(b"Column 1\t"), encoding_of("A\t1".encode("utf-16-be")), encoding_of(b"\x00\x00\x01")
    ('utf-8-sig', 'utf-16-be', None)
    """
    if beginning[:2] in _MARKS:
        return _MARKS[beginning[:2]]
    if b"\0" not in beginning:
        return "utf-8-sig"
    first, second = beginning[::2], beginning[1::2]
    if not any(second) and all(first):
        return "utf-16-le"
    return "utf-16-be" if not any(first) and all(second) else None


def _refused(path: Path, code: str, message: str, help_text: str) -> DocumentError:
    return DocumentError([Diagnostic(code=code, message=message, help=help_text, file=str(path))])
