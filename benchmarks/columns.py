"""Decide millions of generated lines by columns: lines a second, against reading every column once.

    python -m benchmarks.columns [--lines 2000000] [--rules 30 300]

Rules are those that the other benchmarks use, written as documents; lines are drawn in SQL, the same for the same seed,
three or four to an encounter of one date, with a quarter of the chart known. All is measured from opening the Parquet
file to having written decisions, explanations and rejects.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import duckdb
import msgspec

from benchmarks.generate import CHOICES, MODIFIERS, RECORDS, Rulebase, rulebase
from payrule.adjudication.loading import Documents
from payrule.adjudication.rulebase import Rulebase as Deciding
from payrule.adjudication.rulebase import load
from payrule.documents.models import Attribute, Conclude, Fact, Payer, Policy, Rule
from payrule.formats.columnar import Outputs, decide_files
from payrule.language.leaves import All, Contains, FactLeaf, Formula, OneOf, OtherLine, Range

KNOWN_ON = "2026-01-01"
Json = dict[str, Any]


def condition(formula: Formula) -> Json:
    """Write a formula of the generator as a condition."""
    if isinstance(formula, OneOf):
        return {formula.attribute: {"in": sorted(formula.values.values)}}
    if isinstance(formula, Range):
        return {formula.attribute: {"at_least": formula.low}}
    if isinstance(formula, Contains):
        return {formula.attribute: {"any_of": sorted(formula.values.values) if formula.values else []}}
    if isinstance(formula, FactLeaf):
        return {"fact": formula.name.partition("#")[2]}
    if isinstance(formula, OtherLine):
        return {"other_line": condition(formula.formula)}
    key = "all" if isinstance(formula, All) else "any"
    return {key: [condition(part) for part in formula.parts]}  # type: ignore[union-attr]


def deciding(made: Rulebase) -> Deciding:
    """Put the rules into policies of one payer, each in a tier of its own, over the shipped concerns."""
    shipped = load().documents
    words = shipped.vocabulary
    attributes = {
        "line.code": Attribute(type="code", summary="service", pattern="^[0-9]{5}$", required=True),
        "line.date": Attribute(type="date", summary="date of service", required=True),
        "line.units": Attribute(type="integer", summary="units", minimum=0, default=1),
        "line.modifiers": Attribute(type="code", summary="modifiers", many=True, default=[]),
        **{name: Attribute(type="choice", summary=name, values=values) for name, values in CHOICES.items()},
        **{name: Attribute(type="boolean", summary=name) for name in RECORDS},
    }
    facts = {
        name.partition("#")[2]: Fact(summary=name, when=condition(formula)) for name, formula in made.facts.items()
    }
    vocabulary = msgspec.structs.replace(words, attributes=attributes, sets={}, facts=facts, presumptions={})
    conclusions = list(_conclusions(words.concerns))
    rules: dict[str, list[Rule]] = {}
    for at, (name, formula) in enumerate(made.rules.items()):
        policy, _, rule = name.partition("/")
        said = Rule(id=rule, summary=rule, when=condition(formula), conclude=conclusions[at % len(conclusions)])
        rules.setdefault(policy, []).append(said)
    policies = {
        name: (
            Policy(
                kind="policy",
                id=name,
                version="1.0.0",
                title=name,
                issuer=name,
                authority="lcd",
                status="in-force",
                rules=tuple(listed),
            ),
        )
        for name, listed in rules.items()
    }
    payer = Payer(kind="payer", id="payer", title="payer", tiers=tuple((name,) for name in sorted(policies)))
    return Deciding(Documents(Path(), vocabulary, policies, {"payer": payer}, ()))


def _conclusions(concerns: Any) -> Iterator[Conclude]:
    for position in range(max(len(concern.values) for concern in concerns)):
        for concern in concerns:
            if position < len(concern.values):
                yield Conclude(concern=concern.id, value=concern.values[position].value)


def write_lines(made: Rulebase, count: int, path: Path) -> None:
    """Draw lines into a Parquet file."""

    def drawn(values: tuple[str, ...], salt: int) -> str:
        listed = ", ".join(f"'{value}'" for value in values)
        return f"[{listed}][1 + (hash(i, {salt}) % {len(values)})::INTEGER]"

    def perhaps(value: str, salt: int) -> str:
        return f"CASE WHEN hash(i, {salt}, 1) % 4 = 0 THEN {value} END"

    columns = {
        "encounter": "'E' || e",
        "number": "n",
        "code": drawn(made.codes, 1),
        "date": "DATE '2024-01-01'",
        "units": "[1, 1, 2, 4][1 + (hash(i, 2) % 4)::INTEGER]",
        "modifiers": f"CASE WHEN hash(i, 3) % 2 = 0 THEN [] WHEN hash(i, 3) % 4 = 1 THEN [{drawn(MODIFIERS, 4)}] "
        f"ELSE [{drawn(MODIFIERS[:2], 5)}, {drawn(MODIFIERS[2:], 6)}] END",
        "payer_role": drawn(CHOICES["encounter.payer_role"], 7).replace("hash(i", "hash(e"),
        "place_of_service": drawn(CHOICES["line.place_of_service"], 8),
        "purpose": perhaps(drawn(CHOICES["line.purpose"], 9), 9),
        "provider.type": perhaps(drawn(CHOICES["line.provider.type"], 10), 10),
    }
    for at, name in enumerate(RECORDS, start=11):
        columns[name.removeprefix("line.")] = perhaps(f"hash(i, {at}) % 5 < 4", at)
    listed = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    lines = f"SELECT i, 3 * i // 10 AS e, i - (10 * (3 * i // 10) + 2) // 3 + 1 AS n FROM range({count}) t(i)"  # noqa: S608 - our own names
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {listed} FROM ({lines}) ORDER BY i) TO '{path}' (FORMAT parquet)")  # noqa: S608 - our own names


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def floor(path: Path) -> float:
    """Read every column once; the best of three."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        names = connection.read_parquet(str(path)).columns
        counted = ", ".join(f'count("{name}")' for name in names)
        query = f"SELECT {counted} FROM '{path}'"  # noqa: S608 - our own names
        return min(_seconds(lambda: connection.execute(query).fetchall()) for _ in range(3))


