"""A form for a rule, with what it decides: a new one from a sentence of a source, or one of a version that changes."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from payrule.citations.copies import Copies
from payrule.compare.edits import predecessor
from payrule.compare.operands import latest
from payrule.language.words import quota_words, subject_of, value_words
from payrule.model.choices import LIABILITY_WORDS, PARTS
from payrule.model.policy import Cite, Policy, Rule
from payrule.model.value_schema import BY_KEY, OPERATORS, holds
from payrule.model.vocabulary import Vocabulary
from payrule.reports.documents import rule_words
from payrule.reports.pages.answers import claim_words
from payrule.reports.pages.html import Html, element, line_html, prose, text
from payrule.reports.pages.page import Span, line
from payrule.reports.table import answer_spans
from payrule.rulebase.folder import policy_file
from payrule.rulebase.load import Documents
from payrule.scaffold.built_limit import (
    DENIED,
    FIRST,
    KINDS,
    LIMITS,
    OF_WINDOWS,
    WHICH,
    counted_things,
    knows_denied,
    orderings,
    shared,
)
from payrule.scaffold.built_rule import CONDITIONS, PAYS, BuiltRule, Preview, built_rule, checked_scaffold, preview
from payrule.scaffold.changed_rule import changed_rule, held_values, typed_of
from payrule.scaffold.edit import ChangedOnDiskError, FileEdit, digest_of
from payrule.scaffold.rule import refuse_settled
from payrule.scaffold.scaffold import named
from payrule.scaffold.solver_examples import Proposal
from payrule.scaffold.tried import version_called
from payrule.scaffold.version import carried_over, new_version
from payrule.source.diagnostics import Diagnostic, RequestError, counted
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import (
    Moved,
    Shown,
    answer_region,
    entry,
    form,
    labelled,
    listing,
    picker,
    refused,
    text_area,
    text_lines,
    words,
)
from payrule.web.guard import FORM_TOKEN
from payrule.web.pages.claim_controls import conflict_words, mistake, said
from payrule.web.pages.sources import compared_edition, first_date, save_version, selected

_SECONDS, _ASKED = 2.0, 10.0
"""How long claims are looked for while a rule is typed, and when somebody asks what it does."""


class Building(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is built: what is typed, what is wrong, and what it would do; `digest` is that of the document.

    `rule` is the one of the version that is changed, empty for a new one.
    """

    version: str
    rule: str = ""
    typed: dict[str, str]
    digest: str
    findings: tuple[Diagnostic, ...] = ()
    preview: Preview | None = None

    @property
    def address(self) -> str:
        """Give where the form is."""
        return f"/rules/{self.version}" + (f"/change/{self.rule}" if self.rule else "")


def build(asked: Asked) -> Shown:
    """Show the form of a new rule, with the words that were selected in a source."""
    version = version_called(asked.site.rulebase.documents, asked.parts["version"])
    typed = {"source": asked.field("source") or next(iter(version.sources), "")}
    typed |= selected(asked, version, typed["source"])
    building = Building(version=version.name, typed=typed, digest=_digest(asked, version))
    return _page(asked, version, building)


def change(asked: Asked) -> Shown:
    """Show the form of a rule that is there, with the new words of its source where a new edition has other ones."""
    version = version_called(asked.site.rulebase.documents, asked.parts["version"])
    rule, copies = _rule(asked, version), _copies(asked)
    typed = typed_of(version, rule, copies)
    for number, cite in enumerate(rule.cites, start=1):
        if not typed[f"cite.{number}.passage"] and copies is not None:
            typed[f"cite.{number}.passage"] = _new_words(asked, copies, version, rule, cite)
    building = Building(version=version.name, rule=rule.id, typed=typed, digest=_digest(asked, version))
    return _page(asked, version, building)


def _rule(asked: Asked, version: Policy) -> Rule:
    """Give the rule that is changed; raises RequestError where there is none of its name."""
    named("rule", asked.parts["rule"], [each.id for each in version.rules])
    return version.rule(asked.parts["rule"])


def _copies(asked: Asked) -> Copies | None:
    return Copies(asked.site.sources) if asked.site.sources is not None else None


