"""The page on which a claim is tried: a form, the answer while typing, why not one rule, and an example to keep."""

import re
from contextlib import suppress
from weakref import WeakKeyDictionary

import msgspec

from payrule.encounter.encounter import Encounter
from payrule.formats.claim_form import ClaimForm, TypedClaim, refuse_rows, rows_of
from payrule.model.policy import Policy
from payrule.reports.pages.html import Html, block_html, element, section_html, text
from payrule.reports.pages.page import Paragraph, Verbatim, line
from payrule.reports.pages.trial import AskedRule, answer_sections, left_out_section
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.edit import NO_FILE, ChangedOnDiskError, digest_of, refuse_changed, save
from payrule.scaffold.scaffold import NAME, Scaffold, passing
from payrule.scaffold.tried import Choices, Opened, Tried, opened_example, tried, tried_example, version_called
from payrule.source.diagnostics import Diagnostic, RequestError
from payrule.web.asked import Address, Asked
from payrule.web.frame import Moved, Shown, entry, labelled, picker, words
from payrule.web.guard import FORM_TOKEN
from payrule.web.pages.claim_controls import LINES, Typed, claim_controls, said

_ADDED = {"line": LINES, "earlier": 2}
"""How many rows a button adds."""

_EXAMPLE = "example"
"""What is assumed as the open example assumes it."""

_forms: WeakKeyDictionary[Rulebase, ClaimForm] = WeakKeyDictionary()


def _form_of(rulebase: Rulebase) -> ClaimForm:
    """Give the controls of a rulebase, made once."""
    form = _forms.get(rulebase)
    if form is None:
        form = _forms[rulebase] = ClaimForm(rulebase.documents.vocabulary)
    return form


