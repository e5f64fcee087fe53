"""The first page: the versions of policies and the payers, what is wrong with them, and what waits for whom."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import msgspec

from payrule.compare.review import REVIEWS, read_review
from payrule.compare.signatures import signatures_of, wanted_signatures
from payrule.examples.run import example_files, run_example
from payrule.lint.check import check_rulebase
from payrule.reports.diagnostics import one_line
from payrule.reports.documents import PAYER_HEAD, POLICY_HEAD, payer_rows, policy_rows
from payrule.reports.pages.html import Html, element, text
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import load
from payrule.scaffold.edit import saves
from payrule.source.diagnostics import Diagnostic, DocumentError, RequestError, counted
from payrule.source.files import shipped
from payrule.web.asked import Address, Asked
from payrule.web.frame import Moved, Shown, form, listing, plain_table, words
from payrule.web.jobs import Report

_SECONDS = 20.0
"""How long checks may take, as on the command line; those that are left out are named."""


class Worklist(msgspec.Struct, frozen=True, kw_only=True):
    """What the first page shows; rows are as `payrule list` gives them."""

    folder: str
    read_only: bool
    policies: tuple[tuple[str, ...], ...]
    payers: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]
    """What reviewers have questioned, which somebody has to answer."""
    unsigned: tuple[str, ...] = ()
    """What one person has signed and another one has to."""
    saves: int = 0
    """How many saves can be undone."""


def show(asked: Asked) -> Shown:
    """Show the versions of policies with their dates, the payers, and what reviewers have questioned."""
    rulebase = asked.site.rulebase
    worklist = Worklist(
        folder=str(asked.site.folder),
        read_only=asked.site.is_read_only,
        policies=tuple(policy_rows(rulebase.policies)),
        payers=tuple(payer_rows(rulebase.payers)),
        questions=tuple(_questions(asked.site.folder)),
        unsigned=tuple(_unsigned(rulebase.documents)),
        saves=0 if asked.site.is_read_only else len(tuple(saves(asked.site.folder))),
    )
    return Shown(title="Worklist", value=worklist, body=tuple(_body(asked, worklist)))


def _body(asked: Asked, worklist: Worklist) -> Iterator[Html]:
    kept = ", and nothing can be changed." if worklist.read_only else ", and what you change is saved there."
    yield element("p", text("Here you see the documents in "), element("code", text(worklist.folder)), text(kept))
    if worklist.folder == str(shipped("policies")):
        own = "payrule new rulebase DIR, then payrule workbench --rulebase DIR"
        link = element("a", text("Make a folder of your own"), href="/new")
        way = (link, text(".")) if asked.site.home is not None else (element("code", text(own)), text("."))
        yield element("p", text("To write policies: "), *way)
    if worklist.questions:
        yield element("section", element("h2", text("Questioned by reviewers")), listing(worklist.questions))
    if worklist.unsigned:
        to_sign = (
            element(
                "li",
                text(f"{each}: "),
                element("a", text("Publish"), href=f"/publish?{urlencode({'version': each.partition(',')[0]})}"),
            )
            for each in worklist.unsigned
        )
        yield element("section", element("h2", text("To be signed by a second person")), element("ul", *to_sign))
    if worklist.saves:
        link = element("a", text("Undo a save"), href="/undo")
        yield element("p", link, text(f": {counted(worklist.saves, 'save')} can be undone."), class_="ways")
    yield form("/check", asked.form_token, button="Check the documents and run the examples")
    named = (
        (element("a", element("code", text(row[0])), href=f"/policies/{row[0]}"), *map(text, row[1:]))
        for row in worklist.policies
    )
    yield plain_table("Policies", POLICY_HEAD, named)
    rows = ((element("code", text(row[0])), *map(text, row[1:])) for row in worklist.payers)
    yield plain_table("Payers", PAYER_HEAD, rows)


def _questions(folder: Path) -> Iterator[str]:
    """List what reviewers have questioned; a review that cannot be read is named."""
    for path in sorted(folder.glob(f"*/{REVIEWS}/*.json")):
        try:
            review = read_review(path)
        except DocumentError as fault:
            yield from map(one_line, fault.findings)
            continue
        for each in review.kinds:
            if each.decision == "questioned":
                comment = f": {each.comment}" if each.comment else ""
                yield f"{review.old} to {review.new}, {each.change}: {each.by} on {each.on}{comment}"


def _unsigned(documents: Documents) -> Iterator[str]:
    """List the drafts and proposals that one person has signed and another one has to."""
    for versions in documents.policies.values():
        for version in versions:
            if version.status in ("draft", "proposed") and wanted_signatures(documents, version) > 1:
                for each in signatures_of(documents, version).signed:
                    yield f"{version.name}, signed by {each.by} on {each.on}"


class Wanted(msgspec.Struct, frozen=True):
    """What is to be checked: the documents of a folder, on a day."""

    folder: Path
    sources: Path | None
    known_on: date


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with documents and with examples; `skipped` names the checks for which there was no time."""

    documents: int
    findings: tuple[Diagnostic, ...]
    examples: int
    failures: tuple[Diagnostic, ...]
    skipped: tuple[str, ...]


def begin(asked: Asked) -> Moved:
    """Begin to check the documents, and to run the examples."""
    site = asked.site
    wanted = Wanted(site.folder, site.sources, site.today())
    return Moved(f"/jobs/{site.jobs.start('Checks and examples', '/check/{id}', checks, wanted)}")


def checks(report: Report, wanted: Wanted) -> Checks:
    """Check documents and run examples, in a process of its own; raises InputError for what cannot be used."""
    begun = monotonic()
    report(0, 0, "documents are checked")
    checked = check_rulebase(wanted.folder, wanted.sources, lambda: monotonic() - begun > _SECONDS)
    rulebase, files = load(wanted.folder), example_files(wanted.folder)
    failures: list[Diagnostic] = []
    for number, path in enumerate(files):
        report(number, len(files), "examples")
        failures.extend(run_example(path, rulebase, wanted.known_on).failures)
    return Checks(
        documents=checked.documents,
        findings=checked.findings,
        examples=len(files),
        failures=tuple(failures),
        skipped=tuple(check for each in checked.skipped for check in each.checks),
    )


def show_checks(asked: Asked) -> Shown:
    """Show what is wrong, errors first."""
    found = asked.site.jobs.result(asked.parts["job"])
    if not isinstance(found, Checks):
        raise RequestError.of("no-such-job", "these checks are not here any more", "begin them again on the worklist")
    body = []
    for title, of, findings in (
        ("Documents", counted(found.documents, "document"), found.findings),
        ("Examples", counted(found.examples, "example"), found.failures),
    ):
        lines = [one_line(each) for each in sorted(findings, key=lambda each: each.severity)]
        said = listing(lines) if lines else words(f"{of}: nothing to fix.")
        body.append(element("section", element("h2", text(title)), said))
    if found.skipped:
        body.append(words(f"There was no time for these checks: {', '.join(found.skipped)}."))
    return Shown(title="Checks and examples", value=found, body=tuple(body))


ADDRESSES = (
    Address("/", get=show, menu="Worklist"),
    Address("/check", post=begin),
    Address("/check/{job}", get=show_checks),
)
