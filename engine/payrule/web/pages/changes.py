"""What changes between two versions: in words, in answers with a claim for each kind, in the claims of a file.

The comparison runs as a job, for a time that the person is told; what it did not settle is said. What a reviewer
decides on a kind is kept in the review file of the newer version.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from payrule.citations.copies import Copies
from payrule.citations.passages import in_difference
from payrule.compare.difference import diff
from payrule.compare.locks import resolved_digest
from payrule.compare.operands import Operand, operand
from payrule.compare.review import Review, decided, name_of, read_review, review_file, reviewed
from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.fmt import formatted
from payrule.formats.encounters import checked, with_own_ids
from payrule.formats.reading import read_file
from payrule.model.digests import document_digest
from payrule.model.policy import by_version
from payrule.reports.pages.answers import change_words
from payrule.reports.pages.difference import (
    answers_section,
    difference_page,
    impact_section,
    kind_section,
    kinds_to_show,
    part_words,
    redline,
)
from payrule.reports.pages.html import Html, block_html, element, joined, line_html, section_html, text
from payrule.results.difference import AnswerChange, Difference, Edit, ReviewedKind
from payrule.scaffold.edit import ChangedOnDiskError, FileEdit, digest_of
from payrule.scaffold.tried import version_called
from payrule.source.diagnostics import Diagnostic, RequestError, counted
from payrule.web.asked import Address, Asked
from payrule.web.frame import (
    Moved,
    Shown,
    entry,
    findings_list,
    form,
    labelled,
    listing,
    picker,
    plain_table,
    question,
    words,
)
from payrule.web.jobs import Report, TimeLimit
from payrule.web.site import Site

_SCHEMA = "../../../schemas/review.schema.json"
SECONDS, LONGER = 60.0, 600.0
"""How long kinds of change are looked for, first and when somebody asks; what is not settled by then is said."""
_OF_CLAIMS = 600.0
"""How long the claims of a file may take, beside that."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared, and what came of it; `old` and `new` are versions of policies, `unfit` claims left out.

    Kinds of change were looked for for so many `seconds`, at most. `digest` is that of what was compared.
    """

    old: str
    new: str
    payer: str | None
    difference: Difference
    unfit: tuple[Diagnostic, ...] = ()
    seconds: float = SECONDS
    digest: str = ""


class Choice(msgspec.Struct, frozen=True):
    """What can be compared: versions as `policy@version`, and payers."""

    versions: tuple[str, ...]
    payers: tuple[str, ...]


def choose(asked: Asked) -> Shown:
    """Ask for two versions, a payer and a file of claims."""
    rulebase = asked.site.rulebase
    choice = Choice(tuple(by_version(rulebase.policies)), tuple(rulebase.payers))
    older, newer = asked.field("old"), asked.field("new")
    if not older:
        older, newer = _succession(asked)
    versions = [(each, each) for each in choice.versions]
    payers = [("", "no payer: the policy by itself"), *((each, each) for each in choice.payers)]
    fields = (
        labelled("Version before", "old", picker("old", versions, older)),
        labelled("Version after", "new", picker("new", versions, newer)),
        labelled("Payer", "payer", picker("payer", payers)),
        labelled(
            "A file of claims (optional)",
            "claims",
            entry("claims", kind="file", hint=_CLAIMS),
            hint=_CLAIMS,
        ),
        element(
            "div",
            element(
                "label", _ticked("as_if", "yes", ticked=True), text(" Decide the claims as if both were in effect")
            ),
            class_="field",
        ),
    )
    lead = words(
        f"The search for changed answers takes up to {SECONDS:.0f} seconds. For large policies it may not be "
        "finished by then. The page says so, shows what was found, and can look longer."
    )
    body = form("/changes", asked.form_token, *fields, button="Compare", is_file=True)
    return Shown(title="What changes", value=choice, body=(lead, body))


_CLAIMS = "JSON, JSON Lines, CSV or X12 837: lines that are answered otherwise are counted, with their charges."


def _ticked(name: str, value: str, *, ticked: bool) -> Html:
    return element("input", type="checkbox", name=name, value=value, checked="checked" if ticked else None)


def _succession(asked: Asked) -> tuple[str, str]:
    """Propose the last two versions of the first policy that has two."""
    for versions in asked.site.rulebase.policies.values():
        if len(versions) > 1:
            return versions[-2].name, versions[-1].name
    return "", ""


def begin(asked: Asked) -> Moved:
    """Begin to compare."""
    old, new, payer = asked.field("old"), asked.field("new"), asked.field("payer") or None
    site = asked.site
    if old == new:
        raise RequestError.of("same-version", f"`{old}` is compared with itself", "choose two different versions")
    for named in (old, new):
        operand(f"policy:{named}", site.folder)
    claims = asked.uploads.get("claims")
    wanted = Wanted(
        folder=site.folder,
        sources=site.sources,
        old=old,
        new=new,
        payer=payer,
        known_on=site.today(),
        claims=claims.path if claims else None,
        as_if=asked.field("as_if") == "yes",
    )
    return _started(asked, wanted)


def _started(asked: Asked, wanted: "Wanted") -> Moved:
    job = asked.site.jobs.start(f"What changes from {wanted.old} to {wanted.new}", "/changes/{id}", compare, wanted)
    return Moved(f"/jobs/{job}")


def look_longer(asked: Asked) -> Moved:
    """Compare again, with more time for it."""
    _compared(asked)
    (wanted,) = asked.site.jobs.arguments(asked.parts["job"])
    return _started(asked, msgspec.structs.replace(wanted, seconds=LONGER))


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be compared: versions in the rulebase of a folder, and the claims of a file, if any."""

    folder: Path
    sources: Path | None
    old: str
    new: str
    payer: str | None
    known_on: date
    claims: Path | None
    as_if: bool
    seconds: float = SECONDS


