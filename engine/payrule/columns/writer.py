"""The files that are written: where they go, what keeps them from being written, and the columns of decisions."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.columns.answer_key import ANSWERED
from payrule.columns.lines import DIGESTS, LINES, Lines
from payrule.columns.sql import select
from payrule.encounter.encounter import CODE
from payrule.formats.answer_cells import explanation_key, shared
from payrule.formats.csv_cells import FORMULA
from payrule.formats.encounters import form_of
from payrule.results.determination import LineDetermination, adjustment_words, paid
from payrule.source.database import Store, literal
from payrule.source.diagnostics import RequestError

_ANOTHER = "name another file with `--out`"

ENDINGS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


WIDTHS = ("full", "narrow")
"""How much the file of decisions says of a line: all, or what became of it, identifiers, and the explanation's key."""


class Outputs(msgspec.Struct, frozen=True):
    """Where the three files go, and the format of the first.

    Without a file of explanations answers are not explained: neither what is open is said of a line, nor why. What is
    `narrow` says of a line only what became of it, how its sender knows it, and the key of the explanation that says
    the rest.
    """

    decisions: Path
    explanations: Path | None
    rejects: Path
    form: str
    is_narrow: bool = False

    @property
    def is_sheet(self) -> bool:
        """Whether the decisions are a sheet of every column."""
        return self.form == "csv" and not self.is_narrow

    @property
    def files(self) -> tuple[Path, ...]:
        """List the files that are written: the decisions, the rejects, and the explanations where there are any."""
        return (self.decisions, self.rejects, *([self.explanations] if self.explanations else []))

    @classmethod
    def beside(
        cls,
        decisions: Path,
        form: str | None = None,
        *,
        columns: str = "full",
        explained: bool = True,
        rejects: Path | None = None,
    ) -> "Outputs":
        """Put the others beside the decisions, with names that begin with that of the decisions.

        The ending of the file gives the format, unless it is named. `rejects` may go elsewhere. Raises RequestError for
        an ending that gives no format, and for `columns` that are neither `full` nor `narrow`.

        >>> Outputs.beside(Path("out/decided.parquet")).rejects.name
        'decided.parquet.rejects.csv'
        """
        if columns not in WIDTHS:
            raise RequestError.of("no-such-columns", f"`{columns}` is neither `full` nor `narrow`", "write one of them")
        chosen = form or form_of(decisions, ENDINGS, "what to write")
        explanations = decisions.with_name(f"{decisions.name}.explanations.jsonl") if explained else None
        rejects = decisions.with_name(f"{decisions.name}.rejects.csv") if rejects is None else rejects
        return cls(decisions, explanations, rejects, chosen, columns == "narrow")


def refuse_unfit(outputs: Outputs, read: Iterable[Path]) -> None:
    """Raise RequestError where a file would take the place of a folder, a device, a pipe, or one that is read."""
    refuse_one_for_both(outputs.decisions, outputs.rejects)
    for path in outputs.files:
        if path.exists() and not path.is_file():
            what = "a folder" if path.is_dir() else "a device or a pipe"
            raise RequestError.of("unwritable", f"`{path}` is {what}, which no file replaces", _ANOTHER)
        refuse_what_is_read(path, read)


def refuse_one_for_both(out: Path | None, rejects: Path | None) -> None:
    """Raise RequestError where answers and rejects would go to one file."""
    if out is not None and rejects is not None and out.resolve() == rejects.resolve():
        message = f"`{rejects}` would hold both answers and rejects"
        raise RequestError.of("unwritable", message, "name another file with `--rejects`")


def refuse_what_is_read(path: Path, read: Iterable[Path]) -> None:
    """Raise RequestError where a file that is to be written is among those that are read."""
    if path.exists() and any(each.exists() and path.samefile(each) for each in read):
        raise RequestError.of("unwritable", f"`{path}` is read, and would be replaced by what is written", _ANOTHER)


@contextmanager
def writable() -> Iterator[None]:
    """Raise RequestError in the place of an OSError that names a file which cannot be written."""
    try:
        yield
    except OSError as fault:
        message = f"`{fault.filename}` cannot be written: {(fault.strerror or str(fault)).lower()}"
        help_text = "name a file in a folder that exists, that you may write to, and where there is room"
        raise RequestError.of("unwritable", message, help_text) from None


CLAIMS, NOTED = "claims", "noted"
"""The tables of what is said of claims as a whole, and of which rows it is said; of all others nothing is."""

ANSWERS = "answers"
"""The table of distinct answers."""

IDENTIFIED = "identified"
"""The table of the identifiers of claims, by the number of what is said of them."""

CODES, DECIDERS = "codes", "deciders"
"""The tables of codes, and of the terms by payer, each by its number."""


class Decider(msgspec.Struct, frozen=True):
    """Under which terms a line was decided: what is needed to decide it again years later."""

    payer: str
    known_on: str
    rulebase: str
    engine: str
    payrule: str
    presumptions: str | None
    """What was presumed, as a JSON object; None where nothing was."""


