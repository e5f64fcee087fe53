"""Earlier lines in columns: rules that count over 365 days, over files of claims and of histories in Parquet.

Half of all lines are billed, in claims of four lines, one a patient; half are earlier ones of the same patients, of two
years. A third of the rules count earlier lines of some codes, or ask for a quota. What is unknown of the chart is
assumed. All else is as in the benchmarks of other files. Lines a second are those of both files together.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from importlib import import_module
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import msgspec
from tests.policies_for_tests import policy

from benchmarks.batch.children import Work, forget, measured
from benchmarks.batch.documents import CHART, KNOWN_ON, PAYER, generated
from benchmarks.batch.floor import copied
from benchmarks.batch.inputs import CACHE, Drawn, claims
from benchmarks.batch.paths import THREADS
from benchmarks.batch.printing import Table
from benchmarks.generate import rulebase
from payrule.columns.decide_files import adjudicate_files
from payrule.model.policy import Conclude, Quota, Rule
from payrule.rulebase.rulebase import Rulebase
from payrule.source.files import whole_file

COUNTING = 3
"""One rule of so many counts lines."""
LINES_OF_A_PATIENT = 4
"""Billed, and again as many earlier ones."""
QUOTAS = 10
"""One rule of so many that count asks for a quota."""
MILLION = 1_000_000
Json = dict[str, Any]


def codes_of(rules: int) -> tuple[str, ...]:
    """Give the codes of so many rules."""
    return rulebase(rules - rules // COUNTING).codes


def counting(rules: int) -> Rulebase:
    """Make so many rules, some of which count lines over 365 days."""
    documents, codes = generated(rules - rules // COUNTING).documents, codes_of(rules)
    made, quotas = [], {}
    for at, (when, quota) in enumerate(_conditions(codes, rules // COUNTING)):
        if quota is not None:
            quotas[f"quota-{at}"] = quota
            when |= {"quota": {f"quota-{at}": {"over": {"at_least": 1}}}}
        conclude = Conclude(concern="benefit", value=("excluded", "covered")[at % 2])
        made.append(Rule(id=f"rule-{at}", summary=f"rule {at}", when=when, conclude=conclude))
    counted = msgspec.structs.replace(policy("counting", *made), quotas=quotas)
    (payer,) = documents.payers.values()
    payer = msgspec.structs.replace(payer, tiers=(("counting",), *payer.tiers))
    policies = {**documents.policies, "counting": (counted,)}
    return Rulebase(msgspec.structs.replace(documents, policies=policies, payers={payer.id: payer}))


def _conditions(codes: tuple[str, ...], count: int) -> Iterator[tuple[Json, Quota | None]]:
    """Give conditions of rules: of a code, with a count or a quota of lines of some codes."""
    chance = Random(1)  # noqa: S311 - the same rules each time, no secret
    for at in range(count):
        several = sorted(chance.sample(codes, chance.choice((1, 1, 2))))
        when: Json = {"line.code": {"in": several}}
        if at % QUOTAS == 0:
            yield when, Quota(summary="so many", of="lines", at_most=5, window={"days": 365}, where=dict(when))
            continue
        kind, most = chance.choice((("count", 4), ("count", 3), ("dates", 3), ("sum", 8)))
        measure = {"at_least": most} | ({"of": "line.units"} if kind == "sum" else {})
        lines: Json = {"window": {"days": 365}, "where": dict(when), "itself": True, kind: measure}
        yield when | {"lines": lines}, None


def patients(cache: Path, codes: tuple[str, ...], billed: int) -> tuple[Path, Path]:
    """Give the claims of patients, and their earlier lines; draws them where they are not there."""
    drawn = claims(cache, Drawn(codes), billed)
    listed = ", ".join(f"'{each}'" for each in codes)
    roles = f"['primary', 'secondary'][1 + (hash(i // {LINES_OF_A_PATIENT}, 7) % 2)::INTEGER] AS payer_role"
    rows = f"read_parquet('{drawn}', file_row_number = true)"
    every = f"SELECT *, file_row_number AS i FROM {rows}"  # noqa: S608 - our own
    of_claims = (
        f"SELECT * EXCLUDE (i, file_row_number, encounter, number, payer_role), {roles}, "  # noqa: S608 - our own
        f"'E' || i // {LINES_OF_A_PATIENT} AS encounter, "
        f"i % {LINES_OF_A_PATIENT} + 1 AS number, 'P' || i // {LINES_OF_A_PATIENT} AS \"patient.id\" FROM ({every})"
    )
    of_history = (
        f"SELECT 'P' || i // {LINES_OF_A_PATIENT} AS \"patient.id\", 'H' || i // 2 AS claim, i % 2 + 1 AS number, "  # noqa: S608 - our own
        f"[{listed}][1 + (hash(i, 31) % {len(codes)})::INTEGER] AS code, "
        "DATE '2024-06-30' - (hash(i, 32) % 730)::INTEGER AS date, "
        f"[1, 1, 2, 4][1 + (hash(i, 33) % 4)::INTEGER] AS units FROM range({billed}) t(i)"
    )
    found = []
    for name, query in (("claims", of_claims), ("history", of_history)):
        path = cache / f"{name}-of-patients-{billed}-{sha256(query.encode()).hexdigest()[:12]}.parquet"
        if not path.exists():
            with duckdb.connect() as connection, whole_file(path) as beside:
                connection.execute(f"COPY ({query}) TO '{beside}' (FORMAT parquet)")
        found.append(path)
    return found[0], found[1]


DECIDED = "decided-with-history.parquet"


def deciding(rules: int, billed: str, earlier: str, columns: str, memory_limit: str | None = None) -> Work:
    """Decide a file of claims with a file of histories."""
    made = counting(rules)
    for each in (billed, earlier):
        forget(Path(each))

    def work() -> Mapping[str, Any]:
        out = Path.cwd() / DECIDED
        tally = adjudicate_files(
            made,
            billed,
            out,
            payer=PAYER,
            known_on=KNOWN_ON,
            presume=CHART,
            columns=columns,
            history=earlier,
            history_from=date(2022, 1, 1),
            threads=THREADS,
            memory_limit=memory_limit,
        )
        return {"dispositions": dict(tally.dispositions), "rejected": len(tally.rejected)}

    return work


def main() -> None:
    """Print a row for each number of rules and lines."""
    parser = ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[8], help="lines of both files together")
    parser.add_argument("--rules", type=int, nargs="+", default=[30, 300])
    parser.add_argument("--memory-limit", default="3GB", help="`none` for no limit (default: %(default)s)")
    parser.add_argument("--columns", nargs="+", default=["full", "narrow"], help="what a row of answers says")
    parser.add_argument("--cache", type=Path, default=CACHE, help="for files (default: %(default)s)")
    chosen = parser.parse_args()
    limit = None if chosen.memory_limit == "none" else chosen.memory_limit
    print(f"history in columns: a window of 365 days; explanations included; memory limit of DuckDB {limit}")
    headings = ("wall s", "CPU s", "lines a second", "a CPU second", "times read and write", "peak GiB")
    table = Table("rules", "million lines", "columns", *headings)
    for millions, rules, columns in product(chosen.millions, chosen.rules, chosen.columns):
        files = patients(chosen.cache, codes_of(rules), int(millions * MILLION) // 2)
        (turn,) = measured(
            import_module("benchmarks.history").deciding,
            within=chosen.cache,
            rules=rules,
            billed=files[0],
            earlier=files[1],
            columns=columns,
            memory_limit=limit,
        )
        second, processor = (f"{millions * MILLION / each:,.0f}" for each in (turn.wall, turn.cpu))
        times = f"{turn.cpu / copied(files, chosen.cache / DECIDED).cpu:.1f}"
        table.row(rules, millions, columns, turn.wall, turn.cpu, second, processor, times, turn.peak)
        print(f"    {turn.told}", flush=True)
    print(
        "  times read and write: processor time against reading both files and writing the decisions again, by DuckDB"
    )


if __name__ == "__main__":
    main()