def decided(decide: Deciding, claims: Path) -> tuple[float, int]:
    """Decide a file; give how long that took, and how many explanations there are."""
    outputs = Outputs.beside(claims.with_name("decided.parquet"))
    terms = decide.terms(payer="payer", known_on=KNOWN_ON)
    spent = _seconds(lambda: decide_files(decide, [claims], outputs, lambda _: terms, reads=list, threads=2))
    return spent, outputs.explanations.read_bytes().count(b"\n")


def main() -> None:
    """Print lines a second, and how many times the floor that is."""
    parser = ArgumentParser(prog="python -m benchmarks.columns")
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--rules", type=int, nargs="+", default=[30, 300])
    chosen = parser.parse_args()
    print(f"columns: {chosen.lines:,} lines on two threads, from Parquet to Parquet, explanations included")
    print("  rules  turn    seconds  lines a second  times the scan   explanations")
    for rules in chosen.rules:
        made = rulebase(rules)
        decide = deciding(made)
        with TemporaryDirectory() as folder:
            claims = Path(folder) / "claims.parquet"
            write_lines(made, chosen.lines, claims)
            scan = floor(claims)
            for turn in ("cold", "warm"):
                spent, explanations = decided(decide, claims)
                print(
                    f"  {rules:>5}  {turn} {spent:>10.2f} {chosen.lines / spent:>15,.0f} {spent / scan:>15.1f}"
                    f" {explanations:>14,}"
                )


if __name__ == "__main__":
    main()
