"""Tests: how much of each rule the examples exercise, and claims that the solver proposes as further examples."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import msgspec

from payrule.examples.coverage import rule_coverage
from payrule.model.policy import Policy
from payrule.reports.pages.answers import claim, side_by_side
from payrule.reports.pages.html import Html, block_html, element, text
from payrule.results.coverage import RuleCoverage
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.edit import NO_FILE, ChangedOnDiskError, FileEdit, digest_of, save_example
from payrule.scaffold.example import trial
from payrule.scaffold.scaffold import examples_of
from payrule.scaffold.solver_examples import RAN_OUT, Proposal, Unwritten, solved_examples
from payrule.scaffold.tried import version_called
from payrule.scaffold.version import settled, unsettled
from payrule.source.diagnostics import RequestError, counted
from payrule.source.files import text_digest
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import Moved, Shown, bar, entry, form, labelled, listing, plain_table, words
from payrule.web.guard import FORM_TOKEN
from payrule.web.pages.claim_controls import conflict_words
from payrule.web.pages.trial_page import hidden
from payrule.web.pages.try_claim import try_button

SECONDS = 10.0
"""For how long the solver looks for the claims of one rule; what it has found by then is proposed."""
LONGER = 90.0
"""For how long it looks when somebody asks it to look longer."""

_Found = tuple[tuple[Proposal, ...], tuple[Unwritten, ...]]

_covered: WeakKeyDictionary[Rulebase, dict[str, tuple[RuleCoverage, ...]]] = WeakKeyDictionary()
_proposed: WeakKeyDictionary[Rulebase, dict[tuple[str, str, bool], _Found]] = WeakKeyDictionary()


class Version(msgspec.Struct, frozen=True):
    """A version of a policy, and how many examples its policy has."""

    version: str
    status: str
    rules: int
    examples: int


class Proposed(msgspec.Struct, frozen=True):
    """One claim that is proposed: which of how many, its example, and how its line is answered."""

    at: int
    of: int
    name: str
    summary: str
    encounter: dict[str, Any]
    answer: Any
    unwritten: tuple[Unwritten, ...]


def show(asked: Asked) -> Shown:
    """Show the versions; of one of them its rules; of one of these a claim that is proposed."""
    if not asked.field("version"):
        return _versions(asked)
    version = version_called(asked.site.rulebase.documents, asked.field("version"))
    return _proposal(asked, version) if asked.field("rule") else _rules(asked, version)


def _versions(asked: Asked) -> Shown:
    documents = asked.site.rulebase.documents
    found = tuple(
        Version(each.name, each.status, len(each.rules), len(examples_of(documents, each.id)))
        for versions in documents.policies.values()
        for each in versions
    )
    rows = (
        (
            element("a", text(each.version), href=_to(version=each.version)),
            text(each.status),
            text(str(each.rules)),
            text(str(each.examples)),
        )
        for each in found
    )
    table = plain_table("Versions of policies", ("version", "status", "rules", "examples of the policy"), rows)
    lead = words("Choose a version to see how much of each rule its examples exercise, and to get more of them.")
    return Shown(title="Tests", value=found, body=(lead, table))


def _to(**fields: str) -> str:
    return f"/tests?{urlencode(fields)}"


def _rules(asked: Asked, version: Policy) -> Shown:
    site = asked.site
    rulebase = site.rulebase
    kept = _covered.setdefault(rulebase, {})
    if version.name not in kept:
        files = examples_of(rulebase.documents, version.id)
        kept[version.name] = rule_coverage(rulebase, version, files, site.today())
    found = kept[version.name]
    rows = (_row(version, each) for each in found)
    table = plain_table(f"Rules of {version.name}", ("rule", "exercised", "missing", "more examples"), rows)
    back = element("p", element("a", text("All versions"), href="/tests"))
    lead = words(
        "A rule is exercised where an answer is based on it, and where it just misses; each part of its "
        "condition where it is met, not met and unknown, and where it alone decides; each exception where it matters."
    )
    body = (back, *_unsettled(asked, version), lead, table, _examples(asked, version))
    return Shown(title=f"Tests of {version.name}", value=found, body=body)


def _unsettled(asked: Asked, version: Policy) -> Iterator[Html]:
    """List the examples that a version answers otherwise than the one before it, for somebody to say why that is right.

    One reason can stand for several.
    """
    found = tuple(unsettled(asked.site.rulebase.documents, version))
    if not found:
        return
    yield element("h2", text("Examples that are answered otherwise now"))
    yield words(
        "They were carried over from the version before. If the new answer is what the payer's text says, say why. "
        "If it is not, change the rule."
    )
    rows = []
    for each in found:
        box = element("input", type="checkbox", name="example", value=each.path.stem, checked="checked")
        to = f"/try?{urlencode({'example': f'{version.name}/{each.path.stem}'})}"
        link = element("a", text(each.summary), href=to)
        rows.append((element("label", box, text(f" {each.path.stem}")), link, listing(each.changes)))
    table = plain_table("Examples that were carried over", ("example", "what it shows", "what changes"), rows)
    if asked.site.is_read_only:
        yield table
        return
    hint = "such as: the limit is 24 visits from 2027"
    why = labelled("Why the new answers are right", "why", entry("why", hint=hint, required="required"), hint=hint)
    hidden = element("input", type="hidden", name="version", value=version.name)
    yield form("/tests/settle", asked.form_token, hidden, table, why, button="The new answers are right")


def settle(asked: Asked) -> Moved:
    """Save for the examples that are ticked why their new answers are right; raises RequestError without a reason."""
    asked.refuse_changes()
    documents = asked.site.rulebase.documents
    version = version_called(documents, asked.field("version"))
    names = asked.several("example")
    files = [each.path for each in unsettled(documents, version) if each.path.stem in names]
    if not files:
        raise RequestError.of("no-example", "no example is ticked", "tick those whose new answer is right")
    edits = {path: FileEdit(settled(documents, path, asked.field("why")), digest_of(path)) for path in files}
    asked.save(f"{counted(len(files), 'example')} of {version.name} settled", edits)
    return Moved(_to(version=version.name))


def _examples(asked: Asked, version: Policy) -> Html:
    """List the examples of a policy, each leading to the form of a claim."""
    names = [path.stem for path in examples_of(asked.site.rulebase.documents, version.id)]
    links = [
        element("a", text(each), href=f"/try?{urlencode({'example': f'{version.name}/{each}'})}") for each in names
    ]
    listed = element("ul", *(element("li", each) for each in links))
    return element("details", element("summary", text(f"{counted(len(names), 'example')} of the policy")), listed)


def _row(version: Policy, covered: RuleCoverage) -> Iterator[Html]:
    rule = covered.rule.partition("/")[2]
    figure = covered.figure
    yield element("code", text(rule))
    yield bar(figure.percent / 100, f"{figure.seen} of {figure.of}")
    missing = listing(covered.lacking)
    yield (
        element("details", element("summary", text(counted(len(covered.lacking), "thing"))), missing)
        if covered.lacking
        else text("nothing")
    )
    yield element("a", text(f"Propose claims for {rule}"), href=_to(version=version.name, rule=rule))


def _found(asked: Asked, version: Policy, rule: str) -> _Found:
    """Give what the solver proposes of a rule, found once for the documents as they are."""
    rulebase = asked.site.rulebase
    kept = _proposed.setdefault(rulebase, {})
    longer = asked.field("longer") == "yes"
    if (version.name, rule, longer) not in kept:
        documents, today = rulebase.documents, asked.site.today()
        expired = soon(LONGER if longer else SECONDS)
        terms = trial(documents, version, today, payer=None, service=None)
        found = list(solved_examples(documents, version, rule, terms, today, expired=expired))
        kept[version.name, rule, longer] = (
            tuple(each for each in found if isinstance(each, Proposal)),
            tuple(each for each in found if isinstance(each, Unwritten)),
        )
    return kept[version.name, rule, longer]


def _proposal(asked: Asked, version: Policy) -> Shown:
    """Show one claim with its answer, and what can be done with it."""
    rule = asked.field("rule")
    proposals, unwritten = _found(asked, version, rule)
    at = int(asked.field("at")) if re.fullmatch(r"\d{1,6}", asked.field("at"), re.ASCII) else 0
    title = f"Claims for {version.id}/{rule}"
    back = element("p", element("a", text(f"All rules of {version.name}"), href=_to(version=version.name)))
    if at >= len(proposals):
        ran_out = RAN_OUT in unwritten
        done = words(
            "There was no time to look for more claims." if ran_out else "There is no further claim to propose."
        )
        listed = [f"{each.what} {each.why}" for each in unwritten if each != RAN_OUT]
        more = [words("Without a claim:"), listing(listed)] if listed else []
        more += _looking_longer(version, rule, at) if ran_out else []
        return Shown(title=title, value={"unwritten": unwritten}, body=(back, done, *more))
    proposal = proposals[at]
    line = proposal.line
    change = element("a", text("change the rule"), href=f"/rules/{version.name}/change/{rule}")
    value = Proposed(at, len(proposals), proposal.path.stem, proposal.summary, proposal.encounter, line, unwritten)
    body = (
        back,
        words(f"Claim {at + 1} of {len(proposals)}. {proposal.summary}"),
        *(element("div", words(each), class_="notice") for each in conflict_words(line)),
        *map(block_html, claim(proposal.encounter, line.number, ())),
        block_html(side_by_side("Its answer", {f"line {line.number}": line})),
        *([] if asked.site.is_read_only else [element("p", text(_ACCEPT), change, text("."))]),
        element("div", *_buttons(asked, version, rule, at, proposal), class_="buttons"),
    )
    return Shown(title=title, value=value, body=body)


def _longer(asked: Asked) -> dict[str, str]:
    return {"longer": "yes"} if asked.field("longer") == "yes" else {}


def _looking_longer(version: Policy, rule: str, at: int) -> Iterator[Html]:
    """Write what can be done where time ran out: look longer, or type a claim."""
    fields = {"version": version.name, "rule": rule, "at": str(at), "longer": "yes"}
    yield _button("/tests", fields, f"Look for up to {LONGER:.0f} seconds", "l", method="get")
    yield element("p", element("a", text("Or try a claim"), href="/try"), text(" and save it as an example."))


_ACCEPT = "Accept it if the answer is what the payer's text says. If it is not, "


def _buttons(asked: Asked, version: Policy, rule: str, at: int, proposal: Proposal) -> Iterator[Html]:
    """Write what can be done with a claim; each has a key, which browsers take with Alt or with Alt and Shift."""
    fields = {"version": version.name, "rule": rule, "at": str(at), **_longer(asked)}
    if not asked.site.is_read_only:
        more = fields | {"name": proposal.path.stem, "digest": text_digest(proposal.text)}
        more |= {FORM_TOKEN: asked.form_token}
        yield _button("/tests/accept", more, "Accept it as an example", "a")
    terms = msgspec.json.decode(proposal.text)
    encounter = asked.site.rulebase.encounter(proposal.encounter)
    known_on = terms.get("known_on") or asked.site.today().isoformat()
    yield try_button(asked, encounter, terms["payer"], known_on, label="Correct it in the form", key="c")
    yield _button("/tests", fields | {"at": str(at + 1)}, "Leave it out", "l", method="get")


def _button(to: str, fields: dict[str, str], label: str, key: str, method: str = "post") -> Html:
    """Write a button, with its key, that sends fields that are known."""
    send = element("button", text(f"{label} ({key})"), type="submit", accesskey=key)
    return element("form", *hidden(fields), send, action=to, method=method)


def accept(asked: Asked) -> Moved:
    """Save a claim that was proposed as an example; raises RequestError where it cannot be."""
    asked.refuse_changes()
    site, rule, name = asked.site, asked.field("rule"), asked.field("name")
    version = version_called(site.rulebase.documents, asked.field("version"))
    proposals, unwritten = _found(asked, version, rule)
    proposal = next((each for each in proposals if each.path.stem == name), None)
    if proposal is None or text_digest(proposal.text) != asked.field("digest"):
        message = "the documents have changed, and this claim is not proposed any more"
        raise RequestError.of("not-proposed", message, "open the claims of the rule again")
    before = site.rulebase
    try:
        save_example(proposal.path, proposal.text, NO_FILE, before, site.today())
    except ChangedOnDiskError as fault:
        message = f"there is an example `{name}` already, and it was not changed"
        raise RequestError.of("file-exists", message, "open the claims of the rule again") from fault
    rest = tuple(each for each in proposals if each != proposal)
    if rest and site.rulebase.documents == before.documents:  # the other claims are still what they were
        _proposed.setdefault(site.rulebase, {})[version.name, rule, bool(_longer(asked))] = rest, unwritten
    return Moved(_to(version=version.name, rule=rule, at=asked.field("at"), **_longer(asked)))


ADDRESSES = (
    Address("/tests", get=show, menu="Tests"),
    Address("/tests/accept", post=accept),
    Address("/tests/settle", post=settle),
)
"""The page of the tests."""
