"""From a sentence of a source to a rule: what of a source has a rule, and a form for a new one with what it decides."""

from collections.abc import Iterable, Iterator
from time import monotonic
from urllib.parse import quote

import msgspec

from payrule.citations.copies import Copies
from payrule.citations.passages import covered_source, source_files
from payrule.language.words import quota_words, subject_of
from payrule.model.choices import LIABILITY_WORDS, PARTS
from payrule.model.policy import Policy
from payrule.model.value_schema import BY_KEY, OPERATORS, holds
from payrule.model.values import read_date
from payrule.model.vocabulary import Vocabulary
from payrule.reports.documents import rule_words
from payrule.reports.pages.answers import claim_words
from payrule.reports.pages.html import Html, element, line_html, text
from payrule.reports.pages.page import Span, line
from payrule.reports.table import answer_spans
from payrule.results.coverage import PassageCoverage
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
from payrule.scaffold.edit import ChangedOnDiskError, FileEdit, digest_of
from payrule.scaffold.rule import refuse_settled
from payrule.scaffold.scaffold import passing
from payrule.scaffold.solver_examples import Proposal
from payrule.scaffold.tried import version_called
from payrule.scaffold.version import carried_over, new_version
from payrule.source.diagnostics import Diagnostic, DocumentError, RequestError, counted
from payrule.web.asked import Address, Asked
from payrule.web.frame import (
    Moved,
    Shown,
    answer_region,
    entry,
    form,
    labelled,
    listing,
    picker,
    plain_table,
    question,
    text_area,
    text_lines,
    words,
)
from payrule.web.guard import FORM_TOKEN
from payrule.web.pages.claim_controls import said

_SECONDS = 2.0
"""How long claims are looked for while a rule is built."""

CITED = {"rule": "has a rule", "note": "a note", "nothing": "nothing yet", "heading": "heading"}
"""What a person reads for what becomes of a passage."""


def sources(asked: Asked) -> Shown:
    """List the copies of sources, and how much of each has a rule; of one that cannot be read, why."""
    copies, policies = _copies(asked), asked.site.rulebase.policies
    found, rows = [], []
    for file in source_files(policies):
        try:
            each = covered_source(policies, copies, file)
        except DocumentError as fault:
            rows.append((text(file), text("; ".join(map(said, fault.findings))), *[text("")] * 3))
            continue
        if each is None:
            rows.append((text(file), text("there is no copy in the folder of sources"), *[text("")] * 3))
            continue
        found.append(each)
        counts = [sum(one.cited == cited for one in each.passages) for cited in ("rule", "note", "nothing")]
        link = element("a", text(file), href=f"/sources/{quote(file)}")
        rows.append((link, text("can be read"), *(text(f"{count:,}") for count in counts)))
    table = plain_table("Sources", ("source", "copy", "has a rule", "a note", "nothing yet"), rows)
    return Shown(title="Sources", value=tuple(found), body=(table,))


def _copies(asked: Asked) -> Copies:
    if asked.site.sources is None:
        message = "there is no folder with copies of the sources"
        raise RequestError.of("no-sources", message, "start the workbench with `--sources DIR`")
    return Copies(asked.site.sources)


def source(asked: Asked) -> Shown:
    """Show a source, passage by passage, with what rests on each, and a way to make a rule of it."""
    file, policies = asked.parts["file"], asked.site.rulebase.policies
    found = covered_source(policies, _copies(asked), file)
    if found is None:
        raise RequestError.of("no-source", "no policy names this source, or there is no copy of it", "choose another")
    versions = {
        policy.name: name
        for versions in policies.values()
        for policy in versions[-1:]
        for name, each in policy.sources.items()
        if each.file == file
    }
    chosen = asked.field("version") if asked.field("version") in versions else next(iter(versions), "")
    pick = labelled("New rules are of", "version", picker("version", [(each, each) for each in versions], chosen))
    body: list[Html] = [question(f"/sources/{quote(file)}", pick, button="Choose")]
    number = 0
    for part in found.parts:
        inside = [element("h2", text(part.title))] if part.title else []
        for passage in part.passages:
            to = f"/rules/{chosen}?source={versions[chosen]}&passage={number}" if chosen else ""
            inside.append(_passage(passage, to))
            number += 1
        body.append(element("section", *inside))
    return Shown(title=file, value=found, body=tuple(body))


def _passage(passage: PassageCoverage, to: str) -> Html:
    rests = f": {', '.join(passage.rests)}" if passage.rests else ""
    page = "" if passage.page is msgspec.UNSET else f"Page {passage.page}, "
    again = "Make a rule" if passage.cited == "nothing" else "Make another rule"
    way = [element("a", text(again), href=to)] if to else []
    mark = element("p", text(f"{page}{CITED[passage.cited]}{rests}. "), *way, class_="quiet")
    return element("div", element("p", text(passage.text)), mark, class_=f"cited-{passage.cited}")


