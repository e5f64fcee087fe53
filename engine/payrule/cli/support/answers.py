"""Write the answers to claims in the form that is asked for: tables, JSON, CSV, FHIR, an 835, a workbook."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from payrule.cli.support.claims import Deciding, say_map
from payrule.cli.support.errors import refuse
from payrule.cli.support.output import terminal
from payrule.formats.claim_files import chosen_table
from payrule.formats.encounters import Read, checked
from payrule.formats.json_reader import Items
from payrule.reports.json import json_document, json_lines
from payrule.reports.text import Changes, Count
from payrule.results.determination import Comparison, Determination
from payrule.source.diagnostics import Diagnostic
from payrule.source.files import refuse_no_file

if TYPE_CHECKING:
    from payrule.formats.column_matching import Matcher
    from payrule.formats.mapped_rows import Chosen


def refuse_format(what: str, form: str, known: Iterable[str]) -> None:
    """Raise RequestError for a form of answers that is not known to what cannot answer in it."""
    if form not in known:
        help_text = f"use one of {', '.join(f'`{each}`' for each in known)}"
        refuse("no-such-format", f"{what} cannot answer as {form}", help_text)


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
        refuse_format("`--consider`", form, ("table", "json", "jsonl"))
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
