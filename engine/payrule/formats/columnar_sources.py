"""Where the lines come from that are decided by columns: Parquet files, or the encounters that a reader gives."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from payrule.adjudication.columns import attributes_to_load, attributes_to_read
from payrule.adjudication.rulebase import Rulebase
from payrule.batch.doubts import Rejected, rejected
from payrule.batch.intake import count_doubted, take_in
from payrule.batch.lines import Lines, count_lines, load
from payrule.batch.rows import Titled, gather, place_of, titles_of, type_findings
from payrule.batch.store import Store
from payrule.documents.encounter_keys import encounter_keys
from payrule.documents.encounters import Encounter
from payrule.documents.findings import Finding, InputError, RequestError
from payrule.formats.csv_columns import Header
from payrule.formats.encounters import Read

PARQUET = ".parquet"


class Taken(msgspec.Struct, frozen=True):
    """What was taken in: the lines, and how many; what was rejected meanwhile, a tuple for each encounter or row.

    `place` says in which file and row an encounter begins.
    """

    lines: Lines
    count: int
    rejected: tuple[tuple[Rejected, ...], ...]
    warnings: tuple[Finding, ...]
    place: Callable[[int], tuple[str, int | None]]


def taken_from_parquet(store: Store, rulebase: Rulebase, files: Sequence[Path]) -> Taken:
    """Take in the rows of Parquet files; raises InputError for files or columns that cannot be used at all."""
    others = [file for file in files if file.suffix.lower() != PARQUET]
    if others:
        cure = "decide files of other formats in a run of their own"
        raise RequestError.of("mixed-formats", f"`{others[0]}` is no Parquet file, and others here are", cure)
    vocabulary = rulebase.documents.vocabulary
    types = titles_of(store, files)
    columns, findings = Header(vocabulary).read(
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
    lines = take_in(store, titled, wanted, encounter_keys(vocabulary).attributes)
    found = tuple(tuple(each) for each in rejected(store, rulebase.door, files, titled))
    count = count_lines(store)
    doubted = count_doubted(store, titled)
    if count + doubted != rows:
        raise AssertionError(f"of {rows} rows {count} were taken in and {doubted} set aside")
    return Taken(lines, count, found, told, lambda e: place_of(store, files, e))


def taken_from_reads(store: Store, rulebase: Rulebase, reads: Iterable[Read]) -> Taken:
    """Take in the encounters that a reader gives, checked at the door."""
    refused: list[tuple[Rejected, ...]] = []
    warnings: list[Finding] = []
    counted = [0]

    def taken() -> Iterator[Encounter]:
        for each in reads:
            warnings.extend(finding for finding in each.findings if finding.severity == "warning")
            errors = tuple(_rejected(finding) for finding in each.findings if finding.severity == "error")
            if each.encounter is not None:
                counted[0] += len(each.encounter.lines)
                yield each.encounter
            elif errors:
                refused.append(errors)

    lines = load(store, taken(), attributes_to_load(rulebase))
    count = count_lines(store)
    if count != counted[0]:
        raise AssertionError(f"of {counted[0]} lines {count} were taken in")
    return Taken(lines, count, tuple(refused), tuple(warnings), lambda _: ("", None))


def _of_a_column(finding: Finding, file: Path) -> Finding:
    """Say of which column a finding on the titles is; Parquet has no row of titles."""
    title = (finding.path or "").partition(", ")[2]
    return msgspec.structs.replace(finding, file=str(file), line=None, path=title or None)


def _rejected(finding: Finding) -> Rejected:
    return Rejected(None, finding.file or "", finding.line, finding.path, finding.code, finding.message, finding.help)
