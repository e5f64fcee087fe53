"""Read the claims of files, decide one after the other, and report those that cannot be decided."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from payrule.cli.support.errors import color, report
from payrule.cli.support.output import (
    STANDARD_INPUT,
    binary_output,
    interruptible,
)
from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.claim_files import items_of
from payrule.formats.encounters import Read, checked, rejects_form, with_own_ids, written_rejects
from payrule.formats.payer_map import PayerChoice
from payrule.formats.reading import read_stream
from payrule.reports.text import Refused
from payrule.results.determination import Determination
from payrule.rulebase.load import Documents
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic, InputError, RequestError, counted, shown

if TYPE_CHECKING:
    from payrule.formats.column_maps import ColumnMap
    from payrule.formats.history import Histories
    from payrule.formats.mapped_rows import Chosen

Answer = TypeVar("Answer")


class Deciding:
    """Decide the claims of files under the terms that the options give, and count what could not be decided.

    Each of `rejecting` is called with a claim that is not decided, or what is read of the file instead, and its errors.
    """

    def __init__(  # noqa: PLR0913 - what the options chose, each by name
        self,
        rulebase: Rulebase,
        terms: Callable[[str | None], DecisionRequest],
        *,
        choice: PayerChoice,
        known_on: date,
        strict: bool,
        considers: bool,
        earlier: "Earlier | None" = None,
    ) -> None:
        """Take the rulebase, and what gives the terms for a payer that a claim names, or for none.

        `choice` says which payer decides each claim. `earlier` says where earlier lines of patients are, which are
        added to the claims.
        """
        self.choice, self.known_on = choice, known_on
        self.earlier = earlier
        self._histories: Histories | None = None
        self.map: ColumnMap | None = None
        self.called: dict[str, str] = {}
        """What the user knows files as that stand for something else, by their names."""
        self.rulebase = rulebase
        self.claims = self.rejected = self.elsewhere = self.unread = 0
        self.rejecting: list[Callable[[Read, tuple[Diagnostic, ...]], object]] = []
        self.considers = considers
        self.shows_warnings = False
        """Whether the answers to a claim show its warnings on the same screen."""
        self.terms, self.strict = terms, strict

    def decided(self, files: Iterable[str], *, quiet: bool = False) -> Iterator[Determination]:
        """Decide what can be decided, as `answered`."""
        return self.answered(self.rulebase.decide_under, files, quiet=quiet)

    def answered(
        self, answer: Callable[[DecisionRequest, Encounter], Answer], files: Iterable[str], *, quiet: bool
    ) -> Iterator[Answer]:
        """Give what is answered of each claim; report what cannot be, with its place, and go on."""
        return (answered for _, answered in self.read_and_answered(answer, self.read(files), quiet=quiet))

    def read_and_answered(
        self, answer: Callable[[DecisionRequest, Encounter], Answer], reads: Iterable[Read], *, quiet: bool
    ) -> Iterator[tuple[Read, Answer]]:
        """Give each claim with what is answered of it, as `answered`."""
        for read in reads:
            is_shown = self.shows_warnings and read.encounter is not None
            report(each for each in read.findings if each.severity == "error" or not (quiet or is_shown))
            self.claims += read.is_claim
            if read.encounter is None:
                self._reject(read, read.errors)
                continue
            try:
                answered = answer(self.terms(read.encounter.decided_by), read.encounter)
            except InputError as fault:
                findings = tuple(read.told(each) for each in fault.findings)
                report(findings)
                self._reject(read, findings)
            else:
                if read.errors:  # of a line that cannot be read
                    self.unread += 1
                    for told in self.rejecting:
                        told(msgspec.structs.replace(read, is_claim=False), read.errors)
                yield read, answered

    @property
    def refused(self) -> Refused:
        """What was not decided."""
        return Refused(self.claims, self.rejected, self.elsewhere)

    @property
    def is_complete(self) -> bool:
        """Tell whether everything was decided."""
        return not self.rejected and not self.elsewhere and not self.unread

    def _reject(self, read: Read, errors: tuple[Diagnostic, ...]) -> None:
        if errors:
            self.rejected += read.is_claim
            self.elsewhere += 0 if read.is_claim else len(errors)
            for told in self.rejecting:
                told(read, errors)

    def read(self, files: Iterable[str]) -> Iterator[Read]:
        """Read the claims of files, one after the other, with earlier lines of their patients; raises InputError."""
        named = tuple(files)
        if self.earlier is None:
            yield from self.choice.chosen_for(self._claims(named))
            return
        self._histories, reads = joined_claims(named, self.rulebase, self.earlier, strict=self.strict, by_map=self.map)
        yield from self.choice.chosen_for(reads)

    def _claims(self, files: Iterable[str]) -> Iterator[Read]:
        documents, validator = self.rulebase.documents, self.rulebase.validator
        yield from claims_of(files, documents, validator, strict=self.strict, by_map=self.map)

    @property
    def history_sentence(self) -> str | None:
        """Say what was joined to claims; None where nothing was to be."""
        if self.earlier is None or self._histories is None:
            return None
        return self._histories.joined.sentence(map(str, self.earlier.files), links=self.earlier.links)


class Earlier(msgspec.Struct, frozen=True):
    """Where earlier lines of patients are: in files of histories, and with `links` in the claims themselves.

    From `history_from` on they are complete, for patients of whom no row says another day.
    """

    files: tuple[Path, ...]
    history_from: date | None
    links: bool


def joined_claims(
    files: Sequence[str],
    rulebase: "Rulebase",
    earlier: Earlier,
    *,
    strict: bool = False,
    by_map: "ColumnMap | None" = None,
) -> "tuple[Histories, Iterator[Read]]":
    """Read the files of histories, and with `links` the claims; give them, and each claim with its earlier lines.

    Raises InputError for what cannot be used.
    """
    from payrule.formats.history import Histories, history_rows, refuse_streams

    vocabulary, validator = rulebase.documents.vocabulary, rulebase.validator
    histories = Histories(vocabulary, earlier.history_from)
    if earlier.links:
        refuse_streams(files)

    def claims() -> Iterator[Read]:
        return claims_of(files, rulebase.documents, validator, strict=strict, by_map=by_map)

    for path in earlier.files:
        report(histories.add_rows(history_rows(path, vocabulary, validator, strict=strict)))
    if earlier.links:
        histories.add_claims(claims())
    joined = (
        msgspec.structs.replace(each, encounter=each.encounter and histories.join(each.encounter)) for each in claims()
    )
    return histories, joined


def claims_of(
    files: Iterable[str],
    documents: Documents,
    validator: EncounterValidator,
    *,
    strict: bool = False,
    by_map: "ColumnMap | None" = None,
) -> Iterator[Read]:
    """Read the claims of files, `-` being standard input; each is checked, with what is wrong with it.

    A table is read by a column map where one is named, else by the map of the rulebase that its headings fit.
    """
    of_files = (_claims_of(file, documents, validator, strict=strict, by_map=by_map) for file in files)
    return with_own_ids(chain.from_iterable(of_files))


def _claims_of(
    file: str, documents: Documents, validator: EncounterValidator, *, strict: bool, by_map: "ColumnMap | None"
) -> Iterator[Read]:
    if by_map is None and file == "-":
        with interruptible(sys.stdin.fileno()) as stream:
            items = read_stream(stream, STANDARD_INPUT, documents.vocabulary)
            yield from checked(items, validator, STANDARD_INPUT, strict=strict)
        return
    path = Path("/dev/stdin") if file == "-" else Path(file)
    yield from checked(items_of(path, documents, by_map, say_map), validator, file, strict=strict)


def say_map(path: Path, chosen: "Chosen") -> None:
    """Say on standard error by which column map of the rulebase a table is read, where nobody named one.

    Of a workbook with several sheets, say which is read. With `--quiet` say nothing.
    """
    context = click.get_current_context(silent=True)
    if context is not None and context.params.get("quiet"):
        return
    if chosen.name:
        message = f"`{path}` is read by the column map `{chosen.name}`, which its headings fit"
        click.secho(f"note: {message}; `--map` chooses another", err=True, color=color())
    if chosen.table.others:
        others = f"{counted(chosen.table.others, 'other sheet')} {'is' if chosen.table.others == 1 else 'are'} not read"
        message = f"of `{path}` the sheet {shown(chosen.table.sheet)} is read, which has the most rows; {others}"
        click.secho(f"note: {message}", err=True, color=color())


def refuse_what_no_payer_takes(payers: Iterable[str], terms: Callable[[str], DecisionRequest]) -> None:
    """Check the options before any claim is read; raises RequestError when they are right for no payer."""
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


@contextmanager
def rejects_output(path: Path | None, deciding: Deciding) -> Iterator[None]:
    """Write what is not decided to a file, which appears whole or not at all; raises RequestError for its ending."""
    if path is None:
        yield
        return
    form = rejects_form(path)
    with binary_output(path) as write:
        write(b"".join(written_rejects((), form)))

        def rejecting(_: Read, findings: tuple[Diagnostic, ...]) -> None:
            write(b"".join(written_rejects(findings, form, titles=False)))

        deciding.rejecting.append(rejecting)
        yield


def say_history(deciding: Deciding) -> None:
    """Say on standard error what was joined to claims, where something was to be."""
    if (sentence := deciding.history_sentence) is not None:
        click.secho(sentence, err=True, color=color())
