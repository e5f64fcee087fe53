"""Run the examples of policies: each is an encounter and what a payer must answer."""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.adjudication.document_findings import shape_findings
from payrule.adjudication.folder import EXAMPLES, read_text
from payrule.adjudication.rulebase import Rulebase
from payrule.adjudication.unsaved import files_below
from payrule.documents.bound_schema import bound_example_schema
from payrule.documents.determinations import Determination, LineDetermination
from payrule.documents.findings import DocumentError, EncounterError, Finding, InputError
from payrule.documents.models import Example, Expectation, Shows
from payrule.documents.places import Path as JsonPath
from payrule.documents.places import Text
from payrule.documents.suggest import did_you_mean
from payrule.documents.values import read_date
from payrule.language.matches import Matches


class Ran(msgspec.Struct, frozen=True):
    """One example that was run: its file, the statements and rules it shows, and each expectation that failed."""

    file: str
    statements: tuple[str, ...]
    shows: tuple[Shows, ...]
    failures: tuple[Finding, ...]


def example_files(folder: Path) -> tuple[Path, ...]:
    """List the example files of a rulebase folder: `<policy>/examples/*.json`."""
    return files_below(folder, f"*/{EXAMPLES}/*.json")


def read_example(path: Path, rulebase: Rulebase) -> tuple[Example, Text]:
    """Read and check one example; errors as for `ExampleReader.read`."""
    return ExampleReader(rulebase).read(path)


class ExampleReader:
    """Read examples of one rulebase; what they are held to is made once."""

    def __init__(self, rulebase: Rulebase) -> None:
        """Take the rulebase whose payers and rules the examples name."""
        self._rulebase = rulebase
        self._schema = bound_example_schema(rulebase.documents.vocabulary)
        versions = (version for each in rulebase.policies.values() for version in each)
        self._rules = frozenset(f"{version.id}/{rule.id}" for version in versions for rule in version.rules)

    def read(self, path: Path) -> tuple[Example, Text]:
        """Read and check one example.

        Raises DocumentError with all that is wrong with its shape, its encounter, or the names in it.
        """
        text = read_text(path)
        found = shape_findings(text, self._schema)
        if found:
            raise DocumentError(found)
        example = msgspec.convert(text.value, Example)
        found = tuple(_name_findings(example, self._rulebase.payers, self._rules, text))
        try:
            found += self._rulebase.door.read(example.encounter, text=text, at=("encounter",), strict=True)[1]
        except EncounterError as fault:
            found += fault.findings
        if found:
            raise DocumentError(found)
        return example, text


def run_example(path: Path, rulebase: Rulebase, known_on: date) -> Ran:
    """Run one example; one that cannot be read has failed. `known_on` holds where it names no day."""
    try:
        example, text = read_example(path, rulebase)
        determination = rulebase.decide(example.encounter, **choices(example, known_on))
    except InputError as fault:
        return Ran(str(path), (), (), fault.findings)
    failures = [*_failures(example, determination, text), *_shown(example, determination, rulebase, known_on, text)]
    return Ran(str(path), example.statements, example.shows, tuple(failures))


def choices(example: Example, known_on: date) -> dict[str, Any]:
    """Give what an example chooses, as `Rulebase.decide` takes it; `known_on` holds where it names no day."""
    return {
        "payer": example.payer,
        "known_on": read_date(example.known_on) if example.known_on else known_on,
        "presume": example.presume,
        "consider": example.consider,
    }


def _name_findings(example: Example, payers: Collection[str], rules: AbstractSet[str], text: Text) -> Iterator[Finding]:
    if example.payer not in payers:
        cure = did_you_mean(example.payer, payers)
        yield text.finding(("payer",), "unknown-payer", f"there is no payer `{example.payer}`", cure)
    lines = {line.get("number") for line in example.encounter.get("lines", ()) if isinstance(line, dict)}
    spoken = [("expect", index, each.line) for index, each in enumerate(example.expect)]
    spoken += [("shows", index, each.line) for index, each in enumerate(example.shows)]
    for key, index, number in spoken:
        if number not in lines:
            message = f"the encounter has no line {number}"
            yield text.finding((key, index, "line"), "unknown-line", message, "name a line of this encounter")
    named: list[tuple[JsonPath, str]] = [
        (("shows", index, "rule"), each.rule) for index, each in enumerate(example.shows)
    ]
    named += [
        (("expect", index, key, position), name)
        for index, each in enumerate(example.expect)
        for key in ("reasons", "overruled")
        for position, name in enumerate(getattr(each, key) or ())
    ]
    for path, name in named:
        if name not in rules:
            cure = did_you_mean(name, rules, otherwise="write it as `policy/rule`")
            yield text.finding(path, "unknown-rule", f"there is no rule `{name}`", cure)


