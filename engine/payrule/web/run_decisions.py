"""Decide the claims of a file that a person runs: the first ones at once, more than a few by a job, in columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from payrule.columns.decide_files import decide_files
from payrule.columns.writer import Outputs
from payrule.encounter.encounter import CHARGE, Encounter
from payrule.formats.column_matching import Matcher
from payrule.formats.encounters import Read, checked, with_own_ids
from payrule.formats.mapped_rows import Mapped
from payrule.formats.reading import read_file
from payrule.model.values import Value
from payrule.reports.sheet_answers import VOID, answer_cells
from payrule.results.determination import Determination, LineDetermination
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import Diagnostic, InputError
from payrule.web.jobs import Report
from payrule.web.runs import Answered, Kept, Mistake, Row, written_cells

FIRST, AT_ONCE = 50, 200
"""How many claims of a large file are decided at once, and how many a file may have to be decided so as a whole."""


class Reading(msgspec.Struct, frozen=True):
    """One claim of a run as it was read, with the rows of its lines; `key` finds it again."""

    key: str
    read: Read
    rows: tuple[int, ...]


def readings(
    kept: Kept, rulebase: Rulebase, matcher: Matcher, claims: Mapping[str, list[Row]] | None = None
) -> Iterator[Reading]:
    """Read the claims of a run in the order in which they begin; `claims` are those of a table, each with its rows."""
    if not kept.run.is_table:
        yield from _of_claims(kept, rulebase)
        return
    mapped = kept.mapped(matcher)
    groups = groups_of(kept, mapped) if claims is None else claims
    raws = (mapped.claim(key, (mapped.row(*row) for row in rows)) for key, rows in groups.items())
    for (key, rows), read in zip(groups.items(), checked(raws, rulebase.validator), strict=True):
        yield Reading(key, read, tuple(number for number, _ in rows))


def groups_of(kept: Kept, mapped: Mapped) -> dict[str, list[Row]]:
    """Give the rows of each claim of a table."""
    return mapped.groups(kept.rows()[kept.run.headings :])


def _of_claims(kept: Kept, rulebase: Rulebase) -> Iterator[Reading]:
    """Read the claims of a file of another format; their lines are numbered as rows, from 2."""
    row = 2
    items = read_file(kept.path, rulebase.documents.vocabulary)
    for at, read in enumerate(with_own_ids(checked(items, rulebase.validator)), start=1):
        if read.encounter is None and not read.errors:
            continue
        count = max(1, len(read.encounter.lines)) if read.encounter else 1
        yield Reading(str(at), read, tuple(range(row, row + count)))
        row += count


class Decided(msgspec.Struct):
    """What has been found out of some claims: an answer or a mistake for each row, and the cells of rows we made."""

    answers: list[Answered] = []
    mistakes: list[Mistake] = []
    lines: list[tuple[int, str, dict[str, str]]] = []


def decide(
    kept: Kept, rulebase: Rulebase, matcher: Matcher, reads: Iterable[Reading], terms: Callable[[str], DecisionRequest]
) -> Decided:
    """Decide claims one by one."""
    found = Decided([], [], [])
    placing = _Placing(kept, matcher)
    for each in reads:
        placing.lines(each, found)
        encounter = each.read.encounter
        if encounter is None:
            found.mistakes += placing.mistakes(each, each.read.errors)
            continue
        try:
            made = rulebase.decide_under(terms(encounter.decided_by or ""), encounter)
        except InputError as fault:
            found.mistakes += placing.mistakes(each, fault.findings)
        else:
            found.answers += _answers(each, encounter, made)
    return found


class _Placing:
    """Say where things are: mistakes in their rows and columns, and the lines of claims that are no table."""

    def __init__(self, kept: Kept, matcher: Matcher) -> None:
        self._kept, self._matcher = kept, matcher
        self._mapped = kept.mapped(matcher) if kept.run.is_table else None

    def mistakes(self, reading: Reading, findings: Iterable[Diagnostic]) -> Iterator[Mistake]:
        """Give a mistake for each finding."""
        for each in findings:
            row, column = None, None
            if self._mapped is not None:
                row, column = self._mapped.heading_of(each, self._cells)
            place = f"{each.path}: " if self._mapped is None and each.path else ""
            yield Mistake(row or reading.rows[0], column, f"{place}{each.message}", each.help or "")

    def _cells(self, row: int) -> tuple[str, ...]:
        return self._kept.row(row) or ()

    def lines(self, reading: Reading, found: Decided) -> None:
        """Write the lines of a claim as rows, where the file is no table."""
        if self._mapped is not None:
            return
        encounter = reading.read.encounter
        if encounter is None or not encounter.lines:
            named = encounter.id if encounter else reading.read.claim or reading.read.place or ""
            found.lines.append((reading.rows[0], reading.key, {"claim": named}))
            return
        whole = {self._title(name): self._text(name, value) for name, value in encounter.values.items()}
        for row, line in zip(reading.rows, encounter.lines, strict=True):
            told = {self._title(name): self._text(name, value) for name, value in line.values.items()}
            cells = {"claim": encounter.id, "line": str(line.number), **told, **whole}
            found.lines.append((row, reading.key, cells))

    def _title(self, name: str) -> str:
        return self._matcher.label(name) if name in self._matcher.attributes else name

    def _text(self, name: str, value: Value) -> str:
        attribute = self._matcher.attributes.get(name)
        if isinstance(value, frozenset):
            return " ".join(sorted(map(str, value)))
        if attribute is not None and attribute.measure == "cents" and isinstance(value, int):
            return f"{value // 100}.{value % 100:02d}"
        return str(value).lower() if isinstance(value, bool) else str(value)


def _answers(reading: Reading, encounter: Encounter, made: Determination) -> Iterator[Answered]:
    if made.is_void:
        for row in reading.rows:
            yield Answered(row=row, claim=reading.key, line=0, disposition="void", cells=VOID)
        return
    about = counted_by(reading, encounter)
    for line in made.lines:
        row, code, provider, cents = about[line.number]
        yield Answered(
            row=row,
            claim=reading.key,
            line=line.number,
            disposition=line.disposition,
            cells=answer_cells(line),
            code=code,
            provider=provider,
            cents=cents,
        )


CountedBy = tuple[int, str, str, int | None]
"""The row of a line, its code, its provider, and its charge in cents."""


def counted_by(reading: Reading, encounter: Encounter) -> dict[int, CountedBy]:
    """Say of each line, by its number, in which row it is and what it is counted by."""
    found = {}
    for row, line in zip(reading.rows, encounter.lines, strict=True):
        values = {**encounter.values, **line.values}
        provider = next((str(values[name]) for name in _PROVIDERS if values.get(name)), "")
        cents = values.get(CHARGE)
        found[line.number] = (row, line.known_code or "", provider, cents if isinstance(cents, int) else None)
    return found


_PROVIDERS = (
    "line.provider.npi",
    "encounter.billing_provider.npi",
    "line.provider.type",
    "encounter.billing_provider.type",
)
"""By what a provider is known, what is most particular first."""


def terms_of(rulebase: Rulebase, known_on: str, payer: str) -> Callable[[str | None], DecisionRequest]:
    """Make what gives the terms for the payer that is chosen, or else the one that a claim names."""
    made: dict[str, DecisionRequest] = {}

    def terms(named: str | None) -> DecisionRequest:
        asked = payer or named or ""
        if asked not in made:
            made[asked] = rulebase.terms(known_on=known_on, payer=asked or None)
        return made[asked]

    return terms


def begin(kept: Kept, rulebase: Rulebase, matcher: Matcher, known_on: str) -> bool:
    """Decide the first claims of a run, or all of a small one; tell whether that was all."""
    run = kept.run
    if run.is_table:
        groups = groups_of(kept, kept.mapped(matcher))
        is_whole = len(groups) <= AT_ONCE
        first = groups if is_whole else dict(islice(groups.items(), FIRST))
        keep_claims(kept, first)
        reads = readings(kept, rulebase, matcher, first)
    else:
        begun = list(islice(readings(kept, rulebase, matcher), AT_ONCE + 1))
        is_whole = len(begun) <= AT_ONCE
        reads = iter(begun if is_whole else begun[:FIRST])
    decided = decide(kept, rulebase, matcher, reads, terms_of(rulebase, known_on, run.payer))
    keep_decided(kept, decided, is_all=True)
    kept.keep(msgspec.structs.replace(kept.run, is_whole=is_whole, job=""))
    return is_whole


def keep_claims(kept: Kept, groups: Mapping[str, list[Row]]) -> None:
    """Keep of each row to which claim it belongs."""
    with kept.store() as store:
        store.execute("DELETE FROM claims")
        rows = ((number, key) for key, rows in groups.items() for number, _ in rows)
        store.executemany("INSERT INTO claims VALUES (?, ?)", rows)


def keep_decided(kept: Kept, decided: Decided, *, is_all: bool) -> None:
    """Keep answers and mistakes, in the place of all that there were or of those of the same claims."""
    run = kept.run
    with kept.store() as store:
        if is_all:
            store.execute("DELETE FROM answers")
            store.execute("DELETE FROM mistakes")
        if not run.is_table:
            store.execute("DELETE FROM rows")
            store.execute("DELETE FROM claims")
            titles = tuple(dict.fromkeys(chain.from_iterable(cells for _, _, cells in decided.lines)))
            made = ((row, written_cells(cells.get(t, "") for t in titles)) for row, _, cells in decided.lines)
            store.executemany("INSERT INTO rows VALUES (?, ?)", made)
            store.executemany("INSERT INTO claims VALUES (?, ?)", ((row, key) for row, key, _ in decided.lines))
            run = kept.keep(msgspec.structs.replace(run, titles=titles))
        store.executemany(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (a.row, a.claim, a.line, a.disposition, written_cells(a.cells), a.cells[4], a.code, a.provider, a.cents)
                for a in decided.answers
            ),
        )
        told = dict.fromkeys((m.row, m.column, m.message, m.help) for m in decided.mistakes)
        store.executemany("INSERT INTO mistakes VALUES (?, ?, ?, ?)", told)


def decide_again(kept: Kept, rulebase: Rulebase, matcher: Matcher, row: int, known_on: str) -> None:
    """Decide the claims anew to which a row belonged and belongs, after one of its cells was corrected."""
    with kept.store() as store:
        (before,) = store.execute("SELECT claim FROM claims WHERE row = ?", (row,)).fetchone()
    after = kept.mapped(matcher).claim_of(row, kept.row(row) or ()) or before
    claims = tuple(dict.fromkeys((before, after)))
    with kept.store() as store:
        for claim in claims:
            store.execute("DELETE FROM answers WHERE row IN (SELECT row FROM claims WHERE claim = ?)", (claim,))
            store.execute("DELETE FROM mistakes WHERE row IN (SELECT row FROM claims WHERE claim = ?)", (claim,))
        store.execute("UPDATE claims SET claim = ? WHERE row = ?", (after, row))
    groups = {claim: rows for claim in claims if (rows := kept.rows_of(claim))}
    reads = readings(kept, rulebase, matcher, groups)
    decided = decide(kept, rulebase, matcher, reads, terms_of(rulebase, known_on, kept.run.payer))
    keep_decided(kept, decided, is_all=False)


# Deciding in columns, in a process of its own

_READ = 60
"""The share of the work, in percent, that is done when the claims are read."""


def decide_all(report: Report, rulebase_folder: Path, folder: Path, known_on: str) -> int:
    """Decide every claim of a run in columns, as a job; give how many lines have an answer."""
    rulebase, kept = load(rulebase_folder), Kept(folder)
    matcher = Matcher(rulebase.documents.vocabulary)
    found = Decided([], [], [])
    placing = _Placing(kept, matcher)
    about: dict[tuple[str, int], tuple[Reading, CountedBy]] = {}
    keys: dict[str, Reading] = {}
    groups = groups_of(kept, kept.mapped(matcher)) if kept.run.is_table else None
    total = sum(map(len, groups.values())) if groups is not None else 0
    if groups is not None:
        keep_claims(kept, groups)

    def reads() -> Iterator[Read]:
        said = 0
        for each in readings(kept, rulebase, matcher, groups):
            placing.lines(each, found)
            if each.rows[-1] - said > _OFTEN:
                said = each.rows[-1]
                share = int(_READ * said / total) if total else 0
                report(share, 100 if total else 0, f"percent done; reading row {said:,}")
            if each.read.encounter is None:
                found.mistakes += placing.mistakes(each, each.read.errors)
                continue
            # Ids may repeat in a file of another format, so that each is decided under the key of its claim.
            encounter = msgspec.structs.replace(each.read.encounter, id=each.key)
            keys[each.key] = each
            about.update({(each.key, n): (each, told) for n, told in counted_by(each, encounter).items()})
            yield msgspec.structs.replace(each.read, encounter=encounter, claim=each.key)

    def progress(share: float, lines: int) -> None:
        report(_READ + int((100 - _READ) * share), 100, f"percent done; {lines:,} lines")

    outputs = Outputs.beside(folder / "decided.jsonl")
    tally = decide_files(
        rulebase, [], outputs, terms_of(rulebase, known_on, kept.run.payer), reads=reads, progress=progress
    )
    for findings in tally.rejected:
        claim = next((each.claim for each in findings if each.claim), None)
        if isinstance(claim, str) and claim in keys:
            found.mistakes += placing.mistakes(keys[claim], findings)
    found.answers += _from_files(outputs, keys, about)
    keep_decided(kept, found, is_all=True)
    kept.keep(msgspec.structs.replace(kept.run, is_whole=True))
    for path in outputs.files:
        path.unlink(missing_ok=True)
    return len(found.answers)


_OFTEN = 2_000
"""Rows between two words on how far reading is."""


class _Line(msgspec.Struct):
    encounter: str
    line: int | None
    explanation: str | None
    answer: str | None = None


def _from_files(
    outputs: Outputs, keys: dict[str, Reading], about: dict[tuple[str, int], tuple[Reading, CountedBy]]
) -> Iterator[Answered]:
    """Read the answers that were decided in columns."""
    explained: dict[str, dict[str, Any]] = {}
    if outputs.explanations is not None:
        for written in outputs.explanations.read_bytes().splitlines():
            told = msgspec.json.decode(written)
            explained[told.pop("explanation")] = told
    cells: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    reader = msgspec.json.Decoder(_Line)
    with outputs.decisions.open("rb") as stream:
        for written in stream:
            line = reader.decode(written)
            if line.answer == "void" or line.line is None or line.explanation is None:
                reading = keys[line.encounter]
                said = ("void", "", "", "", "the claim voids another claim, so that nothing is decided", "")
                for row in reading.rows:
                    yield Answered(row=row, claim=reading.key, line=0, disposition="void", cells=said)
                continue
            reading, (row, code, provider, cents) = about[line.encounter, line.line]
            if (line.explanation, code) not in cells:
                made = msgspec.convert({**explained[line.explanation], "number": 1, "code": code}, LineDetermination)
                cells[line.explanation, code] = made.disposition, answer_cells(made)
            disposition, added = cells[line.explanation, code]
            yield Answered(
                row=row,
                claim=reading.key,
                line=line.line,
                disposition=disposition,
                cells=added,
                code=code,
                provider=provider,
                cents=cents,
            )
