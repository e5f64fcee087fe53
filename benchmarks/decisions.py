"""How many encounters a second are decided: forward chaining alone, with the check, and the stock way to match.

For the shipped policy of one payer, and for generated rulebases of 300 and 3,000 rules. Encounters have four lines;
about half of what a chart says is unknown. Single decisions are timed one by one for the percentiles.

Then each execution, checked against the reference evaluator, at 13, 30, 300 and 3,000 rules, in a process each: the
first decision, which compiles the rules, encounters that were decided before (warm), and encounters that were never
seen (cold), and the most memory of the process.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from importlib import import_module
from itertools import pairwise
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import payrule
from benchmarks.batch.children import Work, measured
from benchmarks.claims import random_claims
from benchmarks.documents import PAYER, codes_for, write_rulebase
from benchmarks.stock import Stock
from payrule.encounter.encounter import Encounter
from payrule.rulebase.compile import ENGINES, CompiledRules, Engine
from payrule.rulebase.rulebase import Rulebase

KNOWN_ON = "2026-01-01"
SHIPPED = "blue-cross"
SHIPPED_CODES = ("97110", "97112", "97124", "97140", "97530", "98940", "98941", "98943")
CLAIMS = 500
STOCK_CLAIMS = {13: 100, 300: 30, 3_000: 6}
TIMES = 3
SIZES = (30, 300, 3_000)
AIMS = {"forward": (5_500, 3_500, 2_500, 1_800), "plan": (10_000, 9_000, 9_000, 6_000)}
"""Encounters a second that were decided before, at 13, 30, 300 and 3,000 rules."""
COLD = (5_000, 5_000, 3_000, 1_500)
"""Encounters a second that were never seen, by the plan."""


def main() -> None:
    """Print a row for each rulebase, and for each execution and rulebase."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("matching", "executions"), help="one of the two tables")
    only = parser.parse_known_args()[0].only
    if only != "executions":
        _matching()
    if only != "matching":
        _executions()


def _matching() -> None:
    print("decisions: encounters of 4 lines a second on one core (processor time, best of 3)")
    head = f"{'rules':>6} {'alone':>8} {'checked':>8} {'matching':>9} {'stock':>7} {'times':>6}"
    print(f"{head}   a checked decision: median, 99 of 100")
    _row(payrule.load(), SHIPPED, SHIPPED_CODES)
    for rules in (300, 3_000):
        with TemporaryDirectory() as folder:
            _row(payrule.load(write_rulebase(Path(folder), rules)), PAYER, codes_for(rules))


def _executions() -> None:
    print("each execution with the reference evaluator: encounters of 4 lines a second on one core, of processor time")
    print(f"{'rules':>6} {'engine':>8} {'load ms':>8} {'first ms':>9} {'warm':>7} {'cold':>7}", end=" ")
    print(f"{'p50 ms':>7} {'p99 ms':>7}  MiB")
    for engine in ENGINES:
        found = [_timed(engine, rules) for rules in (None, *SIZES)]
        warm, cold = (_growth([(each["rules"], 1 / each[of]) for each in found]) for of in ("warm", "cold"))
        print(f"  growth with the number of rules, a power, from each size to the next: warm {warm}; cold {cold}")
    for of, aims in AIMS.items():
        warm = ", ".join(f"{aim:,}" for aim in aims)
        print(f"the aims of {of}, warm: {warm} a second; 99 of 100 within 1 ms, at 3,000 rules 2 ms")
    print(f"the aims of plan, cold: {', '.join(f'{aim:,}' for aim in COLD)} a second; first decision at 3,000: 300 ms")


def _growth(rows: list[tuple[int, float]]) -> str:
    return " ".join(f"{log(then / took) / log(more / size):.1f}" for (size, took), (more, then) in pairwise(rows))


def _timed(engine: Engine, rules: int | None) -> dict[str, Any]:
    """Print what one execution takes with the check, from loading on, in a process of its own."""
    with TemporaryDirectory() as folder:
        path = None if rules is None else str(write_rulebase(Path(folder), rules))
        (turn,) = measured(executing, engine=engine, path=path)
    told = turn.told
    print(
        f"{told['rules']:>6} {engine:>8} {told['load']:>8.0f} {told['first']:>9.0f} {told['warm']:>7,.0f}"
        f" {told['cold']:>7,.0f} {told['p50']:>7.2f} {told['p99']:>7.2f} {turn.peak * 1024:>4.0f}",
        flush=True,
    )
    return told


