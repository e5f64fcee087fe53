"""What questions about every possible claim take: differences, equality, conflicts, dead, shadowed, redundant rules.

On generated rulebases of one policy. For the difference 3 of 100 rules are edited: a test is turned round, or left out.
Equality is asked of the same rules in another order and with each condition doubly negated. A second time a difference
is asked after one more edit, and rules are verified after one, with the answers kept of the first time; so is the whole
command `payrule diff`, from its start to its last line. Processor time is that of all processes.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import pairwise
from math import log
from os import times
from pathlib import Path
from random import Random
from subprocess import run
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import msgspec

import payrule
from benchmarks.documents import PAYER, write_rulebase
from payrule.analysis.difference import difference
from payrule.analysis.verification import verification
from payrule.analysis.work import Work, usable_processes
from payrule.compare.comparison_side import BothDecide, OneDecides, Side, regimes, side
from payrule.model.policy import Rule
from payrule.results.verification import QUESTIONS, Question
from payrule.rulebase.load import Documents

SIZES = (30, 100, 300, 1_000, 3_000)
KNOWN_ON = date(2026, 1, 1)
EDITED = 0.03
LIMIT = 300
"""Seconds after which a question is cut off."""

WHOLE_COMMANDS = 1_000
"""Rules up to which the whole command is measured."""

AGAIN = {"difference, kept": "difference, once more", "payrule diff": "payrule diff, once more"}
"""What is measured once more, after one edit, by what is measured the first time."""

AIMS = {
    "difference": (0.1, 0.3, 0.8, 3, 15),
    **dict.fromkeys(("conflicts", "dead", "shadowed", "redundant"), (None, None, None, 5, None)),
}
"""Seconds by the clock that a question is to take on two free cores, by size."""


class Taken(NamedTuple):
    """Seconds of processor time and by the clock, what was found, and whether that was cut off."""

    processor: float
    clock: float
    found: int
    is_cut: bool = False


def main() -> None:
    """Print a table for each question, and how its time grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--processes", type=int, default=usable_processes())
    chosen = parser.parse_args()
    print(f"analysis: whole questions, a smallest claim for each thing found, decided; processes: {chosen.processes}")
    print(f"{'rules':>6}  {'question':<24} {'processor s':>11} {'clock s':>8} {'aim':>5} {'found':>6}")
    rows: dict[str, list[tuple[int, Taken]]] = {}
    for size in chosen.sizes:
        for question, taken in _asked(size, chosen.processes):
            rows.setdefault(question, []).append((size, taken))
            aim = dict(zip(SIZES, AIMS.get(question, ()), strict=False)).get(size)
            cut = f" cut off after {LIMIT} s" if taken.is_cut else ""
            seconds = f"{taken.processor:>11.2f} {taken.clock:>8.2f} {aim or '':>5}"
            print(f"{size:>6}  {question:<24} {seconds} {taken.found:>6}{cut}", flush=True)
    print("\ngrowth: the power of the number of rules that processor time grows with, from each size to the next")
    for question, taken_by_size in rows.items():
        print(f"  {question:<24} {'  '.join(_growth(taken_by_size))}")
    print("\nafter one more edit: which part of the first time it takes, by the clock, and of processor time")
    for first, again in AGAIN.items():
        for (size, one), (_, two) in zip(rows[first], rows[again], strict=True):
            clock, processor = one.clock / two.clock, one.processor / two.processor
            print(f"  {first:<24} {size:>6} rules: 1/{clock:.1f}, 1/{processor:.1f}")


def _growth(rows: list[tuple[int, Taken]]) -> Iterator[str]:
    for (size, taken), (more, then) in pairwise(rows):
        if not (taken.is_cut or then.is_cut) and more > size:
            yield f"{log(then.processor / taken.processor) / log(more / size):.1f}"


def _asked(size: int, processes: int) -> Iterator[tuple[str, Taken]]:
    with TemporaryDirectory() as folder:
        documents = payrule.load(write_rulebase(Path(folder), size)).documents
    old = side(documents, PAYER, KNOWN_ON)
    edited = edited_documents(documents)
    new, same = side(edited, PAYER, KNOWN_ON), side(_refactored(documents), PAYER, KNOWN_ON)
    for each in (old, new, same):
        regimes(each)  # compiled
    work = Work(processes)
    yield "difference", _timed(lambda: _difference(old, new, work))
    yield "equality", _timed(lambda: _difference(old, same, work))
    for question in QUESTIONS:
        yield question, _timed(partial(_verified, old, (question,), work))
    with TemporaryDirectory() as folder:
        kept = Work(processes, Path(folder) / "kept")
        yield "difference, kept", _timed(partial(_difference, *_fresh(documents, edited), kept))
        yield "difference, once more", _timed(partial(_difference, *_fresh(documents, _once_more(edited)), kept))
        yield "all about rules", _timed(lambda: _verified(old, QUESTIONS, kept))
        yield "all, once more", _timed(lambda: _verified(side(_once_more(documents), PAYER, KNOWN_ON), QUESTIONS, kept))
    if size <= WHOLE_COMMANDS:
        with TemporaryDirectory() as folder:
            for name, held in (("old", documents), ("new", edited), ("newer", _once_more(edited))):
                _write(held, Path(folder) / name)
            yield "payrule diff", _timed(lambda: _command(folder, "new"))
            yield "payrule diff, once more", _timed(lambda: _command(folder, "newer"))


