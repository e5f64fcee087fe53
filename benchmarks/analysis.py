"""How long questions about every encounter take: difference, equality, conflicts, dead, shadowed and redundant rules.

On generated rulebases of one policy. For the difference 3 of 100 rules are edited: a test is turned round, or another
liability or modality is concluded. Equality is asked of the same rules in another order and with each condition doubly
negated. Conflicts are found with a smallest claim for each, as `payrule verify` does.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import msgspec

import payrule
from benchmarks.documents import PAYER, write_rulebase
from payrule.analysis.difference import difference
from payrule.analysis.verification import verification
from payrule.compare.comparison_side import Side, regimes, side
from payrule.model.policy import Rule
from payrule.results.verification import Question
from payrule.rulebase.load import Documents

SIZES = (30, 100, 300, 1_000)
KNOWN_ON = date(2026, 1, 1)
EDITED = 0.03
LIMIT = 300
"""Seconds after which a question is cut off."""

_WIDTHS: dict[Question, int] = {"conflicts": 10, "dead": 6, "shadowed": 9, "redundant": 10}
"""What is asked of one rulebase, with the columns that the seconds take."""


def main() -> None:
    """Print a row for each size."""
    print("analysis: seconds for a whole question, with a smallest claim, replayed, for each thing found;")
    print(
        f"`cut off` stands for a question that was not answered within {LIMIT} seconds, and + for things not found yet"
    )
    print(f"{'rules':>6} {'difference':>11} {'kinds':>6} {'equality':>9} {'conflicts':>10} {'found':>6}", end="")
    print(f" {'dead':>6} {'shadowed':>9} {'redundant':>10} {'other lines':>12}")
    for size in SIZES:
        with TemporaryDirectory() as folder:
            documents = payrule.load(write_rulebase(Path(folder), size)).documents
        _row(documents, size)


def _row(documents: Documents, size: int) -> None:
    old = side(documents, PAYER, KNOWN_ON)
    took, changed = _timed(lambda: _difference(old, side(_edited(documents), PAYER, KNOWN_ON)))
    is_cut = changed.certainty == "unknown"
    print(f"{size:>6} {_cell(took, 11, is_cut=is_cut)} {len(changed.changes):>5}{'+' if is_cut else ' '}", end="")
    took, equal = _timed(lambda: _difference(old, side(_refactored(documents), PAYER, KNOWN_ON)))
    assert not equal.changes
    print(f" {_cell(took, 9, is_cut=equal.certainty == 'unknown')}", end="")
    for question, width in _WIDTHS.items():
        took, found = _timed(lambda asked=question: verification(regimes(old), old.decide, _limit(), (asked,)))
        is_cut = found.certainty[question] == "unknown"
        print(f" {_cell(took, width, is_cut=is_cut)}", end="", flush=True)
        if question == "conflicts":
            print(f" {len(found.contradictions):>5}{'+' if is_cut else ' '}", end="")
    print(f" {changed.other_lines or 0:>12}")


def _cell(seconds: float, width: int, *, is_cut: bool) -> str:
    return f"{'cut off' if is_cut else f'{seconds:.2f}':>{width}}"


def _difference(old: Side, new: Side) -> Any:
    return difference(regimes(old, new), lambda encounter: (old.decide(encounter), new.decide(encounter)), _limit())


def _edited(documents: Documents) -> Documents:
    random = Random(3)  # noqa: S311 - not for secrets
    (policy,) = documents.policies[PAYER]
    chosen = set(random.sample(range(len(policy.rules)), max(1, round(len(policy.rules) * EDITED))))
    return _with(documents, tuple(_edit(r, random) if at in chosen else r for at, r in enumerate(policy.rules)))


def _edit(rule: Rule, random: Random) -> Rule:
    key = random.choice([each for each in rule.when if each != "line.code"])
    if random.random() < 0.5:
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


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = perf_counter()
    found = work()
    return perf_counter() - started, found
