"""Find the files of a rulebase, and run its examples."""

import re
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from payrule.analysis.solver import OutOfTimeError, never
from payrule.compare.locks import LOCK
from payrule.language.truth import Matches
from payrule.model.bound_schema import bound_example_schema
from payrule.model.payer import Example, Expectation, Shows
from payrule.model.policy import Policy
from payrule.model.remittance_codes import REMITTANCE_CODES
from payrule.model.values import read_date
from payrule.results.determination import Adjustment, Determination, LineDetermination
from payrule.rulebase.folder import (
    EXAMPLES,
    VOCABULARY,
    code_set_files,
    column_map_files,
    files_below,
    payer_files,
    policy_files,
    read_text,
    rulebase_folder,
    rulebase_of,
    table_files,
)
from payrule.rulebase.load import Documents, shape_findings
from payrule.rulebase.request import read_terms, select
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic, DocumentError, EncounterError, InputError, RequestError, did_you_mean
from payrule.source.json_source import JsonSource
from payrule.source.json_source import Path as JsonPath


def document_files(root: Path) -> tuple[Path, ...]:
    """List the files of all documents in a rulebase folder: lists first, tables, maps, policies, payers, examples."""
    lists = (path for name in (VOCABULARY, REMITTANCE_CODES, LOCK) if (path := root / name).exists())
    return (
        *lists,
        *table_files(root),
        *code_set_files(root),
        *column_map_files(root),
        *policy_files(root),
        *payer_files(root),
        *example_files(root),
    )


def documents_in(folder: Path | None) -> tuple[Path, tuple[Path, ...]]:
    """Find a rulebase, and its document files or those of a folder of it; raises DocumentError for a folder of none."""
    around = rulebase_of(folder) if folder is not None else None
    if around is not None:
        within = tuple(path for path in document_files(around) if folder in path.parents)
        if within:
            return around, within
    root = rulebase_folder(folder)
    return root, document_files(root)


class ExampleResult(msgspec.Struct, frozen=True):
    """One example that was run: its file, the source sentences and rules it shows, and each failed expectation."""

    file: str
    statements: tuple[str, ...]
    shows: tuple[Shows, ...]
    failures: tuple[Diagnostic, ...]


def example_files(folder: Path) -> tuple[Path, ...]:
    """List the example files of a rulebase folder: `<policy>/examples/*.json`."""
    return files_below(folder, f"*/{EXAMPLES}/*.json")


def read_example(path: Path, rulebase: Rulebase) -> tuple[Example, JsonSource]:
    """Read and check one example; errors as for `ExampleReader.read`."""
    reader = _readers.get(rulebase)
    if reader is None:
        reader = _readers[rulebase] = ExampleReader(rulebase)
    return reader.read(path)


class ExampleReader:
    """Read examples of one rulebase, whose schema and names are prepared once."""

    def __init__(self, rulebase: Rulebase) -> None:
        """Take the rulebase whose payers and rules the examples name."""
        self._payers, self._validator = rulebase.payers, rulebase.validator
        self._schema = bound_example_schema(rulebase.documents.vocabulary)
        versions = (version for each in rulebase.policies.values() for version in each)
        self._rules = frozenset(f"{version.id}/{rule.id}" for version in versions for rule in version.rules)

    def read(self, path: Path) -> tuple[Example, JsonSource]:
        """Read and check one example; raises DocumentError with all that is wrong with it, its claim and its names."""
        text = read_text(path)
        found = shape_findings(text, self._schema)
        if found:
            raise DocumentError(found)
        example = msgspec.convert(text.value, Example)
        found = tuple(_name_findings(example, self._payers, self._rules, text))
        try:
            found += self._validator.read(example.encounter, text=text, at=("encounter",), strict=True)[1]
        except EncounterError as fault:
            found += fault.findings
        if found:
            raise DocumentError(found)
        return example, text


_readers: WeakKeyDictionary[Rulebase, ExampleReader] = WeakKeyDictionary()


def run_example(path: Path, rulebase: Rulebase, known_on: date) -> ExampleResult:
    """Run one example; one that cannot be read has failed. `known_on` holds where it names no day."""
    try:
        example, text = read_example(path, rulebase)
        determination = rulebase.decide(example.encounter, **choices(example, known_on))
    except InputError as fault:
        return ExampleResult(str(path), (), (), fault.findings)
    failures = [*_failures(example, determination, text), *_shown(example, determination, rulebase, known_on, text)]
    return ExampleResult(str(path), example.statements, example.shows, tuple(failures))