def _failures(example: Example, determination: Determination, text: Text) -> Iterator[Finding]:
    for index, expected in enumerate(example.expect):
        line = determination.line(expected.line)
        found = answered(line)
        for key, value in wanted(expected).items():
            if found[key] != value:
                answer, instead = _shown_value(found[key]), _shown_value(value)
                message = f"line {expected.line}: `{key}` is {answer}, but {instead} is expected"
                yield text.finding(("expect", index, key), "expectation", message, _ground(line))


def _ground(line: LineDetermination) -> str:
    """Say what an answer rests on, for whoever expected another one."""
    if line.disposition == "pending":
        return f"the answer waits for {', '.join(f'`{each}`' for each in line.open)}"
    if line.disposition == "undecided":
        return "no rule that binds this line decides it"
    return f"the answer rests on {', '.join(f'`{reason.name}`' for reason in line.reasons)}"


def answered(line: LineDetermination) -> Any:
    """Give what an example can expect of a line, as plain values."""
    found = {
        "disposition": line.disposition,
        "liability": line.liability,
        "concern": line.concern,
        "discretionary": line.discretionary,
        "allowed_units": None if line.allowed_units is msgspec.UNSET else line.allowed_units,
        "reasons": [reason.name for reason in line.reasons],
        "overruled": [reason.name for reason in line.overruled],
        "conflicts": [conflict.rules for conflict in line.conflicts],
        "open": line.open,
        "remittance": line.remittance,
    }
    return _plain(found)


def wanted(expected: Expectation) -> dict[str, Any]:
    """Give what is expected: a key that stands in the example, be its value null.

    >>> wanted(Expectation(line=1, disposition="denied", liability=None))
    {'disposition': 'denied', 'liability': None}
    """
    said = {key: value for key, value in _plain(expected).items() if key != "line"}
    nullable = {"liability", "concern", "allowed_units"}
    return {key: value for key, value in said.items() if value is not None or key in nullable}


def _plain(value: object) -> Any:
    """Give a value as JSON has it: lists, objects and what they hold."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _shown_value(value: Any) -> str:
    return f"`{msgspec.json.encode(value).decode()}`"


def _shown(
    example: Example, determination: Determination, rulebase: Rulebase, known_on: date, text: Text
) -> Iterator[Finding]:
    """Hold an example to the rules that it says it shows."""
    matches = rulebase.matches(example.encounter, **choices(example, known_on))
    for index, shown in enumerate(example.shows):
        line, found = determination.line(shown.line), matches[shown.line]
        holds = ways(shown.rule, line, found)
        if not holds[shown.how]:
            message = f"line {shown.line} does not show this of `{shown.rule}`, which {_state(shown.rule, line, found)}"
            true = next((f"write `{how}`, or " for how, each in holds.items() if each), "")
            yield text.finding(
                ("shows", index, "how"), "does-not-show", message, f"{true}mend the encounter or the rule"
            )


def ways(rule: str, line: LineDetermination, found: Matches) -> dict[str, bool]:
    """Say of each way of showing a rule, as `policy/rule`, whether a line shows it so."""
    reasons = [reason.name for reason in line.reasons]
    return {
        "decides": reasons[:1] == [rule],
        "applies": rule in reasons,
        "near-miss": rule not in found.possible,
        "waits": rule in found.waiting,
    }


def _state(rule: str, line: LineDetermination, found: Matches) -> str:
    """Say what became of a rule on a line."""
    holds = ways(rule, line, found)
    said = {"near-miss": "does not match", "waits": "waits for unknown facts", "decides": "decides it"}
    said |= {"applies": "is a reason"}
    return next((words for way, words in said.items() if holds[way]), "matches and is no reason")
