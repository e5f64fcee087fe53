"""Documents beside themselves in their one form."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from payrule.adjudication.folder import read_text
from payrule.authoring.form import formatted
from payrule.documents.findings import Finding, InputError


class Reformatted(msgspec.Struct, frozen=True):
    """A file, the text in it, and the same document in its one form."""

    path: Path
    before: str
    after: str


def reformatted(files: Iterable[Path]) -> list[Reformatted]:
    """Read every file and form its document; with nothing written yet, say of all of them what cannot be read.

    Raises InputError for files that are not JSON.
    """
    done: list[Reformatted] = []
    findings: list[Finding] = []
    for path in files:
        try:
            text = read_text(path)
        except InputError as fault:
            findings += fault.findings
        else:
            # Bytes, for the mark and the line ends that reading leaves out belong to what is written in the file.
            done.append(Reformatted(path, path.read_bytes().decode("utf-8"), formatted(text)))
    if findings:
        raise InputError(findings)
    return done
