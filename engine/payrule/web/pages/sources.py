"""The sources of policies: what of each has a rule, a new edition next to the one that is cited, and a text to add."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from urllib.parse import quote

import msgspec

from payrule.citations.copies import Copies, source_text
from payrule.citations.passages import covered_source, covered_text, list_mark, source_files
from payrule.citations.reread import reread_edition
from payrule.compare.edits import predecessor
from payrule.compare.operands import latest
from payrule.model.policy import Policy, Source, by_version
from payrule.model.values import read_date
from payrule.reports.pages.html import Html, element, line_html, text
from payrule.reports.pages.rereading import redlined
from payrule.results.coverage import PassageCoverage, SourceCoverage
from payrule.results.rereading import Changed, Reread, Reworded
from payrule.scaffold.edit import FileEdit, digest_of
from payrule.scaffold.scaffold import Scaffold, passing
from payrule.scaffold.tried import version_called
from payrule.scaffold.version import carried_over, new_version, with_edition
from payrule.source.diagnostics import DocumentError, InputError, RequestError, counted
from payrule.source.files import about, file_digest
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import (
    Moved,
    Shown,
    entry,
    form,
    labelled,
    picker,
    plain_table,
    question,
    refused,
    words,
)
from payrule.web.pages.claim_controls import said
from payrule.web.pages.new_folder import plain_name

CITED = {"rule": "has a rule", "note": "a note", "nothing": "nothing yet", "heading": "heading"}
"""What a person reads for what becomes of a passage."""

Policies = Mapping[str, tuple[Policy, ...]]

_SETTLED = ("in-force", "retired")
_KINDS = ("", ".txt", ".pdf", ".docx", ".html", ".htm")
"""Endings of the texts that can be read."""


def sources(asked: Asked) -> Shown:
    """List the texts in the folder of sources, how much of each has a rule, and why one cannot be read.

    Without such a folder the page says how to name one, and which texts policies cite.
    """
    policies = asked.site.rulebase.policies
    named = _named(policies)
    if asked.site.sources is None:
        return Shown(title="Sources", value=(), body=tuple(_without_folder(named)))
    copies = copies_of(asked)
    found, rows = [], []
    for file in (*source_files(policies), *_unnamed(copies.folder, policies)):
        link = element("a", text(file), href=f"/sources/{quote(file)}")
        of = text(", ".join(named.get(file, ())) or "no policy yet")
        try:
            each = covered_source(policies, copies, file)
            if each is None and file not in named:
                each = covered_text(file, source_text(copies.folder / file))
        except DocumentError as fault:
            rows.append((text(file), of, text("; ".join(map(said, fault.findings))), *[text("")] * 3))
            continue
        if each is None:
            rows.append((text(file), of, text("there is no copy in the folder of sources"), *[text("")] * 3))
            continue
        found.append(each)
        counts = [sum(one.cited == cited for one in each.passages) for cited in ("rule", "note", "nothing")]
        rows.append((link, of, text("can be read"), *(text(f"{count:,}") for count in counts)))
    head = ("source", "cited by", "copy", "has a rule", "a note", "nothing yet")
    table = plain_table("Texts in the folder of sources", head, rows)
    return Shown(title="Sources", value=tuple(found), body=(table, *_adding(asked)))


def _without_folder(named: Mapping[str, tuple[str, ...]]) -> Iterator[Html]:
    yield words("Here you see which sentences of a payer's text have a rule, and which have none yet.")
    yield words("This needs a folder with your own copies of the texts: start the workbench with `--sources DIR`.")
    if named:
        rows = [(text(file), text(", ".join(versions))) for file, versions in sorted(named.items())]
        yield plain_table("Texts that policies cite", ("file", "cited by"), rows)


def copies_of(asked: Asked) -> Copies:
    """Give the copies of sources; raises RequestError where there is no folder of them."""
    if asked.site.sources is None:
        message = "there is no folder with copies of the sources"
        raise RequestError.of("no-sources", message, "start the workbench with `--sources DIR`")
    return Copies(asked.site.sources)


def _named(policies: Policies) -> dict[str, tuple[str, ...]]:
    """Name for each file the versions of policies that cite it."""
    found: dict[str, tuple[str, ...]] = {}
    for version in (each for versions in policies.values() for each in versions):
        for source in version.sources.values():
            if source.file and version.name not in found.get(source.file, ()):
                found[source.file] = (*found.get(source.file, ()), version.name)
    return found


def _unnamed(folder: Path, policies: Policies) -> Iterator[str]:
    """List the texts in the folder that no policy cites."""
    known = {*source_files(policies)}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and path.suffix.lower() in _KINDS[1:] and path.name not in known:
            yield path.name


def _adding(asked: Asked) -> Iterator[Html]:
    if asked.site.is_read_only:
        return
    hint = "a text, PDF, Word document or web page, such as the payer's new edition; it is copied into the folder"
    yield element("h2", text("Add a text"))
    chosen = entry("text", kind="file", hint=hint, required="required")
    yield form("/sources", asked.form_token, labelled("File", "text", chosen, hint=hint), button="Add it", is_file=True)


def add(asked: Asked) -> Shown | Moved:
    """Copy a text into the folder of sources, if it can be read and another one of its name is not there."""
    asked.refuse_changes()
    try:
        return Moved(f"/sources/{quote(_added(asked))}")
    except InputError as fault:
        return refused(sources(asked), fault.findings)


def _added(asked: Asked) -> str:
    folder, upload = copies_of(asked).folder, asked.uploads.get("text")
    if upload is None:
        raise RequestError.of("no-file", "no file is chosen", "choose the text")
    name = plain_name(upload.name)
    if Path(name).suffix.lower() not in _KINDS:
        message = f"`{upload.name}` is no text that can be read"
        raise RequestError.of("bad-file", message, "choose a .txt, .pdf, .docx or .html file")
    try:
        source_text(upload.path)
    except DocumentError as fault:  # it names the file as it is kept here
        message = "; ".join(each.message.replace(upload.path.name, name) for each in fault.findings)
        raise RequestError.of("bad-file", message, fault.findings[0].help) from None
    path = folder / name
    if path.exists() and file_digest(path) != file_digest(upload.path):
        message = f"there is another text `{name}` in the folder of sources already"
        raise RequestError.of("file-there", message, "give the file another name, such as one with the year")
    with about(path):
        shutil.copyfile(upload.path, path)
    return name


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A new edition of a text: what it is compared with, for which version, and what differs."""

    file: str
    older: str
    version: str
    reread: Reread