def compare(report: Report, wanted: Wanted) -> Compared:
    """Compare two versions, in a process of its own; raises InputError for what cannot be compared."""
    one, two = _operands(wanted.folder, wanted.old, wanted.new)
    digest = _digest_of_both(one, two)
    expired = TimeLimit(report, wanted.seconds)
    unfit: list[Diagnostic] = []
    found = diff(
        one,
        two,
        known_on=wanted.known_on,
        payer=wanted.payer,
        claims=_claims(wanted.claims, two, unfit, expired) if wanted.claims else None,
        as_if_in_effect=wanted.as_if and wanted.claims is not None,
        rulebase=wanted.folder,
        expired=expired,
        unfit=unfit.extend,
    )
    if wanted.sources is not None:
        versions = by_version(one.documents.policies), by_version(two.documents.policies)
        found = in_difference(found, Copies(wanted.sources), *versions)
    return Compared(
        old=wanted.old,
        new=wanted.new,
        payer=wanted.payer,
        difference=found,
        unfit=tuple(unfit),
        seconds=wanted.seconds,
        digest=digest,
    )


def _operands(folder: Path, old: str, new: str) -> tuple[Operand, Operand]:
    return operand(f"policy:{old}", folder), operand(f"policy:{new}", folder)


def _digest_of_both(one: Operand, two: Operand) -> str:
    """Give the digest of two versions with all that they use."""
    return document_digest(
        *(resolved_digest(each.policy, each.documents.vocabulary) for each in (one, two) if each.policy is not None)
    )


def last_comparison(site: Site, old: str, new: str) -> Difference | None:
    """Give what was found last between two versions by themselves, if both are still as they were then."""
    digest = _digest_of_both(*_held(site, old, new))
    made = (each for each in site.jobs.results() if isinstance(each, Compared) and each.payer is None)
    return next((each.difference for each in made if (each.old, each.new, each.digest) == (old, new, digest)), None)


def _claims(path: Path, of: Operand, unfit: list[Diagnostic], expired: TimeLimit) -> Iterator[Encounter | None]:
    """Read claims, which have time of their own from the first on."""
    expired.restart(_OF_CLAIMS)
    vocabulary = of.documents.vocabulary
    reads = with_own_ids(checked(read_file(path, vocabulary), EncounterValidator(vocabulary), "the file"))
    for number, read in enumerate(reads, start=1):
        expired.beside = f", {counted(number, 'claim')}"
        errors = read.errors
        unfit.extend(errors)
        if read.encounter is not None or errors:
            yield read.encounter