def _new_words(asked: Asked, copies: Copies, version: Policy, rule: Rule, cite: Cite) -> str:
    """Give the words of a new edition that stand in place of those that are cited; empty where nobody can tell."""
    before = predecessor(version, asked.site.rulebase.policies[version.id])
    if before is None or cite.source not in before.sources:
        return ""
    edition = compared_edition(copies, version, cite.source, before.sources[cite.source])
    for each in edition.reread.reworded if edition is not None else ():
        if f"{version.name} {rule.id}" in each.rests and each.locator == cite.locator and each.cite is not None:
            return " ".join(piece.text for piece in each.pieces if piece.kind != "gone")
    return ""


def _digest(asked: Asked, version: Policy) -> str:
    return digest_of(policy_file(asked.site.folder, version))


def answered(asked: Asked) -> Shown:
    """Show what a rule would do, as it is typed."""
    version = version_called(asked.site.rulebase.documents, asked.parts["version"])
    building, _ = _built(asked, version)
    return _page(asked, version, building)


def _built(asked: Asked, version: Policy) -> tuple[Building, BuiltRule]:
    typed = {name: asked.field(name) for name in asked.fields if name not in (FORM_TOKEN, "digest", "keep")}
    copies, documents = _copies(asked), asked.site.rulebase.documents
    name = asked.parts.get("rule", "")
    if name:
        built = changed_rule(documents, version, _rule(asked, version), typed, copies)
    else:
        built = built_rule(documents, version, typed, copies)
    building = Building(
        version=version.name, rule=name, typed=typed, digest=asked.field("digest"), findings=built.findings
    )
    if built.value is not None:
        try:
            shown = _preview(asked, documents, version, built)
        except RequestError as fault:
            return msgspec.structs.replace(building, findings=_at_controls(fault.findings)), built
        building = msgspec.structs.replace(building, preview=shown)
    return building, built