class Column(msgspec.Struct, frozen=True):
    """A column of answers: its type in DuckDB's words, and what it says of an answer."""

    kind: str
    of: Any


CLAIM_COLUMNS = ("answer", "voids", "replaces", "warnings", "identifiers")
"""What the file of decisions says of a claim as a whole, in each of its rows; warnings and identifiers as JSON."""

COLUMNS: dict[str, Column] = {
    "disposition": Column("VARCHAR", lambda line: line.disposition),
    "liability": Column("VARCHAR", lambda line: line.liability),
    "concern": Column("VARCHAR", lambda line: line.concern),
    "discretionary": Column("BOOLEAN", lambda line: line.discretionary),
    "allowed_units": Column("BIGINT", lambda line: None if line.allowed_units is UNSET else line.allowed_units),
    "group": Column("VARCHAR", lambda line: line.remittance.group if line.remittance else None),
    "carc": Column("VARCHAR", lambda line: line.remittance.carc if line.remittance else None),
    "rarc": Column("VARCHAR[]", lambda line: list(line.remittance.rarc) if line.remittance else []),
    "rules": Column("VARCHAR[]", lambda line: [reason.name for reason in line.reasons]),
    "open": Column("VARCHAR[]", lambda line: list(line.open)),
    "pays_units": Column("BIGINT", lambda line: paid(line, "units")[0]),
    "pays_units_most": Column("BIGINT", lambda line: paid(line, "units")[1]),
    "pays_percent": Column("DOUBLE", lambda line: paid(line, "percent")[0]),
    "pays_percent_most": Column("DOUBLE", lambda line: paid(line, "percent")[1]),
    "adjustments": Column("VARCHAR", lambda line: adjustment_words(line) or None),
}
"""What the file of decisions says of a line beside encounter, payer, line, code and the key of the explanation."""

NARROW = ("encounter", "line", "code", "disposition", "explanation")
"""The columns of a narrow file of decisions, before identifiers: the rest stands once for each explanation."""

EXPLAINING = frozenset({"open", "explanation"})
"""The columns that only an answer has that is explained."""


def keep_answers(
    store: Store, lines: Lines, answers: Sequence[LineDetermination], deciders: Mapping[int, Decider]
) -> dict[str, bytes]:
    """Make the tables that decisions are written from; give each explanation by the beginning of its digest."""
    written = [shared(each) for each in answers]
    keys = [explanation_key(each) for each in written]
    table = {name: (column.kind, [column.of(each) for each in answers]) for name, column in COLUMNS.items()}
    held = {f"x_{name}": each for name, each in table.items()} | {"x_explanation": ("VARCHAR", keys)}
    codes = [None if value is None else str(value) for value in lines.values[CODE]]
    payers = [deciders.get(p) for p in range(len(lines.payers))]
    names = Decider.__struct_fields__
    terms = {name: ("VARCHAR", [each and getattr(each, name) for each in payers]) for name in names}
    keep_list(store, ANSWERS, held)
    keep_list(store, CODES, {"code": ("VARCHAR", codes)})
    keep_list(store, DECIDERS, terms)
    return dict(sorted(zip(keys, written, strict=True)))


def write_decisions(store: Store, path: Path, outputs: Outputs, identifiers: Mapping[str, str] = {}) -> None:
    """Write the decisions to a file: Parquet, JSON Lines, or CSV where they are narrow.

    `identifiers` are the columns of them, by their titles, that narrow ones have. Raises OSError where the file cannot
    be written.
    """
    form, explained = outputs.form, bool(outputs.explanations)
    listed_in = (ANSWERS, CODES) if outputs.is_narrow else (ANSWERS, CODES, DECIDERS, CLAIMS)
    if form == "parquet":
        for table in listed_in:
            _enumerate(store, table)
    columns = {"encounter": "l.id", "payer": at_number(DECIDERS, "payer", "payer"), "line": "l.number"}
    columns["code"] = at_number(CODES, "code", "code")
    names = [name for name in (*COLUMNS, "explanation") if explained or name not in EXPLAINING]
    columns |= {name: at_number(ANSWERS, "answer", f"x_{name}") for name in names}
    columns |= {name: at_number(DECIDERS, "payer", name) for name in Decider.__struct_fields__[1:]}
    columns["encounter_digest"] = "l.digest"
    columns |= {name: at_number(CLAIMS, "note", f"x_{name}") for name in CLAIM_COLUMNS}
    if outputs.is_narrow:
        names = [name for name in names if name in NARROW]
        columns = {name: each for name, each in columns.items() if name in NARROW} | dict(identifiers)
    if form == "csv":
        columns["encounter"] = guarded_id()
    listed = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    tables = ", ".join(as_list(store, table) for table in (*listed_in, *([IDENTIFIED] if identifiers else ())))
    if not outputs.is_narrow:
        add_claims(store)
    put_in_order(store)
    options = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json"}
    store.copy(f"SELECT {listed} FROM {ANSWERED} l, {tables}", path, f"{options[form]}, PRESERVE_ORDER")