def executing(engine: Engine, path: str | None) -> Work:
    """Load rules, the shipped ones or those of a folder, and decide encounters; times are milliseconds."""
    payer, codes = (SHIPPED, SHIPPED_CODES) if path is None else (PAYER, codes_for(_count(Path(path))))

    def work() -> dict[str, Any]:
        started = process_time()
        rulebase = payrule.load(path, engine=engine)
        loading = process_time() - started
        terms = rulebase.terms(payer=payer, known_on=KNOWN_ON)
        drawn = [rulebase.encounter(claim) for claim in random_claims(rulebase.documents.vocabulary, codes, 2 * CLAIMS)]
        seen, unseen = drawn[:CLAIMS], drawn[CLAIMS:]

        def decide(claim: Encounter) -> object:
            return rulebase.decide_under(terms, claim)

        first = _seconds(decide, seen[0])
        warm = _rate(decide, seen)
        single = sorted(_seconds(decide, each) for each in seen)
        cold = len(unseen) / _seconds(lambda _: [decide(each) for each in unseen], None)
        median, tail = (single[len(single) * part // 100] * 1e3 for part in (50, 99))
        return {
            "rules": len(rulebase.programs_for(terms, seen[0])[0][0].rules),
            "load": loading * 1e3,
            "first": first * 1e3,
            "warm": warm,
            "cold": cold,
            "p50": median,
            "p99": tail,
        }

    return work


def _count(folder: Path) -> int:
    """Count the rules of a generated rulebase."""
    policy: dict[str, Any] = json.loads((folder / "generated" / "1.0.0.json").read_text(encoding="utf-8"))
    return len(policy["rules"])


def _row(rulebase: Rulebase, payer: str, codes: tuple[str, ...]) -> None:
    terms = rulebase.terms(payer=payer, known_on=KNOWN_ON)
    encounters = [rulebase.encounter(claim) for claim in random_claims(rulebase.documents.vocabulary, codes, CLAIMS)]
    rulebase.decide_under(terms, encounters[0])
    alone = _rate(lambda each: rulebase.decide_under(terms, each, check=False), encounters)
    checked = _rate(lambda each: rulebase.decide_under(terms, each), encounters)
    single = sorted(_seconds(lambda claim: rulebase.decide_under(terms, claim), each) for each in encounters)
    (program,) = {id(each): each for one in encounters for each, _ in rulebase.programs_for(terms, one)}.values()
    matching, stock = _against_stock(program, encounters)
    rules = len(program.rules)
    median, tail = (single[len(single) * part // 100] * 1e3 for part in (50, 99))
    print(
        f"{rules:>6} {alone:>8,.0f} {checked:>8,.0f} {matching:>9,.0f} {stock:>7,.0f} {matching / stock:>6.1f}"
        f"   {median:.2f} ms, {tail:.2f} ms"
    )


def _against_stock(program: CompiledRules, encounters: list[Any]) -> tuple[float, float]:
    """Time matching alone, payrule's and the stock way's, on the same scenes; both must find the same rules."""
    stock = Stock(program.compiled.rules, program.compiled.facts)
    scenes = [program.scene(each) for each in encounters]
    few = min(len(scenes), STOCK_CLAIMS.get(len(program.rules), 100))
    prepared = [stock.prepared(scene) for scene in scenes[:few]]
    every = list(range(len(scenes[0].lines)))
    for scene, lines in zip(scenes, prepared, strict=False):
        assert stock.match(lines) == program.chained(scene, every)
    return _rate(lambda scene: program.chained(scene, every), scenes), _rate(stock.match, prepared)


def _rate(work: Callable[[Any], object], items: Iterable[Any]) -> float:
    listed = list(items)
    best = min(_seconds(lambda _: [work(each) for each in listed], None) for _ in range(TIMES))
    return len(listed) / best


def _seconds(work: Callable[[Any], object], item: Any) -> float:
    started = process_time()
    work(item)
    return process_time() - started


if __name__ == "__main__":
    import_module("benchmarks.decisions").main()
