"""Decide the claims of files, one after the other, and say what is wrong with those that cannot be decided."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from payrule.adjudication.rulebase import Rulebase
from payrule.adjudication.terms import Terms
from payrule.cli.options import report
from payrule.cli.output import STANDARD_INPUT, standard_input
from payrule.documents.comparisons import Comparison
from payrule.documents.determinations import Determination
from payrule.documents.encounter_door import Door
from payrule.documents.encounters import Encounter
from payrule.documents.findings import InputError, RequestError
from payrule.documents.models import Vocabulary
from payrule.formats.encounters import Read, checked
from payrule.formats.reading import read_file, read_stream

Answer = TypeVar("Answer")


class Deciding:
    """Decide the claims of files under the terms that the options give, and count what could not be decided."""

    def __init__(
        self, rulebase: Rulebase, terms: Callable[[str | None], Terms], *, strict: bool, considers: bool
    ) -> None:
        """Take the rulebase, and what gives the terms for a payer named by an encounter, or by none."""
        self.rulebase = rulebase
        self.undecidable = 0
        self.considers = considers
        self.terms, self.strict = terms, strict

    def decided(self, files: Iterable[str], *, quiet: bool = False) -> Iterator[Determination]:
        """Decide what can be decided; report the rest, with its place, and go on."""
        return self._answered(self.rulebase.decide_under, files, quiet=quiet)

    def compared(self, files: Iterable[str], *, quiet: bool = False) -> Iterator[Comparison]:
        """Say what would change if the considered policy bound; otherwise as `decided`."""
        return self._answered(self.rulebase.compare_under, files, quiet=quiet)

    def _answered(
        self, answer: Callable[[Terms, Encounter], Answer], files: Iterable[str], *, quiet: bool
    ) -> Iterator[Answer]:
        for read in self._read(files):
            report(finding for finding in read.findings if finding.severity == "error" or not quiet)
            if read.encounter is None:
                self.undecidable += any(finding.severity == "error" for finding in read.findings)
                continue
            try:
                answered = answer(self.terms(read.encounter.payer), read.encounter)
            except InputError as fault:
                self.undecidable += 1
                report(read.told(finding) for finding in fault.findings)
            else:
                yield answered

    def _read(self, files: Iterable[str]) -> Iterator[Read]:
        for file in files:
            yield from claims_of(file, self.rulebase.documents.vocabulary, self.rulebase.door, strict=self.strict)


def claims_of(file: str, vocabulary: Vocabulary, door: Door, *, strict: bool = False) -> Iterator[Read]:
    """Read the claims of a file, `-` being standard input; each is checked, and what is wrong with it said."""
    if file == "-":
        with standard_input() as stream:
            yield from checked(read_stream(stream, STANDARD_INPUT, vocabulary), door, STANDARD_INPUT, strict=strict)
    else:
        yield from checked(read_file(Path(file), vocabulary), door, file, strict=strict)


def refuse_what_no_payer_takes(payers: Iterable[str], terms: Callable[[str], Terms]) -> None:
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
