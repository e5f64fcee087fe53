"""Make or renew a code list, a document of its own, of a file that lists codes: a workbook, CSV, text, or JSON.

Nothing is guessed: what cannot be placed is refused with its row, such as a code whose zeros a spreadsheet has lost.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.parts import dates_words
from payrule.fmt import formatted
from payrule.formats.csv_cells import cure_of
from payrule.formats.spreadsheet import form_of_table, read_table
from payrule.model.code_sets import CodeEntry, CodeSet, CodeSource, code_set_findings
from payrule.model.values import read_date
from payrule.model.vocabulary import Attribute
from payrule.source.diagnostics import Diagnostic, DocumentError, RequestError, counted, shown
from payrule.source.files import read_plain, whole_file
from payrule.source.json_source import decode, scan

MOST_FINDINGS = 20
"""Rows at fault that are named."""

_TITLES = {
    key: frozenset(names.split(", "))
    for key, names in {
        "code": "code, codes, icd10, icd10 code, icd 10 code, icd code, cpt, cpt code, hcpcs, hcpcs code, diagnosis, "
        "diagnosis code, procedure code, dx, dx code",
        "from": "from, start, begin, first, effective, effective date, effective from, start date, begin date, "
        "from date",
        "to": "to, end, last, through, thru, until, end date, to date, through date, termination date, "
        "expiration date, effective to",
    }.items()
}
"""What a column may be called, in small letters, with blanks for hyphens and underscores."""


class Listed(msgspec.Struct, frozen=True):
    """A code in a file, with its dates as written, and the row or the line that it stands in."""

    row: int
    code: str
    first: str
    last: str


class ListedFile(msgspec.Struct, frozen=True):
    """The codes of a file, and of a workbook the sheet that they stand in and how many others it has."""

    listed: tuple[Listed, ...]
    sheet: str = ""
    others: int = 0


class Renewed(msgspec.Struct, frozen=True):
    """A code list as it was made of a file, what was there before, and what changed, in words.

    `sheet` and `others` are those of the file, as `ListedFile` has them.
    """

    code_set: CodeSet
    before: CodeSet | None
    changes: tuple[str, ...]
    sheet: str = ""
    others: int = 0

    def account(self) -> str:
        """Say how many codes the list has, and what changed."""
        entries = len(self.code_set.entries)
        head = f"{entries} {'entry' if entries == 1 else 'entries'}"
        if self.others:
            head += f", from sheet {shown(self.sheet)}; {counted(self.others, 'other sheet')} not read"
        if self.before is None:
            return f"{head}; a new list"
        return "\n".join([f"{head}; {len(self.changes) or 'nothing'} changed", *self.changes])


def read_listed(path: Path) -> ListedFile:
    """Read the codes of a file: a workbook or JSON by its beginning, a sheet by its titles, else lines of text.

    In lines of text a code is what stands before the first blank, tab or comma; lines that begin with `#` are left out.
    Of a workbook the longest sheet that is shown is read; titles may stand below other rows. Raises DocumentError for a
    file that cannot be read, or has no column of codes, and where the package that reads workbooks is not installed.
    """
    data = read_plain(path)
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _of_workbook(path)
    text = decode(data, str(path))
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("[", "{"):
        return ListedFile(tuple(_of_json(scan(text, str(path)).value, path)))
    lines = text.splitlines()
    delimiter = max("\t,;|", key=(lines[0] if lines else "").count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if (listed := _of_rows(rows, 1)) is not None:
        return ListedFile(listed)
    if rows and len(rows[0]) > 1 and _says(lines[0]) and not any(map(str.isdigit, rows[0][0])):
        raise _without_column(path)
    numbered = enumerate(lines, start=1)
    return ListedFile(
        tuple(Listed(n, re.split(r"[\s,;]", each.strip())[0], "", "") for n, each in numbered if _says(each))
    )


def _of_rows(rows: Sequence[Sequence[str]], most: int) -> tuple[Listed, ...] | None:
    """Give the codes below titles, which are one of the first rows; None where none of these names a column of codes.

    >>> _of_rows([["Group 1"], ["Code", "From"], ["00010", ""]], 2)
    (Listed(row=3, code='00010', first='', last=''),)
    """
    for number, row in enumerate(rows[:most], start=1):
        titles = [" ".join(re.split(r"[\s_-]+", each.strip().lower())) for each in row]
        columns = {
            key: next((at for at, each in enumerate(titles) if each in names), None) for key, names in _TITLES.items()
        }
        if columns["code"] is not None:
            return tuple(
                Listed(at, *(_cell(cells, columns[key]) for key in ("code", "from", "to")))
                for at, cells in enumerate(rows[number:], start=number + 1)
                if any(each.strip() for each in cells)
            )
    return None


def _of_workbook(path: Path) -> ListedFile:
    """Read a workbook; without titles its codes are a single column."""
    try:
        form_of_table(path)
        table = read_table(path, "xlsx")
    except RequestError as fault:
        raise DocumentError([msgspec.structs.replace(each, file=str(path)) for each in fault.findings]) from None
    listed = _of_rows(table.rows, _TITLES_WITHIN)
    if listed is None:
        if any(len(row) > 1 and any(row[1:]) for row in table.rows):
            raise _without_column(path)
        numbered = ((at, row[0]) for at, row in enumerate(table.rows, start=1) if row)
        listed = tuple(Listed(at, each, "", "") for at, each in numbered if _says(each))
    return ListedFile(listed, table.sheet, table.others)


_TITLES_WITHIN = 20
"""Rows of a workbook that its titles are looked for in: other rows, such as a name of the list, may stand above."""


def _without_column(path: Path) -> DocumentError:
    help_text = "call the column of codes `code`, and those of dates `from` and `to`"
    return DocumentError([_found(path, 1, "no-codes", "no column is called `code`", help_text)])


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cell(row: Sequence[str], at: int | None) -> str:
    return "" if at is None or at >= len(row) else row[at].strip()


def _of_json(value: Any, path: Path) -> Iterator[Listed]:
    listed = value.get("entries") if isinstance(value, dict) else value
    for number, each in enumerate(listed if isinstance(listed, list) else (), start=1):
        entry = each if isinstance(each, dict) else {"code": each}
        told = [entry.get(key) or "" for key in ("code", "from", "to")]
        if not all(isinstance(one, str) for one in told) or not told[0]:
            message = f"entry {number} is no code, and no object with `code`"
            help_text = 'write `"00010"`, or `{"code": "00010", "from": "2024-10-01"}`'
            raise DocumentError([_found(path, None, "wrong-type", message, help_text)])
        yield Listed(number, *told)


_is_code = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]*(?:-[0-9A-Za-z.]+|\.?\*)?").fullmatch
_number = re.compile(r"\d+\.0|\d(?:\.\d+)?[Ee]\+\d+").fullmatch


def entries_of(listed: Iterable[Listed], path: Path) -> tuple[CodeEntry, ...]:
    """Place the codes of a file; raises DocumentError with each that cannot be placed."""
    rows = tuple(listed)
    findings: list[Diagnostic] = []
    if not rows:
        findings.append(_found(path, None, "no-codes", "the file lists no code", "check that it is the right file"))
    digits = Counter(len(each.code) for each in rows if each.code.isdigit())
    width = max(digits, default=0)
    placed: list[Listed] = []
    for each in rows:
        wrong = list(_faults(each, width, path))
        findings += wrong
        placed += [] if wrong else [each]
    entries = [CodeEntry(each.code, each.first or None, each.last or None) for each in placed]
    if entries:
        made = CodeSet(kind="code-set", id=path.stem, title="", entries=tuple(entries))
        text = scan(code_set_text(made), f"{path.stem}.json")
        for fault in code_set_findings(made, text):
            at = re.match(r"\$\.entries\[(\d+)\]", fault.path or "")
            row = placed[int(at[1])].row if at else None
            message = re.sub(r"entry (\d+)", lambda found: f"row {placed[int(found[1]) - 1].row}", fault.message)
            findings.append(_found(path, row, fault.code, message, fault.help or ""))
    findings.sort(key=lambda each: each.line or 0)
    if findings:
        more = len(findings) - MOST_FINDINGS
        rest = [_found(path, None, "more-rows", f"{more} more rows are at fault", "fix those above first")]
        raise DocumentError([*findings[:MOST_FINDINGS], *(rest if more > 0 else ())])
    return tuple(entries)


def _faults(listed: Listed, width: int, path: Path) -> Iterator[Diagnostic]:
    code = listed.code
    if not code:
        yield _found(path, listed.row, "empty-cell", "the row has no code", "write the code, or remove the row")
    elif _number(code):
        help_text = "a spreadsheet has made a number of it: format the column as text, and write it again"
        yield _found(path, listed.row, "no-code", f"{shown(code)} is a number, not a code", help_text)
    elif not _is_code(code):
        help_text = "write a code, a range such as `00010-00019`, or a category such as `M54.*`"
        yield _found(path, listed.row, "no-code", f"{shown(code)} is no code", help_text)
    elif code.isdigit() and len(code) < width:
        message = f"`{code}` has {len(code)} digits where others have {width}"
        help_text = f"did you mean `{code.zfill(width)}`? a spreadsheet drops leading zeros: format the column as text"
        yield _found(path, listed.row, "lost-zeros", message, help_text)
    for text in filter(None, (listed.first, listed.last)):
        try:
            read_date(text)
        except ValueError:
            help_text = cure_of(text, Attribute(type="date", summary="")) or "write it as yyyy-mm-dd"
            yield _found(path, listed.row, "bad-date", f"{shown(text)} is no date", help_text)


def _found(path: Path, line: int | None, code: str, message: str, help_text: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, help=help_text, file=str(path), line=line, column=line and 1)


def renewed(before: Sequence[CodeEntry], codes: Iterable[str], first: date) -> tuple[CodeEntry, ...]:
    """Renew a list by the codes that are in it from a day on: others end on the day before, and new ones begin.

    >>> before = [CodeEntry("00001"), CodeEntry("00002", first="2023-10-01")]
    >>> for each in renewed(before, ["00002", "00003"], date(2024, 10, 1)): print(each)
    CodeEntry(code='00001', first=None, last='2024-09-30')
    CodeEntry(code='00002', first='2023-10-01', last=None)
    CodeEntry(code='00003', first='2024-10-01', last=None)
    """
    wanted, eve = dict.fromkeys(codes), (first - timedelta(days=1)).isoformat()
    kept = []
    held = set[str]()
    for each in before:
        since, until = each.days
        if until < first or (each.code in wanted and since <= first and until == date.max):
            kept.append(each)
            held.update([each.code] if until >= first else ())
        elif each.code in wanted and since <= first:
            kept.append(CodeEntry(each.code, each.first))
            held.add(each.code)
        elif since < first:
            kept.append(CodeEntry(each.code, each.first, eve))
    return (*kept, *(CodeEntry(code, first.isoformat()) for code in wanted if code not in held))


def changes(before: Sequence[CodeEntry], after: Sequence[CodeEntry]) -> Iterator[str]:
    """Say which codes were added, ended, removed, or have other dates now, each code once.

    >>> one, two = [CodeEntry("00001"), CodeEntry("00002")], [CodeEntry("00001", last="2024-09-30"), CodeEntry("00003")]
    >>> list(changes(one, two))
    ['added 00003: any date', 'ended 00001: to 2024-09-30, was any date', 'removed 00002: any date']
    """
    old, new = _dates(before), _dates(after)
    for code in sorted(new.keys() - old.keys()):
        yield f"added {code}: {new[code][0]}"
    for code in sorted(code for code in new.keys() & old.keys() if new[code] != old[code]):
        is_end = new[code][1] < old[code][1]
        yield f"{'ended' if is_end else 'changed'} {code}: {new[code][0]}, was {old[code][0]}"
    for code in sorted(old.keys() - new.keys()):
        yield f"removed {code}: {old[code][0]}"


def _dates(entries: Iterable[CodeEntry]) -> dict[str, tuple[str, date]]:
    """Give for each code its dates in words, and its last day."""
    by_code: dict[str, list[CodeEntry]] = {}
    for each in entries:
        by_code.setdefault(each.code, []).append(each)
    return {
        code: (
            " and ".join(dates_words(one.first, one.last) for one in sorted(listed, key=lambda one: one.days)),
            max(one.days[1] for one in listed),
        )
        for code, listed in by_code.items()
    }


def import_codes(  # noqa: PLR0913 - what a list says of itself, each by name
    file: Path,
    name: str,
    before: CodeSet | None,
    *,
    title: str | None = None,
    source: str | None = None,
    citation: str | None = None,
    first: date | None = None,
) -> Renewed:
    """Make a code list of a file, or renew the one that was there; with `first` the file holds from that day on.

    Without `first` the entries of the file, with their dates, take the place of all that were there. Raises
    DocumentError for a file that cannot be read, and with each row that cannot be placed.
    """
    read = read_listed(file)
    entries = entries_of(read.listed, file)
    if first is not None:
        if any(each.first or each.last for each in entries):
            message = "the file has dates of its own, and a date from which it holds was given"
            raise DocumentError([_found(file, None, "two-dates", message, "leave `--from` out")])
        entries = renewed(before.entries if before else (), (each.code for each in entries), first)
    digest = f"sha256:{hashlib.sha256(read_plain(file)).hexdigest()}"
    known = before or CodeSet(kind="code-set", id=name, title=title or name, entries=())
    made = msgspec.structs.replace(
        known,
        schema=known.schema or _SCHEMA,
        title=title or known.title,
        entries=entries,
        source=CodeSource(title=source or file.name, digest=digest),
        citation=citation or known.citation,
    )
    changed = tuple(changes(before.entries if before else (), entries))
    return Renewed(made, before, changed, read.sheet, read.others)


_SCHEMA = "../../schemas/code-set.schema.json"


def code_set_text(code_set: CodeSet) -> str:
    r"""Write a list as its document.

    >>> code_set_text(CodeSet(kind="code-set", id="hips", title="Hips", entries=(CodeEntry("00001"),)))[:24]
    '{\n  "kind": "code-set",\n'
    """
    found: dict[str, Any] = msgspec.to_builtins(code_set)
    return formatted({"kind": "code-set"} | found)


def write_code_set(code_set: CodeSet, folder: Path, *, written: Callable[[], object] | None = None) -> Path:
    """Write a list into the folder of lists, whole or not at all; raises OSError where that cannot be written.

    `written` is called when it is there, before anything can interrupt.
    """
    path = folder / f"{code_set.id}.json"
    with whole_file(path, written) as beside:
        beside.write_text(code_set_text(code_set), encoding="utf-8")
    return path