def _at_controls(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Say what a check finds in the document at the control that it is about, without JSON."""
    return tuple(
        msgspec.structs.replace(each, path="rarc", help="write one under RARC, such as N130 or N706")
        if each.code == "rarc-missing"
        else each
        for each in findings
    )


def _preview(asked: Asked, documents: Documents, version: Policy, built: BuiltRule) -> Preview:
    assert built.value is not None  # noqa: S101 - asked for only then
    return preview(
        documents,
        version,
        built.value,
        asked.site.today(),
        soon(_ASKED if "html" in asked.accepts else _SECONDS),
        quotas=built.quotas,
    )


def keep(asked: Asked) -> Shown | Moved:
    """Save a rule in its document, with the claims that are kept as examples, if every check passes."""
    asked.refuse_changes()
    documents = asked.site.rulebase.documents
    version = version_called(documents, asked.parts["version"])
    building, built = _built(asked, version)
    if built.value is None or building.preview is None:
        return msgspec.structs.replace(_page(asked, version, building), status=422)
    names = asked.several("keep")
    kept = [each for each in building.preview.shown if each.path.stem in names]
    try:
        made = checked_scaffold(
            documents, version, built.value, kept, asked.site.today(), quotas=built.quotas, expired=soon()
        )
    except RequestError as fault:
        found = msgspec.structs.replace(building, findings=_at_controls(fault.findings))
        return msgspec.structs.replace(_page(asked, version, found), status=422)
    path = policy_file(asked.site.folder, version)
    edits = {each: FileEdit(text, digest_of(each)) for each, text in made.files.items()}
    edits |= {each: FileEdit(None, digest_of(each)) for each in made.gone}
    edits[path] = FileEdit(made.files[path], asked.field("digest"))
    try:
        asked.save(f"rule {built.value['id']} of {version.name}", edits)
    except ChangedOnDiskError as fault:
        return _changed_meanwhile(asked, version, building, fault)
    return Moved(f"/policies/{version.name}#{built.value['id']}")


def _changed_meanwhile(asked: Asked, version: Policy, building: Building, fault: ChangedOnDiskError) -> Shown:
    """Show the form again, with what is on disk now: what was typed is kept, and what somebody else wrote too."""
    again = msgspec.structs.replace(building, digest=fault.digest)
    shown = _page(asked, version, again)
    theirs = element("details", element("summary", text("The document as it is now")), _verbatim(fault.found or ""))
    notice = element(
        "div",
        words("Somebody else has changed the document meanwhile. Nothing was saved, and what you typed is still here."),
        words("Save again to add your rule to the document as it is now."),
        theirs,
        class_="notice",
        role="alert",
    )
    return msgspec.structs.replace(shown, body=(notice, *shown.body), status=409)


def _verbatim(written: str) -> Html:
    return element("pre", element("code", text_lines(written)))


def _page(asked: Asked, version: Policy, building: Building) -> Shown:
    what = f"The rule {building.rule}" if building.rule else "A new rule"
    lead = words(f"{what} of {version.name}: {version.title}.")
    both = element("div", _form(asked, version, building), _answer(asked, building), class_="beside")
    body: tuple[Html, ...] = (lead, both)
    try:
        refuse_settled(version)
    except RequestError:
        body = (lead, *_next_version(asked, version, building.rule))
    return Shown(title="Change a rule" if building.rule else "Make a rule", value=building, body=body)


def _next_version(asked: Asked, version: Policy, rule: str) -> Iterator[Html]:
    status, then = version.status.replace("-", " "), "change the rule there" if rule else "add the rule there"
    newer = latest(asked.site.rulebase.policies[version.id])
    if newer.name != version.name:
        to = f"/rules/{newer.name}" + (f"/change/{rule}" if any(each.id == rule for each in newer.rules) else "")
        yield words(f"{version.name} is {status}, so it must not change. There is a later version: {then}.")
        yield element("p", element("a", text(newer.name), href=to))
        return
    if asked.site.is_read_only:
        yield words(f"{version.name} is {status}, and nothing can be changed here.")
        if asked.site.home is not None:
            yield element(
                "p", text("To write policies: "), element("a", text("Make a folder of your own"), href="/new")
            )
        return
    yield words(f"{version.name} is {status}, so it must not change. Make the next version, and {then}.")
    parts = [("major", "answers change"), ("minor", "answers are added"), ("patch", "only words change")]
    hint = "year-month-day: the first date of service to which the next version applies"
    first = entry("first", asked.field("first"), hint=hint, required="required", maxlength="10")
    yield form(
        f"/rules/{version.name}/version",
        asked.form_token,
        element("input", type="hidden", name="rule", value=rule),
        labelled("What changes", "part", picker("part", parts, asked.field("part"))),
        labelled("First date of service", "first", first, hint=hint),
        button="Make the next version",
    )


def next_version(asked: Asked) -> Shown | Moved:
    """Make the next version of a policy, with the examples carried over, and go on to the form of a rule."""
    asked.refuse_changes()
    documents = asked.site.rulebase.documents
    version = version_called(documents, asked.parts["version"])
    rule = asked.field("rule")
    try:
        part = next((each for each in PARTS if each == asked.field("part")), None)
        if part is None:
            raise RequestError.of("no-part", "it is not said what changes", "choose what changes")
        made = new_version(documents, version.id, part, first_date(asked), None)
        save_version(asked, carried_over(made, documents, version.id, asked.site.today()), version)
    except RequestError as fault:
        building = Building(version=version.name, rule=rule, typed={}, digest="")
        return refused(_page(asked, version, building), fault.findings)
    newest = latest(asked.site.rulebase.policies[version.id])
    return Moved(f"/rules/{newest.name}" + (f"/change/{rule}" if rule else ""))


def _form(asked: Asked, version: Policy, building: Building) -> Html:
    typed, errors = building.typed, {each.path: said(each) for each in building.findings if each.path}
    vocabulary = asked.site.rulebase.documents.vocabulary

    def field(label: str, name: str, hint: str = "") -> Html:
        error = errors.get(name, "")
        control = entry(name, typed.get(name, ""), hint=hint, error=error)
        return labelled(label, name, control, hint=hint, error=error)

    def pick(label: str, name: str, options: Iterable[tuple[str, str]], hint: str = "") -> Html:
        error = errors.get(name, "")
        return labelled(label, name, picker(name, options, typed.get(name, "")), hint=hint, error=error)

    if building.rule:
        return _wrapped(asked, version, building, *_change_parts(asked, version, building, field, pick))
    passage = text_area("passage", typed.get("passage", ""), rows=3)
    where = (
        labelled("Words of the source", "passage", passage, error=errors.get("passage", "")),
        pick("Source", "source", [(name, each.title) for name, each in version.sources.items()]),
        field("Where in it", "locator", "section, page or paragraph"),
    )
    what = (
        field("Name of the rule", "id", "small letters, digits and hyphens, such as one-region-a-day"),
        field("What it says, in a sentence", "summary"),
    )
    first, *others = _result_parts(asked, version, field, pick)
    pays = (
        pick("What is paid", "pay", PAYS.items()),
        field("Percent or units", "pay.amount", "for a part of the line: such as 85, or 1"),
    )
    result = (first, *pays, *others)
    together = pick("These hold", "together", [("all", "all of them"), ("any", "any of them")])
    rows = [_condition(row, vocabulary, typed, errors) for row in range(1, CONDITIONS + 1)]
    over = [_limit(number, vocabulary, typed, errors) for number in range(1, LIMITS + 1)]
    return _wrapped(
        asked,
        version,
        building,
        element("fieldset", element("legend", text("What is cited")), *where),
        element("fieldset", element("legend", text("The rule")), *what),
        element("fieldset", element("legend", text("When it applies")), together, *rows),
        element("fieldset", element("legend", text("How often, or how much")), *over),
        element("fieldset", element("legend", text("What it does")), *result),
    )


def _wrapped(asked: Asked, version: Policy, building: Building, *parts: Html) -> Html:
    """Write the form around its parts, with the buttons that show what the rule does and that save it."""
    hidden = {FORM_TOKEN: asked.form_token, "digest": building.digest}
    show = element("p", element("button", text("Show what it does"), type="submit", class_="main"))
    kept = [] if asked.site.is_read_only else [_keep(building)]
    return element(
        "form",
        *(element("input", type="hidden", name=name, value=value) for name, value in hidden.items()),
        *parts,
        _code_lists(version, asked.site.rulebase.documents.vocabulary),
        show,
        *kept,
        action=f"{building.address}#answer",
        method="post",
        data_answer=building.address,
        autocomplete="off",
    )


def _change_parts(
    asked: Asked,
    version: Policy,
    building: Building,
    field: Callable[..., Html],
    pick: Callable[..., Html],
) -> Iterator[Html]:
    """Write the controls of a rule that is there: what it cites, each value of its condition, and its result."""
    typed, errors = building.typed, {each.path: said(each) for each in building.findings if each.path}
    vocabulary, rule = asked.site.rulebase.documents.vocabulary, version.rule(building.rule)
    cites = []
    for number, cite in enumerate(rule.cites, start=1):
        name = f"cite.{number}.passage"
        area = text_area(name, typed.get(name, ""), rows=3)
        cites.append(labelled(f"Words of {version.sources[cite.source].title}", name, area, error=errors.get(name, "")))
        cites.append(field("Where in it", f"cite.{number}.locator"))
    values = [
        field(each.label, f"value.{number}", each.hint or _members(each.written, version, vocabulary))
        for number, each in enumerate(held_values(rule, version), start=1)
    ]
    reads = listing(each.strip() for each in rule_words(rule, vocabulary))
    rows = [_condition(row, vocabulary, typed, errors) for row in range(1, _ADDED + 1)]
    is_open = any(typed.get(f"when.{row}.attribute") for row in range(1, _ADDED + 1))
    more = element("details", element("summary", text("Further conditions")), *rows, open="open" if is_open else None)
    now = element("details", element("summary", text("The rule as it is now")), reads, open="open")
    says = (field("What it says, in a sentence", "summary"), field("How the text was interpreted", "interpretation"))
    yield element("fieldset", element("legend", text("What is cited")), *cites)
    yield element("fieldset", element("legend", text("The rule")), *says, now)
    yield element("fieldset", element("legend", text("When it applies")), *values, more)
    yield element("fieldset", element("legend", text("What it does")), *_result_parts(asked, version, field, pick))


_ADDED = 3
"""Rows for conditions that are added to a rule."""


def _members(written: str, version: Policy, vocabulary: Vocabulary) -> str:
    """Say what is in the code list that a value names; empty for any other value."""
    name = written.removeprefix("@")
    if not written.startswith("@"):
        return ""
    found = version.sets.get(name) or vocabulary.sets.get(name)
    return f"a code list: {value_words(found)}" if found else "a code list"


def _result_parts(
    asked: Asked, version: Policy, field: Callable[..., Html], pick: Callable[..., Html]
) -> Iterator[Html]:
    """Write the controls that a new rule and one that changes share: its result, codes, exceptions and advice."""
    yield pick("Result", "result", [("", "choose"), *_results(asked.site.rulebase.documents.vocabulary)])
    yield pick("Who is responsible, where it does not pay", "liability", [("", "nobody"), *LIABILITY_WORDS.items()])
    yield pick("Wording", "modality", [(each, each) for each in ("shall", "should", "may")])
    yield pick("CARC", "carc", [("", "none"), *_codes(asked)])
    yield field("RARC", "rarc", "codes with blanks between them")
    yield field("Exception to", "overrides", "names of rules of this version, with blanks between them")
    named = listing(f"{each.id}: {each.summary}" for each in version.rules)
    yield element("details", element("summary", text("The rules of this version")), named)
    yield field("Advice to the biller", "advice")


def _keep(building: Building) -> Html:
    """Write the button that saves, with a box for each claim that can be kept as an example."""
    shown = building.preview.shown if building.preview else ()
    boxes = [
        element(
            "p",
            element(
                "label",
                element("input", type="checkbox", name="keep", value=each.path.stem, checked="checked"),
                text(f" {each.summary}"),
            ),
        )
        for each in shown
    ]
    lead = [words("Kept as examples, with the answers that are shown:")] if boxes else []
    button = element("button", text("Save the rule"), type="submit", formaction=f"{building.address}/keep")
    return element("fieldset", element("legend", text("Save")), *lead, *boxes, element("p", button))


def _condition(row: int, vocabulary: Vocabulary, typed: dict[str, str], errors: dict[str, str]) -> Html:
    tests = [("", "choose"), *((each.key, each.words) for each in OPERATORS)]
    name, test, value = (f"when.{row}.{part}" for part in ("attribute", "test", "value"))
    attribute = vocabulary.attributes.get(typed.get(name, ""))
    hint = ""
    if attribute is not None:
        several = typed.get(test, "") in BY_KEY and BY_KEY[typed[test]].operand == "values"
        choices = f": {', '.join(map(str, attribute.values))}" if attribute.values else ""
        more = "; several with blanks between them, or a list as @name" if several else ""
        hint = f"{holds(attribute)}{choices}{more}"
    parts = (
        labelled(
            "attribute",
            name,
            picker(name, [("", "choose")], typed.get(name, ""), groups=_by_place(vocabulary)),
            error=errors.get(name, ""),
        ),
        labelled("test", test, picker(test, tests, typed.get(test, "")), error=errors.get(test, "")),
        labelled(
            "value",
            value,
            entry(value, typed.get(value, ""), hint=hint, error=errors.get(value, ""), list_=_LISTS),
            hint=hint,
            error=errors.get(value, ""),
        ),
    )
    return element("div", *parts, class_="grid", role="group", aria_label=f"condition {row}")


_LISTS = "code-lists"
"""The id of the code lists that a value can name."""

_PLACES = {"line": "of the line", "encounter": "of the claim", "patient": "of the patient"}


def _by_place(vocabulary: Vocabulary) -> dict[str, list[tuple[str, str]]]:
    """Group the attributes by what they are of: a claim and its lines can have some of the same name."""
    groups: dict[str, list[tuple[str, str]]] = {each: [] for each in _PLACES.values()}
    for name in vocabulary.attributes:
        groups.setdefault(_PLACES.get(name.partition(".")[0], "others"), []).append((name, subject_of(name)))
    return {place: names for place, names in groups.items() if names}


def _code_lists(version: Policy, vocabulary: Vocabulary) -> Html:
    """Offer the code lists that a value can name."""
    names = dict.fromkeys((*version.sets, *vocabulary.sets, *vocabulary.dated_sets))
    return element("datalist", *(element("option", value=f"@{each}") for each in names), id=_LISTS)


def _limit(number: int, vocabulary: Vocabulary, typed: dict[str, str], errors: dict[str, str]) -> Html:
    """Write the controls of a limit, folded away while it is none."""

    def name(part: str) -> str:
        return f"limit.{number}.{part}"

    def pick(label: str, part: str, options: Iterable[tuple[str, str]]) -> Html:
        control = picker(name(part), options, typed.get(name(part), ""))
        return labelled(label, name(part), control, error=errors.get(name(part), ""))

    def count(label: str, part: str) -> Html:
        error = errors.get(name(part), "")
        control = entry(name(part), typed.get(name(part), ""), error=error, inputmode="numeric")
        return labelled(label, name(part), control, error=error)

    kind = typed.get(name("kind"), "")
    denied = [pick("Denied lines", "denied", DENIED.items())] if knows_denied(vocabulary) else []
    parts = (
        pick("This rule is about", "kind", KINDS.items()),
        count("No more than", "most"),
        pick("Of what", "of", [("", "choose"), *counted_things(vocabulary, "count").items()]),
        pick("In which time", "window", [("", "choose"), *OF_WINDOWS.items()]),
        count("How many days or months", "length"),
        pick("For each", "same", [("", "no difference"), *shared(vocabulary).items()]),
        pick("Which lines count", "which", WHICH.items()),
        *denied,
        pick("Which lines take from it first", "first", FIRST.items()),
        pick("Highest or lowest of what", "by", [("", "choose"), *orderings(vocabulary).items()]),
    )
    grid = element("div", *parts, class_="grid wide", role="group", aria_label=f"limit {number}")
    summary = element("summary", text("A limit" if number == 1 else "Or another limit"))
    is_open = kind or any(each.startswith(name("")) for each in errors)
    return element("details", summary, grid, open="open" if is_open else None)


def _results(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for concern in vocabulary.concerns:
        for value in concern.values:
            yield f"{concern.id}:{value.value}", f"{concern.id}: {value.summary.removesuffix('.')}"


def _codes(asked: Asked) -> Iterator[tuple[str, str]]:
    listed = asked.site.rulebase.documents.remittance_codes
    for code, each in (listed.carc if listed else {}).items():
        yield code, f"{code}{f': {each.wording}' if each.wording else ''}"


def _answer(asked: Asked, building: Building) -> Html:
    inside: list[Html] = []
    if building.findings:
        listed = [element("li", mistake(each)) for each in building.findings]
        lead = words(f"{counted(len(listed), 'thing')} to settle before the rule can be tried:")
        inside.append(element("div", lead, element("ul", *listed), class_="notice"))
    if building.preview is not None:
        shown = rule_words(building.preview.rule, asked.site.rulebase.documents.vocabulary)
        inside += [element("h3", text("How it reads")), listing(each.strip() for each in shown)]
        quotas = building.preview.quotas.items()
        inside += [listing(f"quota {name}: {quota_words(each)}" for name, each in quotas)] if quotas else []
        if building.preview.shown:
            inside.append(element("h3", text("Smallest claims that show it")))
            inside += map(_claim, building.preview.shown)
        if building.preview.lacking:
            inside += [element("h3", text("Of these no claim is shown")), listing(building.preview.lacking)]
        if building.preview.ran_out:
            inside.append(
                words("There was no time to look for more claims. Save the rule: `Tests` looks longer for them.")
            )
    if not inside:
        inside.append(words("Fill in the form, and what the rule would do is shown here."))
    return answer_region("What it does", *inside)


def _claim(proposal: Proposal) -> Html:
    """Show a claim with its answer, the rule that decides it, which may be another one, and what contradicts it."""
    by = [Span(f"by {each.name}", "quiet") for each in proposal.line.reasons[:1]]
    answer = [line_html(line(each)) for each in (*answer_spans(proposal.line), *by)]
    told = [element("dt", text("Claim")), *(element("dd", line_html(each)) for each in claim_words(proposal.encounter))]
    told += [element("dt", text("Answer")), *(element("dd", each) for each in answer)]
    against = map(words, conflict_words(proposal.line))
    return element("div", element("p", prose(proposal.summary)), element("dl", *told), *against, class_="cited-rule")


ADDRESSES = (
    Address("/rules/{version}", get=build, post=answered),
    Address("/rules/{version}/keep", post=keep),
    Address("/rules/{version}/version", post=next_version),
    Address("/rules/{version}/change/{rule}", get=change, post=answered),
    Address("/rules/{version}/change/{rule}/keep", post=keep),
)
