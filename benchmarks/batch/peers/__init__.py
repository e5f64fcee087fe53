"""Peers: other rule engines on those of the generated rules that look at one line only.

Each finds the rules that hold for certain; that they are those that payrule finds is asserted before anything is timed.
A peer is run twice over the lines in its process, and the second time is told. Polars, which is made for columns, is
given more lines; Python that is made of the rules is no peer, but the bound of what an interpreter could reach.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, NamedTuple

from benchmarks.batch.children import Turn, Work, measured
from benchmarks.batch.documents import KNOWN_ON, PAYER, deciding
from benchmarks.batch.inputs import Drawn, claims, sample
from benchmarks.batch.paths import PATHS
from benchmarks.batch.peers import clips_rules, json_rules, polars_rules, python_rules, zen_rules
from benchmarks.batch.peers.rules import Json, line_only, lines_of
from benchmarks.batch.printing import Cells, Table
from benchmarks.generate import Rulebase, rulebase
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file

SAMPLE = 2_000
"""Lines that peers are asked about."""
IN_COLUMNS = 100_000
"""Lines that a peer is asked about which takes whole columns."""

Found = Sequence[frozenset[str]]


class Peer(NamedTuple):
    """An engine: its name, the module that knows it, the task that runs it, and how many lines it is asked about."""

    name: str
    module: Any
    task: Callable[..., Work]
    lines: int = SAMPLE


def our_own(made: Rulebase, file: Path, count: int = SAMPLE) -> Found:
    """Give the rules that hold for certain of the first lines, as the reference evaluator finds them."""
    decide = deciding(made)
    found: list[frozenset[str]] = []
    for read in checked(read_file(sample(file, count), decide.documents.vocabulary), decide.validator):
        if read.encounter is None:
            raise AssertionError(read.findings)
        matches = decide.matches(read.encounter, payer=PAYER, known_on=KNOWN_ON)
        found += [matches[line.number].definite for line in read.encounter.lines]
    return found


def agreed(name: str, found: Found, wanted: Found) -> Found:
    """Give what a peer found; raises AssertionError where that is not what payrule finds."""
    differ = [at for at, (one, two) in enumerate(zip(found, wanted, strict=True)) if one != two]
    if differ:
        at = differ[0]
        raise AssertionError(f"{name} answers {len(differ)} lines otherwise, first line {at}: {found[at] ^ wanted[at]}")
    return found


def by_json_rules(folder: str, rules: int, file: str) -> Work:
    """Run json-rules-engine in a process of its own, which says what it took."""
    made, read = line_only(rules), Path(file)
    lines = lines_of(read, SAMPLE)

    def work() -> Json:
        told = json_rules.run(Path(folder), made.rules, lines, times=2)
        agreed("json-rules-engine", [frozenset(each) for each in told["found"]], our_own(made, read))
        return {"wall": told["wall"], "cpu": told["cpu"]}

    return work


def by_zen_table(folder: str, rules: int, file: str) -> Work:
    """Run a decision table of zen-engine."""
    made = line_only(rules)
    return _by_zen(zen_rules.by_table(Path(folder), made.rules), made, Path(file))


def by_zen_expression(folder: str, rules: int, file: str) -> Work:
    """Run one expression of zen-engine."""
    made = line_only(rules)
    return _by_zen(zen_rules.by_expression(Path(folder), made.rules), made, Path(file))


def _by_zen(finds: zen_rules.Finds, made: Rulebase, file: Path) -> Work:
    return _one_by_one("zen-engine", finds, zen_rules.told(lines_of(file, SAMPLE)), our_own(made, file))


def by_clips(folder: str, rules: int, file: str) -> Work:
    """Run CLIPS."""
    made, lines = line_only(rules), lines_of(Path(file), SAMPLE)
    names = sorted({name for line in lines for name in line})
    return _one_by_one("CLIPS", clips_rules.finder(Path(folder), made.rules, names), lines, our_own(made, Path(file)))


def by_python(folder: str | None, rules: int, file: str) -> Work:  # noqa: ARG001 - every task is given a folder
    """Run Python that is made of the rules."""
    made, lines = line_only(rules), lines_of(Path(file), SAMPLE)
    return _one_by_one("Python", python_rules.finder(made.rules), lines, our_own(made, Path(file)))


def _one_by_one(name: str, finds: Callable[[Json], Iterable[str]], lines: Sequence[Json], wanted: Found) -> Work:
    agreed(name, [frozenset(finds(line)) for line in lines], wanted)

    def work() -> Json:
        for line in lines:
            finds(line)
        return {}

    return work


def by_polars(folder: str, rules: int, file: str) -> Work:
    """Run Polars over whole columns, on one thread as the others."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    made, read = line_only(rules), Path(file)
    few = polars_rules.prepared(Path(folder), made.rules, lines_of(read, SAMPLE))
    agreed("Polars", polars_rules.found(few()), our_own(made, read))
    run = polars_rules.prepared(Path(folder), made.rules, lines_of(read, IN_COLUMNS))

    def work() -> Json:
        return {"rules": run().width}

    return work


PEERS = (
    Peer("json-rules-engine", json_rules, by_json_rules),
    Peer("zen, a table", zen_rules, by_zen_table),
    Peer("zen, expression", zen_rules, by_zen_expression),
    Peer("CLIPS", clips_rules, by_clips),
    Peer("Polars", polars_rules, by_polars, IN_COLUMNS),
    Peer("generated Python", None, by_python),
)


def by_columns(name: str, rules: int, file: str) -> Work:
    """Decide the whole file by the same rules."""
    decide = next(each.decide for each in PATHS if each.name == name)
    made = deciding(line_only(rules))
    return lambda: {"explanations": decide(made, Path(file), Path.cwd(), None, explained=False, presume={})}


def section(cache: Path, lines: int, rules: list[int]) -> None:
    """Print a row for each peer and number of rules, and what payrule takes to decide the whole file."""
    print(f"peers: rules on one line only; {SAMPLE:,} lines on one core, warm; payrule decides {lines:,}")
    print(f"  Polars is given {IN_COLUMNS:,} lines")
    folders = {module: _home(module, cache) for module in dict.fromkeys(peer.module for peer in PEERS) if module}
    table = Table("rules", "on one line", "engine:", "wall s", "CPU s", "lines a second")
    for count in rules:
        kept = len(line_only(count).rules)
        file = claims(cache, Drawn(rulebase(count).codes), lines)
        for peer in PEERS:
            folder = folders.get(peer.module)
            if folder is not None or peer.module is None:
                turn = measured(peer.task, 2, folder=folder, rules=count, file=file)[-1]
                table.row(count, kept, peer.name, *_cells(turn, peer.lines))
        for way in PATHS:
            turn = measured(by_columns, 2, within=cache, name=way.name, rules=count, file=file)[-1]
            table.row(count, kept, way.name, *_cells(turn, lines))


def _home(module: Any, cache: Path) -> Path | None:
    """Find the package of a peer, or install it into the cache; say so where that cannot be done."""
    if module.home(cache) is None:
        try:
            module.install(cache)
        except (OSError, CalledProcessError) as fault:
            said = fault.stderr.decode().strip() if isinstance(fault, CalledProcessError) else str(fault)
            print(f"  {module.PACKAGE} is left out, for it cannot be installed: {said}")
    found: Path | None = module.home(cache)
    return found


def _cells(turn: Turn, lines: int) -> Cells:
    wall, cpu = turn.told.get("wall", turn.wall), turn.told.get("cpu", turn.cpu)
    return wall, cpu, f"{lines / wall:,.0f}"