def choices(example: Example, known_on: date) -> dict[str, Any]:
    """Give what an example chooses, as `Rulebase.decide` takes it; `known_on` holds where it names no day."""
    return {
        "payer": example.payer,
        "known_on": read_date(example.known_on) if example.known_on else known_on,
        "presume": example.presume,
        "consider": example.consider,
    }


def _name_findings(
    example: Example, payers: Collection[str], rules: AbstractSet[str], text: JsonSource
) -> Iterator[Diagnostic]:
    if example.payer not in payers:
        help_text = did_you_mean(example.payer, payers)
        yield text.diagnostic(("payer",), "unknown-payer", f"there is no payer `{example.payer}`", help_text)
    lines = {line.get("number") for line in example.encounter.get("lines", ()) if isinstance(line, dict)}
    named: list[tuple[JsonPath, str]] = []
    numbered: list[tuple[JsonPath, int]] = []
    for index, expected in enumerate(example.expect):
        numbered.append((("expect", index, "line"), expected.line))
        for key in ("reasons", "overruled"):
            named += [(("expect", index, key, at), name) for at, name in enumerate(getattr(expected, key) or ())]
    numbered += [(("shows", index, "line"), shown.line) for index, shown in enumerate(example.shows)]
    named += [(("shows", index, "rule"), shown.rule) for index, shown in enumerate(example.shows)]
    for path, number in numbered:
        if number not in lines:
            yield text.diagnostic(path, "unknown-line", f"the claim has no line {number}", "name a line of this claim")
    for path, name in named:
        if name not in rules:
            help_text = did_you_mean(name, rules, otherwise="write it as `policy/rule`")
            yield text.diagnostic(path, "unknown-rule", f"there is no rule `{name}`", help_text)


def _failures(example: Example, determination: Determination, text: JsonSource) -> Iterator[Diagnostic]:
    for index, expected in enumerate(example.expect):
        line = determination.line(expected.line)
        found = answered(line)
        for key, value in wanted(expected).items():
            if found[key] != value and not (key == "remittance" and _holds(found[key], value)):
                answer, instead = (msgspec.json.encode(each).decode() for each in (found[key], value))
                message = f"line {expected.line}: `{key}` is `{answer}`, but `{instead}` is expected"
                yield text.diagnostic(("expect", index, key), "expectation", message, _basis(line))


def _holds(found: dict[str, Any] | None, wanted: dict[str, Any]) -> bool:
    """Tell whether remittance codes are those expected; keys that are not there are not compared."""
    return found is not None and found == found | wanted


_start = re.compile(r"history\[(\d{4}-\d\d-\d\d)\]").fullmatch
"""Finds the start of a window that may hold lines which nobody has seen."""


def _basis(line: LineDetermination) -> str:
    """Say what an answer is based on, for whoever expected another one."""
    if line.disposition == "pending":
        missing = f"missing information: {', '.join(f'`{each}`' for each in line.open)}"
        if starts := [found[1] for each in line.open if (found := _start(each))]:
            first = min(starts)
            missing += (
                f'; `"history_from": "{first}"` in the claim says that its `history` has all earlier lines from then'
            )
        return missing
    if line.disposition == "undecided":
        return "no policy applies to this line"
    return f"the answer is based on {', '.join(f'`{reason.name}`' for reason in line.reasons)}"


def answered(line: LineDetermination) -> Any:
    """Give what an example can expect of a line, as plain values."""
    keys = ("disposition", "liability", "concern", "discretionary", "open", "remittance")
    return _plain(
        {key: getattr(line, key) for key in keys}
        | {key: None if (found := getattr(line, key)) is msgspec.UNSET else found for key in ("allowed_units", "pays")}
        | {"adjustments": [_without_sentence(each) for each in line.adjustments or ()]}
        | {key: [reason.name for reason in getattr(line, key)] for key in ("reasons", "overruled")}
        | {"conflicts": [conflict.rules for conflict in line.conflicts]}
    )


