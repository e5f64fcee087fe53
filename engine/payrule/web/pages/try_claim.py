"""The page on which a claim is tried: a form, the answer while typing, why not one rule, and an example to keep."""

import re
from contextlib import suppress
from weakref import WeakKeyDictionary

import msgspec

from payrule.encounter.encounter import Encounter
from payrule.formats.claim_form import ClaimForm, refuse_rows, rows_of
from payrule.reports.pages.html import Html, block_html, element, prose, text
from payrule.reports.pages.page import Paragraph, Verbatim, line
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.edit import NO_FILE, ChangedOnDiskError, FileEdit, refuse_changed
from payrule.scaffold.scaffold import NAME, Scaffold, passing
from payrule.scaffold.tried import Choices, Opened, Tried, opened_example, tried, tried_example, version_called
from payrule.source.diagnostics import Diagnostic, RequestError
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import Moved, Shown, entry, labelled, words
from payrule.web.guard import FORM_TOKEN
from payrule.web.pages.claim_controls import LINES, Typed, said
from payrule.web.pages.trial_page import AS_EXAMPLE, NAME_HINT, ShownTrial, answer_part, hidden, trial_page

_ADDED = {"line": LINES, "earlier": 2}
"""How many rows a button adds."""

_forms: WeakKeyDictionary[Rulebase, ClaimForm] = WeakKeyDictionary()


def _form_of(rulebase: Rulebase) -> ClaimForm:
    """Give the controls of a rulebase, made once."""
    form = _forms.get(rulebase)
    if form is None:
        form = _forms[rulebase] = ClaimForm(rulebase.documents.vocabulary)
    return form


def show(asked: Asked) -> Shown:
    """Show the form: empty, or with the claim of an example."""
    trial = _opened(asked)
    saved = [element("p", text("The example is saved."), role="status")] if asked.field("saved") else []
    return trial_page(asked, trial, *saved)


def decide(asked: Asked) -> Shown:
    """Show the form as it was filled in, with the answer; or with more rows."""
    return trial_page(asked, _sent(asked))


def answer(asked: Asked) -> Shown:
    """Show the answer alone, which the script puts into the page while somebody types."""
    trial = _sent(asked)
    return Shown(title="Try a claim", value=trial.tried, body=(answer_part(trial),))


def _texts(asked: Asked) -> dict[str, str]:
    """Give what was typed of the claim: the names of its controls, and only they, have dots."""
    return {name: asked.field(name) for name in asked.fields if "." in name}


def _opened(asked: Asked) -> ShownTrial:
    """Read the example that is asked for, if one is, and decide it."""
    rulebase = asked.site.rulebase
    form = _form_of(rulebase)
    if not asked.field("example"):
        choices = Choices(payer=min(rulebase.payers, default=""), known_on=asked.site.today().isoformat())
        return ShownTrial(typed=Typed(form=form, texts={}), choices=choices)
    opened = opened_example(rulebase.documents, asked.field("example"))
    value = opened.value
    texts = form.typed(value["encounter"])
    choices = Choices(
        payer=value["payer"],
        known_on=value.get("known_on") or asked.site.today().isoformat(),
        presume=value.get("presume") or {},
        consider=value.get("consider"),
        rule=asked.field("rule"),
    )
    return _decided(rulebase, form, texts, choices, opened)


def _sent(asked: Asked) -> ShownTrial:
    """Read the form that was sent, and decide the claim in it."""
    rulebase = asked.site.rulebase
    opened = None
    if asked.field("example"):
        with suppress(RequestError):  # somebody may have taken it away meanwhile: what was typed is kept
            opened = opened_example(rulebase.documents, asked.field("example"))
    presumptions = dict(rulebase.documents.vocabulary.presumptions)
    if opened is not None:
        presumptions[AS_EXAMPLE] = opened.value.get("presume") or {}
    choices = Choices(
        payer=asked.field("payer"),
        known_on=asked.field("known_on"),
        presume=presumptions.get(asked.field("presume"), {}),
        consider=asked.field("consider") or None,
        rule=asked.field("rule"),
    )
    added = asked.field("add")
    rows = {part: _count(asked, part) + (_ADDED[part] if added == part else 0) for part in _ADDED}
    for count in rows.values():
        refuse_rows(count)
    return _decided(rulebase, _form_of(rulebase), _texts(asked), choices, opened, rows=rows, is_growing=bool(added))


def _count(asked: Asked, part: str) -> int:
    """Read how many rows of a part there are; a number that is none has the usual rows."""
    found = asked.field(f"{part}s")
    return int(found) if re.fullmatch(r"\d{1,6}", found, re.ASCII) else LINES if part == "line" else 0


def _decided(  # noqa: PLR0913 - what is decided, and what is shown of it
    rulebase: Rulebase,
    form: ClaimForm,
    texts: dict[str, str],
    choices: Choices,
    opened: Opened | None,
    *,
    rows: dict[str, int] | None = None,
    is_growing: bool = False,
) -> ShownTrial:
    """Decide what was typed; where nothing was, and where only rows are added, there is nothing to find fault with."""
    found, claim = tried(rulebase, form, texts, choices)
    is_empty = not any(texts.values())
    if is_empty and is_growing:
        found = Tried()
    lines = found.determination.lines if found.determination else ()
    open_of = ((each.number, {*each.open, *(name for group in each.needs or () for name in group)}) for each in lines)
    missing = {form.control(attribute, number) for number, attributes in open_of for attribute in attributes}
    counts = rows or {"line": LINES, "earlier": 0}
    typed = Typed(
        form=form,
        texts=texts,
        findings=found.findings,
        lines=max(counts["line"], *rows_of(texts, "line"), 1),
        earlier=max(counts["earlier"], *rows_of(texts, "earlier"), 0),
        asked=frozenset(filter(None, missing)),
    )
    return ShownTrial(typed=typed, choices=choices, opened=opened, tried=found, claim=claim)