def source(asked: Asked) -> Shown:
    """Show a text, sentence by sentence, with what rests on each, and what has changed since the edition before it."""
    file, policies, copies = asked.parts["file"], asked.site.rulebase.policies, copies_of(asked)
    named = file in source_files(policies)
    if not named and file not in _unnamed(copies.folder, policies):
        raise RequestError.of("no-source", "no policy names this source, or there is no copy of it", "choose another")
    if not named:
        return _unused(asked, file, copies)
    found = covered_source(policies, copies, file)
    if found is None:
        raise RequestError.of("no-source", "no policy names this source, or there is no copy of it", "choose another")
    versions = {version.name: name for version, name in _latest_with(policies, file)}
    chosen = asked.field("version") if asked.field("version") in versions else next(iter(versions), "")
    body: list[Html] = []
    if len(versions) > 1:
        pick = picker("version", [(each, each) for each in versions], chosen)
        body.append(question(f"/sources/{quote(file)}", labelled("New rules are of", "version", pick), button="Choose"))
    elif not versions:
        body.append(words("The latest version of the policy cites another text, so no new rule is made of this one."))
    edition = _edition(asked, copies, chosen, versions.get(chosen, ""))
    if edition is not None:
        body += _changed(edition, found, f"{chosen}?source={versions[chosen]}")
        body.append(element("h2", text("The whole text")))
    body += _whole(found, f"/rules/{chosen}?source={versions[chosen]}" if chosen else "")
    return Shown(
        title=file, value=found if edition is None else {"source": found, "edition": edition}, body=tuple(body)
    )


