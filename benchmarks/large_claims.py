"""What the largest claims take: as many lines as a claim can have, under edits and rules that ask about other lines.

Each is decided with the check and all that an answer says, or refused before any work; then it is printed why. Beside
what it takes stands what payrule expects, by which it refuses a claim that would take too long (`--seconds`).
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import msgspec

from payrule.model.tables import Head, LookedUp, RowFile, row_lines
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import PayruleError
from payrule.source.files import shipped

PAYER, KNOWN_ON, DAY = "medicare-part-b", "2026-11-23", "2024-08-01"
CODES = ("97140", "97530", "97110", "97112", "98940", "98941", "97124", "97750", "99213", "97035")
MOST, MANY = 999, 399
COLUMNS = ("column_1", "column_2", "effective_date", "deletion_date", "modifier_indicator")
WIDTHS = (5, 5, 8, 8, 1)


def main() -> None:
    """Print the processor seconds of each claim, or why it is refused."""
    print("large claims: processor seconds for one decision, and those expected; or the refusal")
    with TemporaryDirectory() as folder:
        for said, rulebase, claim in _cases(Path(folder)):
            started = process_time()
            try:
                rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON)
                became = "decided"
            except PayruleError as error:
                became = f"refused: {error}".partition(" (")[0]
            took = process_time() - started
            told = f"{_expected(rulebase, claim):>6.2f}" if became == "decided" else f"{'':>6}"
            print(f"{took:>6.2f} {told} s  {said}: {became}", flush=True)


def _expected(rulebase: Rulebase, claim: dict[str, Any]) -> float:
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON)
    encounter = rulebase.encounter(claim)
    programs = rulebase.programs_for(terms, encounter)
    return sum(program.size(program.scene(encounter), subjects).seconds for program, subjects in programs)


def _cases(folder: Path) -> Iterator[tuple[str, Rulebase, dict[str, Any]]]:
    plain = load()
    yield "4 lines, to warm up", plain, _claim(4)
    for said, more in _MIXES.items():
        yield f"{MOST} lines of usual codes{said}", plain, _claim(MOST, **more)
    codes = [f"{20000 + at}" for at in range(MOST)]
    distinct = {"id": "E-1", "lines": [_line(at, code) for at, code in enumerate(codes)]}
    with_types = {"id": "E-1", "lines": [each | _MIXES[", of a chiropractor"] for each in distinct["lines"]]}
    marked = {"id": "E-1", "lines": [each | {"modifiers": ["59"]} for each in with_types["lines"]]}
    for said, step in (("each", 1), ("every fifth", 5), ("every fiftieth", 50)):
        paired = _with_pairs(plain, codes, folder / f"{step}.rows", step)
        for of, claim in (("", distinct), (", of a chiropractor", with_types), (", with modifiers", marked)):
            yield f"{MOST} lines of as many codes{of}, {said} pair of which has a row", paired, claim
    regions = plain.documents.vocabulary.attributes["line.regions"].values
    sets = [each for size in (1, 2, 3, 4) for each in combinations(regions, size)]
    for rules, lines, kinds in (
        (25, MANY, 5),
        (25, MANY, 100),
        (25, MANY, 190),
        (25, MANY, 380),
        (5, MANY, 380),
        (25, MOST, 380),
        (5, MOST, 380),
        (2, MOST, 800),
    ):
        made = with_rules(folder / f"{rules}-{lines}-{kinds}", rules, related=True)
        yield (
            f"{lines} lines of {kinds} sets of regions, {rules} rules that relate them",
            made,
            _of(lines, sets[:kinds]),
        )
    told = [
        _line(at, code, units=1 + at % 50, minutes=at % 60, provider={"type": ("chiropractor", "physician")[at % 2]})
        for at, code in enumerate(codes)
    ]
    for when, about in ((_of_line, "on what they say"), (_of_chart, "on what nobody says")):
        made = _with(folder / when.__name__, 100, when)
        yield f"{MOST} lines of as many codes, 100 rules {about}", made, {"id": "E-1", "lines": told}
    for rules, lines in ((25, MANY), (10, MOST), (25, MOST)):
        made = with_rules(folder / f"{rules}-{lines}", rules, related=False)
        yield f"{lines} lines, {rules} rules on the minutes of others", made, _claim(lines)
        minutes = {
            "id": "E-1",
            "lines": [each | {"minutes": at % 50} for at, each in enumerate(_claim(lines)["lines"])],
        }
        yield f"{lines} lines of known minutes, {rules} rules on those of others", made, minutes


def _of_line(at: int) -> dict[str, Any]:
    """Ask of any line about what it says."""
    some = [{"line.minutes": {"at_least": at}}, {"line.provider.type": {"is": "physician"}}]
    return {"line.units": {"at_least": 2 + at % 40}, "any": some}


def _of_chart(at: int) -> dict[str, Any]:
    """Ask of any line about what nobody says of it."""
    return {"line.units": {"at_least": 2 + at % 40}, "line.documentation.time": {"is": True}}


_MIXES: dict[str, dict[str, Any]] = {
    "": {},
    ", of a chiropractor": {"provider": {"type": "chiropractor"}},
    ", with minutes": {"minutes": 15, "units": 1, "provider": {"type": "physical-therapist"}},
}


def _line(at: int, code: str, **more: Any) -> dict[str, Any]:
    return {"number": at + 1, "code": code, "date": DAY, **more}


def _claim(count: int, **more: Any) -> dict[str, Any]:
    lines = [_line(at, CODES[at % len(CODES)], modifiers=["59"] * (at % 3 > 0), **more) for at in range(count)]
    return {"id": "E-1", "lines": lines}


def _of(count: int, sets: list[tuple[str, ...]]) -> dict[str, Any]:
    lines = [each | {"regions": list(sets[at % len(sets)])} for at, each in enumerate(_claim(count)["lines"])]
    return {"id": "E-1", "lines": lines}


def _with_pairs(rulebase: Rulebase, codes: list[str], path: Path, step: int) -> Rulebase:
    """Pair the codes with each other, or each so many of these pairs, in a table as the published one."""
    rows = ((one, two, "20200101", "", "1") for at, (one, two) in enumerate(combinations(codes, 2)) if not at % step)
    with path.open("wb") as file:
        file.writelines(row_lines(Head("sha256:0", COLUMNS, WIDTHS), rows))
    documents = rulebase.documents
    tables = {**documents.tables, "ncci-ptp": LookedUp.of(documents.tables["ncci-ptp"].table, RowFile(path))}
    return Rulebase(msgspec.structs.replace(documents, tables=tables))


def with_rules(folder: Path, count: int, *, related: bool) -> Rulebase:
    """Make a rulebase of so many rules, each of which asks about other lines."""

    def when(at: int) -> dict[str, Any]:
        region = {"region": {"is": "same"}} if related else {}
        return {
            "line.code": {"in": list(CODES)},
            "other_line": {"line.minutes": {"at_least": at + 1}, **region},
        }

    return _with(folder, count, when)


def _with(folder: Path, count: int, when: Callable[[int], dict[str, Any]]) -> Rulebase:
    made = Path(copytree(shipped("policies"), folder))
    path = made / "medicare-statute/1.0.0.json"
    policy = msgspec.json.decode(path.read_bytes())
    first = {key: value for key, value in policy["rules"][0].items() if key != "overrides"}
    policy["rules"] = [
        first
        | {
            "id": f"rule-{chr(97 + at // 26)}{chr(97 + at % 26)}",
            "when": when(at),
        }
        for at in range(count)
    ]
    path.write_bytes(msgspec.json.encode(policy))
    payer_path = made / f"payers/{PAYER}.json"
    payer = msgspec.json.decode(payer_path.read_bytes()) | {"tiers": [["medicare-statute"]]}
    payer.pop("accepted_conflicts", None)
    payer_path.write_bytes(msgspec.json.encode(payer))
    for examples in made.glob("*/examples"):
        rmtree(examples)
    return load(made)


if __name__ == "__main__":
    main()
