"""The conditions of rules and definitions, and what happens to each of them on the lines of examples."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path as File
from typing import Literal, NamedTuple

import msgspec

from payrule.examples.run import choices, read_example
from payrule.execute.reference import EvalContext, Evaluator, meaning
from payrule.execute.trace import evaluations
from payrule.language.condition import LEAVES, Condition, Test, find, parse
from payrule.language.derived import INPUTS
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.name_findings import facts_of, resting_on
from payrule.language.names import Names
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Matches, Truth
from payrule.model.policy import Cite, Policy
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase.compile import CompiledRules
from payrule.rulebase.rulebase import Rulebase
from payrule.source.json_source import Path

BINDING = frozenset({"in-force", "proposed"})
"""The status of versions that a payer can use, so that an example can show them."""

VOCABULARY = "vocabulary"
"""What the document of shared definitions is called where versions of policies are named."""


class Root(msgspec.Struct, frozen=True):
    """The condition of a rule or a definition: its document, its place there, its name, what it cites."""

    document: str
    at: Path
    name: str
    is_rule: bool
    names: Names
    whole: Evaluator
    cites: tuple[Cite, ...]

    @property
    def label(self) -> str:
        """Name it for a reader."""
        return self.name if self.is_rule else f"definition `{self.name}`"


def roots_of(policy: Policy, vocabulary: Vocabulary) -> tuple[Root, ...]:
    """List the rules of a policy version, then its definitions."""
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
    return rules + tuple(_fact(policy.name, name, names) for name in policy.facts)


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
    """Tell whether a condition can be unknown: one of its tests can be, or one in the definitions that it uses."""
    read = {test.attribute for each, _ in resting_on(condition, names) for test in find(each, Test)}
    return any(_attribute_can_be_unknown(each, names) for each in read)


def _attribute_can_be_unknown(name: str, names: Names) -> bool:
    """Tell whether an attribute can be unknown: a derived one can where something that it is computed from can."""
    attribute = names.attribute(name)
    if attribute.derived is not None:
        inputs = INPUTS.get(attribute.derived, ())
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
    at: Path


Seen = Counter[Event]


def seen(files: Iterable[File], rulebase: Rulebase, roots: Mapping[str, tuple[Root, ...]], known_on: date) -> Seen:
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
            for index, matches in zip(subjects, program.referred(enriched, subjects), strict=True):
                found.update(_answered(program, enriched, index, matches))
                found.update(_conditions(tested, EvalContext(enriched, enriched.lines[index])))
    return found


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