def _selected(asked: Asked, version: Policy, source: str) -> dict[str, str]:
    """Give the words that were chosen in a source, and where they are, as far as the document says it."""
    file = version.sources[source].file if source in version.sources else None
    if file is None or asked.site.sources is None or not asked.field("passage").isdecimal():
        return {}
    found = covered_source(asked.site.rulebase.policies, _copies(asked), file)
    listed = [(part.title, each) for part in found.parts for each in part.passages] if found else []
    number = int(asked.field("passage"))
    if number >= len(listed):
        return {}
    title, passage = listed[number]
    page = "" if passage.page is msgspec.UNSET else f"page {passage.page}"
    return {"passage": passage.text, "locator": ", ".join(filter(None, (title, page)))}


class Building(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is built: what is typed, what is wrong, and what it would do; `digest` is that of the document."""

    version: str
    typed: dict[str, str]
    digest: str
    findings: tuple[Diagnostic, ...] = ()
    preview: Preview | None = None


def build(asked: Asked) -> Shown:
    """Show the form of a new rule, with the words that were selected in a source."""
    version = version_called(asked.site.rulebase.documents, asked.parts["version"])
    typed = {"source": asked.field("source") or next(iter(version.sources), "")}
    typed |= _selected(asked, version, typed["source"])
    building = Building(version=version.name, typed=typed, digest=_digest(asked, version))
    return _page(asked, version, building)


def _digest(asked: Asked, version: Policy) -> str:
    return digest_of(policy_file(asked.site.folder, version))


def answered(asked: Asked) -> Shown:
    """Show what a rule would do, as it is typed."""
    version = version_called(asked.site.rulebase.documents, asked.parts["version"])
    building, _ = _built(asked, version)
    return _page(asked, version, building)


def _built(asked: Asked, version: Policy) -> tuple[Building, BuiltRule]:
    typed = {name: asked.field(name) for name in asked.fields if name not in (FORM_TOKEN, "digest", "keep")}
    copies = Copies(asked.site.sources) if asked.site.sources is not None else None
    documents = asked.site.rulebase.documents
    built = built_rule(documents, version, typed, copies)
    building = Building(version=version.name, typed=typed, digest=asked.field("digest"), findings=built.findings)
    if built.value is not None:
        try:
            shown = _preview(asked, documents, version, built)
        except RequestError as fault:
            return msgspec.structs.replace(building, findings=fault.findings), built
        building = msgspec.structs.replace(building, preview=shown)
    return building, built


def _preview(asked: Asked, documents: Documents, version: Policy, built: BuiltRule) -> Preview:
    until = monotonic() + _SECONDS
    assert built.value is not None  # noqa: S101 - asked for only then
    return preview(
        documents, version, built.value, asked.site.today(), lambda: monotonic() > until, quotas=built.quotas
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
        made = checked_scaffold(documents, version, built.value, kept, asked.site.today(), quotas=built.quotas)
    except RequestError as fault:
        found = msgspec.structs.replace(building, findings=fault.findings)
        return msgspec.structs.replace(_page(asked, version, found), status=422)
    path = policy_file(asked.site.folder, version)
    edits = {each: FileEdit(text, digest_of(each)) for each, text in made.files.items()}
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
    lead = words(f"A new rule of {version.name}: {version.title}.")
    both = element("div", _form(asked, version, building), _answer(asked, building), class_="beside")
    body: tuple[Html, ...] = (lead, both)
    try:
        refuse_settled(version)
    except RequestError:
        body = (lead, *_next_version(asked, version))
    return Shown(title="Make a rule", value=building, body=body)


def _next_version(asked: Asked, version: Policy) -> Iterator[Html]:
    yield words(f"{version.name} is in force, so it must not change. Make the next version, and add the rule there.")
    if asked.site.is_read_only:
        return
    parts = [("major", "answers change"), ("minor", "answers are added"), ("patch", "only words change")]
    hint = "year-month-day: the first date of service to which the next version applies"
    yield form(
        f"/rules/{version.name}/version",
        asked.form_token,
        labelled("What changes", "part", picker("part", parts)),
        labelled("First date of service", "first", entry("first", hint=hint, required="required"), hint=hint),
        button="Make the next version",
    )


def next_version(asked: Asked) -> Moved:
    """Make the next version of a policy, with the examples carried over, and go on to the form of a rule."""
    asked.refuse_changes()
    documents = asked.site.rulebase.documents
    version = version_called(documents, asked.parts["version"])
    part = next((each for each in PARTS if each == asked.field("part")), None)
    if part is None:
        raise RequestError.of("no-part", "it is not said what changes", "choose what changes")
    try:
        first = read_date(asked.field("first"))
    except ValueError:
        message = f"`{asked.field('first')}` is no date of service"
        raise RequestError.of("bad-date", message, "write it as year-month-day, such as 2027-01-01") from None
    today = asked.site.today()
    made = new_version(documents, version.id, part, first, None)
    made = passing(carried_over(made, documents, version.id, today), documents.folder, today)
    edits = {path: FileEdit(written, digest_of(path)) for path, written in made.files.items()}
    asked.save(f"next version of {version.name}", edits | {path: FileEdit(None, digest_of(path)) for path in made.gone})
    newest = asked.site.rulebase.policies[version.id][-1]
    return Moved(f"/rules/{newest.name}")


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
    result = (
        pick("Result", "result", [("", "choose"), *_results(vocabulary)]),
        pick("What is paid", "pay", PAYS.items()),
        field("Percent or units", "pay.amount", "for a part of the line: such as 85, or 1"),
        pick("Who is responsible, where it does not pay", "liability", [("", "nobody"), *LIABILITY_WORDS.items()]),
        pick("Wording", "modality", [(each, each) for each in ("shall", "should", "may")]),
        pick("CARC", "carc", [("", "none"), *_codes(asked)]),
        field("RARC", "rarc", "codes with blanks between them"),
        field("Exception to", "overrides", "names of rules of this version, with blanks between them"),
        field("Advice to the biller", "advice"),
    )
    together = pick("These hold", "together", [("all", "all of them"), ("any", "any of them")])
    rows = [_condition(row, vocabulary, typed, errors) for row in range(1, CONDITIONS + 1)]
    over = [_limit(number, vocabulary, typed, errors) for number in range(1, LIMITS + 1)]
    hidden = {FORM_TOKEN: asked.form_token, "digest": building.digest}
    show = element("p", element("button", text("Show what it does"), type="submit", class_="main"))
    kept = [] if asked.site.is_read_only else [_keep(building)]
    return element(
        "form",
        *(element("input", type="hidden", name=name, value=value) for name, value in hidden.items()),
        element("fieldset", element("legend", text("What is cited")), *where),
        element("fieldset", element("legend", text("The rule")), *what),
        element("fieldset", element("legend", text("When it applies")), together, *rows),
        element("fieldset", element("legend", text("How often, or how much")), *over),
        element("fieldset", element("legend", text("What it does")), *result),
        show,
        *kept,
        action=f"/rules/{version.name}#answer",
        method="post",
        data_answer=f"/rules/{version.name}",
        autocomplete="off",
    )


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
    button = element("button", text("Save the rule"), type="submit", formaction=f"/rules/{building.version}/keep")
    return element("fieldset", element("legend", text("Save")), *lead, *boxes, element("p", button))


def _condition(row: int, vocabulary: Vocabulary, typed: dict[str, str], errors: dict[str, str]) -> Html:
    names = [("", "choose"), *((name, subject_of(name)) for name in vocabulary.attributes)]
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
        labelled("attribute", name, picker(name, names, typed.get(name, "")), error=errors.get(name, "")),
        labelled("test", test, picker(test, tests, typed.get(test, "")), error=errors.get(test, "")),
        labelled(
            "value",
            value,
            entry(value, typed.get(value, ""), hint=hint, error=errors.get(value, "")),
            hint=hint,
            error=errors.get(value, ""),
        ),
    )
    return element("div", *parts, class_="grid", role="group", aria_label=f"condition {row}")


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
        listed = [
            element("li", text(said(each)), data_of=each.path or "", data_said=said(each)) for each in building.findings
        ]
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
            inside += [element("h3", text("No claim was found")), listing(building.preview.lacking)]
    if not inside:
        inside.append(words("Fill in the form, and what the rule would do is shown here."))
    return answer_region("What it does", *inside)


def _claim(proposal: Proposal) -> Html:
    """Show a claim with its answer, and the rule that decides it, which may be another one."""
    by = [Span(f"by {each.name}", "quiet") for each in proposal.line.reasons[:1]]
    answer = [line_html(line(each)) for each in (*answer_spans(proposal.line), *by)]
    told = [element("dt", text("Claim")), *(element("dd", line_html(each)) for each in claim_words(proposal.encounter))]
    told += [element("dt", text("Answer")), *(element("dd", each) for each in answer)]
    return element("div", element("p", text(proposal.summary)), element("dl", *told), class_="cited-rule")


ADDRESSES = (
    Address("/sources", get=sources, menu="Sources"),
    Address("/sources/{file}", get=source),
    Address("/rules/{version}", get=build, post=answered),
    Address("/rules/{version}/keep", post=keep),
    Address("/rules/{version}/version", post=next_version),
)