def keep(asked: Asked) -> Shown | Moved:
    """Save the claim as an example that expects its answers; show what keeps it from that, and lose nothing."""
    asked.refuse_changes()
    trial, site = _sent(asked), asked.site
    answers = trial.tried.determination
    if answers is None or trial.claim is None:
        return trial_page(asked, trial, _unsaved("The claim is not decided, so it was not saved."))
    name, summary = asked.field("name"), asked.field("summary")
    wrong = {}
    if not re.fullmatch(NAME, name):
        wrong["name"] = f"write {NAME_HINT}"
    if not summary:
        wrong["summary"] = "say in a sentence what it shows"
    if wrong:
        return _refused(asked, trial, *(_named(at, each) for at, each in wrong.items()))
    try:
        version = version_called(site.rulebase.documents, asked.field("version"))
        is_same = trial.opened is not None and (trial.opened.version.id, trial.opened.name) == (version.id, name)
        path, document = tried_example(
            site.rulebase,
            trial.claim,
            answers,
            trial.choices,
            version=version,
            name=name,
            summary=summary,
            today=site.today(),
            before=trial.opened.value if trial.opened and is_same else None,
        )
        expected = asked.field("read") if is_same or asked.field("over") == name else NO_FILE
        refuse_changed(path, expected)  # before the checks, which take a while
        changed = frozenset({path}) if path.exists() else frozenset()
        passing(Scaffold({path: document}, changed=changed), site.folder, site.today(), soon())
        asked.save(f"example {name}", {path: FileEdit(document, expected)})
    except RequestError as fault:
        return _refused(asked, trial, *fault.findings)
    except ChangedOnDiskError as fault:
        return _both(asked, fault, document)
    return Moved(f"/try?example={version.name}/{name}&saved=1")


def _unsaved(said_of_it: str) -> Html:
    return element("div", words(said_of_it), class_="notice", role="alert")


def _named(control: str, message: str) -> Diagnostic:
    return Diagnostic(code="not-saved", message=message, path=control)


def _refused(asked: Asked, trial: ShownTrial, *findings: Diagnostic) -> Shown:
    """Show the form again with what keeps the example from being saved."""
    own = {each.path: each.message for each in findings if each.path in ("name", "summary", "version")}
    note = element(
        "div",
        words("The example was not saved, and nothing was changed:"),
        element("ul", *(element("li", *_where(each)) for each in findings)),
        class_="notice",
        role="alert",
    )
    return trial_page(asked, msgspec.structs.replace(trial, refused=own), note, status=422)


def _where(finding: Diagnostic) -> tuple[Html, ...]:
    if finding.path in ("name", "summary", "version"):
        return element("a", text(finding.path), href=f"#{finding.path}"), prose(f": {said(finding)}")
    return (prose(said(finding)),)


def _both(asked: Asked, fault: ChangedOnDiskError, document: str) -> Shown:
    """Show what is on disk and what was to be saved, with everything that was typed, so that nothing is lost."""
    name = asked.field("name")
    sent = [
        element("input", type="hidden", name=each, value=value)
        for each, values in asked.fields.items()
        if each not in ("name", "read", "over")
        for value in values
    ]
    there = Verbatim(fault.found) if fault.found is not None else Paragraph(line("There is no such file any more."))
    kept = hidden({"read": fault.digest, "over": name})
    other = labelled("name", "name", entry("name", name, hint=NAME_HINT), hint=NAME_HINT)
    buttons = (
        element("button", text("Save mine, under this name"), type="submit", formaction="/try/save"),
        element("button", text("Go back to the form"), type="submit", formaction="/try"),
    )
    body = (
        _unsaved(
            f"The example {name} was saved by somebody else meanwhile, so yours was not saved. With the same name, "
            "yours replaces the one on disk; with another, both are kept."
        ),
        element("section", element("h2", text("On disk")), block_html(there)),
        element("section", element("h2", text("Yours")), block_html(Verbatim(document))),
        element("form", *sent, *kept, other, element("p", *buttons), action="/try/save", method="post"),
    )
    value = {"on_disk": fault.found, "yours": document, "digest": fault.digest}
    return Shown(title="Two versions of an example", value=value, body=body, status=409)


def try_button(  # noqa: PLR0913 - what is tried, and how the button reads
    asked: Asked, encounter: Encounter, payer: str, known_on: str, *, label: str, key: str | None = None
) -> Html:
    """Write a button, with its key, that opens a claim in the form with its answer; the claim is in no address."""
    typed = _form_of(asked.site.rulebase).typed_of(encounter)
    fields = {FORM_TOKEN: asked.form_token, "payer": payer, "known_on": known_on, **typed}
    send = element("button", text(f"{label} ({key})" if key else label), type="submit", accesskey=key)
    return element("form", *hidden(fields), send, action="/try#answer", method="post")


ADDRESSES = (
    Address("/try", get=show, post=decide, menu="Try a claim"),
    Address("/try/answer", post=answer),
    Address("/try/save", post=keep),
)