def _fresh(old: Documents, new: Documents) -> tuple[Side, Side]:
    """Make sides whose rules are compiled, and of which nothing was asked or decided before, as in another command."""
    both = side(old, PAYER, KNOWN_ON), side(new, PAYER, KNOWN_ON)
    regimes(*both)
    return both


def _difference(old: Side, new: Side, work: Work) -> tuple[int, bool]:
    found = difference(regimes(old, new), BothDecide(old, new), _limit(), work)
    return len(found.changes), found.certainty == "unknown"


def _verified(of: Side, asked: tuple[Question, ...], work: Work) -> tuple[int, bool]:
    found = verification(regimes(of), OneDecides(of), _limit(), asked, work)
    number = len(found.contradictions) + len(found.gaps) + len(found.findings)
    return number, "unknown" in (found.certainty[each] for each in asked)


def _write(documents: Documents, folder: Path) -> None:
    """Write documents with the conditions that their rules have now."""
    folder.mkdir()
    (policy,) = documents.policies[PAYER]
    path = write_rulebase(folder, len(policy.rules)) / PAYER / "1.0.0.json"
    written = msgspec.json.decode(path.read_bytes())
    for told, rule in zip(written["rules"], policy.rules, strict=True):
        told["when"] = rule.when
    path.write_bytes(msgspec.json.encode(written))


def _command(folder: str, new: str) -> tuple[int, bool]:
    """Compare two rulebases as a user does, and count the kinds of change that are printed."""
    asked = ["diff", "old", new, "--payer", PAYER, "--known-on", KNOWN_ON.isoformat()]
    told = run([sys.executable, "-m", "payrule", *asked], cwd=folder, capture_output=True, check=True, text=True)
    found = re.search(r"(\d+) kinds of changed answers", told.stdout)
    return int(found[1]) if found else 0, "time ran out" in told.stdout


def edited_documents(documents: Documents) -> Documents:
    """Edit 3 of 100 rules; the same ones each time."""
    random = Random(3)  # noqa: S311 - not for secrets
    (policy,) = documents.policies[PAYER]
    chosen = set(random.sample(range(len(policy.rules)), max(1, round(len(policy.rules) * EDITED))))
    return _with(documents, tuple(_edit(r, random) if at in chosen else r for at, r in enumerate(policy.rules)))


def _once_more(documents: Documents) -> Documents:
    random = Random(4)  # noqa: S311 - not for secrets
    (policy,) = documents.policies[PAYER]
    return _with(documents, (_edit(policy.rules[0], random), *policy.rules[1:]))


def _edit(rule: Rule, random: Random) -> Rule:
    key = random.choice([each for each in rule.when if each not in ("line.code", "not")])
    if random.random() < 0.5 and "not" not in rule.when:
        kept = {name: test for name, test in rule.when.items() if name != key}
        return msgspec.structs.replace(rule, when={**kept, "not": {key: rule.when[key]}})
    return msgspec.structs.replace(rule, when={name: test for name, test in rule.when.items() if name != key})


def _refactored(documents: Documents) -> Documents:
    (policy,) = documents.policies[PAYER]
    rules = (msgspec.structs.replace(rule, when={"not": {"not": rule.when}}) for rule in reversed(policy.rules))
    return _with(documents, tuple(rules))


def _with(documents: Documents, rules: tuple[Rule, ...]) -> Documents:
    (policy,) = documents.policies[PAYER]
    return msgspec.structs.replace(documents, policies={PAYER: (msgspec.structs.replace(policy, rules=rules),)})


def _limit() -> Callable[[], bool]:
    """Give what tells that the time of a question is over."""
    end = perf_counter() + LIMIT
    return lambda: perf_counter() > end


def _timed(work: Callable[[], tuple[int, bool]]) -> Taken:
    began, started = _processor(), perf_counter()
    found, is_cut = work()
    return Taken(_processor() - began, perf_counter() - started, found, is_cut)


def _processor() -> float:
    """Give the processor time so far of this process, and of those that it has started and that have ended."""
    spent: Any = times()
    return float(spent.user + spent.system + spent.children_user + spent.children_system)


if __name__ == "__main__":
    main()
