"""How long it takes to look a pair up: in the shipped table, and in one as long as the published ones.

The long table is made up, with as many rows as the one of the third quarter of 2024. Another process maps the same
file: what it looks up costs it no memory of its own.
"""

import random
from itertools import product
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

import payrule
from payrule.language.derived import Setting
from payrule.language.derived.table_lookups import PAIR_EDIT, pair_edit
from payrule.model.tables import Head, LookedUp, RowFile, row_lines
from payrule.model.values import ValueSet, read_date

ROWS = 2_546_017
CODES = 12_828
LOOK_UPS = 20_000
MICROSECONDS = 1e6
COLUMNS = ("column_1", "column_2", "effective_date", "deletion_date", "modifier_indicator")


def main() -> None:
    """Print a row for each table."""
    print("tables: microseconds to look a pair of codes up, that is and that is not there")
    print(f"{'rows':>9} {'open ms':>8} {'there':>6} {'not':>6}   99 of 100")
    shipped = payrule.load().documents.tables["ncci-ptp"]
    _row(shipped.rows, 0.0, shipped)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.rows"
        with path.open("wb") as file:
            file.writelines(row_lines(Head("sha256:0", COLUMNS, (5, 5, 8, 8, 1)), _made_up()))
        start = perf_counter()
        rows = RowFile(path)
        _row(rows, perf_counter() - start, shipped)


def _row(rows: RowFile, opened: float, like: LookedUp) -> None:
    draw = random.Random(1)  # noqa: S311 - rows that are made up
    listed = [row[:2] for row in rows]
    known = [draw.choice(listed) for _ in range(LOOK_UPS)]
    here = Setting(
        "cms-8-minute", ValueSet(frozenset()), frozenset(), tables={PAIR_EDIT: LookedUp.of(like.table, rows)}
    )
    times = [sorted(_looked_up(here, pairs)) for pairs in (known, [(two, one) for one, two in known])]
    there, missing = (quantiles(each, n=100) for each in times)
    usual = f"{there[49]:>6.1f} {missing[49]:>6.1f}"
    print(f"{len(rows):>9,} {opened * 1000:>8.2f} {usual}   {there[98]:.1f} {missing[98]:.1f}")


def _looked_up(here: Setting, pairs: list[tuple[str, ...]]) -> list[float]:
    day, found = read_date("2024-08-01"), []
    for one, two in pairs:
        subject, other = {"line.code": two, "line.date": day}, {"line.code": one, "line.date": day}
        start = perf_counter()
        pair_edit(subject, other, here)
        found.append((perf_counter() - start) * MICROSECONDS)
    return found


def _made_up() -> list[tuple[str, ...]]:
    draw = random.Random(2)  # noqa: S311 - rows that are made up
    codes = [f"{number:05d}" for number in range(CODES)]
    each = ROWS // CODES + 1
    made = []
    for one, _ in product(codes, range(each)):
        deleted = draw.random() < 0.34
        made.append((one, draw.choice(codes), "20100101", "20191231" if deleted else "", draw.choice("01")))
    return made[:ROWS]
