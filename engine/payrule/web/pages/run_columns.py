"""Which column of a file holds what: a picker for each, next to values of the file."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from payrule.formats.column_maps import CLAIM, PAYER, ColumnMap, Use, remember, remembered
from payrule.formats.column_matching import Doubt, Matcher, columns_of, headings_of
from payrule.reports.pages.html import Html, element, joined, prose, text
from payrule.rulebase.folder import COLUMN_MAPS
from payrule.source.diagnostics import RequestError
from payrule.web.asked import Address, Asked
from payrule.web.frame import Moved, Shown, entry, form, labelled, listing, picker, plain_table, question, words
from payrule.web.run_decisions import begin, decide_all
from payrule.web.runs import Kept, kept_of
from payrule.web.site import Site

_SAMPLES = 3
_DATES = {"": "choose", "month-first": "month first: 1/5 is January 5", "day-first": "day first: 1/5 is May 1"}
_AMOUNTS = {"": "choose", "dollars": "dollars", "cents": "cents"}
_EACH_ROW = "each row is a claim of its own"
_NAMED = "the payer that each claim names"


def number_in(written: str, most: int) -> int | None:
    """Read a whole number from 0 to the most that it may be; None for anything else.

    >>> number_in("3", 3), number_in("4", 3), number_in("-1", 3), number_in("9" * 5000, 3)
    (3, None, None, None)
    """
    fits = written.isdecimal() and len(written) <= len(str(most)) and int(written) <= most
    return int(written) if fits else None


def payer_options(site: Site) -> list[tuple[str, str]]:
    """Give the choices of a payer, the first being that of each claim."""
    return [("", _NAMED), *((each, each) for each in sorted(site.rulebase.payers))]


def matcher_of(site: Site) -> Matcher:
    """Give what matches columns, by the vocabulary."""
    return Matcher(site.rulebase.documents.vocabulary)


def map_folders(site: Site) -> tuple[Path, ...]:
    """Give the folders of column maps, the one that is written to last."""
    kept = site.folder / COLUMN_MAPS
    return (kept,) if not site.is_read_only else (kept, site.private / COLUMN_MAPS)


def chosen_before(site: Site, kept: Kept, matcher: Matcher) -> ColumnMap | None:
    """Give the map by which a file can be read without asking; None where there is something to ask."""
    run = kept.run
    rows = [cells for _, cells in kept.rows()]
    headings = headings_of(rows, run.headings - 1)
    found = remembered(map_folders(site), headings)
    if found is None and matcher.is_own(headings):
        found = matcher.own_map(headings)
    if found is None or _all_doubts(matcher, found, rows, run.headings, run.payer):
        return None
    return found


def start(site: Site, kept: Kept, matcher: Matcher) -> None:
    """Decide the first claims of a run, and begin the work that decides the others."""
    known_on = site.today().isoformat()
    if not begin(kept, site.rulebase, matcher, known_on):
        to = f"/files/{kept.run.id}"
        job = site.jobs.start("Decide a file", to, decide_all, site.folder, kept.folder, known_on)
        kept.keep(msgspec.structs.replace(kept.run, job=job))


def _all_doubts(
    matcher: Matcher, chosen: ColumnMap, rows: list[tuple[str, ...]], headings: int, payer: str
) -> tuple[Doubt, ...]:
    found = matcher.doubts(chosen, rows, headings - 1)
    if not payer and all(each.attribute != PAYER for each in chosen.columns):
        message, help_text = "no column names the payer", "choose the payer, or the column that names it"
        found = (*found, Doubt(None, "attribute", message, help_text))
    return found


class Matching(msgspec.Struct, frozen=True):
    """What the page of columns shows: the row of the headings, the choice so far, and what is to be chosen yet."""

    headings: int
    columns: tuple[Use, ...]
    doubts: tuple[Doubt, ...]


def show(asked: Asked) -> Shown:
    """Show the columns of a file with what each is taken for."""
    kept, matcher = _table_of(asked), matcher_of(asked.site)
    rows = [cells for _, cells in kept.rows()]
    run = kept.run
    wanted = asked.field("headings")
    at = number_in(wanted, len(rows)) or run.headings
    headings = headings_of(rows, at - 1)
    chosen = run.map if run.map is not None and run.map.headings == headings else None
    chosen = chosen or remembered(map_folders(asked.site), headings) or matcher.guess(rows, at - 1)
    return _page(asked, kept, chosen, at)


def choose(asked: Asked) -> Shown | Moved:
    """Take what was chosen for each column; ask again for what is missing."""
    kept, matcher = _table_of(asked), matcher_of(asked.site)
    rows = [cells for _, cells in kept.rows()]
    wanted = asked.field("headings")
    at = number_in(wanted, len(rows)) or kept.run.headings
    headings = headings_of(rows, at - 1)
    values = columns_of(rows[at:], len(headings))
    claim, payer = asked.field("claim"), asked.field("payer")
    if payer not in dict(payer_options(asked.site)):
        raise RequestError.of("no-such-payer", "there is no such payer", "choose one of the list")
    uses = []
    for position, heading in enumerate(headings):
        use = _use(asked, position, heading)
        if str(position) == claim:
            use = Use(heading, CLAIM)
        uses.append(matcher.settled(use, values[position]))
    chosen = ColumnMap(columns=tuple(uses))
    kept.keep(msgspec.structs.replace(kept.run, payer=payer))
    if doubts := _all_doubts(matcher, chosen, rows, at, payer):
        return _page(asked, kept, chosen, at, doubts)
    remember(map_folders(asked.site)[-1], chosen)
    if kept.run.job:
        asked.site.jobs.stop(kept.run.job)
    kept.keep(msgspec.structs.replace(kept.run, map=chosen, headings=at, is_whole=False, job=""))
    start(asked.site, kept, matcher)
    return Moved(f"/files/{kept.run.id}")


def _use(asked: Asked, position: int, heading: str) -> Use:
    dates, amounts = asked.field(f"dates-{position}"), asked.field(f"amounts-{position}")
    return Use(
        heading,
        asked.field(f"use-{position}"),
        "month-first" if dates == "month-first" else "day-first" if dates == "day-first" else None,
        "dollars" if amounts == "dollars" else "cents" if amounts == "cents" else None,
    )


def _table_of(asked: Asked) -> Kept:
    kept = kept_of(asked.site.private, asked.parts["run"])
    if not kept.run.is_table:
        raise RequestError.of("no-columns", "this file has no columns to choose", "open its answers")
    return kept


def _page(asked: Asked, kept: Kept, chosen: ColumnMap, at: int, doubts: tuple[Doubt, ...] = ()) -> Shown:
    matcher = matcher_of(asked.site)
    rows = [cells for _, cells in kept.rows()]
    values = columns_of(rows[at:], len(chosen.columns))
    to = f"/files/{kept.run.id}/columns"
    told = [
        f"{chosen.columns[each.column].heading}: {each.message}" if each.column is not None else each.message
        for each in doubts
    ]
    notice = (
        [element("div", words("Not all is chosen yet:"), listing(told), class_="notice", role="alert")]
        if doubts
        else []
    )
    table = plain_table(
        f"Columns of row {at}",
        ("heading", "first values", "is", "how it is written"),
        (_row(matcher, chosen, position, values[position], doubts) for position in range(len(chosen.columns))),
        class_="records columns",
    )
    claims = [("", _EACH_ROW), *((str(n), use.heading) for n, use in enumerate(chosen.columns))]
    of_claim = labelled(
        "Rows that have the same value here are one claim",
        "claim",
        picker("claim", claims, "" if chosen.claim is None else str(chosen.claim)),
    )
    of_payer = labelled("Payer", "payer", picker("payer", payer_options(asked.site), kept.run.payer))
    hidden = element("input", type="hidden", name="headings", value=str(at))
    missing = _missing(doubts)
    decide = form(to, asked.form_token, hidden, table, of_claim, of_payer, *missing, button="Decide")
    hint = "Rows above it are not read."
    number = entry("headings", str(at), kind="number", min="1", max=str(len(rows)), hint=hint)
    other = question(to, labelled("The headings are in row", "headings", number, hint=hint), button="Read this row")
    lead = "Say what each column holds. The choice is remembered for the next file with these headings."
    return Shown(
        title="Columns",
        value=Matching(at, chosen.columns, doubts),
        body=(*notice, words(lead), decide, other),
        status=422 if doubts else 200,
    )


def _missing(doubts: tuple[Doubt, ...]) -> Iterator[Html]:
    for each in doubts:
        if each.column is None:
            yield _wrong(each)


def _row(
    matcher: Matcher, chosen: ColumnMap, position: int, values: list[str], doubts: tuple[Doubt, ...]
) -> tuple[Html, ...]:
    use = chosen.columns[position]
    samples = list(dict.fromkeys(values))[:_SAMPLES]
    unread = "groups lines into claims" if use.attribute == CLAIM else "not read"
    options = [("", unread), *((name, _label(matcher, name)) for name in matcher.attributes if name != CLAIM)]
    name = f"use-{position}"
    label = f"{use.heading} is"
    parts = [picker(name, options, use.attribute if use.attribute != CLAIM else "", aria_label=label)]
    wrong = [each for each in doubts if each.column == position]
    parts += [_wrong(each) for each in wrong if each.about == "attribute"]
    how = []
    settled = matcher.settled(use, values)
    attribute = matcher.attributes.get(use.attribute)
    if attribute is not None and attribute.type == "date" and matcher.is_open_date(values):
        label = f"dates of {use.heading}"
        how.append(picker(f"dates-{position}", _DATES.items(), settled.dates or "", aria_label=label))
    if attribute is not None and attribute.measure == "cents":
        label = f"amounts of {use.heading}"
        how.append(picker(f"amounts-{position}", _AMOUNTS.items(), settled.amounts or "", aria_label=label))
    how += [_wrong(each) for each in wrong if each.about != "attribute"]
    return (
        text(use.heading),
        joined([text(each[:_LONGEST]) for each in samples], element("br")),
        joined(parts),
        joined(how),
    )


_LONGEST = 60


def _wrong(doubt: Doubt) -> Html:
    return element("p", prose(f"{doubt.message}; {doubt.help}"), class_="warning")


def _label(matcher: Matcher, name: str) -> str:
    if matcher.attributes[name].measure == "cents":
        return matcher.label(name)
    summary = matcher.attributes[name].summary.split(":")[0].split(";")[0].rstrip(".")
    return f"{matcher.label(name)} - {summary}"[:_WIDEST]


_WIDEST = 70

ADDRESSES = (Address("/files/{run}/columns", get=show, post=choose),)
