"""Files of claims, drawn in SQL and kept in a cache: made once, the same for the same request.

Three or four lines to an encounter of one date, with a quarter of the chart known. The name of a file holds the digest
of the query that draws it, so that another way to draw makes another file.
"""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import duckdb

from benchmarks.generate import CHOICES, MODIFIERS, RECORDS
from payrule.source.files import whole_file

CACHE = Path.home() / ".cache" / "payrule-benchmarks"
"""Where files and peers are kept, unless another folder is named."""


class Drawn(NamedTuple):
    """What lines are drawn from: the codes of the rules, and perhaps published ones, for half of the lines then."""

    codes: tuple[str, ...]
    published: tuple[str, ...] = ()
    days: int = 1


def claims(cache: Path, drawn: Drawn, count: int) -> Path:
    """Give a Parquet file of so many lines, and make it where it is not there."""
    query = _query(drawn, count)
    path = cache / f"claims-{count}-{sha256(query.encode()).hexdigest()[:12]}.parquet"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection, whole_file(path) as beside:
            connection.execute(f"COPY ({query}) TO '{beside}' (FORMAT parquet)")
    return path


def sample(path: Path, lines: int) -> Path:
    """Give the encounters of about the first so many lines as a sheet, which the readers of payrule read."""
    sheet = path.with_suffix(f".{lines}.csv")
    if not sheet.exists():
        with duckdb.connect() as connection, whole_file(sheet) as beside:
            rows = connection.read_parquet(str(path)).limit(lines)
            rows.project("* REPLACE (array_to_string(modifiers, ' ') AS modifiers)").to_csv(str(beside))
    return sheet


def _query(drawn: Drawn, count: int) -> str:
    """Write the query; `i` counts lines, `e` encounters, and what is drawn is a digest of them and a salt."""
    columns = {
        "encounter": "'E' || e",
        "number": "i - (10 * e + 2) // 3 + 1",
        "code": _code(drawn),
        "date": f"DATE '2024-07-01' + (hash(e, 20) % {drawn.days})::INTEGER",
        "units": "[1, 1, 2, 4][1 + (hash(i, 2) % 4)::INTEGER]",
        "modifiers": f"CASE WHEN hash(i, 3) % 2 = 0 THEN [] WHEN hash(i, 3) % 4 = 1 THEN [{_one(MODIFIERS, 4)}] "
        f"ELSE [{_one(MODIFIERS[:2], 5)}, {_one(MODIFIERS[2:], 6)}] END",
        "payer_role": _one(CHOICES["encounter.payer_role"], 7, of="e"),
        "place_of_service": _one(CHOICES["line.place_of_service"], 8),
        "purpose": _perhaps(_one(CHOICES["line.purpose"], 9), 9),
        "provider.type": _perhaps(_one(CHOICES["line.provider.type"], 10), 10),
    }
    for at, name in enumerate(RECORDS, start=11):
        columns[name.removeprefix("line.")] = _perhaps(f"hash(i, {at}) % 5 < 4", at)
    listed = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    return f"SELECT {listed} FROM (SELECT i, 3 * i // 10 AS e FROM range({count}) t(i))"  # noqa: S608 - our own names


def _code(drawn: Drawn) -> str:
    """Draw a code; of those that are published some are common and most are rare, as on claims."""
    own = _one(drawn.codes, 1)
    if not drawn.published:
        return own
    rare = f"floor({len(drawn.published)} * pow(hash(i, 18) / pow(2.0, 64), 3))::INTEGER"
    return f"CASE WHEN hash(i, 19) % 2 = 0 THEN {own} ELSE {_listed(drawn.published)}[1 + {rare}] END"


def _one(values: tuple[str, ...], salt: int, of: str = "i") -> str:
    return f"{_listed(values)}[1 + (hash({of}, {salt}) % {len(values)})::INTEGER]"


def _listed(values: tuple[str, ...]) -> str:
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"[{quoted}]"


def _perhaps(value: str, salt: int) -> str:
    return f"CASE WHEN hash(i, {salt}, 1) % 4 = 0 THEN {value} END"
