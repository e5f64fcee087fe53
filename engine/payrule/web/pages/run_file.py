"""Run a file: choose it, see the answer beside each of its rows, mend a cell, ask why, and take the answers away."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from payrule.formats.spreadsheet import MOST_ROWS
from payrule.model.choices import DISPOSITION_WORDS
from payrule.reports.pages.answers import side_by_side
from payrule.reports.pages.html import Html, block_html, element, joined, prose, text
from payrule.reports.sheet_answers import (
    NOT_DECIDED,
    TITLES,
    new_text,
    new_workbook,
    text_with_answers,
    workbook_with_answers,
)
from payrule.reports.text import money
from payrule.results.determination import code_words
from payrule.source.diagnostics import RequestError, counted
from payrule.web.asked import Address, Asked
from payrule.web.frame import (
    Moved,
    Sent,
    Shown,
    bar,
    entry,
    findings_list,
    form,
    labelled,
    picker,
    plain_table,
    question,
    words,
)
from payrule.web.pages.run_columns import chosen_before, matcher_of, number_in, payer_options, start
from payrule.web.pages.try_claim import try_button
from payrule.web.run_decisions import decide_again, readings, terms_of
from payrule.web.runs import Kept, Mistake, Run, kept_of, take

PAGE = 50
"""Rows on a page."""

_WHY_NOT = "another row of this claim has a mistake, and the claim is decided when that is corrected"
_IN_A_CELL = "a cell of this row has a mistake"
_KINDS = ".xlsx,.csv,.tsv,.txt,.json,.jsonl,.ndjson,.837,.837p,.x12,.edi,.parquet"


def ask(asked: Asked) -> Shown:
    """Ask for a file and the payer."""
    hint = "A workbook (.xlsx), CSV, X12 837, JSON, JSON Lines or Parquet, 50 MB at most. It stays on this machine."
    chosen = entry("file", kind="file", hint=hint, accept=_KINDS, required="required")
    payer = picker("payer", payer_options(asked.site))
    sending = form(
        "/files",
        asked.form_token,
        labelled("File", "file", chosen, hint=hint),
        labelled("Payer", "payer", payer),
        button="Decide",
        is_file=True,
    )
    lead = "Each line of the file gets its answer next to your own columns, which are left as they are."
    return Shown(title="Run a file", value={"payers": sorted(asked.site.rulebase.payers)}, body=(words(lead), sending))


def send(asked: Asked) -> Moved:
    """Take a file; ask for its columns, or decide it."""
    upload = asked.uploads.get("file")
    if upload is None:
        raise RequestError.of("no-file", "no file was chosen", "choose one, and send it again")
    payer = asked.field("payer")
    if payer not in dict(payer_options(asked.site)):
        raise RequestError.of("no-such-payer", "there is no such payer", "choose one of the list")
    matcher = matcher_of(asked.site)
    try:
        kept = take(asked.site.private, upload.path, upload.name, payer, matcher)
    finally:
        upload.path.unlink(missing_ok=True)
    run = kept.run
    if run.is_table:
        chosen = chosen_before(asked.site, kept, matcher)
        if chosen is None:
            return Moved(f"/files/{run.id}/columns")
        kept.keep(msgspec.structs.replace(run, map=chosen))
    start(asked.site, kept, matcher)
    return Moved(f"/files/{run.id}")


class Results(msgspec.Struct, frozen=True):
    """What the page of answers shows: how many lines have which answer, and rows with their cells and mistakes."""

    is_whole: bool
    lines: dict[str, int]
    mistakes: int
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def show(asked: Asked) -> Shown | Moved:
    """Show the answers: how far they are, how many of each kind, and each beside its row."""
    kept = kept_of(asked.site.private, asked.parts["run"])
    run = kept.run
    if run.is_table and run.map is None:
        return Moved(f"/files/{run.id}/columns")
    showing, page = asked.field("show"), asked.field("page")
    grid = _Grid(asked, kept, showing, number_in(page, MOST_ROWS) or 1)
    with kept.store() as store:
        lines = dict(store.execute("SELECT disposition, count(*) FROM answers GROUP BY disposition").fetchall())
        (mistaken,) = store.execute("SELECT count(DISTINCT row) FROM mistakes").fetchone()
    progress = asked.site.jobs.progress(run.job) if run.job else None
    is_running = progress is not None and progress.state == "running"
    body = [_lead(asked, run), *_state(asked, run, progress)]
    if run.is_whole and grid.is_first:
        body += _summaries(kept)
    body += [element("h2", text("Lines" if run.is_whole else "First lines")), *_mistakes(run, mistaken), *grid.html()]
    value = Results(run.is_whole, lines, mistaken, grid.headings, tuple(grid.cells()))
    return Shown(title="Answers", value=value, body=tuple(body), refresh=is_running)


def _lead(asked: Asked, run: Run) -> Html:
    of = f", sheet {run.sheet}" if run.sheet else ""
    payer = run.payer or "the payer that each claim names"
    links = [element("a", text("Columns"), href=f"/files/{run.id}/columns")] if run.is_table else []
    if run.is_whole:
        links += [
            element("a", text(f"Download {label}"), href=f"/files/{run.id}/answers.{ending}")
            for ending, label in (("xlsx", ".xlsx"), ("csv", ".csv"))
        ]
    links.append(element("a", text("Another file"), href="/files"))
    told = [f"{run.name}{of}; decided for {payer}, as of {asked.site.today().isoformat()}."]
    if run.map is not None and run.map.claim is None:
        told.append("Each row is a claim of its own.")
    if run.others:
        told.append(
            f"{counted(run.others, 'other sheet')} of the workbook {'is' if run.others == 1 else 'are'} not read."
        )
    said = element("p", text(" ".join(told)))
    return joined([said, element("p", joined(links, Html(" \u00b7 ")))])


def _state(asked: Asked, run: Run, progress: Any) -> Iterator[Html]:
    """Say how far the work is, with a button that stops it, or begins it again."""
    if progress is None or run.is_whole:
        return
    if progress.state == "running":
        shown = f"{progress.done:,} of {progress.total:,} {progress.words}" if progress.total else "It has begun."
        told = bar(progress.share, shown) if progress.total else text(shown)
        yield words("These are the first answers; the others are being decided.")
        yield element("p", told, data_job=progress.id, role="status")
        yield form(f"/files/{run.id}/stop", asked.form_token, button="Stop")
        return
    if progress.state == "failed":
        yield findings_list(progress.findings)
    yield words("Only the first claims are decided.")
    yield form(f"/files/{run.id}/again", asked.form_token, button="Decide all")


def _mistakes(run: Run, mistaken: int) -> Iterator[Html]:
    if mistaken:
        link = element(
            "a",
            text(f"{counted(mistaken, 'row')} cannot be decided yet"),
            href=f"/files/{run.id}?show=mistakes",
        )
        yield element("p", link, text("; each says what to change."), class_="notice")


def _summaries(kept: Kept) -> Iterator[Html]:
    """Show how many lines, and how many dollars, have each answer, reason, code and provider."""
    yield element("h2", text("Summary"))
    for caption, column in (
        ("By answer", "disposition"),
        ("By reason", "reason"),
        ("By code", "code"),
        ("By provider", "provider"),
    ):
        query = f"""SELECT {column}, count(*) AS lines, sum(cents) FROM answers GROUP BY {column}
            ORDER BY lines DESC, {column} LIMIT {_MOST + 1}"""  # noqa: S608 - names of ours
        with kept.store() as store:
            found = store.execute(query).fetchall()
            (total, cents) = store.execute("SELECT count(*), sum(cents) FROM answers").fetchone()
        if not found or (len(found) == 1 and not found[0][0]):
            continue
        more = f", the {_MOST} most frequent" if len(found) > _MOST else ""
        head = (caption.removeprefix("By "), "lines", *(("charged",) if cents is not None else ()))
        rows = (_summary(row, total, cents) for row in found[:_MOST])
        yield plain_table(f"{caption}{more}", head, rows)


_MOST = 10


def _summary(row: tuple[str, int, int | None], total: int, cents: int | None) -> list[Html]:
    name, lines, charged = row
    label = DISPOSITION_WORDS.get(name, name) or "none"
    cells = [text(label), bar(lines / total, f"{lines:,}")]
    if cents is not None:
        cells.append(bar((charged or 0) / cents if cents else 0.0, money(charged or 0)))
    return cells


_ROWS = "FROM claims c JOIN rows r ON r.row = c.row LEFT JOIN answers a ON a.row = c.row"


class _Grid:
    """The rows of a page, each with its answer."""

    def __init__(self, asked: Asked, kept: Kept, showing: str, page: int) -> None:
        self._asked, self._kept, self._run = asked, kept, kept.run
        self._showing = showing if showing in (*DISPOSITION_WORDS, "mistakes", "void") else ""
        run = self._run
        if run.is_table:
            self.headings = run.map.headings if run.map else ()
        else:
            self.headings = run.titles
        having = "true"
        values: list[Any] = []
        if self._showing == "mistakes":
            having = "r.row IN (SELECT row FROM mistakes)"
        elif self._showing:
            having, values = "a.disposition = ?", [self._showing]
        with kept.store() as store:
            (self._count,) = store.execute(f"SELECT count(*) {_ROWS} WHERE {having}", values).fetchone()
            self._page = max(1, min(page, -(-self._count // PAGE)))
            query = (
                f"SELECT r.row, r.cells, a.cells, a.disposition {_ROWS} WHERE {having} ORDER BY r.row LIMIT ? OFFSET ?"
            )
            found = store.execute(query, (*values, PAGE, (self._page - 1) * PAGE)).fetchall()
            rows = [row for row, *_ in found]
            marks = ",".join("?" * len(rows))
            told = store.execute(f"SELECT row, place, message, help FROM mistakes WHERE row IN ({marks})", rows)  # noqa: S608 - ours
            self._mistakes: dict[int, list[Mistake]] = {}
            for each in told:
                self._mistakes.setdefault(each[0], []).append(Mistake(*each))
        self._corrected = kept.corrections()
        self._rows = [
            (row, _list(cells), None if added is None else _list(added), disposition)
            for row, cells, added, disposition in found
        ]

    @property
    def is_first(self) -> bool:
        """Tell whether it is the first page of all rows."""
        return self._page == 1 and not self._showing

    def cells(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Give the rows with all of their cells, as text."""
        for row, cells, added, _ in self._rows:
            told = added or (NOT_DECIDED, *[""] * (len(TITLES) - 1))
            own = tuple(cells[at] if at < len(cells) else "" for at in range(len(self.headings)))
            yield row, (*own, *told)

    def html(self) -> Iterator[Html]:
        """Write what chooses rows, the rows, and links to the pages before and after."""
        to = f"/files/{self._run.id}"
        options = [("", "all"), *DISPOSITION_WORDS.items(), ("mistakes", "mistakes")]
        yield question(to, labelled("Show", "show", picker("show", options, self._showing)), button="Show")
        first = (self._page - 1) * PAGE + 1
        caption = f"Rows {first:,} to {first + len(self._rows) - 1:,} of {self._count:,}" if self._rows else "No rows"
        head = ("row", *self.headings, *TITLES)
        table = plain_table(caption, head, map(self._row, self._rows), class_="records sheet-rows")
        yield element("div", table, class_="sideways", tabindex="0", role="region", aria_label="Rows and answers")
        yield element("p", joined(list(self._links(to)), Html(" \u00b7 ")))

    def _links(self, to: str) -> Iterator[Html]:
        for page, label in ((self._page - 1, "Rows before"), (self._page + 1, "Rows after")):
            if 0 < page <= -(-self._count // PAGE):
                asked = urlencode({"show": self._showing, "page": page})
                yield element("a", text(label), href=f"{to}?{asked}")

    def _row(self, told: tuple[int, tuple[str, ...], tuple[str, ...] | None, str | None]) -> list[Html]:
        row, cells, added, disposition = told
        mistakes = self._mistakes.get(row, [])
        own = [self._cell(row, at, cells[at] if at < len(cells) else "", mistakes) for at in range(len(self.headings))]
        if added is None:
            of_row = [each for each in mistakes if each.column is None]
            why = joined([self._wrong(each) for each in of_row])
            if not of_row:
                why = text(_IN_A_CELL if mistakes else _WHY_NOT)
            answers = [element("span", text(NOT_DECIDED), class_="warning"), *[Html("")] * 3, why, Html("")]
            return [text(str(row)), *own, *answers]
        tone = disposition if disposition in DISPOSITION_WORDS else None
        answers = [element("span", text(added[0]), class_=tone), *map(text, added[1:])]
        return [element("a", text(f"{row}: why"), href=f"/files/{self._run.id}/rows/{row}"), *own, *answers]

    def _cell(self, row: int, at: int, shown: str, mistakes: list[Mistake]) -> Html:
        """Write a cell: what the file has, what was typed in its place, and what is wrong with a form that mends it."""
        parts = [text(shown)]
        typed = self._corrected.get((row, at))
        if typed is not None:
            parts = [element("del", text(shown)), text(" "), element("ins", text(typed or "empty"))]
        wrong = [each for each in mistakes if each.column == at]
        if wrong and self._run.is_whole:
            name = f"typed-{row}-{at}"
            control = element("input", type="text", name="typed", id=name, value=shown if typed is None else typed)
            label = element("label", text(f"{self.headings[at]} in row {row}"), for_=name)
            place = [element("input", type="hidden", name=n, value=str(v)) for n, v in (("row", row), ("column", at))]
            shows = [element("input", type="hidden", name="show", value=self._showing)]
            to = f"/files/{self._run.id}/cells"
            parts += map(self._wrong, wrong)
            parts.append(form(to, self._asked.form_token, *place, *shows, label, control, button="Correct"))
        else:
            parts += map(self._wrong, wrong)
        return joined(parts)

    def _wrong(self, mistake: Mistake) -> Html:
        said = f"{mistake.message}; {mistake.help}" if mistake.help else mistake.message
        return element("p", prose(said), class_="warning")


def _list(written: str) -> tuple[str, ...]:
    return msgspec.json.decode(written, type=tuple[str, ...])


def correct(asked: Asked) -> Moved:
    """Take what was typed in the place of a cell, and decide its claim again."""
    kept = kept_of(asked.site.private, asked.parts["run"])
    run = kept.run
    at = number_in(asked.field("row"), MOST_ROWS)
    of = number_in(asked.field("column"), len(run.map.columns) - 1) if run.map else None
    with kept.store() as store:
        is_there = store.execute("SELECT 1 FROM claims WHERE row = ?", (at,)).fetchone() is not None
        if not is_there or of is None or not run.is_whole:
            raise RequestError.of("no-such-cell", "there is no such cell to correct", "open the answers again")
        store.execute("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?)", (at, of, asked.field("typed")))
    decide_again(kept, asked.site.rulebase, matcher_of(asked.site), at or 0, asked.site.today().isoformat())
    showing = asked.field("show")
    return Moved(f"/files/{kept.run.id}" + (f"?{urlencode({'show': showing})}" if showing else ""))


def stop(asked: Asked) -> Moved:
    """Stop the work that decides the other claims."""
    kept = kept_of(asked.site.private, asked.parts["run"])
    asked.site.jobs.stop(kept.run.job)
    return Moved(f"/files/{kept.run.id}")


def again(asked: Asked) -> Moved:
    """Begin to decide all claims once more."""
    kept = kept_of(asked.site.private, asked.parts["run"])
    asked.site.jobs.stop(kept.run.job)
    start(asked.site, kept, matcher_of(asked.site))
    return Moved(f"/files/{kept.run.id}")


def why(asked: Asked) -> Shown:
    """Show why a line is answered as it is: the rules, their source sentences, and what is missing."""
    kept, row = kept_of(asked.site.private, asked.parts["run"]), asked.parts["row"]
    site = asked.site
    with kept.store() as store:
        found = store.execute("SELECT claim, line FROM answers WHERE row = ?", (number_in(row, MOST_ROWS),)).fetchone()
    if found is None:
        raise RequestError.of("no-such-row", "this row has no answer", "open the answers again")
    claim, number = found
    reads = readings(kept, site.rulebase, matcher_of(site), {claim: kept.rows_of(claim)})
    encounter = next((each.read.encounter for each in reads if each.key == claim), None)
    back = element("p", element("a", text("All answers"), href=f"/files/{kept.run.id}"))
    if encounter is None or not number:
        return Shown(title="Why", value=None, body=(back, words("The claim voids another claim: nothing is decided.")))
    terms = terms_of(site.rulebase, site.today().isoformat(), kept.run.payer)(encounter.payer)
    line = site.rulebase.decide_under(terms, encounter).line(number)
    table = block_html(side_by_side(f"Line {number}, code {code_words(line.code)}", {f"line {number}": line}))
    today = site.today().isoformat()
    form = try_button(asked, encounter, terms.payer.id, today, label="Open the claim in the form")
    return Shown(title=f"Why row {row}", value=line, body=(back, table, form))


def download(asked: Asked) -> Sent:
    """Give the person's file with the answers in columns at its right."""
    kept, ending = kept_of(asked.site.private, asked.parts["run"]), asked.parts["ending"]
    run = kept.run
    if not run.is_whole or ending not in ("xlsx", "csv"):
        raise RequestError.of("not-decided", "not every claim of the file is decided yet", "wait until it is")
    titles, added = _added(kept)
    rows = [cells for _, cells in kept.rows()] if run.is_table else [run.titles, *(cells for _, cells in kept.rows())]
    if ending == "csv":
        if run.form == "csv":
            content = text_with_answers(kept.path.read_bytes(), run.dialect, run.headings, titles, added)
        else:
            content = new_text(rows, run.headings, titles, added)
    elif run.form == "xlsx":
        content = workbook_with_answers(kept.path, run.sheet, run.headings, titles, added)
    else:
        content = new_workbook(rows, run.headings, titles, added)
    media_type = "text/csv" if ending == "csv" else _XLSX
    stem = run.name.rpartition(".")[0] or run.name
    return Sent(name=f"{stem} with answers.{ending}", media_type=media_type, content=content)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _added(kept: Kept) -> tuple[tuple[str, ...], dict[int, tuple[str, ...]]]:
    """Give the columns that are added and their cells; what was typed is said beside them, where something was."""
    run, corrections = kept.run, kept.corrections()
    added: dict[int, tuple[str, ...]] = {}
    with kept.store() as store:
        for row, written in store.execute("SELECT row, cells FROM answers"):
            added[row] = _list(written)
        for row, message, help_text in store.execute("SELECT row, message, help FROM mistakes ORDER BY rowid"):
            said = f"{message}; {help_text}" if help_text else message
            before = added[row][4] if row in added else ""
            added[row] = (NOT_DECIDED, "", "", "", f"{before}; {said}" if before else said, "")
        for (row,) in store.execute("SELECT row FROM claims"):
            added.setdefault(row, (NOT_DECIDED, "", "", "", _WHY_NOT, ""))
    if not corrections or run.map is None:
        return TITLES, added
    typed: dict[int, list[str]] = {}
    for (row, at), value in sorted(corrections.items()):
        typed.setdefault(row, []).append(f"{run.map.columns[at].heading}: {value or 'empty'}")
    return (*TITLES, "corrected here"), {row: (*cells, "; ".join(typed.get(row, ()))) for row, cells in added.items()}


ADDRESSES = (
    Address("/files", get=ask, post=send, menu="Run a file"),
    Address("/files/{run}", get=show),
    Address("/files/{run}/rows/{row}", get=why),
    Address("/files/{run}/cells", post=correct),
    Address("/files/{run}/stop", post=stop),
    Address("/files/{run}/again", post=again),
    Address("/files/{run}/answers.{ending}", get=download),
)