def guarded_id() -> str:
    """Write the id of a claim with an apostrophe, `chr(39)`, before one that a spreadsheet takes for a formula."""
    # No `IN` and no list: of many constants DuckDB makes a join, which need not keep the lines in their order.
    return f"CASE WHEN strpos({literal(''.join(FORMULA))}, left(l.id, 1)) > 0 THEN chr(39) || l.id ELSE l.id END"


def add_claims(store: Store) -> None:
    """Add to each line its claim's digest and the number of what is said of that claim, where there are any."""
    added, joins = {"note": "NULL::UINTEGER", "digest": "NULL::VARCHAR"}, ""
    if store.rows(f"SELECT 1 FROM {NOTED} LIMIT 1"):
        added["note"], joins = f"{NOTED}.note", f" LEFT JOIN {NOTED} ON {NOTED}.row = a.row"
    if DIGESTS in store.tables():
        added["digest"], joins = f"{DIGESTS}.digest", f"{joins} ASOF LEFT JOIN {DIGESTS} ON {DIGESTS}.row <= a.row"
    if joins:
        store.keep(ANSWERED, select({"a.*": "a.*", **added}, f"{ANSWERED} a{joins} ORDER BY a.row"))
        return
    for name, nothing in added.items():  # which copies no row
        store.run(f"ALTER TABLE {ANSWERED} ADD COLUMN {name} {nothing.partition('::')[2]}")


def join_lines(store: Store, table: str, columns: Collection[str]) -> None:
    """Add to each line what a table says of the claim's note and the number of the line, or NULL."""
    if store.rows(f"SELECT 1 FROM {table} LIMIT 1"):
        joined = f"{ANSWERED} a LEFT JOIN {table} s ON s.note = a.note AND s.number = a.number"
        own = {each: f"s.{each}" for each in columns}
        store.keep(ANSWERED, select({"a.*": "a.*", **own}, f"{joined} ORDER BY a.row"))
        return
    for each in columns:
        store.run(f"ALTER TABLE {ANSWERED} ADD COLUMN {each} VARCHAR")


def keep_list(store: Store, table: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
    """Make a table of which the column `n` numbers the rows from 0."""
    size = len(next(iter(columns.values()))[1])
    store.table(table, {"n": ("UINTEGER", range(size)), **columns})


def as_list(store: Store, table: str) -> str:
    """Write such a table as one list of its rows: unlike a join, looking there keeps the lines in their order."""
    held = ", ".join(f"'{column}': {column}" for (column,) in store.rows(f"SELECT column_name FROM (DESCRIBE {table})"))
    return f"(SELECT list({{{held}}} ORDER BY n) AS held FROM {table}) {table}"


def at_number(table: str, number: str, column: str) -> str:
    """Write what a row of such a list holds, by its number, which a line holds."""
    return f"{table}.held[l.{number}::BIGINT + 1].{column}"


def put_in_order(store: Store) -> None:
    """Put lines in their order, in which they are where all were answered at once."""
    query = f"SELECT count(*) FROM (SELECT row, lag(row) OVER () AS before FROM {ANSWERED}) WHERE row <= before"
    if store.rows(query) != [(0,)]:
        store.keep(ANSWERED, f"SELECT * FROM {ANSWERED} ORDER BY row")


def _enumerate(store: Store, table: str) -> None:
    """Make the texts of a table numbers of a list of them, so that they are written as such and not line by line."""
    kept = []
    for column, kind in store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {table})"):
        if kind.startswith("VARCHAR"):
            texts = f"unnest({column})" if kind.endswith("[]") else column
            query = f"SELECT DISTINCT text FROM (SELECT {texts} AS text FROM {table}) WHERE text IS NOT NULL"
            if store.rows(f"{query} LIMIT 1"):
                store.run(f"CREATE TYPE {table}_{column} AS ENUM ({query} ORDER BY text)")
                kept.append(f"{column}::{table}_{column}{kind.removeprefix('VARCHAR')} AS {column}")
    if kept:
        store.keep(table, f"SELECT * REPLACE ({', '.join(kept)}) FROM {table}")


def dispositions(store: Store) -> Counter[str]:
    """Count the lines by what became of them."""
    query = f"SELECT answer, count(*) AS lines FROM {ANSWERED} GROUP BY answer"
    query = f"SELECT x_disposition::VARCHAR, sum(lines) FROM ({query}) JOIN {ANSWERS} ON n = answer GROUP BY ALL"
    return Counter(dict(store.rows(query)))


def count_answered(store: Store) -> tuple[int, int]:
    """Count the lines, and the answers that were given."""
    ((lines, answered),) = store.rows(f"SELECT (SELECT count(*) FROM {LINES}), (SELECT count(*) FROM {ANSWERED})")
    return lines, answered
