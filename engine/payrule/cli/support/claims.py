"""Decide the claims of files, one after the other, and say what is wrong with those that cannot be decided."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

from payrule.cli.support.options import report
from payrule.cli.support.output import STANDARD_INPUT, binary_output, standard_input, terminal
from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.encounters import Read, checked, reject_of, rejects_form, written_rejects
from payrule.formats.reading import read_file, read_stream
from payrule.model.vocabulary import Vocabulary
from payrule.reports.count import Changes, Count, Refused
from payrule.reports.csv import sheet
from payrule.reports.json import json_document, json_lines
from payrule.reports.table import comparison_tables, tables
from payrule.results.determination import Comparison, Determination
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic, InputError, RequestError

Answer = TypeVar("Answer")


class Deciding:
    """Decide the claims of files under the terms that the options give, and count what could not be decided.

    `rejecting` hears of every claim that is not decided, and of what is wrong with a file: all findings of each.
    """

    def __init__(
        self, rulebase: Rulebase, terms: Callable[[str | None], DecisionRequest], *, strict: bool, considers: bool
    ) -> None:
        """Take the rulebase, and what gives the terms for a payer named by an encounter, or by none."""
        self.rulebase = rulebase
        self.claims = self.rejected = self.elsewhere = 0
        self.rejecting: Callable[[tuple[Diagnostic, ...]], object] = lambda _: None
        self.considers = considers
        self.terms, self.strict = terms, strict

    def decided(self, files: Iterable[str], *, quiet: bool = False) -> Iterator[Determination]:
        """Decide what can be decided; report the rest, with its place, and go on."""
        return self._answered(self.rulebase.decide_under, files, quiet=quiet)

    def compared(self, files: Iterable[str], *, quiet: bool = False) -> Iterator[Comparison]:
        """Say what would change if the considered policy bound; otherwise as `decided`."""
        return self._answered(self.rulebase.compare_under, files, quiet=quiet)

    def _answered(
        self, answer: Callable[[DecisionRequest, Encounter], Answer], files: Iterable[str], *, quiet: bool
    ) -> Iterator[Answer]:
        for read in self._read(files):
            report(diagnostic for diagnostic in read.findings if diagnostic.severity == "error" or not quiet)
            self.claims += read.is_claim
            if read.encounter is None:
                self._reject(read.errors, is_claim=read.is_claim)
                continue
            try:
                answered = answer(self.terms(read.encounter.payer), read.encounter)
            except InputError as fault:
                told = tuple(read.told(diagnostic) for diagnostic in fault.findings)
                report(told)
                self._reject(told, is_claim=True)
            else:
                yield answered

    @property
    def refused(self) -> Refused:
        """What was not decided."""
        return Refused(self.claims, self.rejected, self.elsewhere)

    @property
    def is_complete(self) -> bool:
        """Tell whether everything was decided."""
        return not self.rejected and not self.elsewhere

    def _reject(self, errors: tuple[Diagnostic, ...], *, is_claim: bool) -> None:
        if errors:
            self.rejected += is_claim
            self.elsewhere += 0 if is_claim else len(errors)
            self.rejecting(errors)

    def _read(self, files: Iterable[str]) -> Iterator[Read]:
        for file in files:
            yield from claims_of(file, self.rulebase.documents.vocabulary, self.rulebase.door, strict=self.strict)


def claims_of(file: str, vocabulary: Vocabulary, door: EncounterValidator, *, strict: bool = False) -> Iterator[Read]:
    """Read the claims of a file, `-` being standard input; each is checked, and what is wrong with it said."""
    if file == "-":
        with standard_input() as stream:
            yield from checked(read_stream(stream, STANDARD_INPUT, vocabulary), door, STANDARD_INPUT, strict=strict)
    else:
        yield from checked(read_file(Path(file), vocabulary), door, file, strict=strict)


def refuse_what_no_payer_takes(payers: Iterable[str], terms: Callable[[str], DecisionRequest]) -> None:
    """Say before any claim is read what is wrong with the options; raises RequestError when no payer takes them."""
    faults = []
    for name in payers:
        try:
            terms(name)
        except RequestError as fault:
            faults.append(fault)
        else:
            return
    if faults:
        raise faults[0]


FORMATS: dict[str, Callable[[Iterable[Determination], TextIO | None], Iterator[bytes]]] = {
    "table": lambda determinations, stream: tables(determinations, **terminal(stream)),
    "json": lambda determinations, _: json_document(determinations),
    "jsonl": lambda determinations, _: json_lines(determinations),
    "csv": lambda determinations, _: sheet(determinations),
}
"""How to answer: on a stream, or without one in a file."""

COMPARISONS: dict[str, Callable[[Iterable[Comparison], TextIO | None], Iterator[bytes]]] = {
    "table": lambda comparisons, stream: comparison_tables(comparisons, **terminal(stream)),
    "json": lambda comparisons, _: json_document(comparisons),
    "jsonl": lambda comparisons, _: json_lines(comparisons),
}
"""How to answer when a policy is considered: what would change."""


@contextmanager
def rejects_output(path: Path | None, deciding: Deciding) -> Iterator[None]:
    """Write what is not decided to a file, which appears whole or not at all; raises RequestError for its ending."""
    if path is None:
        yield
        return
    form = rejects_form(path)
    with binary_output(path) as write:
        write(b"".join(written_rejects((), form)))

        def rejecting(findings: tuple[Diagnostic, ...]) -> None:
            write(b"".join(written_rejects(map(reject_of, findings), form, titles=False)))

        deciding.rejecting = rejecting
        yield


def pieces(  # noqa: PLR0913 - what the options chose, each by name
    deciding: Deciding, files: Iterable[str], form: str, count: Count | Changes, *, stream: TextIO | None, quiet: bool
) -> Iterator[bytes]:
    """Write what was decided, or what would change, in the form that is asked for."""
    if isinstance(count, Count):
        return FORMATS[form](count.each(deciding.decided(files, quiet=quiet)), stream)
    if form not in COMPARISONS:
        help_text = f"use one of {', '.join(f'`{each}`' for each in COMPARISONS)}"
        message = f"`--consider` cannot answer as {form}"
        raise RequestError.of("no-such-format", message, help_text)
    return COMPARISONS[form](count.each(deciding.compared(files, quiet=quiet)), stream)
