"""Measure what examples show of rules and definitions, condition by condition, and say what no example shows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from payrule.citations.copies import Copies
from payrule.citations.passages import source_coverage
from payrule.examples.run import choices, read_example
from payrule.execute.meaning import meaning
from payrule.execute.reference import EvalContext, Evaluator
from payrule.execute.trace import evaluations
from payrule.language.condition import LEAVES, Condition, Fact, Lines, OtherLine, Quota, Test, find, parse, walk
from payrule.language.counting import LINES, Window
from payrule.language.derived import derived
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.name_findings import facts_of, resting_on
from payrule.language.names import Names
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Matches, Truth
from payrule.language.words import sentence, value_words
from payrule.model.choices import MEASURES, Measure
from payrule.model.policy import Cite, Policy, ever_bound
from payrule.model.value_schema import BY_KEY
from payrule.model.vocabulary import Vocabulary
from payrule.results.coverage import (
    Coverage,
    Figure,
    Figures,
    Lacking,
    RuleCoverage,
    StatementCoverage,
    VersionCoverage,
    added,
)
from payrule.rulebase.compile import CompiledRules
from payrule.rulebase.folder import VOCABULARY as VOCABULARY_FILE
from payrule.rulebase.folder import policy_file, read_text
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import RequestError, did_you_mean
from payrule.source.json_source import JsonSource, json_path
from payrule.source.json_source import Path as JsonPath

BINDING = frozenset({"in-force", "proposed"})
"""The status of versions that a payer can use, so that an example can show them."""

VOCABULARY = "vocabulary"
"""What the document of shared definitions is called where versions of policies are named."""


class Root(msgspec.Struct, frozen=True):
    """The condition of a rule, a definition or a quota: its document, its place there, its name, what it cites."""

    document: str
    at: JsonPath
    name: str
    is_rule: bool
    names: Names
    whole: Evaluator
    cites: tuple[Cite, ...]

    @property
    def label(self) -> str:
        """Name it for a reader."""
        if self.is_rule:
            return self.name
        return f"{'quota' if self.at[0] == 'quotas' else 'definition'} `{self.name}`"


def roots_of(policy: Policy, vocabulary: Vocabulary) -> tuple[Root, ...]:
    """List the rules of a policy version, then its definitions, then its quotas that are not of every line."""
    names = Names(vocabulary, policy)
    rules = tuple(
        Root(
            policy.name,
            ("rules", number),
            f"{policy.id}/{rule.id}",
            is_rule=True,
            names=names,
            whole=meaning(parse(rule.when, ("rules", number, "when")), names),
            cites=rule.cites,
        )
        for number, rule in enumerate(policy.rules)
    )
    facts = (_fact(policy.name, name, names) for name in policy.facts)
    quotas = (
        Root(
            policy.name,
            ("quotas", name),
            name,
            is_rule=False,
            names=names,
            whole=meaning(parse(quota.where, ("quotas", name, "where")), names),
            cites=quota.cites,
        )
        for name, quota in policy.limits.items()
        if quota.where
    )
    return (*rules, *facts, *quotas)


def shared_roots(roots: tuple[Root, ...], vocabulary: Vocabulary) -> tuple[Root, ...]:
    """List the definitions of the vocabulary that conditions use, and those that these use in turn."""
    read = (each for root in roots for each in resting_on(root.whole.node, root.names))
    named = ((name, scope) for condition, scope in read for name in facts_of(condition) if name in scope.facts)
    shared = {name for name, scope in named if scope.owner(name).policy is None}
    return tuple(_fact(VOCABULARY, name, Names(vocabulary)) for name in sorted(shared))


def _fact(document: str, name: str, names: Names) -> Root:
    at, fact = ("facts", name), names.fact(name)
    whole = meaning(parse(fact.when, (*at, "when")), names)
    return Root(document, at, name, is_rule=False, names=names, whole=whole, cites=fact.cites)


def can_be_unknown(condition: Condition, names: Names) -> bool:
    """Tell whether a condition can be unknown: something that it reads can be, itself or in what it names.

    What is counted over time can, for a claim need not say what came before it.
    """
    read = set[str]()
    for each, scope in resting_on(condition, names):
        read |= {test.attribute for test in find(each, Test)}
        counts = [(count.window, (*count.same, count.measure.of or LINES)) for count in find(each, Lines)]
        for quota in (scope.quotas[asked.name] for asked in find(each, Quota)):
            keys = (name for key in quota.first for name in key.values())
            counts.append((Window.read(quota.window), (*quota.same, quota.of, *keys)))
            if can_be_unknown(parse(quota.where), scope):
                return True
        if not all(window.of_claim for window, _ in counts):
            return True
        read |= {name for _, listed in counts for name in listed if name != LINES}
    return any(_attribute_can_be_unknown(name, names) for name in read)


def _attribute_can_be_unknown(name: str, names: Names) -> bool:
    """Tell whether an attribute can be unknown: a derived one can where something that it is computed from can."""
    attribute = names.attribute(name)
    if attribute.derived is not None:
        inputs = (each for each in derived(names.vocabulary).inputs(name) if each != name)
        return any(_attribute_can_be_unknown(each, names) for each in inputs if each in names.vocabulary.attributes)
    return not attribute.required and attribute.default is None


What = Literal["answers", "holds", "settled", "missed", "true", "false", "unknown", "overrides"]

TRUTHS: Mapping[Truth, What] = {TRUE: "true", FALSE: "false", UNKNOWN: "unknown"}
"""What a single condition is seen to be."""


class Event(NamedTuple):
    """Something that happened on a line of an example, at a place of a document.

    A rule is a reason of the answer (`answers`); a rule or a definition holds; one condition alone makes it true
    (`settled`) or false (`missed`, of the rule too); a condition is true, false or unknown; a rule is an exception to
    the one that is named at a place (`overrides`).
    """

    what: What
    document: str
    at: JsonPath


Seen = Counter[Event]


def seen(files: Iterable[Path], rulebase: Rulebase, roots: Mapping[str, tuple[Root, ...]], known_on: date) -> Seen:
    """Count what happens on the lines of examples; `roots` has the conditions to look at, by document.

    `known_on` holds where an example names no day. Raises DocumentError for an example that cannot be read.
    """
    found: Seen = Counter()
    for file in files:
        example, _ = read_example(file, rulebase)
        encounter = rulebase.in_days(rulebase.encounter(example.encounter))
        terms = rulebase.terms(**choices(example, known_on))
        for program, subjects in rulebase.programs_for(terms, encounter):
            enriched = program.scene(encounter)
            documents = {rule.policy.name for rule in program.rules} | {VOCABULARY}
            tested = [root for name in sorted(documents) for root in roots.get(name, ())]
            of_earlier = _asked_of_earlier(tested) if enriched.history.lines else ()
            for line in enriched.history.lines:
                found.update(_conditions(of_earlier, EvalContext(enriched, line)))
            for index, matches in zip(subjects, program.referred(enriched, subjects), strict=True):
                found.update(_answered(program, enriched, index, matches))
                found.update(_conditions(tested, EvalContext(enriched, enriched.lines[index])))
    return found


def _asked_of_earlier(roots: Sequence[Root]) -> tuple[Root, ...]:
    """List the definitions and quotas by which a window over time counts earlier lines."""
    asked = set[tuple[str, str]]()
    for root in roots:
        for condition, scope in resting_on(root.whole.node, root.names):
            counted = [(each.part, scope) for each in find(condition, Lines) if not each.window.of_claim]
            for each in find(condition, Quota):
                limit = scope.quotas[each.name]
                if not Window.read(limit.window).of_claim:
                    asked.add((root.document, each.name))
                    counted.append((parse(limit.where), scope))
            below = (found for part, names in counted for found in resting_on(part, names))
            asked |= {("", names.qualified(name)) for part, names in below for name in facts_of(part)}
    return tuple(
        root
        for root in roots
        if not root.is_rule
        and ((root.document, root.name) if root.at[0] == "quotas" else ("", root.names.qualified(root.name))) in asked
    )


def _answered(program: CompiledRules, enriched: EnrichedEncounter, index: int, matches: Matches) -> Iterator[Event]:
    """Say which rules the answer is based on, and which exceptions matter: both rules match."""
    reasons = {reason.name for reason in program.answer(enriched, index, matches).reasons}
    for bound in program.rules:
        number = bound.policy.rules.index(bound.rule)
        if bound.name in reasons:
            yield Event("answers", bound.policy.name, ("rules", number))
        if bound.name in matches.definite:
            for position, overridden in enumerate(bound.rule.overrides):
                if f"{bound.policy.id}/{overridden}" in matches.definite:
                    yield Event("overrides", bound.policy.name, ("rules", number, "overrides", position))


def _conditions(roots: Iterable[Root], here: EvalContext) -> Iterator[Event]:
    """Say how true each condition is, what holds, and what one condition alone decides."""
    for root in roots:
        matches = root.whole.truth(here)
        if matches is TRUE:
            yield Event("holds", root.document, root.at)
        near = False
        for each in evaluations(root.whole, here):
            if isinstance(each.node, LEAVES):
                yield Event(TRUTHS[each.truth], root.document, each.node.path)
                if each.alone and UNKNOWN not in (matches, each.truth):
                    near = matches is FALSE
                    yield Event("missed" if near else "settled", root.document, each.node.path)
        if near:
            yield Event("missed", root.document, root.at)


def condition_words(leaf: Condition) -> str:
    """Name a single condition by what it tests.

    >>> condition_words(Test((), "line.units", "at_most", 4)), condition_words(Fact((), "alone"))
    ('`line.units is at most 4`', '`alone`')
    """
    if isinstance(leaf, Test):
        return f"`{leaf.attribute} {BY_KEY[leaf.test].words} {value_words(leaf.operand)}`"
    return sentence(leaf) if isinstance(leaf, Fact) else f"({sentence(leaf)})"


def need(leaf: Condition, truth: Truth, *, inside: bool = False) -> str:
    """Say what no example has: a condition that is true, false or unknown; `inside` another line where that is tested.

    >>> from payrule.language.condition import parse
    >>> from payrule.language.truth import FALSE
    >>> units = parse({"line.units": {"at_most": 4}})
    >>> need(units, TRUE)
    'no example in which `line.units` is at most 4'
    >>> need(units, FALSE)
    'no example in which `line.units` is above 4'
    >>> need(parse({"line.regions": {"is_empty": True}}), FALSE, inside=True)
    'no example in which `line.regions` of another line is not empty'
    >>> need(parse({"fact": "alone"}), UNKNOWN)
    'no example in which it is unknown whether `alone` holds'
    >>> need(parse({"other_line": {"line.code": {"is": "00001"}}}), FALSE)
    'no example in which no other line of that date has: code is 00001'
    """
    if isinstance(leaf, Test):
        words = _test(leaf, truth, inside=inside)
    elif truth is UNKNOWN:
        words = f"it is unknown whether {sentence(leaf)}{'' if isinstance(leaf, OtherLine) else ' holds'}"
    elif not isinstance(leaf, OtherLine):
        words = f"{sentence(leaf)} {'holds' if truth is TRUE else 'does not hold'}"
    elif truth is TRUE:
        words = sentence(leaf)
    else:
        line = f"no other line of {'that' if leaf.same_date else 'any'} date"
        words = f"there is {line}" if leaf.any_line else f"{line} has: {sentence(leaf.part)}"
    return f"no example in which {words}"


def _test(leaf: Test, truth: Truth, *, inside: bool) -> str:
    of = " of another line" if inside and leaf.attribute.startswith("line.") else ""
    subject = f"`{leaf.attribute}`{of}"
    if truth is UNKNOWN:
        return f"{subject} is unknown"
    if leaf.test == "is_empty":
        return f"{subject} is {'' if leaf.operand == (truth is TRUE) else 'not '}empty"
    words = BY_KEY[leaf.test].words if truth is TRUE else BY_KEY[leaf.test].opposite
    return f"{subject} {words} {value_words(leaf.operand)}"


Goal = tuple[Measure, bool, Root, JsonPath, str]
"""One thing to show: its measure, whether it is seen, whose it is, its place, and what to say where it is not."""


def coverage(
    rulebase: Rulebase,
    files: Sequence[Path],
    *,
    known_on: date,
    policies: Iterable[str] | None = None,
    copies: Copies | None = None,
) -> Coverage:
    """Say what example files show of the versions that payers can use, of all policies or of those that are named.

    With `copies` of the sources, also what cites their text.

    Raises DocumentError for an example that cannot be read, RequestError for a policy that there is not.
    """
    versions = _versions(rulebase, policies, known_on)
    vocabulary = rulebase.documents.vocabulary
    roots = {policy.name: roots_of(policy, vocabulary) for policy in versions}
    shared = shared_roots(tuple(root for each in roots.values() for root in each), vocabulary)
    found = seen(files, rulebase, {**roots, VOCABULARY: shared}, known_on)
    folder = rulebase.documents.folder
    parts = [
        _version(policy.name, policy_file(folder, policy), _goals(policy, roots[policy.name], found))
        for policy in versions
    ]
    if shared:
        parts.append(_version(VOCABULARY, folder / VOCABULARY_FILE, _leaf_goals(shared, found)))
    by_policy = {each.id: tuple(other for other in versions if other.id == each.id) for each in versions}
    statements, unshown = _statements(versions, roots, found, folder)
    return Coverage(
        known_on=known_on.isoformat(),
        examples=len(files),
        figures=added([*(part.figures for part, _ in parts), statements[1]]),
        versions=tuple(part for part, _ in parts),
        statements=statements[0],
        sources=source_coverage(by_policy, copies) if copies else (),
        lacking=tuple(
            sorted(
                (each for lacking in (unshown, *(lacking for _, lacking in parts)) for each in lacking),
                key=lambda each: (MEASURES.index(each.measure), each.file, each.line, each.column, each.need),
            )
        ),
    )


def rule_coverage(
    rulebase: Rulebase, policy: Policy, files: Iterable[Path], known_on: date
) -> tuple[RuleCoverage, ...]:
    """Say of each rule of a policy version how much of it example files show: its answer, its conditions, exceptions.

    `known_on` holds where an example names no day. Raises DocumentError for an example that cannot be read.

    >>> from payrule import load
    >>> rulebase = load()
    >>> version = rulebase.policies[min(rulebase.policies)][0]
    >>> {each.figure.seen for each in rule_coverage(rulebase, version, [], date(2026, 11, 23))}
    {0}
    """
    roots = roots_of(policy, rulebase.documents.vocabulary)
    goals = list(_goals(policy, roots, seen(files, rulebase, {policy.name: roots}, known_on)))
    found = []
    for root, rule in zip(roots, policy.rules, strict=False):
        own = [(is_seen, missing) for _, is_seen, of, _, missing in goals if of is root]
        lacking = tuple(dict.fromkeys(missing for is_seen, missing in own if not is_seen))
        figure = Figure(sum(is_seen for is_seen, _ in own), len(own))
        found.append(RuleCoverage(rule=root.name, summary=rule.summary, figure=figure, lacking=lacking))
    return tuple(found)


def _versions(rulebase: Rulebase, names: Iterable[str] | None, known_on: date) -> list[Policy]:
    wanted = sorted(rulebase.policies) if names is None else list(names)
    for name in wanted:
        if name not in rulebase.policies:
            raise RequestError.of(
                "unknown-policy", f"there is no policy `{name}`", did_you_mean(name, rulebase.policies)
            )
    return [policy for name in wanted for policy in ever_bound(rulebase.policies[name], known_on, BINDING)]


def _version(name: str, file: Path, goals: Iterable[Goal]) -> tuple[VersionCoverage, list[Lacking]]:
    listed, text = list(goals), read_text(file)
    ours = {measure: [is_seen for each, is_seen, *_ in listed if each == measure] for measure in MEASURES[1:]}
    figures: Figures = {measure: Figure(sum(each), len(each)) for measure, each in ours.items()}
    lacking = [
        _lacking(measure, root.label, missing, text, at)
        for measure, is_seen, root, at, missing in listed
        if not is_seen
    ]
    return VersionCoverage(name=name, file=str(file), figures=figures), lacking


def _goals(policy: Policy, roots: tuple[Root, ...], found: Seen) -> Iterator[Goal]:
    """List everything that examples can show of a policy version."""
    for root, rule in zip(roots, policy.rules, strict=False):
        answers, missed = (_is(what, root, root.at, found) for what in _OF_A_RULE)
        yield "rules", answers, root, root.at, _NO_ANSWER
        yield "near-misses", missed, root, root.at, "no example in which one condition alone keeps it from matching"
        for position, overridden in enumerate(rule.overrides):
            at = (*root.at, "overrides", position)
            missing = f"no example in which `{overridden}` matches too, so that the exception matters"
            yield "overrides", Event("overrides", root.document, at) in found, root, at, missing
    yield from _leaf_goals(roots, found)


def _leaf_goals(roots: Iterable[Root], found: Seen) -> Iterator[Goal]:
    for root in roots:
        for leaf, inside in walk(root.whole.node):
            if not isinstance(leaf, LEAVES):
                continue
            at = leaf.path
            lack = [truth for truth in (TRUE, FALSE) if not _is(TRUTHS[truth], root, at, found)]
            yield "leaves", not lack, root, at, "; ".join(need(leaf, truth, inside=inside) for truth in lack)
            lacks = [words for what, words in _DECISIVE.items() if not _is(what, root, at, found)]
            yield "decisive", not lacks, root, at, f"no example in which {condition_words(leaf)} {' or '.join(lacks)}"
            if can_be_unknown(leaf, root.names):
                yield "unknown", _is("unknown", root, at, found), root, at, need(leaf, UNKNOWN, inside=inside)


_NO_ANSWER = "no example has an answer based on it"

_OF_A_RULE: tuple[What, What] = ("answers", "missed")

_DECISIVE: dict[What, str] = {"settled": "alone makes it true", "missed": "alone makes it false"}
"""What a condition alone is seen to do to its rule or definition."""


def _is(what: What, root: Root, at: JsonPath, found: Seen) -> bool:
    return Event(what, root.document, at) in found


def _lacking(measure: Measure, of: str, need: str, text: JsonSource, at: JsonPath) -> Lacking:
    line, column = text.locate(at)
    return Lacking(
        measure=measure, of=of, need=need, file=text.file or "", line=line, column=column, path=json_path(at)
    )


def _statements(
    versions: list[Policy], roots: dict[str, tuple[Root, ...]], found: Seen, folder: Path
) -> tuple[tuple[tuple[StatementCoverage, ...], Figures], list[Lacking]]:
    """Count the lines for each source sentence: a rule that cites it answers, or a definition that cites it holds."""
    places: dict[str, list[tuple[Root, JsonPath]]] = defaultdict(list)
    notes: dict[str, int] = defaultdict(int)
    for policy in versions:
        for root in roots[policy.name]:
            for position, cite in enumerate(root.cites):
                places[statement_of(cite)].append((root, (*root.at, "cites", position)))
        for note in policy.notes:
            for cite in note.cites:
                notes[statement_of(cite)] += 1
    stated = []
    for name in sorted({*places, *notes}, key=_in_order):
        lines = sum(
            found[Event("answers" if root.is_rule else "holds", root.document, root.at)] for root, _ in places[name]
        )
        rules = tuple(dict.fromkeys(root.label for root, _ in places[name]))
        stated.append(StatementCoverage(statement=name, rules=rules, notes=notes[name], lines=lines))
    ruled = [each for each in stated if each.rules]
    files = {policy.name: policy_file(folder, policy) for policy in versions}
    unshown = [
        _lacking("statements", each.statement, _NO_ANSWER, read_text(files[root.document]), at)
        for each in ruled
        if not each.lines
        for root, at in places[each.statement][:1]
    ]
    figure = Figure(len(ruled) - len(unshown), len(ruled))
    return (tuple(stated), {"statements": figure}), unshown


def statement_of(cite: Cite) -> str:
    """Name the source sentence of a citation: its number, or its source and place."""
    return cite.statement or f"{cite.source}: {cite.locator}"


def _in_order(name: str) -> tuple[bool, str, int, str]:
    """Sort numbered sentences by their numbers, and places in sources after them.

    >>> sorted(["bulletin: page 1", "S10", "S9"], key=_in_order)
    ['S9', 'S10', 'bulletin: page 1']
    """
    letters = name.rstrip("0123456789")
    return (":" in name, letters, int(name[len(letters) :] or 0), name)