class Reviewing(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as a reviewer sees it: with what the review file says now, which has this digest."""

    compared: Compared
    file: str
    digest: str


def show(asked: Asked) -> Shown:
    """Show a comparison: what is to be reviewed first, what is approved last."""
    compared = _compared(asked)
    one, two = _held(asked.site, compared.old, compared.new)
    path, digest, review = _review(asked, compared, two)
    found = reviewed(compared.difference, review, one, two)
    return Shown(
        title=f"What changes from {compared.old} to {compared.new}",
        value=Reviewing(compared=msgspec.structs.replace(compared, difference=found), file=str(path), digest=digest),
        body=tuple(_body(asked, compared, found, digest)),
    )


def _compared(asked: Asked) -> Compared:
    compared = asked.site.jobs.result(asked.parts["job"])
    if not isinstance(compared, Compared):
        raise RequestError.of("no-such-job", "this comparison is not here any more", "compare the versions again")
    return compared


def _held(site: Site, old: str, new: str) -> tuple[Operand, Operand]:
    """Give two versions as the site holds them now."""
    documents = site.rulebase.documents
    versions = (version_called(documents, each) for each in (old, new))
    one, two = (Operand(each.name, "policy", documents, each) for each in versions)
    return one, two


def _review(asked: Asked, compared: Compared, new: Operand) -> tuple[Path, str, Review | None]:
    """Read the review of the newer version: its file, the digest of that, and what it says, None without one."""
    assert new.policy is not None  # noqa: S101 - `_operands` names policies
    path = review_file(new.policy, asked.site.folder, compared.old, compared.payer)
    digest = digest_of(path)
    return path, digest, read_review(path) if digest else None


def _body(asked: Asked, compared: Compared, found: Difference, digest: str) -> Iterator[Html]:
    page = difference_page(found)
    yield from _unsettled(asked, compared, found)
    yield from map(block_html, page.blocks)
    yield from _going_on(asked, compared, found)
    yield question("/changes", *_hidden(old=compared.old, new=compared.new), button="Compare others")
    if compared.unfit:
        yield words(f"{counted(len(compared.unfit), 'finding')} in the file: these claims were not decided.")
        yield findings_list(compared.unfit)
    yield from (section_html(impact_section(each), 2, None) for each in ([found.impact] if found.impact else []))
    answers = answers_section(found)
    kinds = [*kinds_to_show(found)]
    shown = [_kind(asked, number, change, review, digest) for number, change, review in kinds]
    if len(kinds) > _FEW:
        titles = (kind_section(*each).title for each in kinds)
        shown = [
            element("details", element("summary", text(title)), each, class_="kind")
            for title, each in zip(titles, shown, strict=True)
        ]
    together = _together(asked, kinds, digest)
    yield element("section", element("h2", text(answers.title)), *map(block_html, answers.blocks), *together, *shown)
    for area, title in (("rules", "What changes in rules"), ("text", "What changes in text")):
        edits = [edit for edit in found.edits if edit.area == area]
        table = _redlined(title, edits) if edits else words(f"No {area if area == 'text' else 'rule'} changes.")
        yield element("section", element("h2", text(title)), table)


def _unsettled(asked: Asked, compared: Compared, found: Difference) -> Iterator[Html]:
    """Say what was not settled, what that means for whoever approves and signs, and let it be looked at longer."""
    if found.answers.certainty != "unknown":
        return
    kinds = counted(len(found.answers.changes), "kind")
    said = [
        words(
            f"Not everything is settled: {compared.seconds:.0f} seconds were enough to find {kinds} of changed answers."
        ),
        words("There may be others. Approve what is found; whoever signs has to accept that there may be others."),
    ]
    if compared.seconds < LONGER and asked.site.jobs.arguments(asked.parts["job"]):
        button = f"Look for up to {LONGER / 60:.0f} minutes"
        said.append(form(f"/changes/{asked.parts['job']}/longer", asked.form_token, button=button))
    yield element("div", *said, class_="notice")


def _going_on(asked: Asked, compared: Compared, found: Difference) -> Iterator[Html]:
    """Lead on to publishing once every kind that was found is approved."""
    version = _held(asked.site, compared.old, compared.new)[1].policy
    is_open = version is not None and version.status in ("draft", "proposed") and compared.payer is None
    if is_open and not found.waiting:
        link = element("a", text(f"Publish {compared.new}"), href=f"/publish?{urlencode({'version': compared.new})}")
        yield element("p", text("Every kind of changed answers that was found is approved. Go on: "), link)


def _hidden(**fields: str) -> Iterator[Html]:
    return (element("input", type="hidden", name=name, value=value) for name, value in fields.items())


_FEW = 5
"""Kinds of change up to which each is decided by itself, and shown unfolded."""

Kinds = Iterable[tuple[int, AnswerChange, ReviewedKind | None]]


def _by_rule(kinds: Kinds) -> dict[str, list[int]]:
    """Give the numbers of kinds of change by the rule that decided before."""
    found: dict[str, list[int]] = {}
    for number, change, _ in kinds:
        found.setdefault(change.before.rule or _NO_RULE, []).append(number)
    return found


_NO_RULE = "no rule"


def _together(asked: Asked, kinds: list[tuple[int, AnswerChange, ReviewedKind | None]], digest: str) -> Iterator[Html]:
    """Write the form that approves all kinds of change in which a rule decided before, where there are many."""
    if len(kinds) <= _FEW or asked.site.is_read_only:
        return
    boxes = []
    for rule, numbers in _by_rule(kinds).items():
        links = [element("a", text(f"{each}"), href=f"#kind-{each}") for each in numbers]
        box = element("input", type="checkbox", name="rule", value=rule)
        label = element("label", box, text(f" {rule} decided before: {counted(len(numbers), 'kind')}"))
        boxes.append(element("li", label, joined(links, Html(", "))))
    yield form(
        f"{asked.path}/review",
        asked.form_token,
        *_hidden(number="0", digest=digest),
        element("fieldset", element("legend", text("Approve many at once")), element("ul", *boxes)),
        labelled("Your name", "by-0", entry("by-0", asked.field("by"), autocomplete="name", required="required")),
        labelled("Comment", "comment-0", entry("comment-0")),
        button="Approve those that are ticked",
        sends=("decision", "approved"),
    )


def _kind(asked: Asked, number: int, change: AnswerChange, review: ReviewedKind | None, digest: str) -> Html:
    """Show a kind of change, with a form for the decision on it where documents may be changed."""
    shown = section_html(kind_section(number, change, review), 3, f"kind-{number}")
    if asked.site.is_read_only:
        return shown
    field = f"comment-{number}"
    by = f"by-{number}"
    decide = form(
        f"{asked.path}/review",
        asked.form_token,
        *_hidden(number=str(number), digest=digest),
        labelled("Your name", by, entry(by, asked.field("by"), autocomplete="name", required="required")),
        labelled("Comment", field, entry(field)),
        button="Approve",
        sends=("decision", "approved"),
        also=[("questioned", "Question it")],
    )
    return joined([shown, decide])


def _redlined(caption: str, edits: list[Edit]) -> Html:
    rows = (
        (
            text(edit.document),
            joined([text(f"{part_words(edit)} "), element("code", text(edit.name))]),
            line_html(redline(edit.before, edit.after)),
        )
        for edit in edits
    )
    return plain_table(caption, ("document", "what", "from → to"), rows)


def decide(asked: Asked) -> Shown | Moved:
    """Keep what a reviewer decides on a kind of change in the review file of the newer version."""
    asked.refuse_changes()
    compared = _compared(asked)
    one, two = _held(asked.site, compared.old, compared.new)
    path, _, review = _review(asked, compared, two)
    changes = compared.difference.answers.changes
    number = int(asked.field("number")) if asked.field("number").isdecimal() else -1
    wanted = [number] if number else _ticked_kinds(asked, reviewed(compared.difference, review, one, two))
    if not wanted or not all(1 <= each <= len(changes) for each in wanted):
        raise RequestError.of("no-such-kind", "this comparison has no such kind of change", "open the comparison again")
    after = review or Review(
        kind="review", schema=_SCHEMA, old=name_of(one), new=name_of(two), payer=compared.payer or msgspec.UNSET
    )
    said = {"by": asked.field(f"by-{number}"), "comment": asked.field(f"comment-{number}")}
    for change in (changes[each - 1] for each in wanted):
        after = decided(
            after,
            change,
            one,
            two,
            words=change_words(change.before, change.after, change.paid_otherwise),
            said=said | {"decision": asked.field("decision")},
            on=asked.site.today().isoformat(),
        )
    try:
        edit = FileEdit(formatted(msgspec.to_builtins(after)), asked.field("digest"))
        asked.save(f"review of {after.new}", {path: edit})
    except ChangedOnDiskError:
        return _changed_meanwhile(asked, path)
    following = next((each for each, *_ in kinds_to_show(reviewed(compared.difference, after, one, two))), None)
    back = asked.path.removesuffix("/review")
    again = f"{back}?{urlencode({'by': said['by']})}"
    return Moved(f"{again}#kind-{following}" if following else again)


def _ticked_kinds(asked: Asked, found: Difference) -> list[int]:
    """List the kinds of change of the rules that are ticked; raises RequestError where none is."""
    rules = asked.several("rule")
    wanted = [number for rule, each in _by_rule(kinds_to_show(found)).items() if rule in rules for number in each]
    if not wanted:
        raise RequestError.of("no-kind", "no kind of change is ticked", "tick those that are right")
    return wanted


def _changed_meanwhile(asked: Asked, path: Path) -> Shown:
    """Show what somebody else has written meanwhile; nothing of theirs is lost, and nothing of ours was saved."""
    back = asked.path.removesuffix("/review")
    theirs = [f"{each.change}: {each.decision} by {each.by} on {each.on}" for each in read_review(path).kinds]
    return Shown(
        title="Somebody else has saved this review meanwhile",
        value={"error": "changed-on-disk", "file": str(path)},
        body=(
            words("Your decision was not saved. The review says now:"),
            listing(theirs),
            question(back, button="Open the comparison again, with what the review says now"),
        ),
        status=409,
    )


ADDRESSES = (
    Address("/changes", get=choose, post=begin, menu="What changes"),
    Address("/changes/{job}", get=show),
    Address("/changes/{job}/longer", post=look_longer),
    Address("/changes/{job}/review", post=decide),
)
