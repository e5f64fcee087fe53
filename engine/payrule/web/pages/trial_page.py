"""How a claim that is tried is shown: the form, the answer next to it, and the part by which it is kept."""

import msgspec

from payrule.formats.claim_form import TypedClaim
from payrule.model.policy import Policy
from payrule.reports.pages.html import Html, element, section_html, text
from payrule.reports.pages.trial import AskedRule, answer_sections, left_out_section
from payrule.scaffold.edit import NO_FILE, digest_of
from payrule.scaffold.tried import Choices, Opened, Tried
from payrule.source.diagnostics import Diagnostic
from payrule.web.asked import Asked
from payrule.web.frame import Shown, answer_region, entry, labelled, picker, words
from payrule.web.guard import FORM_TOKEN
from payrule.web.pages.claim_controls import Typed, claim_controls, mistake

AS_EXAMPLE = "example"
"""What is assumed as the open example assumes it."""


class ShownTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is about: what was typed and chosen, the example that is open, and what is answered."""

    typed: Typed
    choices: Choices
    opened: Opened | None = None
    tried: Tried = Tried()
    claim: TypedClaim | None = None
    refused: dict[str | None, str] = {}
    """What keeps it from being saved, by control."""


def trial_page(asked: Asked, trial: ShownTrial, *notes: Html, status: int | None = None) -> Shown:
    """Write the form beside the answer."""
    errors = any(each.severity == "error" for each in trial.tried.findings)
    body = (
        *notes,
        words(
            "Type what a claim says; the answer is shown next to the form. Dates are year-month-day, charges dollars; "
            "blanks separate the values of a list. Diagnosis pointers are letters or numbers. What is left empty is "
            "not known."
        ),
        element("div", _form(asked, trial), answer_part(trial), class_="beside"),
    )
    title = f"Try a claim: {trial.opened.name}" if trial.opened else "Try a claim"
    return Shown(title=title, value=trial.tried, body=body, status=status or (422 if errors else 200))


def _form(asked: Asked, trial: ShownTrial) -> Html:
    sent = {
        FORM_TOKEN: asked.form_token,
        "lines": str(trial.typed.lines),
        "earliers": str(trial.typed.earlier),
        "example": trial.opened.called if trial.opened else "",
        "read": asked.field("read") or (digest_of(trial.opened.path) if trial.opened else NO_FILE),
    }
    decide_button = element("p", element("button", text("Decide"), type="submit", class_="main"), class_="send")
    return element(
        "form",
        *hidden(sent),
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


def hidden(fields: dict[str, str]) -> list[Html]:
    """Write fields of a form that nobody sees, each with what it sends."""
    return [element("input", type="hidden", name=name, value=value) for name, value in fields.items()]


def _terms(asked: Asked, trial: ShownTrial) -> Html:
    documents, choices, typed = asked.site.rulebase.documents, trial.choices, trial.typed
    payers = [(each.id, each.title) for each in documents.payers.values()]
    proposed = [name for name, each in documents.policies.items() if any(version.replaces for version in each)]
    consider = [("", "none"), *((name, name) for name in proposed)]
    presumed = [("", "nothing"), *((name, name.replace("-", " ")) for name in documents.vocabulary.presumptions)]
    chosen = asked.field("presume")
    if trial.opened and trial.opened.value.get("presume"):
        presumed.append((AS_EXAMPLE, "as in the example"))
        chosen = asked.field("presume") if "presume" in asked.fields else AS_EXAMPLE
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


def _rule_picker(asked: Asked, trial: ShownTrial) -> Html:
    policies = asked.site.rulebase.policies
    names = {
        f"{policy}/{rule.id}": None for policy in sorted(policies) for each in policies[policy] for rule in each.rules
    }
    rules = [("", "no rule"), *((name, name.replace("/", ": ", 1)) for name in names)]
    hint = "the answer then says of each line what became of the rule, condition by condition"
    control = picker("rule", rules, trial.choices.rule, aria_describedby="rule-hint")
    return labelled("rule", "rule", control, hint=hint)


def answer_part(trial: ShownTrial) -> Html:
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
    return answer_region("Answer", *inside)


def _mistake(finding: Diagnostic) -> Html:
    """Say what is wrong, with a link to the control where it is mended."""
    path = finding.path or ""
    name = path.replace(".", " ").replace("_", " ")
    at = element("a", text(name), href=f"#{path}") if path else text("claim")
    return element("li", at, text(": "), mistake(finding))


def _save_part(asked: Asked, trial: ShownTrial) -> Html:
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
            entry("name", name, hint=NAME_HINT, error=errors.get("name", "")),
            hint=NAME_HINT,
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


NAME_HINT = "small letters, digits and hyphens, such as second-visit-of-the-day"


def _version_name(asked: Asked, trial: ShownTrial, listed: list[Policy]) -> str:
    """Give the version that is meant: the one that was picked, that of the example, or that of the first reason."""
    if asked.field("version"):
        return asked.field("version")
    if trial.opened is not None:
        return trial.opened.version.name
    lines = trial.tried.determination.lines if trial.tried.determination else ()
    first = next((f"{each.reasons[0].policy}@{each.reasons[0].version}" for each in lines if each.reasons), "")
    return first or (listed[0].name if listed else "")
