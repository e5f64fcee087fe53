"""How many encounters a second are decided: forward chaining alone, with the check, and the stock way to match.

For the shipped policy of one payer, and for generated rulebases of 300 and 3,000 rules. Encounters have four lines;
about half of what a chart says is unknown. Single decisions are timed one by one for the percentiles.

Then each execution, checked against the reference evaluator, at 13, 30, 300 and 3,000 rules: the first decision, which
compiles the rules, encounters that were decided before (warm), and encounters that were never seen (cold).
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import payrule
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
    """Print a row for each rulebase."""
    print("decisions: encounters of 4 lines a second on one core (processor time, best of 3)")
    head = f"{'rules':>6} {'alone':>8} {'checked':>8} {'matching':>9} {'stock':>7} {'times':>6}"
    print(f"{head}   a checked decision: median, 99 of 100")
    _row(payrule.load(), SHIPPED, SHIPPED_CODES)
    for rules in (300, 3_000):
        with TemporaryDirectory() as folder:
            _row(payrule.load(write_rulebase(Path(folder), rules)), PAYER, codes_for(rules))
    print("each execution with the reference evaluator: encounters of 4 lines a second on one core, of processor time")
    print(
        f"{'rules':>6} {'engine':>8} {'load ms':>8} {'first ms':>9} {'warm':>7} {'cold':>7} {'p50 ms':>7} {'p99 ms':>7}"
    )
    for engine in ENGINES:
        _timed(engine, None, SHIPPED, SHIPPED_CODES)
        for rules in SIZES:
            with TemporaryDirectory() as folder:
                _timed(engine, write_rulebase(Path(folder), rules), PAYER, codes_for(rules))
    for of, aims in AIMS.items():
        warm = ", ".join(f"{aim:,}" for aim in aims)
        print(f"the aims of {of}, warm: {warm} a second; 99 of 100 within 1 ms, at 3,000 rules 2 ms")
    print(f"the aims of plan, cold: {', '.join(f'{aim:,}' for aim in COLD)} a second")


def _timed(engine: Engine, path: Path | None, payer: str, codes: tuple[str, ...]) -> None:
    """Print what one execution takes with the check, from loading on."""
    loading = _seconds(lambda _: payrule.load(path, engine=engine), None)
    rulebase = payrule.load(path, engine=engine)
    terms = rulebase.terms(payer=payer, known_on=KNOWN_ON)
    drawn = [rulebase.encounter(claim) for claim in random_claims(rulebase.documents.vocabulary, codes, 2 * CLAIMS)]
    seen, unseen = drawn[:CLAIMS], drawn[CLAIMS:]

    def decide(claim: Encounter) -> object:
        return rulebase.decide_under(terms, claim)

    first = _seconds(decide, seen[0])
    warm = _rate(decide, seen)
    single = sorted(_seconds(decide, each) for each in seen)
    cold = len(unseen) / _seconds(lambda _: [decide(each) for each in unseen], None)
    rules = len(rulebase.programs_for(terms, seen[0])[0][0].rules)
    median, tail = (single[len(single) * part // 100] * 1e3 for part in (50, 99))
    print(
        f"{rules:>6} {engine:>8} {loading * 1e3:>8.0f} {first * 1e3:>9.0f} {warm:>7,.0f} {cold:>7,.0f}"
        f" {median:>7.2f} {tail:>7.2f}",
        flush=True,
    )


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
