"""Documents beside themselves in their one form."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from payrule.adjudication.folder import read_text, rulebase_of
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
        root = rulebase_of(path)
        if root is not None and not path.resolve().is_relative_to(root.resolve()):
            message = f"`{path}` is a link that leads out of the rulebase `{root}`"
            findings.append(Finding(code="bad-file-name", message=message, help="name the file itself to form it"))
            continue
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
