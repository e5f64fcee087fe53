"""Where the lines come from that are decided by columns: Parquet files, or the encounters that a reader gives."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from payrule.columns.decided_apart import Apart
from payrule.columns.execution import attributes_to_load, attributes_to_read
from payrule.columns.ingest import count_doubted, take_in
from payrule.columns.lines import Lines, count_lines, load
from payrule.columns.rejects import Settled, count_named, doubted
from payrule.columns.rows import Titled, gather, place_of, titles_of, type_findings
from payrule.encounter.encounter import Encounter
from payrule.formats.csv_columns import Header
from payrule.formats.encounters import Read
from payrule.formats.rejects import Rejected, reject_of
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store
from payrule.source.diagnostics import ClaimWarning, Diagnostic, InputError, RequestError

PARQUET = ".parquet"


class Taken(msgspec.Struct, frozen=True):
    """What was taken in: the lines, and how many; what was rejected meanwhile, a tuple for each encounter or row.

    `claims` counts the encounters that there were, `refused` those that are among the rejected; the rest of these are
    what is wrong with a file. `place` says in which file and row an encounter begins.
    """

    lines: Lines
    count: int
    claims: int
    refused: int
    rejected: tuple[tuple[Rejected, ...], ...]
    warnings: tuple[Diagnostic, ...]
    place: Callable[[int], tuple[str, int | None]]


def taken_from_parquet(store: Store, rulebase: Rulebase, files: Sequence[Path], apart: Apart) -> Taken:
    """Take in the rows of Parquet files; raises InputError for files or columns that cannot be used at all.

    What only the door settles is decided `apart`.
    """
    others = [file for file in files if file.suffix.lower() != PARQUET]
    if others:
        help_text = "decide files of other formats in a run of their own"
        raise RequestError.of("mixed-formats", f"`{others[0]}` is no Parquet file, and others here are", help_text)
    vocabulary = rulebase.documents.vocabulary
    types = titles_of(store, files)
    columns, findings = Header(vocabulary, is_typed=False).read(
        list(dict.fromkeys(title for there in types.values() for title in there))
    )
    told = tuple(_of_a_column(each, files[0]) for each in findings)
    if columns is None:
        raise InputError(each for each in told if each.severity == "error")
    wanted = attributes_to_read(rulebase)
    titled = [
        Titled(each.name, each.title, each.attribute, each.name in wanted)
        for each in (columns.encounter, *columns.above, *columns.line)
    ]
    faults = [
        msgspec.structs.replace(each, file=str(file))
        for file, there in types.items()
        for each in type_findings(titled, there)
    ]
    if faults:
        raise InputError(faults)
    rows = gather(store, titled, types)
    lines = take_in(store, titled, wanted, vocabulary, as_of=apart.as_of())
    of_files = tuple(ClaimWarning.of(each) for each in told)
    refused = []
    for each in doubted(store, rulebase.door, files, titled):
        if isinstance(each, Settled):
            apart.decide(each.encounter.warned(*of_files), each.rows, each.place)
        else:
            refused.append(tuple(each))
    if of_files:
        apart.note_all(of_files)
    count = count_lines(store)
    aside = count_doubted(store, titled)
    if count + aside != rows:
        raise AssertionError(f"of {rows} rows {count} were taken in and {aside} set aside")
    claims = count_named(store, titled)
    return Taken(lines, count, claims, len(refused), tuple(refused), told, lambda e: place_of(store, files, e))


def taken_from_reads(store: Store, rulebase: Rulebase, reads: Iterable[Read], apart: Apart) -> Taken:
    """Take in the encounters that a reader gives, checked at the door; some are decided `apart`."""
    refused: list[tuple[Rejected, ...]] = []
    warnings: list[Diagnostic] = []
    counted: Counter[str] = Counter()
    begins: list[tuple[int, str]] = []
    at: list[Read] = []

    def is_taken(encounter: Encounter, rows: range) -> bool:
        file = at[-1].file or ""
        if not begins or begins[-1][1] != file:
            begins.append((rows.start, file))
        if apart.is_apart(encounter):
            numbers = [line.number for line in encounter.lines] or [0]
            places = dict(zip(numbers, rows, strict=True))
            read = at[-1]
            apart.decide(encounter, places, lambda: (read.file or "", read.line))
            return False
        counted["lines"] += len(encounter.lines)
        apart.note(encounter, rows)
        return True

    def taken() -> Iterator[Encounter]:
        for each in reads:
            warnings.extend(diagnostic for diagnostic in each.findings if diagnostic.severity == "warning")
            counted["claims"] += each.is_claim
            if each.encounter is not None:
                at[:] = [each]
                yield each.encounter
            elif each.errors:
                counted["refused"] += each.is_claim
                refused.append(tuple(map(reject_of, each.errors)))

    lines = load(store, taken(), attributes_to_load(rulebase), is_taken)
    count = count_lines(store)
    if count != counted["lines"]:
        raise AssertionError(f"of {counted['lines']} lines {count} were taken in")

    def place(row: int) -> tuple[str, int | None]:
        """Name the file of an encounter by the number of its first line."""
        return begins[bisect_right(begins, row, key=lambda begin: begin[0]) - 1][1] if begins else "", None

    return Taken(lines, count, counted["claims"], counted["refused"], tuple(refused), tuple(warnings), place)


def _of_a_column(diagnostic: Diagnostic, file: Path) -> Diagnostic:
    """Say of which column a finding on the titles is; Parquet has no row of titles."""
    title = (diagnostic.path or "").partition(", ")[2]
    return msgspec.structs.replace(diagnostic, file=str(file), line=None, path=title or None)
