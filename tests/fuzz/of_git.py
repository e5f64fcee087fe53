"""Trees of git with hostile names, modes, links, attributes: what is read is what was committed.

An input is a line of JSON for each entry of a tree that a rulebase stands in: its mode, its path, and the text there,
or null where the object is missing. A line that is none is an entry called after itself.
"""

import hashlib
import json
import subprocess
import zlib
from collections import Counter
from contextlib import chdir
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import NamedTuple

from tests.fuzz.target import Target
from tests.property.documents import documents, policy, rule

from payrule.compare.git import Revision, at_revision
from payrule.rulebase.load import read_documents, usable
from payrule.source.diagnostics import InputError

_FOLDER, _WHO = "policies", b"analyst <analyst@example.org> 1700000000 +0000"


class _Entry(NamedTuple):
    mode: bytes
    path: tuple[bytes, ...]
    content: bytes | None


@cache
def _place() -> TemporaryDirectory[str]:
    place = TemporaryDirectory()
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main", place.name], check=True)  # noqa: S607 - git as it is found
    return place


_DEEPEST = 300
"""Trees within each other that are written; what follows is one name, whatever stands in it."""


def _entry(line: bytes) -> _Entry:
    try:
        said = json.loads(line)
        text = said["text"]
        mode, path = (str(said[key]).encode("utf-8", "surrogateescape") for key in ("mode", "path"))
        parts = path.split(b"/", _DEEPEST)
        return _Entry(mode, tuple(parts), None if text is None else str(text).encode())
    except (ValueError, LookupError, TypeError, RecursionError):
        return _Entry(b"100644", (_FOLDER.encode(), line), line)


def _written(kind: bytes, content: bytes) -> bytes:
    """Write an object of git as it lies, unless an input before this one had it, and give its id."""
    whole = b"%s %d\0%s" % (kind, len(content), content)
    name = hashlib.sha1(whole, usedforsecurity=False)
    path = Path(_place().name, ".git/objects", name.hexdigest()[:2], name.hexdigest()[2:])
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(whole, 1))
    return name.digest()


_MISSING = b"\x01" * 20
"""The id of an object that no input has."""


def _tree(entries: list[_Entry]) -> bytes:
    """Write a tree: whatever names stand in it, and in whatever order its folders come, as nothing checks them."""
    rows, within = [], dict[bytes, list[_Entry]]()
    for each in entries:
        if len(each.path) == 1:
            blob = _MISSING if each.content is None else _written(b"blob", each.content)
            rows.append((each.mode, each.path[0], blob))
        else:
            within.setdefault(each.path[0], []).append(each._replace(path=each.path[1:]))
    rows += [(b"40000", name, _tree(below)) for name, below in within.items()]
    rows.sort(key=lambda row: row[1] + b"/" * (row[0] == b"40000"))
    return _written(b"tree", b"".join(b"%s %s\0%s" % row for row in rows))


def _tried(data: bytes) -> Counter[str]:
    repository = Path(_place().name)
    entries = [_entry(line) for line in data.splitlines() if line.strip()][:200]
    commit = b"tree %s\nauthor %s\ncommitter %s\n\nfuzz\n" % (_tree(entries).hex().encode(), _WHO, _WHO)
    (repository / ".git/refs/heads/main").write_text(_written(b"commit", commit).hex() + "\n", encoding="ascii")
    folder_of_its_own = f"{gettempdir()}/payrule-"
    with chdir(repository):
        try:
            held = at_revision(Revision("main", _FOLDER), _held)
        except InputError as fault:
            for each in fault.findings:
                assert each.message.isprintable(), each.message
                assert folder_of_its_own not in each.message, each.message
            return Counter({"in": 1, "rejected": 1})
    committed = {b"/".join(each.path): each.content for each in entries if each.path[0] == _FOLDER.encode()}
    assert held == committed, "what is read is not what was committed"
    return Counter({"in": 1, "decided": 1})


def _held(folder: Path) -> dict[bytes, bytes | None]:
    """Read the documents, and give every file that stands there, by its path from the top of the repository."""
    usable(read_documents(folder))
    above = folder.parent
    return {bytes(path.relative_to(above)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _seed() -> bytes:
    covered = rule("covered", {"line.code": {"in": ["A0001-A0009"]}}, "benefit", "covered")
    with TemporaryDirectory() as folder:
        documents(policy(covered)).write(Path(folder))
        written = {path: path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}
        texts = {f"{_FOLDER}/{path.relative_to(folder)}": text.decode("latin-1") for path, text in written.items()}
    texts |= {"README.md": "read me", f"{_FOLDER}/p0/notes.txt": "notes", f"{_FOLDER}/.gitattributes": "* -text\n"}
    lines = [json.dumps({"mode": "100644", "path": path, "text": text}) for path, text in texts.items()]
    return "\n".join(lines).encode() + b"\n"


_TOKENS = tuple(b'120000 160000 100755 40000 000000 100664 "mode": .. . .git / // \\\\ a/b \\u0000 \\n null'.split())
_TOKENS += (b"export-ignore", b"export-subst", b"filter=hide", b"ident", b"eol=crlf", b"policies/", b"POLICIES/P0/")
_TOKENS += (b".gitattributes", b".gitmodules", b"\\udcff", b"\\u001b[2J", b"x" * 300, b"* export-ignore\\n1.0.0.json ")

GIT = Target("git", _tried, [_seed()], _TOKENS, each=25)