class _Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is about: what was typed and chosen, the example that is open, and what is answered."""

    typed: Typed
    choices: Choices
    opened: Opened | None = None
    tried: Tried = Tried()
    claim: TypedClaim | None = None
    refused: dict[str | None, str] = {}
    """What keeps it from being saved, by control."""


def show(asked: Asked) -> Shown:
    """Show the form: empty, or with the claim of an example."""
    trial = _opened(asked)
    saved = [element("p", text("The example is saved."), role="status")] if asked.field("saved") else []
    return _page(asked, trial, *saved)


def decide(asked: Asked) -> Shown:
    """Show the form as it was filled in, with the answer; or with more rows."""
    return _page(asked, _sent(asked))


def answer(asked: Asked) -> Shown:
    """Show the answer alone, which the script puts into the page while somebody types."""
    trial = _sent(asked)
    return Shown(title="Try a claim", value=trial.tried, body=(_answer(trial),))


def _texts(asked: Asked) -> dict[str, str]:
    """Give what was typed of the claim: the names of its controls, and only they, have dots."""
    return {name: asked.field(name) for name in asked.fields if "." in name}


def _opened(asked: Asked) -> _Trial:
    """Read the example that is asked for, if one is, and decide it."""
    rulebase = asked.site.rulebase
    form = _form_of(rulebase)
    if not asked.field("example"):
        choices = Choices(payer=min(rulebase.payers, default=""), known_on=asked.site.today().isoformat())
        return _Trial(typed=Typed(form=form, texts={}), choices=choices)
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


def _sent(asked: Asked) -> _Trial:
    """Read the form that was sent, and decide the claim in it."""
    rulebase = asked.site.rulebase
    opened = None
    if asked.field("example"):
        with suppress(RequestError):  # somebody may have taken it away meanwhile: what was typed is kept
            opened = opened_example(rulebase.documents, asked.field("example"))
    presumptions = dict(rulebase.documents.vocabulary.presumptions)
    if opened is not None:
        presumptions[_EXAMPLE] = opened.value.get("presume") or {}
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
) -> _Trial:
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
    return _Trial(typed=typed, choices=choices, opened=opened, tried=found, claim=claim)


def _page(asked: Asked, trial: _Trial, *notes: Html, status: int | None = None) -> Shown:
    """Write the form beside the answer."""
    errors = any(each.severity == "error" for each in trial.tried.findings)
    body = (
        *notes,
        words(
            "Type what a claim says; the answer is shown next to the form. Dates are year-month-day, charges dollars; "
            "blanks separate the values of a list. Diagnosis pointers are letters or numbers. What is left empty is "
            "not known."
        ),
        element("div", _form(asked, trial), _answer(trial), class_="beside"),
    )
    title = f"Try a claim: {trial.opened.name}" if trial.opened else "Try a claim"
    return Shown(title=title, value=trial.tried, body=body, status=status or (422 if errors else 200))


def _form(asked: Asked, trial: _Trial) -> Html:
    hidden = {
        FORM_TOKEN: asked.form_token,
        "lines": str(trial.typed.lines),
        "earliers": str(trial.typed.earlier),
        "example": trial.opened.called if trial.opened else "",
        "read": asked.field("read") or (digest_of(trial.opened.path) if trial.opened else NO_FILE),
    }
    decide_button = element("p", element("button", text("Decide"), type="submit", class_="main"), class_="send")
    return element(
        "form",
        *_hidden(hidden),
        element("fieldset", element("legend", text("How it is decided")), _terms(asked, trial)),
        decide_button,
        *claim_controls(trial.typed),
        element("fieldset", element("legend", text("Why not")), _rule_picker(asked, trial)),
        decide_button,
        *([] if asked.site.is_read_only else [_save_part(asked, trial)]),
        action="/try#answer",
        method="post",
        data_answer="/try/answer",
        autocomplete="off",
    )


def _hidden(fields: dict[str, str]) -> list[Html]:
    return [element("input", type="hidden", name=name, value=value) for name, value in fields.items()]


def _terms(asked: Asked, trial: _Trial) -> Html:
    documents, choices, typed = asked.site.rulebase.documents, trial.choices, trial.typed
    payers = [(each.id, each.title) for each in documents.payers.values()]
    proposed = [name for name, each in documents.policies.items() if any(version.replaces for version in each)]
    consider = [("", "none"), *((name, name) for name in proposed)]
    presumed = [("", "nothing"), *((name, name.replace("-", " ")) for name in documents.vocabulary.presumptions)]
    chosen = asked.field("presume")
    if trial.opened and trial.opened.value.get("presume"):
        presumed.append((_EXAMPLE, "as in the example"))
        chosen = asked.field("presume") if "presume" in asked.fields else _EXAMPLE
    known_on = entry("known_on", choices.known_on, error=typed.error("known_on"), autocomplete="off")
    parts = (
        labelled("payer", "payer", picker("payer", payers, choices.payer), error=typed.error("payer")),
        labelled("policies as published on", "known_on", known_on, error=typed.error("known_on")),
        labelled("assumed when missing", "presume", picker("presume", presumed, chosen)),
        labelled(
            "proposed policy in place of the one it replaces",
            "consider",
            picker("consider", consider, choices.consider or ""),
            error=typed.error("consider"),
        ),
    )
    return element("div", *parts, class_="grid wide")


def _rule_picker(asked: Asked, trial: _Trial) -> Html:
    policies = asked.site.rulebase.policies
    names = {
        f"{policy}/{rule.id}": None for policy in sorted(policies) for each in policies[policy] for rule in each.rules
    }
    rules = [("", "no rule"), *((name, name.replace("/", ": ", 1)) for name in names)]
    hint = "the answer then says of each line what became of the rule, condition by condition"
    control = picker("rule", rules, trial.choices.rule, aria_describedby="rule-hint")
    return labelled("rule", "rule", control, hint=hint)


def _answer(trial: _Trial) -> Html:
    """Write the answer, or what has to be changed before there is one."""
    tried_claim = trial.tried
    inside: list[Html] = []
    listed = [_mistake(each) for each in tried_claim.findings]
    if listed:
        is_wrong = tried_claim.determination is None
        lead = "The claim is not decided yet:" if is_wrong else "Doubtful in this claim:"
        inside.append(element("div", words(lead), element("ul", *listed), class_="notice"))
    if tried_claim.determination is not None:
        if tried_claim.determination.is_void:
            inside.append(words("The claim voids an earlier one, so it is not decided."))
        sections = [
            *answer_sections(
                tried_claim.determination,
                tried_claim.deciding,
                AskedRule(trial.choices.rule, tried_claim.asked),
                trial.typed.form.control,
            ),
            *([left_out_section(tried_claim.left_out)] if tried_claim.left_out else []),
        ]
        inside += [section_html(each, 3, None) for each in sections]
    if not inside:
        inside.append(words("Type the date and the code of a line, and the answer is shown here."))
    return element(
        "section",
        element("h2", text("Answer")),
        *inside,
        id="answer",
        aria_live="polite",
        aria_label="Answer",
        tabindex="0",
    )


def _mistake(finding: Diagnostic) -> Html:
    """Say what is wrong, with a link to the control where it is mended."""
    path = finding.path or ""
    name = path.replace(".", " ").replace("_", " ")
    at = element("a", text(name), href=f"#{path}") if path else text("claim")
    return element("li", at, text(f": {said(finding)}"), data_of=path, data_said=said(finding))


def _save_part(asked: Asked, trial: _Trial) -> Html:
    """Write the part of the form by which the claim is kept as an example."""
    errors = trial.refused
    policies = asked.site.rulebase.policies
    listed = [version for each in policies.values() for version in each]
    versions = [(each.name, f"{each.id} {each.version}, {each.status}") for each in listed]
    name = asked.field("name") or (trial.opened.name if trial.opened else "")
    before = trial.opened.value.get("summary", "") if trial.opened else ""
    summary = asked.field("summary") or before
    parts = (
        labelled(
            "policy and version",
            "version",
            picker("version", versions, _version_name(asked, trial, listed)),
            error=errors.get("version", ""),
        ),
        labelled(
            "name",
            "name",
            entry("name", name, hint=_NAME_HINT, error=errors.get("name", "")),
            hint=_NAME_HINT,
            error=errors.get("name", ""),
        ),
        labelled(
            "what it shows, in a sentence",
            "summary",
            entry("summary", summary, error=errors.get("summary", "")),
            error=errors.get("summary", ""),
        ),
    )
    button = element("button", text("Save as an example"), type="submit", formaction="/try/save")
    return element(
        "fieldset",
        element("legend", text("Keep it as an example")),
        element("div", *parts, class_="grid wide"),
        element("p", button),
        id="keep",
    )


_NAME_HINT = "small letters, digits and hyphens, such as second-visit-of-the-day"


def _version_name(asked: Asked, trial: _Trial, listed: list[Policy]) -> str:
    """Give the version that is meant: the one that was picked, that of the example, or that of the first reason."""
    if asked.field("version"):
        return asked.field("version")
    if trial.opened is not None:
        return trial.opened.version.name
    lines = trial.tried.determination.lines if trial.tried.determination else ()
    first = next((f"{each.reasons[0].policy}@{each.reasons[0].version}" for each in lines if each.reasons), "")
    return first or (listed[0].name if listed else "")


def keep(asked: Asked) -> Shown | Moved:
    """Save the claim as an example that expects its answers; show what keeps it from that, and lose nothing."""
    asked.refuse_changes()
    trial, site = _sent(asked), asked.site
    answers = trial.tried.determination
    if answers is None or trial.claim is None:
        return _page(asked, trial, _unsaved("The claim is not decided, so it was not saved."))
    name, summary = asked.field("name"), asked.field("summary")
    wrong = {}
    if not re.fullmatch(NAME, name):
        wrong["name"] = f"write {_NAME_HINT}"
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
        passing(Scaffold({path: document}, changed=changed), site.folder, site.today())
        save(path, document, expected)
    except RequestError as fault:
        return _refused(asked, trial, *fault.findings)
    except ChangedOnDiskError as fault:
        return _both(asked, fault, document)
    return Moved(f"/try?example={version.name}/{name}&saved=1")


def _unsaved(said_of_it: str) -> Html:
    return element("div", words(said_of_it), class_="notice", role="alert")


def _named(control: str, message: str) -> Diagnostic:
    return Diagnostic(code="not-saved", message=message, path=control)


def _refused(asked: Asked, trial: _Trial, *findings: Diagnostic) -> Shown:
    """Show the form again with what keeps the example from being saved."""
    own = {each.path: each.message for each in findings if each.path in ("name", "summary", "version")}
    note = element(
        "div",
        words("The example was not saved, and nothing was changed:"),
        element("ul", *(element("li", *_where(each)) for each in findings)),
        class_="notice",
        role="alert",
    )
    return _page(asked, msgspec.structs.replace(trial, refused=own), note, status=422)


def _where(finding: Diagnostic) -> tuple[Html, ...]:
    if finding.path in ("name", "summary", "version"):
        return element("a", text(finding.path), href=f"#{finding.path}"), text(f": {said(finding)}")
    return (text(said(finding)),)


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
    hidden = _hidden({"read": fault.digest, "over": name})
    other = labelled("name", "name", entry("name", name, hint=_NAME_HINT), hint=_NAME_HINT)
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
        element("form", *sent, *hidden, other, element("p", *buttons), action="/try/save", method="post"),
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
    return element("form", *_hidden(fields), send, action="/try#answer", method="post")


ADDRESSES = (
    Address("/try", get=show, post=decide, menu="Try a claim"),
    Address("/try/answer", post=answer),
    Address("/try/save", post=keep),
)