def _without_sentence(adjustment: Adjustment) -> Any:
    return {key: value for key, value in _plain(adjustment).items() if key != "sentence"}


def wanted(expected: Expectation) -> dict[str, Any]:
    """Give what is expected: a key that stands in the example, be its value null.

    >>> wanted(Expectation(line=1, disposition="denied", liability=None))
    {'disposition': 'denied', 'liability': None}
    """
    given = {key: value for key, value in _plain(expected).items() if key != "line"}
    return {key: value for key, value in given.items() if value is not None or key in NULLABLE}


NULLABLE = frozenset({"liability", "concern", "allowed_units", "pays"})
"""What an example can expect to be null."""


def _plain(value: object) -> Any:
    """Give a value as JSON has it: lists, objects and what they hold."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _shown(
    example: Example, determination: Determination, rulebase: Rulebase, known_on: date, text: JsonSource
) -> Iterator[Diagnostic]:
    """Compare an example with the rules that it says it shows."""
    matches = rulebase.matches(example.encounter, **choices(example, known_on))
    for index, shown in enumerate(example.shows):
        line, found = determination.line(shown.line), matches[shown.line]
        holds = ways(shown.rule, line, found)
        if not holds[shown.how]:
            true = [how for how, each in holds.items() if each]
            state = next((words for how, words in _STATES.items() if how in true), "matches but is not a reason")
            message = f"line {shown.line} does not show this: `{shown.rule}` {state}"
            instead = f"write `{true[0]}`, or " if true else ""
            help_text = f"{instead}fix the claim or the rule"
            yield text.diagnostic(("shows", index, "how"), "does-not-show", message, help_text)


_STATES = {
    "near-miss": "does not match",
    "waits": "lacks information",
    "decides": "decides the line",
    "applies": "is a reason of the answer",
}
"""What a rule does on a line, by the way in which the line shows it."""


def ways(rule: str, line: LineDetermination, found: Matches) -> dict[str, bool]:
    """Say of each way of showing a rule, as `policy/rule`, whether a line shows it so."""
    reasons = [reason.name for reason in line.reasons]
    return {
        "decides": reasons[:1] == [rule],
        "applies": rule in reasons,
        "near-miss": rule not in found.possible,
        "waits": rule in found.waiting,
    }


def lines_of(version: Policy, example: Example, documents: Documents, known_on: date = date.max) -> tuple[int, ...]:
    """List the numbers of the lines of an example to which a version applies; none where it cannot be decided.

    `known_on` holds where the example names no day; without it everything is known that was ever published.

    >>> from payrule.rulebase.load import read_documents
    >>> documents = read_documents()
    >>> payer = min(documents.payers.values(), key=lambda each: len(each.policies))
    >>> version = documents.policies[min(payer.policies)][-1]
    >>> encounter = {"id": "1", "lines": [{"number": 7, "code": "00001", "date": "2016-03-01"}]}
    >>> example = Example(kind="example", summary="", payer=payer.id, encounter=encounter, expect=())
    >>> lines_of(version, example, documents)
    (7,)
    """
    try:
        terms = read_terms(documents, **choices(example, known_on))
    except RequestError:
        return ()
    return tuple(
        line["number"]
        for line in example.encounter["lines"]
        if any(version.name in tier for tier in select(documents, terms, read_date(line["date"])))
    )


def rules_in_examples(rulebase: Rulebase, known_on: date, expired: Callable[[], bool] = never) -> frozenset[str]:
    """Give the rules, as `policy/rule`, that match some line of an example; one that cannot be decided counts for none.

    `known_on` holds where an example names no day. Raises OutOfTimeError when time runs out.

    >>> from payrule import load
    >>> rules = rules_in_examples(load(), date(2026, 11, 23))
    >>> all(f"{name}/{rule.id}" in rules for name, (first, *_) in load().policies.items() for rule in first.rules)
    True
    """
    found: set[str] = set()
    reader = ExampleReader(rulebase)
    for file in example_files(rulebase.documents.folder):
        if expired():
            raise OutOfTimeError
        with suppress(InputError):
            example, _ = reader.read(file)
            matches = rulebase.matches(example.encounter, **choices(example, known_on))
            found.update(*(each.definite for each in matches.values()))
    return frozenset(found)
