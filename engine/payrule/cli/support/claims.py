"""Decide the claims of files, one after the other or by columns, and report those that cannot be decided."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click
import msgspec

from payrule.cli.support.errors import color, refuse, report
from payrule.cli.support.output import (
    STANDARD_INPUT,
    all_written,
    binary_output,
    interruptible,
    line_progress,
    terminal,
)
from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.claim_files import chosen_table, items_of
from payrule.formats.encounters import Read, checked, rejects_form, with_own_ids, written_rejects
from payrule.formats.json_reader import Items
from payrule.formats.payer_map import PayerChoice, refuse_map_for
from payrule.formats.reading import read_stream
from payrule.reports.json import json_document, json_lines
from payrule.reports.text import Changes, Count, Refused
from payrule.results.determination import Comparison, Determination
from payrule.rulebase.load import Documents
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic, InputError, RequestError
from payrule.source.files import refuse_no_file

if TYPE_CHECKING:
    from payrule.columns.decide_files import Tally
    from payrule.columns.writer import Outputs
    from payrule.formats.column_maps import ColumnMap
    from payrule.formats.column_matching import Matcher
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
            report(each for each in read.findings if each.severity == "error" or not quiet)
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
    """Say on standard error by which column map of the rulebase a table is read, where nobody named one."""
    message = f"`{path}` is read by the column map `{chosen.name}`, which its headings fit"
    click.secho(f"note: {message}; `--map` chooses another", err=True, color=color())


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


COLUMN_FORMATS = {"table": None, "csv": "csv", "jsonl": "jsonl", "parquet": "parquet"}
"""The forms of answers by columns; without one the ending of the file says."""


def _refuse_format(what: str, form: str, known: Iterable[str]) -> None:
    if form not in known:
        help_text = f"use one of {', '.join(f'`{each}`' for each in known)}"
        refuse("no-such-format", f"{what} cannot answer as {form}", help_text)


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


class Amounts(msgspec.Struct, frozen=True):
    """What amounts rest on: the attribute of the fee, codes for what is charged above it, the file of the payment."""

    fee: str | None = None
    above_fee: str | None = None
    payment: Path | None = None

    def refuse_for(self, form: str) -> None:
        """Raise RequestError where the form of the answers has no amounts, or has to have a payment."""
        given = {"--fee": self.fee, "--above-fee": self.above_fee, "--payment": self.payment}
        taken = {"835": (*given,), "cas-csv": ("--fee", "--above-fee")}.get(form, ())
        for name in (name for name, value in given.items() if value is not None and name not in taken):
            refuse("no-such-format", f"`{name}` is not for answers as {form}", "leave it out, or add `--format 835`")
        if form == "835" and self.payment is None:
            message = "an 835 says who pays whom, when and by which number, and no payment is named"
            refuse("no-payment", message, "name a document with `--payment`; `payrule schema payment` describes it")


def pieces(  # noqa: PLR0913 - what the options chose, each by name
    deciding: Deciding,
    files: Iterable[str],
    form: str,
    count: Count | Changes,
    *,
    stream: TextIO | None,
    quiet: bool,
    amounts: Amounts,
) -> Iterator[bytes]:
    """Write what was decided, or what would change, in the form that is asked for."""
    amounts.refuse_for(form)
    as_json = json_document if form == "json" else json_lines
    if isinstance(count, Changes):
        _refuse_format("`--consider`", form, ("table", "json", "jsonl"))
        comparisons = count.each(deciding.answered(deciding.rulebase.compare_under, files, quiet=quiet))
        return _comparison_tables(comparisons, stream) if form == "table" else as_json(comparisons)
    if form == "fhir":
        from payrule.reports.claim_response import fhir_documents

        return fhir_documents(_responses(deciding, files, count, quiet=quiet))
    if form in ("cas-csv", "835"):
        return _adjustments(deciding, files, count, amounts, quiet=quiet)
    determinations = count.each(deciding.decided(files, quiet=quiet))
    if form == "csv":
        from payrule.reports.csv import sheet

        return sheet(determinations)
    return _tables(determinations, stream) if form == "table" else as_json(determinations)


def _tables(determinations: Iterable[Determination], stream: TextIO | None) -> Iterator[bytes]:
    from payrule.reports.table import tables

    return tables(determinations, **terminal(stream))


def _comparison_tables(comparisons: Iterable[Comparison], stream: TextIO | None) -> Iterator[bytes]:
    from payrule.reports.table import comparison_tables

    return comparison_tables(comparisons, **terminal(stream))


def _adjustments(
    deciding: Deciding, files: Iterable[str], count: Count, amounts: Amounts, *, quiet: bool
) -> Iterator[bytes]:
    """Write what is adjusted of each line: a sheet as claims are decided, or one 835 of all of them."""
    from payrule.reports.adjustments import Fees, cas_sheet
    from payrule.reports.remittance import AdjustedClaim, read_payment, remittance

    rulebase, fees = deciding.rulebase, Fees(deciding.rulebase, amounts.fee, amounts.above_fee)
    payment = None if amounts.payment is None else read_payment(amounts.payment)

    def decided() -> Iterator[AdjustedClaim]:
        answers = deciding.read_and_answered(
            lambda terms, encounter: (terms, encounter, rulebase.decide_under(terms, encounter)),
            deciding.read(files),
            quiet=quiet,
        )
        for read, (terms, encounter, answer) in answers:
            lines = tuple(fees.adjusted(terms, encounter, answer))
            for _ in count.each([answer]):
                yield AdjustedClaim(read, encounter, answer, lines)

    if payment is None:
        yield from cas_sheet((each.answer, each.lines) for each in decided())
    else:
        yield remittance(decided(), payment)


def _responses(deciding: Deciding, files: Iterable[str], count: Count, *, quiet: bool) -> Iterator[dict[str, Any]]:
    """Give a FHIR response for each claim in the order of the files, also for those that cannot be decided."""
    from payrule.reports.claim_response import claim_response, rejected_response

    refused: list[dict[str, Any]] = []

    def refusing(read: Read, findings: tuple[Diagnostic, ...]) -> None:
        if not read.is_claim:
            return
        payer = deciding.choice.payer or (read.encounter.decided_by if read.encounter else None)
        refused.append(rejected_response(read, findings, payer, deciding.known_on.isoformat()))

    deciding.rejecting.append(refusing)
    for determination in count.each(deciding.decided(files, quiet=quiet)):
        yield from refused
        refused.clear()
        yield claim_response(determination)
    yield from refused


def workbook(deciding: Deciding, files: Sequence[str], count: Count, *, quiet: bool) -> bytes:
    """Decide the claims of one table, and write it as a workbook with the answers at its right.

    Raises RequestError for anything but one table. A workbook is kept as it is, with its other sheets.
    """
    from payrule.formats.column_matching import Matcher
    from payrule.formats.mapped_rows import claims_of_table
    from payrule.reports.sheet_answers import NOT_DECIDED, TITLES, answers_of, joined, new_workbook
    from payrule.reports.sheet_answers import workbook_with_answers as beside

    if len(files) != 1 or files[0] == "-" or deciding.earlier is not None:
        message = "a workbook of answers is made of one table, with the answers at its right"
        refuse("no-such-format", message, "give one workbook or CSV, without history, or choose another form")
    path, matcher = Path(files[0]), Matcher(deciding.rulebase.documents.vocabulary)
    chosen = _table_to_fill(path, deciding, matcher)
    if chosen.name:
        say_map(path, chosen)
    places: list[tuple[int, ...]] = []

    def noted() -> Items:
        for item, rows in claims_of_table(chosen, matcher, str(path)):
            places.append(rows)
            yield item

    reads = deciding.choice.chosen_for(checked(noted(), deciding.rulebase.validator, str(path), strict=deciding.strict))
    cells: dict[int, list[tuple[str, ...]]] = {}

    def refusing(_: Read, findings: tuple[Diagnostic, ...]) -> None:
        told = "; ".join(f"{each.message}; {each.help}" if each.help else each.message for each in findings)
        for row in dict.fromkeys(places[-1]):
            cells[row] = [(NOT_DECIDED, "", "", "", told, "")]

    deciding.rejecting.append(refusing)
    answers = deciding.read_and_answered(deciding.rulebase.decide_under, reads, quiet=quiet)
    for answer in count.each(each for _, each in answers):
        for row, told in zip(places[-1], answers_of(answer), strict=False):
            cells.setdefault(row, []).append(told)
    added = {row: joined(told) for row, told in cells.items()}
    if chosen.table.form == "xlsx":
        return beside(path, chosen.table.sheet, chosen.headings + 1, TITLES, added)
    return new_workbook(chosen.table.rows, chosen.headings + 1, TITLES, added)


def _table_to_fill(path: Path, deciding: Deciding, matcher: "Matcher") -> "Chosen":
    """Read the table that answers are put beside; raises RequestError where it is none, or cannot be read as one."""
    from payrule.formats.mapped_rows import chosen_by, chosen_for, table_of

    refuse_no_file(path)
    if deciding.map is None and (chosen := chosen_table(path, deciding.rulebase.documents)) is not None:
        return chosen
    table = table_of(path)
    if table is None:
        refuse("no-table", f"`{path}` is no table", "choose another form for the answers, such as `--format csv`")
    own = chosen_for(table, {}, matcher) if deciding.map is None else chosen_by(table, deciding.map, path)
    if own is None:
        refuse("other-headings", f"the headings of `{path}` are not those of payrule", "name their map with `--map`")
    return own


def decide_by_columns(  # noqa: PLR0913 - what the options chose, each by name
    deciding: Deciding,
    files: Sequence[str],
    form: str,
    out: Path | None,
    *,
    rejects: Path | None,
    width: str | None,
    memory_limit: str | None,
    quiet: bool,
    then: Callable[["Outputs"], str] | None = None,
) -> bool:
    """Decide files by columns, and tell whether everything was decided; raises InputError for what cannot be used.

    `then` is called with what was written, and names where what was rejected has gone.
    """
    from payrule.columns.decide_files import decide_files
    from payrule.columns.earlier import EarlierFiles
    from payrule.columns.writer import Outputs
    from payrule.formats.mapped_parquet import are_by_map

    if deciding.considers:
        message = "`--consider` does not decide by columns"
        refuse("no-such-format", message, "leave out `--engine columns`")
    if out is None:
        message = "answers by columns are written to files, and none is named"
        refuse("no-file", message, "name one with `--out`")
    _refuse_format("columns", form, COLUMN_FORMATS)
    if rejects is not None:
        rejects_form(rejects)
    is_parquet = any(Path(file).suffix.lower() == ".parquet" for file in files)
    by_map = are_by_map(map(Path, files), deciding.rulebase.documents, deciding.map)
    earlier = deciding.earlier if is_parquet and not by_map else None
    if is_parquet and not by_map:
        refuse_map_for(deciding.choice, "Parquet")
    outputs = Outputs.beside(out, COLUMN_FORMATS[form], columns=width or "full", rejects=rejects)
    doubts: dict[str | None, Diagnostic] = {}

    def terms(named: str | None) -> DecisionRequest:
        doubt = deciding.choice.doubt_of(named)
        if doubt is not None and deciding.strict:
            raise RequestError([doubt])
        doubts.update({} if doubt is None else {named: doubt})
        return deciding.terms(named)

    with line_progress(visible=not quiet) as show:
        tally = decide_files(
            deciding.rulebase,
            [Path(file) for file in files],
            outputs,
            terms,
            reads=lambda: _called(deciding.read(files), deciding.called),
            history=None if earlier is None else EarlierFiles(earlier.files, earlier.history_from, earlier.links),
            memory_limit=memory_limit,
            progress=show,
            written=all_written if then is None else None,
            by_map=by_map,
            called=[deciding.called.get(file, file) for file in files],
        )
    elsewhere = str(outputs.rejects) if then is None else then(outputs)
    if not quiet:
        report((*doubts.values(), *tally.warnings))
        click.secho(_sentence(tally, elsewhere), err=True, color=color())
        if earlier is not None and tally.joined is not None:
            click.secho(tally.joined.sentence(map(str, earlier.files), links=earlier.links), err=True, color=color())
        say_history(deciding)
    return not tally.rejected


def _called(reads: Iterable[Read], names: Mapping[str, str]) -> Iterator[Read]:
    """Speak of files as the user knows them."""
    for read in reads:
        if (name := names.get(read.file or "")) is None:
            yield read
        else:
            findings = tuple(msgspec.structs.replace(each, file=name) for each in read.findings)
            yield msgspec.structs.replace(read, file=name, findings=findings)


def say_history(deciding: Deciding) -> None:
    """Say on standard error what was joined to claims, where something was to be."""
    if (sentence := deciding.history_sentence) is not None:
        click.secho(sentence, err=True, color=color())


def _sentence(tally: "Tally", rejects: str) -> str:
    count = Count()
    count.encounters, count.voids, count.dispositions = tally.decided, tally.voids, tally.dispositions
    count.unreadable = tally.unreadable
    where = f"; see `{rejects}`" if tally.rejected else ""
    return count.sentence(Refused(tally.claims, tally.refused, tally.elsewhere)) + where
