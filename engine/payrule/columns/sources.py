"""Where lines come from: Parquet files, whose rows are copied as they are, or the claims that a reader gives."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from payrule.columns.countable import attributes_counted, counts_lines, earlier_lines, is_by_claim
from payrule.columns.earlier import EARLIER_ROWS, EarlierFiles, EarlierRows
from payrule.columns.ingest import ID, SUSPECTS, count_set_aside, ingest
from payrule.columns.lines import ROWS, ClaimColumn, Lines, count_lines, load, place_of
from payrule.columns.single_claims import Accepted, Rejected, SingleClaims, check_suspects
from payrule.columns.sql import Expressions, select
from payrule.encounter.decoder import borrowed
from payrule.encounter.encounter import CODE, DATE, Encounter
from payrule.formats.csv_columns import Header
from payrule.formats.encounters import Read
from payrule.formats.history import Joined
from payrule.formats.typed_columns import misfit, read_as
from payrule.language.condition import Test, conditions, find
from payrule.language.derived import derived
from payrule.model.encounter_schema import is_key
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import PARQUET, Store, rows_of
from payrule.source.diagnostics import ClaimWarning, Diagnostic, InputError, RequestError


class Ingested(msgspec.Struct, frozen=True):
    """What was taken in: the lines, and how many; what was rejected meanwhile, a tuple for each encounter or row.

    `claims` counts the encounters that there were, `refused` those that are among the rejected, as are those of which
    some lines cannot be read, `partly` of them; the rest of these are what is wrong with a file. `place` says in which
    file and row an encounter begins. `identified_by` names the identifiers that claims have, rejected ones too.
    """

    lines: Lines
    count: int
    claims: int
    refused: int
    rejected: tuple[tuple[Diagnostic, ...], ...]
    warnings: tuple[Diagnostic, ...]
    place: Callable[[int], tuple[str, int | None]]
    joined: Joined | None = None
    partly: int = 0
    identified_by: frozenset[str] = frozenset()


def ingest_parquet(  # noqa: PLR0913, PLR0917 - what rows are taken in with
    store: Store,
    rulebase: Rulebase,
    files: Sequence[Path],
    single: SingleClaims,
    history: EarlierFiles | None = None,
    called: Sequence[str] | None = None,
) -> Ingested:
    """Take in the rows of Parquet files; raises InputError for files or columns that cannot be used at all.

    What only the validator settles is decided by `single`. `history` are Parquet files of earlier lines. `called` are
    the names that the user knows, where they are not those of the files.
    """
    others = [file for file in files if file.suffix.lower() != PARQUET]
    if others:
        help_text = "decide files of other formats in a run of their own"
        raise RequestError.of("mixed-formats", f"`{others[0]}` is no Parquet file, and others here are", help_text)
    vocabulary = rulebase.documents.vocabulary
    types = titles_of(store, files)
    wanted = attributes_to_read(rulebase)
    names = [*map(str, files)] if called is None else called
    named = {name: types[file] for file, name in zip(files, names, strict=True)}
    titled, warnings = _titled(Header(vocabulary, is_typed=False), named, wanted)
    of_claims = tuple(titled)
    earlier: EarlierRows | None = None
    if history is not None:
        titles = titles_of(store, history.files)
        by_name = {str(file): there for file, there in titles.items()}
        of_history, told = _titled(Header(vocabulary, is_typed=False, of_history=True), by_name, wanted)
        known = {each.name for each in titled}
        titled += [each for each in of_history if each.name.startswith("line.") and each.name not in known]
        every = [*titled, *(each for each in of_history if each.name not in {one.name for one in titled})]
        starts = gather_both(store, every, of_claims, types, of_history, titles)
        at = {each.name: at for at, each in enumerate(every)}
        earlier = EarlierRows(store, vocabulary, history, of_history, at)
    else:
        starts, told = gather(store, titled, types), ()
    # The order of a list is lost in columns, so that what rests on it is computed where a claim is read.
    is_every = is_by_claim(rulebase, shares_history=earlier is not None) or bool(rulebase.in_order)
    lines, claims = ingest(
        store,
        titled,
        wanted,
        vocabulary,
        as_of=single.as_of(),
        is_every=is_every,
        earlier=earlier,
    )
    if earlier is not None:
        told += earlier.read_odd(
            rulebase.validator, SUSPECTS, next(at for at, each in enumerate(titled) if each.name == ID)
        )
    of_files = tuple(ClaimWarning.of(each) for each in warnings)
    if earlier is not None and history is not None and history.links:
        suspects = check_suspects(store, rulebase.validator, names, of_claims)
        earlier.histories.add_claims(map(_read, suspects))
    refused, unread = [], []
    for each in check_suspects(store, rulebase.validator, names, of_claims):
        if isinstance(each, Accepted):
            found = each.encounter if earlier is None else earlier.histories.join(each.encounter)
            single.decide(found.warned(*of_files), each.rows, each.place)
            unread += [each.errors] if each.errors else []
        else:
            refused.append(each.findings)
    if of_files:
        single.note_all(of_files)
    count = count_lines(store)
    aside = count_set_aside(store, titled)
    if count + aside != starts[-1]:
        raise AssertionError(f"of {starts[-1]} rows {count} were taken in and {aside} set aside")
    _forget_rows(store)
    place = partial(place_of, names, starts)
    joined = None if earlier is None else earlier.joined()
    rejected = (*refused, *unread)
    return Ingested(lines, count, claims, len(refused), rejected, (*warnings, *told), place, joined, len(unread))


def _read(settled: Accepted | Rejected) -> Read:
    """Give what a reader would of an encounter that was set aside."""
    if isinstance(settled, Accepted):
        return Read(settled.encounter)
    return Read(None, settled.findings, claim=settled.claim, data=settled.data, doubted=settled.doubted)


def _titled(
    header: Header, types: Mapping[str, Mapping[str, str]], wanted: Collection[str]
) -> tuple[list[ClaimColumn], tuple[Diagnostic, ...]]:
    """Give the columns of files, by the types of their titles, with what there is to say of them; none of no file.

    Raises InputError for wrong ones.
    """
    if not types:
        return [], ()
    columns, findings = header.read(list(dict.fromkeys(title for there in types.values() for title in there)))
    warnings = tuple(_of_a_column(each, next(iter(types))) for each in findings)
    if columns is None:
        raise InputError(each for each in warnings if each.severity == "error")
    titled = [
        ClaimColumn(each.name, each.title, each.attribute, each.name in wanted)
        for each in (columns.encounter, *columns.above, *columns.line)
    ]
    faults = [
        msgspec.structs.replace(each, file=file)
        for file, there in types.items()
        for column in titled
        if column.title in there and (each := misfit(column.title, there[column.title], column.attribute))
    ]
    if faults:
        raise InputError(faults)
    return titled, warnings


def ingest_reads(store: Store, rulebase: Rulebase, reads: Iterable[Read], single: SingleClaims) -> Ingested:
    """Take in the encounters that a reader gives, checked at the validator; some are decided by `single`."""
    refused: list[tuple[Diagnostic, ...]] = []
    warnings: list[Diagnostic] = []
    counted: Counter[str] = Counter()
    begins: list[tuple[int, str]] = []
    at: list[Read] = []
    identified_by: set[str] = set()

    def is_taken(encounter: Encounter, rows: range) -> bool:
        file = at[-1].file or ""
        if not begins or begins[-1][1] != file:
            begins.append((rows.start, file))
        if single.is_single(encounter):
            numbers = [line.number for line in encounter.lines] or [0]
            places = dict(zip(numbers, rows, strict=True))
            read = at[-1]
            single.decide(encounter, places, lambda: (read.file or "", read.line))
            return False
        counted["lines"] += len(encounter.lines)
        single.note(encounter, rows)
        return True

    def taken() -> Iterator[Encounter]:
        for each in reads:
            warnings.extend(diagnostic for diagnostic in each.findings if diagnostic.severity == "warning")
            counted["claims"] += each.is_claim
            identified_by.update(_identified_by(each))
            if each.encounter is not None:
                counted["partly"] += bool(each.errors)
                refused.extend([each.errors] if each.errors else [])
                at[:] = [each]
                yield each.encounter
            elif each.errors:
                counted["refused"] += each.is_claim
                refused.append(each.errors)

    vocabulary = rulebase.documents.vocabulary
    lines = load(
        store,
        taken(),
        attributes_to_load(rulebase),
        is_taken,
        (lambda encounter: earlier_lines(encounter, vocabulary)) if counts_lines(rulebase) else (lambda _: ()),
        rulebase.encounter_digest,
    )
    count = count_lines(store)
    if count != counted["lines"]:
        raise AssertionError(f"of {counted['lines']} lines {count} were taken in")

    def place(row: int) -> tuple[str, int | None]:
        """Name the file of an encounter by the number of its first line."""
        return begins[bisect_right(begins, row, key=lambda begin: begin[0]) - 1][1] if begins else "", None

    claims, rejected = counted["claims"], tuple(refused)
    return Ingested(
        lines,
        count,
        claims,
        counted["refused"],
        rejected,
        tuple(warnings),
        place,
        partly=counted["partly"],
        identified_by=frozenset(identified_by),
    )


def _identified_by(read: Read) -> Iterator[str]:
    """Name the identifiers that a claim has, also where all that is left of it is what is wrong with it."""
    if read.identifiers is not None:
        yield from read.identifiers.claim
    for each in read.errors:
        if each.identifiers:
            yield from (name for name in each.identifiers.__struct_fields__ if getattr(each.identifiers, name))


def _of_a_column(diagnostic: Diagnostic, file: str) -> Diagnostic:
    """Say of which column a diagnostic on the titles is; Parquet has no row of titles."""
    title = (diagnostic.path or "").partition(", ")[2]
    return msgspec.structs.replace(diagnostic, file=file, line=None, path=title or None)


def titles_of(store: Store, files: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """Give the titles of the columns of each Parquet file, in their order, with the types that DuckDB gives them.

    Raises InputError for a file that is not there, cannot be read, or is no Parquet file.
    """
    check_files(files)
    found = {file: store.describe(file, rows_of(file)) for file in files}
    for file, titles in found.items():
        if clash := next((title for title in titles if title.lower() == _PLACE), None):
            message = f"`{file}` has a column `{clash}`, and DuckDB counts rows by that name"
            raise RequestError.of("reserved-column", message, "rename the column, or leave it out")
    return found


def gather(store: Store, titled: Sequence[ClaimColumn], types: Mapping[Path, Mapping[str, str]]) -> list[int]:
    """Copy the rows of Parquet files; give the number of the first row of each, and how many there are.

    This alone reads the files, without a condition: nothing that they say of their own values is believed, and whatever
    is asked later is answered by the values that were read. Raises InputError for a file that is damaged.
    """
    selects = [_rows(titled, file, there, at) for at, (file, there) in enumerate(types.items())]
    return _gathered(store, ROWS, types, selects, selects)


def gather_both(  # noqa: PLR0913, PLR0917 - two kinds of files
    store: Store,
    every: Sequence[ClaimColumn],
    of_claims: Sequence[ClaimColumn],
    claims: Mapping[Path, Mapping[str, str]],
    of_history: Sequence[ClaimColumn],
    histories: Mapping[Path, Mapping[str, str]],
) -> list[int]:
    """Copy the rows of claims and of histories, both with the same columns; give what `gather` does, of claims."""
    listed = []
    for columns, types in ((of_claims, claims), (of_history, histories)):
        named = {each.name: each for each in columns}
        own = [named.get(each.name) for each in every]
        listed.append([_rows(own, file, there, at) for at, (file, there) in enumerate(types.items())])
    both = [*listed[0], *listed[1]]
    _gathered(store, EARLIER_ROWS, histories or claims, listed[1], both)
    return _gathered(store, ROWS, claims, listed[0], both)


_Rows = tuple[Expressions, str]
"""The columns that a file has, and the source of its rows."""


def _gathered(
    store: Store, table: str, types: Mapping[Path, Mapping[str, str]], selects: Sequence[_Rows], alike: Sequence[_Rows]
) -> list[int]:
    """Hold the rows of files, and view them with the columns of all that are `alike`: writing what is empty takes time.

    Gives the number of the first row of each file, and how many there are.
    """
    own = dict.fromkeys(name for columns, _ in selects for name in columns) or dict.fromkeys(_NUMBERING)
    every = " UNION ALL BY NAME ".join(select(*each) for each in alike)
    store.take_from(next(iter(types)), f"CREATE OR REPLACE TEMP TABLE {table} AS {every} LIMIT 0", {"first": 0})
    kinds = dict(store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {table})"))
    store.keep(_held(table), f"SELECT {', '.join(own)} FROM {table}")
    store.drop([table])
    starts = [0]
    for file, each in zip(types, selects, strict=False):
        store.take_from(file, f"INSERT INTO {_held(table)} BY NAME {select(*each)}", {"first": starts[-1]})
        ((count,),) = store.rows(f"SELECT count(*) FROM {_held(table)}")
        starts.append(int(count))
    columns = {name: name if name in own else f"NULL::{kind}" for name, kind in kinds.items()}
    columns["place"] = f"(row - {starts}[file::BIGINT + 1] + 1)::BIGINT"
    store.run(f"CREATE OR REPLACE TEMP VIEW {table} AS {select(columns, _held(table))}")
    return starts


def _held(table: str) -> str:
    """Name the table of what a view shows of rows."""
    return f"held_{table}"


def _forget_rows(store: Store) -> None:
    """Forget the rows of files, once nobody asks for them."""
    for table in (ROWS, EARLIER_ROWS):
        store.run(f"DROP VIEW IF EXISTS {table}")
        store.drop([_held(table)])


def _rows(titled: Sequence[ClaimColumn | None], file: Path, there: Mapping[str, str], at: int) -> _Rows:
    """Select the rows of the file at a position, `$first` counting the rows of those before it."""
    columns = dict(zip(_NUMBERING, (f"({_PLACE} + $first)::UBIGINT", f"{at}::UINTEGER"), strict=True))
    for number, each in enumerate(titled):
        if each is not None and each.title in there:
            columns[f"attr{number}"] = read_as(each.title, there[each.title], each.attribute)
    return columns, rows_of(file, f"{_PLACE} = true")


_NUMBERING = ("row", "file")
_PLACE = "file_row_number"


def check_files(files: Iterable[Path]) -> None:
    """Raise InputError for each file that is not there, or is a folder."""
    findings = []
    for file in files:
        message, help_text = f"`{file}` is a device or a pipe", "Parquet is read from its end: write it to a file first"
        if not file.exists():
            message, help_text = f"there is no file `{file}`", "check the path"
        elif file.is_dir():
            message, help_text = f"`{file}` is a folder", "name the claim files in it"
        elif file.is_file():
            continue
        findings.append(Diagnostic(code="no-file", message=message, help=help_text))
    if findings:
        raise InputError(findings)


def attributes_to_load(rulebase: Rulebase) -> tuple[str, ...]:
    """Name the attributes that encounters hold and rules may read."""
    return tuple(name for name, each in rulebase.documents.vocabulary.attributes.items() if is_key(name, each))


def attributes_to_read(rulebase: Rulebase) -> tuple[str, ...]:
    """Name those that some rule, fact or derived attribute of any policy reads, beside code and date."""
    vocabulary = rulebase.documents.vocabulary
    policies = [version for versions in rulebase.policies.values() for version in versions]
    asked = chain(conditions(vocabulary), *map(conditions, policies))
    known = derived(vocabulary)
    inputs = set(
        chain.from_iterable(known.inputs(name) for name, each in vocabulary.attributes.items() if each.function)
    )
    read = {
        CODE,
        DATE,
        *inputs,
        *attributes_counted(rulebase),
        *(test.attribute for each in asked for test in find(each, Test)),
    }
    read = read.union(*map(known.inputs, read))
    read |= {source for name, source in borrowed(vocabulary.attributes).items() if name in read}
    return tuple(name for name in attributes_to_load(rulebase) if name in read)