def _latest_with(policies: Policies, file: str) -> Iterator[tuple[Policy, str]]:
    """List the latest versions that cite a file, each with the name of the source."""
    return ((version, name) for version, name in _cited_sources(policies) if version.sources[name].file == file)


def _edition(asked: Asked, copies: Copies, version: str, source: str) -> Edition | None:
    """Compare a source of a version with the one of the version before it, where that is another file."""
    newer = by_version(asked.site.rulebase.policies).get(version)
    before = predecessor(newer, asked.site.rulebase.policies[newer.id]) if newer is not None else None
    if newer is None or before is None or source not in before.sources:
        return None
    return compared_edition(copies, newer, source, before.sources[source])


def compared_edition(copies: Copies, version: Policy, source: str, before: Source) -> Edition | None:
    """Compare a source of a version with another edition of it; None for the same one, and where there is no copy."""
    if before.file == version.sources[source].file:
        return None
    old, new = copies.of(before), copies.of(version.sources[source])
    if old is None or new is None:
        return None
    reread = reread_edition(version, source, old, new)
    return Edition(
        file=version.sources[source].file or "", older=before.file or "", version=version.name, reread=reread
    )


def _whole(found: SourceCoverage, to: str) -> Iterator[Html]:
    number = 0
    for part in found.parts:
        inside = [element("h3", text(part.title))] if part.title else []
        for passage in part.passages:
            inside.append(_passage(passage, f"{to}&passage={number}" if to else ""))
            number += 1
        yield element("section", *inside)


def _passage(passage: PassageCoverage, to: str) -> Html:
    page = "" if passage.page is msgspec.UNSET else f"Page {passage.page}, "
    again = "Make a rule" if passage.cited == "nothing" else "Make another rule"
    way = [element("a", text(again), href=to)] if to else []
    lead = [text(f"{page}{CITED[passage.cited]}{': ' if passage.rests else ''}"), *_resting(passage.rests, "policies")]
    mark = element("p", *lead, text(". "), *way, class_="quiet")
    return element("div", element("p", text(passage.text)), mark, class_=f"cited-{passage.cited}")


def _resting(rests: tuple[str, ...], where: str) -> Iterator[Html]:
    """Name what rests on a sentence; a rule leads to its text (`policies`) or to its form (`rules`)."""
    for number, each in enumerate(rests):
        version, _, name = each.partition(" ")
        to = f"/policies/{version}#{name}" if where == "policies" else f"/rules/{version}/change/{name}"
        yield text(", " if number else "")
        yield text(each) if " " in name else element("a", text(each), href=to)


def _unused(asked: Asked, file: str, copies: Copies) -> Shown:
    """Show a text that no policy cites: which one it is a new edition of, and then what has changed."""
    policies = asked.site.rulebase.policies
    new = source_text(copies.folder / file)
    found = covered_text(file, new)
    named = [(f"{version.name}/{name}", version, name) for version, name in _cited_sources(policies)]
    chosen = next((each for each in named if each[0] == asked.field("of")), None)
    options = [(key, f"{version.sources[name].file} of {version.name}") for key, version, name in named]
    asks = question(
        f"/sources/{quote(file)}",
        labelled(
            "It is a new edition of",
            "of",
            picker("of", options, asked.field("of") or _most_alike(found, copies, named)),
        ),
        button="See what has changed",
    )
    body: list[Html] = [words("No policy cites this text yet."), asks]
    value: object = found
    if chosen is not None:
        _, version, name = chosen
        old = copies.of(version.sources[name])
        if old is None:
            message = f"there is no copy of `{version.sources[name].file}` in the folder of sources"
            raise RequestError.of("no-copy", message, "add it, so that both editions can be compared")
        reread = reread_edition(version, name, old, new)
        edition = Edition(file=file, older=version.sources[name].file or "", version=version.name, reread=reread)
        value = {"source": found, "edition": edition}
        body += _changed(edition, found, "")
        body += _taking_over(asked, file, version, name)
    body.append(element("h2", text("The whole text")))
    body += _whole(found, "")
    return Shown(title=file, value=value, body=tuple(body))


