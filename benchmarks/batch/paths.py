"""Every way to decide a file, at several numbers of rules: cold and warm, in full and narrow.

What is unknown of the chart is assumed; of a smaller file also nothing is, so that most lines need information. Cold is
the first time in its process, with nothing compiled and the file read from the disk; warm is the second. What decides
one encounter after the other is measured on the first encounters, and lines a second are those of that sample.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.property.columnar import one_by_one

from benchmarks.batch.children import Turn, Work, forget, measured
from benchmarks.batch.documents import CHART, KNOWN_ON, PAYER, generated
from benchmarks.batch.floor import floor
from benchmarks.batch.inputs import Drawn, claims, sample
from benchmarks.batch.printing import Cells, Table
from benchmarks.generate import rulebase
from payrule.columns.decide_files import decide_files
from payrule.columns.writer import Outputs
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file
from payrule.rulebase.rulebase import Rulebase

THREADS = 2
UNKNOWN = 20_000
"""Lines that are decided with nothing assumed."""
SAMPLE = 3_000
"""Lines that are decided one encounter after the other."""


def by_columns(  # noqa: PLR0913 - what a user can choose
    rulebase: Rulebase,
    file: Path,
    folder: Path,
    memory_limit: str | None,
    *,
    explained: bool,
    columns: str = "full",
    presume: Mapping[str, Any] = CHART,
) -> int:
    """Decide a Parquet file into another; give the number of explanations."""
    outputs = Outputs.beside(folder / "decided.parquet", explained=explained, columns=columns)
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON, presume=presume)
    tally = decide_files(
        rulebase, [file], outputs, lambda _: terms, reads=list, threads=THREADS, memory_limit=memory_limit
    )
    if tally.rejected:
        raise AssertionError(tally.rejected[:3])
    return outputs.explanations.read_bytes().count(b"\n") if outputs.explanations else 0


class Way(NamedTuple):
    """A way to decide a file.

    `decide` takes the rulebase, the file, a folder to write to, and a limit of memory; it gives the number of
    explanations.
    """

    name: str
    decide: Callable[..., int]


PATHS = (Way("columns on DuckDB", by_columns),)
"""The ways to decide whole files; a kernel is another."""


def deciding(  # noqa: PLR0913, PLR0917 - arguments come as JSON
    name: str,
    rules: int,
    file: str,
    explained: bool,  # noqa: FBT001
    memory_limit: str | None = None,
    columns: str = "full",
    presume: Mapping[str, Any] = CHART,
) -> Work:
    """Decide a whole file by the path of a name."""
    decide = next(each.decide for each in PATHS if each.name == name)
    made, read = generated(rules), Path(file)
    forget(read)
    chosen = {"explained": explained, "columns": columns, "presume": presume}
    return lambda: {"explanations": decide(made, read, Path.cwd(), memory_limit, **chosen)}


def interactive(engine: str, rules: int, file: str) -> Work:
    """Decide the encounters of a sheet one after the other, by the engine of a name."""
    made = generated(rules)
    terms = made.terms(payer=PAYER, known_on=KNOWN_ON)
    reads = checked(read_file(Path(file), made.documents.vocabulary), made.validator)
    taken = [read.encounter for read in reads if read.encounter is not None]
    lines = sum(len(each.lines) for each in taken)

    def work() -> Mapping[str, Any]:
        if engine == "reference":
            one_by_one(made, taken, PAYER, terms.known_on)
        else:
            for each in taken:
                made.decide_under(terms, each, check=False)
        return {"lines": lines}

    return work


def section(cache: Path, lines: int, rules: list[int]) -> None:
    """Print a row for each path, number of rules and turn."""
    print(f"paths: {lines:,} lines from Parquet to Parquet on {THREADS} threads, what is unknown of the chart assumed;")
    print(f"  {UNKNOWN:,} lines with nothing assumed; scan is the floor: reading every column")
    table = Table(
        "rules", "path:", "turn", "columns", "wall s", "CPU s", "lines a second", "times the scan", "explanations"
    )
    for count in rules:
        file, short = (claims(cache, Drawn(rulebase(count).codes), size) for size in (lines, UNKNOWN))
        scan = floor(file)
        deciding_file = partial(measured, deciding, within=cache, rules=count, explained=True)
        for way in PATHS:
            for columns in ("full", "narrow"):
                turns = deciding_file(turns=2, name=way.name, file=file, columns=columns)
                for name, turn in zip(("cold", "warm"), turns, strict=True):
                    table.row(count, way.name, name, columns, *_whole(turn, lines, scan.wall / lines))
            (turn,) = deciding_file(name=way.name, file=short, presume={})
            table.row(count, "the same, unknown", "cold", "full", *_whole(turn, UNKNOWN, scan.wall / lines))
        few = sample(file, SAMPLE)
        for engine in ("reference", "durable_rules"):
            turns = measured(interactive, 2, within=cache, engine=engine, rules=count, file=few)
            for name, turn in zip(("cold", "warm"), turns, strict=True):
                table.row(count, engine, name, *_sampled(turn, scan.wall / lines))
    print(f"  of those that decide one encounter after the other the first {SAMPLE:,} lines were decided, on one core,")
    print("  with nothing assumed")


def _whole(turn: Turn, lines: int, scan_a_line: float) -> Cells:
    each = turn.wall / lines
    return turn.wall, turn.cpu, f"{1 / each:,.0f}", f"{each / scan_a_line:,.1f}", f"{turn.told['explanations']:,}"


def _sampled(turn: Turn, scan_a_line: float) -> Cells:
    each = turn.wall / turn.told["lines"]
    return "", turn.wall, turn.cpu, f"{1 / each:,.0f}", f"{each / scan_a_line:,.0f}", ""
