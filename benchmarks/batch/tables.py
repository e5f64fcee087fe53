"""What the published edit tables cost: the same rules and lines without a table, with the shipped one, with all of it.

Half of the lines bill published codes, a few of which are common and most rare; dates are those of the quarter.
"""

from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.published_tables import import_published, pairs_of

from benchmarks.batch.children import Turn, Work, forget, measured
from benchmarks.batch.documents import generated
from benchmarks.batch.inputs import Drawn, claims
from benchmarks.batch.paths import PATHS
from benchmarks.batch.printing import Cells, Table
from benchmarks.generate import rulebase
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.files import shipped

RULES = 300
QUARTER = 92
"""Days of the quarter."""
_MORE = ("wall, % more", "CPU, % more")


def _rulebase(folder: str | None) -> Rulebase:
    return generated(RULES, load(folder).documents.tables if folder else None)


def deciding(name: str, file: str, folder: str | None) -> Work:
    """Decide a file with the tables of a rulebase folder in force, or without any."""
    decide = next(each.decide for each in PATHS if each.name == name)
    made, read = _rulebase(folder), Path(file)
    forget(read)
    return lambda: {"explanations": decide(made, read, Path.cwd(), None, explained=True)}


def loading(folder: str) -> Work:
    """Load a rulebase with its tables, so that the first pair can be looked up."""
    return lambda: {"tables": len(load(folder).documents.tables)}


def whole(cache: Path, published: Path) -> Path:
    """Give a rulebase with the whole published tables, and import them where it is not there."""
    folder = cache / "published"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache) as work:
            made = Path(work) / "policies"
            copytree(shipped("policies"), made)
            import_published(published, made / "tables")
            made.rename(folder)
    return folder


def section(cache: Path, lines: int, published: Path) -> None:
    """Print a row for each path and table, and what the whole one costs against the shipped one."""
    print(f"tables: {lines:,} lines, {RULES} rules and those on edits, explanations included")
    if not pairs_of(published).exists():
        print(f"  left out: there are no published tables in {published}; name their folder with --ncci")
        return
    started = perf_counter()
    folder = whole(cache, published)
    print(f"  imported, or found imported, in {perf_counter() - started:.1f} s")
    tables = {"none": None, "shipped": shipped("policies"), "published": folder}
    codes = sorted({code for each in load(folder).documents.tables["ncci-ptp"].rows for code in each[:2]})
    file = claims(cache, Drawn(rulebase(RULES).codes, tuple(codes), QUARTER), lines)
    opened = Table("table", "load s", "warm load s")
    for name, place in list(tables.items())[1:]:
        opened.row(name, *(turn.wall for turn in measured(loading, 2, within=cache, folder=place)))
    table = Table("path:", "table", "turn", "wall s", "CPU s", "lines a second", "explanations", *_MORE)
    for way in PATHS:
        base: dict[str, Turn] = {}
        for held, place in tables.items():
            turns = measured(deciding, 2, within=cache, name=way.name, file=file, folder=place)
            for name, turn in zip(("cold", "warm"), turns, strict=True):
                if held == "shipped":
                    base[name] = turn
                table.row(way.name, held, name, *_cells(turn, lines, base.get(name)))
    print("  more is more than with the shipped table")


def _cells(turn: Turn, lines: int, base: Turn | None) -> Cells:
    wall, cpu = (_more(turn.wall, base.wall), _more(turn.cpu, base.cpu)) if base else ("", "")
    return turn.wall, turn.cpu, f"{lines / turn.wall:,.0f}", f"{turn.told['explanations']:,}", wall, cpu


def _more(value: float, base: float) -> str:
    return f"{100 * (value / base - 1):+.0f}"