def _most_alike(found: SourceCoverage, copies: Copies, named: Iterable[tuple[str, Policy, str]]) -> str:
    """Name the cited source that has most sentences in common with a text."""
    mine = {each.text for each in found.passages}

    def in_common(cited: tuple[str, Policy, str]) -> int:
        _, version, name = cited
        copy = copies.of(version.sources[name])
        theirs = covered_text("", copy).passages if copy is not None else ()
        return len(mine & {each.text for each in theirs})

    return max(named, key=in_common, default=("", None, ""))[0]


def _cited_sources(policies: Policies) -> Iterator[tuple[Policy, str]]:
    """List the latest versions with each source that they cite, of which there is a file."""
    for versions in policies.values():
        newest = latest(versions)
        yield from ((newest, name) for name, each in newest.sources.items() if each.file)


def _taking_over(asked: Asked, file: str, version: Policy, name: str) -> Iterator[Html]:
    """Write the form that lets a policy cite the new edition: its next version, or the one that is not in force yet."""
    if asked.site.is_read_only:
        return
    hidden = element("input", type="hidden", name="of", value=f"{version.name}/{name}")
    hint = "year-month-day, such as 2027-01-01"
    title = labelled("Title of the new edition", "title", entry("title", version.sources[name].title))
    first = labelled(
        "First date of service",
        "first",
        entry("first", asked.field("first"), hint=hint, required="required", maxlength="10"),
        hint=hint,
    )
    yield element("h2", text("Cite it from now on"))
    if version.status in _SETTLED:
        status = version.status.replace("-", " ")
        yield words(f"{version.name} is {status} and stays as it is. Its next version cites this text.")
        inside, button = [title, first], "Make the next version"
    else:
        yield words(f"{version.name} is not in force yet. It can cite this text from now on.")
        inside, button = [title], f"Let {version.name} cite it"
    yield form(f"/sources/{quote(file)}/edition", asked.form_token, hidden, *inside, button=button)


def take_over(asked: Asked) -> Shown | Moved:
    """Let a policy cite a new edition: in its next version, with the examples carried over, or in a draft."""
    asked.refuse_changes()
    try:
        return _taken_over(asked)
    except InputError as fault:
        return refused(source(asked), fault.findings)


def _taken_over(asked: Asked) -> Moved:
    file, copies, documents, today = (
        asked.parts["file"],
        copies_of(asked),
        asked.site.rulebase.documents,
        asked.site.today(),
    )
    called, _, name = asked.field("of").partition("/")
    version = version_called(documents, called)
    if name not in version.sources or copies.text(file) is None:
        raise RequestError.of("no-source", "there is no such source, or no copy of it", "choose another")
    made = Scaffold({})
    if version.status in _SETTLED:
        made = new_version(documents, version.id, "major", first_date(asked), None)
    edition = Source(title=asked.field("title") or version.sources[name].title, file=file)
    made = with_edition(made, documents, version.id, name, edition)
    if version.status in _SETTLED:
        made = carried_over(made, documents, version.id, today)
    save_version(asked, made, version)
    return Moved(f"/sources/{quote(file)}")


def save_version(asked: Asked, made: Scaffold, before: Policy) -> None:
    """Save the version that comes after another one, if no check finds an error in it."""
    checked = passing(made, asked.site.folder, asked.site.today(), soon())
    edits = {path: FileEdit(written, digest_of(path)) for path, written in checked.files.items()}
    gone = {path: FileEdit(None, digest_of(path)) for path in checked.gone}
    asked.save(f"next version of {before.name}", edits | gone)


def first_date(asked: Asked) -> date:
    """Read the first date of service of a next version; raises RequestError for what is none."""
    try:
        return read_date(asked.field("first"))
    except ValueError:
        message = f"`{asked.field('first')}` is no date of service"
        raise RequestError.of("bad-date", message, "write it as year-month-day, such as 2027-01-01") from None


def _changed(edition: Edition, found: SourceCoverage, to: str) -> Iterator[Html]:
    """Show what has changed since the edition before: sentences that something rests on, and all others."""
    reread = edition.reread
    still = f"{counted(reread.found, 'cited sentence')} {'is' if reread.found == 1 else 'are'} unchanged"
    lead = f"{still}, {len(reread.reworded):,} changed; {counted(len(reread.elsewhere), 'other change')}."
    yield element("h2", text(f"What has changed since {edition.older}"))
    yield words(lead)
    for each in reread.reworded:
        yield _reworded(each, "rules" if to else "policies")
    lines = {each.line: (number, each) for number, each in enumerate(found.passages)}
    for other in reread.elsewhere:
        yield _elsewhere(other, lines.get(other.line), to)


def _reworded(each: Reworded, where: str) -> Html:
    gone = text("Nothing is left of it.")
    shown = element("p", line_html(redlined(each.pieces)) if each.pieces else gone)
    lead = "Change the rule: " if where == "rules" else "Rests on it: "
    mark = element("p", text(f"{each.locator}. {lead}"), *_resting(each.rests, where), text("."), class_="quiet")
    return element("div", shown, mark, class_="cited-nothing")


def _elsewhere(each: Changed, sentence: tuple[int, PassageCoverage] | None, to: str) -> Html:
    """Show a change in a sentence, on which a rule may rest by now; without one, somewhere else."""
    way: list[Html] = []
    rests = sentence[1].rests if sentence is not None else ()
    is_new = any(piece.kind == "new" for piece in each.pieces)
    if rests:
        way = [*_resting(rests, "policies" if not to else "rules"), text(".")]
    elif to and is_new and sentence is not None:
        way = [element("a", text("Make a rule"), href=f"/rules/{to}&passage={sentence[0]}")]
    lead = "Rests on it: " if rests else "No rule rests on it. "
    mark = element("p", text(f"Line {each.line}. {lead}"), *way, class_="quiet")
    cited = "cited-rule" if rests else "cited-nothing" if way else "cited-note"
    return element("div", element("p", line_html(redlined(each.pieces))), mark, class_=cited)


def selected(asked: Asked, version: Policy, name: str) -> dict[str, str]:
    """Give the words that were chosen in a source, and where they are, as far as the document says it."""
    file = version.sources[name].file if name in version.sources else None
    if file is None or asked.site.sources is None or not asked.field("passage").isdecimal():
        return {}
    found = covered_source(asked.site.rulebase.policies, copies_of(asked), file)
    listed = [(part.title, each) for part in found.parts for each in part.passages] if found else []
    number = int(asked.field("passage"))
    if number >= len(listed):
        return {}
    title, passage = listed[number]
    page = "" if passage.page is msgspec.UNSET else f"page {passage.page}"
    mark = list_mark(passage.text)
    where = (title, mark.strip("()[].§"), page)
    return {"passage": passage.text.removeprefix(mark).strip(), "locator": ", ".join(filter(None, where))}


ADDRESSES = (
    Address("/sources", get=sources, post=add, menu="Sources"),
    Address("/sources/{file}", get=source),
    Address("/sources/{file}/edition", post=take_over),
)
"""The pages of the sources."""
